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
  readonly places: TagPlaces | undefined;
  /** Which of the games in `places` it is. */
  readonly index: number;
}

/** Where some tags stand in plain games, see `PlainGameScanner`. */
export interface TagPlaces {
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
 * Copies the bytes of a raw game as UTF-8. Bytes that are no UTF-8 are read as
 * windows-1252.
 */
export function copyUtf8({ bytes, start, end }: RawGame): Uint8Array {
  const copy = bytes.slice(start, end);
  if (isUtf8(copy)) return copy;
  return new TextEncoder().encode(
    new TextDecoder("windows-1252").decode(copy),
  );
}

/** The same bytes in memory of their own. */
export function ownBytes(bytes: Uint8Array): Uint8Array {
  return bytes.length < bytes.buffer.byteLength ? bytes.slice() : bytes;
}

/** The text of a raw game, each byte of which is taken for a character. */
export function rawText({ bytes, start, end }: RawGame): string {
  return latin1Text(bytes.subarray(start, end));
}

/** Takes each byte for a character, as in Latin-1. */
export function latin1Text(bytes: Uint8Array): string {
  const { buffer, byteOffset, length } = bytes;
  return Buffer.from(buffer, byteOffset, length).toString("latin1");
}
