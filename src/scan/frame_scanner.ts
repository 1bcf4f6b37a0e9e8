import {
  GameScanner,
  type ScannedPart,
  type ScanOptions,
} from "./game_scanner.ts";
import type { TextRoom } from "../archive/zstd/zstd_decoder.ts";
import { ZstdDecompressor } from "../archive/zstd/zstd_decompressor.ts";

/** A frame, or a part of one, among other bytes. */
export interface FramePiece {
  /** Where the frame begins in the archive. */
  readonly offset: number;
  /** How many of the bytes are its. */
  readonly length: number;
  /** Whether they are the next of the frame that came last. */
  readonly continues?: boolean;
}

/** Decompresses frames and finds the games in their text. */
export class FrameScanner {
  readonly #scanner: GameScanner;
  readonly #decompressor = new ZstdDecompressor();

  /** Creates a scanner for one stretch of frames after the other. */
  constructor(options: ScanOptions) {
    this.#scanner = new GameScanner(options);
  }

  /**
   * Finds the games in frames that follow each other.
   *
   * @param frames The frames.
   * @param bytes Their bytes, one behind the other.
   * @returns The parts, as they are found, and in the end how long the text is.
   * @throws {ArchiveError} If a frame is damaged, behind all parts before it.
   */
  *scan(
    frames: readonly FramePiece[],
    bytes: Uint8Array<ArrayBuffer>,
  ): Generator<readonly ScannedPart[], number> {
    const scanner = this.#scanner;
    let textBytes = 0;
    scanner.begin();
    try {
      const room = () => scanner.room();
      for (const text of this.decompress(frames, bytes, room)) {
        textBytes += text.length;
        yield scanner.push(text);
      }
    } catch (error) {
      yield scanner.end();
      throw error;
    }
    yield scanner.end();
    return textBytes;
  }

  /**
   * Decompresses frames, as far as they are there.
   *
   * @param frames The frames, or parts of them.
   * @param bytes Their bytes, one behind the other.
   * @param room Where their text may be written, see `ZstdDecoder`.
   * @returns Their text.
   */
  *decompress(
    frames: readonly FramePiece[],
    bytes: Uint8Array<ArrayBuffer>,
    room: TextRoom,
  ): Generator<Uint8Array<ArrayBuffer>> {
    let at = 0;
    for (const { offset, length, continues } of frames) {
      if (!continues) this.#decompressor.startAt(offset);
      yield* this.#decompressor.push(bytes.subarray(at, at + length), room);
      at += length;
    }
  }

  /** Frees what it holds. */
  close(): void {
    this.#decompressor.close();
  }
}
