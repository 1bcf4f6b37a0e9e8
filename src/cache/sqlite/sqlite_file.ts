// The file of a cache, opened when it is first used, and as far as is needed.
import { isGranted } from "../../is_granted.ts";
import { isInterruptedWrite } from "../faults.ts";
import { openDatabase, type SqliteDatabase } from "./sqlite_database.ts";

/** A file that may not be there yet. */
export class SqliteFile {
  readonly path: string;
  readonly #timeout: number;
  #database: SqliteDatabase | undefined;
  #closed = false;

  constructor(path: string, timeout: number) {
    this.path = path;
    this.#timeout = timeout;
  }

  /** Reads; `undefined` where there is no file. */
  read<T>(step: (database: SqliteDatabase) => T): T | undefined {
    const attempt = () => {
      const database = this.#open(false);
      return database && step(database);
    };
    try {
      return attempt();
    } catch (error) {
      // What a writer that died has left must be undone by one who may write.
      const permission = { name: "write", path: this.path } as const;
      if (!isInterruptedWrite(error) || !isGranted(permission)) throw error;
      this.#open(true);
      return attempt();
    }
  }

  /** Does all of `steps` or, where one throws, none; makes the file where there is none. */
  write<T>(steps: (database: SqliteDatabase) => T): T {
    const database = this.#open(true);
    return database.transaction(() => steps(database));
  }

  /**
   * Does steps for which the disk has no room: what undoes a transaction is kept
   * in memory meanwhile, and lost if the process ends in the middle of one.
   */
  async onFullDisk<T>(steps: () => Promise<T>): Promise<T> {
    const database = this.#open(true);
    database.setJournal("MEMORY");
    try {
      return await steps();
    } finally {
      database.setJournal("DELETE");
    }
  }

  /** Shortens the file by the pages that are free. */
  shorten(): void {
    // Each step frees one page, so all of them are asked for.
    this.#open(true).sql("PRAGMA incremental_vacuum").all();
  }

  close(): void {
    this.#closed = true;
    this.#database?.close();
    this.#database = undefined;
  }

  #open(isWritable: true): SqliteDatabase;
  #open(isWritable: boolean): SqliteDatabase | undefined;
  #open(isWritable: boolean): SqliteDatabase | undefined {
    if (this.#closed) throw new Error("The cache is closed");
    if (this.#database?.isWritable || this.#database && !isWritable) {
      return this.#database;
    }
    this.#database?.close();
    this.#database = undefined;
    return this.#database = openDatabase(this.path, isWritable, this.#timeout);
  }
}
