// Finds the set of a cache that answers a query, counts how queries are answered, and warns where a cache fails.
import type { Archive, ArchiveStatus } from "../archive/archive.ts";
import { CacheProvider } from "../cache/cache_provider.ts";
import {
  chooseSet,
  type ChosenSet,
  isSameSource,
} from "../cache/choose_set.ts";
import type { GameCache } from "../cache/game_cache.ts";
import { CACHE_FORMAT, type SetInfo } from "../cache/game_set.ts";
import { GameCacheError } from "../cache/game_cache_error.ts";
import { normalizeFilter } from "../filter/game_filter.ts";
import type { LoadRequest } from "./load_request.ts";
import type { OtherIndex } from "../scan/find_seek_point.ts";
import { SeekIndex } from "../scan/seek_index.ts";

/** How queries were answered, see {@link GameLoader.counts}. */
export interface LoaderCounts {
  /** Answers that a cache gave or began. */
  readonly hits: number;
  /** Answers that no cached set covers. */
  readonly misses: number;
  /** Answers, or rests of them, from the archive as a cache failed. */
  readonly fallbacks: number;
}

/** Of all loaders since the process began. */
export const counts = { hits: 0, misses: 0, fallbacks: 0 };

/** A set that answers, and its cache. */
export interface FoundSet {
  readonly cache: GameCache;
  readonly chosen: ChosenSet;
}

/** Finds the sets of a loader's cache that answer its queries. */
export class SetFinder implements AsyncDisposable {
  readonly #archive: Archive;
  readonly #cache: CacheProvider;
  readonly #maxGameLength: number;
  readonly #onWarning: (warning: Error) => void;
  readonly #warned = new Set<string>();
  /** The sets that the cache had last: their seek points are of use without it. */
  #sets: readonly SetInfo[] = [];

  /** Creates a finder, without looking for a cache yet. */
  constructor(
    archive: Archive,
    options: {
      readonly cache: GameCache | string | URL | null | undefined;
      readonly maxGameLength: number;
      readonly onWarning: (warning: Error) => void;
    },
  ) {
    this.#archive = archive;
    this.#cache = new CacheProvider(options.cache);
    this.#maxGameLength = options.maxGameLength;
    this.#onWarning = options.onWarning;
  }

  /** Closes the connection that was made here, if nobody else uses it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cache[Symbol.asyncDispose]();
  }

  /** Notes that the archive takes the place of a cache that fails. */
  fallBack(error: unknown): void {
    counts.fallbacks++;
    this.#cache.failed(error);
    this.warn(error);
  }

  /** What the sets of the cache know of an archive. */
  indexesOf(source: Parameters<typeof isSameSource>[0]): OtherIndex[] {
    const maxGameLength = this.#maxGameLength;
    return this.#sets
      .filter((set) =>
        set.format === CACHE_FORMAT && set.maxGameLength === maxGameLength &&
        isSameSource(set.source, source)
      )
      .map(({ filter, checkpoint }) => ({
        index: SeekIndex.from(checkpoint.frames),
        filter: JSON.stringify(normalizeFilter(filter)),
      }));
  }

  /** The set that answers, if any; a cache that fails has none. */
  async find(
    request: LoadRequest,
    status: ArchiveStatus,
  ): Promise<FoundSet | undefined> {
    const isAbsent = status.kind === "absent";
    let reason = "nothing proves which archive this is";
    if (status.kind !== "stream") {
      try {
        const answer = await this.#cache.sets(request.set, isAbsent);
        const { cache, sets = [], damaged = [] } = answer ?? {};
        this.#sets = sets;
        const chosen = chooseSet(sets, {
          filter: request.filter,
          maxGameLength: this.#maxGameLength,
          compact: request.compact,
          source: status.kind === "known" ? status.identities : undefined,
          fileNames: this.#archive.fileNames,
          set: request.set,
        });
        for (const error of damaged) {
          if (isAbsent && isOfSet(error, request)) throw error;
          this.warn(error, "Leaving out a set of the cache");
        }
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
        if (isAbsent) throw status.fault ?? error;
        counts.fallbacks++;
        this.warn(error);
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

  /** Warns, once of each fault, that something cannot answer. */
  warn(
    error: unknown,
    what = "Reading the archive instead of the cache",
  ): void {
    const { fault, key } = error instanceof GameCacheError
      ? error
      : { fault: String(error), key: "" };
    const reason = error instanceof Error ? error.message : String(error);
    const warning = new Error(`${what}: ${reason}`, { cause: error });
    this.warnOnce(`${fault} ${key}`, warning);
  }

  /** Warns unless there was a warning of this kind. */
  warnOnce(kind: string, warning: Error): void {
    if (this.#warned.has(kind)) return;
    this.#warned.add(kind);
    this.#onWarning(warning);
  }
}

/** Says that a set ends before its answer does. */
export function unfinishedError({ name, count }: SetInfo): GameCacheError {
  return new GameCacheError(
    `Cannot load all games of the set ${name} as it is unfinished: it holds ${count} until now, and the archive is not available`,
    { fault: "refused" },
  );
}

/** Whether a damaged set is the one that a query names. */
function isOfSet(error: GameCacheError, { set }: LoadRequest): boolean {
  return set !== undefined && error.set === set;
}
