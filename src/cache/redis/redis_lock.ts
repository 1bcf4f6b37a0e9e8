// The lock of a set in Redis: taken, renewed with notes, and given back.
import { lockedError, replacedError } from "../faults.ts";
import { MAX_GAMES } from "../game_set.ts";
import { LockHolder, takeLock } from "../set_lock.ts";
import { replyArray, replyText } from "./redis_commands.ts";
import type { RedisConnection } from "./redis_connection.ts";
import { metaKey } from "./redis_keys.ts";
import * as scripts from "./redis_scripts.ts";

/** A set as its lock was taken, and what earlier writers have noted that they may have left. */
export interface LockedState {
  readonly generation: string;
  readonly count: number;
  /** Whether it is to be replaced, and stays until then. */
  readonly isReplaced: boolean;
  /** Games at their own keys; `undefined` where no note says. */
  readonly stored: number | undefined;
  /** Games at their next keys. */
  readonly next: number;
  /** The first game that is still to be moved from there, if any is. */
  readonly moving: number | undefined;
  /** Generations of which there may be records. */
  readonly stale: readonly string[];
}

/** A lock, to be held by one writer. */
export class RedisLock {
  /** The set's name. */
  readonly name: string;
  /** What cannot be done without the lock, for messages. */
  readonly act: string;
  readonly #connection: RedisConnection;
  readonly #duration: number;
  #token = crypto.randomUUID();
  #renewedAt = 0;

  constructor(
    connection: RedisConnection,
    verb: string,
    name: string,
    duration: number,
  ) {
    this.name = name;
    this.act = `Cannot ${verb} the set ${name} in ${connection.title}`;
    this.#connection = connection;
    this.#duration = duration;
  }

  /**
   * Takes the lock, once no other writer holds it. Gives the set's state, or the
   * answer of {@linkcode scripts.LOCK} where that is another than `ok`.
   */
  async take(
    args: readonly string[],
    signal?: AbortSignal,
  ): Promise<LockedState | readonly string[]> {
    const reply = await takeLock(this.act, async () => {
      this.#renewedAt = Date.now();
      const duration = String(this.#duration);
      const reply = await this.#eval(scripts.LOCK, duration, ...args);
      if (reply[0] !== "locked") return reply;
      const [, token, since, until, now] = reply;
      return new LockHolder(token, Number(since), Number(until), Number(now));
    }, signal);
    const [answer, generation, count, replaces, stored, next, moving, stale] =
      reply;
    if (answer !== "ok") return reply;
    return {
      generation,
      count: countOf(count) ?? 0,
      isReplaced: replaces === "1",
      stored: countOf(stored),
      next: countOf(next) ?? 0,
      moving: countOf(moving),
      stale: stale.split(" ").filter((generation) => generation !== ""),
    };
  }

  /** Renews the lock if it is not fresh; throws where it is another's by now. */
  async keep(): Promise<void> {
    const age = Math.abs(Date.now() - this.#renewedAt);
    if (age >= this.#duration / 4) await this.renew();
  }

  /** Renews the lock, and writes notes; throws where it is another's by now. */
  async renew(notes: Readonly<Record<string, unknown>> = {}): Promise<void> {
    await this.write(scripts.RENEW, String(this.#duration), notes);
  }

  /** Makes sure that no command does anything any more of which it is not known whether it was done. */
  async disownLost(): Promise<void> {
    const token = crypto.randomUUID();
    await this.renew({ token });
    this.#token = token;
  }

  /** Runs a script that needs the lock; throws where that is another's by now. */
  async write(
    script: string,
    ...args: (string | Readonly<Record<string, unknown>>)[]
  ): Promise<void> {
    const now = Date.now();
    const words = args.flatMap((arg) =>
      typeof arg === "string" ? arg : Object.entries(arg).flat().map(String)
    );
    const [answer, , since, until] = await this.#eval(script, ...words);
    if (answer === "locked") {
      throw lockedError(this.act, Number(since), Number(until));
    }
    if (answer !== "ok") throw replacedError(this.act);
    this.#renewedAt = now;
  }

  /** Says that nothing but this many games is left of earlier writers. */
  async tidied(stored: number): Promise<void> {
    await this.#eval(scripts.TIDIED, String(stored));
  }

  /** Gives the lock back, if it still is ours. */
  async release(): Promise<void> {
    await this.#eval(scripts.RELEASE);
  }

  /** Removes the set's hash, if the lock still is ours. */
  async remove(): Promise<void> {
    await this.#eval(scripts.REMOVE);
  }

  /** How long it holds, as an argument of scripts. */
  get duration(): string {
    return String(this.#duration);
  }

  async #eval(script: string, ...args: string[]): Promise<string[]> {
    const key = metaKey(this.name);
    const reply = await this.#connection.send(
      "EVAL",
      script,
      "1",
      key,
      this.#token,
      ...args,
    );
    return (Array.isArray(reply) ? replyArray(reply) : [reply])
      .map((word) => replyText(word) ?? "");
  }
}

/** A number of games as a note has it. */
export function countOf(text: string | null | undefined): number | undefined {
  if (!/^\d{1,16}$/.test(text ?? "")) return undefined;
  const count = Number(text);
  return count <= MAX_GAMES ? count : undefined;
}
