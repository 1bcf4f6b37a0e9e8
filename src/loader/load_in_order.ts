// Loads games in the order of a query from a set and an archive, the rest from the archive where the set fails.

import type { GameOrder } from "../order/game_order.ts";
import {
  type ArchiveGames,
  readArchiveForward,
  readArchiveInOrder,
} from "./read_archive_in_order.ts";

/** Games given at once where they come from two sources. */
const GAMES_PER_BATCH = 64;

/** A set that holds the first games of those that pass. */
export interface OrderedSet {
  /** How many of the games that pass it holds. */
  readonly games: number;
  /** Reads games by their numbers among those that pass. */
  read(numbers: Iterator<number>): AsyncGenerator<Uint8Array[]>;
}

/**
 * Loads the games of an order from the place `first` to `end - 1`: from a set, if
 * any, and the archive, unless it is not available. `copy` makes a game of the
 * archive one's own, in the form that was asked for; `onFault` is called with the
 * error of a set that fails where the archive goes on.
 */
export async function* loadInOrder(
  { order, isShuffled, first, end }: {
    order: GameOrder;
    isShuffled: boolean;
    first: number;
    end: number;
  },
  { set, archive, copy, onFault }: {
    set?: OrderedSet;
    archive?: ArchiveGames;
    copy: (game: Uint8Array) => Uint8Array;
    onFault: (error: unknown) => void;
  },
  signal: AbortSignal,
): AsyncGenerator<readonly Uint8Array[]> {
  const last = Math.min(end, order.size);
  let next = first;
  function* numbers(
    start: number,
    from = 0,
    below = Infinity,
  ): Generator<number, undefined> {
    for (let place = start; place < last; place++) {
      const game = order.at(place);
      if (game >= from && game < below) yield game;
      else if (!isShuffled && game >= below) return;
    }
  }
  const readArchive = (from?: number) =>
    isShuffled
      ? readArchiveInOrder(archive!, numbers(next, from), { copy })
      : readArchiveForward(archive!, numbers(next, from), copy);
  if (set !== undefined) {
    const fromSet = guarded(set.read(numbers(next, 0, set.games)));
    const games = set.games >= order.games || archive === undefined
      ? fromSet
      : merge(numbers(next), set.games, fromSet, readArchive(set.games));
    try {
      for await (const batch of games) {
        next += batch.length;
        yield batch;
      }
      return;
    } catch (error) {
      if (!(error instanceof SetFault)) throw error;
      if (signal.aborted || archive === undefined) throw error.cause;
      onFault(error.cause);
    }
  }
  if (archive !== undefined) yield* readArchive();
}

/** An error of the set, not of the archive. */
class SetFault extends Error {
  constructor(cause: unknown) {
    super("A set fails", { cause });
  }
}

async function* guarded(
  games: AsyncGenerator<Uint8Array[]>,
): AsyncGenerator<Uint8Array[]> {
  try {
    yield* games;
  } catch (cause) {
    throw new SetFault(cause);
  }
}

/** Takes each game from the set, which holds the first ones, or from the archive. */
async function* merge(
  numbers: Iterable<number>,
  held: number,
  fromSet: AsyncGenerator<Uint8Array[]>,
  fromArchive: AsyncGenerator<readonly Uint8Array[]>,
): AsyncGenerator<Uint8Array[]> {
  const set = new OneByOne(fromSet);
  const archive = new OneByOne(fromArchive);
  let batch: Uint8Array[] = [];
  try {
    for (const number of numbers) {
      const reader = number < held ? set : archive;
      if (!reader.isReady && batch.length > 0) {
        yield batch; // what is waited for may fail
        batch = [];
      }
      const game = await reader.next();
      if (game === undefined) break;
      batch.push(game);
      if (batch.length < GAMES_PER_BATCH) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0) yield batch;
  } finally {
    await Promise.allSettled([set.return(), archive.return()]);
  }
}

/** Takes the games of batches one by one. */
class OneByOne {
  readonly #batches: AsyncGenerator<readonly Uint8Array[]>;
  #batch: readonly Uint8Array[] = [];
  #taken = 0;

  constructor(batches: AsyncGenerator<readonly Uint8Array[]>) {
    this.#batches = batches;
  }

  get isReady(): boolean {
    return this.#taken < this.#batch.length;
  }

  async next(): Promise<Uint8Array | undefined> {
    while (!this.isReady) {
      const { done, value } = await this.#batches.next();
      if (done) return undefined;
      this.#batch = value;
      this.#taken = 0;
    }
    return this.#batch[this.#taken++];
  }

  async return(): Promise<void> {
    await this.#batches.return(undefined);
  }
}
