// Counts the games that match a query's filter: by a set that knows it, or else by the archive.
import type { Archive, ArchiveStatus } from "./archive/archive.ts";
import {
  type ArchiveGamesOptions,
  countArchiveGames,
} from "./archive_games.ts";
import { countGames } from "./cached_games.ts";
import type { LoadRequest } from "./loader/load_request.ts";
import { type SetFinder, unfinishedError } from "./loader/set_finder.ts";

/** Counts the games that match the filter of a request. */
export async function countMatching(
  archive: Archive,
  finder: SetFinder,
  request: LoadRequest,
  options: ArchiveGamesOptions & { signal?: AbortSignal },
): Promise<number> {
  const { signal } = options;
  const status = await archive.status(signal);
  return await countInSet(finder, request, status, signal) ??
    await countArchiveGames(archive, status, request, options);
}

/** Counts by a set that knows it; otherwise the archive must. */
async function countInSet(
  finder: SetFinder,
  request: LoadRequest,
  status: ArchiveStatus,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  const isAbsent = status.kind === "absent";
  const answer = await finder.find(request, status);
  const { state, name } = answer?.chosen.set ?? {};
  if (answer === undefined || !isAbsent && state !== "complete") {
    if (isAbsent && status.fault !== undefined) throw status.fault;
    return undefined;
  }
  if (state === "unfinished") throw unfinishedError(answer.chosen.set);
  if (state === "capped") {
    const error = new Error(`the set ${name} is capped`);
    finder.warn(error, "Counting only the games of a set");
  }
  try {
    const { cache, chosen: { set, isExact } } = answer;
    if (isExact) return set.count;
    return await countGames(cache, set, request.filter, { signal });
  } catch (error) {
    if (signal?.aborted || isAbsent) throw error;
    finder.fallBack(error);
    return undefined;
  }
}
