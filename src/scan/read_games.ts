import type { Archive } from "../archive/archive.ts";
import { ArchivePool } from "./archive_pool.ts";
import type { ByteSource } from "../archive/byte_source.ts";
import {
  type ArchivePosition,
  type GameBatch,
  GameJoiner,
  type JoinOptions,
  type Step,
} from "./game_joiner.ts";
import { GameScanner } from "./game_scanner.ts";
import { readGzip } from "../archive/gzip.ts";
import { readFrames } from "./read_frames.ts";
import { openArchive } from "../archive/open_archive.ts";
import { type Reading, type ReadingStart, TextHere } from "./reading.ts";

/** A place to begin at is told in plain text after so many bytes. */
const BLOCK_SIZE = 1024 * 1024;

/** Small reads shall not pay for workers. */
const USE_THREADS_AFTER = 4 * 1024 * 1024;

/** How many threads are used where it is not said. */
export const DEFAULT_THREADS: number = Math.min(
  8,
  navigator.hardwareConcurrency,
);

/** Throws where a number of threads cannot be one. */
export function checkThreads(threads: number): void {
  if (!Number.isSafeInteger(threads) || threads < 0) {
    throw new RangeError(
      `Cannot read games as threads must be a whole number from 0 on: current value is ${threads}`,
    );
  }
}

/** Options of {@linkcode readGames}. */
export interface ReadGamesOptions extends JoinOptions {
  /** How many threads read; 0 for this one alone. @default {0} */
  readonly threads?: number;
  /** Stops reading and closes what is open. */
  readonly signal?: AbortSignal;
  /** After how many bytes of text workers take part. @default {4194304} */
  readonly useThreadsAfter?: number;
}

/**
 * Reads the games of an archive, or of several as one sequence, and judges
 * them by filters. What comes out does not depend on the number of threads.
 *
 * Reading begins in this thread. Where an archive of zstd frames is not read to
 * its end soon, workers take part, see {@linkcode readFrames}. What stands
 * between the sync points of two stretches, a game or less as a rule, is
 * joined here.
 *
 * @param archive The archive.
 * @param options The filters, and how many threads.
 * @returns The games, in batches.
 * @throws {ArchiveError} If the archive cannot be read to its end. All games
 * before have been given by then.
 */
export async function* readGames(
  archive: Archive,
  options: ReadGamesOptions,
): AsyncGenerator<GameBatch> {
  const {
    filters,
    maxGameLength,
    threads = 0,
    useThreadsAfter = USE_THREADS_AFTER,
    from,
    signal,
  } = options;
  signal?.throwIfAborted();
  const joiner = new GameJoiner(options);
  const scan = { filters, maxGameLength };
  const pool = new ArchivePool(threads, scan);
  const reading: Reading = {
    signal,
    pool,
    useThreadsAfter,
    scan,
    scanner: new GameScanner(scan),
    onBytesRead: (bytes) => joiner.bytesRead += bytes,
    textHere: 0,
  };
  try {
    const { sources } = archive;
    for (let i = from?.archive ?? 0; i < sources.length; i++) {
      const start = i === from?.archive ? from : undefined;
      joiner.beginArchive(i, start);
      try {
        for await (const step of readStretches(sources[i], start, reading)) {
          joiner.take(step);
          yield* joiner.batches();
        }
      } catch (error) {
        joiner.flush();
        yield* joiner.batches();
        throw error;
      }
      joiner.endArchive();
      yield* joiner.batches();
    }
  } finally {
    pool.close();
  }
}

/** Reads one archive. */
async function* readStretches(
  source: ByteSource,
  from: ArchivePosition | undefined,
  reading: Reading,
): AsyncGenerator<Step> {
  const { signal, onBytesRead } = reading;
  const archive = await openArchive(source, {
    from: from?.offset,
    signal,
    onBytesRead,
  });
  if (archive === undefined) return;
  const isWhole = from === undefined || from.offset === 0;
  const start: ReadingStart = {
    name: source.name,
    offset: from?.offset ?? 0,
    skip: from?.skip ?? 0,
    isWhole,
    isCertain: from !== undefined,
  };
  try {
    if (archive.kind === "zstd") yield* readFrames(archive, start, reading);
    else {
      const isPlain = archive.kind === "plain";
      const { chunks } = archive;
      const text = isPlain ? chunks : readGzip(chunks, { source: source.name });
      yield* readBlocks(text, isPlain, start, reading);
    }
  } finally {
    await archive.close();
  }
}

/** Reads text that has no frames, in blocks that reading can begin with. */
async function* readBlocks(
  text: AsyncGenerator<Uint8Array<ArrayBuffer>>,
  isPlain: boolean,
  start: ReadingStart,
  reading: Reading,
): AsyncGenerator<Step> {
  const here = new TextHere(start, reading);
  let { offset } = start;
  let room = 0;
  try {
    for await (const bytes of text) {
      for (let at = 0; at < bytes.length;) {
        if (room === 0) {
          yield* here.begin(isPlain ? offset : undefined);
          room = BLOCK_SIZE - offset % BLOCK_SIZE;
        }
        const some = bytes.subarray(at, at + room);
        yield* here.push(some);
        at += some.length;
        offset += some.length;
        room -= some.length;
      }
    }
  } catch (error) {
    yield* here.end();
    throw error;
  }
  yield* here.end();
}
