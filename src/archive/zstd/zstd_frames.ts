// Finds the frames in the bytes of a zstd archive.
import { ArchiveError } from "../archive_error.ts";

/** The largest window a frame may ask for: what `zstd` allows without a flag. */
export const MAX_WINDOW_SIZE: number = 128 * 1024 * 1024;

/** The largest text of a block. */
export const MAX_BLOCK_SIZE: number = 128 * 1024;

const FRAME_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50; // the lowest four bits are free
const MAX_HEADER_LENGTH = 18;

/** What a frame says of itself in its header. */
export interface ZstdFrame {
  /** Where the frame begins in the archive. */
  readonly offset: number;
  /** How much of its text a decoder must keep, in bytes. */
  readonly windowSize: number;
  /** The length of its text, where the header says. */
  readonly contentSize: number | undefined;
  /** Whether a checksum of its text is at its end. */
  readonly hasChecksum: boolean;
}

/** What a {@linkcode ZstdFrameWalker} finds, in this order for every frame. */
export type ZstdFrameChunk =
  /** A frame begins. */
  | { readonly kind: "frame"; readonly frame: ZstdFrame }
  /** Bytes of the frame, its header and its checksum among them. */
  | {
    readonly kind: "bytes";
    readonly bytes: Uint8Array<ArrayBuffer>;
    readonly offset: number;
  }
  /** The frame ends; the offset is where the next one may begin. */
  | {
    readonly kind: "end";
    readonly frame: ZstdFrame;
    readonly offset: number;
    /** The low half of its text's XXH64, where the frame has a checksum. */
    readonly checksum: number | undefined;
  };

/** Options of {@linkcode ZstdFrameWalker}. */
export interface ZstdFrameWalkerOptions {
  /** The archive's name, for errors. @default {""} */
  source?: string;
  /** Where the first byte is in the archive. @default {0} */
  offset?: number;
  /** Give out no bytes of two blocks at once. @default {false} */
  byBlock?: boolean;
}

type State =
  | "magic"
  | "skippable size"
  | "announcement"
  | "skippable content"
  | "descriptor"
  | "header"
  | "block header"
  | "block"
  | "checksum";

/**
 * Finds the frames in the bytes of a zstd archive (RFC 8878) without
 * decompressing anything, so that a decoder is given one frame at a time, and
 * so that an archive that is cut off, or goes on as something else, is known
 * for what it is.
 *
 * Skippable frames are passed over. One that pzstd writes (it holds the length
 * of the frame after it) announces a frame: the archive may not end before
 * that has come.
 */
export class ZstdFrameWalker {
  readonly #source: string;
  readonly #byBlock: boolean;
  /** Where the next chunk is in the archive. */
  #offset: number;
  #state: State = "magic";
  /** How many bytes are missing until the state is over. */
  #missing = 4;
  /** The bytes of the state so far; of a frame's header, all from its magic on. */
  readonly #bytes = new Uint8Array(MAX_HEADER_LENGTH);
  readonly #view = new DataView(this.#bytes.buffer);
  #filled = 0;
  #frame: ZstdFrame | undefined;
  #isAnnounced = false;
  #isLastBlock = false;

  /**
   * Creates a walker that starts at the beginning of a frame.
   *
   * @param options What the bytes are called, and how they are given out.
   */
  constructor(options: ZstdFrameWalkerOptions = {}) {
    const { source = "", offset = 0, byBlock = false } = options;
    this.#source = source;
    this.#offset = offset;
    this.#byBlock = byBlock;
  }

  /**
   * Walks over the next bytes, which may be cut anywhere. The frame chunks are views
   * of the chunk, and all of them must be taken before the next chunk.
   *
   * @param chunk The bytes that follow those of the last call.
   * @returns The frames in them, in order.
   * @throws {ArchiveError} If they are not zstd, or ask for what is not allowed.
   */
  *walk(chunk: Uint8Array<ArrayBuffer>): Generator<ZstdFrameChunk> {
    const base = this.#offset;
    this.#offset += chunk.length;
    let at = 0;
    let given = 0; // the bytes of a frame that come before have been given out
    for (;;) {
      const length = Math.min(this.#missing, chunk.length - at);
      if (this.#state !== "block" && this.#state !== "skippable content") {
        this.#bytes.set(chunk.subarray(at, at + length), this.#filled);
        this.#filled += length;
      }
      this.#missing -= length;
      at += length;
      if (this.#missing > 0) break; // the chunk is used up
      const offset = base + at;

      switch (this.#state) {
        case "magic":
          this.#readMagic(offset - 4);
          break;
        case "skippable size": {
          const size = this.#view.getUint32(4, true);
          const isPzstd = this.#bytes[0] === 0x50 && size === 4;
          this.#enter(isPzstd ? "announcement" : "skippable content", size);
          break;
        }
        case "announcement":
          this.#isAnnounced = true;
          this.#enter("magic", 4);
          break;
        case "skippable content":
          this.#enter("magic", 4);
          break;
        case "descriptor":
          this.#continue("header", this.#headerLength(offset - 5) - 5);
          break;
        case "header": {
          const start = offset - this.#filled;
          const bytes = this.#bytes.slice(0, this.#filled);
          this.#frame = this.#readHeader(start);
          this.#isAnnounced = false;
          this.#enter("block header", 3);
          given = at;
          yield { kind: "frame", frame: this.#frame };
          yield { kind: "bytes", bytes, offset: start };
          break;
        }
        case "block header":
          this.#enter("block", this.#readBlockHeader(offset - 3));
          break;
        case "block":
          if (!this.#isLastBlock) {
            if (this.#byBlock) {
              yield view(chunk, given, at, base);
              given = at;
            }
            this.#enter("block header", 3);
          } else if (this.#frame!.hasChecksum) {
            this.#enter("checksum", 4);
          } else {
            yield* this.#endFrame(view(chunk, given, at, base), offset);
            given = at;
          }
          break;
        case "checksum": {
          const checksum = this.#view.getUint32(0, true);
          yield* this.#endFrame(view(chunk, given, at, base), offset, checksum);
          given = at;
          break;
        }
      }
    }
    if (this.#frame !== undefined && given < at) {
      yield view(chunk, given, at, base);
    }
  }

  /**
   * Tells the walker that no bytes follow.
   *
   * @throws {ArchiveError} If the archive cannot end here.
   */
  end(): void {
    if (this.#frame !== undefined) this.#fail("it ends inside a frame");
    if (this.#state !== "magic" || this.#filled > 0) {
      this.#fail("it ends inside the header of a frame");
    }
    if (this.#isAnnounced) {
      this.#fail("it ends where a skippable frame announces another frame");
    }
  }

  /** Goes on to a state whose bytes are kept from the beginning. */
  #enter(state: State, missing: number): void {
    this.#filled = 0;
    this.#continue(state, missing);
  }

  /** Goes on to a state whose bytes are kept after those of the last one. */
  #continue(state: State, missing: number): void {
    this.#state = state;
    this.#missing = missing;
  }

  #readMagic(offset: number): void {
    const magic = this.#view.getUint32(0, true);
    if (magic === FRAME_MAGIC) {
      this.#continue("descriptor", 1);
    } else if ((magic & ~0xf) === SKIPPABLE_MAGIC) {
      this.#continue("skippable size", 4);
    } else {
      this.#fail("a zstd frame was expected here", offset);
    }
  }

  #headerLength(offset: number): number {
    const descriptor = this.#bytes[4];
    if ((descriptor & 0b1000) !== 0) {
      this.#fail("the header of a frame has a reserved bit", offset);
    }
    if ((descriptor & 0b11) !== 0) {
      this.#fail("a frame needs a dictionary", offset);
    }
    const isSingleSegment = (descriptor & 0b100000) !== 0;
    const sizeLength = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6];
    return 5 + (isSingleSegment ? 0 : 1) + sizeLength;
  }

  #readHeader(offset: number): ZstdFrame {
    const descriptor = this.#bytes[4];
    const isSingleSegment = (descriptor & 0b100000) !== 0;
    const at = isSingleSegment ? 5 : 6;
    const contentSize = [
      () => isSingleSegment ? this.#bytes[at] : undefined,
      () => this.#view.getUint16(at, true) + 256,
      () => this.#view.getUint32(at, true),
      () => Number(this.#view.getBigUint64(at, true)),
    ][descriptor >> 6]();
    const base = 2 ** (10 + (this.#bytes[5] >> 3));
    const windowSize = isSingleSegment
      ? contentSize!
      : base + base / 8 * (this.#bytes[5] & 7);
    if (windowSize > MAX_WINDOW_SIZE) {
      this.#fail(
        `a frame needs a window of ${windowSize} bytes, and ${MAX_WINDOW_SIZE} are allowed`,
        offset,
      );
    }
    const hasChecksum = (descriptor & 0b100) !== 0;
    return { offset, windowSize, contentSize, hasChecksum };
  }

  /** Returns how many bytes of the block follow its header. */
  #readBlockHeader(offset: number): number {
    const header = this.#bytes[0] | this.#bytes[1] << 8 | this.#bytes[2] << 16;
    const type = header >> 1 & 3;
    const size = header >> 3;
    this.#isLastBlock = (header & 1) !== 0;
    if (type === 3) this.#fail("a block is of an unknown type", offset);
    if (size > Math.min(this.#frame!.windowSize, MAX_BLOCK_SIZE)) {
      this.#fail("a block is larger than its frame allows", offset);
    }
    return type === 1 ? 1 : size; // one byte for a whole run
  }

  *#endFrame(
    last: ZstdFrameChunk,
    offset: number,
    checksum?: number,
  ): Generator<ZstdFrameChunk> {
    const frame = this.#frame!;
    this.#frame = undefined;
    this.#enter("magic", 4);
    yield last;
    yield { kind: "end", frame, offset, checksum };
  }

  #fail(why: string, offset = this.#offset): never {
    const source = this.#source;
    throw new ArchiveError(`Cannot read the archive: ${why}`, {
      offset,
      source,
    });
  }
}

function view(
  chunk: Uint8Array<ArrayBuffer>,
  from: number,
  to: number,
  base: number,
): ZstdFrameChunk {
  const bytes = chunk.subarray(from, to);
  return { kind: "bytes", bytes, offset: base + from };
}
