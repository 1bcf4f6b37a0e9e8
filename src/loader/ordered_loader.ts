// Loads games in a shuffled order, or a shard of them, from a set and an archive.

import type { Archive, ArchiveStatus } from "../archive/archive.ts";
import { CACHE_FORMAT, type SetInfo } from "../cache/game_set.ts";
import type { LoadRequest } from "./load_request.ts";
import { matchingGames } from "../matching_games.ts";
import { GameOrder } from "../order/game_order.ts";
import { ownBytes } from "../pgn/raw_game.ts";
import type { KnownGames, OtherIndex } from "../scan/find_seek_point.ts";
import type { Answer } from "./answer.ts";
import { compactCopy } from "./compact_copy.ts";
import { loadInOrder, type OrderedSet } from "./load_in_order.ts";
import { readSetInOrder } from "./read_set_in_order.ts";
import { SeekableGames } from "./seekable_games.ts";
import { type FoundSet, unfinishedError } from "./set_finder.ts";

/** Filters of which it is remembered where their games are. */
const MAX_KNOWN = 4;

const SLOW_ORDER =
  "Loading games in a shuffled order is slow as the archive can be read only from its beginning: each 64 MiB of games take a pass over it. Index it into a cache with deno task index, or compress it with pzstd";

/** The sources that are there. */
export interface FoundSources {
  /** What the archives are. */
  readonly status: ArchiveStatus;
  /** The set that answers, if any. */
  readonly found: FoundSet | undefined;
  /** What the sets of the cache know of the archives. */
  readonly others: readonly OtherIndex[];
}

/** How an {@linkcode OrderedLoader} loads. */
export interface OrderedLoaderOptions {
  readonly maxGameLength: number;
  readonly threads: number;
  readonly onBadGame: (error: Error) => void;
  /** Called with the error of a cache that fails where the archive goes on. */
  readonly onFault: (error: unknown) => void;
  /** Called with what a user should know, which may be the same again. */
  readonly onWarning: (message: string) => void;
}

/** Loads games in an order that is not that of the archive. */
export class OrderedLoader {
  readonly #archive: Archive;
  readonly #options: OrderedLoaderOptions;
  readonly #known = new Map<string, KnownGames>();

  constructor(archive: Archive, options: OrderedLoaderOptions) {
    this.#archive = archive;
    this.#options = options;
  }

  /** Loads games. */
  async *load(
    request: LoadRequest,
    answer: Answer,
    sources: FoundSources,
    signal: AbortSignal,
  ): AsyncGenerator<readonly Uint8Array[]> {
    const { onFault } = this.#options;
    const isShuffled = request.order.shuffle !== undefined;
    using archive = sources.status.kind === "absent"
      ? undefined
      : await this.#seekableGames(request, sources, signal);
    let set: OrderedSet | undefined;
    try {
      set = await this.#orderedSet(request, sources, signal);
    } catch (error) {
      if (signal.aborted || archive === undefined) throw error;
      onFault(error);
    }
    const games = await this.#countGames(set, archive, sources, isShuffled);
    const order = new GameOrder(games, request.order);
    answer.order = order;
    if (isShuffled && archive !== undefined && (set?.games ?? 0) < games) {
      this.#remember(request, sources, archive.known);
      if (await archive.isSlow()) this.#options.onWarning(SLOW_ORDER);
    }
    let next = request.offset;
    const range = { order, isShuffled, first: next, end: request.end };
    const copy = request.compact ? compactCopy : ownBytes;
    const from = { set, archive, copy, onFault };
    for await (const some of loadInOrder(range, from, signal)) {
      next += some.length;
      yield some;
    }
    if (archive === undefined && next < request.end) {
      requireFinished(sources.found?.chosen.set);
    }
  }

  /** How many games pass, as far as the order needs to know. */
  async #countGames(
    set: OrderedSet | undefined,
    archive: SeekableGames | undefined,
    { found }: FoundSources,
    isShuffled: boolean,
  ): Promise<number> {
    const info = found?.chosen.set;
    if (set !== undefined && info?.state === "complete") return set.games;
    if (!isShuffled) return archive?.known.total ?? Infinity;
    if (archive !== undefined) return await archive.count();
    requireFinished(info);
    const games = set?.games ?? 0;
    this.#options.onWarning(
      `Shuffling only the ${games} games of the set ${info?.name}, which is capped, as the archive is not available`,
    );
    return games;
  }

  /** The set that answers, as a source of games in any order. */
  async #orderedSet(
    request: LoadRequest,
    { found }: FoundSources,
    signal: AbortSignal,
  ): Promise<OrderedSet | undefined> {
    if (found === undefined) return undefined;
    const { cache, chosen: { set, isExact } } = found;
    if (isExact) {
      const read = (numbers: Iterator<number>) =>
        readSetInOrder(cache, set, numbers, signal);
      return { games: set.count, read };
    }
    const matching = matchingGames(set, request.filter);
    await matching.extend(cache, set, Infinity, signal);
    const read = (numbers: Iterator<number>) =>
      readSetInOrder(
        cache,
        set,
        Iterator.from(numbers)
          .map((number) => matching.numbers(number, number + 1)[0]),
        signal,
      );
    return { games: matching.count, read };
  }

  /** The archive's games that match, with all that is known of where they are. */
  async #seekableGames(
    request: LoadRequest,
    { status, others }: FoundSources,
    signal: AbortSignal,
  ): Promise<SeekableGames> {
    const { maxGameLength, threads, onBadGame } = this.#options;
    const { filter } = request;
    const games = new SeekableGames(this.#archive, {
      key: { format: CACHE_FORMAT, maxGameLength, filter },
      status,
      others,
      known: this.#known.get(keyOf(request, status)),
      threads,
      onBadGame,
      signal,
    });
    await games.find();
    return games;
  }

  /** Remembers what a pass over the archive has found. */
  #remember(
    request: LoadRequest,
    { status }: FoundSources,
    known: KnownGames,
  ): void {
    if (status.kind !== "known") return;
    keep(this.#known, keyOf(request, status), known);
  }
}

/** Throws where a set is unfinished, and there is nothing else to go on with. */
function requireFinished(set: SetInfo | undefined): void {
  if (set?.state === "unfinished") throw unfinishedError(set);
}

/** What the games of an archive that match depend on. */
function keyOf({ filterKey }: LoadRequest, status: ArchiveStatus): string {
  return status.kind === "known"
    ? JSON.stringify([filterKey, status.identities, status.modifiedAt])
    : "";
}

/** Keeps a value, and only the last few of all. */
function keep<T>(values: Map<string, T>, key: string, value: T): void {
  values.delete(key);
  values.set(key, value);
  if (values.size > MAX_KNOWN) values.delete(values.keys().next().value!);
}
