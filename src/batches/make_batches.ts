// Makes the batches of a rank, epoch after epoch.
import type { BatchCursor, RankProgress } from "./batch_cursor.ts";
import { progressIn } from "./batch_cursor.ts";
import type { CheckedBatchOptions } from "./batch_options.ts";
import type { GameSamples } from "./game_samples.ts";
import { isSharedAnew, type Rank } from "./rank_games.ts";
import type { Start } from "./resume_batches.ts";
import type { SampleBatch } from "./sample_batch.ts";
import {
  CappedPool,
  Rows,
  type SamplePool,
  WindowPool,
} from "./sample_pool.ts";

/** Games loaded at once where samples are not interleaved. */
const GAMES_IN_ORDER = 64;

/** Where the games of ranks come from. */
export interface RankSource {
  /** What decides about orders besides the epoch. */
  readonly seed: number;
  /** The number of the run's first epoch. */
  readonly firstEpoch: number;
  /** Reads the samples of a rank's games from a place on; a game without any has none. */
  read(
    rank: Rank,
    epoch: number,
    from: number,
  ): AsyncGenerator<GameSamples>;
  /** The cursor of a progress. */
  cursor(rank: Rank, progress: RankProgress): BatchCursor;
  /** Writes a batch. */
  write(rows: Rows, cursor: BatchCursor): SampleBatch | Promise<SampleBatch>;
  /** Called with games whose samples have all been written. */
  release?(games: readonly GameSamples[]): void;
  /** Called for a batch that is not full as too few games are left. */
  onShortBatch(): void;
}

/** Makes batches from a start on; another thread may still be writing one. */
export async function* makeBatches(
  source: RankSource,
  options: CheckedBatchOptions,
  start: Start,
): AsyncGenerator<{ readonly batch: SampleBatch | Promise<SampleBatch> }> {
  const { batchSize, epochs, dropLast } = options;
  const { rank } = start;
  for (let epoch = start.epoch; epoch < epochs; epoch++) {
    const progress = epoch === start.epoch ? start.progress : undefined;
    const pool = await preparePool(source, options, rank, epoch, progress);
    let next = progress?.next ?? 0;
    let isEmpty = progress === undefined && pool.size === 0;
    const games = source.read(rank, epoch, next);
    let hasEnded = false;
    try {
      for (;;) {
        while (!hasEnded && pool.available(batchSize) < batchSize) {
          const window = await readWindow(games, options, next);
          hasEnded = window.hasEnded;
          pool.add(window.games, next);
          next += window.games.length;
        }
        if (pool.size === 0) break;
        isEmpty = false;
        const size = pool.available(batchSize);
        if (size < batchSize && dropLast) break;
        if (size < Math.min(batchSize, pool.size)) source.onShortBatch();
        const rows = new Rows(batchSize);
        pool.draw(batchSize, rows);
        const { from = next, ...used } = pool.progress();
        const cursor = source.cursor(rank, { epoch, next, from, ...used });
        const batch = source.write(rows, cursor);
        // Another thread's batch is finished with the games later.
        if (!(batch instanceof Promise)) source.release?.(pool.takeUsed());
        yield { batch };
      }
    } finally {
      await games.return(undefined);
    }
    // Other epochs would give nothing either.
    if (isEmpty && !isSharedAnew(rank, epoch)) return;
  }
}

async function readWindow(
  games: AsyncGenerator<GameSamples>,
  { window }: CheckedBatchOptions,
  place: number,
): Promise<{ games: GameSamples[]; hasEnded: boolean }> {
  const length = window || GAMES_IN_ORDER;
  const wanted = length - place % length;
  const read: GameSamples[] = [];
  while (read.length < wanted) {
    const { done, value } = await games.next();
    if (done) break;
    read.push(value);
  }
  return { games: read, hasEnded: read.length < wanted };
}

/** The pool of a rank as it was at a progress; without one, at an epoch's begin. */
async function preparePool(
  source: RankSource,
  options: CheckedBatchOptions,
  rank: Rank,
  epoch: number,
  progress: RankProgress | undefined,
): Promise<SamplePool> {
  const { seed, firstEpoch } = source;
  const key = [seed, firstEpoch + epoch, rank.rank];
  const { maxPerBatch, window } = options;
  const pool = maxPerBatch === Infinity
    ? new WindowPool(key, window > 0)
    : new CappedPool(key, maxPerBatch);
  if (progress === undefined || progress.from === -1) {
    pool.takeOver(await takenOver(source, options, rank, epoch));
  }
  if (progress === undefined) return pool;
  let place = Math.max(0, progress.from);
  if (place < progress.next) {
    const games = source.read(rank, epoch, place);
    try {
      while (place < progress.next) {
        const window = await readWindow(games, options, place);
        const some = window.games.slice(0, progress.next - place);
        pool.add(some, place);
        place += some.length;
        if (window.hasEnded) break;
      }
    } finally {
      await games.return(undefined);
    }
  }
  pool.restore(progress);
  return pool;
}

/** A rank's share of the samples that earlier ranks had loaded and not used. */
async function takenOver(
  source: RankSource,
  options: CheckedBatchOptions,
  { rank, ranks, earlier }: Rank,
  epoch: number,
): Promise<Rows> {
  const last = earlier.at(-1);
  if (last === undefined) return new Rows(0);
  const rests: Rows[] = [];
  for (const [i, one] of last.entries()) {
    const progress = progressIn(one, epoch);
    if (typeof progress === "string") continue;
    const before = {
      rank: i,
      ranks: last.length,
      earlier: earlier.slice(0, -1),
    };
    const pool = await preparePool(source, options, before, epoch, progress);
    rests.push(pool.rest());
  }
  const all = new Rows(rests.reduce((sum, { length }) => sum + length, 0));
  for (const rest of rests) all.addFrom(rest, 0, rest.length);
  const share = new Rows(Math.ceil(all.length / ranks));
  share.addFrom(all, rank, all.length, ranks);
  return share;
}
