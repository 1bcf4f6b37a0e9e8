import { ArchiveError } from "../archive_error.ts";
import type { TextRoom, ZstdDecoder } from "./zstd_decoder.ts";
import { ZstdFrameWalker, type ZstdPiece } from "./zstd_frames.ts";
import { FzstdDecoder } from "./zstd_fzstd.ts";
import { hasNativeZstd, NativeZstdDecoder } from "./zstd_native.ts";

/** An error of the decoder is placed to within so many bytes. */
const STEP = 64 * 1024;

/** The decoders there are: the runtime's own, and plain JavaScript. */
export type ZstdDecoderName = "native" | "fzstd";

/** What a {@linkcode ZstdDecompressor} can be told. */
export interface ZstdDecompressorOptions {
  /** The archive's name, for errors. @default {""} */
  source?: string;
  /** Where the first byte stands in the archive. @default {0} */
  offset?: number;
  /** The decoder to use. @default {"native", where the runtime has it} */
  decoder?: ZstdDecoderName;
}

/** Decompresses the pieces of frames that a {@linkcode ZstdFrameWalker} finds. */
export class ZstdPieceDecoder {
  readonly #source: string;
  readonly #decoder: ZstdDecoder;
  #isClosed = false;

  /**
   * Creates a decoder.
   *
   * @param options What the bytes are called, and the decoder.
   */
  constructor(options: Omit<ZstdDecompressorOptions, "offset"> = {}) {
    const { source = "", decoder = preferredDecoder() } = options;
    this.#source = source;
    this.#decoder = decoder === "native"
      ? new NativeZstdDecoder()
      : new FzstdDecoder();
  }

  /** Whether it must be given the blocks of a frame one by one. */
  get byBlock(): boolean {
    return this.#decoder.byBlock;
  }

  /**
   * Decompresses the next piece; all text must be taken before the next one.
   *
   * @param piece The piece; its bytes are not kept.
   * @param room Where its text may be written, see {@linkcode ZstdDecoder}.
   * @returns Its text.
   * @throws {ArchiveError} If it is damaged.
   */
  *decode(
    piece: ZstdPiece,
    room?: TextRoom,
  ): Generator<Uint8Array<ArrayBuffer>> {
    if (this.#isClosed) return;
    if (piece.kind === "frame") {
      this.#decoder.begin(piece.frame);
    } else if (piece.kind === "bytes") {
      const { bytes, offset } = piece;
      for (let at = 0; at < bytes.length && !this.#isClosed; at += STEP) {
        const step = bytes.subarray(at, at + STEP);
        yield* this.#placed(
          offset + at,
          () => this.#decoder.decode(step, room),
        );
      }
    } else {
      const { offset, checksum } = piece;
      yield* this.#placed(offset, () => this.#decoder.end(checksum));
    }
  }

  /** Frees the decoder, at any time; no more text comes then. */
  close(): void {
    this.#isClosed = true;
    this.#decoder.close();
  }

  /** Gives out text, and an error of the decoder with its place. */
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
        { offset, source: this.#source, cause },
      );
    }
  }
}

/**
 * Decompresses the frames of a zstd archive, step by step: each piece of text
 * is made when it is asked for, so that memory stays bounded.
 */
export class ZstdDecompressor {
  readonly #source: string;
  readonly #decoder: ZstdPieceDecoder;
  #walker: ZstdFrameWalker;

  /**
   * Creates a decompressor that starts at the beginning of a frame.
   *
   * @param options What the bytes are called, and the decoder.
   */
  constructor(options: ZstdDecompressorOptions = {}) {
    const { source = "", offset = 0 } = options;
    this.#source = source;
    this.#decoder = new ZstdPieceDecoder(options);
    this.#walker = this.#walkFrom(offset);
  }

  /**
   * Goes on at the beginning of another frame.
   *
   * @param offset Where it stands in the archive.
   */
  startAt(offset: number): void {
    this.#walker = this.#walkFrom(offset);
  }

  /**
   * Decompresses the next bytes; all text must be taken before the next call.
   *
   * @param chunk The bytes; they may be cut anywhere, and are not kept.
   * @param room Where their text may be written, see {@linkcode ZstdDecoder}.
   * @returns Their text, in pieces that are the caller's.
   * @throws {ArchiveError} If the bytes are damaged or not zstd.
   */
  *push(
    chunk: Uint8Array<ArrayBuffer>,
    room?: TextRoom,
  ): Generator<Uint8Array<ArrayBuffer>> {
    for (const piece of this.#walker.walk(chunk)) {
      yield* this.#decoder.decode(piece, room);
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

  #walkFrom(offset: number): ZstdFrameWalker {
    const { byBlock } = this.#decoder;
    return new ZstdFrameWalker({ source: this.#source, offset, byBlock });
  }
}

function preferredDecoder(): ZstdDecoderName {
  return hasNativeZstd() ? "native" : "fzstd";
}
