// Reads games of a cached set by their numbers, in any order, several requests in flight.

import type { GameCache } from "../cache/game_cache.ts";
import type { SetInfo } from "../cache/game_set.ts";

/** Games asked for at once, and about how many bytes. */
const MAX_GAMES_PER_REQUEST = 128;
const BYTES_PER_REQUEST = 512 * 1024;
/** The length of a game that is not known yet. */
const USUAL_GAME_LENGTH = 4096;
/** Requests on their way. */
const REQUESTS_IN_FLIGHT = 4;

/**
 * Reads games of a set by their numbers.
 *
 * @throws {GameCacheError} As {@linkcode GameCache.readGamesAt} does; the games of
 * the batches before have been given by then.
 */
export async function* readSetInOrder(
  cache: Pick<GameCache, "readGamesAt">,
  set: SetInfo,
  numbers: Iterator<number>,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array[]> {
  const stop = new AbortController();
  const anySignal = signal === undefined
    ? stop.signal
    : AbortSignal.any([signal, stop.signal]);
  const requests: Promise<Uint8Array[]>[] = [];
  let gameLength = USUAL_GAME_LENGTH;
  let isOver = false;
  try {
    for (;;) {
      while (!isOver && requests.length < REQUESTS_IN_FLIGHT) {
        const some = take(numbers, BYTES_PER_REQUEST / gameLength);
        isOver = some.length === 0;
        if (isOver) break;
        const request = cache.readGamesAt(set, some, { signal: anySignal });
        request.catch(() => {});
        requests.push(request);
      }
      const request = requests.shift();
      if (request === undefined) return;
      const games = await request;
      const bytes = games.reduce((sum, { length }) => sum + length, 0);
      gameLength = Math.max(1, bytes / games.length);
      yield games;
      signal?.throwIfAborted();
    }
  } finally {
    stop.abort();
    await Promise.allSettled(requests);
  }
}

function take(numbers: Iterator<number>, count: number): number[] {
  const some: number[] = [];
  const size = Math.min(MAX_GAMES_PER_REQUEST, Math.max(1, Math.floor(count)));
  while (some.length < size) {
    const { done, value } = numbers.next();
    if (done) break;
    some.push(value);
  }
  return some;
}
