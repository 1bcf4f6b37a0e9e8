// Reads and counts the games that a query asks for in a set of a cache.
import type { ChosenSet } from "./cache/choose_set.ts";
import type { GameCache } from "./cache/game_cache.ts";
import type { LoadRequest } from "./game_query.ts";
import { matchingGames } from "./matching_games.ts";

/** How many games are read with one request, and how many requests are under way. */
const GAMES_AT_ONCE = 100;
const REQUESTS = 3;

/**
 * Reads the games of a set that a request asks for, as far as the set goes. Where
 * the set has other games too, its records say which match: no game is read but
 * those that are wanted.
 *
 * @param cache The cache.
 * @param chosen The set.
 * @param request Which games.
 * @param signal Stops the reading.
 * @returns The games' texts, in batches.
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
 * Counts the games of a set that match a filter.
 *
 * @param cache The cache.
 * @param chosen The set.
 * @param filter The filter, in normal form.
 * @param signal Stops the counting.
 * @returns How many match.
 * @throws {GameCacheError} If the set cannot be read.
 */
export async function countSet(
  cache: GameCache,
  { set, isExact }: ChosenSet,
  filter: LoadRequest["filter"],
  signal?: AbortSignal,
): Promise<number> {
  if (isExact) return set.count;
  const matching = matchingGames(set, filter);
  await matching.extend(cache, set, Infinity, signal);
  return matching.count;
}
