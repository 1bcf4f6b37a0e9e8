// Writes and removes sets in an SQLite file, each under its lock.
import { setImmediate } from "node:timers";
import type { CacheStore, LockedSet, SetCommit } from "../cache_store.ts";
import {
  cleanUpError,
  existsError,
  formatError,
  gameCacheError,
  indexedError,
  lockedError,
  replacedError,
} from "../faults.ts";
import { CACHE_FORMAT, MAX_GAMES } from "../game_set.ts";
import { newSetFields } from "../parse_set.ts";
import { LockHolder, takeLock } from "../set_lock.ts";
import {
  nextName,
  nextSeries,
  type Row,
  SERIES_SIZE,
  SERIES_TABLES,
  type SqliteDatabase,
} from "./sqlite_database.ts";
import type { SqliteFile } from "./sqlite_file.ts";

/** Rows that are removed in one transaction; fewer where the disk has no room for their journal. */
const ROWS_PER_REMOVAL = 10_000;

/** A set that is being written, or, under another name, rebuilt. */
interface Writing {
  readonly act: string;
  readonly name: string;
  readonly rowName: string;
  readonly token: string;
  readonly series: number;
  readonly generation: string;
}

/** Writes and removes sets in one file. */
export class SqliteWriter {
  readonly #file: SqliteFile;
  readonly #lockDuration: number;

  constructor(file: SqliteFile, lockDuration: number) {
    this.#file = file;
    this.#lockDuration = lockDuration;
  }

  /** See {@linkcode CacheStore.lock}. */
  async lock(
    ...[set, purpose, { resume, signal }]: Parameters<CacheStore["lock"]>
  ): Promise<LockedSet> {
    const { name } = set;
    const act = `Cannot write the set ${name} in ${this.#file.path}`;
    const token = crypto.randomUUID();
    // deno-lint-ignore require-await
    const attempt = async () =>
      this.#file.write((database) => {
        const row = database.set(name);
        const now = Date.now();
        const holder = holderOf(row, token, now);
        if (holder !== undefined) return holder;
        let rowName = name;
        if (
          row !== undefined && row.format !== CACHE_FORMAT &&
          (purpose === "resume" || purpose === "hand")
        ) throw formatError(act, String(row.format));
        if (purpose === "resume") {
          if (
            row?.generation !== resume!.generation ||
            row.count !== resume!.count
          ) throw replacedError(act);
          const maxGames = set.maxGames ?? null;
          if (maxGames !== row.max_games) {
            database.run(
              "UPDATE sets SET max_games = ?, state = 'unfinished' WHERE name = ?",
              maxGames,
              name,
            );
          }
        } else if (row !== undefined && purpose === "new") {
          throw existsError(act, row.count);
        } else if (row !== undefined && purpose === "hand") {
          if (row.source !== "[]") throw indexedError(act);
        } else {
          if (row !== undefined) rowName = nextName(name);
          const state = purpose === "hand" ? "complete" : "unfinished";
          insertSet(database, rowName, newSetFields(set, state), now);
        }
        // The rest of an earlier rebuild belongs to nobody from now on.
        if (rowName === name) {
          database.run("DELETE FROM sets WHERE name = ?", nextName(name));
        }
        database.run(
          "UPDATE sets SET token = ?, since = ?, until = ? WHERE name = ?",
          token,
          now,
          now + this.#lockDuration,
          name,
        );
        const { series, generation, count } = database.set(rowName)!;
        return {
          rowName,
          series: Number(series),
          generation: String(generation),
          count: Number(count),
        };
      });
    const { rowName, series, generation, count } = await takeLock(
      act,
      attempt,
      signal,
    );
    const isReplaced = rowName !== name;
    try {
      if (purpose !== "hand") await this.#removeLeftovers(name, token);
    } catch (error) {
      this.#release(name, token);
      throw error;
    }
    const writing = { act, name, rowName, token, series, generation };
    return {
      generation: isReplaced ? String(generation) : generation,
      count,
      commit: async (commit) => {
        try {
          this.#commit(writing, commit);
        } catch (error) {
          throw gameCacheError(act, error);
        }
        if (isReplaced && commit.release) await this.#tidy(writing);
      },
      renew: async () => await this.#renew(writing),
      release: async () => {
        this.#release(name, token);
        if (isReplaced) await this.#removeLeftovers();
      },
    };
  }

  /** Removes what a rebuild has replaced, and gives the lock back. */
  async #tidy({ act, name, token }: Writing): Promise<void> {
    try {
      await this.#removeLeftovers(name, token);
      this.#release(name, token);
    } catch (error) {
      throw cleanUpError(act, name, error);
    }
  }

  // deno-lint-ignore require-await
  async #renew({ act, name, token }: Writing): Promise<void> {
    this.#file.write((database) => {
      if (database.set(name)?.token !== token) throw replacedError(act);
      this.#prolong(database, name);
    });
  }

  #prolong(database: SqliteDatabase, name: string): void {
    const until = Date.now() + this.#lockDuration;
    database.run("UPDATE sets SET until = ? WHERE name = ?", until, name);
  }

  #release(name: string, token: string): void {
    this.#file.write((database) => {
      if (database.set(name)?.token !== token) return;
      // A rebuild that is complete has another name by now.
      database.run("DELETE FROM sets WHERE name = ?", nextName(name));
      database.run(
        "UPDATE sets SET token = NULL, since = NULL, until = NULL WHERE name = ?",
        name,
      );
    });
  }

  /**
   * Stores games and admits them, in one transaction. The last of a rebuild's
   * puts it in the place of the old set.
   */
  #commit(writing: Writing, commit: SetCommit): void {
    const { act, name, rowName, token, series, generation } = writing;
    this.#file.write((database) => {
      const lock = database.set(name);
      const row = rowName === name ? lock : database.set(rowName);
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
      const id = series * SERIES_SIZE;
      const insert = database.sql("INSERT OR REPLACE INTO games VALUES (?, ?)");
      for (const [i, game] of commit.games.entries()) {
        insert.run(id + commit.first + i, game);
      }
      for (const [block, records] of commit.blocks) {
        database.run(
          "INSERT OR REPLACE INTO records VALUES (?, ?)",
          id + block,
          records,
        );
      }
      database.run(
        `UPDATE sets SET count = ?, text_bytes = text_bytes + ?,
          checkpoint = ?, state = ?, updated_at = ? WHERE name = ?`,
        commit.count,
        commit.addedBytes,
        JSON.stringify(commit.checkpoint),
        commit.state,
        now,
        rowName,
      );
      this.#prolong(database, name);
      if (!commit.release) return;
      if (rowName !== name) {
        database.run("DELETE FROM sets WHERE name = ?", name);
        database.run(
          "UPDATE sets SET name = ?, token = ?, since = ?, until = ? WHERE name = ?",
          name,
          token,
          lock.since,
          now + this.#lockDuration,
          rowName,
        );
      } else {
        database.run(
          "UPDATE sets SET token = NULL, since = NULL, until = NULL WHERE name = ?",
          name,
        );
      }
    });
  }

  /** See {@linkcode CacheStore.clear}. */
  async clear(
    name: string,
    onRemoved: (games: number) => void,
  ): Promise<number> {
    if (this.#file.read(() => true) === undefined) return 0;
    try {
      return await this.#clear(name, onRemoved);
    } catch (error) {
      if (gameCacheError("", error).fault !== "full") throw error;
      // Who has no room left must be able to make some.
      return await this.#file.onFullDisk(() => this.#clear(name, onRemoved));
    }
  }

  async #clear(
    name: string,
    onRemoved: (games: number) => void,
  ): Promise<number> {
    const act = `Cannot clear the set ${name} in ${this.#file.path}`;
    // deno-lint-ignore require-await
    const attempt = async () =>
      this.#file.write((database) => {
        const row = database.set(name);
        const holder = holderOf(row, "", Date.now());
        if (holder !== undefined) return holder;
        // Where there is no room to remove anything, the set stays.
        if (row !== undefined) removeRows(database, Number(row.series), 1);
        database.run("DELETE FROM sets WHERE name = ?", name);
        database.run("DELETE FROM sets WHERE name = ?", nextName(name));
        const count = Number(row?.count ?? 0);
        return count >= 0 && count <= MAX_GAMES ? count : 0;
      });
    const count = await takeLock(act, attempt);
    await this.#removeLeftovers(undefined, undefined, onRemoved);
    this.#file.shorten();
    return count;
  }

  /** Removes the rows of all series that no set has, a few at a time. */
  async #removeLeftovers(
    name?: string,
    token?: string,
    onRemoved?: (games: number) => void,
  ): Promise<void> {
    let limit = ROWS_PER_REMOVAL;
    for (const table of SERIES_TABLES) {
      for (let id: number | undefined = 0; id !== undefined;) {
        const first: number = id;
        try {
          id = this.#file.write((database) => {
            const next = removeUnowned(database, table, first, limit);
            if (token !== undefined && database.set(name!)?.token === token) {
              this.#prolong(database, name!);
            }
            return next;
          });
          if (table === "games" && id !== undefined) onRemoved?.(limit);
          // On a full disk, what is free already is room for the next journal.
          if (limit < ROWS_PER_REMOVAL) this.#file.shorten();
        } catch (error) {
          if (gameCacheError("", error).fault !== "full" || limit === 1) {
            throw error;
          }
          limit /= 10;
        }
        await pause();
      }
    }
  }
}

function insertSet(
  database: SqliteDatabase,
  name: string,
  fields: Readonly<Record<string, string>>,
  now: number,
): void {
  database.run(
    `INSERT OR REPLACE INTO sets (
      name, series, generation, count, state, filter, source, format,
      max_game_length, max_games, compact, checkpoint, text_bytes,
      created_at, updated_at
    ) VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)`,
    name,
    nextSeries(database),
    fields.generation,
    fields.state,
    fields.filter,
    fields.source,
    Number(fields.format),
    Number(fields.maxGameLength),
    fields.maxGames === "" ? null : Number(fields.maxGames),
    fields.compact === "1" ? 1 : 0,
    fields.checkpoint,
    now,
    now,
  );
}

/** Removes rows of one series; gives whether there were any. */
function removeRows(
  database: SqliteDatabase,
  series: number,
  limit: number,
): void {
  const [from, to] = [series * SERIES_SIZE, (series + 1) * SERIES_SIZE];
  for (const table of SERIES_TABLES) {
    if (database.hasTable(table)) deleteRows(database, table, from, to, limit);
  }
}

/** Removes some rows from `first` on of a series that no set has; gives where to look next. */
function removeUnowned(
  database: SqliteDatabase,
  table: string,
  first: number,
  limit: number,
): number | undefined {
  if (!database.hasTable(table)) return undefined;
  const found = database.sql(
    `SELECT id FROM ${table} WHERE id >= ? ORDER BY id LIMIT 1`,
  ).get(first)?.id;
  if (found === undefined) return undefined;
  const series = Math.floor(Number(found) / SERIES_SIZE);
  const end = (series + 1) * SERIES_SIZE;
  const owner = database.sql("SELECT 1 FROM sets WHERE series = ?").get(series);
  if (owner !== undefined) return end;
  deleteRows(database, table, Number(found), end, limit);
  return Number(found);
}

function deleteRows(
  database: SqliteDatabase,
  table: string,
  from: number,
  to: number,
  limit: number,
): void {
  database.run(
    `DELETE FROM ${table} WHERE id IN (
      SELECT id FROM ${table} WHERE id >= ? AND id < ? ORDER BY id LIMIT ?
    )`,
    from,
    to,
    limit,
  );
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
  if (!(Number(row.until) > now)) return undefined;
  const { since, until } = row;
  return new LockHolder(String(row.token), Number(since), Number(until), now);
}

/** Lets everything else that waits have its turn. */
export function pause(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
