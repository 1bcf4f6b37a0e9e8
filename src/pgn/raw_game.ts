import { Buffer, isUtf8 } from "node:buffer";

/**
 * A game that has not been decoded: it stands in `bytes` from `start` to `end`.
 * The bytes hold its neighbours too and are shared with them: a game that is
 * kept must be copied, see {@linkcode copyUtf8}.
 */
export interface RawGame {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Where the values of some tags stand, where that is known. */
  readonly spans: TagSpans | undefined;
  /** Which of the games in `spans` it is. */
  readonly index: number;
}

/** Where some tags stand in plain games, see `PlainGameScanner`. */
export interface TagSpans {
  /** The names of the tags. */
  readonly names: readonly string[];
  /**
   * For each game `2 + 2 * names.length` offsets: of its start and end, and of
   * the start and end of each tag's value, as it stands there. A tag that is
   * doubled is the last one, and zeros are none.
   */
  readonly offsets: Uint32Array;
  /** Where the offsets are counted from. */
  readonly base: number;
}

/**
 * The bytes of a raw game as UTF-8: where they stand, if they are UTF-8; others
 * are read as windows-1252.
 */
export function utf8Bytes({ bytes, start, end }: RawGame): Uint8Array {
  const text = bytes.subarray(start, end);
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

/**
 * The text of a raw game, each byte of which is taken for a character; what is
 * a text already stays as it is.
 */
export function rawText(game: RawGame | string): string {
  if (typeof game === "string") return game;
  return latin1Text(game.bytes.subarray(game.start, game.end));
}

/** Takes each byte for a character, as in Latin-1. */
export function latin1Text(bytes: Uint8Array): string {
  const { buffer, byteOffset, length } = bytes;
  return Buffer.from(buffer, byteOffset, length).toString("latin1");
}
