import type { Game } from "../game.ts";
import { gamesStream } from "../games_stream.ts";
import { checkGameNumber, checkSetName } from "./_checks.ts";
import type { GameCache, SetInfo } from "./game_cache.ts";

/**
 * The stream of {@linkcode GameCache.getGames}: the games of the set that
 * `find` tells, `count` of them from `offset` on. Nothing is asked before the
 * first read.
 */
export function gamesOfSet(
  cache: Pick<GameCache, "readGames">,
  find: (name: string) => Promise<SetInfo | undefined>,
  name: string,
  offset: number,
  count = Infinity,
): ReadableStream<Game> {
  checkSetName(name);
  checkGameNumber("the offset", offset);
  if (count !== Infinity) checkGameNumber("the count", count);

  return gamesStream(async function* (signal) {
    const set = await find(name);
    if (set === undefined) return;
    const end = Math.min(offset + count, set.count);
    yield* cache.readGames(set, Math.min(offset, end), end, { signal });
  });
}
