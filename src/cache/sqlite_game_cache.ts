// The cache that needs no server: sets of games in one SQLite file.
import { fileURLToPath } from "node:url";
import { checkDuration } from "./checks.ts";
import { GameCache } from "./game_cache.ts";
import { useStore } from "./workings.ts";
import { DEFAULT_LOCK_DURATION } from "./set_lock.ts";
import { SqliteStore } from "./sqlite/sqlite_store.ts";

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
 * Reading requires `--allow-read` for the file and finds nothing where there is
 * none; writing also requires `--allow-write`, and makes the file and its folder.
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
export class SqliteGameCache extends GameCache {
  /**
   * Creates a cache, without opening its file yet.
   *
   * @param path The file's path, or its `file:` URL.
   * @param options How long to wait for others.
   * @throws {TypeError} If the path is neither, or names no file, as `:memory:`.
   * @throws {RangeError} If a duration is not positive.
   */
  constructor(path: string | URL, options: SqliteGameCacheOptions = {}) {
    super();
    const { busyTimeout = 2000, lockDuration = DEFAULT_LOCK_DURATION } =
      options;
    checkDuration("busyTimeout", busyTimeout);
    checkDuration("lockDuration", lockDuration);
    if (!(path instanceof URL) && (typeof path !== "string" || path === "")) {
      throw new TypeError("Cannot use the cache as its path is empty");
    }
    const file = path instanceof URL ? fileURLToPath(path) : path;
    // SQLite would take it for a database that nobody sees again.
    if (/^:memory:|^file:/i.test(file)) {
      throw new TypeError(
        `Cannot use the cache as its path must be that of a file: current value is ${file}`,
      );
    }
    const store = new SqliteStore(file, Math.ceil(busyTimeout), lockDuration);
    useStore(this, store, lockDuration);
  }
}
