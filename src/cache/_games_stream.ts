import { type Game, gameFromUtf8 } from "../game.ts";
import { checkGameNumber, checkSetName } from "./_checks.ts";
import type { GameCache, SetInfo } from "./game_cache.ts";

/**
 * The stream of {@linkcode GameCache.getGames}: the games of the set that
 * `find` tells, `count` of them from `offset` on. Nothing is asked before the
 * first read.
 */
export function gamesStream(
  cache: Pick<GameCache, "readGames">,
  find: (name: string) => Promise<SetInfo | undefined>,
  name: string,
  offset: number,
  count = Infinity,
): ReadableStream<Game> {
  checkSetName(name);
  checkGameNumber("the offset", offset);
  if (count !== Infinity) checkGameNumber("the count", count);

  const stop = new AbortController();
  const batches = readBatches();

  async function* readBatches(): AsyncGenerator<Uint8Array[]> {
    const set = await find(name);
    if (set === undefined) return;
    const end = Math.min(offset + count, set.count);
    yield* cache.readGames(set, Math.min(offset, end), end, {
      signal: stop.signal,
    });
  }

  return new ReadableStream<Game>({
    async pull(controller) {
      const { done, value } = await batches.next();
      if (done) return controller.close();
      for (const bytes of value) controller.enqueue(gameFromUtf8(bytes));
    },
    async cancel(reason) {
      stop.abort(reason);
      await batches.return(undefined).catch(() => {});
    },
  }, { highWaterMark: 0 });
}
