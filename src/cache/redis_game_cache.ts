// The cache that all nodes share: sets of games in Redis.
import { checkDuration } from "./checks.ts";
import { GameCache } from "./game_cache.ts";
import { useStore } from "./workings.ts";
import { checkClient, type RedisCommands } from "./redis/redis_commands.ts";
import { RedisConnection } from "./redis/redis_connection.ts";
import { RedisStore } from "./redis/redis_store.ts";
import { parseRedisUrl } from "./redis/redis_url.ts";
import { DEFAULT_LOCK_DURATION } from "./set_lock.ts";

/** Options of {@linkcode RedisGameCache}. */
export interface RedisGameCacheOptions {
  /**
   * The server: `redis://user:password@host:port/database`, or `rediss:` over
   * TLS; `redis+unix://user:password@/path/to/socket?db=0` for the socket of a
   * server on this machine; `redis+cluster://user:password@host:port,host:port`
   * with some of the nodes of a Redis Cluster, or `rediss+cluster:`. What it
   * leaves out is as in the default.
   *
   * @default {"redis://127.0.0.1:6379"}
   */
  url?: string | URL;
  /** A connected client to use instead of `url`. It is never closed by the cache. */
  client?: RedisCommands;
  /** Milliseconds until a connection must be made. @default {500} */
  connectTimeout?: number;
  /** Milliseconds without any reply after which the server counts as gone. @default {2000} */
  commandTimeout?: number;
  /**
   * Milliseconds after which the lock of a writer that died may be taken over.
   * A writer that lives renews it.
   *
   * @default {5000}
   */
  lockDuration?: number;
  /**
   * Read games from the replicas of a Redis Cluster, too. What a replica does
   * not have yet is read from its master.
   *
   * @default {false}
   */
  useReplicas?: boolean;
  /**
   * Certificates in PEM to trust over TLS, instead of those that are trusted
   * everywhere: of a server that has made its own.
   */
  ca?: string;
}

/**
 * Keeps sets of games in Redis, shared by all nodes that reach the server.
 *
 * A game's key is `chess:game:{set}:{index}` and its value the PGN text, for
 * any program to read. `chess:meta:{set}` is a hash that says what the set is;
 * its fields are `count`, `state`, `filter`, `source`, `format`, `generation`,
 * `maxGameLength`, `maxGames`, `compact`, `checkpoint`, `textBytes`, `createdAt`,
 * `updatedAt`, `check` over these, notes of what a writer may have left
 * (`stored`, `next`, `moving`, `stale`), and while a writer holds it `token`,
 * `since` and `until`; times are in milliseconds since 1970.
 * `chess:records:{set}:{generation}:{k}` holds the records of games 1000k to
 * 1000k + 999, 32 bytes each, and `chess:sets` the names of the sets.
 *
 * An idle connection does not keep the process alive, and one that broke is made
 * anew at the next call.
 *
 * Requires `--allow-net` for the server.
 *
 * @example Usage
 * ```ts ignore
 * import { RedisGameCache } from "@chess/game-cache";
 *
 * await using cache = new RedisGameCache({ url: "redis://127.0.0.1:6379" });
 * for await (const game of cache.getGames("tactical", 0, 100)) {
 *   console.log(game.tags.White, game.tags.Black);
 * }
 * ```
 *
 * @example Its URL may hold no other scheme
 * ```ts
 * import { RedisGameCache } from "@chess/game-cache";
 * import assert from "node:assert/strict";
 *
 * assert.throws(() => new RedisGameCache({ url: "http://127.0.0.1" }), TypeError);
 * ```
 */
export class RedisGameCache extends GameCache {
  /**
   * Creates a cache, without connecting yet.
   *
   * @param options The server, or a client of one's own, and how long to wait.
   * @throws {TypeError} If the URL is none of a Redis server, both a URL and a
   * client are given, or the client takes commands in another way.
   * @throws {RangeError} If a duration is not positive.
   */
  constructor(options: RedisGameCacheOptions = {}) {
    super();
    const {
      url,
      client,
      connectTimeout = 500,
      commandTimeout = 2000,
      lockDuration = DEFAULT_LOCK_DURATION,
      useReplicas = false,
      ca,
    } = options;
    checkDuration("connectTimeout", connectTimeout);
    checkDuration("commandTimeout", commandTimeout);
    checkDuration("lockDuration", lockDuration);
    if (client !== undefined) checkClient(client);
    if (client !== undefined && url !== undefined) {
      throw new TypeError(
        "Cannot use the cache as both url and client are given",
      );
    }
    const target = client ?? parseRedisUrl(url ?? "redis://127.0.0.1:6379");
    const connectOptions = { connectTimeout, commandTimeout, useReplicas, ca };
    const connection = new RedisConnection(target, connectOptions);
    useStore(this, new RedisStore(connection, lockDuration), lockDuration);
  }
}
