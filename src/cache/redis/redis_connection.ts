// One connection to Redis: made at the first command, and again after it broke.
import { gameCacheError, textOf } from "../faults.ts";
import { connect, type ConnectOptions, type Link } from "./connect.ts";
import {
  all,
  type RedisCommands,
  replyArray,
  replyBytes,
  replyText,
  type Send,
  sendOver,
  UnexpectedReplyError,
} from "./redis_commands.ts";
import type { RedisAddress } from "./redis_url.ts";
import { Replies } from "./replies.ts";

/** Keys, and about how many bytes, that are sent at once. */
const KEYS_PER_COMMAND = 500;
const BYTES_PER_WRITE = 1024 * 1024;

/** No server has keys for more rounds than these. */
const MAX_SCANS = 1_000_000;

/** How often it is tried whether a node has another in its place, in milliseconds. */
const FAILOVER_POLL = 100;

/** Commands that change nothing, and can be sent twice. */
const READING_COMMANDS: ReadonlySet<string> = new Set([
  "BITFIELD_RO",
  "EXISTS",
  "GET",
  "GETRANGE",
  "HGET",
  "HMGET",
  "SCARD",
  "SISMEMBER",
  "SMEMBERS",
  "TIME",
]);

/**
 * Commands to one Redis server or cluster: over a client of the caller's, or
 * over a connection of its own. It keeps the process alive only while a reply is
 * awaited.
 */
export class RedisConnection {
  /** The server in messages. */
  readonly title: string;
  readonly #address: RedisAddress | undefined;
  readonly #options: ConnectOptions;
  readonly #given: Send | undefined;
  readonly #replies: Replies;
  #link: Link | undefined;
  #connecting: Promise<Link> | undefined;
  #closed = false;

  constructor(target: RedisAddress | RedisCommands, options: ConnectOptions) {
    this.#options = options;
    // Replies that come too late would be taken for those of later commands.
    this.#replies = new Replies(
      options.commandTimeout,
      (error) => this.#drop(error),
    );
    if ("sendCommand" in target) {
      this.title = "Redis";
      this.#given = sendOver(target);
    } else {
      this.title = target.shown;
      this.#address = target;
    }
  }

  /** Sends a command. Bulk replies are bytes where the client can give them. */
  async send(...args: (string | Uint8Array)[]): Promise<unknown> {
    if (this.#isCluster) {
      return await this.#replies.next(this.#sendToCluster(args));
    }
    const send = await this.#open();
    return this.#replies.next(send(args));
  }

  /** The answers of all masters to a command that is about no key. */
  async sendToAll(...args: (string | Uint8Array)[]): Promise<unknown[]> {
    const masters = await this.#masters();
    return await all(masters.map((send) => this.#replies.next(send(args))));
  }

  /**
   * The values of keys, each bytes, or null where there is no text. With
   * `mayBeOld`, replicas may be asked.
   */
  async getMany(
    keys: readonly string[],
    mayBeOld = false,
  ): Promise<(Uint8Array | null)[]> {
    if (this.#isCluster) {
      return await all(keys.map(async (key) => {
        try {
          const get = this.#sendToCluster(["GET", key], mayBeOld);
          return replyBytes(await this.#replies.next(get));
        } catch (error) {
          if (textOf(error).startsWith("WRONGTYPE")) return null;
          throw error;
        }
      }));
    }
    const values = replyArray(await this.send("MGET", ...keys));
    if (values.length !== keys.length) {
      throw new UnexpectedReplyError(`${values.length} of ${keys.length}`);
    }
    return values.map(replyBytes);
  }

  /** Stores values. */
  async setMany(
    pairs: readonly (readonly [string, Uint8Array])[],
  ): Promise<void> {
    const replies: Promise<unknown>[] = [];
    if (this.#isCluster) {
      for (const [key, value] of pairs) {
        replies.push(this.send("SET", key, value));
      }
      await all(replies);
      return;
    }
    for (let i = 0; i < pairs.length;) {
      const command: (string | Uint8Array)[] = ["MSET"];
      const stop = Math.min(pairs.length, i + KEYS_PER_COMMAND);
      for (let bytes = 0; i < stop && bytes < BYTES_PER_WRITE; i++) {
        command.push(...pairs[i]);
        bytes += pairs[i][1].length;
      }
      replies.push(this.send(...command));
    }
    await all(replies);
  }

  /** Removes keys, without keeping the server busy for long; gives how many there were. */
  async unlink(keys: readonly string[]): Promise<number> {
    return await this.#sum("UNLINK", keys);
  }

  /** How many of the keys there are. */
  async exist(keys: readonly string[]): Promise<number> {
    return await this.#sum("EXISTS", keys);
  }

  /** All keys that a pattern matches, some of them perhaps twice. */
  async *scan(pattern: string): AsyncGenerator<string[]> {
    for (const send of await this.#masters()) {
      let cursor = "0";
      let rounds = 0;
      do {
        if (++rounds > MAX_SCANS) {
          throw new UnexpectedReplyError("a scan that never ends");
        }
        const args = ["SCAN", cursor, "MATCH", pattern, "COUNT", "1000"];
        const reply = replyArray(await this.#replies.next(send(args)));
        cursor = replyText(reply[0]) ?? "0";
        yield replyArray(reply[1]).map((key) => replyText(key) ?? "");
      } while (cursor !== "0");
    }
  }

  /** Gives up a connection over which something came that cannot be trusted. */
  distrust(error: unknown): void {
    if (error instanceof UnexpectedReplyError) this.#drop(error);
  }

  /** Ends the connection, unless it is the caller's. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#connecting?.catch(() => {});
    this.#drop(new Error("The cache is closed"));
  }

  get #isCluster(): boolean {
    return this.#address?.nodes !== undefined;
  }

  #drop(error: Error): void {
    this.#replies.fail(error);
    this.#link?.end();
  }

  async #open(): Promise<Send> {
    if (this.#closed) throw new Error("The cache is closed");
    return this.#given ?? (await this.#openLink()).send;
  }

  async #openLink(): Promise<Link> {
    if (this.#link !== undefined) return this.#link;
    this.#connecting ??= this.#connect();
    return await this.#connecting;
  }

  async #connect(): Promise<Link> {
    try {
      let isOver = false;
      const link = await connect(this.#address!, this.#options, (link) => {
        isOver = true;
        if (this.#link === link) this.#link = undefined;
      });
      if (!isOver) this.#link = link;
      return link;
    } finally {
      this.#connecting = undefined;
    }
  }

  async #masters(): Promise<Send[]> {
    const send = await this.#open();
    return await this.#link?.masters() ?? [send];
  }

  async #sum(command: string, keys: readonly string[]): Promise<number> {
    const size = this.#isCluster ? 1 : KEYS_PER_COMMAND;
    const replies: Promise<unknown>[] = [];
    for (let i = 0; i < keys.length; i += size) {
      replies.push(this.send(command, ...keys.slice(i, i + size)));
    }
    return (await all(replies)).reduce<number>(
      (sum, reply) => sum + Number(replyText(reply)),
      0,
    );
  }

  /**
   * Sends a command to the node that has its key. Where that is gone, one that
   * changes nothing is sent again, until another node has taken its place or
   * the time is over.
   */
  async #sendToCluster(
    args: (string | Uint8Array)[],
    mayBeOld = false,
  ): Promise<unknown> {
    for (const start = performance.now();;) {
      try {
        return await (await this.#open())(args, mayBeOld);
      } catch (error) {
        if (
          this.#closed || !READING_COMMANDS.has(String(args[0])) ||
          gameCacheError("", error).fault !== "unreachable" ||
          performance.now() - start > this.#options.commandTimeout
        ) throw error;
        await new Promise((resolve) => setTimeout(resolve, FAILOVER_POLL));
        await this.#link?.refresh();
      }
    }
  }
}
