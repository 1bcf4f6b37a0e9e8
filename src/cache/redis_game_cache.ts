import { createHash } from "node:crypto";
import type { Game } from "../game.ts";
import { gameCacheError } from "./faults.ts";
import {
  CACHE_FORMAT,
  type CacheStats,
  type GameCache,
  type ReadGamesOptions,
  type SetBatch,
  type SetInfo,
  type SetSpec,
  type SetStats,
  type SetWriterOptions,
} from "./game_cache.ts";
import type { GameCacheError } from "./game_cache_error.ts";
import { GAMES_PER_BLOCK, GameSums, SUM_BYTES, sumsOf } from "./_game_sums.ts";
import {
  gameKey,
  gameKeys,
  metaKey,
  NAMES_KEY,
  nextKey,
  partsPattern,
  setOfKey,
  sumsKey,
} from "./_redis_keys.ts";
import * as scripts from "./_redis_scripts.ts";
import { gamesStream } from "./_games_stream.ts";
import { checkDuration, checkGameRange, checkSetName } from "./_checks.ts";
import {
  checkSetSpec,
  damagedError,
  DEFAULT_LOCK_DURATION,
  existsError,
  handMadeGames,
  handMadeSpec,
  indexedError,
  lockedError,
  type LockedSet,
  NO_CHECKPOINT,
  replacedError,
  type SetCommit,
  setWriterStream,
  storeByHand,
} from "./_set_writer.ts";
import {
  parseRedisUrl,
  type RedisCommands,
  RedisConnection,
  replyArray,
  replyBytes,
  replyText,
} from "./redis_commands.ts";

/** Games that are asked for at once; several such requests may be under way. */
const GAMES_PER_READ = 200;

/** Games, and about how many bytes, that are sent at once. */
const GAMES_PER_WRITE = 500;
const BYTES_PER_REQUEST = 1024 * 1024;

/** Keys that are removed at once, so that the server is never busy for long. */
const KEYS_PER_REMOVAL = 500;

/** Options of {@linkcode RedisGameCache}. */
export interface RedisGameCacheOptions {
  /**
   * The server: `redis://user:password@host:port/database`, or `rediss:` for a
   * secure connection. What it leaves out is as in the default.
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
   * Each commit of a writer that lives renews it.
   *
   * @default {30000}
   */
  lockDuration?: number;
}

/**
 * Keeps sets of games in Redis, shared by all nodes that reach the server.
 *
 * A game's key is `chess:game:{set}:{index}` and its value the PGN text, for
 * any program to read. `chess:meta:{set}` is a hash that tells what the set is;
 * its fields are `count`, `state`, `filter`, `source`, `format`, `generation`,
 * `maxGameLength`, `maxGames`, `checkpoint`, `textBytes`, `createdAt`,
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
  #place: string;
  #lockDuration: number;
  #stored: Promise<unknown> = Promise.resolve();

  /**
   * Creates a cache, without connecting yet.
   *
   * @param options The server, or a client of one's own, and how long to wait.
   * @throws {TypeError} If the URL is no `redis:` or `rediss:` URL, or both a
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
    this.#lockDuration = lockDuration;
    const timeouts = { connectTimeout, commandTimeout };
    if (client !== undefined) {
      this.#place = "Redis";
      this.#connection = new RedisConnection(client, timeouts);
    } else {
      const address = parseRedisUrl(url ?? "redis://127.0.0.1:6379");
      this.#place = address.shown;
      this.#connection = new RedisConnection(address, timeouts);
    }
  }

  /**
   * The sets that can be read, by name.
   *
   * @returns What each of them is.
   */
  async sets(): Promise<SetInfo[]> {
    const sets = await this.#allSets();
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
    try {
      const requests = this.#requests(set, first, Math.min(end, set.count));
      let request = await abortable(requests.next(), signal);
      while (!request.done) {
        const { start, size, sums, offset, reply } = request.value;
        // The next games are asked for before these are waited for.
        const ahead = requests.next();
        ahead.catch(() => {});
        const replies = await abortable(reply, signal);
        const games = Array.from(
          { length: size },
          (_, i) => replyBytes(replies[i]),
        );
        const bad = await this.#repair(set, start, games, sums, offset);
        const good = bad === undefined ? games : games.slice(0, bad);
        if (good.length > 0) yield good as Uint8Array[];
        signal?.throwIfAborted();
        if (bad !== undefined) throw await this.#badGame(set, start + bad);
        request = await abortable(ahead, signal);
      }
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw gameCacheError(this.#act("read", set.name), error);
    }
  }

  /**
   * Asks for games, request after request; the sums of the next block are on
   * their way before they are needed.
   */
  async *#requests(
    set: SetInfo,
    first: number,
    end: number,
  ): AsyncGenerator<GamesRequest> {
    if (first >= end) return;
    let block = this.#block(set, first, end);
    for (let start = first; start < end;) {
      const { first: blockFirst, end: blockEnd, reply } = block;
      const sums = new GameSums(await reply);
      if (blockEnd < end) block = this.#block(set, blockEnd, end);
      while (start < blockEnd) {
        const offset = start - blockFirst;
        const size = sums.requestSize(
          offset,
          Math.min(blockEnd, start + GAMES_PER_READ) - blockFirst,
          BYTES_PER_REQUEST,
        );
        const keys = gameKeys(set.name, start, start + size);
        const games = this.#connection.send("MGET", ...keys).then(replyArray);
        games.catch(() => {});
        yield { start, size, sums, offset, reply: games };
        start += size;
      }
    }
  }

  /** Asks for the sums of the games from `first` to the end of its block. */
  #block(
    set: Pick<SetInfo, "name" | "generation">,
    first: number,
    end: number,
  ) {
    const block = Math.floor(first / GAMES_PER_BLOCK);
    const blockEnd = Math.min(end, (block + 1) * GAMES_PER_BLOCK);
    const reply = this.#sums(set.name, set.generation, first, blockEnd);
    reply.catch(() => {});
    return { first, end: blockEnd, reply };
  }

  /** The sums of games of one block. */
  async #sums(
    name: string,
    generation: string,
    first: number,
    end: number,
  ): Promise<Uint8Array> {
    const offset = first % GAMES_PER_BLOCK * SUM_BYTES;
    const reply = await this.#read(
      name,
      "GETRANGE",
      sumsKey(name, generation, first),
      String(offset),
      String(offset + (end - first) * SUM_BYTES - 1),
    );
    return replyBytes(reply) ?? new Uint8Array();
  }

  /** Sends a command that names its key where it holds a value of another type. */
  async #read(
    name: string,
    command: string,
    key: string,
    ...args: string[]
  ): Promise<unknown> {
    try {
      return await this.#connection.send(command, key, ...args);
    } catch (cause) {
      const act = this.#act("read", name);
      const error = gameCacheError(act, cause);
      throw error.fault === "damaged" ? damagedError(act, key, cause) : error;
    }
  }

  /**
   * Looks for games that are not as their sums say: where a rebuild keeps them
   * until they are moved, and once more at their own keys, with their sums read
   * again. Gives the first that stays bad.
   */
  async #repair(
    { name, generation }: SetInfo,
    start: number,
    games: (Uint8Array | null)[],
    sums: GameSums,
    offset: number,
  ): Promise<number | undefined> {
    const bad: number[] = [];
    for (let i = 0; i < games.length; i++) {
      if (!sums.matches(offset + i, games[i])) bad.push(i);
    }
    const found = await Promise.all(bad.map(async (i) => {
      const key = gameKey(name, start + i);
      const [next, own, sum] = await all([
        this.#get(nextKey(key)),
        this.#get(key),
        this.#sums(name, generation, start + i, start + i + 1),
      ]);
      const sumAgain = new GameSums(sum!);
      return [next, own].find((game) => sumAgain.matches(0, game));
    }));
    for (const [n, i] of bad.entries()) {
      const game = found[n];
      if (game === undefined || game === null) return i;
      games[i] = game;
    }
    return undefined;
  }

  /** A key's bytes; none where it holds a value of another type. */
  async #get(key: string): Promise<Uint8Array | null> {
    const reply = replyArray(await this.#connection.send("MGET", key));
    return replyBytes(reply[0]);
  }

  /** Tells why a game is not the one that was stored. */
  async #badGame(set: SetInfo, index: number): Promise<GameCacheError> {
    const { name, generation } = set;
    const act = this.#act("read", name);
    const now = await this.#connection.send(
      "HGET",
      metaKey(name),
      "generation",
    );
    if (replyText(now) !== generation) return replacedError(act);
    const sum = await this.#sums(name, generation, index, index + 1);
    const key = new GameSums(sum).has(0)
      ? gameKey(name, index)
      : sumsKey(name, generation, index);
    return damagedError(act, key);
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
    return setWriterStream(set, options, async () => {
      const { resume, replace = false } = options;
      const purpose = resume ? "resume" : replace ? "replace" : "new";
      try {
        return await this.#lock(set, purpose, resume);
      } catch (error) {
        throw gameCacheError(this.#act("write", set.name), error);
      }
    });
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
    try {
      const locked = await this.#lock(handMadeSpec(name), "hand");
      await storeByHand(name, locked, first, games, async (first, end) => {
        let bytes = 0;
        for (let next = first; next < end;) {
          const { generation } = locked;
          const block = this.#block({ name, generation }, next, end);
          const sums = new GameSums(await block.reply);
          for (; next < block.end; next++) {
            const index = next - block.first;
            if (sums.has(index)) bytes += sums.lengthOf(index);
          }
        }
        return bytes;
      });
    } catch (error) {
      if (error instanceof RangeError) throw error;
      throw gameCacheError(this.#act("store games in", name), error);
    }
  }

  /** Takes a set's lock, and where it begins anew removes what was there. */
  async #lock(
    set: SetSpec,
    purpose: "new" | "replace" | "resume" | "hand",
    resume?: SetInfo,
  ): Promise<LockedSet> {
    const { name } = set;
    const maxGames = set.maxGames === undefined ? "" : String(set.maxGames);
    const act = this.#act("write", name);
    const lock = this.#newLock(name);
    const reply = await this.#take(lock, act, purpose, [
      resume?.generation ?? "",
      String(resume?.count ?? 0),
      maxGames,
      ...Object.entries({
        count: "0",
        state: purpose === "hand" ? "complete" : "unfinished",
        filter: JSON.stringify(set.filter),
        source: JSON.stringify(set.source),
        format: String(CACHE_FORMAT),
        generation: crypto.randomUUID(),
        maxGameLength: String(set.maxGameLength),
        maxGames,
        checkpoint: JSON.stringify(NO_CHECKPOINT),
        textBytes: "0",
      }).flat(),
    ]);
    switch (reply[0]) {
      case "exists":
        throw existsError(act, reply[1]);
      case "replaced":
        throw replacedError(act);
      case "indexed":
        throw indexedError(act);
    }
    const [, generation, count] = reply;
    const release = async () => {
      await this.#eval(scripts.RELEASE, lock);
    };
    try {
      await this.#connection.send("SADD", NAMES_KEY, name);
      if (purpose === "new" || purpose === "replace") {
        await this.#removeGames(lock, act);
      }
    } catch (error) {
      await release().catch(() => {});
      throw error;
    }
    return {
      generation,
      count: Number(count),
      commit: async (commit) => {
        try {
          await this.#commit(lock, act, generation, commit);
        } catch (error) {
          throw gameCacheError(act, error);
        }
      },
      release,
    };
  }

  #newLock(name: string): Lock {
    return { name, token: crypto.randomUUID(), renewedAt: Date.now() };
  }

  /** Takes a lock, unless another writer holds it. */
  async #take(
    lock: Lock,
    act: string,
    purpose: string,
    args: string[] = [],
  ): Promise<string[]> {
    const duration = String(this.#lockDuration);
    const reply = await this.#eval(
      scripts.LOCK,
      lock,
      duration,
      purpose,
      ...args,
    );
    return answer(act, reply);
  }

  /** Renews a lock that is not fresh, and throws where it is another's by now. */
  async #renew(lock: Lock, act: string): Promise<void> {
    const now = Date.now();
    if (Math.abs(now - lock.renewedAt) < this.#lockDuration / 2) return;
    const duration = String(this.#lockDuration);
    const reply = await this.#eval(scripts.RENEW, lock, duration);
    if (answer(act, reply)[0] !== "ok") throw replacedError(act);
    lock.renewedAt = now;
  }

  /** Stores games and their sums, then admits them. */
  async #commit(
    lock: Lock,
    act: string,
    generation: string,
    commit: SetCommit,
  ): Promise<void> {
    // One who has lost the lock must not write over the other's games.
    await this.#renew(lock, act);
    try {
      await this.#store(lock.name, generation, commit.first, commit.games);
    } catch (error) {
      const { fault } = gameCacheError(act, error);
      if (fault === "full") await this.#discard(lock, act, commit);
      throw error;
    }
    const now = Date.now();
    const reply = await this.#eval(
      scripts.COMMIT,
      lock,
      String(this.#lockDuration),
      generation,
      String(commit.countBefore),
      String(commit.count),
      String(commit.addedBytes),
      JSON.stringify(commit.checkpoint),
      commit.state,
      commit.release ? "1" : "0",
    );
    if (answer(act, reply)[0] !== "ok") throw replacedError(act);
    lock.renewedAt = now;
  }

  async #store(
    name: string,
    generation: string,
    first: number,
    games: readonly Uint8Array[],
  ): Promise<void> {
    const replies: Promise<unknown>[] = [];
    for (let i = 0; i < games.length;) {
      const command: (string | Uint8Array)[] = ["MSET"];
      const stop = Math.min(games.length, i + GAMES_PER_WRITE);
      for (let bytes = 0; i < stop && bytes < BYTES_PER_REQUEST; i++) {
        command.push(gameKey(name, first + i), games[i]);
        bytes += games[i].length;
      }
      replies.push(this.#connection.send(...command));
    }
    for (let i = 0; i < games.length;) {
      const offset = (first + i) % GAMES_PER_BLOCK;
      const end = Math.min(games.length, i + GAMES_PER_BLOCK - offset);
      replies.push(this.#connection.send(
        "SETRANGE",
        sumsKey(name, generation, first + i),
        String(offset * SUM_BYTES),
        sumsOf(games.slice(i, end)),
      ));
      i = end;
    }
    await all(replies);
  }

  /** Removes games that were stored and not admitted, while the lock is held. */
  async #discard(
    lock: Lock,
    act: string,
    { countBefore, first, games }: SetCommit,
  ): Promise<void> {
    try {
      await this.#renew(lock, act);
      const start = Math.max(countBefore, first);
      await this.#unlink(gameKeys(lock.name, start, first + games.length));
    } catch {
      // They are never read, and the error that brought us here is told.
    }
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
    return gamesStream(this, (name) => this.#find(name), set, offset, count);
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
  async stats(): Promise<CacheStats> {
    const act = this.#act("read the stats");
    try {
      const [sets, memory] = await all([
        this.#allSets(),
        this.#connection.send("INFO", "memory"),
      ]);
      const info = replyText(memory) ?? "";
      const number = (field: string) =>
        Number(info.match(new RegExp(`^${field}:(\\d+)`, "m"))?.[1] ?? 0);
      const maxBytes = number("maxmemory");
      return {
        sets,
        bytes: number("used_memory"),
        ...(maxBytes > 0 ? { maxBytes } : {}),
      };
    } catch (error) {
      throw gameCacheError(act, error);
    }
  }

  /**
   * Removes a set, and nothing else on that server.
   *
   * @param set The set's name.
   * @returns How many games it had.
   */
  async clear(set: string): Promise<number> {
    checkSetName(set);
    const act = this.#act("clear", set);
    try {
      const lock = this.#newLock(set);
      const [, , count] = await this.#take(lock, act, "clear");
      await this.#removeGames(lock, act);
      await this.#connection.send("SREM", NAMES_KEY, set);
      await this.#eval(scripts.REMOVE, lock);
      return Number(count);
    } catch (error) {
      throw gameCacheError(act, error);
    }
  }

  /**
   * Removes every set, and nothing else on that server.
   *
   * @returns How many games they had.
   */
  async clearAll(): Promise<number> {
    const names = new Set<string>();
    try {
      const known = await this.#connection.send("SMEMBERS", NAMES_KEY);
      for (const name of replyArray(known)) names.add(replyText(name)!);
      for await (const keys of this.#scan("chess:*")) {
        for (const key of keys) {
          const name = setOfKey(key);
          if (name !== undefined) names.add(name);
        }
      }
    } catch (error) {
      throw gameCacheError(this.#act("clear the cache"), error);
    }
    let count = 0;
    for (const name of [...names].sort()) count += await this.clear(name);
    return count;
  }

  /** Ends the connection, unless the client was given by the caller. */
  close(): Promise<void> {
    return this.#connection.close();
  }

  /** Closes the cache, see {@linkcode RedisGameCache.close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #allSets(): Promise<SetStats[]> {
    try {
      const names = replyArray(
        await this.#connection.send("SMEMBERS", NAMES_KEY),
      )
        .map((name) => replyText(name)!).sort();
      if (names.length === 0) return [];
      const [time, ...sets] = await all([
        this.#connection.send("TIME"),
        ...names.map((name) => this.#meta(name)),
      ]);
      const [seconds, microseconds] = replyArray(time).map(replyText).map(
        Number,
      );
      const now = seconds * 1000 + microseconds / 1000;
      return (sets as (SetStats | undefined)[])
        .filter((set) => set !== undefined)
        .map(({ lock, ...set }) =>
          lock !== undefined && lock.until > now ? { ...set, lock } : set
        );
    } catch (error) {
      throw gameCacheError(this.#act("read the sets"), error);
    }
  }

  async #find(name: string): Promise<SetInfo | undefined> {
    try {
      return await this.#meta(name);
    } catch (error) {
      throw gameCacheError(this.#act("read", name), error);
    }
  }

  /** What a set's hash tells; `undefined` where there is no such set. */
  async #meta(name: string): Promise<SetStats | undefined> {
    const key = metaKey(name);
    const reply = replyArray(
      await this.#read(name, "HMGET", key, ...META_FIELDS),
    );
    const field = (name: typeof META_FIELDS[number]) =>
      replyText(reply[META_FIELDS.indexOf(name)]) ?? "";
    if (field("generation") === "") return undefined;
    const check = createHash("sha1");
    for (const name of scripts.CHECKED_FIELDS) check.update(field(name) + "\n");
    if (check.digest("hex") !== field("check")) {
      throw damagedError(this.#act("read", name), key);
    }
    return {
      name,
      filter: JSON.parse(field("filter")),
      source: JSON.parse(field("source")),
      maxGameLength: Number(field("maxGameLength")),
      ...(field("maxGames") === ""
        ? {}
        : { maxGames: Number(field("maxGames")) }),
      format: Number(field("format")),
      generation: field("generation"),
      count: Number(field("count")),
      state: field("state") as SetInfo["state"],
      checkpoint: JSON.parse(field("checkpoint")),
      createdAt: Number(field("createdAt")),
      updatedAt: Number(field("updatedAt")),
      ...(field("token") === "" ? {} : {
        lock: {
          since: Number(field("since")),
          until: Number(field("until")),
        },
      }),
      textBytes: Number(field("textBytes")),
    };
  }

  /** Removes all games and sums of a set whose lock is held, leftovers too. */
  async #removeGames(lock: Lock, act: string): Promise<void> {
    for await (const keys of this.#scan(partsPattern(lock.name))) {
      await this.#renew(lock, act);
      await this.#unlink(keys.filter((key) => setOfKey(key) === lock.name));
    }
  }

  async #unlink(keys: string[]): Promise<void> {
    const replies: Promise<unknown>[] = [];
    for (let i = 0; i < keys.length; i += KEYS_PER_REMOVAL) {
      const some = keys.slice(i, i + KEYS_PER_REMOVAL);
      replies.push(this.#connection.send("UNLINK", ...some));
    }
    await all(replies);
  }

  async *#scan(pattern: string): AsyncGenerator<string[]> {
    let cursor = "0";
    do {
      const reply = replyArray(
        await this.#connection.send(
          "SCAN",
          cursor,
          "MATCH",
          pattern,
          "COUNT",
          "1000",
        ),
      );
      cursor = replyText(reply[0]) ?? "0";
      yield replyArray(reply[1]).map((key) => replyText(key)!);
    } while (cursor !== "0");
  }

  #eval(script: string, lock: Lock, ...args: string[]): Promise<unknown> {
    const { name, token } = lock;
    return this.#connection.send(
      "EVAL",
      script,
      "1",
      metaKey(name),
      token,
      ...args,
    );
  }

  #act(act: string, set?: string): string {
    return set === undefined
      ? `Cannot ${act} in ${this.#place}`
      : `Cannot ${act} the set ${set} in ${this.#place}`;
  }
}

/** A set's lock that is ours, and when that was last certain. */
interface Lock {
  readonly name: string;
  readonly token: string;
  renewedAt: number;
}

/** A script's answer; throws when the set is locked. */
function answer(act: string, reply: unknown): string[] {
  const parts = replyArray(reply).map((part) => replyText(part) ?? "");
  if (parts[0] !== "locked") return parts;
  throw lockedError(act, Number(parts[1]), Number(parts[2]));
}

/** Games that were asked for, with their sums from `offset` on. */
interface GamesRequest {
  readonly start: number;
  readonly size: number;
  readonly sums: GameSums;
  readonly offset: number;
  readonly reply: Promise<unknown[]>;
}

const META_FIELDS = [
  ...scripts.CHECKED_FIELDS,
  "check",
  "token",
  "since",
  "until",
] as const;

/** All results, once none is on its way any more; throws the first error. */
async function all<T extends unknown[]>(
  promises: [...{ [K in keyof T]: Promise<T[K]> }],
): Promise<T> {
  await Promise.allSettled(promises);
  return await Promise.all(promises) as T;
}

/** Waits for `promise`, or throws the signal's reason when that comes first. */
function abortable<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() =>
      signal.removeEventListener("abort", abort)
    );
  });
}
