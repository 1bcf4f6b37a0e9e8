import { GAMES_PER_BLOCK, SUM_BYTES, sumsOf } from "./_game_sums.ts";
import {
  gameKey,
  gameKeys,
  metaKey,
  NAMES_KEY,
  partsPattern,
  setOfKey,
  sumsKey,
} from "./_redis_keys.ts";
import * as scripts from "./_redis_scripts.ts";
import {
  existsError,
  indexedError,
  lockedError,
  type LockedSet,
  NO_CHECKPOINT,
  replacedError,
  type SetCommit,
} from "./_set_writer.ts";
import { gameCacheError } from "./faults.ts";
import { CACHE_FORMAT, type SetInfo, type SetSpec } from "./game_cache.ts";
import {
  all,
  type RedisConnection,
  replyArray,
  replyText,
} from "./redis_commands.ts";

/** Games, and about how many bytes, that are sent at once. */
const GAMES_PER_WRITE = 500;
const BYTES_PER_WRITE = 1024 * 1024;

/** Keys that are removed at once, so that the server is never busy for long. */
const KEYS_PER_REMOVAL = 500;

/** Writes and removes sets over one connection, each under its lock. */
export class RedisWriter {
  #connection: RedisConnection;
  #lockDuration: number;

  constructor(connection: RedisConnection, lockDuration: number) {
    this.#connection = connection;
    this.#lockDuration = lockDuration;
  }

  /** Takes a set's lock, and where it begins anew removes what was there. */
  async lock(
    set: SetSpec,
    purpose: "new" | "replace" | "resume" | "hand",
    resume?: SetInfo,
  ): Promise<LockedSet> {
    const { name } = set;
    const maxGames = set.maxGames === undefined ? "" : String(set.maxGames);
    const act = this.#connection.act("write", name);
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

  /** Removes a set and gives the games it had. */
  async clear(name: string): Promise<number> {
    const act = this.#connection.act("clear", name);
    const lock = this.#newLock(name);
    const [, , count] = await this.#take(lock, act, "clear");
    await this.#removeGames(lock, act);
    await this.#connection.send("SREM", NAMES_KEY, name);
    await this.#eval(scripts.REMOVE, lock);
    return Number(count);
  }

  /** The names of all sets, and of those of which only leftovers are there. */
  async names(): Promise<string[]> {
    const known = await this.#connection.send("SMEMBERS", NAMES_KEY);
    const names = new Set(replyArray(known).map((name) => replyText(name)!));
    for await (const keys of this.#scan("chess:*")) {
      for (const key of keys) {
        const name = setOfKey(key);
        if (name !== undefined) names.add(name);
      }
    }
    return [...names].sort();
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
      for (let bytes = 0; i < stop && bytes < BYTES_PER_WRITE; i++) {
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
