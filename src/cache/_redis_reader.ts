import { createHash } from "node:crypto";
import { orAborted } from "../or_aborted.ts";
import { GAMES_PER_BLOCK, GameSums, SUM_BYTES } from "./_game_sums.ts";
import {
  gameKey,
  gameKeys,
  metaKey,
  NAMES_KEY,
  nextKey,
  sumsKey,
} from "./_redis_keys.ts";
import { CHECKED_FIELDS } from "./_redis_scripts.ts";
import { damagedError, replacedError } from "./_set_writer.ts";
import { gameCacheError } from "./faults.ts";
import type { SetInfo, SetStats } from "./game_cache.ts";
import { GameCacheError } from "./game_cache_error.ts";
import {
  all,
  type RedisConnection,
  replyArray,
  replyBytes,
  replyText,
} from "./redis_commands.ts";

/**
 * Games, and about how many bytes, that are asked for at once. Two requests are
 * on their way: with larger ones their replies fall out of the caches.
 */
const GAMES_PER_READ = 100;
const BYTES_PER_READ = 1024 * 1024;

const META_FIELDS = [
  ...CHECKED_FIELDS,
  "check",
  "token",
  "since",
  "until",
  "moving",
  "next",
] as const;

/** Reads sets and their games over one connection. */
export class RedisReader {
  #connection: RedisConnection;

  constructor(connection: RedisConnection) {
    this.#connection = connection;
  }

  /** All sets, by name; those that are damaged are told and left out. */
  async sets(
    onDamaged: (name: string, error: GameCacheError) => void,
  ): Promise<SetStats[]> {
    const names = replyArray(await this.#connection.send("SMEMBERS", NAMES_KEY))
      .map((name) => replyText(name) ?? "").sort();
    if (names.length === 0) return [];
    const [time, sets] = await all([
      this.#connection.send("TIME"),
      all(names.map((name) => this.#findSound(name, onDamaged))),
    ]);
    const [seconds, microseconds] = replyArray(time).map(replyText);
    const now = Number(seconds) * 1000 + Number(microseconds) / 1000;
    return sets.filter((set) => set !== undefined).map(({ lock, ...set }) =>
      lock !== undefined && lock.until > now ? { ...set, lock } : set
    );
  }

  async #findSound(
    name: string,
    onDamaged: (name: string, error: GameCacheError) => void,
  ): Promise<SetStats | undefined> {
    try {
      return await this.find(name);
    } catch (error) {
      if (!(error instanceof GameCacheError) || error.fault !== "damaged") {
        throw error;
      }
      onDamaged(name, error);
      return undefined;
    }
  }

  /** What a set's hash tells; `undefined` where there is no such set. */
  async find(name: string): Promise<SetStats | undefined> {
    const key = metaKey(name);
    const reply = replyArray(
      await this.#read(name, "HMGET", key, ...META_FIELDS),
    );
    const field = (name: typeof META_FIELDS[number]) =>
      replyText(reply[META_FIELDS.indexOf(name)]) ?? "";
    if (field("generation") === "") return undefined;
    const check = createHash("sha1");
    for (const name of CHECKED_FIELDS) check.update(field(name) + "\n");
    if (check.digest("hex") !== field("check")) {
      throw damagedError(this.#connection.act("read", name), key);
    }
    return {
      name,
      filter: JSON.parse(field("filter")),
      source: JSON.parse(field("source")),
      maxGameLength: Number(field("maxGameLength")),
      ...(field("maxGames") === ""
        ? {}
        : { maxGames: Number(field("maxGames")) }),
      ...(field("compact") === "" ? {} : { compact: true }),
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
      ...(field("moving") + field("next") === "" ? {} : { isUntidy: true }),
      textBytes: Number(field("textBytes")),
    };
  }

  /** Reads games in order, each checked against its sum. */
  async *games(
    set: SetInfo,
    first: number,
    end: number,
    signal?: AbortSignal,
  ): AsyncGenerator<Uint8Array[]> {
    const requests = this.#requests(set, first, end);
    let request = await orAborted(requests.next(), signal);
    while (!request.done) {
      const { start, sums, offset, reply } = request.value;
      // The next games are asked for before these are waited for.
      const ahead = requests.next();
      ahead.catch(() => {});
      const games = await orAborted(reply, signal);
      const bad = await this.#repair(set, start, games, sums, offset);
      const good = bad === undefined ? games : games.slice(0, bad);
      if (good.length > 0) yield good as Uint8Array[];
      signal?.throwIfAborted();
      if (bad !== undefined) throw await this.#badGame(set, start + bad);
      request = await orAborted(ahead, signal);
    }
  }

  /** Bytes of the texts of games, as their sums tell. */
  async bytesBetween(
    set: Pick<SetInfo, "name" | "generation">,
    first: number,
    end: number,
  ): Promise<number> {
    let bytes = 0;
    for (let next = first; next < end;) {
      const block = this.#block(set, next, end);
      const sums = new GameSums(await block.reply);
      for (; next < block.end; next++) {
        const index = next - block.first;
        if (sums.has(index)) bytes += sums.lengthOf(index);
      }
    }
    return bytes;
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
          BYTES_PER_READ,
        );
        const keys = gameKeys(set.name, start, start + size);
        const games = this.#connection.getMany(keys, true);
        games.catch(() => {});
        yield { start, sums, offset, reply: games };
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
    // A client that gives text alone has made other bytes of these.
    if (typeof reply === "string" && reply !== "") {
      return await this.#sumsAsNumbers(name, generation, first, end);
    }
    return replyBytes(reply) ?? new Uint8Array();
  }

  async #sumsAsNumbers(
    name: string,
    generation: string,
    first: number,
    end: number,
  ): Promise<Uint8Array> {
    const fields: string[] = [];
    for (let i = 0; i < (end - first) * SUM_BYTES / 4; i++) {
      fields.push("GET", "u32", `#${first % GAMES_PER_BLOCK * 2 + i}`);
    }
    const key = sumsKey(name, generation, first);
    const numbers = replyArray(
      await this.#read(name, "BITFIELD_RO", key, ...fields),
    );
    const view = new DataView(new ArrayBuffer(numbers.length * 4));
    // Redis reads them with the highest byte first; they have it last.
    numbers.forEach((number, i) => view.setUint32(i * 4, Number(number)));
    return new Uint8Array(view.buffer);
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
      const act = this.#connection.act("read", name);
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
    if (bad.length === 0) return undefined;
    const keys = bad.map((i) => gameKey(name, start + i));
    const [next, own, bytes] = await all([
      this.#connection.getMany(keys.map(nextKey)),
      this.#connection.getMany(keys),
      this.#sums(name, generation, start, start + games.length),
    ]);
    const sumsAgain = new GameSums(bytes);
    for (const [n, i] of bad.entries()) {
      const game = [next[n], own[n]].find((game) =>
        sumsAgain.matches(i, game ?? null)
      );
      if (game === undefined || game === null) return i;
      games[i] = game;
    }
    return undefined;
  }

  /** Tells why a game is not the one that was stored. */
  async #badGame(set: SetInfo, index: number): Promise<GameCacheError> {
    const { name, generation } = set;
    const act = this.#connection.act("read", name);
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
}

/** Games that were asked for, with their sums from `offset` on. */
interface GamesRequest {
  readonly start: number;
  readonly sums: GameSums;
  readonly offset: number;
  readonly reply: Promise<(Uint8Array | null)[]>;
}
