/** The flags that say which positions become samples. */
import type { ExtractionConfig } from "../mod.ts";
import { type Arguments, type Flag, UsageError } from "./_flags.ts";

/** One flag for each field of a sampling config. */
export const SAMPLE_FLAGS: readonly Flag[] = [
  {
    name: "skip-plies",
    value: "N",
    description: "Half-moves at a game's start that give none (default: 10)",
  },
  {
    name: "soft-skip-plies",
    value: "N",
    description: "Half-moves at the start over which the share kept rises",
  },
  { name: "max-ply", value: "N", description: "Last half-move that gives one" },
  {
    name: "min-pieces",
    value: "N",
    description: "At least N pieces on the board (default: 6)",
  },
  {
    name: "sample-rate",
    value: "SHARE",
    description: "Share of the positions, from 0 to 1 (default: 1)",
  },
  {
    name: "keep-by-ply",
    value: "PLY:SHARE",
    several: true,
    description: "Share by half-move, as points such as 0:0.2,20:1",
  },
  {
    name: "keep-by-pieces",
    value: "N:SHARE",
    several: true,
    description: "Share by number of pieces, as points",
  },
  {
    name: "max-per-game",
    value: "N",
    description: "At most N samples of a game",
  },
  {
    name: "sides",
    value: "NAME",
    description:
      "Whose moves: both, white, black, winner, or those rated at least N",
  },
  { name: "skip-checks", description: "No positions in check" },
  { name: "skip-captures", description: "No captures and promotions" },
  {
    name: "min-clock",
    value: "SECONDS",
    description: "At least N seconds on the mover's clock",
  },
  { name: "require-eval", description: "Only positions with an evaluation" },
  {
    name: "terminations",
    value: "NAME",
    several: true,
    description: "Samples only of games that ended so; offsets stay",
  },
  {
    name: "seed",
    value: "N",
    description: "Another number draws other positions (default: 0)",
  },
  {
    name: "castling",
    value: "NAME",
    description: "king-takes-rook: write e1h1, not e1g1",
  },
];

/**
 * Reads the sampling config that the flags ask for.
 *
 * @throws {UsageError} If the points of a curve are none.
 */
export function readSampleConfig(args: Arguments): ExtractionConfig {
  const given: ExtractionConfig = {
    skipPlies: args.integer("skip-plies"),
    softSkipPlies: args.integer("soft-skip-plies"),
    maxPly: args.integer("max-ply"),
    minPieces: args.integer("min-pieces"),
    sampleRate: readNumber(args.text("sample-rate")),
    keepByPly: readCurve("keep-by-ply", args),
    keepByPieces: readCurve("keep-by-pieces", args),
    maxPerGame: args.integer("max-per-game"),
    sides: readSides(args.text("sides")),
    skipChecks: args.isOn("skip-checks"),
    skipCaptures: args.isOn("skip-captures"),
    minClock: readNumber(args.text("min-clock")),
    requireEval: args.isOn("require-eval"),
    terminations: args.texts(
      "terminations",
    ) as ExtractionConfig["terminations"],
    seed: args.integer("seed"),
    castling: args.text("castling") as ExtractionConfig["castling"],
  };
  return Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  );
}

/** What it may be is for the extractor to say. */
function readNumber(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

function readCurve(
  name: string,
  args: Arguments,
): [at: number, share: number][] | undefined {
  return args.texts(name)?.map((point) => {
    const [at, share, ...others] = point.split(":").map((number) =>
      number.trim() === "" ? NaN : Number(number)
    );
    if (!Number.isFinite(at) || !Number.isFinite(share) || others.length > 0) {
      throw new UsageError(
        `--${name} must be points such as 0:0.2,20:1: current value is ${point}`,
      );
    }
    return [at, share];
  });
}

/** A number means the players rated at least that high. */
function readSides(text: string | undefined): ExtractionConfig["sides"] {
  return text !== undefined && /^\d+$/.test(text)
    ? { minRating: Number(text) }
    : text as ExtractionConfig["sides"];
}
