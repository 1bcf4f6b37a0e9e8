import { GAMES_PER_BLOCK, SUM_BYTES, sumsOf } from "./_game_sums.ts";
import {
  gameKey,
  gameKeys,
  gameOfKey,
  metaKey,
  NAMES_KEY,
  nextKey,
  partsPattern,
  setOfKey,
  sumsBlockOfKey,
  sumsKey,
} from "./_redis_keys.ts";
import * as scripts from "./_redis_scripts.ts";
import {
  existsError,
  indexedError,
  lockedError,
  type LockedSet,
  LockHolder,
  NO_CHECKPOINT,
  replacedError,
  type SetCommit,
  takeLock,
} from "./_set_writer.ts";
import { gameCacheError } from "./faults.ts";
import { CACHE_FORMAT, type SetInfo, type SetSpec } from "./game_cache.ts";
import {
  all,
  type RedisConnection,
  replyArray,
  replyText,
} from "./redis_commands.ts";

/** Games of a rebuild that are moved at once. */
const GAMES_PER_MOVE = 1000;

/** Writes and removes sets over one connection, each under its lock. */
export class RedisWriter {
  #connection: RedisConnection;
  #lockDuration: number;

  constructor(connection: RedisConnection, lockDuration: number) {
    this.#connection = connection;
    this.#lockDuration = lockDuration;
  }

  /**
   * Takes a set's lock. Where it begins anew, removes what is left of an
   * earlier one; where it is to be replaced, leaves the old one in its place
   * until the new one is whole; and finishes what a rebuild has left undone.
   */
  async lock(
    set: SetSpec,
    purpose: "new" | "replace" | "resume" | "hand",
    resume?: SetInfo,
    signal?: AbortSignal,
  ): Promise<LockedSet> {
    const { name } = set;
    const maxGames = set.maxGames === undefined ? "" : String(set.maxGames);
    const act = this.#connection.act("write", name);
    const lock = this.#newLock(name);
    const fields = {
      count: "0",
      state: purpose === "hand" ? "complete" : "unfinished",
      filter: JSON.stringify(set.filter),
      source: JSON.stringify(set.source),
      format: String(CACHE_FORMAT),
      generation: crypto.randomUUID(),
      maxGameLength: String(set.maxGameLength),
      maxGames,
      compact: set.compact ? "1" : "",
      checkpoint: JSON.stringify(NO_CHECKPOINT),
      textBytes: "0",
    };
    // A set must not be there without its name, wherever this is cut off.
    await this.#connection.send("SADD", NAMES_KEY, name);
    const reply = await this.#take(lock, act, purpose, [
      resume?.generation ?? "",
      String(resume?.count ?? 0),
      maxGames,
      ...Object.entries(fields).flat(),
    ], signal);
    switch (reply[0]) {
      case "exists":
        throw existsError(act, reply[1]);
      case "replaced":
        throw replacedError(act);
      case "indexed":
        throw indexedError(act);
    }
    const [, generation, count, moving, untidy, beside] = reply;
    const release = async () => {
      await this.#eval(scripts.RELEASE, lock);
    };
    try {
      if (generation === fields.generation) {
        await this.#removeGames(lock, act);
      } else if (untidy === "1") {
        await this.#tidy(lock, act, generation, Number(count), moving);
      }
    } catch (error) {
      await release().catch(() => {});
      throw error;
    }
    if (beside === "1") return this.#rebuild(lock, act, generation, fields);
    return {
      generation,
      count: Number(count),
      commit: (commit) =>
        this.#try(act, () => this.#commit(lock, act, generation, commit)),
      renew: () => this.#renew(lock, act),
      release,
    };
  }

  /**
   * A new generation beside the one in use. Its games wait at keys of their
   * own; one write to the meta hash then makes it the set, and its games are
   * moved to where any program looks for them.
   */
  #rebuild(
    lock: Lock,
    act: string,
    oldGeneration: string,
    fields: Readonly<Record<string, string>>,
  ): LockedSet {
    const { name } = lock;
    const { generation } = fields;
    const createdAt = String(Date.now());
    let count = 0;
    let textBytes = 0;
    let isPublished = false;
    return {
      generation,
      count,
      commit: (commit) =>
        this.#try(act, async () => {
          await this.#renew(lock, act, true);
          await this.#store(name, generation, count, commit.games, nextKey);
          count += commit.games.length;
          textBytes += commit.addedBytes;
          if (!commit.release) return;
          const reply = await this.#eval(
            scripts.PUBLISH,
            lock,
            String(this.#lockDuration),
            ...Object.entries({
              ...fields,
              createdAt,
              count: String(count),
              textBytes: String(textBytes),
              checkpoint: JSON.stringify(commit.checkpoint),
              state: commit.state,
            }).flat(),
          );
          if (answer(act, reply)[0] !== "ok") throw replacedError(act);
          isPublished = true;
          await this.#tidy(lock, act, generation, count, "0");
          await this.#eval(scripts.RELEASE, lock);
        }),
      renew: () => this.#renew(lock, act),
      release: async () => {
        try {
          if (!isPublished) await this.#drop(lock, act, oldGeneration);
        } finally {
          await this.#eval(scripts.RELEASE, lock);
        }
      },
    };
  }

  /** Removes the games and sums of a rebuild that is given up. */
  async #drop(lock: Lock, act: string, oldGeneration: string): Promise<void> {
    await this.#removeKeys(
      lock,
      act,
      (key) =>
        gameOfKey(key)?.isNext === true ||
        (sumsBlockOfKey(key)?.generation ?? oldGeneration) !== oldGeneration,
    );
    await this.#eval(scripts.TIDIED, lock);
  }

  /**
   * Moves the games of a published rebuild, from `moving` on, to their own
   * keys, and removes what is left of other generations.
   */
  async #tidy(
    lock: Lock,
    act: string,
    generation: string,
    count: number,
    moving: string,
  ): Promise<void> {
    if (moving !== "") await this.#move(lock, act, Number(moving), count);
    await this.#removeKeys(lock, act, (key) => {
      const game = gameOfKey(key);
      if (game !== undefined) return game.isNext || game.index >= count;
      return (sumsBlockOfKey(key)?.generation ?? generation) !== generation;
    });
    await this.#eval(scripts.TIDIED, lock);
  }

  async #move(
    lock: Lock,
    act: string,
    first: number,
    count: number,
  ): Promise<void> {
    for (let start = first; start < count; start += GAMES_PER_MOVE) {
      const end = Math.min(count, start + GAMES_PER_MOVE);
      const moves = gameKeys(lock.name, start, end).map((key) =>
        this.#connection.send("RENAME", nextKey(key), key)
          .catch((error) => {
            // It was moved before.
            if (!String(error).includes("no such key")) throw error;
          })
      );
      await all(moves);
      try {
        await this.#renew(lock, act, true, String(end));
      } catch (error) {
        // How far it came is a hint, and a full server takes no hints.
        if (gameCacheError(act, error).fault !== "full") throw error;
      }
    }
  }

  async #try<T>(act: string, step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (error) {
      throw gameCacheError(act, error);
    }
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
    for await (const keys of this.#connection.scan("chess:*")) {
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
    signal?: AbortSignal,
  ): Promise<string[]> {
    const duration = String(this.#lockDuration);
    return await takeLock(act, async () => {
      lock.renewedAt = Date.now();
      const reply = partsOf(
        await this.#eval(scripts.LOCK, lock, duration, purpose, ...args),
      );
      if (reply[0] !== "locked") return reply;
      const [, token, since, until, now] = reply;
      return new LockHolder(token, Number(since), Number(until), Number(now));
    }, signal);
  }

  /** Renews a lock that is not fresh, and throws where it is another's by now. */
  async #renew(
    lock: Lock,
    act: string,
    isDue = false,
    ...moving: string[]
  ): Promise<void> {
    const now = Date.now();
    const age = Math.abs(now - lock.renewedAt);
    if (!isDue && age < this.#lockDuration / 4) return;
    const duration = String(this.#lockDuration);
    const reply = await this.#eval(scripts.RENEW, lock, duration, ...moving);
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
    await this.#renew(lock, act, true);
    try {
      const { first, games } = commit;
      await this.#store(lock.name, generation, first, games, (key) => key);
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
    keyFor: (gameKey: string) => string,
  ): Promise<void> {
    const replies: Promise<unknown>[] = [
      this.#connection.setMany(
        games.map((game, i) => [keyFor(gameKey(name, first + i)), game]),
      ),
    ];
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
      await this.#connection.unlink(
        gameKeys(lock.name, start, first + games.length),
      );
    } catch {
      // They are never read, and the error that brought us here is told.
    }
  }

  /** Removes all games and sums of a set whose lock is held, leftovers too. */
  async #removeGames(lock: Lock, act: string): Promise<void> {
    await this.#removeKeys(lock, act, () => true);
  }

  /** Removes those of a set's games and sums that are not wanted. */
  async #removeKeys(
    lock: Lock,
    act: string,
    isUnwanted: (key: string) => boolean,
  ): Promise<void> {
    const pattern = partsPattern(lock.name);
    for await (const keys of this.#connection.scan(pattern)) {
      await this.#renew(lock, act);
      await this.#connection.unlink(
        keys.filter((key) => setOfKey(key) === lock.name && isUnwanted(key)),
      );
    }
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
  const parts = partsOf(reply);
  if (parts[0] !== "locked") return parts;
  throw lockedError(act, Number(parts[2]), Number(parts[3]));
}

function partsOf(reply: unknown): string[] {
  return replyArray(reply).map((part) => replyText(part) ?? "");
}
