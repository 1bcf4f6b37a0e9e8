// A game as bytes among those of its neighbors, and the same as bytes of its own.
import { Buffer, isUtf8 } from "node:buffer";

/**
 * A game that has not been decoded: `bytes` contain it from `start` to `end`.
 * They contain its neighbors too and are shared with them: a game that is kept
 * must be copied, see {@linkcode copyUtf8}.
 */
export interface RawGame {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** The spans of some of its tags' values, where they are known. */
  readonly spans: TagSpans | undefined;
  /** Which of the games in `spans` it is. */
  readonly index: number;
}

/** The spans of some tags' values in games that were found together. */
export interface TagSpans {
  /** The names of the tags. */
  readonly names: readonly string[];
  /**
   * For each game `2 + 2 * names.length` offsets: of its start and end, and of
   * the start and end of each tag's value, as it is written. Only their distance
   * from the game's start matters, so they hold for a copy of the game too. Of a
   * doubled tag it is the last one; zeros mean that there is none.
   */
  readonly offsets: Uint32Array;
}

/** A game whose bytes are nothing but its text. */
export function rawGame(bytes: Uint8Array): RawGame {
  return { bytes, start: 0, end: bytes.length, spans: undefined, index: 0 };
}

/** The bytes of a raw game where they are. */
export function rawBytes({ bytes, start, end }: RawGame): Uint8Array {
  return start === 0 && end === bytes.length
    ? bytes
    : bytes.subarray(start, end);
}

/**
 * The bytes of a raw game as UTF-8: where they are, if they are UTF-8; others
 * are read as windows-1252.
 */
export function utf8Bytes(game: RawGame): Uint8Array {
  const text = rawBytes(game);
  if (isUtf8(text)) return text;
  return new TextEncoder().encode(
    new TextDecoder("windows-1252").decode(text),
  );
}

/** A copy of the bytes of a raw game as UTF-8, see {@linkcode utf8Bytes}. */
export function copyUtf8(game: RawGame): Uint8Array {
  return ownBytes(utf8Bytes(game));
}

/** The same bytes in memory that they share with no others. */
export function ownBytes(bytes: Uint8Array): Uint8Array {
  return bytes.length < bytes.buffer.byteLength
    ? Uint8Array.prototype.slice.call(bytes) // that of a Buffer copies nothing
    : bytes;
}

/** Takes each byte for a character, as in Latin-1. */
export function latin1Text(bytes: Uint8Array): string {
  const { buffer, byteOffset, length } = bytes;
  return Buffer.from(buffer, byteOffset, length).toString("latin1");
}
