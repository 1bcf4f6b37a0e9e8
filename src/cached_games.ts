// Reads and counts the games that a query asks for in a set of a cache.
import type { ChosenSet } from "./cache/choose_set.ts";
import type { GameCache } from "./cache/game_cache.ts";
import type { SetInfo } from "./cache/game_set.ts";
import { type GameFilter, normalizeFilter } from "./filter/game_filter.ts";
import type { LoadRequest } from "./loader/load_request.ts";
import { matchingGames } from "./matching_games.ts";

/** How many games are read with one request, and how many requests are under way. */
const GAMES_AT_ONCE = 100;
const REQUESTS = 3;

/**
 * Reads the games of a set that a request asks for, as far as the set goes. Where
 * the set has other games too, its records say which match: no game is read but
 * those that are wanted.
 *
 * @throws {GameCacheError} If the set cannot be read.
 */
export async function* readSet(
  cache: GameCache,
  { set, isExact }: ChosenSet,
  request: LoadRequest,
  signal: AbortSignal,
): AsyncGenerator<readonly Uint8Array[]> {
  const { offset, filter } = request;
  if (isExact) {
    const end = Math.min(request.end, set.count);
    yield* cache.readGames(set, Math.min(offset, end), end, { signal });
    return;
  }
  const matching = matchingGames(set, filter);
  const requests: Promise<readonly Uint8Array[]>[] = [];
  for (let next = offset; next < request.end || requests.length > 0;) {
    if (next < request.end && requests.length < REQUESTS) {
      const end = Math.min(request.end, next + GAMES_AT_ONCE);
      await matching.extend(cache, set, end, signal);
      const numbers = matching.numbers(next, end);
      next = numbers.length < end - next ? Infinity : end;
      if (numbers.length > 0) {
        const games = cache.readGamesAt(set, numbers, { signal });
        games.catch(() => {}); // it is thrown in its turn
        requests.push(games);
      }
    } else yield await requests.shift()!;
  }
}

/**
 * Counts the games of a set that pass a filter, by their records: no archive is
 * needed, and the filter need not be narrower than the set's.
 *
 * @example Usage
 * ```ts
 * import { countGames, SqliteGameCache } from "@chess/game-cache";
 * import assert from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * await using cache = new SqliteGameCache(`${folder}/games.sqlite`);
 * await cache.storeGame("mine", 0, '[Result "1-0"]\n\n1. e4 1-0');
 * const [set] = await cache.sets();
 *
 * assert.equal(await countGames(cache, set, { result: "1-0" }), 1);
 * assert.equal(await countGames(cache, set, { result: "0-1" }), 0);
 * ```
 *
 * @param cache The cache.
 * @param set The set, as the cache reports it.
 * @param filter The filter.
 * @param options What stops the counting.
 * @returns How many games pass.
 * @throws {TypeError} If a field of the filter is unknown or of the wrong type.
 * @throws {RangeError} If a value is not allowed.
 * @throws {GameCacheError} If the set cannot be read.
 */
export async function countGames(
  cache: GameCache,
  set: SetInfo,
  filter: GameFilter = {},
  options: { signal?: AbortSignal } = {},
): Promise<number> {
  const normal = normalizeFilter(filter);
  const matching = matchingGames(set, normal);
  await matching.extend(cache, set, Infinity, options.signal);
  return matching.count;
}
