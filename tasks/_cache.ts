/** Opens the cache that a task works with. */
import {
  DEFAULT_SQLITE_PATH,
  findGameCache,
  type GameCache,
  GameCacheError,
  maskPassword,
  openGameCache,
  SqliteGameCache,
} from "../mod.ts";
import { readVariable } from "./_environment.ts";
import { UsageError } from "./_flags.ts";
import { printable } from "./_print.ts";
import { TaskError } from "./_task.ts";

/** A cache that a task works with. */
export interface ChosenCache {
  /** The cache; it has answered. */
  readonly cache: GameCache;
  /** Its URL as it may be shown. */
  readonly shown: string;
  /** How it was chosen; `made` is the embedded file, made now. */
  readonly found: "flag" | "environment" | "redis" | "sqlite" | "made";
}

/**
 * Opens the cache that a flag names, or else the one that is found by itself.
 *
 * @throws {GameCacheError} If one that was named does not answer.
 */
export async function chooseCache(
  url: string | undefined,
): Promise<ChosenCache | undefined> {
  const chosen = url === undefined ? await findCache() : openNamed(url);
  if (chosen === undefined) return undefined;
  try {
    // It answers also where a set is damaged: the task reports that.
    await chosen.cache.sets({ onDamaged() {} });
  } catch (error) {
    await chosen.cache.close();
    throw error;
  }
  return chosen;
}

/**
 * Opens a cache like {@linkcode chooseCache}; where none is found, the embedded
 * file is made in the caller's folder.
 *
 * @throws {GameCacheError} If one that was named does not answer.
 */
export async function chooseOrMakeCache(
  url: string | undefined,
): Promise<ChosenCache> {
  const chosen = await chooseCache(url);
  if (chosen !== undefined) return chosen;
  return { ...openNamed(`sqlite:${DEFAULT_SQLITE_PATH}`), found: "made" };
}

/**
 * Opens a cache like {@linkcode chooseCache}; it is an error if there is none.
 *
 * @throws {TaskError} If none is found, or its file does not exist.
 * @throws {GameCacheError} If one that was named does not answer.
 */
export async function chooseExistingCache(
  url: string | undefined,
): Promise<ChosenCache> {
  const chosen = await chooseCache(url);
  if (chosen !== undefined) {
    if (await isThere(chosen.cache)) return chosen;
    await chosen.cache.close();
    throw new TaskError(
      `Cannot find a cache: there is no file ${chosen.shown}. ` +
        "deno task index makes one",
    );
  }
  throw new TaskError(
    "Cannot find a cache: GAME_CACHE_URL and REDIS_URL are not set, there is " +
      `no Redis at 127.0.0.1:6379 and no file ${DEFAULT_SQLITE_PATH}. ` +
      "Name one with --cache, or make one with deno task index",
  );
}

/**
 * Gives up the permission to write, but where the cache is a Unix socket:
 * connecting to one requires it.
 */
export async function giveUpWriting(url: string | undefined): Promise<void> {
  const named = url || readVariable("GAME_CACHE_URL") ||
    readVariable("REDIS_URL") || "";
  if (/^\s*redis\+unix:/i.test(named)) return;
  await Deno.permissions.revoke({ name: "write" });
}

/** Whether it is more than the name of a file that does not exist. */
async function isThere(cache: GameCache): Promise<boolean> {
  if (!(cache instanceof SqliteGameCache)) return true;
  try {
    return (await cache.stats()).bytes > 0;
  } catch (error) {
    if (error instanceof GameCacheError) return true; // The task reports it.
    throw error;
  }
}

async function findCache(): Promise<ChosenCache | undefined> {
  const found = await findGameCache();
  if (found === undefined) return undefined;
  const { url, by } = found;
  if (by === "redis" || by === "sqlite") return { ...open(url), found: by };
  try {
    return { ...open(url), found: "environment" };
  } catch (error) {
    throw new TaskError(`${by}: ${(error as Error).message}`);
  }
}

/**
 * Opens the cache that a flag names, without asking whether it answers.
 *
 * @throws {UsageError} If it is no URL of a cache.
 */
export function openNamed(url: string): ChosenCache {
  try {
    return { ...open(url), found: "flag" };
  } catch (error) {
    // Nothing was connected yet: the URL itself is none of a cache.
    throw new UsageError((error as Error).message);
  }
}

function open(given: string): Omit<ChosenCache, "found"> {
  const url = given.trim();
  if (/^sqlite::memory:$/i.test(url)) {
    throw new TypeError(
      "Cannot use the URL of the cache as :memory: keeps nothing after the task",
    );
  }
  // Read as a host or a path, the rest of a password would be shown.
  if (/^rediss?:\/\/[^@]*[/?#][^@]*@/i.test(url)) {
    throw new TypeError(
      "Cannot use the URL of the cache as /, ? and # in a user or password " +
        "must be written as %2F, %3F and %23",
    );
  }
  return { cache: openGameCache(url), shown: showUrl(url) };
}

/** The URL from any folder, without its password. */
function showUrl(url: string): string {
  const path = url.match(/^sqlite:(?!\/)(?:\.\/)?(.*)$/i)?.[1];
  return printable(
    path === undefined
      ? maskPassword(url)
      : `sqlite:${encodeURI(Deno.cwd())}/${path}`,
  );
}
