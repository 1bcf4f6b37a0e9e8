import { fileURLToPath } from "node:url";

/**
 * The folder of real archives next to the project, or `undefined` where there
 * is none: tests that use it are then reported as ignored.
 */
export const sharedData: string | undefined = findSharedData();

/** Whether the checks that take long were asked for. */
export const LONG: boolean = Deno.env.get("GAME_CACHE_LONG_TESTS") === "1";

function findSharedData(): string | undefined {
  const folder = new URL("../../shared/data/", import.meta.url);
  try {
    return Deno.statSync(folder).isDirectory
      ? fileURLToPath(folder)
      : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
