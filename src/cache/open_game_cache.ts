// Opens the cache that a URL names.
import { fileURLToPath } from "node:url";
import type { GameCache } from "./game_cache.ts";
import { RedisGameCache } from "./redis_game_cache.ts";
import { SqliteGameCache } from "./sqlite_game_cache.ts";

/**
 * Opens the cache that a URL names: `redis://host:port/database` or `rediss:`
 * for a Redis server, `redis+unix:///path/to/socket` for its socket on this
 * machine, `redis+cluster://host:port,host:port` or `rediss+cluster:` for a
 * Redis Cluster, `sqlite:path/to/file` or `sqlite:///path/to/file` for an
 * SQLite file. Nothing is connected or opened before it is used.
 *
 * @example Usage
 * ```ts
 * import { openGameCache, SqliteGameCache } from "@chess/game-cache";
 * import assert from "node:assert/strict";
 *
 * await using cache = openGameCache("sqlite:storage/games.sqlite");
 * assert(cache instanceof SqliteGameCache);
 * ```
 *
 * @param url The cache's URL.
 * @returns The cache.
 * @throws {TypeError} If it is no URL, or of another scheme.
 */
export function openGameCache(url: string | URL): GameCache {
  const text = String(url);
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(text)?.[0].toLowerCase();
  switch (scheme) {
    case "redis:":
    case "rediss:":
    case "redis+unix:":
    case "redis+cluster:":
    case "rediss+cluster:":
      return new RedisGameCache({ url });
    case "sqlite:":
      return new SqliteGameCache(pathOf(text.slice(scheme.length)));
  }
  // The rest of the URL may hold a password and is not shown.
  throw new TypeError(
    "Cannot open the cache as its URL must begin with redis:, rediss:, " +
      `redis+unix:, redis+cluster:, rediss+cluster: or sqlite:: current value ${
        scheme === undefined ? "has no scheme" : `begins with ${scheme}`
      }`,
  );
}

/** The path after `sqlite:`, as it is or after an empty host as in a `file:` URL. */
function pathOf(path: string): string {
  try {
    return path.startsWith("//")
      ? fileURLToPath(`file:${path}`)
      : decodeURIComponent(path);
  } catch {
    throw new TypeError(
      "Cannot open the cache as its URL must be sqlite:path/to/file or " +
        `sqlite:///path/to/file: current value is sqlite:${path}`,
    );
  }
}
