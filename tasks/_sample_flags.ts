/** The flags that say which positions become samples. */
import type { ExtractionConfig } from "../mod.ts";
import type { Arguments, Flag } from "./_flags.ts";

/** One flag for each field of a sampling config. */
export const SAMPLE_FLAGS: readonly Flag[] = [
  {
    name: "skip-plies",
    value: "N",
    description: "Half-moves at a game's start that give none (default: 10)",
  },
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
    name: "max-per-game",
    value: "N",
    description: "At most N samples of a game",
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
 * @param args The arguments of a task.
 * @returns The fields that were given.
 */
export function readSampleConfig(args: Arguments): ExtractionConfig {
  const sampleRate = args.text("sample-rate");
  const given = {
    skipPlies: args.integer("skip-plies"),
    minPieces: args.integer("min-pieces"),
    sampleRate: sampleRate === undefined ? undefined : Number(sampleRate),
    maxPerGame: args.integer("max-per-game"),
    seed: args.integer("seed"),
    castling: args.text("castling") as ExtractionConfig["castling"],
  };
  return Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  );
}
