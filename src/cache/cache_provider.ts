// Gives a loader its cache: finds, opens and asks it, and leaves one alone for a while that is gone.
import { isGranted } from "../is_granted.ts";
import { findGameCache, shareGameCache } from "./find_game_cache.ts";
import type { GameCache } from "./game_cache.ts";
import { GameCacheError } from "./game_cache_error.ts";
import { netOf, parseRedisUrl } from "./redis/redis_url.ts";

/** How long a cache that is gone or was not found is left alone, in milliseconds. */
const REST = 30_000;

/**
 * The cache of a loader: the one given, or the one at a URL, or the one that is
 * found by itself when it is first asked.
 */
export class CacheProvider implements AsyncDisposable {
  readonly #given: GameCache | string | URL | null | undefined;
  #shared: ReturnType<typeof shareGameCache> | undefined;
  #lookAgainAt = 0;
  #askAgainAt = 0;
  #error: unknown;

  /** Creates a provider, without looking for anything yet. */
  constructor(cache: GameCache | string | URL | null | undefined) {
    this.#given = cache;
  }

  /**
   * Asks the cache for its sets.
   *
   * @throws {unknown} What is wrong with the cache, or was a moment ago.
   */
  async sets(
    name: string | undefined,
    mustAsk: boolean,
  ): Promise<Awaited<ReturnType<typeof ask>> | undefined> {
    if (!mustAsk && Date.now() < this.#askAgainAt) throw this.#error;
    try {
      const cache = await this.#open();
      if (cache === undefined) return undefined;
      const first = await ask(cache);
      const isKnown = name === undefined ||
        first.sets.some((set) => set.name === name) ||
        first.damaged.some((error) => error.set === name);
      // That a set is missing is an error, and asked for twice: a name may have
      // been garbled on its way.
      return isKnown ? first : await ask(cache);
    } catch (error) {
      this.failed(error);
      throw error;
    }
  }

  /**
   * Learns that the cache has failed: one that is unreachable is left alone for
   * a while.
   */
  failed(error: unknown): void {
    if (!(error instanceof GameCacheError)) return;
    if (error.fault !== "unreachable") return;
    this.#error = error;
    this.#askAgainAt = Date.now() + REST;
  }

  /** Closes the connection that was made here, if nobody else uses it. */
  async [Symbol.asyncDispose](): Promise<void> {
    const shared = this.#shared;
    this.#shared = undefined;
    await shared?.[Symbol.asyncDispose]();
  }

  async #open(): Promise<GameCache | undefined> {
    const given = this.#given;
    if (given === null) return undefined;
    if (
      given !== undefined && typeof given !== "string" &&
      !(given instanceof URL)
    ) return given;
    if (this.#shared !== undefined) return this.#shared.cache;
    if (given !== undefined) {
      return (this.#shared = shareGameCache(String(given))).cache;
    }
    if (Date.now() < this.#lookAgainAt) return undefined;
    const found = await findGameCache();
    if (found === undefined) {
      this.#lookAgainAt = Date.now() + REST;
      return undefined;
    }
    checkGranted(found.url, found.by);
    this.#shared ??= shareGameCache(found.url);
    return this.#shared.cache;
  }
}

/** The cache's sets, and what is wrong with those that are left out. */
async function ask(cache: GameCache) {
  const damaged: GameCacheError[] = [];
  const sets = await cache.sets({
    onDamaged: (error) => void damaged.push(error),
  });
  return { cache, sets, damaged };
}

/** Throws where Deno would ask a person whether a cache may be used that nobody has named here. */
function checkGranted(url: string, by: string): void {
  const missing = permissionsOf(url).find((permission) =>
    !isGranted(permission)
  );
  if (missing === undefined) return;
  throw new GameCacheError(
    `Cannot use the cache that ${by} names: it requires --allow-${missing.name}`,
    { fault: "denied" },
  );
}

function permissionsOf(url: string): Deno.PermissionDescriptor[] {
  if (/^sqlite:/i.test(url)) {
    return [{ name: "read", path: url.replace(/^sqlite:(?:\/\/)?/i, "") }];
  }
  if (!/^redis/i.test(url)) return [];
  const { host, port, path, nodes = [{ host, port }] } = parseRedisUrl(url);
  if (path !== undefined) {
    return [{ name: "read", path }, { name: "write", path }];
  }
  return nodes.map(({ host, port }) => netOf(host, port));
}
