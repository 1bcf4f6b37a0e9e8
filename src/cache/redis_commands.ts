import { Buffer } from "node:buffer";
import { gameCacheError } from "./faults.ts";
import {
  createClient,
  createCluster,
  RESP_TYPES,
} from "npm:@redis/client@6.3.1";

/**
 * What is needed of a Redis client: `sendCommand`, either of one array, as
 * node-redis has it, or of a command and its arguments, as `jsr:@db/redis` has
 * it.
 */
export interface RedisCommands {
  /** Sends one command and gives the server's reply. */
  sendCommand(...args: never[]): Promise<unknown>;
}

/** Where a Redis server is, and how to log in. */
export interface RedisAddress {
  /** The URL without its password, for messages. */
  readonly shown: string;
  /** Its name or address. */
  readonly host: string;
  /** Its port. */
  readonly port: number;
  /** Whether the connection is secure. */
  readonly tls: boolean;
  /** The user to log in as; the default one where there is only a password. */
  readonly username?: string;
  /** The password to log in with. */
  readonly password?: string;
  /** The number of the database. */
  readonly database: number;
  /** The path of the server's socket, where it has one of this machine. */
  readonly path?: string;
  /** Some of the nodes of a Redis Cluster, where it is one. */
  readonly nodes?: readonly { readonly host: string; readonly port: number }[];
}

/**
 * Reads the URL of a server (`redis:`, `rediss:`), of its socket on this machine
 * (`redis+unix:`), or of a Redis Cluster (`redis+cluster:`, `rediss+cluster:`).
 * Throws a TypeError that never shows the URL's password.
 */
export function parseRedisUrl(url: string | URL): RedisAddress {
  const scheme = /^[a-z+]*:/i.exec(String(url))?.[0].toLowerCase();
  if (scheme === "redis+cluster:" || scheme === "rediss+cluster:") {
    return parseClusterUrl(String(url), scheme);
  }
  if (scheme === "redis+unix:") return parseSocketUrl(parseUrl(url));
  const parsed = parseUrl(url);
  const { protocol, hostname, port, username, password, pathname } = parsed;
  if (protocol !== "redis:" && protocol !== "rediss:") {
    throw new TypeError(
      "Cannot use the URL of the cache as its scheme must be redis: or " +
        `rediss:: current value is ${protocol}`,
    );
  }
  const database = pathname.replace(/^\//, "");
  // What stands here may be the rest of a password: it is not shown.
  if (!/^\d*$/.test(database) || parsed.search + parsed.hash !== "") {
    throw new TypeError(
      "Cannot use the URL of the cache as only the number of a database may " +
        "stand behind the host: write /, ? and # in a password as %2F, %3F and %23",
    );
  }
  const host = hostname === "" ? "127.0.0.1" : hostname;
  const login = username === "" && password === ""
    ? ""
    : `${username}${password === "" ? "" : ":***"}@`;
  const path = database === "" ? "" : `/${database}`;
  return {
    shown: `${protocol}//${login}${host}:${port || 6379}${path}`,
    host: host.replace(/^\[(.*)\]$/, "$1"),
    port: Number(port || 6379),
    tls: protocol === "rediss:",
    username: decode(username) || undefined,
    password: decode(password) || undefined,
    database: Number(database),
  };
}

const CLUSTER_URL_REGEXP =
  /^[a-z+]+:\/\/(?:([^@:/]*)(?::([^@/]*))?@)?([^@/?#]+)\/?$/i;
const NODE_REGEXP = /^(\[[0-9a-f:.]+\]|[^[\]:]+)(?::(\d{1,5}))?$/i;

function parseClusterUrl(url: string, scheme: string): RedisAddress {
  const [, username = "", password = "", hosts = ""] =
    CLUSTER_URL_REGEXP.exec(url) ?? [];
  const nodes = hosts.split(",").map((node) => {
    const [, host = "", port = "6379"] = NODE_REGEXP.exec(node) ?? [];
    return { host: host.replace(/^\[(.*)\]$/, "$1"), port: Number(port) };
  });
  if (nodes.some(({ host, port }) => host === "" || port > 65535)) {
    throw new TypeError(
      `Cannot use the URL of the cache as it must be ${scheme}//host:port,host:port`,
    );
  }
  const login = username + password === ""
    ? ""
    : `${username}${password === "" ? "" : ":***"}@`;
  return {
    shown: `${scheme}//${login}${hosts}`,
    ...nodes[0],
    tls: scheme === "rediss+cluster:",
    username: decode(username) || undefined,
    password: decode(password) || undefined,
    database: 0,
    nodes,
  };
}

function parseSocketUrl(url: URL): RedisAddress {
  const { host, username, password, pathname, searchParams } = url;
  const database = searchParams.get("db") ?? "0";
  if (host !== "" || pathname.length < 2 || !/^\d+$/.test(database)) {
    throw new TypeError(
      "Cannot use the URL of the cache as it must be " +
        "redis+unix:///path/to/socket?db=0",
    );
  }
  return {
    shown: `redis+unix://${pathname}`,
    host,
    port: 0,
    tls: false,
    username: decode(username) || undefined,
    password: decode(password) || undefined,
    database: Number(database),
    path: decode(pathname),
  };
}

/** The parser's own errors quote the URL with its password, so they are not passed on. */
function parseUrl(url: string | URL): URL {
  if (url instanceof URL) return url;
  if (typeof url === "string" && URL.canParse(url)) return new URL(url);
  throw new TypeError("Cannot use the URL of the cache as it is no URL");
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new TypeError(
      "Cannot use the URL of the cache as its user or password is wrongly " +
        "percent-encoded",
    );
  }
}

/** Keys, and about how many bytes, that are sent at once. */
const KEYS_PER_WRITE = 500;
const BYTES_PER_WRITE = 1024 * 1024;

/** Keys that are removed at once, so that the server is never busy for long. */
const KEYS_PER_REMOVAL = 500;

/** One argument of a command. */
export type RedisArgument = string | Uint8Array;

/** How a {@linkcode RedisConnection} waits, reads, and whom it trusts. */
export interface RedisConnectionOptions {
  /** Milliseconds until a connection must stand. */
  readonly connectTimeout: number;
  /** Milliseconds after which a server that gives no reply is gone. */
  readonly commandTimeout: number;
  /** Whether games are read from the replicas of a cluster, too. */
  readonly useReplicas?: boolean;
  /** Certificates to trust on a secure connection instead of the usual ones. */
  readonly ca?: string;
}

/** Sends a command's arguments; one that only reads may go to a replica. */
type Send = (args: RedisArgument[], mayBeOld?: boolean) => Promise<unknown>;

/**
 * Commands to one Redis server: over a client of the caller's, or over a
 * connection of its own that is made at the first command, and again at the
 * first one after it broke. It keeps the process alive only while a reply is
 * awaited.
 */
export class RedisConnection {
  #address: RedisAddress | undefined;
  #connectTimeout: number;
  #commandTimeout: number;
  #useReplicas: boolean;
  #ca: string | undefined;
  /** The masters of a cluster. */
  #masters: (() => Promise<Send[]>) | undefined;
  /** Asks a cluster anew which node has which keys. */
  #refresh: (() => Promise<void>) | undefined;
  #send: Send | undefined;
  #connecting: Promise<Send> | undefined;
  #disconnect: (() => void) | undefined;
  #replies: Replies;
  #closed = false;
  #place: string;

  constructor(
    target: RedisAddress | RedisCommands,
    options: RedisConnectionOptions,
  ) {
    this.#connectTimeout = options.connectTimeout;
    this.#commandTimeout = options.commandTimeout;
    this.#useReplicas = options.useReplicas ?? false;
    this.#ca = options.ca;
    // Replies that come too late would be taken for those of later commands.
    this.#replies = new Replies(
      options.commandTimeout,
      (error) => this.#drop(error),
    );
    if ("sendCommand" in target) {
      this.#place = "Redis";
      this.#send = sendOver(target);
    } else {
      this.#place = target.shown;
      this.#address = target;
    }
  }

  /** Says what cannot be done, for the message of an error. */
  act(act: string, set?: string): string {
    const object = set === undefined ? "" : ` the set ${set}`;
    return `Cannot ${act}${object} in ${this.#place}`;
  }

  /** Sends a command. Bulk replies are bytes where the client can give them. */
  async send(...args: RedisArgument[]): Promise<unknown> {
    if (this.#isCluster) {
      return await this.#replies.next(this.#sendToCluster(args));
    }
    const send = await this.#open();
    return this.#replies.next(send(args));
  }

  /** The answers of all servers to a command that is about no key. */
  async sendToAll(...args: RedisArgument[]): Promise<unknown[]> {
    if (!this.#isCluster) return [await this.send(...args)];
    await this.#open();
    const masters = await this.#masters!();
    return await all(masters.map((send) => this.#replies.next(send(args))));
  }

  get #isCluster(): boolean {
    return this.#address?.nodes !== undefined;
  }

  async #open(): Promise<Send> {
    if (this.#closed) throw new Error("The cache is closed");
    return this.#send ?? await (this.#connecting ??= this.#connect());
  }

  /**
   * Sends a command to the node that has its key. Where that is gone, one that
   * changes nothing is sent again, until another node has taken its place or
   * the time is over.
   */
  async #sendToCluster(
    args: RedisArgument[],
    mayBeOld = false,
  ): Promise<unknown> {
    for (const start = performance.now();;) {
      try {
        return await (await this.#open())(args, mayBeOld);
      } catch (error) {
        if (
          this.#closed || !READING_COMMANDS.has(String(args[0])) ||
          gameCacheError("", error).fault !== "unreachable" ||
          performance.now() - start > this.#commandTimeout
        ) throw error;
        await new Promise((resolve) => setTimeout(resolve, FAILOVER_POLL));
        await this.#refresh?.();
      }
    }
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
          if (String(error).includes("WRONGTYPE")) return null;
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
      const command: RedisArgument[] = ["MSET"];
      const stop = Math.min(pairs.length, i + KEYS_PER_WRITE);
      for (let bytes = 0; i < stop && bytes < BYTES_PER_WRITE; i++) {
        command.push(...pairs[i]);
        bytes += pairs[i][1].length;
      }
      replies.push(this.send(...command));
    }
    await all(replies);
  }

  /** Removes keys. */
  async unlink(keys: readonly string[]): Promise<void> {
    const replies: Promise<unknown>[] = [];
    const size = this.#isCluster ? 1 : KEYS_PER_REMOVAL;
    for (let i = 0; i < keys.length; i += size) {
      const some = keys.slice(i, i + size);
      replies.push(this.send("UNLINK", ...some));
    }
    await all(replies);
  }

  /** All keys that a pattern matches, some of them perhaps twice. */
  async *scan(pattern: string): AsyncGenerator<string[]> {
    if (!this.#isCluster) return yield* scanOver(this.send.bind(this), pattern);
    await this.#open();
    for (const send of await this.#masters!()) {
      yield* scanOver((...args) => this.#replies.next(send(args)), pattern);
    }
  }

  /** Ends the connection, unless it is the caller's. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#connecting?.catch(() => {});
    this.#drop(new Error("The cache is closed"));
  }

  /** Gives up a connection over which something came that cannot be trusted. */
  distrust(error: unknown): void {
    if (error instanceof UnexpectedReplyError) this.#drop(error);
  }

  #drop(error: Error): void {
    this.#replies.fail(error);
    this.#disconnect?.();
  }

  #options() {
    const { tls, username, password } = this.#address!;
    return {
      username,
      password,
      disableClientInfo: true,
      disableOfflineQueue: true,
      // It would read the environment.
      maintNotifications: "disabled" as const,
      socket: {
        // deno-lint-ignore no-explicit-any -- its types want a literal
        tls: tls as any,
        ca: this.#ca,
        // Ours is over sooner; this one ends a socket that never connects.
        connectTimeout: 2 * this.#connectTimeout,
        reconnectStrategy: false as const,
      },
    };
  }

  async #connect(): Promise<Send> {
    const { host, port, path, database, nodes } = this.#address!;
    if (nodes !== undefined) return await this.#connectCluster(nodes);
    const { socket, ...options } = this.#options();
    const client = createClient({
      RESP: 2,
      ...options,
      database,
      socket: path === undefined
        ? { ...socket, host, port }
        : { ...socket, path },
    });
    const disconnect = () => {
      if (this.#disconnect === disconnect) {
        this.#send = undefined;
        this.#disconnect = undefined;
      }
      client.destroy();
    };
    // Also of a reply that cannot be read: those behind it would be mistaken.
    client.on("error", disconnect);
    client.unref();
    const { promise: late, reject } = Promise.withResolvers<never>();
    const patience = new Patience(this.#connectTimeout, reject);
    patience.start();
    const connected = client.connect().then(() => greet(client));
    try {
      await Promise.race([connected, late]);
    } catch (error) {
      client.destroy();
      // It may still connect, and would stay so.
      connected.then(disconnect, () => {});
      throw error;
    } finally {
      patience.stop();
      this.#connecting = undefined;
    }
    this.#disconnect = disconnect;
    return this.#send = sendOver(client);
  }

  async #connectCluster(
    nodes: NonNullable<RedisAddress["nodes"]>,
  ): Promise<Send> {
    const { socket, ...defaults } = this.#options();
    const cluster = createCluster({
      RESP: 2,
      rootNodes: nodes.map(({ host, port }) => ({
        ...defaults,
        socket: { ...socket, host, port },
      })),
      defaults: { ...defaults, socket },
      // A node that is down is no reason to ask none of the others.
      minimizeConnections: true,
      useReplicas: this.#useReplicas,
    });
    const disconnect = () => {
      if (this.#disconnect === disconnect) {
        this.#send = undefined;
        this.#masters = undefined;
        this.#refresh = undefined;
        this.#disconnect = undefined;
      }
      if (cluster.isOpen) cluster.destroy();
    };
    // What fails for this rejects, too.
    cluster.on("error", () => {});
    cluster.on("node-error", () => {});
    cluster.on("node-disconnect", () => {
      // One that is kept would never be connected again.
      for (const node of [...cluster.masters, ...cluster.replicas]) {
        if (node.client?.isOpen === false) node.client = undefined;
      }
    });
    cluster.on("node-connect", () => {
      for (const { client } of [...cluster.masters, ...cluster.replicas]) {
        client?.unref();
      }
    });
    const { promise: late, reject } = Promise.withResolvers<never>();
    const patience = new Patience(this.#connectTimeout, reject);
    patience.start();
    const connected = cluster.connect();
    try {
      await Promise.race([connected, late]);
    } catch (error) {
      connected.then(disconnect, () => {});
      throw error;
    } finally {
      patience.stop();
      this.#connecting = undefined;
    }
    this.#disconnect = disconnect;
    this.#refresh = () => cluster._slots.rediscover().catch(disconnect);
    this.#masters = () =>
      Promise.all(cluster.masters.map(async (master) => {
        const client = await cluster.nodeClient(master);
        return sendOver(client);
      }));
    const options = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } };
    return this.#send = (args, mayBeOld = false) =>
      cluster.sendCommand(
        keyOf(args),
        mayBeOld,
        args.map(toArgument),
        options,
      );
  }
}

/** Commands that change nothing, and can be sent twice. */
const READING_COMMANDS: ReadonlySet<string> = new Set([
  "BITFIELD_RO",
  "GET",
  "GETRANGE",
  "HGET",
  "HMGET",
  "SMEMBERS",
  "TIME",
]);

/** How often it is looked whether a node has another in its place, in milliseconds. */
const FAILOVER_POLL = 100;

/** The key that a command is about. */
function keyOf([command, ...args]: RedisArgument[]): string | undefined {
  const key = command === "EVAL" ? args[2] : args[0];
  return key === undefined ? undefined : String(key);
}

/** All keys of one server that a pattern matches. */
async function* scanOver(
  send: (...args: RedisArgument[]) => Promise<unknown>,
  pattern: string,
): AsyncGenerator<string[]> {
  let cursor = "0";
  do {
    const reply = replyArray(
      await send("SCAN", cursor, "MATCH", pattern, "COUNT", "1000"),
    );
    cursor = replyText(reply[0]) ?? "0";
    yield replyArray(reply[1]).map((key) => replyText(key)!);
  } while (cursor !== "0");
}

/**
 * Hears whether the server will talk to us at all. One that asks for a password
 * closes the connection at a longer command, without a word.
 */
async function greet(client: { ping(): Promise<unknown> }): Promise<void> {
  try {
    await client.ping();
  } catch (error) {
    // A user without the right to this command may have all others.
    if (!String(error).includes("NOPERM")) throw error;
  }
}

/** Ends after some time without a sign of life, unless it is stopped. */
class Patience {
  #timer: ReturnType<typeof setInterval> | undefined;
  #tick: number;
  #ticks = 0;
  #onEnd: (error: Error) => void;

  constructor(milliseconds: number, onEnd: (error: Error) => void) {
    this.#tick = milliseconds / TICKS;
    this.#onEnd = onEnd;
  }

  /** Begins, unless it has begun. The process is kept alive meanwhile. */
  start(): void {
    // Ticks, as a clock would also count the time in which the process itself
    // was busy and heard nothing.
    this.#timer ??= setInterval(() => {
      if (++this.#ticks <= TICKS) return;
      this.stop();
      this.#onEnd(new DOMException("No answer in time", "TimeoutError"));
    }, this.#tick);
  }

  /** Begins anew after a sign of life. */
  renew(): void {
    this.#ticks = 0;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#ticks = 0;
  }
}

const TICKS = 4;

/**
 * The replies that are awaited. A server is given up when it has sent none of
 * them for some time. The socket lets the process end; waiting here does not.
 */
class Replies {
  #awaited = new Set<(error: Error) => void>();
  #patience: Patience;

  constructor(timeout: number, onTimeout: (error: Error) => void) {
    this.#patience = new Patience(timeout, onTimeout);
  }

  next(reply: Promise<unknown>): Promise<unknown> {
    return new Promise<unknown>((resolve, reject) => {
      this.#awaited.add(reject);
      this.#patience.start();
      reply.then(
        (value) => {
          this.#settle(reject);
          resolve(value);
        },
        (error) => {
          this.#settle(reject);
          reject(error);
        },
      );
    });
  }

  fail(error: Error): void {
    for (const reject of [...this.#awaited]) {
      this.#settle(reject);
      reject(error);
    }
  }

  #settle(reject: (error: Error) => void): void {
    if (!this.#awaited.delete(reject)) return;
    this.#patience.renew();
    if (this.#awaited.size === 0) this.#patience.stop();
  }
}

/** How a client wants its commands, and how it is asked for bytes. */
function sendOver(client: RedisCommands): Send {
  const { sendCommand } = client as {
    sendCommand(...args: unknown[]): Promise<unknown>;
  };
  if ("isConnected" in client && !("isOpen" in client)) {
    return ([command, ...args]) =>
      sendCommand.call(client, command, args, { returnUint8Arrays: true });
  }
  const options = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } };
  return (args) => sendCommand.call(client, args.map(toArgument), options);
}

/** node-redis takes strings and Buffers only. */
function toArgument(arg: RedisArgument): string | Buffer {
  return typeof arg === "string"
    ? arg
    : Buffer.from(arg.buffer, arg.byteOffset, arg.byteLength);
}

/** A reply that is not one to the command: those behind it cannot be trusted. */
export class UnexpectedReplyError extends TypeError {
  constructor(what: string) {
    super(`Unexpected reply of the server: ${what}`);
    this.name = "UnexpectedReplyError";
  }
}

/** A bulk reply as bytes. */
export function replyBytes(reply: unknown): Uint8Array | null {
  if (reply instanceof Uint8Array) return reply;
  if (typeof reply === "string") return new TextEncoder().encode(reply);
  if (reply === null || reply === undefined) return null;
  throw new UnexpectedReplyError(typeof reply);
}

/** A bulk, simple or number reply as text. */
export function replyText(reply: unknown): string | null {
  if (typeof reply === "number" || typeof reply === "bigint") {
    return String(reply);
  }
  if (typeof reply === "string") return reply;
  const bytes = replyBytes(reply);
  return bytes === null ? null : new TextDecoder().decode(bytes);
}

/** An array reply. */
export function replyArray(reply: unknown): unknown[] {
  if (Array.isArray(reply)) return reply;
  if (reply instanceof Set) return [...reply];
  throw new UnexpectedReplyError(typeof reply);
}

/** All results, once none is on its way any more; throws the first error. */
export async function all<T extends unknown[]>(
  promises: [...{ [K in keyof T]: Promise<T[K]> }],
): Promise<T> {
  await Promise.allSettled(promises);
  return await Promise.all(promises) as T;
}
