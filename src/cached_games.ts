// Reads the games that a query asks for from a set of a cache.
import type { ChosenSet } from "./cache/choose_set.ts";
import type { GameCache } from "./cache/game_cache.ts";
import { GameMatcher } from "./filter/game_matcher.ts";
import type { LoadRequest } from "./game_query.ts";
import { rawGame } from "./pgn/raw_game.ts";

/**
 * Reads the games of a set that a request asks for, as far as the set goes.
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
  const { offset, compact, filter } = request;
  if (isExact) {
    const end = Math.min(request.end, set.count);
    yield* cache.readGames(set, Math.min(offset, end), end, { signal });
    return;
  }
  // Compact games have lost what these fields ask for; their set has not.
  const matcher = new GameMatcher(
    compact ? { ...filter, hasEval: undefined, hasClock: undefined } : filter,
  );
  let matched = 0;
  for await (const games of cache.readGames(set, 0, set.count, { signal })) {
    yield games.filter((game) =>
      matched < request.end &&
      matcher.rejectedBy(rawGame(game)) === undefined &&
      matched++ >= offset
    );
    if (matched >= request.end) return;
  }
}
