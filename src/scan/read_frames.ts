// Reads the frames of a zstd archive, in this thread first and then in workers too.
import {
  type ZstdFrameChunk,
  ZstdFrameWalker,
} from "../archive/zstd/zstd_frames.ts";
import { hasNativeZstd } from "../archive/zstd/zstd_native.ts";
import { isTurnDue, turn } from "../archive/turn.ts";
import { Failure } from "./failure.ts";
import type { GameJoiner } from "./game_joiner.ts";
import type { FrameText, ScanBatch, SegmentScanner } from "./scan_stream.ts";
import { cutSegments, type Segment, SegmentBuilder } from "./segments.ts";
import { CHUNK_SIZE } from "./text_chunks.ts";
import type { TextStart } from "./text_start.ts";
import { SCANS_HERE, ScansHere } from "./scans_here.ts";
import {
  SEGMENTS_AT_ONCE,
  type SegmentScan,
  type WorkerPool,
} from "./worker_pool.ts";

type Bytes = Uint8Array<ArrayBuffer>;

type Chunks = readonly ZstdFrameChunk[];

/** Short archives shall not pay for workers: so much text is read before. */
const START_WORKERS_AFTER = 1024 * 1024;

/** A frame is not left to a worker before so many of its bytes have been read. */
const LEAVE_FRAME_AFTER = 2 * 1024 * 1024;

/** Nor when so much of it has been read that reading it again takes too long. */
const LEAVE_FRAME_UNTIL = 32 * 1024 * 1024;

/** How many segments wait besides those that are scanned, so that none is late. */
const SEGMENTS_AHEAD = 1;

/** Frames are found in slices of this length, so that the event loop turns. */
const WALK_SLICE = 128 * 1024;

/** So many chunks of short frames are enough for a slice. */
const MAX_CHUNKS = 1000;

/** An archive that is being read, and what its games are given to. */
export interface Reading {
  /** The archive's name, for errors. */
  readonly source: string;
  /** How much of the first text is passed over; a sync point follows. */
  readonly skip: number;
  /** Checks the first text. */
  readonly start: TextStart;
  readonly signal: AbortSignal | undefined;
  readonly pool: WorkerPool;
  readonly scanner: SegmentScanner;
  readonly joiner: GameJoiner;
}

/**
 * Reads the frames of a zstd archive. Once that pays, this thread and workers
 * read them segment by segment. A long frame is decompressed by one worker, and
 * its text is scanned here meanwhile.
 *
 * @param bytes The archive's bytes.
 * @param offset Where they begin.
 * @param reading What is read, and by whom.
 * @throws {ArchiveError} If it is damaged, after all that comes before.
 */
export async function* readFrames(
  bytes: AsyncIterable<Bytes>,
  offset: number,
  reading: Reading,
): AsyncGenerator<void> {
  const frames = new FrameReader(bytes, offset, reading);
  const frameText = reading.scanner.frameText(reading.source);
  yield* readHere(frames, frameText, reading);
  if (!frames.isAtEnd) yield* readWithWorkers(frames, frameText, reading);
}

/**
 * Reads the frames of a zstd archive in this thread, and nothing ahead: for a
 * few games, after which reading stops, streams would decompress too much.
 *
 * @param bytes The archive's bytes.
 * @param offset Where they begin.
 * @param reading What is read.
 * @throws {ArchiveError} If it is damaged, after all that comes before.
 */
export async function* readFramesOnDemand(
  bytes: AsyncIterable<Bytes>,
  offset: number,
  reading: Reading,
): AsyncGenerator<void> {
  const { source, joiner, scanner, skip, signal, start } = reading;
  const failure = new Failure();
  const frames = new FrameReader(bytes, offset, reading);
  const frameText = scanner.frameText(source);
  frameText.begin();
  const report = scanner.reportOf(failure, (text) => start.take(text));
  async function* text(): AsyncGenerator<Bytes> {
    for await (const chunks of failure.untilError(frames.rest())) {
      for (const some of frameText.of(chunks, report)) {
        if (isTurnDue()) await turn(); // one frame may hold any length of text
        signal?.throwIfAborted();
        if (some.length > 0) yield some;
      }
      if (failure.isSet) return;
    }
  }
  for await (const batch of scanner.scanOnDemand(text(), skip)) {
    yield* join(batch, joiner);
  }
  failure.throw();
}

/** Scans text in this thread, and gives control back whenever games have been joined. */
export async function* scanText(
  text: ReadableStream<Bytes>,
  { scanner, joiner, signal }: Pick<Reading, "scanner" | "joiner" | "signal">,
  skip = 0,
): AsyncGenerator<void> {
  for await (const batch of scanner.scan(text, { skip, signal })) {
    yield* join(batch, joiner);
  }
}

/** Joins what was found, and lets the event loop turn meanwhile. */
async function* join(
  batch: ScanBatch,
  joiner: GameJoiner,
): AsyncGenerator<void> {
  for (const found of batch) {
    joiner.take(found);
    if (isTurnDue()) await turn();
  }
  yield;
}

/** Reads frames in this thread until workers take part, or to the end. */
async function* readHere(
  frames: FrameReader,
  frameText: FrameText,
  reading: Reading,
): AsyncGenerator<void> {
  const { scanner, pool, signal, skip, start } = reading;
  const failure = new Failure();
  let textBytes = 0;
  const stage = frameText.stage({
    failure,
    onFrame(offset, textOffset) {
      scanner.addFrame(offset, textOffset);
      frames.textOfFrame = 0;
    },
    onText(text) {
      start.take(text);
      textBytes += text.length;
      frames.textOfFrame += text.length;
      if (textBytes >= START_WORKERS_AFTER) pool.start();
    },
  });
  const chunks = frames.untilWorkers(
    failure,
    () => !start.isUnknown && textBytes > skip,
  );
  const text = ReadableStream.from(chunks).pipeThrough(stage, { signal });
  yield* scanText(text, reading, skip);
  failure.throw();
}

/** Reads the rest of the frames here and in workers. */
async function* readWithWorkers(
  frames: FrameReader,
  frameText: FrameText,
  reading: Reading,
): AsyncGenerator<void> {
  const { joiner, pool, signal } = reading;
  const failure = new Failure();
  let skip = frames.isInFrame ? frames.textOfFrame : 0;
  const segments = cutSegments(frames.rest(), frames.open);
  const scans = new ReadableStream<SegmentScan>(
    { pull: (output) => scanNext(segments, output, failure, reading) },
    {
      highWaterMark: pool.size * SEGMENTS_AT_ONCE + SCANS_HERE + SEGMENTS_AHEAD,
    },
  );
  await using here = new ScansHere(frameText, reading);
  for await (const scan of scans) {
    joiner.beginSegment();
    here.begin(scan);
    if (scan.segment.isSlice) {
      const text = textOf(scan, skip, reading);
      yield* scanText(ReadableStream.from(text), reading);
      pool.endSlice();
    } else if (here.has(scan)) {
      for await (const batch of here.read(scan)) yield* join(batch, joiner);
    } else {
      for await (const message of scan.read(signal)) {
        if (message.kind === "batch") yield* join(message.batch, joiner);
      }
    }
    skip = 0;
  }
  failure.throw();
}

/** Offers the next segment to the workers, all slices of it. */
async function scanNext(
  segments: AsyncGenerator<Segment, undefined>,
  output: ReadableStreamDefaultController<SegmentScan>,
  failure: Failure,
  { pool, signal, source }: Reading,
): Promise<void> {
  try {
    let segment: Segment | undefined = (await segments.next()).value;
    if (segment === undefined) return output.close();
    const scan: SegmentScan = pool.scan(segment, source);
    output.enqueue(scan);
    while (segment.isOpen) {
      await scan.hasRoom(signal);
      ({ value: segment } = await segments.next());
      if (segment === undefined) break;
      scan.push(segment);
    }
  } catch (error) {
    failure.set(error);
    output.close(); // what was found before the error is read first
  }
}

/** The text of a long frame without what has been read of it here. */
async function* textOf(
  scan: SegmentScan,
  skip: number,
  { scanner, signal }: Reading,
): AsyncGenerator<Bytes> {
  if (skip === 0) scanner.addFrame(scan.segment.offset, 0);
  for await (const message of scan.read(signal)) {
    if (message.kind !== "text") continue;
    const { bytes } = message;
    const start = Math.min(skip, bytes.length);
    skip -= start;
    for (let at = start; at < bytes.length; at += CHUNK_SIZE) {
      yield bytes.subarray(at, at + CHUNK_SIZE);
    }
  }
}

/** Reads the chunks of an archive's frames once, for whoever decompresses them. */
class FrameReader {
  readonly #chunks: AsyncGenerator<Chunks, undefined>;
  readonly #pool: WorkerPool;
  /** What has been read and is left to workers. */
  #left: Chunks = [];
  /** The frame that is open, for a worker to begin it anew. */
  readonly open: SegmentBuilder;
  isAtEnd = false;
  isInFrame = false;
  /** How much text of the open frame has been read here. */
  textOfFrame = 0;

  constructor(
    bytes: AsyncIterable<Bytes>,
    offset: number,
    { pool, source }: Reading,
  ) {
    const byBlock = !hasNativeZstd();
    const walker = new ZstdFrameWalker({ source, offset, byBlock });
    this.#chunks = walk(bytes, walker);
    this.#pool = pool;
    this.open = new SegmentBuilder(pool.blocks);
  }

  /**
   * Gives out chunks until workers take over: where a frame begins, or inside
   * of a long one.
   *
   * @param failure What has gone wrong.
   * @param mayLeave Whether workers may take over by now.
   */
  async *untilWorkers(
    failure: Failure,
    mayLeave: () => boolean,
  ): AsyncGenerator<Chunks> {
    while (!failure.isSet) {
      let chunks: Chunks | undefined;
      try {
        ({ value: chunks } = await this.#chunks.next()); // the rest is read later
      } catch (error) {
        failure.set(error);
      }
      if (chunks === undefined) break;
      const areReady = this.#pool.isReady && mayLeave();
      const next = areReady
        ? chunks.findIndex(({ kind }) => kind === "frame")
        : -1;
      const here = next === -1 ? chunks : chunks.slice(0, next);
      for (const chunk of here) this.#keep(chunk);
      yield here;
      if (next !== -1) {
        this.open.drop();
        this.isInFrame = false;
        this.#left = chunks.slice(next);
        return;
      }
      if (this.#pool.isReady && mayLeave() && this.#isLong) return;
    }
    this.isAtEnd = true;
  }

  /** Gives out all chunks that are left. */
  async *rest(): AsyncGenerator<Chunks> {
    yield this.#left;
    yield* this.#chunks;
  }

  get #isLong(): boolean {
    const { length } = this.open;
    return this.isInFrame && length >= LEAVE_FRAME_AFTER &&
      length < LEAVE_FRAME_UNTIL;
  }

  #keep(chunk: ZstdFrameChunk): void {
    if (chunk.kind === "frame") {
      this.open.drop();
      this.isInFrame = true;
    } else if (chunk.kind === "end") {
      this.isInFrame = false;
      this.open.drop();
    }
    if (
      this.isInFrame && this.#pool.isUsable &&
      this.open.length < LEAVE_FRAME_UNTIL
    ) this.open.add(chunk);
  }
}

/** Walks over the frames of an archive to its end. */
async function* walk(
  bytes: AsyncIterable<Bytes>,
  walker: ZstdFrameWalker,
): AsyncGenerator<Chunks, undefined> {
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length; at += WALK_SLICE) {
      const failure = new Failure();
      const slice = chunk.subarray(at, at + WALK_SLICE);
      let chunks: ZstdFrameChunk[] = [];
      for (const chunk of failure.until(walker.walk(slice))) {
        if (isTurnDue()) await turn();
        if (chunks.push(chunk) < MAX_CHUNKS) continue;
        yield chunks;
        chunks = [];
      }
      yield chunks;
      failure.throw();
    }
  }
  walker.end();
}
