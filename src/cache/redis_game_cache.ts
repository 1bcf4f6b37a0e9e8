import type { Game } from "../game.ts";
import { checkDuration, checkGameRange, checkSetName } from "./_checks.ts";
import { gamesOfSet } from "./_games_of_set.ts";
import { RedisReader } from "./_redis_reader.ts";
import { RedisWriter } from "./_redis_writer.ts";
import {
  checkSetSpec,
  DEFAULT_LOCK_DURATION,
  handMadeGames,
  handMadeSpec,
  LockKeeper,
  setWriterStream,
  storeByHand,
  throwIt,
} from "./_set_writer.ts";
import { gameCacheError } from "./faults.ts";
import { GameCacheError } from "./game_cache_error.ts";
import type {
  CacheStats,
  DamagedSet,
  GameCache,
  ReadGamesOptions,
  SetBatch,
  SetInfo,
  SetsOptions,
  SetSpec,
  SetWriterOptions,
} from "./game_cache.ts";
import {
  all,
  parseRedisUrl,
  type RedisCommands,
  RedisConnection,
  replyText,
} from "./redis_commands.ts";

/** Options of {@linkcode RedisGameCache}. */
export interface RedisGameCacheOptions {
  /**
   * The server: `redis://user:password@host:port/database`, or `rediss:` for a
   * secure connection; `redis+unix:///path/to/socket?db=0` for the socket of a
   * server on this machine; `redis+cluster://user:password@host:port,host:port`
   * with some of the nodes of a Redis Cluster, or `rediss+cluster:`. What it
   * leaves out is as in the default.
   *
   * @default {"redis://127.0.0.1:6379"}
   */
  url?: string | URL;
  /** A connected client to use instead of `url`. It is never closed by the cache. */
  client?: RedisCommands;
  /** Milliseconds until a connection must stand. @default {500} */
  connectTimeout?: number;
  /** Milliseconds without any reply after which the server counts as gone. @default {2000} */
  commandTimeout?: number;
  /**
   * Milliseconds after which the lock of a writer that died may be taken over.
   * A writer that lives renews it.
   *
   * @default {5000}
   */
  lockDuration?: number;
  /**
   * Read games from the replicas of a Redis Cluster, too. What a replica does
   * not have yet is read from its master.
   *
   * @default {false}
   */
  useReplicas?: boolean;
  /**
   * Certificates in PEM to trust on a secure connection, instead of those that
   * are trusted everywhere: of a server that has made its own.
   */
  ca?: string;
}

/**
 * Keeps sets of games in Redis, shared by all nodes that reach the server.
 *
 * A game's key is `chess:game:{set}:{index}` and its value the PGN text, for
 * any program to read. `chess:meta:{set}` is a hash that tells what the set is;
 * its fields are `count`, `state`, `filter`, `source`, `format`, `generation`,
 * `maxGameLength`, `maxGames`, `compact`, `checkpoint`, `textBytes`, `createdAt`,
 * `updatedAt`, `check` over these, and while a writer holds it `token`,
 * `since` and `until`; times are in milliseconds since 1970. `chess:sums:{set}:{generation}:{k}` holds the
 * lengths and CRC-32 sums of games 1000k to 1000k + 999, and `chess:sets` the
 * names of the sets.
 *
 * Nothing is connected before the first call. An idle connection does not keep
 * the process alive, and one that broke is made anew at the next call.
 *
 * Requires `--allow-net` for the server. The errors of its methods are
 * {@linkcode GameCacheError}s.
 *
 * @example Usage
 * ```ts ignore
 * import { RedisGameCache } from "@chess/game-cache";
 *
 * await using cache = new RedisGameCache({ url: "redis://127.0.0.1:6379" });
 * for await (const game of cache.getGames("tactical", 0, 100)) {
 *   console.log(game.tags.White, game.tags.Black);
 * }
 * ```
 *
 * @example Its URL may hold no other scheme
 * ```ts
 * import { RedisGameCache } from "@chess/game-cache";
 * import assert from "node:assert/strict";
 *
 * assert.throws(() => new RedisGameCache({ url: "http://127.0.0.1" }), TypeError);
 * ```
 */
export class RedisGameCache implements GameCache {
  #connection: RedisConnection;
  #reader: RedisReader;
  #writer: RedisWriter;
  #keeper: LockKeeper;
  #stored: Promise<unknown> = Promise.resolve();

  /**
   * Creates a cache, without connecting yet.
   *
   * @param options The server, or a client of one's own, and how long to wait.
   * @throws {TypeError} If the URL is none of a Redis server, or both a
   * URL and a client are given.
   * @throws {RangeError} If a duration is not positive.
   */
  constructor(options: RedisGameCacheOptions = {}) {
    const {
      url,
      client,
      connectTimeout = 500,
      commandTimeout = 2000,
      lockDuration = DEFAULT_LOCK_DURATION,
      useReplicas = false,
      ca,
    } = options;
    checkDuration("connectTimeout", connectTimeout);
    checkDuration("commandTimeout", commandTimeout);
    checkDuration("lockDuration", lockDuration);
    if (client !== undefined && url !== undefined) {
      throw new TypeError(
        "Cannot use the cache as both url and client are given",
      );
    }
    if (client !== undefined && typeof client?.sendCommand !== "function") {
      throw new TypeError("Cannot use the client as it has no sendCommand");
    }
    const target = client ?? parseRedisUrl(url ?? "redis://127.0.0.1:6379");
    const timeouts = { connectTimeout, commandTimeout, useReplicas, ca };
    this.#connection = new RedisConnection(target, timeouts);
    this.#reader = new RedisReader(this.#connection);
    this.#writer = new RedisWriter(this.#connection, lockDuration);
    this.#keeper = new LockKeeper(lockDuration);
  }

  /**
   * The sets that can be read, by name.
   *
   * @param options Who is told of a set that is damaged.
   * @returns What each of them is.
   */
  async sets(options: SetsOptions = {}): Promise<SetInfo[]> {
    const { onDamaged = throwIt } = options;
    const sets = await this.#try(
      "read the sets",
      undefined,
      () => this.#reader.sets((_, error) => onDamaged(error)),
    );
    return sets.map(({ textBytes: _, ...set }) => set);
  }

  /**
   * Reads the games `first` to `end - 1` of one generation of a set, in order,
   * each checked against its sum.
   *
   * @param set The set, as {@linkcode RedisGameCache.sets} told it.
   * @param first The first game's number.
   * @param end The number behind the last game's; at most the set's count.
   * @param options A signal to stop with.
   * @returns Batches of texts in UTF-8.
   */
  async *readGames(
    set: SetInfo,
    first: number,
    end: number,
    options: ReadGamesOptions = {},
  ): AsyncGenerator<Uint8Array[]> {
    const { signal } = options;
    checkSetName(set.name);
    checkGameRange(first, end);
    const act = this.#connection.act("read", set.name);
    try {
      const last = Math.min(end, set.count);
      yield* this.#reader.games(set, first, last, signal);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      this.#connection.distrust(error);
      throw gameCacheError(act, error);
    }
  }

  /**
   * Writes a set, see {@linkcode GameCache.writer}.
   *
   * @param set What the set is made of.
   * @param options Whether to resume a set or to replace it.
   * @returns The stream that takes its games.
   * @throws {TypeError} If the set's name cannot be one.
   * @throws {RangeError} If `maxGames` is not positive or below what is there.
   */
  writer(
    set: SetSpec,
    options: SetWriterOptions = {},
  ): WritableStream<SetBatch> {
    checkSetSpec(set, options);
    return setWriterStream(set, options, async (signal) => {
      const { resume, replace = false } = options;
      const purpose = resume ? "resume" : replace ? "replace" : "new";
      return await this.#try(
        "write",
        set.name,
        async () => {
          if (!options.allowEviction) await this.#checkEviction(set.name);
          return await this.#writer.lock(set, purpose, resume, signal);
        },
      );
    }, this.#keeper);
  }

  /**
   * Stores one game of a set made by hand.
   *
   * @param set The set's name; a set that does not exist is made.
   * @param index The number of the game to write over, or that behind the last.
   * @param pgn The game's text.
   * @throws {RangeError} If `index` is above the number of games.
   */
  storeGame(set: string, index: number, pgn: string): Promise<void> {
    return this.storeGames(set, index, [pgn]);
  }

  /**
   * Stores games of a set made by hand, one behind the other.
   *
   * @param set The set's name; a set that does not exist is made.
   * @param firstIndex The number of the first of them.
   * @param pgns The games' texts.
   * @throws {RangeError} If `firstIndex` is above the number of games.
   */
  async storeGames(
    set: string,
    firstIndex: number,
    pgns: string[],
  ): Promise<void> {
    const games = handMadeGames(set, firstIndex, pgns);
    // One after the other, so that calls that are not awaited keep their order.
    const stored = this.#stored.then(() =>
      this.#storeByHand(set, firstIndex, games)
    );
    this.#stored = stored.catch(() => {});
    await stored;
  }

  async #storeByHand(
    name: string,
    first: number,
    games: Uint8Array[],
  ): Promise<void> {
    await this.#try("store games in", name, async () => {
      const locked = await this.#writer.lock(handMadeSpec(name), "hand");
      const set = { name, generation: locked.generation };
      await storeByHand(
        name,
        locked,
        first,
        games,
        (first, end) => this.#reader.bytesBetween(set, first, end),
      );
    });
  }

  /**
   * Reads a set's games from `offset` on; none where there is no such set.
   *
   * @param set The set's name.
   * @param offset The number of the first game.
   * @param count How many games at most; all of them when omitted.
   * @returns The games, in order.
   * @throws {TypeError} If the name cannot be a set's.
   * @throws {RangeError} If `offset` or `count` is negative or no integer.
   */
  getGames(set: string, offset: number, count?: number): ReadableStream<Game> {
    return gamesOfSet(this, (name) => this.#find(name), set, offset, count);
  }

  /**
   * Whether a set has any game.
   *
   * @param set The set's name.
   * @returns Whether it has.
   */
  async hasGames(set: string): Promise<boolean> {
    return await this.getTotalGames(set) > 0;
  }

  /**
   * How many games a set has.
   *
   * @param set The set's name.
   * @returns Their number; 0 where there is no such set.
   */
  async getTotalGames(set: string): Promise<number> {
    checkSetName(set);
    return (await this.#find(set))?.count ?? 0;
  }

  /**
   * What the cache holds, and how full the server is.
   *
   * @returns Each set with the bytes of its texts, and the server's memory.
   */
  stats(): Promise<CacheStats> {
    return this.#try("read the stats", undefined, async () => {
      const damaged: DamagedSet[] = [];
      const [sets, memory] = await all([
        this.#reader.sets((name, { key = "", message }) => {
          damaged.push({ name, key, message });
        }),
        this.#connection.sendToAll("INFO", "memory"),
      ]);
      const number = (field: string) =>
        memory.map((info) =>
          new RegExp(`^${field}:(\\d+)`, "m").exec(replyText(info) ?? "")
        ).reduce((sum, match) => sum + Number(match?.[1] ?? 0), 0);
      const maxBytes = number("maxmemory");
      return {
        sets,
        damaged: damaged.sort((a, b) => a.name < b.name ? -1 : 1),
        bytes: number("used_memory"),
        ...(maxBytes > 0 ? { maxBytes } : {}),
      };
    });
  }

  /**
   * Removes a set, and nothing else on that server.
   *
   * @param set The set's name.
   * @returns How many games it had.
   */
  async clear(set: string): Promise<number> {
    checkSetName(set);
    return await this.#try("clear", set, () => this.#writer.clear(set));
  }

  /**
   * Removes every set, and nothing else on that server.
   *
   * @returns How many games they had.
   */
  async clearAll(): Promise<number> {
    const names = await this.#try(
      "clear the cache",
      undefined,
      () => this.#writer.names(),
    );
    let count = 0;
    for (const name of names) count += await this.clear(name);
    return count;
  }

  /** Ends the connection, unless the client was given by the caller. */
  close(): Promise<void> {
    this.#keeper.close();
    return this.#connection.close();
  }

  /** Closes the cache, see {@linkcode RedisGameCache.close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Throws where the server may throw games away. */
  async #checkEviction(name: string): Promise<void> {
    const act = this.#connection.act("write", name);
    let infos: string[];
    try {
      const replies = await this.#connection.sendToAll("INFO", "memory");
      infos = replies.map((reply) => replyText(reply) ?? "");
    } catch (error) {
      // A user without the right to this command may have all others.
      if (gameCacheError(act, error).fault !== "denied") throw error;
      return;
    }
    const policy = infos.filter((info) => /^maxmemory:[1-9]/m.test(info))
      .map((info) => /^maxmemory_policy:(allkeys-\w+)/m.exec(info)?.[1])
      .find((policy) => policy !== undefined);
    if (policy === undefined) return;
    throw new GameCacheError(
      `${act}: the server throws games away when its memory is full ` +
        `(maxmemory-policy ${policy}), unless allowEviction says that it may`,
      { fault: "refused" },
    );
  }

  #find(name: string): Promise<SetInfo | undefined> {
    return this.#try("read", name, () => this.#reader.find(name));
  }

  /** Does `step` and tells what its error means. */
  async #try<T>(
    act: string,
    set: string | undefined,
    step: () => Promise<T>,
  ): Promise<T> {
    try {
      return await step();
    } catch (error) {
      if (error instanceof RangeError) throw error;
      this.#connection.distrust(error);
      throw gameCacheError(this.#connection.act(act, set), error);
    }
  }
}
