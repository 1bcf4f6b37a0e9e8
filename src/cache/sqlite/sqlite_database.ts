// The database in the file of a cache: its schema, opened as far as is needed.
import { dirname } from "node:path";
import {
  DatabaseSync,
  type SQLInputValue,
  type SQLOutputValue,
  type StatementSync,
} from "node:sqlite";

/** A set has room for this many games: game `i` has the id `series * 2³² + i`. */
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
CREATE TABLE IF NOT EXISTS games (id INTEGER PRIMARY KEY, pgn BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS records (id INTEGER PRIMARY KEY, records BLOB NOT NULL);
`;

/** A row of a table. */
export type Row = Record<string, SQLOutputValue>;

/** An open database, whose statements are prepared once. */
export class SqliteDatabase {
  readonly isWritable: boolean;
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync, isWritable: boolean) {
    this.#database = database;
    this.isWritable = isWritable;
  }

  /** A statement, prepared once. */
  sql(text: string): StatementSync {
    let statement = this.#statements.get(text);
    if (statement === undefined) {
      statement = this.#database.prepare(text);
      this.#statements.set(text, statement);
    }
    return statement;
  }

  /** Runs a statement that gives no rows. */
  run(text: string, ...values: SQLInputValue[]): void {
    this.sql(text).run(...values);
  }

  /** The row of a set. */
  set(name: string): Row | undefined {
    const statement = this.sql("SELECT * FROM sets WHERE name = ?");
    // A number that is too large, which only another program writes, is no error.
    statement.setReadBigInts(true);
    const row = statement.get(name);
    return row && Object.fromEntries(
      Object.entries(row).map((
        [column, value],
      ) => [column, typeof value === "bigint" ? Number(value) : value]),
    );
  }

  /** Whether there is such a table. */
  hasTable(name: string): boolean {
    return this.sql("SELECT 1 FROM sqlite_schema WHERE name = ?").get(name) !==
      undefined;
  }

  /** Keeps what undoes a transaction in memory, or again next to the file. */
  setJournal(mode: "MEMORY" | "DELETE"): void {
    this.#database.exec(`PRAGMA journal_mode = ${mode}`);
  }

  close(): void {
    this.#database.close();
  }

  /** Does all of `steps` or, where one throws, none. */
  transaction<T>(steps: () => T): T {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      const result = steps();
      this.#database.exec("COMMIT");
      return result;
    } catch (error) {
      // A full disk may have ended the transaction already.
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }
}

/**
 * Opens the file at `path` to read, or also to write, and then makes it where
 * there is none. Gives `undefined` where there is nothing to read yet.
 */
export function openDatabase(
  path: string,
  isWritable: boolean,
  timeout: number,
): SqliteDatabase | undefined {
  const database = isWritable
    ? openToWrite(path, timeout)
    : openToRead(path, timeout);
  return database && new SqliteDatabase(database, isWritable);
}

function openToRead(path: string, timeout: number): DatabaseSync | undefined {
  const options = { readOnly: true, timeout };
  let database: DatabaseSync;
  try {
    checkKind(path);
    database = new DatabaseSync(path, options);
  } catch {
    if (!checkKind(path)) return undefined;
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
  checkKind(path);
  const database = new DatabaseSync(path, { timeout });
  try {
    if (!isOurs(database)) {
      database.exec("PRAGMA auto_vacuum = INCREMENTAL");
      database.exec(
        `BEGIN IMMEDIATE; PRAGMA application_id = ${APPLICATION_ID}; ` +
          `${SCHEMA} COMMIT`,
      );
    } else if (isOfFormat1(database)) {
      // Its sets stay, to be listed, replaced and cleared.
      const compact = hasColumn(database, "sets", "compact")
        ? ""
        : "ALTER TABLE sets ADD COLUMN compact INTEGER NOT NULL DEFAULT 0;";
      database.exec(
        `BEGIN IMMEDIATE; ALTER TABLE games RENAME TO ${OLD_GAMES}; ${compact} ` +
          `${SCHEMA} COMMIT`,
      );
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Where the games of format 1 are kept until their sets are gone. */
const OLD_GAMES = "games_1";

/** The tables that have rows of sets, each with ids of their series. */
export const SERIES_TABLES = ["games", "records", OLD_GAMES] as const;

function isOfFormat1(database: DatabaseSync): boolean {
  return hasColumn(database, "games", "crc");
}

function hasColumn(database: DatabaseSync, table: string, column: string) {
  return database.prepare(
    "SELECT 1 FROM pragma_table_info(?) WHERE name = ?",
  ).get(table, column) !== undefined;
}

/** Whether the file has our tables; not if it is empty. Throws where it has others. */
function isOurs(database: DatabaseSync): boolean {
  // In one transaction: another process may make the tables at this moment.
  database.exec("BEGIN");
  const { application_id: id } = database.prepare("PRAGMA application_id")
    .get()!;
  const { tables } = database.prepare(
    "SELECT count(*) AS tables FROM sqlite_schema",
  ).get()!;
  database.exec("COMMIT");
  if (id === APPLICATION_ID) return true;
  if (tables === 0) return false;
  throw new Error("The file is not a database of this cache");
}

/** Whether there is a file; throws where it is none that could be opened at once. */
function checkKind(path: string): boolean {
  try {
    const { isFile, isDirectory } = Deno.statSync(path);
    if (isFile || isDirectory) return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
  // A pipe would be waited for, and nothing heard meanwhile.
  throw new Error("unable to open database file: it is no regular file");
}

/** Under which name a rebuild of a set is kept until it is complete; no set can have it. */
export function nextName(name: string): string {
  return `next:${name}`;
}

/** A series that neither a set nor a leftover has. */
export function nextSeries(database: SqliteDatabase): number {
  const { last } = database.sql("SELECT max(series) AS last FROM sets").get()!;
  let series = Number(last ?? 0);
  for (const table of SERIES_TABLES) {
    if (!database.hasTable(table)) continue;
    const { id } = database.sql(`SELECT max(id) AS id FROM ${table}`).get()!;
    series = Math.max(series, Math.floor(Number(id ?? 0) / SERIES_SIZE));
  }
  return series + 1;
}

/** The fields of a set by the names that they have in every store. */
export function fieldsOf(row: Row): Readonly<Record<string, string>> {
  const text = (column: string) => String(row[column] ?? "");
  return {
    generation: text("generation"),
    count: text("count"),
    state: text("state"),
    filter: text("filter"),
    source: text("source"),
    format: text("format"),
    maxGameLength: text("max_game_length"),
    maxGames: text("max_games"),
    compact: text("compact"),
    checkpoint: text("checkpoint"),
    textBytes: text("text_bytes"),
    createdAt: text("created_at"),
    updatedAt: text("updated_at"),
    token: text("token"),
    since: text("since"),
    until: text("until"),
    next: row.untidy ? "1" : "",
  };
}
