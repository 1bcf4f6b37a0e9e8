// Reads the games of archives by one chain of streams, in this thread and in workers.
import type { Archive } from "../archive/archive.ts";
import { archiveText } from "../archive/archive_text.ts";
import {
  type OpenArchive,
  openArchive,
  requireText,
} from "../archive/open_archive.ts";
import { type GameBatch, GameJoiner, type JoinOptions } from "./game_joiner.ts";
import {
  readFrames,
  readFramesOnDemand,
  type Reading,
  scanText,
} from "./read_frames.ts";
import { Failure } from "./failure.ts";
import { gathering, SegmentScanner } from "./scan_stream.ts";
import { WorkerPool } from "./worker_pool.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** How many threads are used where it is not said. */
export const DEFAULT_THREADS: number = Math.min(
  8,
  navigator.hardwareConcurrency,
);

/** Throws where a number of threads cannot be one. */
export function checkThreads(threads: number): void {
  if (!Number.isSafeInteger(threads) || threads < 0) {
    throw new RangeError(
      `Cannot read games as threads must be a non-negative integer: current value is ${threads}`,
    );
  }
}

/** Options of {@linkcode readGames}. */
export interface ReadGamesOptions extends JoinOptions {
  /** How many threads may read, this one among them. @default {0} */
  readonly threads?: number;
  /** Whether only a few games are wanted, so that nothing is read ahead. @default {false} */
  readonly isOnDemand?: boolean;
  /** Stops reading and closes what is open. */
  readonly signal?: AbortSignal;
  /** The workers. @default {those that `threads` says, started once that pays} */
  readonly pool?: WorkerPool;
}

/**
 * Reads the games of an archive, or of several as one sequence, and matches
 * them against filters. What comes out does not depend on the number of
 * threads.
 *
 * Reading begins in this thread. Where an archive of zstd frames is not read to
 * its end soon, workers take over, see {@linkcode readFrames}.
 *
 * @param archive The archive.
 * @param options The filters, and how many threads.
 * @returns The games, in batches.
 * @throws {ArchiveError} If the archive cannot be read to its end, or holds
 * text and no game. All games before have been given by then.
 */
export async function* readGames(
  archive: Archive,
  options: ReadGamesOptions,
): AsyncGenerator<GameBatch> {
  const { threads = 0, from, isOnDemand = false, signal } = options;
  const { filters, maxGameLength, makesRecords } = options;
  const scan = { filters, maxGameLength, makesRecords };
  const joiner = new GameJoiner(options);
  const scanner = new SegmentScanner(scan);
  using pool = options.pool ?? new WorkerPool(Math.max(0, threads - 1), scan);
  signal?.throwIfAborted();
  for (const [i, source] of archive.sources.entries()) {
    if (i < (from?.archive ?? 0)) continue;
    const start = i === from?.archive ? from : undefined;
    joiner.beginArchive(i, source.name, start);
    const opened = await openArchive(source, {
      from: start?.offset,
      signal,
      onBytesRead: (bytes) => joiner.bytesRead += bytes,
    });
    if (opened === undefined) {
      joiner.endArchive();
      yield* joiner.batches();
      continue;
    }
    const skip = start?.skip ?? 0;
    joiner.skip(skip);
    const check = textCheck(source.name, start?.offset);
    const common = { source: source.name, signal, pool, scanner, joiner };
    // What comes before an error has been given; the rest is what is left.
    let failure: { readonly error: unknown } | undefined;
    let isLeft = false;
    try {
      const reading = { ...common, skip, check, isOnDemand };
      for await (const _ of readArchive(opened, start?.offset ?? 0, reading)) {
        isLeft = true; // unless the next batch is asked for
        yield* joiner.batches();
        isLeft = false;
      }
    } catch (error) {
      if (isLeft) return; // it comes of closing
      failure = { error };
    } finally {
      await opened.close();
    }
    if (failure === undefined) joiner.endArchive();
    else joiner.flush();
    yield* joiner.batches();
    if (failure !== undefined) throw failure.error;
  }
}

/** Refuses what is no text, at an archive's beginning. */
function textCheck(source: string, offset = 0): (text: Bytes) => void {
  let isChecked = offset > 0;
  return (text) => {
    if (isChecked || text.length === 0) return;
    isChecked = true;
    requireText(text, source);
  };
}

/** Reads one archive; gives control back whenever games have been joined. */
async function* readArchive(
  archive: OpenArchive,
  offset: number,
  reading: Reading & { isOnDemand: boolean },
): AsyncGenerator<void> {
  if (archive.kind === "zstd") {
    const read = reading.isOnDemand ? readFramesOnDemand : readFrames;
    return yield* read(archive.bytes, offset, reading);
  }
  const { scanner, source, skip, signal } = reading;
  const failure = new Failure();
  async function* chunks(): AsyncGenerator<Bytes> {
    let textOffset = 0;
    const all = archiveText(archive, { source, isWhole: offset === 0 });
    for await (const chunk of failure.untilError(all)) {
      // Plain text can be read from any chunk on.
      if (archive.kind === "plain") {
        scanner.addFrame(offset + textOffset, textOffset);
      }
      textOffset += chunk.length;
      yield chunk;
    }
  }
  const text = ReadableStream.from(chunks())
    .pipeThrough(gathering(), { signal });
  yield* scanText(text, reading, skip);
  failure.throw();
}
