// Makes streams of games out of batches of texts.
import { type Game, gameFromUtf8 } from "./game.ts";
import { wholeHash } from "./whole_hashes.ts";

/**
 * Makes a stream of games out of a generator of batches of texts. Nothing is
 * read before the first game is asked for, and cancelling the stream ends the
 * generator, also while it waits.
 *
 * @param read Reads batches of texts in UTF-8; a batch may be empty. The signal
 * is aborted when the stream is cancelled.
 * @param onGame Called with each game, in order, before it is returned.
 * @returns The games, in order.
 */
export function gamesStream(
  read: (signal: AbortSignal) => AsyncGenerator<readonly Uint8Array[]>,
  onGame?: (game: Game) => void,
): ReadableStream<Game> {
  const stop = new AbortController();
  const batches = read(stop.signal);
  return new ReadableStream<Game>({
    async pull(controller) {
      let games: readonly Uint8Array[] = [];
      while (games.length === 0) {
        const { done, value } = await batches.next();
        if (done) return controller.close();
        games = value;
      }
      for (const bytes of games) {
        const game = gameFromUtf8(bytes, wholeHash(bytes));
        onGame?.(game);
        controller.enqueue(game);
      }
    },
    async cancel(reason) {
      stop.abort(reason);
      // What the generator throws at the signal is what was asked of it.
      await batches.return(undefined).catch(() => {});
    },
  }, { highWaterMark: 0 });
}
