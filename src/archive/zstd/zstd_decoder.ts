// Describes what decompresses a zstd frame.
import type { ZstdFrame } from "./zstd_frames.ts";

/** Tells where the next text may be written: anywhere in the bytes it returns. */
export type TextRoom = () => Uint8Array<ArrayBuffer>;

/**
 * Decompresses frames, one after the other, within the memory that a frame's
 * window and one chunk of output need.
 */
export interface ZstdDecoder {
  /** Whether it must be given the blocks of a frame one by one. */
  readonly byBlock: boolean;

  /**
   * Starts a frame.
   *
   * @param frame What its header says.
   */
  begin(frame: ZstdFrame): void;

  /**
   * Decompresses the next bytes of the frame, header and checksum included.
   *
   * @param bytes The bytes; they may be cut anywhere, and are not kept.
   * @param room Where the text is written, by a decoder that can; asked for each
   * chunk anew. @default {memory of its own}
   * @returns The text, in chunks of bounded length that are the caller's.
   * @throws {Error} If the bytes are damaged.
   */
  decode(
    bytes: Uint8Array<ArrayBuffer>,
    room?: TextRoom,
  ): Iterable<Uint8Array<ArrayBuffer>>;

  /**
   * Ends the frame, after its last byte.
   *
   * @param checksum The low half of its text's XXH64, where it has one.
   * @returns The rest of its text.
   * @throws {Error} If its text is not the one that was compressed.
   */
  end(checksum: number | undefined): Iterable<Uint8Array<ArrayBuffer>>;

  /** Frees what it holds; it is not used again. */
  close(): void;
}
