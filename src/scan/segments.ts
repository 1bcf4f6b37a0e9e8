// Cuts the frames of a zstd archive into segments that are scanned apart.
import type { ZstdFrameChunk } from "../archive/zstd/zstd_frames.ts";
import { Failure } from "./failure.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Short frames are scanned together. */
const SEGMENT_SIZE = 512 * 1024;

/** A frame that is longer is decompressed in a worker and scanned in this thread. */
const LONG_FRAME = 16 * 1024 * 1024;

/** So much of a long frame goes to its worker at once. */
const LONG_FRAME_SLICE = 512 * 1024;

/** Bytes are kept in blocks of one length, so that no block grows. */
const BLOCK_SIZE = 256 * 1024;

/** Frames that follow each other, in memory of their own, or a slice of a long one. */
export interface Segment {
  /** Where the first frame begins in the archive. */
  readonly offset: number;
  /** The chunks of its frames. */
  readonly chunks: readonly ZstdFrameChunk[];
  /** The memory of their bytes. */
  readonly blocks: readonly ArrayBuffer[];
  /** Whether it is a slice of a long frame. */
  readonly isSlice: boolean;
  /** Whether the next segment continues its last frame. */
  readonly isOpen: boolean;
}

/** Blocks that are used again and again. */
export class BlockPool {
  readonly #blocks: ArrayBuffer[] = [];

  /** A block. */
  take(): ArrayBuffer {
    return this.#blocks.pop() ?? new ArrayBuffer(BLOCK_SIZE);
  }

  /** Takes back blocks that are not needed any more. */
  give(blocks: readonly ArrayBuffer[]): void {
    this.#blocks.push(...blocks);
  }
}

/** Gathers the chunks of frames. */
export class SegmentBuilder {
  readonly #pool: BlockPool;
  #blocks: ArrayBuffer[] = [];
  /** What is free of the last block. */
  #room: Bytes = new Uint8Array(0);
  #chunks: ZstdFrameChunk[] = [];
  #offset = 0;
  /** Bytes gathered. */
  length = 0;

  /** Creates a builder that takes its memory from a pool. */
  constructor(pool: BlockPool) {
    this.#pool = pool;
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
    if (chunk.kind === "bytes") this.#copy(chunk.bytes, chunk.offset);
    else this.#chunks.push(chunk);
  }

  /** Gives out what has been gathered, and begins anew. */
  take(isSlice: boolean, isOpen: boolean): Segment {
    const [offset, chunks, blocks] = [this.#offset, this.#chunks, this.#blocks];
    this.#clear();
    return { offset, chunks, blocks, isSlice, isOpen };
  }

  /** Forgets what has been gathered. */
  drop(): void {
    this.#pool.give(this.#blocks);
    this.#clear();
  }

  #copy(bytes: Bytes, offset: number): void {
    for (let at = 0; at < bytes.length;) {
      if (this.#room.length === 0) {
        const block = this.#pool.take();
        this.#blocks.push(block);
        this.#room = new Uint8Array(block);
      }
      const some = bytes.subarray(at, at + this.#room.length);
      this.#room.set(some);
      const copy = this.#room.subarray(0, some.length);
      this.#chunks.push({ kind: "bytes", bytes: copy, offset: offset + at });
      this.#room = this.#room.subarray(some.length);
      at += some.length;
    }
    this.length += bytes.length;
  }

  #clear(): void {
    this.#blocks = [];
    this.#room = new Uint8Array(0);
    this.#chunks = [];
    this.length = 0;
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
  const failure = new Failure();
  for await (const some of failure.untilError(chunks)) {
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
  failure.throw();
}
