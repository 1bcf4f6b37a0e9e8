// Holds which positions of a game become samples, and checks it.

import type { CastlingOptions } from "../chess/position.ts";
import { GAME_FILTER_FIELDS, type Termination } from "../filter/game_filter.ts";

/**
 * Points of a curve, such as `[[6, 0.2], [16, 1], [32, 0.5]]`: a number, in
 * ascending order, and the share of positions that is kept there. Between two
 * points the share is interpolated, before the first and after the last it stays.
 *
 * See {@linkcode ExtractionConfig}.
 */
export type KeepCurve = readonly (readonly [at: number, share: number])[];

/**
 * Which positions of a game become samples.
 *
 * What is drawn is a function of the seed, the game's hash and the half-move
 * alone: a game gives the same samples under every query, from every source and
 * in every order. Shares multiply, and a higher share keeps all that a lower
 * one does.
 *
 * See {@linkcode SampleExtractor}.
 */
export interface ExtractionConfig extends CastlingOptions {
  /**
   * Half-moves at the start of a game that give no samples: the openings are
   * few, and the same in thousands of games.
   *
   * @default {10, or 0 where softSkipPlies is given}
   */
  skipPlies?: number;
  /**
   * Half-moves at the start over which the share that is kept rises evenly, from
   * 1 / (N + 1) for the first one. Use it in place of `skipPlies` for a net
   * that plays whole games: one that has never seen the opening plays nonsense
   * there.
   *
   * @default {0}
   */
  softSkipPlies?: number;
  /**
   * The last half-move that gives a sample. Very long games are mostly
   * shuffling of pieces, and weigh more than they teach.
   *
   * @default {Infinity}
   */
  maxPly?: number;
  /**
   * Least number of pieces on the board, kings counted. Where tablebases know
   * the answer, games are noise.
   *
   * @default {6}
   */
  minPieces?: number;
  /** The share of the remaining positions that is taken, from 0 to 1. @default {1} */
  sampleRate?: number;
  /**
   * The share that is kept by half-move. Flattens how often each phase of a
   * game comes up, where a net is weak in one of them.
   */
  keepByPly?: KeepCurve;
  /**
   * The share that is kept by number of pieces, kings counted. Positions with
   * many pieces are far more than those with few; a net that evaluates needs
   * both.
   */
  keepByPieces?: KeepCurve;
  /**
   * Samples of one game at most, drawn from all its positions: neighbours
   * resemble each other, and long games would outweigh short ones.
   *
   * @default {Infinity}
   */
  maxPerGame?: number;
  /**
   * Whose moves become samples. `"winner"` imitates what has won, and drops
   * drawn games; `{ minRating }` takes the moves of the players rated that high
   * alone, also against weaker ones, and drops those without a rating.
   *
   * @default {"both"}
   */
  sides?: "both" | "white" | "black" | "winner" | { minRating: number };
  /**
   * Drops positions in which the side to move is in check. Evaluations are
   * defined by quiet positions, and a search extends checks by itself.
   *
   * @default {false}
   */
  skipChecks?: boolean;
  /**
   * Drops positions in which a capture or promotion was played: the result
   * says little of a position in the middle of an exchange. Not for a net that
   * chooses moves.
   *
   * @default {false}
   */
  skipCaptures?: boolean;
  /**
   * Least seconds on the mover's clock before the move: moves in time trouble
   * are not what the player thinks best. Positions without a known clock are
   * dropped.
   *
   * @default {0}
   */
  minClock?: number;
  /** Drops positions without `evalBefore`, for values that come from it. @default {false} */
  requireEval?: boolean;
  /**
   * How games must have ended, by their `Termination` tag; others give no
   * samples. With `"Normal"` alone the result says what was on the board: lost on
   * time is often won on the board. As a field of the config, not the query, it
   * leaves `gameIndex` and `offset` as they are.
   */
  terminations?: Termination | readonly Termination[];
  /** Another seed draws other positions; the same one always the same. @default {0} */
  seed?: number;
  /** Called for each game that gives no samples as it cannot be replayed. */
  onBadGame?: (error: Error) => void;
}

/** What an extractor has seen until now. See {@linkcode SampleExtractor}. */
export interface ExtractionCounts {
  /** Games that were loaded. */
  readonly games: number;
  /** Samples made of them. */
  readonly samples: number;
  /** Games without a result: they give no samples. */
  readonly unfinished: number;
  /** Games of variants with other rules: they give no samples. */
  readonly otherVariants: number;
  /** Games that could not be read or replayed: they give no samples. */
  readonly badGames: number;
}

/** {@linkcode ExtractionConfig}, checked and with all defaults. */
export type CheckedConfig =
  & Required<
    Omit<ExtractionConfig, OptionalField | "sides" | "terminations">
  >
  & Pick<ExtractionConfig, OptionalField>
  & {
    readonly sides: NonNullable<ExtractionConfig["sides"]>;
    readonly terminations: readonly string[] | undefined;
  };

type OptionalField = "castling" | "onBadGame" | "keepByPly" | "keepByPieces";

/**
 * Checks a config.
 *
 * @param config The config.
 * @returns It with all defaults.
 * @throws {TypeError} If a field is unknown.
 * @throws {RangeError} If a value is not allowed.
 */
export function checkConfig(config: ExtractionConfig): CheckedConfig {
  const {
    softSkipPlies = 0,
    skipPlies = softSkipPlies === 0 ? 10 : 0,
    maxPly = Infinity,
    minPieces = 6,
    sampleRate = 1,
    keepByPly,
    keepByPieces,
    maxPerGame = Infinity,
    sides = "both",
    skipChecks = false,
    skipCaptures = false,
    minClock = 0,
    requireEval = false,
    terminations,
    seed = 0,
    castling,
    onBadGame,
    ...unknown
  } = config;
  const [name] = Object.keys(unknown);
  if (name !== undefined) {
    throw new TypeError(`Cannot extract samples as there is no field ${name}`);
  }
  for (
    const [name, value] of Object.entries({
      skipPlies,
      softSkipPlies,
      minPieces,
    })
  ) check(name, value, isCount(value), "a non-negative integer");
  for (const [name, value] of Object.entries({ maxPly, maxPerGame })) {
    const isAllowed = isCount(value) || value === Infinity;
    check(name, value, isAllowed, "a non-negative integer");
  }
  check("sampleRate", sampleRate, isShare(sampleRate), "from 0 to 1");
  for (const [name, value] of Object.entries({ keepByPly, keepByPieces })) {
    const isAllowed = value === undefined || isCurve(value);
    check(name, JSON.stringify(value), isAllowed, POINTS);
  }
  for (
    const [name, value] of Object.entries({
      skipChecks,
      skipCaptures,
      requireEval,
    })
  ) check(name, value, typeof value === "boolean", "true or false");
  check(
    "minClock",
    minClock,
    Number.isFinite(minClock) && minClock >= 0,
    "a non-negative number of seconds",
  );
  check("sides", JSON.stringify(sides), isSides(sides), SIDES);
  check("seed", seed, Number.isSafeInteger(seed), "an integer");
  check(
    "castling",
    castling,
    castling === undefined || castling === "king-takes-rook",
    "king-takes-rook or omitted",
  );
  return {
    skipPlies,
    softSkipPlies,
    maxPly,
    minPieces,
    sampleRate,
    keepByPly,
    keepByPieces,
    maxPerGame,
    sides,
    skipChecks,
    skipCaptures,
    minClock,
    requireEval,
    terminations: terminations && checkTerminations(terminations),
    seed,
    castling,
    onBadGame,
  };
}

const POINTS =
  "points [number, share from 0 to 1] in ascending order of their numbers";
const SIDES =
  '"both", "white", "black", "winner" or { minRating: a positive integer }';

function check(
  name: string,
  value: unknown,
  isAllowed: boolean,
  allowed: string,
): void {
  if (isAllowed) return;
  throw new RangeError(
    `Cannot extract samples as ${name} must be ${allowed}: current value is ${value}`,
  );
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function isShare(value: unknown): boolean {
  return typeof value === "number" && value >= 0 && value <= 1;
}

function isCurve(points: unknown): boolean {
  return Array.isArray(points) && points.length > 0 &&
    points.every((point, i) =>
      Array.isArray(point) && point.length === 2 &&
      Number.isFinite(point[0]) && isShare(point[1]) &&
      (i === 0 || points[i - 1][0] < point[0])
    );
}

function isSides(sides: NonNullable<ExtractionConfig["sides"]>): boolean {
  if (typeof sides !== "object" || sides === null) {
    return ["both", "white", "black", "winner"].includes(sides);
  }
  const { minRating, ...unknown } = sides;
  return isCount(minRating) && minRating > 0 &&
    Object.keys(unknown).length === 0;
}

function checkTerminations(
  terminations: NonNullable<ExtractionConfig["terminations"]>,
): readonly string[] {
  const { values } = GAME_FILTER_FIELDS.find(({ name }) =>
    name === "termination"
  )!;
  const all = typeof terminations === "string" ? [terminations] : terminations;
  const allowed = `one or several of ${values!.join(", ")}`;
  check("terminations", all, Array.isArray(all) && all.length > 0, allowed);
  for (const one of all) {
    check("terminations", one, values!.includes(one), allowed);
  }
  return all;
}
