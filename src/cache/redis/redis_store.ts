// Keeps sets in Redis: the driver of `RedisGameCache`.
import { RECORD_BYTES, RECORDS_PER_BLOCK } from "../../filter/game_record.ts";
import type { CacheStore, Generation } from "../cache_store.ts";
import { damagedError, gameCacheError, textOf } from "../faults.ts";
import { GameCacheError } from "../game_cache_error.ts";
import { isSetName, type SetInfo } from "../game_set.ts";
import { parseSet, setAt } from "../parse_set.ts";
import { all, replyArray, replyBytes, replyText } from "./redis_commands.ts";
import type { RedisConnection } from "./redis_connection.ts";
import {
  gameKey,
  gamePattern,
  metaKey,
  NAMES_KEY,
  nextKey,
  parseGameKey,
  recordsKey,
} from "./redis_keys.ts";
import { CHECKED_FIELDS } from "./redis_scripts.ts";
import { RedisWriter } from "./redis_writer.ts";

const META_FIELDS = [
  ...CHECKED_FIELDS,
  "check",
  "token",
  "since",
  "until",
  "moving",
  "next",
  "stored",
] as const;

/** A cache has at most this many sets; a server that names more is not believed. */
const MAX_SETS = 10_000;

/** Keeps sets over one connection. */
export class RedisStore implements CacheStore {
  readonly #connection: RedisConnection;
  readonly #writer: RedisWriter;
  readonly lock: CacheStore["lock"];
  readonly clear: CacheStore["clear"];

  constructor(connection: RedisConnection, lockDuration: number) {
    this.#connection = connection;
    const writer = new RedisWriter(connection, lockDuration);
    this.#writer = writer;
    this.lock = (...args) => writer.lock(...args);
    this.clear = (...args) => writer.clear(...args);
  }

  get title(): string {
    return this.#connection.title;
  }

  async sets(onDamaged: (error: GameCacheError) => void): Promise<SetInfo[]> {
    const names = await this.#members();
    if (names.length === 0) return [];
    const sets = await all(
      names.map((name) => this.#findSound(name, onDamaged)),
    );
    const found = sets.filter((set) => set !== undefined);
    if (found.every(({ lock }) => lock === undefined)) return found;
    const [seconds] = replyArray(await this.#connection.send("TIME"));
    const now = Number(replyText(seconds)) * 1000;
    return found.map((set) => setAt(set, now));
  }

  async #findSound(
    name: string,
    onDamaged: (error: GameCacheError) => void,
  ): Promise<SetInfo | undefined> {
    try {
      if (isSetName(name)) return await this.find(name);
      throw damagedError(`Cannot read the sets in ${this.title}`, NAMES_KEY, {
        set: name,
        problem: `names ${JSON.stringify(name)}, which no set can be called`,
      });
    } catch (error) {
      if (!(error instanceof GameCacheError) || error.fault !== "damaged") {
        throw error;
      }
      onDamaged(error);
      return undefined;
    }
  }

  async find(name: string): Promise<SetInfo | undefined> {
    const key = metaKey(name);
    const reply = replyArray(
      await this.#read(name, name, "HMGET", key, ...META_FIELDS),
    );
    const fields = Object.fromEntries(
      META_FIELDS.map((field, i) => [field, replyText(reply[i]) ?? ""]),
    );
    if (fields.generation === "") return undefined;
    const text = CHECKED_FIELDS.map((name) => fields[name] + "\n").join("");
    try {
      if (await sha1(text) !== fields.check) throw new TypeError("check");
      return parseSet(name, fields);
    } catch (cause) {
      const problem = cause instanceof TypeError && cause.message !== "check"
        ? `is not understood (${cause.message})`
        : undefined;
      throw damagedError(
        `Cannot read the set ${name} in ${this.title}`,
        key,
        { set: name, cause, problem },
      );
    }
  }

  async records(
    { name, generation }: Generation,
    first: number,
    end: number,
  ): Promise<Uint8Array> {
    const block = Math.floor(first / RECORDS_PER_BLOCK);
    const key = recordsKey(name, generation, block);
    const offset = first % RECORDS_PER_BLOCK * RECORD_BYTES;
    const stop = offset + (end - first) * RECORD_BYTES;
    const reply = await this.#read(
      name,
      undefined,
      "GETRANGE",
      key,
      String(offset),
      String(stop - 1),
    );
    // A client that gives text alone has made other bytes of these.
    if (typeof reply !== "string" || reply === "") {
      return replyBytes(reply) ?? new Uint8Array();
    }
    const fields: string[] = [];
    for (let at = offset; at < stop; at += 4) {
      fields.push("GET", "u32", `#${at / 4}`);
    }
    const numbers = replyArray(
      await this.#read(name, undefined, "BITFIELD_RO", key, ...fields),
    );
    const view = new DataView(new ArrayBuffer(numbers.length * 4));
    numbers.forEach((number, i) => view.setUint32(i * 4, Number(number)));
    return new Uint8Array(view.buffer);
  }

  games(
    { name }: Generation,
    games: readonly number[],
  ): Promise<(Uint8Array | null)[]> {
    const keys = games.map((game) => gameKey(name, game));
    return this.#connection.getMany(keys, true);
  }

  async gamesAgain(
    { name }: Generation,
    games: readonly number[],
  ): Promise<(Uint8Array | null)[][]> {
    const keys = games.map((game) => gameKey(name, game));
    const [next, own] = await all([
      this.#connection.getMany(keys.map(nextKey)),
      this.#connection.getMany(keys),
    ]);
    return games.map((_, i) => [next[i], own[i]]);
  }

  async isCurrent({ name, generation }: Generation): Promise<boolean> {
    const key = metaKey(name);
    const now = await this.#connection.send("HGET", key, "generation");
    return replyText(now) === generation;
  }

  keyOf({ name, generation }: Generation, game: number, isRecord: boolean) {
    return isRecord
      ? recordsKey(name, generation, Math.floor(game / RECORDS_PER_BLOCK))
      : gameKey(name, game);
  }

  async names(): Promise<string[]> {
    const names = await this.#members();
    const wrong = names.filter((name) => !isSetName(name));
    if (wrong.length > 0) {
      await this.#connection.send("SREM", NAMES_KEY, ...wrong);
    }
    return names.filter(isSetName);
  }

  async foreignGames(name?: string): Promise<number> {
    const stored = new Map<string, number>();
    let foreign = 0;
    try {
      for await (const keys of this.#connection.scan(gamePattern(name))) {
        for (const key of keys) {
          const found = parseGameKey(key);
          if (found === undefined) continue;
          if (!stored.has(found.name)) {
            stored.set(found.name, await this.#writer.storedGames(found.name));
          }
          if (found.game >= stored.get(found.name)!) foreign++;
        }
      }
    } catch (error) {
      // It is only to be said, and a server may allow no scan.
      if (gameCacheError("", error).fault === "unreachable") throw error;
    }
    return foreign;
  }

  async size(): Promise<{ bytes?: number; maxBytes?: number }> {
    let infos: string[];
    try {
      infos = (await this.#connection.sendToAll("INFO", "memory"))
        .map((info) => replyText(info) ?? "");
    } catch (error) {
      // A server may not allow it, and sets can be used all the same.
      if (gameCacheError("", error).fault === "unreachable") throw error;
      return {};
    }
    const sum = (field: string) =>
      infos.reduce((sum, info) => {
        const match = new RegExp(`^${field}:(\\d+)`, "m").exec(info);
        return sum + Number(match?.[1] ?? 0);
      }, 0);
    const bytes = sum("used_memory");
    const maxBytes = sum("maxmemory");
    return {
      ...bytes > 0 ? { bytes } : {},
      ...maxBytes > 0 ? { maxBytes } : {},
    };
  }

  failed(error: unknown): void {
    this.#connection.distrust(error);
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  /** What `chess:sets` names. */
  async #members(): Promise<string[]> {
    const act = `Cannot read the sets in ${this.title}`;
    let count: number;
    try {
      count = Number(
        replyText(await this.#connection.send("SCARD", NAMES_KEY)),
      );
    } catch (cause) {
      const error = gameCacheError(act, cause);
      if (error.fault !== "damaged") throw error;
      throw damagedError(act, NAMES_KEY, { cause });
    }
    if (count > MAX_SETS) {
      throw damagedError(act, NAMES_KEY, {
        problem: `names ${count} sets, and no cache has more than ${MAX_SETS}`,
      });
    }
    const names = await this.#connection.send("SMEMBERS", NAMES_KEY);
    return replyArray(names).map((name) => replyText(name) ?? "").sort();
  }

  /** Sends a command that names its key where it holds a value of another type. */
  async #read(
    name: string,
    set: string | undefined,
    command: string,
    key: string,
    ...args: string[]
  ): Promise<unknown> {
    try {
      return await this.#connection.send(command, key, ...args);
    } catch (cause) {
      if (!textOf(cause).startsWith("WRONGTYPE")) throw cause;
      const act = `Cannot read the set ${name} in ${this.title}`;
      throw damagedError(act, key, { set, cause });
    }
  }
}

async function sha1(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  return new Uint8Array(await crypto.subtle.digest("SHA-1", bytes)).toHex();
}
