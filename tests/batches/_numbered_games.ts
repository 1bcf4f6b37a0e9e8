import type {
  BatchCursor,
  RankProgress,
} from "../../src/batches/batch_cursor.ts";
import {
  type BatchOptions,
  checkBatchOptions,
  type CheckedBatchOptions,
} from "../../src/batches/batch_options.ts";
import {
  type GameSamples,
  NO_SAMPLES,
} from "../../src/batches/game_samples.ts";
import {
  makeBatches,
  type RankSource,
} from "../../src/batches/make_batches.ts";
import {
  isSharedAnew,
  type Rank,
  RankFilter,
} from "../../src/batches/rank_games.ts";
import { findStart } from "../../src/batches/resume_batches.ts";
import type { SampleBatch } from "../../src/batches/sample_batch.ts";
import type { Rows } from "../../src/batches/sample_pool.ts";
import { Permutation } from "../../src/order/permutation.ts";
import { seeded } from "../_pgn_data.ts";

/** A batch of samples that are named by game and number alone. */
export interface NumberedBatch {
  readonly names: readonly string[];
  readonly games: readonly number[];
  readonly cursor: BatchCursor;
}

/** A run over games that are numbers, in blocks that are shuffled. */
export interface Run {
  readonly games: number;
  readonly block: number;
  readonly options: BatchOptions;
  readonly rank?: number;
  readonly ranks?: number;
  readonly offset?: number;
  readonly maxGames?: number;
}

const NO_FIELDS = { query: {}, config: {}, options: {} };

/** How many samples a game has: from none to 60. */
export function samplesOf(game: number): number {
  return Math.floor(seeded(game)() * 61);
}

/** Makes the batches of a rank; `short` counts those with too few games. */
export async function* numberedBatches(
  run: Run,
  counts = { short: 0 },
): AsyncGenerator<NumberedBatch> {
  const options = checkBatchOptions(run.options);
  const start = findStart(
    options.resume,
    { index: run.rank ?? 0, count: run.ranks ?? 1 },
    NO_FIELDS,
  );
  const source = new NumberedGames(run, options, counts);
  for await (const { batch } of makeBatches(source, options, start)) {
    yield await batch as unknown as NumberedBatch;
  }
}

class NumberedGames implements RankSource {
  readonly seed = 3;
  readonly firstEpoch = 0;
  readonly #run: Run;
  readonly #counts: { short: number };

  constructor(run: Run, _: CheckedBatchOptions, counts: { short: number }) {
    this.#run = run;
    this.#counts = counts;
  }

  /** All games in the order of an epoch. */
  *#order(epoch: number): Generator<number> {
    const { games, block } = this.#run;
    const blocks = Math.ceil(games / block);
    const order = new Permutation(blocks, [this.seed, epoch]);
    for (let i = 0; i < blocks; i++) {
      const first = order.at(i) * block;
      for (let at = first; at < Math.min(games, first + block); at++) yield at;
    }
  }

  async *read(
    rank: Rank,
    epoch: number,
    from: number,
  ): AsyncGenerator<GameSamples> {
    await Promise.resolve();
    const { block, offset = 0, maxGames = Infinity } = this.#run;
    if (isSharedAnew(rank, epoch)) {
      const range = { block, offset, maxGames };
      const filter = new RankFilter(rank, epoch, range);
      for (const game of this.#order(epoch)) {
        if (filter.placeOf(game) >= from) yield numbered(game);
      }
      return;
    }
    let last = -1;
    let blocks = 0;
    let place = 0;
    for (const game of this.#order(epoch)) {
      if (Math.floor(game / block) !== last) blocks++;
      last = Math.floor(game / block);
      if ((blocks - 1) % rank.ranks !== rank.rank) continue;
      const at = place++ - offset;
      if (at >= from && at < maxGames) yield numbered(game);
    }
  }

  cursor(rank: Rank, progress: RankProgress): BatchCursor {
    const { earlier } = rank;
    const isNeeded = isSharedAnew(rank, progress.epoch);
    const cursor: BatchCursor = {
      of: "batches",
      source: "",
      ...NO_FIELDS,
      ...rank,
      ...progress,
      earlier: isNeeded ? earlier : [],
    };
    return JSON.parse(JSON.stringify(cursor));
  }

  write(rows: Rows, cursor: BatchCursor): SampleBatch {
    const games = Array.from(
      rows.numbers.subarray(0, rows.length),
      (number) => rows.games[number].gameIndex,
    );
    const batch: NumberedBatch = {
      names: games.map((game, row) => `${game}:${rows.samples[row]}`),
      games,
      cursor,
    };
    return batch as unknown as SampleBatch;
  }

  onShortBatch(): void {
    this.#counts.short++;
  }
}

function numbered(game: number): GameSamples {
  return { ...NO_SAMPLES, gameIndex: game, size: samplesOf(game) };
}

/** The names of all samples of the games below a number. */
export function allNames(games: number): string[] {
  return Array.from(
    { length: games },
    (_, game) =>
      Array.from({ length: samplesOf(game) }, (_, i) => `${game}:${i}`),
  ).flat();
}
