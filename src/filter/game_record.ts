// The record of a game: 32 bytes that a filter can be judged on without the game's text.
import { crc32 } from "node:zlib";

/** Bytes of one record. */
export const RECORD_BYTES = 32;

/** Records that are stored together. */
export const RECORDS_PER_BLOCK = 1000;

/** Where a record has which field, in bytes from its beginning; all are little-endian. */
export const RECORD_FIELDS = {
  /** u32: length of the stored text. */
  length: 0,
  /** u32: CRC-32 of the stored text. */
  crc: 4,
  /** u64: hash of the game. */
  hash: 8,
  /** u16: WhiteElo, 0 none. */
  whiteElo: 16,
  /** u16: BlackElo, 0 none. */
  blackElo: 18,
  /** u16: ECO 0 to 499, 65535 none. */
  eco: 20,
  /** u16: half-moves of the mainline, at most 65535. */
  plies: 22,
  /** u32: day as yyyymmdd, 0 unknown. */
  day: 24,
  /** u8: speed, 0 none. */
  speed: 28,
  /** u8: result. */
  result: 29,
  /** u8: termination. */
  termination: 30,
  /** u8: bits: rated, a bot plays, evaluations, clocks, standard chess. */
  bits: 31,
} as const;

/**
 * Makes the records of games from their texts.
 *
 * @param games The texts, in UTF-8.
 * @returns The records, one after the other.
 */
export function recordsOf(games: readonly Uint8Array[]): Uint8Array {
  const records = new Uint8Array(games.length * RECORD_BYTES);
  const view = new DataView(records.buffer);
  for (const [i, game] of games.entries()) {
    const at = i * RECORD_BYTES;
    view.setUint32(at + RECORD_FIELDS.length, game.length, true);
    view.setUint32(at + RECORD_FIELDS.crc, crc32(game), true);
    view.setUint16(at + RECORD_FIELDS.eco, 65535, true);
  }
  return records;
}
