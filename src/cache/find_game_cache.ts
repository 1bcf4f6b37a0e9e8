// Finds the cache that is used when none is named, and shares one in the process.
import { isGranted } from "../is_granted.ts";
import type { GameCache } from "./game_cache.ts";
import { openGameCache } from "./open_game_cache.ts";
import { RedisGameCache } from "./redis_game_cache.ts";

/** Where Redis is looked for when nothing names a cache. */
const DEFAULT_REDIS_URL = "redis://127.0.0.1:6379";

/** How long it may take to answer there, in milliseconds. */
const ANSWER_TIME = 500;

/**
 * The file of the embedded cache, from the folder that the program runs in.
 *
 * See {@linkcode findGameCache}.
 */
export const DEFAULT_SQLITE_PATH = "storage/games.sqlite";

/** Where a cache was found. See {@linkcode findGameCache}. */
export interface FoundCache {
  /** Its URL. */
  readonly url: string;
  /** What names it. */
  readonly by: "GAME_CACHE_URL" | "REDIS_URL" | "redis" | "sqlite";
}

/**
 * Finds the cache that is used when none is named: the one that the variable
 * `GAME_CACHE_URL` or else `REDIS_URL` names; else Redis at 127.0.0.1:6379 if it
 * answers within half a second; else the SQLite file `./storage/games.sqlite`
 * if it exists.
 *
 * Only permissions that are already granted are used; none is asked for. A
 * variable that is set is taken at its word: whether that cache answers is not
 * tried.
 *
 * See {@linkcode GameLoader}.
 *
 * @param redisUrl Where Redis is looked for.
 * @returns Where it is, or `undefined` where there is none.
 */
export async function findGameCache(
  redisUrl: string = DEFAULT_REDIS_URL,
): Promise<FoundCache | undefined> {
  for (const by of ["GAME_CACHE_URL", "REDIS_URL"] as const) {
    const url = readVariable(by);
    if (url) return { url, by };
  }
  if (await redisAnswers(redisUrl)) return { url: redisUrl, by: "redis" };
  if (await fileExists(DEFAULT_SQLITE_PATH)) {
    return { url: `sqlite:${DEFAULT_SQLITE_PATH}`, by: "sqlite" };
  }
  return undefined;
}

function readVariable(name: string): string | undefined {
  const granted = isGranted({ name: "env", variable: name });
  return granted ? Deno.env.get(name)?.trim() : undefined;
}

async function redisAnswers(url: string): Promise<boolean> {
  const { host, hostname, port } = new URL(url);
  if (!isGranted({ name: "net", host })) return false;
  const connected = Deno.connect({ hostname, port: Number(port) })
    .then((connection) => {
      connection.close();
      return true;
    }, () => false);
  // Whoever uses no Redis has no client loaded.
  if (!await inTime(connected)) return false;
  const cache = new RedisGameCache({
    url,
    connectTimeout: ANSWER_TIME,
    commandTimeout: ANSWER_TIME,
  });
  try {
    // Whatever it is that listens there: where it fails, it is no cache of ours.
    await cache.sets({ onDamaged() {} });
    return true;
  } catch {
    return false;
  } finally {
    await cache.close();
  }
}

async function inTime(answer: Promise<boolean>): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(resolve, ANSWER_TIME, false);
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function fileExists(path: string): Promise<boolean> {
  if (!isGranted({ name: "read", path })) return false;
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** The caches that several loaders of this process share, and how many each. */
const sharedCaches = new Map<string, { cache: GameCache; users: number }>();

/**
 * Opens the cache at a URL, or gives the one that is already open for it in
 * this process.
 *
 * @param url The cache's URL.
 * @returns The cache, and a disposer that closes it after its last user.
 */
export function shareGameCache(
  url: string,
): AsyncDisposable & { readonly cache: GameCache } {
  let shared = sharedCaches.get(url);
  if (shared === undefined) {
    shared = { cache: openGameCache(url), users: 0 };
    sharedCaches.set(url, shared);
  }
  const { cache } = shared;
  shared.users++;
  return {
    cache,
    async [Symbol.asyncDispose]() {
      if (--shared.users > 0) return;
      sharedCaches.delete(url);
      await cache.close();
    },
  };
}
