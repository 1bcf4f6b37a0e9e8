// Cuts the frames of a zstd archive into segments that are scanned apart.
import type { ZstdFrameChunk } from "../archive/zstd/zstd_frames.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Short frames are scanned together. */
const SEGMENT_SIZE = 512 * 1024;

/** A frame that is longer is decompressed in a worker and scanned in this thread. */
const LONG_FRAME = 16 * 1024 * 1024;

/** So much of a long frame goes to its worker at once. */
const LONG_FRAME_SLICE = 512 * 1024;

/** Frames that follow each other, in memory of their own, or a slice of a long one. */
export interface Segment {
  /** Where the first frame begins in the archive. */
  readonly offset: number;
  /** The chunks of its frames; all their bytes are in one buffer. */
  readonly chunks: readonly ZstdFrameChunk[];
  /** Whether it is a slice of a long frame. */
  readonly isSlice: boolean;
  /** Whether the next segment continues its last frame. */
  readonly isOpen: boolean;
}

/** Gives buffers that have been used before. */
export interface BufferPool {
  /** A buffer of at least `length` bytes. */
  take(length: number): Bytes;
  /** Takes back a buffer that is not needed any more. */
  give(buffer: ArrayBufferLike): void;
}

/** Gathers the chunks of frames. */
export class SegmentBuilder {
  readonly #buffers: BufferPool;
  #buffer: Bytes | undefined;
  /** The chunks, their bytes by where they begin and end in the buffer. */
  #chunks: (ZstdFrameChunk & { start: number; end: number })[] = [];
  #offset = 0;
  /** Bytes gathered. */
  length = 0;

  /** Creates a builder that takes its memory from a pool. */
  constructor(buffers: BufferPool) {
    this.#buffers = buffers;
  }

  /** Whether nothing has been gathered. */
  get isEmpty(): boolean {
    return this.#chunks.length === 0;
  }

  /** Takes a chunk; its bytes are copied. */
  add(chunk: ZstdFrameChunk): void {
    if (this.isEmpty && chunk.kind === "frame") {
      this.#offset = chunk.frame.offset;
    }
    const start = this.length;
    if (chunk.kind === "bytes") {
      const { bytes } = chunk;
      this.length += bytes.length;
      this.#reserve(start);
      this.#buffer!.set(bytes, start);
    }
    this.#chunks.push({ ...chunk, start, end: this.length });
  }

  /** Gives out what has been gathered, and begins anew. */
  take(isSlice: boolean, isOpen: boolean): Segment {
    const buffer = this.#buffer;
    const chunks = this.#chunks.map(({ start, end, ...chunk }) =>
      chunk.kind === "bytes"
        ? { ...chunk, bytes: buffer!.subarray(start, end) }
        : chunk
    );
    this.#clear();
    return { offset: this.#offset, chunks, isSlice, isOpen };
  }

  /** Forgets what has been gathered. */
  drop(): void {
    if (this.#buffer !== undefined) this.#buffers.give(this.#buffer.buffer);
    this.#clear();
  }

  #clear(): void {
    this.#buffer = undefined;
    this.#chunks = [];
    this.length = 0;
  }

  #reserve(used: number): void {
    const old = this.#buffer;
    if (old !== undefined && old.length >= this.length) return;
    this.#buffer = this.#buffers.take(this.length);
    if (old === undefined) return;
    this.#buffer.set(old.subarray(0, used));
    this.#buffers.give(old.buffer);
  }
}

/**
 * Cuts frames into segments, the longer the further on in the archive they
 * begin.
 *
 * @param chunks The chunks of the frames.
 * @param builder What has been gathered already: the beginning of a long frame,
 * or nothing.
 * @returns The segments.
 * @throws {unknown} What `chunks` throws, after all that comes before it.
 */
export async function* cutSegments(
  chunks: AsyncIterable<readonly ZstdFrameChunk[]>,
  builder: SegmentBuilder,
): AsyncGenerator<Segment, undefined> {
  let start = 0;
  let isSlice = !builder.isEmpty;
  let isInFrame = isSlice;
  let error: { readonly cause: unknown } | undefined;
  const read = chunks[Symbol.asyncIterator]();
  for (;;) {
    let some: readonly ZstdFrameChunk[] | undefined;
    try {
      ({ value: some } = await read.next());
    } catch (cause) {
      error = { cause };
    }
    if (some === undefined) break;
    for (const chunk of some) {
      if (chunk.kind === "frame") {
        const { offset } = chunk.frame;
        if (builder.isEmpty) start = offset;
        else if (offset - start >= Math.min(SEGMENT_SIZE, offset / 16)) {
          yield builder.take(false, false);
          start = offset;
        }
        isInFrame = true;
      }
      builder.add(chunk);
      if (chunk.kind === "end") isInFrame = false;
      if (isSlice && !isInFrame) {
        yield builder.take(true, false);
        isSlice = false;
      }
      const isLong = builder.length > (isSlice ? LONG_FRAME_SLICE : LONG_FRAME);
      if (isInFrame && isLong) {
        isSlice = true;
        yield builder.take(true, true);
      }
    }
  }
  if (!builder.isEmpty || isSlice) yield builder.take(isSlice, false);
  if (error !== undefined) throw error.cause;
}
