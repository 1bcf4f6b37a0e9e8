import { findGameCache, type GameCache, openGameCache } from "../mod.ts";
import { UsageError } from "./_flags.ts";
import { maskPassword } from "./_output.ts";

/** The file that is made where there is no server. */
export const DEFAULT_SQLITE = "storage/games.sqlite";

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
 * @param url The value of `--cache`.
 * @returns The cache, or `undefined` where none is found.
 * @throws {GameCacheError} If one that was named does not answer.
 */
export async function chooseCache(
  url: string | undefined,
): Promise<ChosenCache | undefined> {
  const chosen = url === undefined ? await findCache() : openNamed(url);
  if (chosen === undefined) return undefined;
  try {
    await chosen.cache.sets();
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
 * @param url The value of `--cache`.
 * @returns The cache.
 * @throws {GameCacheError} If one that was named does not answer.
 */
export async function chooseOrMakeCache(
  url: string | undefined,
): Promise<ChosenCache> {
  const chosen = await chooseCache(url);
  if (chosen !== undefined) return chosen;
  const path = `${Deno.cwd()}/${DEFAULT_SQLITE}`;
  return {
    cache: openGameCache(`sqlite:${path}`),
    shown: `sqlite:${path}`,
    found: "made",
  };
}

async function findCache(): Promise<ChosenCache | undefined> {
  const found = await findGameCache();
  if (found === undefined) return undefined;
  return {
    cache: found.cache,
    shown: maskPassword(found.url),
    found: found.found,
  };
}

function openNamed(url: string): ChosenCache {
  const shown = maskPassword(url);
  try {
    return { cache: openGameCache(url), shown, found: "flag" };
  } catch (error) {
    // Nothing was opened yet: the URL itself is none of a cache.
    throw new UsageError(maskPassword((error as Error).message));
  }
}
