import { dirname } from "node:path";
import {
  DatabaseSync,
  type SQLInputValue,
  type SQLOutputValue,
  type StatementSync,
} from "node:sqlite";
import type { SetInfo, SetStats } from "./game_cache.ts";

/** A set has room for so many games: game `i` has the id `series * 2³² + i`. */
export const SERIES_SIZE = 2 ** 32;

/** Marks an SQLite file as ours: "game" in ASCII. */
const APPLICATION_ID = 0x67616d65;

const SCHEMA = `
CREATE TABLE IF NOT EXISTS sets (
  name TEXT PRIMARY KEY,
  series INTEGER NOT NULL UNIQUE,
  generation TEXT NOT NULL,
  count INTEGER NOT NULL,
  state TEXT NOT NULL,
  filter TEXT NOT NULL,
  source TEXT NOT NULL,
  format INTEGER NOT NULL,
  max_game_length INTEGER NOT NULL,
  max_games INTEGER,
  compact INTEGER NOT NULL DEFAULT 0,
  checkpoint TEXT NOT NULL,
  text_bytes INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  token TEXT,
  since INTEGER,
  until INTEGER
);
CREATE TABLE IF NOT EXISTS games (
  id INTEGER PRIMARY KEY,
  length INTEGER NOT NULL,
  crc INTEGER NOT NULL,
  pgn BLOB NOT NULL
);
`;

/** A row of a table. */
export type Row = Record<string, SQLOutputValue>;

/** The opened file with its prepared statements. */
export interface SqliteFile {
  readonly database: DatabaseSync;
  readonly writable: boolean;
  readonly sets: StatementSync;
  readonly set: StatementSync;
  readonly series: StatementSync;
  readonly size: StatementSync;
  readonly read: StatementSync;
  readonly bytes: StatementSync;
  readonly pages: StatementSync;
  readonly insert: StatementSync;
  readonly update: StatementSync;
  run(sql: string, ...values: SQLInputValue[]): void;
  close(): void;
}

/**
 * Opens the file at `path` to read, or also to write, and then makes it where
 * there is none. Gives `undefined` where there is nothing to read yet.
 */
export function openFile(
  path: string,
  writable: boolean,
  timeout: number,
): SqliteFile | undefined {
  const database = writable
    ? openToWrite(path, timeout)
    : openToRead(path, timeout);
  if (database === undefined) return undefined;
  const prepare = (sql: string) => database.prepare(sql);
  try {
    return {
      database,
      writable,
      sets: prepare(
        `SELECT *, name IN (
          SELECT substr(name, 6) FROM sets WHERE name LIKE 'next:%'
        ) AS untidy FROM sets WHERE name NOT LIKE 'next:%' ORDER BY name`,
      ),
      set: prepare("SELECT * FROM sets WHERE name = ?"),
      series: prepare(
        "SELECT series FROM sets WHERE name = ? AND generation = ?",
      ),
      size: prepare(`SELECT count(*) AS size FROM (
        SELECT sum(length) OVER (ORDER BY id) AS bytes
        FROM games WHERE id >= ? AND id < ?
      ) WHERE bytes <= ?`),
      read: prepare(
        "SELECT id, length, crc, pgn FROM games WHERE id >= ? AND id < ? ORDER BY id",
      ),
      bytes: prepare(
        "SELECT total(length) AS bytes FROM games WHERE id >= ? AND id < ?",
      ),
      pages: prepare(
        "SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size",
      ),
      insert: prepare("INSERT OR REPLACE INTO games VALUES (?, ?, ?, ?)"),
      update: prepare(`UPDATE sets SET
        count = ?, text_bytes = text_bytes + ?, checkpoint = ?, state = ?,
        updated_at = ?, token = ?, since = ?, until = ? WHERE name = ?`),
      run: (sql, ...values) => void prepare(sql).run(...values),
      close: () => database.close(),
    };
  } catch (error) {
    database.close();
    throw error;
  }
}

function openToRead(path: string, timeout: number): DatabaseSync | undefined {
  const options = { readOnly: true, timeout };
  let database: DatabaseSync;
  try {
    database = new DatabaseSync(path, options);
  } catch {
    if (!exists(path)) return undefined;
    // Somebody may have made it just now.
    database = new DatabaseSync(path, options);
  }
  try {
    if (isOurs(database)) return database;
    // A file that was begun and has nothing in it yet.
    database.close();
    return undefined;
  } catch (error) {
    database.close();
    throw error;
  }
}

function openToWrite(path: string, timeout: number): DatabaseSync {
  if (dirname(path) !== ".") Deno.mkdirSync(dirname(path), { recursive: true });
  const database = new DatabaseSync(path, { timeout });
  try {
    if (!isOurs(database)) {
      database.exec("PRAGMA auto_vacuum = INCREMENTAL");
      database.exec(
        `BEGIN IMMEDIATE; PRAGMA application_id = ${APPLICATION_ID}; ` +
          `${SCHEMA} COMMIT`,
      );
    } else if (!hasCompact(database)) {
      database.exec(
        "ALTER TABLE sets ADD COLUMN compact INTEGER NOT NULL DEFAULT 0",
      );
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Whether sets can be compact in this file; an older one does not know of it. */
function hasCompact(database: DatabaseSync): boolean {
  return database.prepare(
    "SELECT 1 FROM pragma_table_info('sets') WHERE name = 'compact'",
  ).get() !== undefined;
}

/** Whether the file has our tables; not if it is empty. Throws where it has others. */
function isOurs(database: DatabaseSync): boolean {
  const id = database.prepare("PRAGMA application_id").get()!.application_id;
  if (id === APPLICATION_ID) return true;
  const tables = database.prepare("SELECT count(*) AS n FROM sqlite_schema")
    .get();
  if (tables!.n === 0) return false;
  throw new Error("The file is not a database of this cache");
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Under which name a rebuild of a set stands until it is whole; no set can have it. */
export function nextName(name: string): string {
  return `next:${name}`;
}

/** A series that neither a set nor a leftover has. */
export function nextSeries(file: SqliteFile): number {
  const { series, id } = file.database.prepare(
    "SELECT (SELECT max(series) FROM sets) AS series, (SELECT max(id) FROM games) AS id",
  ).get()!;
  return Math.max(
    Number(series ?? 0),
    Math.floor(Number(id ?? 0) / SERIES_SIZE),
  ) + 1;
}

/** What a row of `sets` tells. */
export function setOf(row: Row): SetStats {
  return {
    name: String(row.name),
    filter: JSON.parse(String(row.filter)),
    source: JSON.parse(String(row.source)),
    maxGameLength: Number(row.max_game_length),
    ...(row.max_games === null ? {} : { maxGames: Number(row.max_games) }),
    ...(row.compact === 1 ? { compact: true } : {}),
    format: Number(row.format),
    generation: String(row.generation),
    count: Number(row.count),
    state: String(row.state) as SetInfo["state"],
    checkpoint: JSON.parse(String(row.checkpoint)),
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
    ...(row.token === null ? {} : {
      lock: { since: Number(row.since), until: Number(row.until) },
    }),
    ...(row.untidy === 1 ? { isUntidy: true } : {}),
    textBytes: Number(row.text_bytes),
  };
}
