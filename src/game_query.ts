// Describes which games to load, and checks a query once.
import { type GameFilter, normalizeFilter } from "./filter/game_filter.ts";
import {
  checkCursor,
  checkCursorFields,
  type Cursor,
  cursorFields,
} from "./loader/cursor.ts";
import type { LoadRequest } from "./loader/load_request.ts";
import { checkOrder, type OrderOptions } from "./order/game_order.ts";

/**
 * Which games to load: a filter, and which of the games that match it.
 *
 * See {@linkcode GameLoader.loadGames}.
 */
export interface GameQuery extends GameFilter, OrderOptions {
  /**
   * How many of the games that match to leave out, in the order that is asked for
   * and within the shard.
   *
   * @default {0}
   */
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
  /**
   * Resumes after the game or sample that this is the cursor of. All other fields
   * must be those that it was made with.
   */
  resume?: Cursor;
  /** Stops the loading with the signal's reason. */
  signal?: AbortSignal;
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
    shuffle,
    block,
    shard,
    resume,
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
  const order = checkOrder({ shuffle, block, shard });
  const isOrdered = order.shuffle !== undefined || order.shard.count > 1;
  const cursor = cursorFields({
    ...filter,
    offset: offset === 0 ? undefined : offset,
    maxGames,
    compact: compact ? true : undefined,
    ...isOrdered ? order : {},
  });
  if (resume !== undefined) {
    checkCursor(resume, "games");
    checkCursorFields("query", resume.query, cursor);
  }
  return {
    filter,
    filterKey,
    order,
    isOrdered,
    fields: cursor,
    resume,
    offset: resume?.place ?? offset,
    end: offset + maxGames,
    set,
    compact,
  };
}
