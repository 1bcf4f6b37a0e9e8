import { setImmediate } from "node:timers";
import { fileURLToPath } from "node:url";
import { crc32 } from "node:zlib";
import type { Game } from "../game.ts";
import { gamesOfSet } from "./_games_of_set.ts";
import { checkDuration, checkGameRange, checkSetName } from "./_checks.ts";
import {
  checkSetSpec,
  damagedError,
  DEFAULT_LOCK_DURATION,
  existsError,
  handMadeGames,
  handMadeSpec,
  indexedError,
  lockedError,
  type LockedSet,
  LockHolder,
  LockKeeper,
  NO_CHECKPOINT,
  replacedError,
  type SetCommit,
  setWriterStream,
  storeByHand,
  takeLock,
  throwIt,
} from "./_set_writer.ts";
import {
  nextName,
  nextSeries,
  openFile,
  type Row,
  SERIES_SIZE,
  setOf,
  type SqliteFile,
} from "./_sqlite_file.ts";
import { gameCacheError, isInterruptedWrite } from "./faults.ts";
import {
  CACHE_FORMAT,
  type CacheStats,
  type DamagedSet,
  type GameCache,
  type ReadGamesOptions,
  type SetBatch,
  type SetInfo,
  type SetsOptions,
  type SetSpec,
  type SetStats,
  type SetWriterOptions,
} from "./game_cache.ts";
import { GameCacheError } from "./game_cache_error.ts";

/** Games, and about how many bytes, that are read at once. */
const GAMES_PER_READ = 200;
const BYTES_PER_READ = 1024 * 1024;

/** Games that are removed in one transaction. */
const GAMES_PER_REMOVAL = 10_000;

/** Milliseconds that reading may keep everything else waiting. */
const READING_TURN = 20;

/** Options of {@linkcode SqliteGameCache}. */
export interface SqliteGameCacheOptions {
  /**
   * Milliseconds to wait for another process that has the file to itself.
   *
   * @default {2000}
   */
  busyTimeout?: number;
  /**
   * Milliseconds after which the lock of a writer that died may be taken over.
   * A writer that lives renews it.
   *
   * @default {5000}
   */
  lockDuration?: number;
}

/**
 * Keeps sets of games in one SQLite file: the cache that needs no server.
 *
 * Nothing is opened before the first call. Reading requires `--allow-read` for
 * the file and finds nothing where there is none; writing also requires
 * `--allow-write`, and makes the file and its folder. The errors of its methods
 * are {@linkcode GameCacheError}s.
 *
 * @example Usage
 * ```ts
 * import { SqliteGameCache } from "@chess/game-cache";
 * import assert from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * {
 *   await using cache = new SqliteGameCache(`${folder}/games.sqlite`);
 *   await cache.storeGame("mine", 0, '[Event "?"]\n\n1. e4 e5 *');
 *   assert.equal(await cache.getTotalGames("mine"), 1);
 * }
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export class SqliteGameCache implements GameCache {
  #path: string;
  #busyTimeout: number;
  #lockDuration: number;
  #keeper: LockKeeper;
  #file: SqliteFile | undefined;
  #stored: Promise<unknown> = Promise.resolve();
  #closed = false;

  /**
   * Creates a cache, without opening its file yet.
   *
   * @param path The file's path, or its `file:` URL.
   * @param options How long to wait for others.
   * @throws {TypeError} If the path is neither.
   * @throws {RangeError} If a duration is not positive.
   */
  constructor(path: string | URL, options: SqliteGameCacheOptions = {}) {
    const { busyTimeout = 2000, lockDuration = DEFAULT_LOCK_DURATION } =
      options;
    checkDuration("busyTimeout", busyTimeout);
    checkDuration("lockDuration", lockDuration);
    if (!(path instanceof URL) && (typeof path !== "string" || path === "")) {
      throw new TypeError("Cannot use the cache as its path is empty");
    }
    this.#path = path instanceof URL ? fileURLToPath(path) : path;
    this.#busyTimeout = Math.ceil(busyTimeout);
    this.#lockDuration = lockDuration;
    this.#keeper = new LockKeeper(lockDuration);
  }

  /**
   * The sets that can be read, by name.
   *
   * @param options Who is told of a set that is damaged.
   * @returns What each of them is; none where there is no file.
   */
  async sets(options: SetsOptions = {}): Promise<SetInfo[]> {
    const { onDamaged = throwIt } = options;
    const sets = await this.#try(
      this.#act("read the sets"),
      () => this.#sets((_, error) => onDamaged(error)),
    );
    return sets.map(({ textBytes: _, ...set }) => set);
  }

  /**
   * Reads the games `first` to `end - 1` of one generation of a set, in order,
   * each checked against its sum.
   *
   * @param set The set, as {@linkcode SqliteGameCache.sets} told it.
   * @param first The first game's number.
   * @param end The number behind the last game's; at most the set's count.
   * @param options A signal to stop with.
   * @returns Batches of texts in UTF-8.
   */
  async *readGames(
    set: SetInfo,
    first: number,
    end: number,
    options: ReadGamesOptions = {},
  ): AsyncGenerator<Uint8Array[]> {
    const { signal } = options;
    const { name } = set;
    checkSetName(name);
    checkGameRange(first, end);
    signal?.throwIfAborted();
    const act = this.#act("read", name);
    const last = Math.min(end, set.count);
    let paused = performance.now();
    for (let next = first; next < last;) {
      const { games, wanted } = await this.#try(
        act,
        () => this.#readBatch(set, next, last),
      );
      if (games.length > 0) yield games;
      signal?.throwIfAborted();
      if (games.length < wanted) {
        throw await this.#try(
          act,
          () => this.#badGame(set, next + games.length),
        );
      }
      next += games.length;
      if (performance.now() - paused < READING_TURN) continue;
      // Reading never waits for anything, and would keep all else waiting.
      await pause();
      signal?.throwIfAborted();
      paused = performance.now();
    }
  }

  /** Reads as many games as make one batch, up to the first that is not as it was stored. */
  #readBatch(set: SetInfo, first: number, end: number) {
    const file = this.#open(false);
    const series = file?.series.get(set.name, set.generation)?.series;
    if (file === undefined || series === undefined) {
      throw replacedError(this.#act("read", set.name));
    }
    const id = Number(series) * SERIES_SIZE + first;
    const wanted = Math.min(GAMES_PER_READ, end - first);
    const size = file.size.get(id, id + wanted, BYTES_PER_READ)!.size;
    const stop = id + Math.min(wanted, Math.max(1, Number(size)));
    const games: Uint8Array[] = [];
    for (const row of file.read.all(id, stop)) {
      const game = row.pgn;
      if (
        row.id !== id + games.length || !(game instanceof Uint8Array) ||
        row.length !== game.length || row.crc !== crc32(game)
      ) break;
      games.push(game);
    }
    return { games, wanted: stop - id };
  }

  #badGame(set: SetInfo, index: number): GameCacheError {
    const act = this.#act("read", set.name);
    const file = this.#open(false);
    if (file?.series.get(set.name, set.generation) === undefined) {
      return replacedError(act);
    }
    return damagedError(act, `${set.name}:${index}`);
  }

  /**
   * Writes a set, see {@linkcode GameCache.writer}.
   *
   * @param set What the set is made of.
   * @param options Whether to resume a set or to replace it.
   * @returns The stream that takes its games.
   * @throws {TypeError} If the set's name cannot be one.
   * @throws {RangeError} If `maxGames` is not positive or below what is there.
   */
  writer(
    set: SetSpec,
    options: SetWriterOptions = {},
  ): WritableStream<SetBatch> {
    checkSetSpec(set, options);
    return setWriterStream(set, options, async (signal) => {
      const { resume, replace = false } = options;
      const purpose = resume ? "resume" : replace ? "replace" : "new";
      return await this.#lock(set, purpose, resume, signal);
    }, this.#keeper);
  }

  /**
   * Stores one game of a set made by hand.
   *
   * @param set The set's name; a set that does not exist is made.
   * @param index The number of the game to write over, or that behind the last.
   * @param pgn The game's text.
   * @throws {RangeError} If `index` is above the number of games.
   */
  storeGame(set: string, index: number, pgn: string): Promise<void> {
    return this.storeGames(set, index, [pgn]);
  }

  /**
   * Stores games of a set made by hand, one behind the other.
   *
   * @param set The set's name; a set that does not exist is made.
   * @param firstIndex The number of the first of them.
   * @param pgns The games' texts.
   * @throws {RangeError} If `firstIndex` is above the number of games.
   */
  async storeGames(
    set: string,
    firstIndex: number,
    pgns: string[],
  ): Promise<void> {
    const games = handMadeGames(set, firstIndex, pgns);
    // One after the other, so that calls that are not awaited keep their order.
    const stored = this.#stored.then(async () => {
      const locked = await this.#lock(handMadeSpec(set), "hand");
      await storeByHand(
        set,
        locked,
        firstIndex,
        games,
        (first, end) => this.#bytesBetween(set, first, end),
      );
    });
    this.#stored = stored.catch(() => {});
    await stored;
  }

  #bytesBetween(name: string, first: number, end: number): number {
    const file = this.#open(true);
    const id = Number(file.set.get(name)!.series) * SERIES_SIZE;
    return Number(file.bytes.get(id + first, id + end)!.bytes);
  }

  /**
   * Takes a set's lock. Where it begins anew, removes what is left of an
   * earlier one; where it is to be replaced, leaves the old one in its place
   * until the new one is whole; and removes what a rebuild has left.
   */
  async #lock(
    set: SetSpec,
    purpose: "new" | "replace" | "resume" | "hand",
    resume?: SetInfo,
    signal?: AbortSignal,
  ): Promise<LockedSet> {
    const { name } = set;
    const act = this.#act("write", name);
    const token = crypto.randomUUID();
    const attempt = () =>
      this.#try(act, () =>
        this.#transaction((file) => {
          const row = file.set.get(name);
          const now = Date.now();
          const holder = holderOf(row, token, now);
          if (holder !== undefined) return holder;
          let rowName = name;
          if (purpose === "resume") {
            if (
              row?.generation !== resume!.generation ||
              row.count !== resume!.count
            ) throw replacedError(act);
            const maxGames = set.maxGames ?? null;
            if (maxGames !== row.max_games) {
              file.run(
                "UPDATE sets SET max_games = ?, state = 'unfinished' WHERE name = ?",
                maxGames,
                name,
              );
            }
          } else if (row !== undefined && purpose === "new") {
            throw existsError(act, Number(row.count));
          } else if (row !== undefined && purpose === "hand") {
            if (row.source !== "[]") throw indexedError(act);
          } else {
            if (row !== undefined) rowName = nextName(name);
            file.run(
              `INSERT OR REPLACE INTO sets (
              name, series, generation, count, state, filter, source, format,
              max_game_length, max_games, compact, checkpoint, text_bytes,
              created_at, updated_at
            ) VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)`,
              rowName,
              nextSeries(file),
              crypto.randomUUID(),
              purpose === "hand" ? "complete" : "unfinished",
              JSON.stringify(set.filter),
              JSON.stringify(set.source),
              CACHE_FORMAT,
              set.maxGameLength,
              set.maxGames ?? null,
              set.compact ? 1 : 0,
              JSON.stringify(NO_CHECKPOINT),
              now,
              now,
            );
          }
          // The rest of an earlier rebuild belongs to nobody from now on.
          if (rowName === name) {
            file.run("DELETE FROM sets WHERE name = ?", nextName(name));
          }
          file.run(
            "UPDATE sets SET token = ?, since = ?, until = ? WHERE name = ?",
            token,
            now,
            now + this.#lockDuration,
            name,
          );
          const { series, generation, count } = file.set.get(rowName)!;
          return {
            rowName,
            series: Number(series),
            generation: String(generation),
            count: Number(count),
          };
        }));
    const { rowName, series, generation, count } = await takeLock(
      act,
      attempt,
      signal,
    );
    const release = () =>
      this.#try(act, () =>
        this.#transaction((file) => {
          if (!isHeld(file, name, token)) return;
          // A rebuild that is whole has another name by now.
          file.run("DELETE FROM sets WHERE name = ?", nextName(name));
          file.run(
            "UPDATE sets SET token = NULL, since = NULL, until = NULL WHERE name = ?",
            name,
          );
        }));
    try {
      if (purpose !== "hand") {
        await this.#try(act, () => this.#removeLeftovers(name, token));
      }
    } catch (error) {
      await release().catch(() => {});
      throw error;
    }
    const writing = { act, name, rowName, token, series, generation };
    return {
      generation,
      count,
      commit: (commit) =>
        this.#try(act, async () => {
          this.#commit(writing, commit);
          if (rowName === name || !commit.release) return;
          await this.#removeLeftovers(name, token);
          await release();
        }),
      renew: () =>
        this.#try(act, () =>
          this.#transaction((file) => {
            if (!isHeld(file, name, token)) throw replacedError(act);
            file.run(
              "UPDATE sets SET until = ? WHERE name = ?",
              Date.now() + this.#lockDuration,
              name,
            );
          })),
      release: async () => {
        await release();
        if (rowName !== name) {
          await this.#try(act, () => this.#removeLeftovers());
        }
      },
    };
  }

  /**
   * Stores games and admits them, in one transaction. The last of a rebuild's
   * puts it in the place of the old set.
   */
  #commit(writing: Writing, commit: SetCommit): void {
    const { act, name, rowName, token, series, generation } = writing;
    this.#transaction((file) => {
      const lock = file.set.get(name);
      const row = rowName === name ? lock : file.set.get(rowName);
      const now = Date.now();
      if (row?.generation !== generation) throw replacedError(act);
      // A lock that was let go by another writer is another's work, too.
      if (lock?.token !== token) {
        const holder = holderOf(lock, token, 0);
        throw holder === undefined
          ? replacedError(act)
          : lockedError(act, holder.since, holder.until);
      }
      if (row.count !== commit.countBefore) throw replacedError(act);
      const first = series * SERIES_SIZE + commit.first;
      for (const [i, game] of commit.games.entries()) {
        file.insert.run(first + i, game.length, crc32(game), game);
      }
      const held = [token, lock.since, now + this.#lockDuration];
      file.update.run(
        commit.count,
        commit.addedBytes,
        JSON.stringify(commit.checkpoint),
        commit.state,
        now,
        ...commit.release && rowName === name ? [null, null, null] : held,
        rowName,
      );
      if (rowName === name) return;
      if (commit.release) {
        file.run("DELETE FROM sets WHERE name = ?", name);
        file.run("UPDATE sets SET name = ? WHERE name = ?", name, rowName);
      } else {
        file.run(
          "UPDATE sets SET until = ? WHERE name = ?",
          now + this.#lockDuration,
          name,
        );
      }
    });
  }

  /**
   * Reads a set's games from `offset` on; none where there is no such set.
   *
   * @param set The set's name.
   * @param offset The number of the first game.
   * @param count How many games at most; all of them when omitted.
   * @returns The games, in order.
   * @throws {TypeError} If the name cannot be a set's.
   * @throws {RangeError} If `offset` or `count` is negative or no integer.
   */
  getGames(set: string, offset: number, count?: number): ReadableStream<Game> {
    return gamesOfSet(this, (name) => this.#find(name), set, offset, count);
  }

  /**
   * Whether a set has any game.
   *
   * @param set The set's name.
   * @returns Whether it has.
   */
  async hasGames(set: string): Promise<boolean> {
    return await this.getTotalGames(set) > 0;
  }

  /**
   * How many games a set has.
   *
   * @param set The set's name.
   * @returns Their number; 0 where there is no such set.
   */
  async getTotalGames(set: string): Promise<number> {
    checkSetName(set);
    return (await this.#find(set))?.count ?? 0;
  }

  /**
   * What the cache holds, and how large the file is.
   *
   * @returns Each set with the bytes of its texts, and the file's bytes.
   */
  stats(): Promise<CacheStats> {
    return this.#try(this.#act("read the stats"), () => {
      const bytes = this.#open(false)?.pages.get()?.bytes ?? 0;
      const damaged: DamagedSet[] = [];
      const sets = this.#sets((name, { key = name, message }) => {
        damaged.push({ name, key, message });
      });
      return { sets, damaged, bytes: Number(bytes) };
    });
  }

  /**
   * Removes a set.
   *
   * @param set The set's name.
   * @returns How many games it had.
   */
  async clear(set: string): Promise<number> {
    checkSetName(set);
    const act = this.#act("clear", set);
    return await this.#try(act, async () => {
      if (this.#open(false) === undefined) return 0;
      const attempt = () =>
        this.#transaction((file) => {
          const row = file.set.get(set);
          const holder = holderOf(row, "", Date.now());
          if (holder !== undefined) return holder;
          file.run("DELETE FROM sets WHERE name = ?", set);
          file.run("DELETE FROM sets WHERE name = ?", nextName(set));
          return Number(row?.count ?? 0);
        });
      const count = await takeLock(
        act,
        () => this.#try(act, attempt),
      );
      await this.#removeLeftovers();
      // Each step frees one page, so all of them are asked for.
      this.#open(true).database.prepare("PRAGMA incremental_vacuum").all();
      return count;
    });
  }

  /**
   * Removes every set.
   *
   * @returns How many games they had.
   */
  async clearAll(): Promise<number> {
    let count = 0;
    const { sets, damaged } = await this.stats();
    for (const { name } of [...sets, ...damaged]) {
      count += await this.clear(name);
    }
    return count;
  }

  /** Closes the file. */
  close(): Promise<void> {
    this.#closed = true;
    this.#keeper.close();
    return this.#try(this.#act("close the cache"), () => {
      this.#file?.close();
      this.#file = undefined;
    });
  }

  /** Closes the cache, see {@linkcode SqliteGameCache.close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #sets(
    onDamaged: (name: string, error: GameCacheError) => void,
  ): SetStats[] {
    const now = Date.now();
    return (this.#open(false)?.sets.all() ?? []).flatMap((row) => {
      try {
        const { lock, ...set } = this.#setOf(row);
        return lock !== undefined && lock.until > now ? { ...set, lock } : set;
      } catch (error) {
        if (!(error instanceof GameCacheError)) throw error;
        onDamaged(String(row.name), error);
        return [];
      }
    });
  }

  #setOf(row: Row): SetStats {
    try {
      return setOf(row);
    } catch (cause) {
      const name = String(row.name);
      throw damagedError(this.#act("read", name), name, cause);
    }
  }

  #find(name: string): Promise<SetInfo | undefined> {
    return this.#try(this.#act("read", name), () => {
      const row = this.#open(false)?.set.get(name);
      return row === undefined ? undefined : this.#setOf(row);
    });
  }

  /** Removes the games of all series that no set has, a little at a time. */
  async #removeLeftovers(name?: string, token?: string): Promise<void> {
    for (let id = 0;;) {
      const next = this.#transaction((file) => {
        const found = file.database.prepare(
          "SELECT id FROM games WHERE id >= ? ORDER BY id LIMIT 1",
        ).get(id)?.id;
        if (found === undefined) return undefined;
        const series = Math.floor(Number(found) / SERIES_SIZE);
        const end = (series + 1) * SERIES_SIZE;
        const owner = file.database.prepare(
          "SELECT name FROM sets WHERE series = ?",
        ).get(series);
        if (owner !== undefined) return end;
        file.run(
          `DELETE FROM games WHERE id IN (
            SELECT id FROM games WHERE id >= ? AND id < ? ORDER BY id LIMIT ?
          )`,
          found,
          end,
          GAMES_PER_REMOVAL,
        );
        file.run(
          "UPDATE sets SET until = ? WHERE name = ? AND token = ?",
          Date.now() + this.#lockDuration,
          name ?? null,
          token ?? null,
        );
        return Number(found);
      });
      if (next === undefined) return;
      id = next;
      await pause();
    }
  }

  /** Does all of `steps` or, where one throws, none. */
  #transaction<T>(steps: (file: SqliteFile) => T): T {
    const file = this.#open(true);
    file.database.exec("BEGIN IMMEDIATE");
    try {
      const result = steps(file);
      file.database.exec("COMMIT");
      return result;
    } catch (error) {
      // A full disk may have ended the transaction already.
      if (file.database.isTransaction) file.database.exec("ROLLBACK");
      throw error;
    }
  }

  /** The file, opened as far as needed; `undefined` where it is to be read and there is none. */
  #open(writable: true): SqliteFile;
  #open(writable: boolean): SqliteFile | undefined;
  #open(writable: boolean): SqliteFile | undefined {
    if (this.#closed) throw new Error("The cache is closed");
    if (this.#file !== undefined && (this.#file.writable || !writable)) {
      return this.#file;
    }
    this.#file?.close();
    this.#file = undefined;
    return this.#file = openFile(this.#path, writable, this.#busyTimeout);
  }

  async #try<T>(act: string, step: () => T | Promise<T>): Promise<T> {
    try {
      try {
        return await step();
      } catch (error) {
        if (!isInterruptedWrite(error)) throw error;
        const write = { name: "write", path: this.#path } as const;
        if (Deno.permissions.querySync(write).state !== "granted") throw error;
        this.#open(true);
        return await step();
      }
    } catch (error) {
      if (error instanceof RangeError) throw error;
      throw gameCacheError(act, error);
    }
  }

  #act(act: string, set?: string): string {
    return set === undefined
      ? `Cannot ${act} in ${this.#path}`
      : `Cannot ${act} the set ${set} in ${this.#path}`;
  }
}

/** A set that is being written, or, under another name, rebuilt. */
interface Writing {
  readonly act: string;
  readonly name: string;
  readonly rowName: string;
  readonly token: string;
  readonly series: number;
  readonly generation: string;
}

/** Who but `token` holds the set at the time `now`. */
function holderOf(
  row: Row | undefined,
  token: string,
  now: number,
): LockHolder | undefined {
  if (row === undefined || row.token === null || row.token === token) {
    return undefined;
  }
  if (Number(row.until) <= now) return undefined;
  const { since, until } = row;
  return new LockHolder(String(row.token), Number(since), Number(until), now);
}

function isHeld(file: SqliteFile, name: string, token: string): boolean {
  return file.set.get(name)?.token === token;
}

/** Lets everything else that waits have its turn. */
function pause(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
