// Sends commands over a Redis client of any kind, and reads its replies.
import { Buffer } from "node:buffer";
import { GameCacheError } from "../game_cache_error.ts";

/**
 * What is needed of a Redis client: `sendCommand`, either of one array, as
 * node-redis has it, or of a command and its arguments, as `jsr:@db/redis` has
 * it.
 *
 * See {@linkcode RedisGameCache}.
 */
export interface RedisCommands {
  /** Sends one command and gives the server's reply. */
  sendCommand(...args: never[]): Promise<unknown>;
}

/** Sends a command's arguments; one that only reads may go to a replica. */
export type Send = (
  args: (string | Uint8Array)[],
  mayBeOld?: boolean,
) => Promise<unknown>;

/** Asks node-redis for bytes where a reply is a bulk string, `$` on its way. */
export const AS_BYTES = { typeMapping: { 36: Buffer } };

const ADVICE = "Use a client of npm:redis (createClient) or jsr:@db/redis, a " +
  "URL, or an object whose sendCommand takes one array of a command and its " +
  "arguments and returns a promise of the reply";

/**
 * Throws a TypeError where a client is known to take commands in another way.
 */
export function checkClient(client: unknown): asserts client is RedisCommands {
  const has = (name: string) =>
    typeof (client as Record<string, unknown>)[name] === "function";
  if (client === null || typeof client !== "object" || !has("sendCommand")) {
    throw new TypeError(
      `Cannot use the client as it has no sendCommand. ${ADVICE}`,
    );
  }
  const kind = has("defineCommand") && "status" in client
    ? "of ioredis or iovalkey"
    : has("nodeClient") || "masters" in client
    ? "of a cluster (for one, give its URL as redis+cluster:)"
    : has("getMasterNode") || has("acquire")
    ? "of a sentinel"
    : has("multi") && !("isOpen" in client) && !("isConnected" in client)
    ? "with callbacks, as legacy() makes it"
    : undefined;
  if (kind === undefined) return;
  throw new TypeError(`Cannot use the client as it is one ${kind}. ${ADVICE}`);
}

/** How a client wants its commands, and how it is asked for bytes. */
export function sendOver(client: RedisCommands): Send {
  const { sendCommand } = client as {
    sendCommand(...args: unknown[]): Promise<unknown>;
  };
  const isSpread = "isConnected" in client && !("isOpen" in client);
  return ([command, ...args]) => {
    const reply = isSpread
      ? sendCommand.call(client, command, args, { returnUint8Arrays: true })
      : sendCommand.call(client, [command, ...args].map(toArgument), AS_BYTES);
    if (typeof reply?.then === "function") return reply;
    throw new GameCacheError(
      `Cannot use the client as its sendCommand returns no promise. ${ADVICE}`,
      { fault: "refused" },
    );
  };
}

/** node-redis takes strings and Buffers only. */
export function toArgument(arg: string | Uint8Array): string | Buffer {
  return typeof arg === "string"
    ? arg
    : Buffer.from(arg.buffer, arg.byteOffset, arg.byteLength);
}

/** A reply that is not one to the command: those after it cannot be trusted. */
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
