import { setImmediate } from "node:timers/promises";
import type {
  ArchivePool,
  FoundInWorker,
  PoolJob,
  PoolWorker,
} from "./archive_pool.ts";
import { type FramePiece, FrameScanner } from "./frame_scanner.ts";
import type { Step } from "./game_joiner.ts";
import { partSize, type ScannedPart } from "./game_scanner.ts";
import type { OpenArchive } from "../archive/open_archive.ts";
import {
  type Reading,
  type ReadingStart,
  stepsOf,
  TextHere,
} from "./reading.ts";
import { ZstdPieceDecoder } from "../archive/zstd/zstd_decompressor.ts";
import {
  ZstdFrameWalker,
  type ZstdPiece,
} from "../archive/zstd/zstd_frames.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** The pieces of an archive's frames, read once by whoever comes first. */
type Pieces = AsyncGenerator<ZstdPiece, undefined>;

/** Frames that are shorter are taken together. */
const GROUP_SIZE = 512 * 1024;

/**
 * How long frames from `offset` on must be to be taken by themselves. At the
 * beginning of an archive it is worth less to begin further on.
 */
function groupSize(offset: number): number {
  return Math.min(GROUP_SIZE, Math.max(1024, offset / 16));
}

/** A longer frame is decompressed in a worker while its text is read here. */
const MAX_FRAME_SIZE = 16 * 1024 * 1024;

/** A frame that is open when workers come is left to them behind so much text. */
const LEAVE_FRAME_AFTER = 12 * 1024 * 1024;

/** Bytes of a frame go to its worker in chunks of this length, so many ahead. */
const CHUNK_SIZE = 512 * 1024;
const CHUNKS_AHEAD = 3;

/** So many pieces of text are read here until it is seen what workers have done. */
const PIECES_AT_ONCE = 4;

/** So many bytes of games are kept for their turn. */
const MAX_BYTES_AHEAD = 1024 * 1024;

/**
 * Reads the frames of a zstd archive. Once that pays, frames go to workers, and
 * while it waits for them this thread reads some of the frames behind. A long
 * frame is decompressed by a worker, and its text is read here.
 *
 * @param archive The archive.
 * @param start Where it begins.
 * @param reading The workers, among others.
 * @returns What is found, in the archive's order.
 * @throws {ArchiveError} If it is damaged, behind all that comes before.
 */
export async function* readFrames(
  archive: OpenArchive,
  start: ReadingStart,
  reading: Reading,
): AsyncGenerator<Step> {
  const { pool, useThreadsAfter } = reading;
  const { name: source, offset } = start;
  const decoder = new ZstdPieceDecoder({ source });
  const { byBlock } = decoder;
  const walker = new ZstdFrameWalker({ source, offset, byBlock });
  const pieces = walk(archive.chunks, walker);
  const here = new TextHere(start, reading);
  const open: OpenFrames = { archive, source, pieces, here, reading };
  const room = () => reading.scanner.room();
  let group = -1;
  /** The frame that is open, and how much of its text has been read. */
  let frame: FrameInput | undefined;
  let textBytes = 0;
  try {
    for (;;) {
      const { value: piece, done } = await pieces.next();
      if (done) break;
      if (piece.kind === "frame") {
        const { offset } = piece.frame;
        if (group === -1 || offset - group >= groupSize(group)) {
          if (here.isBehindSkip && await useWorkers(reading)) {
            decoder.close();
            yield* readInWorkers(offset, open);
            return;
          }
          group = offset;
          yield* here.begin(group);
        }
        frame = new FrameInput(pool, offset);
        textBytes = 0;
      } else if (piece.kind === "bytes" && pool.isUsable) {
        frame?.add(piece.bytes);
        if (frame !== undefined && frame.length > 2 * MAX_FRAME_SIZE) {
          frame.drop(); // it is read here to its end
          frame = undefined;
        }
      }
      for (const text of decoder.decode(piece, room)) {
        textBytes += text.length;
        yield* here.push(text);
        if (reading.textHere >= useThreadsAfter / 4) pool.start(); // it takes a while
      }
      if (piece.kind === "end") {
        frame?.drop();
        frame = undefined;
      } else if (
        frame !== undefined && here.isBehindSkip &&
        (textBytes >= LEAVE_FRAME_AFTER || useThreadsAfter === 0) &&
        await useWorkers(reading)
      ) {
        decoder.close();
        yield* readLongFrame(frame, textBytes, open);
        const { value: next } = await pieces.next();
        if (next?.kind !== "frame") break;
        const { offset } = next.frame;
        yield* readInWorkers(offset, open);
        return;
      }
    }
  } catch (error) {
    yield* here.end();
    throw error;
  } finally {
    frame?.drop();
    decoder.close();
    await pieces.return(undefined);
  }
  yield* here.end();
}

/** An archive whose frames are read. */
interface OpenFrames {
  readonly archive: OpenArchive;
  /** Its name, for errors. */
  readonly source: string;
  readonly pieces: Pieces;
  readonly here: TextHere;
  readonly reading: Reading;
}

/** Walks over the frames of an archive to its end. */
async function* walk(
  chunks: AsyncIterable<Bytes>,
  walker: ZstdFrameWalker,
): Pieces {
  for await (const chunk of chunks) yield* walker.walk(chunk);
  walker.end();
}

/** Whether workers shall take part, and can. */
async function useWorkers(
  { pool, textHere, signal, useThreadsAfter }: Reading,
): Promise<boolean> {
  if (!pool.isUsable || textHere < useThreadsAfter) return false;
  return pool.isReady || useThreadsAfter === 0 && await pool.whenReady(signal);
}

/**
 * Reads a frame, of which `input` is the beginning, to its end: a worker
 * decompresses it, and its text is read here.
 *
 * @param skip How much of its text has been read.
 */
async function* readLongFrame(
  input: FrameInput,
  skip: number,
  { source, pieces, here, reading: { pool, signal } }: OpenFrames,
): AsyncGenerator<Step> {
  const worker = pool.freeWorker()!;
  const { frames } = input;
  const bytes = input.take();
  const runs = [
    worker.run({ kind: "stream", frames, bytes, skip, isLast: false }),
  ];
  let isLast = false;
  let failure: { readonly error: unknown } | undefined;
  while (runs.length > 0) {
    while (!isLast && runs.length < CHUNKS_AHEAD) {
      const chunk = new JobInput(pool);
      while (!isLast && chunk.length < CHUNK_SIZE) {
        try {
          const { value: piece } = await pieces.next();
          if (piece?.kind === "bytes") chunk.add(piece.bytes);
          else isLast = true;
        } catch (error) {
          failure = { error };
          isLast = true;
        }
      }
      const { length } = chunk;
      runs.push(worker.run({
        kind: "stream",
        frames: [{ offset: 0, length, continues: true }],
        bytes: chunk.take(),
        isLast,
      }));
    }
    await runs[0].wait(signal);
    const message = runs[0].take(source);
    if (message?.kind === "done") runs.shift();
    if (message?.kind === "text") {
      yield* here.push(message.bytes);
      runs[0].more(message.bytes.buffer);
    }
  }
  if (failure !== undefined) throw failure.error;
}

/** Reads frames from one on that begins at `offset`, here and in workers. */
async function* readInWorkers(
  offset: number,
  open: OpenFrames,
): AsyncGenerator<Step> {
  const { archive, source, pieces, here, reading } = open;
  const { pool, signal } = reading;
  yield* here.end();
  const groups = groupFrames(offset, pieces, pool);
  let scanner: FrameScanner | undefined;
  /** What is under way, in the archive's order. */
  const jobs: FrameJob[] = [];
  /** The next frames, gathered while others are read. */
  let next: Promise<void> | undefined;
  let input: FrameInput | undefined;
  let isLast = false;
  let failure: { readonly error: unknown } | undefined;
  const gather = async () => {
    try {
      const { value, done } = await groups.next();
      input = value;
      isLast = done === true;
    } catch (error) {
      failure = { error };
      isLast = true;
    }
    next = undefined;
  };
  /** Finds who reads frames, if anybody should have more of them. */
  const jobFor = (input: FrameInput): FrameJob | undefined => {
    const worker = pool.freeWorker();
    if (worker !== undefined) return new JobElsewhere(input, worker, source);
    const isBusyHere = jobs.some((job) =>
      job instanceof JobHere && !job.isRead
    );
    if (!pool.helps || isBusyHere || jobs.length >= pool.capacity) return;
    scanner ??= new FrameScanner(reading.scan);
    return new JobHere(input, scanner, pool);
  };
  try {
    for (;;) {
      if (input !== undefined && !input.isLong) {
        const job = jobFor(input);
        if (job !== undefined) {
          jobs.push(job);
          input = undefined;
        }
      }
      if (input === undefined && !isLast) next ??= gather();
      const job = jobs[0];
      if (job !== undefined) {
        yield* job.take();
        if (job.isDone) jobs.shift();
        else {
          const wait = jobToWaitFor(jobs).wait(signal);
          await (next === undefined ? wait : Promise.race([wait, next]));
        }
      } else if (next !== undefined) await next;
      else if (input !== undefined) {
        yield* here.begin(input.offset);
        yield* readLongFrame(input, 0, open);
        yield* here.end();
        input = undefined;
      } else break;
      signal?.throwIfAborted();
    }
  } finally {
    scanner?.close();
    archive.stop(); // the groups may wait for bytes that do not come
    await groups.return(undefined);
  }
  if (failure !== undefined) throw failure.error;
}

/** The first job that goes on in this thread meanwhile, or else the first of all. */
function jobToWaitFor(jobs: readonly FrameJob[]): FrameJob {
  return jobs.find((job) => job instanceof JobHere && job.mayGoOn) ?? jobs[0];
}

/**
 * Takes frames together that are short, from one on that begins at `offset`. A
 * long one is given out as soon as it is known to be long: what is missing of
 * it must have been taken from `pieces` before the next group is asked for.
 */
async function* groupFrames(
  offset: number,
  pieces: Pieces,
  pool: ArchivePool,
): AsyncGenerator<FrameInput, undefined> {
  let input: FrameInput | undefined = new FrameInput(pool, offset);
  let failure: { readonly error: unknown } | undefined;
  for (;;) {
    let piece: ZstdPiece | undefined;
    try {
      ({ value: piece } = await pieces.next());
    } catch (error) {
      failure = { error };
    }
    const isNext = piece?.kind === "frame" && input !== undefined &&
      piece.frame.offset - input.offset >= groupSize(input.offset);
    if (input !== undefined && (piece === undefined || isNext)) {
      yield input;
      input = undefined;
    }
    if (piece === undefined) break;
    if (piece.kind === "frame") {
      const { offset } = piece.frame;
      if (input === undefined) input = new FrameInput(pool, offset);
      else input.begin(offset);
    } else if (piece.kind === "bytes" && input !== undefined) {
      input.add(piece.bytes);
      if (input.isLong) {
        yield input;
        input = undefined;
      }
    }
  }
  if (failure !== undefined) throw failure.error;
}

/** Gathers the bytes of a job in a buffer that may have been used before. */
class JobInput {
  readonly #pool: ArchivePool;
  #buffer: Bytes | undefined;
  length = 0;

  constructor(pool: ArchivePool) {
    this.#pool = pool;
  }

  add(bytes: Bytes): void {
    const length = this.length + bytes.length;
    const old = this.#buffer;
    if (old === undefined || old.length < length) {
      this.#buffer = this.#pool.buffer(length);
      if (old !== undefined) {
        this.#buffer.set(old.subarray(0, this.length));
        this.#pool.recycle(old.buffer);
      }
    }
    this.#buffer!.set(bytes, this.length);
    this.length = length;
  }

  /** Gives the bytes away. */
  take(): Bytes {
    const bytes = (this.#buffer ?? new Uint8Array(0)).subarray(0, this.length);
    this.#buffer = undefined;
    this.length = 0;
    return bytes;
  }

  /** Lets others have the buffer. */
  drop(): void {
    this.#pool.recycle(this.take().buffer);
  }
}

/** Gathers frames, the last of which may be there only in part. */
class FrameInput extends JobInput {
  readonly #frames: { offset: number; length: number }[] = [];
  /** Where the first of them begins. */
  readonly offset: number;

  constructor(pool: ArchivePool, offset: number) {
    super(pool);
    this.offset = offset;
    this.begin(offset);
  }

  get frames(): readonly FramePiece[] {
    return this.#frames;
  }

  /** Whether the last of them is one that is read by itself. */
  get isLong(): boolean {
    return this.#frames[this.#frames.length - 1].length > MAX_FRAME_SIZE;
  }

  begin(offset: number): void {
    this.#frames.push({ offset, length: 0 });
  }

  override add(bytes: Bytes): void {
    super.add(bytes);
    this.#frames[this.#frames.length - 1].length += bytes.length;
  }
}

/** Frames that are read, and what has been found in them. */
interface FrameJob {
  /** Whether all that is found has been taken. */
  readonly isDone: boolean;
  /** Takes what has been found until now. */
  take(): Generator<Step>;
  /** Waits until there is more. */
  wait(signal: AbortSignal | undefined): Promise<void>;
}

/** Frames that are read in a worker. */
class JobElsewhere implements FrameJob {
  readonly #run: PoolJob;
  readonly #source: string;
  #begin: Step | undefined;
  #waiting: Promise<void> | undefined;
  isDone = false;

  constructor(input: FrameInput, worker: PoolWorker, source: string) {
    const { frames, offset } = input;
    this.#begin = { kind: "begin", offset };
    this.#run = worker.run({ kind: "frames", frames, bytes: input.take() });
    this.#source = source;
  }

  *take(): Generator<Step> {
    if (this.#begin !== undefined) yield this.#begin;
    this.#begin = undefined;
    for (;;) {
      const message = this.#run.take(this.#source);
      if (message?.kind === "done") {
        this.isDone = true;
        yield { kind: "end", textBytes: message.textBytes };
      }
      if (message?.kind !== "parts") return;
      yield* stepsOf(unpack(message));
      this.#run.more();
    }
  }

  wait(signal: AbortSignal | undefined): Promise<void> {
    if (this.#waiting === undefined) {
      this.#waiting = this.#run.wait(signal)
        .finally(() => this.#waiting = undefined);
      this.#waiting.catch(() => {}); // it may be waited for no longer
    }
    return this.#waiting;
  }
}

/** Frames that are read in this thread, as far ahead as is asked for. */
class JobHere implements FrameJob {
  readonly #pool: ArchivePool;
  readonly #bytes: Bytes;
  readonly #scan: Generator<readonly ScannedPart[], number>;
  #ahead: Step[];
  #bytesAhead = 0;
  #failure: { readonly error: unknown } | undefined;
  isRead = false;
  isDone = false;

  constructor(input: FrameInput, scanner: FrameScanner, pool: ArchivePool) {
    const { frames, offset } = input;
    this.#pool = pool;
    this.#bytes = input.take();
    this.#ahead = [{ kind: "begin", offset }];
    this.#scan = scanner.scan(frames, this.#bytes);
  }

  /** Whether it is not read to its end, and not too much waits to be taken. */
  get mayGoOn(): boolean {
    return !this.isRead && this.#bytesAhead < MAX_BYTES_AHEAD;
  }

  #goOn(): void {
    try {
      for (let i = 0; i < PIECES_AT_ONCE && !this.isRead; i++) {
        const { value, done } = this.#scan.next();
        if (done) {
          this.#ahead.push({ kind: "end", textBytes: value });
          this.#end();
        } else {
          this.#ahead.push(...stepsOf(value));
          for (const part of value) this.#bytesAhead += partSize(part);
        }
      }
    } catch (error) {
      this.#failure = { error };
      this.#end();
    }
  }

  #end(): void {
    this.isRead = true;
    this.#pool.recycle(this.#bytes.buffer);
  }

  *take(): Generator<Step> {
    const steps = this.#ahead;
    this.#ahead = [];
    this.#bytesAhead = 0;
    yield* steps;
    if (this.#failure !== undefined) throw this.#failure.error;
    this.isDone = this.isRead;
  }

  /** Reads some of the text, and lets messages of workers come in. */
  async wait(): Promise<void> {
    this.#goOn();
    await setImmediate();
  }
}

/** Takes apart what a worker has put together. */
function unpack(
  { parts, bytes, lengths, verdicts }: PackedParts,
): ScannedPart[] {
  let at = 0;
  let text = 0;
  let game = 0;
  return parts.map((part) => {
    if (part.kind === "text") return part;
    const texts: Uint8Array[] = [];
    for (const end = text + part.texts; text < end; text++) {
      texts.push(bytes.subarray(at, at + lengths[text]));
      at += lengths[text];
    }
    const first = game;
    game += part.count;
    const some = verdicts.map((all) => all.subarray(first, game));
    return { ...part, texts, verdicts: some };
  });
}

type PackedParts = Extract<FoundInWorker, { kind: "parts" }>;
