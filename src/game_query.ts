// Describes which games to load, and checks a query once.
import { type GameFilter, normalizeFilter } from "./filter/game_filter.ts";

/**
 * Which games to load: a filter, and which of the games that match it.
 *
 * See {@linkcode GameLoader.loadGames}.
 */
export interface GameQuery extends GameFilter {
  /** How many of the games that match to leave out. @default {0} */
  offset?: number;
  /** How many games to load at most. @default {Infinity} */
  maxGames?: number;
  /** The only cached set that may answer; it adds no filter. */
  set?: string;
  /**
   * Games without comments and variations, and with only those tags that
   * filters and samples use. The filter looks at the whole game.
   *
   * @default {false}
   */
  compact?: boolean;
  /** Stops the loading with the signal's reason. */
  signal?: AbortSignal;
}

/** A query, checked: the games from `offset` to `end - 1` of those that match. */
export interface LoadRequest {
  /** The filter in normal form. */
  readonly filter: GameFilter;
  /** The same as JSON: equal filters have equal keys. */
  readonly filterKey: string;
  readonly offset: number;
  readonly end: number;
  readonly set?: string;
  readonly compact: boolean;
}

/**
 * Checks a query.
 *
 * @param query The query.
 * @returns What it asks for.
 * @throws {TypeError} If a field is unknown or of the wrong type.
 * @throws {RangeError} If a value is not allowed.
 */
export function readQuery(query: GameQuery): LoadRequest {
  const {
    offset = 0,
    maxGames = Infinity,
    set,
    compact = false,
    signal,
    ...fields
  } = query;
  for (const [name, value] of [["offset", offset], ["maxGames", maxGames]]) {
    if (
      value !== Infinity && !Number.isSafeInteger(value) || Number(value) < 0
    ) {
      throw new RangeError(
        `Cannot load games as ${name} must be a non-negative integer: current value is ${value}`,
      );
    }
  }
  if (typeof compact !== "boolean") {
    throw new TypeError(
      `Cannot load games as compact must be true or false: current value is ${compact}`,
    );
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError("Cannot load games as signal must be an AbortSignal");
  }
  const filter = normalizeFilter(fields);
  const filterKey = JSON.stringify(filter);
  const end = offset + maxGames;
  return { filter, filterKey, offset, end, set, compact };
}
