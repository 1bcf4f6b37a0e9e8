// The cache: what users, loaders and indexers do with sets of games, over any store.
import type { Game } from "../game.ts";
import { gamesStream } from "../games_stream.ts";
import {
  checkInteger,
  checkRange,
  checkSetName,
  encodeGame,
} from "./checks.ts";
import type { GameCacheError } from "./game_cache_error.ts";
import type { SetBatch, SetInfo, SetSpec } from "./game_set.ts";
import { readGames, readGamesAt, readRecords } from "./set_reader.ts";
import {
  checkWriting,
  SetWriterStream,
  storeByHand,
} from "./set_writer_stream.ts";
import { attempt, errorOf, workingsOf } from "./workings.ts";

/** Options of {@linkcode GameCache.writer}. */
export interface SetWriterOptions {
  /**
   * The set to resume, as {@linkcode GameCache.sets} reported it. Omitted, a new
   * generation is begun.
   */
  readonly resume?: SetInfo;
  /**
   * Begin a new generation even where a set of this name exists, or where
   * another program has stored games under its name; those are removed.
   *
   * @default {false}
   */
  readonly replace?: boolean;
  /**
   * Write also to a server that removes keys when its memory is full (Redis with
   * a `maxmemory-policy` other than `noeviction`), or of which that is not
   * known. Games that it removed count as damaged.
   *
   * @default {false}
   */
  readonly allowEviction?: boolean;
  /** Called where it cannot be checked whether the server removes keys. */
  readonly onWarning?: (warning: Error) => void;
}

/** What a cache holds, and how full it is. See {@linkcode GameCache.stats}. */
export interface CacheStats {
  /** Its sets, by name. */
  readonly sets: readonly SetInfo[];
  /** Those of its sets that cannot be understood, by name: which, by what key, and why. */
  readonly damaged: readonly {
    readonly name: string;
    readonly key: string;
    readonly message: string;
  }[];
  /**
   * Bytes that the store takes, in memory (Redis) or on disk (SQLite); those of
   * the games' texts where it does not report that.
   */
  readonly bytes: number;
  /** Bytes that the store may take; `undefined` where nothing limits it. */
  readonly maxBytes?: number;
}

/**
 * A store of sets of games.
 *
 * A set's games are numbered from 0. A game can be read only once it is
 * committed: first the games and their records, then the count that admits
 * them. Nothing is connected or opened before the first call. The errors of all
 * methods are {@linkcode GameCacheError}s, where no other is named.
 *
 * @example Usage
 * ```ts
 * import { openGameCache } from "@chess/game-cache";
 * import assert from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * {
 *   await using cache = openGameCache(`sqlite:${folder}/games.sqlite`);
 *   await cache.storeGame("mine", 0, '[Event "?"]\n\n1. e4 e5 *');
 *   const games = await Array.fromAsync(cache.getGames("mine", 0));
 *   assert.equal(games[0].tags.Event, "?");
 * }
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export abstract class GameCache implements AsyncDisposable {
  /**
   * The sets that can be read, by name.
   *
   * @param options `onDamaged` is called with each set that is damaged, so that
   * it cannot be understood; it is left out. Omitted, one such set is an error of
   * the call.
   * @returns What each of them is.
   */
  sets(
    options: { readonly onDamaged?: (error: GameCacheError) => void } = {},
  ): Promise<SetInfo[]> {
    const { onDamaged = rethrow } = options;
    return attempt(
      this,
      "read the sets",
      undefined,
      ({ store }) => store.sets(onDamaged),
    );
  }

  /**
   * Reads the games `first` to `end - 1` of one generation of a set, in order,
   * each checked against its record.
   *
   * Throws a {@linkcode GameCacheError}: `replaced` when the set is of another
   * generation by now, `damaged` (with the key) when a game is missing or is
   * another; all games before that one have been given by then.
   *
   * @param set The set, as {@linkcode GameCache.sets} reported it.
   * @param first The first game's number.
   * @param end The number after the last game's; at most the set's count.
   * @param options A signal to stop with.
   * @returns Batches of texts in UTF-8.
   */
  async *readGames(
    set: SetInfo,
    first: number,
    end: number,
    options: { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<Uint8Array[]> {
    const { signal } = options;
    const last = checkRange(set, first, end);
    const { store } = workingsOf(this);
    try {
      yield* readGames(store, set, first, last, signal);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw errorOf(store, "read", set.name, error);
    }
  }

  /**
   * Reads games of one generation of a set by their numbers, with one request:
   * a hundred or so. Each is checked against its record. Throws as
   * {@linkcode GameCache.readGames}, and then gives none of them.
   *
   * @param set The set, as {@linkcode GameCache.sets} reported it.
   * @param numbers The games' numbers, each below the set's count.
   * @param options A signal to stop with.
   * @returns Their texts in UTF-8, in the order of the numbers.
   */
  async readGamesAt(
    set: SetInfo,
    numbers: readonly number[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<Uint8Array[]> {
    const { signal } = options;
    for (const number of numbers) {
      if (checkRange(set, number, number + 1) > number) continue;
      throw new RangeError(
        `Cannot read game ${number} of the set ${set.name} as it has ${set.count} games`,
      );
    }
    return await attempt(
      this,
      "read",
      set.name,
      ({ store, records }) => readGamesAt(store, set, numbers, records, signal),
      signal,
    );
  }

  /**
   * Reads the records of the games `first` to `end - 1` of one generation of a
   * set: 32 bytes each, one after the other. Throws as
   * {@linkcode GameCache.readGames}.
   *
   * @param set The set, as {@linkcode GameCache.sets} reported it.
   * @param first The first game's number.
   * @param end The number after the last game's; at most the set's count.
   * @param options A signal to stop with.
   * @returns The records.
   */
  async readRecords(
    set: SetInfo,
    first: number,
    end: number,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<Uint8Array> {
    const { signal } = options;
    const last = checkRange(set, first, end);
    return await attempt(
      this,
      "read",
      set.name,
      ({ store }) => readRecords(store, set, first, last, signal),
      signal,
    );
  }

  /**
   * Writes a set. Each batch is committed before the next is taken. Closing
   * the stream marks the set complete, or capped where it holds `maxGames`;
   * aborting leaves what was committed. Only one writer can hold a set; another
   * one is refused once the first has renewed its lock.
   *
   * A set that exists and is replaced stays as it is, and can be read, until
   * the stream is closed: then the new one takes its place in one step. When
   * the stream is aborted, or its process ends, the old one is left.
   *
   * @param set What the set is made of.
   * @param options Whether to resume a set or to replace it.
   * @returns The stream that takes its games.
   * @throws {TypeError} If no set can have its name.
   * @throws {RangeError} If `maxGames` is not positive or below what is there.
   */
  writer(
    set: SetSpec,
    options: SetWriterOptions = {},
  ): WritableStream<SetBatch> {
    checkSetName(set.name);
    const { resume, replace = false } = options;
    checkWriting(set, resume);
    const { store, keeper } = workingsOf(this);
    const purpose = resume ? "resume" : replace ? "replace" : "new";
    const lock = (signal: AbortSignal) =>
      attempt(
        this,
        "write",
        set.name,
        () => store.lock(set, purpose, { ...options, signal }),
      );
    return new SetWriterStream(store, set, resume, lock, keeper);
  }

  /**
   * Stores one game of a set made by hand.
   *
   * @param set The set's name; a set that does not exist is made.
   * @param index The number of the game to write over, or the one after the last.
   * @param pgn The game's text.
   * @throws {RangeError} If `index` is above the number of games.
   */
  storeGame(set: string, index: number, pgn: string): Promise<void> {
    return this.storeGames(set, index, [pgn]);
  }

  /**
   * Stores games of a set made by hand, one after the other.
   *
   * @param set The set's name; a set that does not exist is made.
   * @param firstIndex The number of the first of them.
   * @param pgns The games' texts.
   * @throws {TypeError} If the name cannot be a set's, or a game is no text.
   * @throws {RangeError} If `firstIndex` is above the number of games.
   */
  async storeGames(
    set: string,
    firstIndex: number,
    pgns: string[],
  ): Promise<void> {
    checkSetName(set);
    checkInteger("the index", firstIndex);
    const games = pgns.map((pgn) => encodeGame(set, pgn));
    const using = workingsOf(this);
    // One after the other, so that calls that are not awaited keep their order.
    const stored = using.stored.then(() =>
      attempt(this, "store games in", set, async ({ store }) => {
        const spec = { name: set, filter: {} };
        const locked = await store.lock(spec, "hand", {});
        await storeByHand(store, set, locked, firstIndex, games);
      })
    );
    using.stored = stored.catch(() => {});
    await stored;
  }

  /**
   * Reads a set's games from `offset` on; none where there is no such set.
   * Nothing is asked before the first read.
   *
   * @param set The set's name.
   * @param offset The number of the first game.
   * @param count How many games at most; all of them when omitted.
   * @returns The games, in order.
   * @throws {TypeError} If the name cannot be a set's.
   * @throws {RangeError} If `offset` or `count` is negative or no integer.
   */
  getGames(
    set: string,
    offset: number,
    count: number = Infinity,
  ): ReadableStream<Game> {
    checkSetName(set);
    checkInteger("the offset", offset);
    if (count !== Infinity) checkInteger("the count", count);
    // deno-lint-ignore no-this-alias -- a generator has its own
    const cache = this;
    return gamesStream(async function* (signal) {
      const found = await findSet(cache, set);
      if (found === undefined) return;
      const end = Math.min(offset + count, found.count);
      yield* cache.readGames(found, Math.min(offset, end), end, { signal });
    });
  }

  /**
   * Whether a set has any game.
   *
   * @param set The set's name.
   * @returns Whether it has.
   * @throws {TypeError} If the name cannot be a set's.
   */
  async hasGames(set: string): Promise<boolean> {
    return await this.getTotalGames(set) > 0;
  }

  /**
   * How many games a set has.
   *
   * @param set The set's name.
   * @returns Their number; 0 where there is no such set.
   * @throws {TypeError} If the name cannot be a set's.
   */
  async getTotalGames(set: string): Promise<number> {
    checkSetName(set);
    return (await findSet(this, set))?.count ?? 0;
  }

  /**
   * What the cache holds, and how full its store is.
   *
   * @returns The sets, those that are damaged, and the store's bytes.
   */
  stats(): Promise<CacheStats> {
    return attempt(this, "read the stats", undefined, async ({ store }) => {
      const damaged: CacheStats["damaged"][number][] = [];
      const sets = await store.sets(({ set = "", key = "", message }) => {
        damaged.push({ name: set, key, message });
      });
      const {
        bytes = sets.reduce((sum, { textBytes }) => sum + textBytes, 0),
        maxBytes,
      } = await store.size();
      return {
        sets,
        damaged: damaged.sort((a, b) => a.name < b.name ? -1 : 1),
        bytes,
        ...(maxBytes === undefined ? {} : { maxBytes }),
      };
    });
  }

  /**
   * Removes a set, and nothing else: also one that is damaged, and what
   * interrupted writers have left of it.
   *
   * @param set The set's name.
   * @param onRemoved Called after each step with how many games it removed, about.
   * @returns How many games it had.
   * @throws {TypeError} If the name cannot be a set's.
   */
  async clear(
    set: string,
    onRemoved: (games: number) => void = () => {},
  ): Promise<number> {
    checkSetName(set);
    return await attempt(
      this,
      "clear",
      set,
      ({ store }) => store.clear(set, onRemoved),
    );
  }

  /**
   * Removes every set, and nothing else.
   *
   * @param onRemoved Called after each step with how many games it removed, about.
   * @returns How many games they had.
   */
  async clearAll(onRemoved?: (games: number) => void): Promise<number> {
    const names = await attempt(
      this,
      "clear the cache",
      undefined,
      ({ store }) => store.names(),
    );
    let count = 0;
    for (const name of names) count += await this.clear(name, onRemoved);
    return count;
  }

  /**
   * Counts games of other programs at keys where those of a set would be. They
   * are never removed, unless `replace` says so.
   *
   * @param set The set's name; those of any set when omitted.
   * @returns Their number; 0 for a store that nobody shares, or where it may not
   * be looked for them.
   */
  async countForeignGames(set?: string): Promise<number> {
    if (set !== undefined) checkSetName(set);
    return await attempt(
      this,
      "count games",
      set,
      ({ store }) => store.foreignGames(set),
    );
  }

  /** Ends the connection, unless it is of a client that was given, or closes the file. */
  async close(): Promise<void> {
    const { keeper, store } = workingsOf(this);
    keeper.close();
    await attempt(this, "close the cache", undefined, () => store.close());
  }

  /** Closes the cache, see {@linkcode GameCache.close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function findSet(cache: GameCache, set: string): Promise<SetInfo | undefined> {
  return attempt(cache, "read", set, ({ store }) => store.find(set));
}

function rethrow(error: GameCacheError): never {
  throw error;
}
