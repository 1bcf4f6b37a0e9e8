// Loads the games of an archive from a cache where one holds them, or else from the archive.
import {
  Archive,
  type ArchiveIdentity,
  type ArchiveStatus,
} from "./archive/archive.ts";
import type { HttpTimeouts } from "./archive/http_source.ts";
import { type ArchiveGamesOptions, readArchiveGames } from "./archive_games.ts";
import type { GameCache } from "./cache/game_cache.ts";
import type { SetInfo } from "./cache/game_set.ts";
import { readSet } from "./cached_games.ts";
import { countMatching } from "./count_matching.ts";
import type { Game } from "./game.ts";
import { type GameQuery, readQuery } from "./game_query.ts";
import type { LoadRequest } from "./loader/load_request.ts";
import { gamesStream } from "./games_stream.ts";
import { Answer, cursorAfter } from "./loader/answer.ts";
import {
  checkCursorSource,
  type Cursor,
  cursorSource,
} from "./loader/cursor.ts";
import { OrderedLoader } from "./loader/ordered_loader.ts";
import {
  counts,
  type LoaderCounts,
  SetFinder,
  unfinishedError,
} from "./loader/set_finder.ts";
import { GameOrder } from "./order/game_order.ts";
import { MAX_GAME_LENGTH } from "./pgn/splitter/bad_game.ts";
import { checkThreads, DEFAULT_THREADS } from "./scan/read_games.ts";

export type { LoaderCounts } from "./loader/set_finder.ts";

/** Options of {@linkcode GameLoader}. */
export interface GameLoaderOptions {
  /**
   * The cache, or its URL; `null` to read the archive always. Omitted, it is
   * found by itself: what `GAME_CACHE_URL` or `REDIS_URL` name, Redis at
   * 127.0.0.1:6379, or `./storage/games.sqlite`, as far as permissions are
   * already granted.
   */
  cache?: GameCache | string | URL | null;
  /** Called once for each way in which a cache fails. @default {console.warn} */
  onWarning?: (warning: Error) => void;
  /** Called for each game of the archive that is skipped as it cannot be read. */
  onBadGame?: (error: Error) => void;
  /** Longest game, in bytes; longer ones are skipped. @default {1048576} */
  maxGameLength?: number;
  /**
   * How many threads read an archive that is zstd and not short, this one among
   * them; 0 and 1 mean this one alone. Others require the permission to read
   * this module's files.
   *
   * @default {the number of cores, at most 8}
   */
  threads?: number;
  /**
   * Write a file next to a local archive, `.idx`, when all of it was read, so
   * that later queries begin near their games and counting them reads nothing.
   * `deno task index` writes it too.
   *
   * @default {false}
   */
  writeIndex?: boolean;
  /** How long the server of an archive may take. */
  timeouts?: HttpTimeouts;
}

/**
 * Loads the games of an archive, from a cache where one holds them and from
 * the archive itself where none does: the same games in the same order.
 *
 * When a cache fails, at any point, the loader warns once and continues in
 * the archive at the next game.
 *
 * Requires `--allow-read` for a local archive, `--allow-net` for Redis or an
 * archive at a URL.
 *
 * @example Usage
 * ```ts
 * import { GameLoader } from "@chess/game-cache";
 * import assert from "node:assert/strict";
 *
 * await using loader = new GameLoader("data/sample.pgn.zst", {
 *   cache: null,
 * });
 * const query = { playstyle: "tactical", minRating: 2000, maxGames: 3 } as const;
 * const games = await Array.fromAsync(loader.loadGames(query));
 *
 * assert.equal(games.length, 3);
 * ```
 */
export class GameLoader implements AsyncDisposable {
  readonly #archive: Archive;
  readonly #finder: SetFinder;
  readonly #options: ArchiveGamesOptions;
  readonly #ordered: OrderedLoader;
  #badGames = 0;

  /**
   * Creates a loader. Nothing is opened before games are read.
   *
   * @param database The archive: a path, a URL, `-` for standard input, or
   * several of them as one sequence.
   * @param options The cache, and what is called when something goes wrong.
   * @throws {TypeError} If the archive is no path or URL.
   * @throws {RangeError} If `maxGameLength` is not a positive integer, or
   * `threads` not a non-negative integer.
   */
  constructor(
    database: string | URL | (string | URL)[],
    options: GameLoaderOptions = {},
  ) {
    const {
      cache,
      onWarning = (warning) => console.warn(warning.message),
      onBadGame,
      maxGameLength = MAX_GAME_LENGTH,
      threads = DEFAULT_THREADS,
      writeIndex = false,
      timeouts,
    } = options;
    checkThreads(threads);
    if (!Number.isSafeInteger(maxGameLength) || maxGameLength < 1) {
      throw new RangeError(
        `Cannot load games as maxGameLength must be a positive integer: current value is ${maxGameLength}`,
      );
    }
    this.#archive = new Archive(database, timeouts);
    const finder = new SetFinder(this.#archive, {
      cache,
      maxGameLength,
      onWarning,
    });
    this.#finder = finder;
    this.#options = {
      maxGameLength,
      threads,
      writeIndex,
      onBadGame: (error) => {
        this.#badGames++;
        onBadGame?.(error);
      },
    };
    this.#ordered = new OrderedLoader(this.#archive, {
      ...this.#options,
      onFault: (error) => finder.fallBack(error),
      onWarning: (message) => finder.warnOnce(message, new Error(message)),
    });
  }

  /**
   * How all loaders of this process have answered since it began.
   *
   * @example Usage
   * ```ts
   * import { GameLoader } from "@chess/game-cache";
   * import assert from "node:assert/strict";
   *
   * const { hits, misses, fallbacks } = GameLoader.counts;
   * assert(hits + misses + fallbacks >= 0);
   * ```
   */
  static get counts(): LoaderCounts {
    return { ...counts };
  }

  /** How many games of the archive were skipped as they cannot be read. */
  get badGames(): number {
    return this.#badGames;
  }

  /**
   * Loads games.
   *
   * @param query Which games. `playstyle: "all"` is no playstyle: leave it out.
   * @returns The games in the order of the archive, or that asked for. Errors of the stream are
   * `ArchiveError`s; where the archive is not available also `GameCacheError`s.
   * @throws {TypeError} If a field of the query is unknown or of the wrong type, a
   * cursor is of another query, or standard input is to be shuffled.
   * @throws {RangeError} If a value is not allowed.
   */
  loadGames(query: GameQuery = {}): ReadableStream<Game> {
    const request = readQuery(query);
    if (
      request.order.shuffle !== undefined && this.#archive.names.includes("-")
    ) {
      throw new TypeError(
        "Cannot shuffle the games of standard input as it can be read only once",
      );
    }
    const answer = new Answer(request.fields, request.offset);
    return gamesStream((stop) => {
      const signal = query.signal === undefined
        ? stop
        : AbortSignal.any([stop, query.signal]);
      return this.#load(request, answer, signal);
    }, (game) => answer.note(game));
  }

  /**
   * Makes the cursor after a game that was loaded: small, and plain data that can
   * be written as JSON. A query with it as `resume` continues at the next game,
   * also in another process and from another source of the same games.
   *
   * @example Usage
   * ```ts
   * import { type Cursor, GameLoader } from "@chess/game-cache";
   * import assert from "node:assert/strict";
   *
   * await using loader = new GameLoader("data/sample.pgn.zst");
   * const query = { shuffle: { seed: 7 }, maxGames: 3 };
   * const all = await Array.fromAsync(loader.loadGames(query));
   * const stored = JSON.stringify(loader.cursorOf(all[0]));
   *
   * const resume: Cursor = JSON.parse(stored);
   * const rest = await Array.fromAsync(loader.loadGames({ ...query, resume }));
   * assert.deepEqual(rest.map(({ pgn }) => pgn), [all[1].pgn, all[2].pgn]);
   * ```
   *
   * @param game The game.
   * @returns The cursor.
   * @throws {TypeError} If the game was not returned by a loader.
   */
  cursorOf(game: Game): Cursor {
    return cursorAfter(game);
  }

  /**
   * Counts the games that {@linkcode GameLoader.loadGames} gives: by the records
   * of a complete set or the file next to the archive, or else by one pass over
   * the archive.
   *
   * @example Usage
   * ```ts
   * import { GameLoader } from "@chess/game-cache";
   * import assert from "node:assert/strict";
   *
   * await using loader = new GameLoader("data/sample.pgn.zst", { cache: null });
   * assert.equal(await loader.countGames({ maxGames: 7 }), 7);
   * ```
   *
   * @param query Which games.
   * @returns How many there are. It is rejected with a `TypeError` for standard
   * input, which can be read only once, and else as the stream of games.
   * @throws {TypeError} If a field of the query is unknown or of the wrong type.
   * @throws {RangeError} If a value is not allowed.
   */
  async countGames(query: GameQuery = {}): Promise<number> {
    const request = readQuery(query);
    const { signal } = query;
    signal?.throwIfAborted();
    if (this.#archive.names.includes("-")) {
      throw new TypeError(
        "Cannot count the games of standard input as it can be read only once",
      );
    }
    const { offset, end, order } = request;
    const options = { ...this.#options, signal };
    const count = await countMatching(
      this.#archive,
      this.#finder,
      request,
      options,
    );
    const { size } = new GameOrder(count, order); // of the shard
    return Math.max(0, Math.min(size, end) - offset);
  }

  /** Closes the connection that this loader made, if no other loader uses it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#finder[Symbol.asyncDispose]();
  }

  /**
   * Finds out what the archive is: by its bytes or, where it is not available, as
   * the cached set says that answers.
   *
   * @example Usage
   * ```ts
   * import { GameLoader } from "@chess/game-cache";
   * import assert from "node:assert/strict";
   *
   * await using loader = new GameLoader("data/sample.pgn.zst");
   * const [{ fileName, hash }] = await loader.identify();
   * assert.equal(fileName, "sample.pgn.zst");
   * assert.match(hash, /^[0-9a-f]{64}$/);
   * ```
   *
   * @param query The query that a set is to answer.
   * @returns The identity of each file; none where nothing proves what it is,
   * such as for standard input.
   * @throws {TypeError} If a field of the query is unknown or of the wrong type.
   * @throws {RangeError} If a value is not allowed.
   */
  async identify(query: GameQuery = {}): Promise<readonly ArchiveIdentity[]> {
    const request = readQuery(query);
    const status = await this.#archive.status(query.signal);
    if (status.kind === "known") return status.identities;
    if (status.kind === "stream") return [];
    const answer = await this.#finder.find(request, status);
    return answer?.chosen.set.source ?? [];
  }

  async *#load(
    request: LoadRequest,
    answer: Answer,
    signal: AbortSignal,
  ): AsyncGenerator<readonly Uint8Array[]> {
    signal.throwIfAborted();
    let next = request.offset;
    if (next >= request.end) return;
    const status = await this.#archive.status(signal);
    const isAbsent = status.kind === "absent";
    const found = await this.#finder.find(request, status);
    answer.source = sourceOf(status, found?.chosen.set);
    if (request.resume !== undefined) {
      checkCursorSource(request.resume.source, answer.source);
    }
    if (found !== undefined && isAbsent && status.fault !== undefined) {
      this.#finder.warn(
        status.fault,
        "Reading the cache instead of the archive",
      );
    }
    const others = status.kind === "known"
      ? this.#finder.indexesOf(status.identities)
      : [];
    if (request.isOrdered && (found !== undefined || !isAbsent)) {
      const sources = { status, found, others };
      yield* this.#ordered.load(request, answer, sources, signal);
      return;
    }
    if (found !== undefined) {
      const { cache, chosen } = found;
      const { set } = chosen;
      try {
        for await (const games of readSet(cache, chosen, request, signal)) {
          next += games.length;
          yield games;
        }
        if (next >= request.end || set.state === "complete") return;
        if (isAbsent) {
          if (set.state === "capped") return;
          throw unfinishedError(set);
        }
      } catch (error) {
        if (signal.aborted || isAbsent) throw error;
        this.#finder.fallBack(error);
      }
    }
    if (isAbsent && status.fault !== undefined) throw status.fault;
    const rest = { ...request, offset: next };
    const options = { ...this.#options, others, signal };
    yield* readArchiveGames(this.#archive, status, rest, options);
  }
}

/** What names the source of an answer in cursors. */
function sourceOf(status: ArchiveStatus, set: SetInfo | undefined): string {
  if (status.kind === "known") return cursorSource(status.identities);
  if (status.kind === "stream" || set === undefined) return "";
  return set.source.length > 0
    ? cursorSource(set.source)
    : `generation ${set.generation}`;
}
