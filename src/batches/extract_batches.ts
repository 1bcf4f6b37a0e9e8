// Joins the games of a loader, the samples of an extractor and the batches made of them.
import type { Game } from "../game.ts";
import type { GameQuery } from "../game_query.ts";
import { checkCursorSource, cursorFields } from "../loader/cursor.ts";
import { checkOrder, type OrderOptions } from "../order/game_order.ts";
import type { BatchCursor, RankProgress } from "./batch_cursor.ts";
import {
  type BatchOptions,
  checkBatchOptions,
  type CheckedBatchOptions,
  splitOptions,
} from "./batch_options.ts";
import type { ChosenPlies } from "../sample/ply_selector.ts";
import { type GameSamples, NO_SAMPLES, SampleMaker } from "./game_samples.ts";
import { makeBatches, type RankSource } from "./make_batches.ts";
import { isSharedAnew, type Rank, RankFilter } from "./rank_games.ts";
import { type CursorFields, findStart, type Start } from "./resume_batches.ts";
import { BatchWriter, type SampleBatch } from "./sample_batch.ts";
import type { Rows } from "./sample_pool.ts";

/**
 * Which games batches are made of.
 *
 * See {@linkcode SampleExtractor.extractBatches}.
 */
export type BatchGames = Omit<GameQuery, "resume"> & OrderOptions;

/**
 * Which games, and how their samples become batches.
 *
 * See {@linkcode SampleExtractor.extractBatches}.
 */
export type BatchQuery = BatchGames & BatchOptions;

/** What batches need of an extractor. */
export interface BatchExtractor {
  /** Loads games. */
  loadGames(query: BatchGames): ReadableStream<Game>;
  /**
   * The number of a loaded game among those that pass the query's filter.
   *
   * @param place How many games come before it in the order it was loaded in.
   */
  indexOf(game: Game, place: number): number;
  /** What the source of a loaded game is, as a hash. */
  sourceOf(game: Game): string;
  /** The half-moves of a game that become samples; `undefined` where it gives none. */
  choose(game: Game): ChosenPlies | undefined;
  /** The fields of the config, for cursors. */
  readonly fields: Readonly<Record<string, string>>;
  /** Called for each batch. */
  onBatch(size: number): void;
  /** Called for each batch that is not full as too few games are left. */
  onShortBatch(): void;
}

/**
 * Makes batches of the samples of games.
 *
 * @throws {TypeError} If a field is unknown, or a cursor was made with something else.
 * @throws {RangeError} If a value is not allowed.
 */
export function extractBatches(
  extractor: BatchExtractor,
  all: BatchQuery,
): ReadableStream<SampleBatch> {
  const { source, start, options } = plan(extractor, all);
  const batches = makeBatches(source, options, start);
  const pending: (SampleBatch | Promise<SampleBatch>)[] = [];
  let hasEnded = false;
  return new ReadableStream<SampleBatch>({
    async pull(controller) {
      try {
        // As many are begun as there are threads to write them.
        while (!hasEnded && pending.length < options.threads) {
          const { done, value } = await batches.next();
          if (done) hasEnded = true;
          else pending.push(value.batch);
        }
        const batch = await pending.shift();
        if (batch !== undefined) {
          extractor.onBatch(batch.size);
          controller.enqueue(batch);
          return;
        }
        source.close();
        controller.close();
      } catch (error) {
        source.close();
        throw error;
      }
    },
    async cancel() {
      source.close();
      await batches.return(undefined);
    },
  }, { highWaterMark: 0 });
}

/** The cursor before the first batch that {@linkcode extractBatches} would give. */
export async function firstCursor(
  extractor: BatchExtractor,
  all: BatchQuery,
): Promise<BatchCursor> {
  const { source, start, query } = plan(extractor, all);
  // Any game tells what the source is, also where the rank has none.
  const { shard: _, shuffle: __, ...wanted } = query;
  const first = { ...wanted, offset: 0, maxGames: 1 };
  for await (const game of extractor.loadGames(first)) source.check(game);
  const { rank, epoch, progress } = start;
  const from = isSharedAnew(rank, epoch) ? -1 : 0;
  return source.cursor(rank, progress ?? { epoch, from, next: 0, used: 0 });
}

/** Checks a query, and finds where its batches begin. */
function plan(
  extractor: BatchExtractor,
  all: BatchQuery,
): {
  source: LoadedGames;
  start: Start;
  options: CheckedBatchOptions;
  query: BatchGames;
} {
  const { options: given, query } = splitOptions<BatchGames>(all);
  const options = checkBatchOptions(given);
  const { shard } = checkOrder(query);
  // Whatever the query lacks is said now, and not at the first read.
  extractor.loadGames(query).cancel();
  const { signal: _, set: __, shard: ___, ...named } = query;
  const fields: CursorFields = {
    query: cursorFields(named),
    config: extractor.fields,
    options: cursorFields({
      window: options.window,
      maxPerBatch: options.maxPerBatch,
      batchSize: options.maxPerBatch === Infinity
        ? undefined
        : options.batchSize,
      value: options.value === "q" ? "q" : undefined,
    }),
  };
  const start = findStart(options.resume, shard, fields);
  const source = new LoadedGames(extractor, options, query, fields);
  source.expected = start.source;
  return { source, start, options, query };
}

/** The games of ranks as a loader gives them. */
class LoadedGames implements RankSource {
  readonly seed: number;
  readonly firstEpoch: number;
  /** What the source must be, where a cursor says so. */
  expected: string | undefined;
  #name = "";
  readonly #extractor: BatchExtractor;
  readonly #query: BatchGames;
  readonly #fields: CursorFields;
  readonly #block: number;
  readonly #writer: BatchWriter;
  readonly #maker: SampleMaker;

  constructor(
    extractor: BatchExtractor,
    options: CheckedBatchOptions,
    query: BatchGames,
    fields: CursorFields,
  ) {
    const { shuffle, block } = checkOrder(query);
    this.seed = shuffle?.seed ?? 0;
    this.firstEpoch = shuffle?.epoch ?? 0;
    this.#block = block;
    this.#extractor = extractor;
    this.#query = query;
    this.#fields = fields;
    this.#writer = new BatchWriter(options);
    this.#maker = new SampleMaker(options);
  }

  async *read(
    rank: Rank,
    epoch: number,
    from: number,
  ): AsyncGenerator<GameSamples> {
    const { offset = 0, maxGames = Infinity } = this.#query;
    if (!isSharedAnew(rank, epoch)) {
      if (from >= maxGames) return;
      const games = this.#load(epoch, {
        ...rank.ranks === 1
          ? {}
          : { shard: { index: rank.rank, count: rank.ranks } },
        offset: offset + from,
        maxGames: maxGames - from,
      });
      let place = offset + from;
      for await (const game of games) yield this.#make(game, place++);
      return;
    }
    // Each game of the order is looked at, and those of this rank are taken.
    const range = { block: this.#block, offset, maxGames };
    const filter = new RankFilter(rank, epoch, range);
    let before = 0;
    for await (const game of this.#load(epoch, { offset: 0 })) {
      const number = this.#extractor.indexOf(game, before);
      const place = filter.placeOf(number);
      if (place >= from) yield this.#make(game, before);
      before++;
    }
  }

  #load(
    epoch: number,
    some: Pick<BatchGames, "shard" | "offset" | "maxGames">,
  ): ReadableStream<Game> {
    const { shuffle } = this.#query;
    const order = shuffle === undefined
      ? {}
      : { shuffle: { ...shuffle, epoch: this.firstEpoch + epoch } };
    const { shard: _, maxGames: __, ...query } = this.#query;
    return this.#extractor.loadGames({ ...query, ...order, ...some });
  }

  /** Checks that a game is of the source that a cursor names. */
  check(game: Game): void {
    this.#name = this.#extractor.sourceOf(game);
    if (this.expected === undefined) return;
    checkCursorSource(this.expected, this.#name);
  }

  #make(game: Game, before: number): GameSamples {
    this.check(game);
    const chosen = this.#extractor.choose(game);
    if (chosen === undefined || chosen.plies.length === 0) return NO_SAMPLES;
    const gameIndex = this.#extractor.indexOf(game, before);
    return this.#maker.make(gameIndex, chosen);
  }

  cursor(
    { rank, ranks, earlier }: Rank,
    progress: RankProgress,
  ): BatchCursor {
    const isNeeded = isSharedAnew({ rank, ranks, earlier }, progress.epoch);
    return {
      of: "batches",
      source: this.#name,
      ...this.#fields,
      rank,
      ranks,
      earlier: isNeeded ? earlier : [],
      ...progress,
    };
  }

  write(rows: Rows, cursor: BatchCursor): SampleBatch | Promise<SampleBatch> {
    return this.#writer.write(rows, cursor);
  }

  release(games: readonly GameSamples[]): void {
    this.#maker.release(games);
  }

  /** Ends the threads that write. */
  close(): void {
    this.#writer.close();
  }

  onShortBatch(): void {
    this.#extractor.onShortBatch();
  }
}
