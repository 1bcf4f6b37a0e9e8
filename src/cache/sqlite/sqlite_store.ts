// Keeps sets in an SQLite file: the driver of `SqliteGameCache`.
import { RECORD_BYTES, RECORDS_PER_BLOCK } from "../../filter/game_record.ts";
import type { CacheStore, Generation } from "../cache_store.ts";
import { damagedError, replacedError } from "../faults.ts";
import { GameCacheError } from "../game_cache_error.ts";
import { isSetName, type SetInfo } from "../game_set.ts";
import { parseSet, setAt } from "../parse_set.ts";
import {
  fieldsOf,
  type Row,
  SERIES_SIZE,
  type SqliteDatabase,
} from "./sqlite_database.ts";
import { SqliteFile } from "./sqlite_file.ts";
import { pause, SqliteWriter } from "./sqlite_writer.ts";

/** Milliseconds that reading may keep everything else waiting. */
const READING_TURN = 20;

/** Keeps sets in one file. */
export class SqliteStore implements CacheStore {
  readonly title: string;
  readonly lock: CacheStore["lock"];
  readonly clear: CacheStore["clear"];
  readonly #file: SqliteFile;
  #turnAt = 0;

  constructor(path: string, busyTimeout: number, lockDuration: number) {
    this.title = path;
    this.#file = new SqliteFile(path, busyTimeout);
    const writer = new SqliteWriter(this.#file, lockDuration);
    this.lock = (...args) => writer.lock(...args);
    this.clear = (...args) => writer.clear(...args);
  }

  // deno-lint-ignore require-await -- what it throws must be rejected
  async sets(onDamaged: (error: GameCacheError) => void): Promise<SetInfo[]> {
    const now = Date.now();
    return (this.#file.read((database) => this.#rows(database)) ?? []).flatMap(
      (row) => {
        try {
          return setAt(this.#setOf(row), now);
        } catch (error) {
          if (!(error instanceof GameCacheError)) throw error;
          onDamaged(error);
          return [];
        }
      },
    );
  }

  // deno-lint-ignore require-await
  async find(name: string): Promise<SetInfo | undefined> {
    const row = this.#file.read((database) =>
      this.#rows(database).find((row) => row.name === name)
    );
    return row === undefined ? undefined : this.#setOf(row);
  }

  #rows(database: SqliteDatabase): Row[] {
    const statement = database.sql(
      `SELECT *, name IN (
        SELECT substr(name, 6) FROM sets WHERE name LIKE 'next:%'
      ) AS untidy FROM sets WHERE name NOT LIKE 'next:%' ORDER BY name`,
    );
    // Whatever number is there, it is for the validation to refuse.
    statement.setReadBigInts(true);
    return statement.all();
  }

  #setOf(row: Row): SetInfo {
    const name = String(row.name);
    try {
      return parseSet(name, fieldsOf(row));
    } catch (cause) {
      const act = `Cannot read the set ${
        JSON.stringify(name)
      } in ${this.title}`;
      throw damagedError(act, name, {
        set: name,
        cause,
        problem: `is not understood (${(cause as Error).message})`,
      });
    }
  }

  async records(
    set: Generation,
    first: number,
    end: number,
  ): Promise<Uint8Array> {
    await this.#turn();
    const { database, id } = this.#series(set);
    const block = Math.floor(first / RECORDS_PER_BLOCK);
    const row = database.sql("SELECT records FROM records WHERE id = ?")
      .get(id + block);
    const records = row?.records instanceof Uint8Array
      ? row.records
      : new Uint8Array();
    const offset = first % RECORDS_PER_BLOCK * RECORD_BYTES;
    return records.subarray(offset, offset + (end - first) * RECORD_BYTES);
  }

  async games(
    set: Generation,
    games: readonly number[],
  ): Promise<(Uint8Array | null)[]> {
    await this.#turn();
    const { database, id } = this.#series(set);
    const texts = new Array<Uint8Array | null>(games.length).fill(null);
    const select = database.sql(
      "SELECT id, pgn FROM games WHERE id >= ? AND id < ?",
    );
    for (let at = 0; at < games.length;) {
      const from = at;
      const first = games[from];
      while (games[++at] === first + at - from);
      for (const row of select.all(id + first, id + first + at - from)) {
        const { pgn } = row;
        if (!(pgn instanceof Uint8Array)) continue;
        texts[from + Number(row.id) - id - first] = pgn;
      }
    }
    return texts;
  }

  async gamesAgain(
    set: Generation,
    games: readonly number[],
  ): Promise<(Uint8Array | null)[][]> {
    const texts: (Uint8Array | null)[][] = [];
    for (const game of games) texts.push(await this.games(set, [game]));
    return texts;
  }

  // deno-lint-ignore require-await
  async isCurrent({ name, generation }: Generation): Promise<boolean> {
    return this.#file.read((database) =>
      seriesOf(database, name, generation)
    ) !== undefined;
  }

  keyOf({ name }: Generation, game: number): string {
    return `${name}:${game}`;
  }

  /** Where the ids of a generation begin; throws where it is there no more. */
  #series({ name, generation }: Generation): {
    database: SqliteDatabase;
    id: number;
  } {
    const found = this.#file.read((database) => ({
      database,
      series: seriesOf(database, name, generation),
    }));
    if (found?.series === undefined) {
      throw replacedError(`Cannot read the set ${name} in ${this.title}`);
    }
    return { database: found.database, id: Number(found.series) * SERIES_SIZE };
  }

  /** Reading never waits for anything, and would keep all else waiting. */
  async #turn(): Promise<void> {
    if (performance.now() - this.#turnAt < READING_TURN) return;
    await pause();
    this.#turnAt = performance.now();
  }

  // deno-lint-ignore require-await
  async names(): Promise<string[]> {
    const rows = this.#file.read((database) => this.#rows(database)) ?? [];
    const names = rows.map(({ name }) => String(name));
    const wrong = names.filter((name) => !isSetName(name));
    if (wrong.length > 0) {
      this.#file.write((database) => {
        for (const name of wrong) {
          database.run("DELETE FROM sets WHERE name = ?", name);
        }
      });
    }
    return names.filter(isSetName);
  }

  foreignGames(): Promise<number> {
    return Promise.resolve(0);
  }

  // deno-lint-ignore require-await
  async size(): Promise<{ bytes: number }> {
    const row = this.#file.read((database) =>
      database.sql(
        "SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size",
      ).get()
    );
    return { bytes: Number(row?.bytes ?? 0) };
  }

  failed(): void {}

  // deno-lint-ignore require-await
  async close(): Promise<void> {
    this.#file.close();
  }
}

function seriesOf(database: SqliteDatabase, name: string, generation: string) {
  return database.sql(
    "SELECT series FROM sets WHERE name = ? AND generation = ?",
  )
    .get(name, generation)?.series;
}
