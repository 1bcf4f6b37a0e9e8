// Reads the games of archives by one chain of streams, in this thread and in workers.
import type { Archive } from "../archive/archive.ts";
import { readGzip } from "../archive/gzip.ts";
import { type OpenArchive, openArchive } from "../archive/open_archive.ts";
import { type GameBatch, GameJoiner, type JoinOptions } from "./game_joiner.ts";
import {
  readFrames,
  readFramesOnDemand,
  type Reading,
  scanText,
} from "./read_frames.ts";
import { Failure } from "./failure.ts";
import { gathering, SegmentScanner } from "./scan_stream.ts";
import { SeekPointError, TextStart } from "./text_start.ts";
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
  /** What scans on demand, and is used again. @default {one of its own} */
  readonly scanner?: SegmentScanner;
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
 * @throws {SeekPointError} If no game begins where reading begins, before any
 * has been given.
 */
export async function* readGames(
  archive: Pick<Archive, "sources">,
  options: ReadGamesOptions,
): AsyncGenerator<GameBatch> {
  const { threads = 0, from, isOnDemand = false, signal } = options;
  const { filters, maxGameLength, makesRecords } = options;
  const scan = { filters, maxGameLength, makesRecords };
  using own = options.scanner === undefined
    ? new SegmentScanner(scan)
    : undefined;
  const scanner = options.scanner ?? own!;
  const joiner = new GameJoiner(options, scanner.matchers);
  using pool = options.pool ?? new WorkerPool(Math.max(0, threads - 1), scan);
  signal?.throwIfAborted();
  for (const [i, { name }] of archive.sources.entries()) {
    if (i < (from?.archive ?? 0)) continue;
    const point = i === from?.archive ? from : undefined;
    const skip = point?.skip ?? 0;
    const start = new TextStart(name, point);
    joiner.beginArchive(i, name, point);
    const opened = await openArchive(archive.sources[i], {
      from: point?.offset,
      signal,
      onBytesRead: (bytes) => joiner.bytesRead += bytes,
    });
    joiner.skip(skip);
    const common = { source: name, signal, pool, scanner, joiner };
    const reading = { ...common, skip, start, isOnDemand };
    // What comes before an error has been given; the rest is what is left.
    let failure: { readonly error: unknown } | undefined;
    let isLeft = false;
    try {
      for await (const _ of readArchive(opened, point?.offset ?? 0, reading)) {
        if (start.isUnknown) continue;
        isLeft = true; // unless the next batch is asked for
        yield* joiner.batches();
        isLeft = false;
      }
    } catch (error) {
      if (isLeft) return; // it comes of closing
      failure = { error };
    } finally {
      await opened?.close();
    }
    if (start.isUnknown) {
      signal?.throwIfAborted();
      throw new SeekPointError({ cause: failure?.error });
    }
    if (failure === undefined) joiner.endArchive();
    else joiner.flush();
    yield* joiner.batches();
    if (failure !== undefined) throw failure.error;
  }
}

/** Reads one archive; gives control back whenever games have been joined. */
async function* readArchive(
  archive: OpenArchive | undefined,
  offset: number,
  reading: Reading & { isOnDemand: boolean },
): AsyncGenerator<void> {
  if (archive === undefined) return; // it is empty
  if (archive.kind === "zstd") {
    const read = reading.isOnDemand ? readFramesOnDemand : readFrames;
    return yield* read(archive.bytes, offset, reading);
  }
  const { scanner, source, skip, signal, start } = reading;
  const { kind, bytes } = archive;
  const failure = new Failure();
  async function* chunks(): AsyncGenerator<Bytes> {
    let textOffset = 0;
    const all = kind === "gzip" ? readGzip(bytes, source) : bytes;
    for await (const chunk of failure.untilError(all)) {
      start.take(chunk);
      // Plain text can be read from any chunk on.
      if (kind === "plain") {
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
