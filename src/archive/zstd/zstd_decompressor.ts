// Decompresses the frames of a zstd archive, with the decoder that there is.
import { ArchiveError } from "../archive_error.ts";
import type { TextRoom, ZstdDecoder } from "./zstd_decoder.ts";
import { type ZstdFrameChunk, ZstdFrameWalker } from "./zstd_frames.ts";
import { FzstdDecoder } from "./zstd_fzstd.ts";
import { hasNativeZstd, NativeZstdDecoder } from "./zstd_native.ts";

/** The offset of a decoder's error is known to within this many bytes. */
const SLICE_SIZE = 64 * 1024;

const NO_TEXT = new Uint8Array(0);

/** The decoders there are: the runtime's own, and plain JavaScript. */
export type ZstdDecoderName = "native" | "fzstd";

/** Options of {@linkcode ZstdDecompressor}. */
export interface ZstdDecompressorOptions {
  /** The archive's name, for errors. @default {""} */
  source?: string;
  /** Where the first byte is in the archive. @default {0} */
  offset?: number;
  /** The decoder to use. @default {"native", where the runtime has it} */
  decoder?: ZstdDecoderName;
}

/** Decompresses the chunks of frames that a {@linkcode ZstdFrameWalker} finds. */
export class ZstdFrameDecoder {
  readonly #decoder: ZstdDecoder;
  /** The archive's name, for errors. */
  source: string;
  #isClosed = false;

  /**
   * Creates a decoder.
   *
   * @param options What the bytes are called, and the decoder.
   */
  constructor(options: Omit<ZstdDecompressorOptions, "offset"> = {}) {
    const { source = "", decoder = preferredDecoder() } = options;
    this.source = source;
    this.#decoder = decoder === "native"
      ? new NativeZstdDecoder()
      : new FzstdDecoder();
  }

  /** Whether it must be given the blocks of a frame one by one. */
  get byBlock(): boolean {
    return this.#decoder.byBlock;
  }

  /**
   * Decompresses the next chunk; all text must be taken before the next one.
   *
   * @param chunk The chunk; its bytes are not kept.
   * @param room Where its text may be written, see {@linkcode ZstdDecoder}.
   * @returns Its text.
   * @throws {ArchiveError} If it is damaged.
   */
  *decode(
    chunk: ZstdFrameChunk,
    room?: TextRoom,
  ): Generator<Uint8Array<ArrayBuffer>> {
    if (this.#isClosed) return;
    if (chunk.kind === "frame") {
      this.#decoder.begin(chunk.frame);
    } else if (chunk.kind === "bytes") {
      const { bytes, offset } = chunk;
      for (let at = 0; at < bytes.length && !this.#isClosed;) {
        const slice = bytes.subarray(at, at + SLICE_SIZE);
        yield* this.#placed(
          offset + at,
          () => this.#decoder.decode(slice, room),
        );
        at += slice.length;
      }
    } else {
      const { offset, checksum } = chunk;
      yield* this.#placed(offset, () => this.#decoder.end(checksum));
    }
    yield NO_TEXT; // long rows of frames without text can be interrupted, too
  }

  /** Frees the decoder, at any time; no more text comes then. */
  close(): void {
    this.#isClosed = true;
    this.#decoder.close();
  }

  /** Gives out text, and an error of the decoder with its offset. */
  *#placed(
    offset: number,
    decode: () => Iterable<Uint8Array<ArrayBuffer>>,
  ): Generator<Uint8Array<ArrayBuffer>> {
    try {
      for (const text of decode()) {
        yield text;
        if (this.#isClosed) return;
      }
    } catch (cause) {
      throw new ArchiveError(
        "Cannot read the archive: a frame is damaged",
        { offset, source: this.source, cause },
      );
    }
  }
}

/**
 * Decompresses the frames of a zstd archive, each chunk of text is
 * made when it is asked for, so that memory stays bounded.
 */
export class ZstdDecompressor {
  readonly #decoder: ZstdFrameDecoder;
  readonly #walker: ZstdFrameWalker;

  /**
   * Creates a decompressor that starts at the beginning of a frame.
   *
   * @param options What the bytes are called, and the decoder.
   */
  constructor(options: ZstdDecompressorOptions = {}) {
    this.#decoder = new ZstdFrameDecoder(options);
    const { byBlock } = this.#decoder;
    this.#walker = new ZstdFrameWalker({ ...options, byBlock });
  }

  /**
   * Decompresses the next bytes; all text must be taken before the next call.
   *
   * @param chunk The bytes; they may be cut anywhere, and are not kept.
   * @param room Where their text may be written, see {@linkcode ZstdDecoder}.
   * @returns Their text, in chunks that are the caller's.
   * @throws {ArchiveError} If the bytes are damaged or not zstd.
   */
  *push(
    chunk: Uint8Array<ArrayBuffer>,
    room?: TextRoom,
  ): Generator<Uint8Array<ArrayBuffer>> {
    for (const some of this.#walker.walk(chunk)) {
      yield* this.#decoder.decode(some, room);
    }
  }

  /**
   * Tells that no bytes follow.
   *
   * @throws {ArchiveError} If the archive cannot end here.
   */
  end(): void {
    this.#walker.end();
  }

  /** Frees the decoder, at any time; no more text comes then. */
  close(): void {
    this.#decoder.close();
  }
}

function preferredDecoder(): ZstdDecoderName {
  return hasNativeZstd() ? "native" : "fzstd";
}
