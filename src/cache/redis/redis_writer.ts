// Writes and removes sets in Redis, each under its lock.
import type { CacheStore, LockedSet, SetCommit } from "../cache_store.ts";
import {
  cleanUpError,
  existsError,
  foreignError,
  formatError,
  gameCacheError,
  indexedError,
  replacedError,
  textOf,
} from "../faults.ts";
import { GameCacheError } from "../game_cache_error.ts";
import { newSetFields } from "../parse_set.ts";
import type { RecordBlock } from "../record_blocks.ts";
import { isForbidden, RedisCleaner } from "./redis_cleaner.ts";
import { all, replyArray, replyText } from "./redis_commands.ts";
import type { RedisConnection } from "./redis_connection.ts";
import {
  gameKey,
  metaKey,
  NAMES_KEY,
  nextKey,
  recordsKey,
} from "./redis_keys.ts";
import { countOf, type LockedState, RedisLock } from "./redis_lock.ts";
import { COMMIT, PUBLISH } from "./redis_scripts.ts";

/** Writes and removes sets over one connection. */
export class RedisWriter {
  readonly #connection: RedisConnection;
  readonly #cleaner: RedisCleaner;
  readonly #lockDuration: number;
  #hasWarned = false;

  constructor(connection: RedisConnection, lockDuration: number) {
    this.#connection = connection;
    this.#cleaner = new RedisCleaner(connection);
    this.#lockDuration = lockDuration;
  }

  /** See {@linkcode CacheStore.lock}. */
  async lock(
    ...[set, purpose, options]: Parameters<CacheStore["lock"]>
  ): Promise<LockedSet> {
    const { name } = set;
    const { resume, allowEviction = false, onWarning, signal } = options;
    const lock = this.#newLock("write", name);
    if (purpose !== "hand" && !allowEviction) {
      await this.#checkEviction(lock, onWarning);
    }
    const isOurs = await this.#isOurs(name);
    let isClear = !isOurs && (purpose === "new" || purpose === "hand") &&
      await this.#cleaner.checkForeign(lock);
    const state = purpose === "hand" ? "complete" : "unfinished";
    const fields = newSetFields(set, state);
    // A set must not be there without its name, wherever this is cut off.
    await this.#connection.send("SADD", NAMES_KEY, name);
    const taken = await lock.take([
      purpose,
      isOurs ? "1" : "0",
      resume?.generation ?? "",
      String(resume?.count ?? 0),
      fields.maxGames,
      ...Object.entries(fields).flat(),
    ], signal);
    if (!("generation" in taken)) throw await this.#refusal(lock, taken);
    const { generation, count, isReplaced } = taken;
    try {
      if (isUntidy(taken)) {
        await this.#cleaner.tidy(lock, generation, count, taken);
      }
      if (purpose === "replace" && !isReplaced) {
        isClear = await this.#cleaner.removeForeign(lock, 0);
      }
    } catch (error) {
      await lock.release().catch(() => {});
      throw error;
    }
    return isReplaced
      ? this.#rebuild(lock, taken, fields)
      : this.#append(lock, generation, count, isClear);
  }

  /** See {@linkcode CacheStore.clear}. */
  async clear(
    name: string,
    onRemoved: (games: number) => void,
  ): Promise<number> {
    const lock = this.#newLock("clear", name);
    const isOurs = await this.#isOurs(name);
    const taken = await lock.take(["clear", isOurs ? "1" : "0", "", "0", ""]);
    // Nothing is there, or it is another program's.
    if (!("generation" in taken)) return 0;
    await this.#cleaner.tidy(lock, "", 0, taken, onRemoved);
    await this.#connection.send("SREM", NAMES_KEY, name);
    await lock.remove();
    return taken.count;
  }

  /** How many games at own keys are those of a set of ours. */
  async storedGames(name: string): Promise<number> {
    const isOurs = await this.#isOurs(name);
    try {
      const key = metaKey(name);
      const reply = await this.#connection.send(
        "HMGET",
        key,
        "check",
        "stored",
      );
      const [check, stored] = replyArray(reply).map(replyText);
      return !isOurs && !check ? 0 : countOf(stored) ?? Infinity;
    } catch (error) {
      if (!textOf(error).startsWith("WRONGTYPE")) throw error;
      return isOurs ? Infinity : 0;
    }
  }

  /**
   * A writer that adds games to a set, or writes over some. `isClear` says that
   * nothing of another program is in the way.
   */
  #append(
    lock: RedisLock,
    generation: string,
    countNow: number,
    isClear: boolean,
  ): LockedSet {
    let stored = countNow;
    const commit = async (commit: SetCommit) => {
      const { first, games, blocks, countBefore, count } = commit;
      const end = first + games.length;
      if (end > stored && !isClear) {
        const start = Math.max(first, stored);
        await this.#cleaner.checkAbsent(lock, start, end);
      }
      stored = Math.max(stored, end);
      // One who has lost the lock must not write over the other's games.
      await lock.renew({ stored });
      try {
        await this.#store(lock.name, generation, first, games, blocks);
      } catch (error) {
        if (gameCacheError("", error).fault === "full") {
          // They are never read, and where this fails, too, are noted.
          const start = Math.max(countBefore, first);
          await this.#cleaner.removeGames(lock, start, end).catch(() => {});
        }
        throw error;
      }
      await lock.write(
        COMMIT,
        lock.duration,
        generation,
        String(countBefore),
        String(count),
        String(commit.addedBytes),
        JSON.stringify(commit.checkpoint),
        commit.state,
        commit.release ? "1" : "0",
      );
    };
    return {
      generation,
      count: countNow,
      commit: (step) => orError(lock, commit(step)),
      renew: () => lock.keep(),
      release: () => lock.release(),
    };
  }

  /**
   * A new generation next to the one in use. Its games wait at keys of their
   * own; one write to the meta hash then makes it the set, and its games are
   * moved to where any program looks for them.
   */
  #rebuild(
    lock: RedisLock,
    before: LockedState,
    fields: Readonly<Record<string, string>>,
  ): LockedSet {
    const { name } = lock;
    const { generation } = fields;
    const createdAt = Date.now();
    let count = 0;
    let next = 0;
    let textBytes = 0;
    /** `undefined` where that is not known. */
    let isPublished: boolean | undefined = false;

    const publish = async (fields: Record<string, unknown>) => {
      try {
        await lock.write(PUBLISH, lock.duration, fields);
      } catch (error) {
        if (gameCacheError("", error).fault !== "unreachable") throw error;
        // The connection broke, before that or after.
        isPublished = undefined;
        try {
          await lock.disownLost();
          const key = metaKey(name);
          const now = await this.#connection.send("HGET", key, "generation");
          isPublished = replyText(now) === generation;
        } catch {
          // What broke the connection says more.
        }
        if (!isPublished) throw error;
      }
      isPublished = true;
    };
    const commit = async (commit: SetCommit) => {
      const { games, blocks } = commit;
      next = count + games.length;
      await lock.renew({ next, stale: generation });
      await this.#store(name, generation, count, games, blocks, nextKey);
      count = next;
      textBytes += commit.addedBytes;
      if (!commit.release) return;
      const stored = before.stored === undefined
        ? undefined
        : Math.max(before.stored, count);
      await publish({
        ...fields,
        createdAt,
        count,
        textBytes,
        checkpoint: JSON.stringify(commit.checkpoint),
        state: commit.state,
        stale: before.generation,
        ...stored === undefined ? {} : { stored },
      });
      try {
        const stale = [before.generation];
        const notes = { stored, next: 0, moving: 0, stale };
        await this.#cleaner.tidy(lock, generation, count, notes);
        await this.#cleaner.removeForeign(lock, count);
      } catch (error) {
        throw cleanUpError(lock.act, name, error);
      }
      await lock.release();
    };

    return {
      generation,
      count,
      commit: (step) => orError(lock, commit(step)),
      renew: () => lock.keep(),
      release: async () => {
        try {
          if (isPublished !== false) return;
          await this.#cleaner.removeGames(lock, 0, next, nextKey);
          await this.#cleaner.removeRecords(lock, generation, next);
          if (before.stored !== undefined) await lock.tidied(before.stored);
        } finally {
          await lock.release();
        }
      },
    };
  }

  async #store(
    name: string,
    generation: string,
    first: number,
    games: readonly Uint8Array[],
    blocks: readonly RecordBlock[],
    keyFor = (gameKey: string) => gameKey,
  ): Promise<void> {
    const texts = games.map((game, i) =>
      [keyFor(gameKey(name, first + i)), game] as const
    );
    const records = blocks.map(([block, records]) => {
      const key = recordsKey(name, generation, block);
      return this.#connection.send("SET", key, records);
    });
    await all([this.#connection.setMany(texts), ...records]);
  }

  /** Whether `chess:sets` names the set. */
  async #isOurs(name: string): Promise<boolean> {
    const reply = await this.#connection.send("SISMEMBER", NAMES_KEY, name);
    return reply === true || replyText(reply) === "1";
  }

  /** The error of a lock that was not given. */
  async #refusal(
    { act, name }: RedisLock,
    [answer, value]: readonly string[],
  ): Promise<Error> {
    switch (answer) {
      case "exists":
        return existsError(act, value);
      case "indexed":
        return indexedError(act);
      case "format":
        return formatError(act, value);
      case "foreign":
        await this.#connection.send("SREM", NAMES_KEY, name);
        return foreignError(act, name, metaKey(name));
      default:
        return replacedError(act);
    }
  }

  /** Throws where the server may throw games away; warns where that is not known. */
  async #checkEviction(
    { act }: RedisLock,
    onWarning: ((warning: Error) => void) | undefined,
  ): Promise<void> {
    let infos: string[] = [];
    let reason = "it does not report its policy";
    try {
      const replies = await this.#connection.sendToAll("INFO", "memory");
      infos = replies.map((reply) => replyText(reply) ?? "");
    } catch (error) {
      if (!isForbidden(error)) throw error;
      reason = textOf(error);
    }
    const isKnown = infos.length > 0 &&
      infos.every((info) => info.includes("maxmemory_policy:"));
    if (!isKnown && !this.#hasWarned) {
      this.#hasWarned = true;
      onWarning?.(
        new Error(
          `Cannot check whether ${this.#connection.title} throws games away ` +
            `when its memory is full (${reason}): see that its maxmemory-policy ` +
            "is noeviction. --allow-eviction skips this check",
        ),
      );
    }
    const policy = infos.filter((info) => /^maxmemory:[1-9]/m.test(info))
      .map((info) => /^maxmemory_policy:(\S+)/m.exec(info)?.[1])
      // Keys without a time to live are in no danger from the volatile ones.
      .find((policy) => policy && !/^(?:noeviction$|volatile-)/.test(policy));
    if (policy === undefined) return;
    throw new GameCacheError(
      `${act}: the server throws games away when its memory is full ` +
        `(maxmemory-policy ${policy}), unless allowEviction says that it may`,
      { fault: "refused" },
    );
  }

  #newLock(verb: string, name: string): RedisLock {
    return new RedisLock(this.#connection, verb, name, this.#lockDuration);
  }
}

function isUntidy({ stored, next, moving, stale, count }: LockedState) {
  return stored !== count || next > 0 || moving !== undefined ||
    stale.length > 0;
}

/** Says what the error of a step means, if it fails. */
async function orError(lock: RedisLock, step: Promise<void>): Promise<void> {
  try {
    await step;
  } catch (error) {
    throw gameCacheError(lock.act, error);
  }
}
