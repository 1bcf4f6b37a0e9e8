// Moves and removes games and records of a set in Redis, while its lock is held.
import { RECORDS_PER_BLOCK } from "../../filter/game_record.ts";
import { foreignError, textOf } from "../faults.ts";
import { GameCacheError } from "../game_cache_error.ts";
import { all } from "./redis_commands.ts";
import type { RedisConnection } from "./redis_connection.ts";
import {
  gameKey,
  gamePattern,
  leftoverPattern,
  looksLikeOf,
  nextKey,
  parseGameKey,
  recordsKey,
} from "./redis_keys.ts";
import type { LockedState, RedisLock } from "./redis_lock.ts";

/** Keys that are moved or removed at once. */
const KEYS_PER_STEP = 5000;

/** After this many keys that are not there, a note that there are more is not believed. */
const MAX_ABSENT = 1_000_000;

/** Removes what writers have left. */
export class RedisCleaner {
  readonly #connection: RedisConnection;

  constructor(connection: RedisConnection) {
    this.#connection = connection;
  }

  /**
   * Moves the games of a published rebuild to their own keys, and removes what
   * is no game and no record of the set as it is: of `generation`, with `count`
   * games.
   */
  async tidy(
    lock: RedisLock,
    generation: string,
    count: number,
    { stored, next, moving, stale }: Omit<
      LockedState,
      "generation" | "count" | "isReplaced"
    >,
    onRemoved?: (games: number) => void,
  ): Promise<void> {
    if (moving !== undefined) await this.#move(lock, moving, count);
    if (stored === undefined) {
      await this.#removeByLook(lock, generation, count);
    } else {
      await this.removeGames(lock, count, stored, undefined, onRemoved);
      await this.removeGames(lock, 0, next, nextKey);
      const end = Math.max(stored, next, count);
      for (const other of stale) {
        if (other !== generation) await this.removeRecords(lock, other, end);
      }
    }
    await lock.tidied(count);
  }

  async #move(lock: RedisLock, first: number, count: number): Promise<void> {
    for (let start = first; start < count; start += KEYS_PER_STEP) {
      const end = Math.min(count, start + KEYS_PER_STEP);
      await all(
        gameKeys(lock.name, start, end).map(async (key) => {
          try {
            await this.#connection.send("RENAME", nextKey(key), key);
          } catch (error) {
            // It was moved before.
            if (!textOf(error).includes("no such key")) throw error;
          }
        }),
      );
      await lock.renew({ moving: end });
    }
  }

  /** Removes the games `first` to `end - 1` at their own keys, or at others. */
  async removeGames(
    lock: RedisLock,
    first: number,
    end: number,
    keyFor = (gameKey: string) => gameKey,
    onRemoved?: (games: number) => void,
  ): Promise<void> {
    await this.#remove(
      lock,
      first,
      end,
      (start, stop) => gameKeys(lock.name, start, stop).map(keyFor),
      onRemoved,
    );
  }

  /** Removes the records of the games `0` to `end - 1` of a generation. */
  async removeRecords(
    lock: RedisLock,
    generation: string,
    end: number,
  ): Promise<void> {
    const blocks = Math.ceil(end / RECORDS_PER_BLOCK);
    await this.#remove(lock, 0, blocks, (start, stop) =>
      Array.from(
        { length: stop - start },
        (_, i) => recordsKey(lock.name, generation, start + i),
      ));
  }

  async #remove(
    lock: RedisLock,
    first: number,
    end: number,
    keysBetween: (start: number, stop: number) => string[],
    onRemoved?: (keys: number) => void,
  ): Promise<void> {
    let absent = 0;
    for (let start = first; start < end && absent < MAX_ABSENT;) {
      const stop = Math.min(end, start + KEYS_PER_STEP);
      await lock.keep();
      const keys = keysBetween(start, stop);
      const removed = await this.#connection.unlink(keys);
      onRemoved?.(removed);
      absent = removed > 0 ? 0 : absent + keys.length;
      start = stop;
    }
  }

  /**
   * Removes all that looks like a game or record of the set and is none: only
   * for a set that is ours, and of which no note says what is.
   */
  async #removeByLook(
    lock: RedisLock,
    generation: string,
    count: number,
  ): Promise<void> {
    const { name } = lock;
    for await (const keys of this.#connection.scan(leftoverPattern(name))) {
      await lock.keep();
      await this.#connection.unlink(keys.filter((key) => {
        const found = parseGameKey(key);
        if (found !== undefined) {
          return found.name === name && found.game >= count;
        }
        return looksLikeOf(name, key) &&
          (generation === "" || !key.includes(`:${name}:${generation}:`));
      }));
    }
  }

  /**
   * Removes what another program has stored from the game `first` on, as the
   * user has said; gives whether it may be looked for that.
   */
  async removeForeign(lock: RedisLock, first: number): Promise<boolean> {
    return await this.#scanIfAllowed(lock, async (keys) => {
      await lock.keep();
      await this.#connection.unlink(keys);
    }, first);
  }

  /**
   * Throws where another program has stored games under the name of a set that
   * is not there; gives whether it may be looked for that.
   */
  async checkForeign(lock: RedisLock): Promise<boolean> {
    return await this.#scanIfAllowed(lock, ([key]) => {
      if (key !== undefined) throw foreignError(lock.act, lock.name, key);
    });
  }

  /** Throws where another program has stored one of the games `first` to `end - 1`. */
  async checkAbsent(
    lock: RedisLock,
    first: number,
    end: number,
  ): Promise<void> {
    const keys = gameKeys(lock.name, first, end);
    if (await this.#connection.exist(keys) === 0) return;
    // They may be of the writer that has taken the lock meanwhile.
    await lock.renew();
    for (const key of keys) {
      if (await this.#connection.exist([key]) > 0) {
        throw foreignError(lock.act, lock.name, key);
      }
    }
  }

  /** Gives all that looks like a game of the set, from the game `first` on. */
  async #scanIfAllowed(
    { name }: RedisLock,
    take: (keys: string[]) => Promise<void> | void,
    first = 0,
  ): Promise<boolean> {
    try {
      for await (const keys of this.#connection.scan(gamePattern(name))) {
        await take(keys.filter((key) => {
          const found = parseGameKey(key);
          return found?.name === name && found.game >= first;
        }));
      }
      return true;
    } catch (error) {
      // What is in the way of a game is found before it is stored, then.
      if (isForbidden(error)) return false;
      throw error;
    }
  }
}

function gameKeys(name: string, first: number, end: number): string[] {
  const keys: string[] = [];
  for (let game = first; game < end; game++) keys.push(gameKey(name, game));
  return keys;
}

/** Whether a server does not know or allow a command, so that it has to be done without. */
export function isForbidden(error: unknown): boolean {
  return !(error instanceof GameCacheError) &&
    /NOPERM|unknown command|not allowed|disabled|unsupported/i.test(
      textOf(error),
    );
}
