// Makes training samples of the games that a loader gives.

import {
  type BatchOptions,
  checkBatchOptions,
} from "./batches/batch_options.ts";
import {
  type BatchExtractor,
  type BatchQuery,
  extractBatches,
  firstCursor,
} from "./batches/extract_batches.ts";
import type { BatchCursor } from "./batches/batch_cursor.ts";
import {
  type BatchDescription,
  describeBatches,
  type SampleBatch,
} from "./batches/sample_batch.ts";
import { PgnError } from "./chess/pgn_error.ts";
import { type Game, type Replay, replayGame } from "./game.ts";
import { GameLoader } from "./game_loader.ts";
import type { GameQuery } from "./game_query.ts";
import { cursorAfter, gameIndexOf, sourceOf } from "./loader/answer.ts";
import {
  checkCursor,
  checkCursorFields,
  type Cursor,
  cursorFields,
} from "./loader/cursor.ts";
import {
  checkConfig,
  type CheckedConfig,
  type ExtractionConfig,
  type ExtractionCounts,
} from "./sample/extraction_config.ts";
import {
  type ChosenPlies,
  type DropReason,
  type PlyExplanation,
  PlySelector,
} from "./sample/ply_selector.ts";
import {
  gameOfSample,
  makeSamples,
  type TrainingSample,
} from "./sample/training_sample.ts";

/**
 * Makes training samples of games, as they are loaded.
 *
 * @example Usage
 * ```ts
 * import { SampleExtractor } from "@chess/game-cache";
 * import assert from "node:assert/strict";
 *
 * await using extractor = new SampleExtractor("data/sample.pgn.zst");
 * const query = { playstyle: "tactical", offset: 100, maxGames: 10 } as const;
 * for await (const { fen, move, outcome } of extractor.extractSamples(query)) {
 *   assert.equal(fen.split(" ").length, 6);
 *   assert.match(move, /^[a-h][1-8][a-h][1-8][qrbn]?$/);
 *   assert.ok([1, 0, -1].includes(outcome));
 * }
 * ```
 */
export class SampleExtractor implements AsyncDisposable {
  readonly #loader: GameLoader;
  readonly #isOwnLoader: boolean;
  readonly #config: CheckedConfig;
  readonly #selector: PlySelector;
  /** The config for cursors. */
  readonly #fields: Readonly<Record<string, string>>;
  readonly #counts = {
    games: 0,
    samples: 0,
    unfinished: 0,
    otherVariants: 0,
    badGames: 0,
  };
  #shortBatches = 0;

  /**
   * Creates an extractor. Nothing is opened before samples are read.
   *
   * @param source The archive, or several as one sequence, or a loader of
   * one's own, which is not disposed of with the extractor.
   * @param config Which positions become samples.
   * @throws {TypeError} If the source is no archive, or a field of the config is
   * unknown.
   * @throws {RangeError} If a value of the config is not allowed.
   */
  constructor(
    source: string | URL | (string | URL)[] | GameLoader,
    config: ExtractionConfig = {},
  ) {
    this.#config = checkConfig(config);
    this.#selector = new PlySelector(this.#config);
    this.#fields = cursorFields({ ...this.#config, onBadGame: undefined });
    this.#isOwnLoader = !(source instanceof GameLoader);
    this.#loader = source instanceof GameLoader
      ? source
      : new GameLoader(source, { onBadGame: (error) => this.#reject(error) });
  }

  /** What has been seen until now, over all calls. */
  get counts(): ExtractionCounts {
    return { ...this.#counts };
  }

  /**
   * How many batches were not full as `maxPerBatch` left too few samples at an
   * epoch's end, over all calls.
   */
  get shortBatches(): number {
    return this.#shortBatches;
  }

  /**
   * Loads games and makes samples of them.
   *
   * @param query Which games.
   * @returns The samples, game after game, each game's in the order of play.
   * Errors of the stream are those of {@linkcode GameLoader.loadGames}.
   * @throws {TypeError} If a field of the query is unknown or of the wrong type.
   * @throws {RangeError} If a value is not allowed.
   */
  extractSamples(query: GameQuery = {}): ReadableStream<TrainingSample> {
    const { games: stream, given } = this.#resume(query);
    const games = stream.getReader();
    let last = given;
    let arrived = query.offset ?? 0; // numbers the games of a loader of the caller's own
    return new ReadableStream<TrainingSample>({
      pull: async (controller) => {
        let samples: TrainingSample[] = [];
        while (samples.length === 0) {
          const { done, value } = await games.read();
          if (done) return controller.close();
          try {
            const gameIndex = gameIndexOf(value) ?? arrived;
            arrived++;
            samples = this.#samplesOf(value, gameIndex, last);
            last = -1;
          } catch (error) {
            // The caller's onBadGame threw.
            await games.cancel(error);
            throw error;
          }
        }
        for (const sample of samples) controller.enqueue(sample);
      },
      cancel: (reason) => games.cancel(reason),
    }, { highWaterMark: 0 });
  }

  /**
   * Makes the samples of one game, wherever it came from.
   *
   * @example Usage
   * ```ts
   * import { Game, SampleExtractor } from "@chess/game-cache";
   * import assert from "node:assert/strict";
   *
   * const extractor = new SampleExtractor("games.pgn", { skipPlies: 1 });
   * const samples = extractor.samplesOf(new Game("1. e4 e5 2. Nf3 1-0"));
   * assert.deepEqual(samples.map(({ move }) => move), ["e7e5", "g1f3"]);
   * ```
   *
   * @param game The game; of one that no loader gave, `gameIndex` is 0.
   * @returns Its samples, in the order of play; none of a game that cannot be
   * read or has no result, which {@linkcode SampleExtractor.counts} counts.
   */
  samplesOf(game: Game): TrainingSample[] {
    return this.#samplesOf(game, gameIndexOf(game) ?? 0, -1);
  }

  /**
   * Loads games and writes their samples into the arrays of batches, in the
   * encodings that nets read. The samples of a window of games are interleaved.
   *
   * @example Usage
   * ```ts
   * import { SampleExtractor } from "@chess/game-cache";
   * import assert from "node:assert/strict";
   *
   * await using extractor = new SampleExtractor("data/sample.pgn.zst");
   * const batches = extractor.extractBatches({
   *   maxGames: 50,
   *   batchSize: 256,
   *   inputs: "lc0-112",
   *   policy: "lc0-1858",
   *   value: "wdl",
   * });
   * for await (const { size, shape, inputs, policy, value } of batches) {
   *   assert.deepEqual(shape, [size, 112, 8, 8]);
   *   assert.equal(inputs.length, size * 112 * 64);
   *   assert.equal(policy.length, size);
   *   assert.equal(value.length, size * 3);
   * }
   * ```
   *
   * @param query Which games, and how their samples become batches.
   * @returns The batches. Errors of the stream are those of
   * {@linkcode GameLoader.loadGames}.
   * @throws {TypeError} If a field of the query is unknown or of the wrong type,
   * or a cursor was made with another source, query or config.
   * @throws {RangeError} If a value is not allowed.
   */
  extractBatches(query: BatchQuery): ReadableStream<SampleBatch> {
    return extractBatches(this.#forBatches, query);
  }

  /**
   * Makes the cursor before the first batch of a query, which resumes at its
   * beginning. A rank saves it until it has a batch: on other ranks, only the
   * cursors of all of them resume.
   *
   * @example Usage
   * ```ts
   * import { SampleExtractor } from "@chess/game-cache";
   * import assert from "node:assert/strict";
   *
   * await using extractor = new SampleExtractor("data/sample.pgn.zst");
   * const query = { maxGames: 10, batchSize: 64 };
   * const cursors = await Promise.all([0, 1].map((index) =>
   *   extractor.firstCursor({ ...query, shard: { index, count: 2 } })
   * ));
   * const alone = extractor.extractBatches({ ...query, resume: cursors });
   * assert.ok((await Array.fromAsync(alone)).length > 1);
   * ```
   *
   * @param query The query that batches are to be extracted with.
   * @returns The cursor. The promise is rejected with the errors of
   * {@linkcode GameLoader.loadGames}.
   * @throws {TypeError} As {@linkcode SampleExtractor.extractBatches}.
   * @throws {RangeError} As {@linkcode SampleExtractor.extractBatches}.
   */
  firstCursor(query: BatchQuery): Promise<BatchCursor> {
    return firstCursor(this.#forBatches, query);
  }

  /**
   * Describes the batches that options give: names, shapes, types and bytes of
   * their arrays.
   *
   * @example Usage
   * ```ts
   * import { SampleExtractor } from "@chess/game-cache";
   * import assert from "node:assert/strict";
   *
   * const extractor = new SampleExtractor("games.pgn");
   * const { arrays, bytes } = extractor.describe({ batchSize: 1024 });
   * assert.deepEqual(arrays[0], {
   *   name: "inputs",
   *   shape: [1024, 12, 8, 8],
   *   dtype: "uint8",
   *   bytes: 786_432,
   * });
   * assert.ok(bytes < 1_000_000);
   * ```
   *
   * @param options How samples become batches; fields of a query may be there too.
   * @returns What a full batch consists of.
   * @throws {RangeError} If a value is not allowed.
   */
  describe(options: BatchOptions): BatchDescription {
    return describeBatches(checkBatchOptions(options));
  }

  /**
   * Counts the samples that a query gives, without making them.
   *
   * @example Usage
   * ```ts
   * import { SampleExtractor } from "@chess/game-cache";
   * import assert from "node:assert/strict";
   *
   * await using extractor = new SampleExtractor("data/sample.pgn.zst");
   * const query = { playstyle: "tactical", maxGames: 10 } as const;
   * const samples = await Array.fromAsync(extractor.extractSamples(query));
   * assert.equal(await extractor.countSamples(query), samples.length);
   * ```
   *
   * @param query Which games.
   * @returns How many samples {@linkcode SampleExtractor.extractSamples} gives.
   * The promise is rejected with the errors of its stream.
   * @throws {TypeError} If a field of the query is unknown or of the wrong type.
   * @throws {RangeError} If a value is not allowed.
   */
  async countSamples(query: GameQuery = {}): Promise<number> {
    const { games, given } = this.#resume(query);
    let last = given;
    let count = 0;
    for await (const game of games) {
      try {
        const replay = replayGame(game, this.#config);
        const { plies } = this.#selector.select(game, replay);
        count += plies.filter((ply) => ply > last).length;
        last = -1;
      } catch (error) {
        if (!(error instanceof PgnError)) throw error;
      }
    }
    return count;
  }

  /**
   * Reports for each half-move of a game whether it gives a sample, or why not:
   * the way to see what a config does.
   *
   * @example Usage
   * ```ts
   * import { Game, SampleExtractor } from "@chess/game-cache";
   * import assert from "node:assert/strict";
   *
   * const config = { skipPlies: 2, skipCaptures: true };
   * const extractor = new SampleExtractor("games.pgn", config);
   * const game = new Game("1. e4 d5 2. exd5 Nf6 1-0");
   * assert.deepEqual(
   *   extractor.explain(game).map(({ san, reason }) => `${san}: ${reason}`),
   *   ["e4: skipPlies", "d5: skipPlies", "exd5: skipCaptures", "Nf6: undefined"],
   * );
   * ```
   *
   * @param game The game.
   * @returns Its half-moves, as far as they can be read.
   */
  explain(game: Game): PlyExplanation[] {
    let reasons: readonly (DropReason | undefined)[];
    try {
      reasons = this.#selector.explain(game, replayGame(game, this.#config));
    } catch (error) {
      if (!(error instanceof PgnError)) throw error;
      reasons = Array(error.ply).fill("badGame");
    }
    const plies = game.mainline()[Symbol.iterator]();
    return reasons.map((reason) => {
      const { ply, san } = plies.next().value!;
      return { ply, san, isKept: reason === undefined, reason };
    });
  }

  /**
   * Makes the cursor after a sample that was extracted: small, and plain data that
   * can be written as JSON. A query with it as `resume` continues at the next
   * sample, also in another process and from another source of the same games.
   *
   * @example Usage
   * ```ts
   * import { SampleExtractor } from "@chess/game-cache";
   * import assert from "node:assert/strict";
   *
   * await using extractor = new SampleExtractor("data/sample.pgn.zst");
   * const query = { shuffle: { seed: 7 }, maxGames: 3 };
   * const all = await Array.fromAsync(extractor.extractSamples(query));
   *
   * const resume = extractor.cursorOf(all[4]);
   * const rest = extractor.extractSamples({ ...query, resume });
   * assert.deepEqual((await Array.fromAsync(rest)).length, all.length - 5);
   * ```
   *
   * @param sample The sample.
   * @returns The cursor.
   * @throws {TypeError} If the sample was not returned by an extractor.
   */
  cursorOf(sample: TrainingSample): Cursor {
    const { place, ...cursor } = cursorAfter(gameOfSample(sample));
    return {
      ...cursor,
      of: "samples",
      config: this.#fields,
      place: place - 1,
      ply: sample.ply,
    };
  }

  /** The games of a query, and up to which half-move samples of the first were given. */
  #resume(query: GameQuery): { games: ReadableStream<Game>; given: number } {
    const { resume } = query;
    if (resume === undefined) {
      return { games: this.#loader.loadGames(query), given: -1 };
    }
    checkCursor(resume, "samples");
    const { config, ply, ...cursor } = resume;
    checkCursorFields("config", config!, this.#fields);
    const ofGame: Cursor = { ...cursor, of: "games" };
    const games = this.#loader.loadGames({ ...query, resume: ofGame });
    return { games, given: ply ?? -1 };
  }

  /** Disposes of the loader, unless it was handed in. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isOwnLoader) await this.#loader[Symbol.asyncDispose]();
  }

  /** What batches are made of. */
  get #forBatches(): BatchExtractor {
    return {
      loadGames: (some) => this.#loader.loadGames(some),
      indexOf: (game, place) => gameIndexOf(game) ?? place,
      sourceOf,
      choose: (game) => this.#choose(game),
      fields: this.#fields,
      onBatch: (size) => this.#counts.samples += size,
      onShortBatch: () => this.#shortBatches++,
    };
  }

  /** The samples of a game after a half-move. */
  #samplesOf(
    game: Game,
    gameIndex: number,
    last: number,
  ): TrainingSample[] {
    const chosen = this.#choose(game);
    if (chosen === undefined) return [];
    const samples = makeSamples(game, gameIndex, chosen, last);
    this.#counts.samples += samples.length;
    return samples;
  }

  /** The half-moves of a game that become samples, and its replay. */
  #choose(game: Game): ChosenPlies | undefined {
    this.#counts.games++;
    let replay: Replay;
    try {
      replay = replayGame(game, this.#config);
    } catch (error) {
      if (!(error instanceof PgnError)) throw error;
      this.#reject(error);
      return undefined;
    }
    const selection = this.#selector.select(game, replay);
    const { whiteOutcome } = selection;
    if (whiteOutcome !== undefined) {
      return { ...selection, replay, whiteOutcome };
    }
    this.#counts.unfinished++;
    return undefined;
  }

  #reject(error: Error): void {
    if (error instanceof PgnError && error.reason === "variant") {
      this.#counts.otherVariants++;
    } else this.#counts.badGames++;
    this.#config.onBadGame?.(error);
  }
}
