import { Archive, type ArchiveIdentity } from "./archive/archive.ts";
import {
  FrameIndex,
  type FrameIndexEntry,
  FrameRecorder,
} from "./scan/frame_index.ts";
import {
  findInIndexFiles,
  type IndexKey,
  writeIndexFiles,
} from "./scan/index_file.ts";
import { MAX_GAME_LENGTH } from "./pgn/splitter/pgn_splitter.ts";
import { ownBytes, rawGame } from "./pgn/raw_game.ts";
import { checkThreads, DEFAULT_THREADS, readGames } from "./scan/read_games.ts";
import type { ReadTotals } from "./scan/game_joiner.ts";
import { chooseSet, type ChosenSet, isSameSource } from "./cache/choose_set.ts";
import { CacheProvider } from "./cache/cache_provider.ts";
import type { GameCache } from "./cache/game_cache.ts";
import { CACHE_FORMAT, type SetInfo } from "./cache/game_set.ts";
import { GameCacheError } from "./cache/game_cache_error.ts";
import { compactGame } from "./pgn/compact_game.ts";
import type { Game } from "./game.ts";
import { type GameFilter, normalizeFilter } from "./filter/game_filter.ts";
import { GameMatcher } from "./filter/game_matcher.ts";
import { gamesStream } from "./games_stream.ts";

/** Which games to load: a filter, and which of the games that pass it. */
export interface GameQuery extends GameFilter {
  /** How many of the games that pass to leave out. @default {0} */
  offset?: number;
  /** How many games to load at most. @default {Infinity} */
  maxGames?: number;
  /** The only cached set that may answer; it adds no filter. */
  set?: string;
  /**
   * Games without comments and variations, and with only those tags that
   * filters and samples use. The filter looks at the whole game.
   *
   * @default {false}
   */
  compact?: boolean;
  /** Stops the loading with the signal's reason. */
  signal?: AbortSignal;
}

/** How queries were answered, see {@linkcode GameLoader.counts}. */
export interface LoaderCounts {
  /** Answers that a cache gave or began. */
  readonly hits: number;
  /** Answers that no cached set covers. */
  readonly misses: number;
  /** Answers, or rests of them, from the archive as a cache failed. */
  readonly fallbacks: number;
}

/** Of all loaders since the process began. */
const counts = { hits: 0, misses: 0, fallbacks: 0 };

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
   * How many threads read an archive, this one among them from two on; 0 to
   * read it in this thread alone. The others need the permission to read this
   * module's files, and help where the archive is zstd and not short.
   *
   * @default {the number of cores, at most 8}
   */
  threads?: number;
}

/**
 * Loads the games of an archive, from a cache where one holds them and from
 * the archive itself where none does: the same games in the same order.
 *
 * When a cache fails, at any point, the loader warns once and goes on in the
 * archive at the next game.
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
  readonly #cache: CacheProvider;
  readonly #onWarning: (warning: Error) => void;
  readonly #onBadGame: (error: Error) => void;
  readonly #maxGameLength: number;
  readonly #threads: number;
  readonly #warned = new Set<string>();
  #badGames = 0;
  /** The sets that the cache told of last: where they begin is of use without them. */
  #sets: readonly SetInfo[] = [];

  /**
   * Creates a loader. Nothing is opened before games are read.
   *
   * @param database The archive: a path, a URL, `-` for standard input, or
   * several of them as one sequence.
   * @param options The cache, and who is told of what goes wrong.
   * @throws {TypeError} If the archive is no path or URL.
   * @throws {RangeError} If `maxGameLength` is not a positive integer, or
   * `threads` not a whole number.
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
    } = options;
    checkThreads(threads);
    if (!Number.isSafeInteger(maxGameLength) || maxGameLength < 1) {
      throw new RangeError(
        `Cannot load games as maxGameLength must be a positive integer: current value is ${maxGameLength}`,
      );
    }
    this.#archive = new Archive(database);
    this.#cache = new CacheProvider(cache);
    this.#onWarning = onWarning;
    this.#onBadGame = (error) => {
      this.#badGames++;
      onBadGame?.(error);
    };
    this.#maxGameLength = maxGameLength;
    this.#threads = threads;
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
   * @returns The games in the order of the archive. Errors of the stream are
   * `ArchiveError`s; where the archive is not at hand also `GameCacheError`s.
   * @throws {TypeError} If a field of the query is unknown or of the wrong type.
   * @throws {RangeError} If a value is not allowed.
   */
  loadGames(query: GameQuery = {}): ReadableStream<Game> {
    const request = readQuery(query);
    return gamesStream((stop) => {
      const signal = query.signal === undefined
        ? stop
        : AbortSignal.any([stop, query.signal]);
      return this.#load(request, signal);
    });
  }

  /** Closes the connection that this loader made, if no other loader uses it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cache[Symbol.asyncDispose]();
  }

  async *#load(
    request: LoadRequest,
    signal: AbortSignal,
  ): AsyncGenerator<readonly Uint8Array[]> {
    signal.throwIfAborted();
    let next = request.offset;
    if (next >= request.end) return;
    const origin = await this.#origin();
    const isAtHand = origin !== "absent";
    const answer = await this.#chooseSet(request, origin);
    if (answer !== undefined) {
      const { cache, chosen: { set } } = answer;
      try {
        const rest = { ...request, offset: next };
        for await (const games of readSet(cache, answer.chosen, rest, signal)) {
          next += games.length;
          yield games;
        }
        if (next >= request.end || set.state === "complete") return;
        if (!isAtHand) {
          if (set.state === "capped") return;
          throw new GameCacheError(
            `Cannot load all games of the set ${set.name} as it is unfinished: it holds ${set.count} until now, and the archive is not at hand`,
            { fault: "refused" },
          );
        }
      } catch (error) {
        if (signal.aborted || !isAtHand) throw error;
        counts.fallbacks++;
        this.#cache.failed(error);
        this.#warn(error);
      }
    }
    yield* this.#readArchive({ ...request, offset: next }, origin, signal);
  }

  /** Reads the archive, from the nearest place that is known. */
  async *#readArchive(
    request: LoadRequest,
    origin: Origin,
    signal: AbortSignal,
  ): AsyncGenerator<readonly Uint8Array[]> {
    const { filter, offset, end } = request;
    const identities = typeof origin === "string" ? undefined : origin;
    const key = {
      format: CACHE_FORMAT,
      maxGameLength: this.#maxGameLength,
      filter: normalizeFilter(filter),
    };
    const from = identities !== undefined && offset > 0
      ? await this.#findPlace(identities, key, offset)
      : undefined;
    const recorder = new FrameRecorder();
    let passed = from?.passed ?? 0;
    let totals: ReadTotals | undefined;
    for await (
      const batch of readGames(this.#archive, {
        filters: [filter],
        maxGameLength: this.#maxGameLength,
        threads: this.#threads,
        from,
        onBadGame: this.#onBadGame,
        signal,
      })
    ) {
      const { texts } = batch;
      const first = Math.max(0, offset - passed);
      const some = texts.slice(first, Math.max(first, end - passed));
      yield some.map(request.compact ? compactGame : ownBytes);
      passed += texts.length;
      if (passed >= end) return;
      recorder.take(batch);
      totals = batch.totals;
    }
    if (from !== undefined || identities === undefined || !totals) return;
    const all = { ...totals, passed: recorder.passed };
    await writeIndexFiles(this.#archive, identities, key, recorder.index, all);
  }

  /** The last place known before which at most `count` of the games come. */
  async #findPlace(
    identities: readonly ArchiveIdentity[],
    key: IndexKey,
    count: number,
  ): Promise<FrameIndexEntry | undefined> {
    const places = [
      await findInIndexFiles(this.#archive, identities, key, count),
    ];
    const filter = JSON.stringify(key.filter);
    for (const set of this.#sets) {
      if (
        set.format !== key.format ||
        set.maxGameLength !== key.maxGameLength ||
        !isSameSource(set.source, identities)
      ) continue;
      const index = FrameIndex.from(set.checkpoint.frames);
      if (JSON.stringify(normalizeFilter(set.filter)) === filter) {
        places.push(index?.find("passed", count));
      } else if (filter === "{}") places.push(index?.find("games", count));
    }
    const place = places.filter((place) => place !== undefined)
      .sort((a, b) => b.games - a.games).at(0);
    // Where every game passes, other filters' places will do.
    return place && filter === "{}" ? { ...place, passed: place.games } : place;
  }

  async #origin(): Promise<Origin> {
    const identities = await this.#archive.identity();
    if (identities !== undefined) return identities;
    return await this.#archive.isAtHand() ? "nameless" : "absent";
  }

  /** The set that answers, if any; a cache that fails has none. */
  async #chooseSet(
    request: LoadRequest,
    origin: Origin,
  ): Promise<{ cache: GameCache; chosen: ChosenSet } | undefined> {
    let reason = "nothing tells which archive this is";
    if (origin !== "nameless") {
      try {
        const answer = await this.#cache.sets(request.set, origin === "absent");
        const { cache, sets = [], damaged = [] } = answer ?? {};
        this.#sets = sets;
        const chosen = chooseSet(sets, {
          filter: request.filter,
          maxGameLength: this.#maxGameLength,
          compact: request.compact,
          source: origin === "absent" ? undefined : origin,
          fileNames: this.#archive.fileNames,
          set: request.set,
        });
        for (const error of damaged) this.#warnOfSet(error, request, origin);
        if (cache && chosen) {
          counts.hits++;
          return { cache, chosen };
        }
        if (damaged.some((error) => isOfSet(error, request))) {
          counts.fallbacks++;
          return undefined;
        }
        reason = cache === undefined
          ? "there is no cache"
          : "no set of this name was made of this archive, or its filter leaves out games of the query";
      } catch (error) {
        if (origin === "absent") throw error;
        counts.fallbacks++;
        this.#warn(error);
        return undefined;
      }
    }
    if (request.set === undefined) {
      counts.misses++;
      return undefined;
    }
    throw new GameCacheError(
      `Cannot load games from the set ${request.set}: ${reason}`,
      { fault: "refused" },
    );
  }

  /** Warns of a set that is left out; throws where it had to answer. */
  #warnOfSet(
    error: GameCacheError,
    request: LoadRequest,
    origin: Origin,
  ): void {
    if (origin === "absent" && isOfSet(error, request)) throw error;
    this.#warn(error, "Leaving out a set of the cache");
  }

  /** Warns, once of each fault, that the cache cannot answer. */
  #warn(
    error: unknown,
    what = "Reading the archive instead of the cache",
  ): void {
    const { fault, key } = error instanceof GameCacheError
      ? error
      : { fault: String(error), key: "" };
    const kind = `${fault} ${key}`;
    if (this.#warned.has(kind)) return;
    this.#warned.add(kind);
    const reason = error instanceof Error ? error.message : String(error);
    this.#onWarning(
      new Error(`${what}: ${reason}`, { cause: error }),
    );
  }
}

/**
 * What the archives are, where they are at hand; standard input and some URLs
 * are at hand, but nameless: no set can be known to be made of them.
 */
type Origin = readonly ArchiveIdentity[] | "nameless" | "absent";

/** A query, checked: the games from `offset` to `end - 1` of those that pass. */
interface LoadRequest {
  readonly filter: GameFilter;
  readonly judge: GameMatcher;
  readonly offset: number;
  readonly end: number;
  readonly set?: string;
  readonly compact: boolean;
}

/** Whether a damaged set is the one that a query names. */
function isOfSet(error: GameCacheError, { set }: LoadRequest): boolean {
  return set !== undefined && error.set === set;
}

function readQuery(query: GameQuery): LoadRequest {
  const {
    offset = 0,
    maxGames = Infinity,
    set,
    compact = false,
    signal,
    ...filter
  } = query;
  for (const [name, value] of [["offset", offset], ["maxGames", maxGames]]) {
    if (
      value !== Infinity && !Number.isSafeInteger(value) || Number(value) < 0
    ) {
      throw new RangeError(
        `Cannot load games as ${name} must be a whole number from 0 on: current value is ${value}`,
      );
    }
  }
  if (typeof compact !== "boolean") {
    throw new TypeError(
      `Cannot load games as compact must be true or false: current value is ${compact}`,
    );
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError("Cannot load games as signal must be an AbortSignal");
  }
  normalizeFilter(filter);
  return {
    filter,
    // Compact games have lost what these fields ask for; their set has not.
    judge: new GameMatcher(
      compact ? { ...filter, hasEval: undefined, hasClock: undefined } : filter,
    ),
    offset,
    end: offset + maxGames,
    set,
    compact,
  };
}

async function* readSet(
  cache: GameCache,
  { set, isExact }: ChosenSet,
  request: LoadRequest,
  signal: AbortSignal,
): AsyncGenerator<readonly Uint8Array[]> {
  if (isExact) {
    const end = Math.min(request.end, set.count);
    const first = Math.min(request.offset, end);
    yield* cache.readGames(set, first, end, { signal });
    return;
  }
  const wanted = new WantedGames(request);
  for await (
    const games of cache.readGames(set, 0, set.count, { signal })
  ) {
    yield games.filter((game) => wanted.take(game));
    if (wanted.isDone) return;
  }
}

/** Picks the games that a request asks for out of a set that holds more. */
class WantedGames {
  readonly #request: LoadRequest;
  #passed = 0;

  constructor(request: LoadRequest) {
    this.#request = request;
  }

  /** Whether all of them have been given. */
  get isDone(): boolean {
    return this.#passed >= this.#request.end;
  }

  /** Judges the next game of the set. */
  take(game: Uint8Array): boolean {
    if (this.isDone) return false;
    const { judge, offset } = this.#request;
    if (judge.rejectedBy(rawGame(game)) !== undefined) return false;
    return this.#passed++ >= offset;
  }
}
