// Reads the games that a query asks for from an archive, beginning near them.
import type { Archive, ArchiveStatus } from "./archive/archive.ts";
import { CACHE_FORMAT } from "./cache/game_set.ts";
import type { LoadRequest } from "./loader/load_request.ts";
import { compactCopy } from "./loader/compact_copy.ts";
import { ownBytes } from "./pgn/raw_game.ts";
import {
  countInFiles,
  findSeekPoint,
  type OtherIndex,
} from "./scan/find_seek_point.ts";
import type { ReadCounters } from "./scan/game_joiner.ts";
import { type IndexKey, writeIndexFiles } from "./scan/index_file.ts";
import { readGames } from "./scan/read_games.ts";
import { type SeekIndexEntry, SeekIndexRecorder } from "./scan/seek_index.ts";
import { SeekPointError } from "./scan/text_start.ts";

/** How an archive's games are read. */
export interface ArchiveGamesOptions {
  readonly maxGameLength: number;
  readonly threads: number;
  /** Whether what is learned is written next to the archive. */
  readonly writeIndex: boolean;
  readonly onBadGame: (error: Error) => void;
}

/**
 * Reads the games of an archive that a request asks for.
 *
 * @param archive The archive.
 * @param status What it is.
 * @param request Which games.
 * @param options How they are read, what is known of the archive from elsewhere,
 * and what stops the reading.
 * @returns The games' texts, in batches that share no memory with others.
 * @throws {ArchiveError} If the archive cannot be read.
 */
export async function* readArchiveGames(
  archive: Archive,
  status: ArchiveStatus,
  request: LoadRequest,
  options: ArchiveGamesOptions & {
    others: readonly OtherIndex[];
    signal: AbortSignal;
  },
): AsyncGenerator<readonly Uint8Array[]> {
  const { filter, offset } = request;
  const { maxGameLength, others } = options;
  const key = { format: CACHE_FORMAT, maxGameLength, filter };
  const from = status.kind === "known" && offset > 0
    ? await findSeekPoint(archive, status, key, offset, others)
    : undefined;
  try {
    yield* readFrom(from, archive, status, key, request, options);
  } catch (error) {
    if (!(error instanceof SeekPointError)) throw error;
    // Reading from the beginning finds out what is wrong.
    yield* readFrom(undefined, archive, status, key, request, options);
  }
}

async function* readFrom(
  from: SeekIndexEntry | undefined,
  archive: Archive,
  status: ArchiveStatus,
  key: IndexKey,
  request: LoadRequest,
  options: ArchiveGamesOptions & { signal: AbortSignal },
): AsyncGenerator<readonly Uint8Array[]> {
  const { filter, offset, end } = request;
  const recorder = new SeekIndexRecorder();
  let matched = from?.matched ?? 0;
  let counters: ReadCounters | undefined;
  const batches = readGames(archive, { ...options, filters: [filter], from });
  for await (const batch of batches) {
    const { texts } = batch;
    const first = Math.max(0, offset - matched);
    const some = texts.slice(first, Math.max(first, end - matched));
    yield some.map(request.compact ? compactCopy : ownBytes);
    matched += texts.length;
    if (matched >= end) return;
    recorder.take(batch);
    counters = batch.counters;
  }
  if (
    !options.writeIndex || from !== undefined || status.kind !== "known" ||
    counters === undefined
  ) return;
  const all = { ...counters, matched };
  await writeIndexFiles(archive, status, key, recorder.index, all);
}

/**
 * Counts the games of an archive that match a filter.
 *
 * @returns Their number: as the files next to the archive say, or else by one
 * pass over it.
 */
export async function countArchiveGames(
  archive: Archive,
  status: ArchiveStatus,
  key: Pick<IndexKey, "filter">,
  options: ArchiveGamesOptions & { signal?: AbortSignal },
): Promise<number> {
  const { filter } = key;
  const { maxGameLength } = options;
  if (status.kind === "known") {
    const whole = { format: CACHE_FORMAT, maxGameLength, filter };
    const count = await countInFiles(archive, status, whole);
    if (count !== undefined) return count;
  }
  let count = 0;
  const batches = readGames(archive, { ...options, filters: [filter] });
  for await (const { texts } of batches) count += texts.length;
  return count;
}
