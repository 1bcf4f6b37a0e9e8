// Writes a set, batch by batch: the stream of `GameCache.writer`, and games stored by hand.
import {
  RECORD_BYTES,
  RECORDS_PER_BLOCK,
  recordsOf,
} from "../filter/game_record.ts";
import type { CacheStore, Generation, LockedSet } from "./cache_store.ts";
import type {
  Checkpoint,
  SetBatch,
  SetInfo,
  SetSpec,
  SetState,
} from "./game_set.ts";
import {
  blockStart,
  concat,
  recordBlocks,
  RecordReader,
} from "./record_blocks.ts";
import type { LockKeeper } from "./set_lock.ts";

/** The checkpoint of a set that nothing was read for. */
const NO_CHECKPOINT: Checkpoint = { gamesRead: 0, badGames: 0, rejected: {} };

/** Throws where a set cannot be written, or resumed, as asked. */
export function checkWriting(
  { name, maxGames }: SetSpec,
  resume: SetInfo | undefined,
): void {
  if (
    maxGames !== undefined && (!Number.isSafeInteger(maxGames) || maxGames < 1)
  ) {
    throw new RangeError(
      "Cannot write the set as maxGames must be a positive integer: " +
        `current value is ${maxGames}`,
    );
  }
  if (resume === undefined) return;
  if (resume.name !== name) {
    throw new TypeError(
      `Cannot write the set ${name} as the set to resume is ${resume.name}`,
    );
  }
  if (maxGames !== undefined && resume.count > maxGames) {
    throw new RangeError(
      `Cannot resume the set ${name} as it holds ${resume.count} games: ` +
        `maxGames is ${maxGames}`,
    );
  }
}

/**
 * Takes batches of games. The lock is taken as soon as the stream is made,
 * renewed while the stream lives, and given back when it is closed, aborted, or
 * fails.
 */
export class SetWriterStream extends WritableStream<SetBatch> {
  /** Creates the stream; `before` is the set that is resumed. */
  constructor(
    store: CacheStore,
    set: SetSpec,
    before: SetInfo | undefined,
    lock: (signal: AbortSignal) => Promise<LockedSet>,
    keeper: LockKeeper,
  ) {
    const maxGames = set.maxGames ?? Infinity;
    let checkpoint = before?.checkpoint ?? NO_CHECKPOINT;
    let locked: LockedSet;
    let letGo: () => void;
    let count: number;
    /** The records of the block that is not full yet. */
    let tail: Uint8Array;

    async function commit(
      { games, records = recordsOf(games) }: Omit<SetBatch, "checkpoint">,
      state: SetState,
      release: boolean,
    ): Promise<void> {
      checkRecords(set.name, games, records);
      if (count + games.length > maxGames) {
        throw new RangeError(
          `Cannot write the set ${set.name} as it would hold ` +
            `${count + games.length} games: maxGames is ${maxGames}`,
        );
      }
      const all = concat([tail, records]);
      await locked.commit({
        games,
        first: count,
        blocks: games.length === 0 ? [] : recordBlocks(blockStart(count), all),
        countBefore: count,
        count: count + games.length,
        addedBytes: bytesOf(games),
        checkpoint,
        state,
        release,
      });
      count += games.length;
      const rest = count % RECORDS_PER_BLOCK * RECORD_BYTES;
      tail = all.slice(all.length - rest);
    }

    /** Does a step; where it fails, the lock is given back, if that still works. */
    async function orRelease(step: Promise<void>): Promise<void> {
      try {
        await step;
      } catch (error) {
        letGo();
        await locked.release().catch(() => {});
        throw error;
      }
    }

    super({
      async start({ signal }) {
        locked = await lock(signal);
        letGo = keeper.keep(locked);
        count = locked.count;
        const { generation } = locked;
        const target = { name: set.name, generation };
        await orRelease((async () => {
          tail = await tailOf(store, target, count);
        })());
      },
      async write(batch) {
        checkpoint = batch.checkpoint;
        await orRelease(commit(batch, "unfinished", false));
      },
      async close() {
        const state = count === maxGames ? "capped" : "complete";
        await orRelease(commit({ games: [] }, state, true));
        letGo();
      },
      async abort() {
        letGo();
        await locked.release();
      },
    });
  }
}

/** The records of a set's last block, where that is not full. */
async function tailOf(
  store: CacheStore,
  set: Generation,
  count: number,
): Promise<Uint8Array> {
  const first = blockStart(count);
  if (first === count) return new Uint8Array();
  return await storedRecords(store, set, first, count);
}

/** The records of games of one block; what is damaged stays so, as what follows must keep its place. */
async function storedRecords(
  store: CacheStore,
  set: Generation,
  first: number,
  end: number,
): Promise<Uint8Array> {
  const all = new Uint8Array((end - first) * RECORD_BYTES);
  all.set((await store.records(set, first, end)).subarray(0, all.length));
  return all;
}

/**
 * Stores games of a set made by hand, whose lock is held, over others or after
 * the last, and gives the lock back.
 */
export async function storeByHand(
  store: CacheStore,
  name: string,
  locked: LockedSet,
  first: number,
  games: readonly Uint8Array[],
): Promise<void> {
  try {
    const { count, generation } = locked;
    if (first > count) {
      throw new RangeError(
        `Cannot store game ${first} of the set ${name} as it has ${count} games`,
      );
    }
    const end = first + games.length;
    const newCount = Math.max(count, end);
    const start = blockStart(first);
    const stop = Math.min(newCount, blockStart(end - 1) + RECORDS_PER_BLOCK);
    const all = new Uint8Array((stop - start) * RECORD_BYTES);
    let addedBytes = bytesOf(games);
    for (let at = start; at < Math.min(stop, count);) {
      const to = Math.min(stop, count, at + RECORDS_PER_BLOCK);
      const old = await storedRecords(store, { name, generation }, at, to);
      all.set(old, (at - start) * RECORD_BYTES);
      at = to;
    }
    const overwritten = all.subarray(
      (first - start) * RECORD_BYTES,
      (Math.min(end, stop) - start) * RECORD_BYTES,
    );
    addedBytes -= new RecordReader(overwritten).textBytes;
    overwritten.set(recordsOf(games));
    await locked.commit({
      games,
      first,
      blocks: recordBlocks(start, all),
      countBefore: count,
      count: newCount,
      addedBytes,
      checkpoint: NO_CHECKPOINT,
      state: "complete",
      release: true,
    });
  } catch (error) {
    await locked.release().catch(() => {});
    throw error;
  }
}

function checkRecords(
  name: string,
  games: readonly Uint8Array[],
  records: Uint8Array,
): void {
  if (records.length === games.length * RECORD_BYTES) return;
  throw new TypeError(
    `Cannot write the set ${name} as ${games.length} games have ` +
      `${records.length} bytes of records instead of ${RECORD_BYTES} each`,
  );
}

function bytesOf(games: readonly Uint8Array[]): number {
  let bytes = 0;
  for (const game of games) bytes += game.length;
  return bytes;
}
