// The record of a game: 32 bytes that a filter can be matched against without the game's text.
import defer * as process from "node:process";
import { TERMINATIONS } from "./game_filter.ts";
import { nameIn } from "./game_hash.ts";
import { factsFrom } from "./movetext_facts.ts";
import { ecoNumber } from "./playstyle.ts";
import { readRating } from "./rating.ts";
import { speedOf, SPEEDS } from "./speed.ts";
import { isStandard } from "./variant.ts";
import { ascii, DOT, startsWith } from "../pgn/syntax.ts";
import { TagReader } from "../pgn/tags.ts";
import { xxHash64 } from "../xxhash64.ts";

/** Bytes of one record. See {@linkcode recordsOf}. */
export const RECORD_BYTES = 32;

/** Records that are stored together. */
export const RECORDS_PER_BLOCK = 1000;

/**
 * Where a record has which field, in bytes from its beginning; all are
 * little-endian. See {@linkcode recordsOf}.
 */
export const RECORD_FIELDS = {
  /** u32: length of the stored text. */
  length: 0,
  /** u32: CRC-32 of the stored text. */
  crc: 4,
  /** u64: hash of the game. */
  hash: 8,
  /** u16: WhiteElo, 0 none; one that does not fit is 65535. */
  whiteElo: 16,
  /** u16: BlackElo, 0 none; one that does not fit is 65535. */
  blackElo: 18,
  /** u16: ECO 0 to 499, 65535 none. */
  eco: 20,
  /** u16: half-moves of the mainline, at most 65535. */
  plies: 22,
  /** u32: day as yyyymmdd, 0 unknown; one that would be 0 is 4294967295. */
  day: 24,
  /** u8: speed, 0 none, else one more than its index in `SPEEDS`. */
  speed: 28,
  /** u8: result, 0 none, else one more than its index in {@linkcode RECORD_RESULTS}. */
  result: 29,
  /** u8: termination, 0 none, 255 another, else one more than its index in `TERMINATIONS`. */
  termination: 30,
  /** u8: bits, see {@linkcode RECORD_BITS}. */
  bits: 31,
} as const;

/** The bits of a record's last byte. See {@linkcode recordsOf}. */
export const RECORD_BITS = {
  rated: 1,
  /** One of the players is a bot. */
  bot: 2,
  evaluations: 4,
  clocks: 8,
  standardChess: 16,
  /** There is no Event tag, so that nobody knows whether it was rated. */
  noEvent: 32,
} as const;

/** The results that a record tells apart. */
export const RECORD_RESULTS: readonly string[] = [
  "1-0",
  "0-1",
  "1/2-1/2",
  "*",
];

/** What a u16 and a u32 contain where the text must be asked. */
export const UNFIT_16 = 0xffff;
export const UNFIT_32 = 0xffffffff;
/** A termination of another name. */
export const OTHER_TERMINATION = 255;
/** No ECO code. */
export const NO_ECO = 0xffff;

/**
 * Makes the records of games.
 *
 * @example Usage
 * ```ts
 * import { RECORD_BYTES, recordsOf } from "@chess/game-cache";
 * import assert from "node:assert/strict";
 *
 * const game = new TextEncoder().encode('[WhiteElo "1500"]\n\n1. e4 *');
 * const records = recordsOf([game]);
 * assert.equal(records.length, RECORD_BYTES);
 * assert.equal(new DataView(records.buffer).getUint32(0, true), game.length);
 * ```
 *
 * @param games The texts that are stored, in UTF-8.
 * @param originals The same games in full, where compact ones are stored.
 * @returns The records, one after the other.
 */
export function recordsOf(
  games: readonly Uint8Array[],
  originals: readonly Uint8Array[] = games,
): Uint8Array {
  const records = new Uint8Array(games.length * RECORD_BYTES);
  const view = new DataView(records.buffer);
  for (let i = 0; i < games.length; i++) {
    writeRecord(view, i * RECORD_BYTES, originals[i]);
    if (games !== originals) writeStored(view, i * RECORD_BYTES, games[i]);
  }
  return records;
}

/** The CRC-32 of bytes; the runtime's zlib is loaded when it is first asked for. */
export function crc32(bytes: Uint8Array | string): number {
  crc ??= process.getBuiltinModule("node:zlib").crc32;
  return crc(bytes);
}

let crc: ((bytes: Uint8Array | string) => number) | undefined;

/**
 * Whether a record is that of a game.
 *
 * @example Usage
 * ```ts
 * import { isRecordOf, recordsOf } from "@chess/game-cache";
 * import assert from "node:assert/strict";
 *
 * const game = new TextEncoder().encode('[WhiteElo "1500"]\n\n1. e4 *');
 * const other = new TextEncoder().encode('[WhiteElo "1600"]\n\n1. e4 *');
 * assert(isRecordOf(recordsOf([game]), game, game));
 * assert(!isRecordOf(recordsOf([game]), other, other));
 * ```
 *
 * @param record The record.
 * @param stored The text that is stored, in UTF-8.
 * @param original The same game in full; `undefined` where a compact one is
 * stored and that is not known: what its text cannot tell is passed over.
 * @returns Whether all bytes are those that the game's record should have.
 */
export function isRecordOf(
  record: Uint8Array,
  stored: Uint8Array,
  original: Uint8Array | undefined,
): boolean {
  const made = recordsOf([stored], [original ?? stored]);
  if (original === undefined) {
    const { bits, hash } = RECORD_FIELDS;
    const ofComments = RECORD_BITS.evaluations | RECORD_BITS.clocks;
    made[bits] = made[bits] & ~ofComments | record[bits] & ofComments;
    // That of a game without a name is made of its whole text.
    const isNamed = nameIn(TAGS, GAME_ID, SITE) !== undefined;
    if (!isNamed) made.set(record.subarray(hash, hash + 8), hash);
  }
  return made.every((byte, i) => byte === record[i]);
}

/** Writes the record of a game that is stored as it is, in UTF-8. */
export function writeRecord(
  view: DataView,
  at: number,
  game: Uint8Array,
): void {
  const fields = RECORD_FIELDS;
  const tags = TAGS;
  const { position, hasBrokenStart } = tags.scan(game, 0, game.length);
  writeStored(view, at, game);
  const { low, high } = xxHash64(nameIn(tags, GAME_ID, SITE) ?? game);
  view.setUint32(at + fields.hash, low, true);
  view.setUint32(at + fields.hash + 4, high, true);
  view.setUint16(at + fields.whiteElo, ratingAt(WHITE_ELO), true);
  view.setUint16(at + fields.blackElo, ratingAt(BLACK_ELO), true);
  const eco = tags.find(ECO) ? ecoNumber(game, tags.start, tags.end) : -1;
  view.setUint16(at + fields.eco, eco === -1 ? NO_ECO : eco, true);
  const day = readDay(tags, UTC_DATE, DATE);
  view.setUint32(at + fields.day, day === 0 ? UNFIT_32 : day || 0, true);
  const speed = speedOf(tags.value(TIME_CONTROL) ?? "");
  view.setUint8(
    at + fields.speed,
    speed === undefined ? 0 : SPEEDS.indexOf(speed) + 1,
  );
  view.setUint8(
    at + fields.result,
    RECORD_RESULTS.indexOf(tags.value(RESULT) ?? "") + 1,
  );
  view.setUint8(
    at + fields.termination,
    terminationNumber(tags.value(TERMINATION)),
  );
  const facts = factsFrom(game, position);
  view.setUint16(at + fields.plies, Math.min(facts.plies, UNFIT_16), true);
  const bits = RECORD_BITS;
  const isBot = tags.value(WHITE_TITLE) === "BOT" ||
    tags.value(BLACK_TITLE) === "BOT";
  const isStandardChess = !hasBrokenStart &&
    isStandard(tags.value(VARIANT) ?? "");
  view.setUint8(
    at + fields.bits,
    (!tags.find(EVENT) ? bits.noEvent : isRated(tags) ? bits.rated : 0) |
      (isBot ? bits.bot : 0) |
      (facts.hasEvaluation ? bits.evaluations : 0) |
      (facts.hasClock ? bits.clocks : 0) |
      (isStandardChess ? bits.standardChess : 0),
  );
}

/** Writes into a record what is of the text that is stored. */
export function writeStored(
  view: DataView,
  at: number,
  stored: Uint8Array,
): void {
  view.setUint32(at + RECORD_FIELDS.length, stored.length, true);
  view.setUint32(at + RECORD_FIELDS.crc, crc32(stored), true);
}

/** Whether the Event that the reader has found is of a rated game. */
export function isRated({ bytes, start, end }: TagReader): boolean {
  return end - start >= RATED.length && startsWith(bytes, start, RATED, true);
}

/** The day of a game as the number yyyymmdd, or NaN; `utcDate` and `date` are where those tags are. */
export function readDay(
  tags: TagReader,
  utcDate: number,
  date: number,
): number {
  if (!tags.find(utcDate) && !tags.find(date)) return NaN;
  const { bytes, start, end } = tags;
  if (end - start !== 10) return NaN;
  let day = 0;
  for (let i = 0; i < 10; i++) {
    const code = bytes[start + i];
    if (i === 4 || i === 7) {
      if (code !== DOT) return NaN;
    } else if (code >= DIGIT_0 && code <= DIGIT_9) {
      day = day * 10 + code - DIGIT_0;
    } else return NaN;
  }
  return day;
}

function ratingAt(tag: number): number {
  if (!TAGS.find(tag)) return 0;
  const rating = readRating(TAGS.bytes, TAGS.start, TAGS.end) || 0;
  return Math.min(rating, UNFIT_16);
}

function terminationNumber(value: string | undefined): number {
  if (value === undefined) return 0;
  const index = TERMINATIONS.indexOf(value);
  return index === -1 ? OTHER_TERMINATION : index + 1;
}

const TAGS = new TagReader([
  "WhiteElo",
  "BlackElo",
  "ECO",
  "TimeControl",
  "Result",
  "Termination",
  "Event",
  "WhiteTitle",
  "BlackTitle",
  "UTCDate",
  "Date",
  "GameId",
  "Site",
  "variant",
], "variant");
const WHITE_ELO = 0;
const BLACK_ELO = 1;
const ECO = 2;
const TIME_CONTROL = 3;
const RESULT = 4;
const TERMINATION = 5;
const EVENT = 6;
const WHITE_TITLE = 7;
const BLACK_TITLE = 8;
const UTC_DATE = 9;
const DATE = 10;
const GAME_ID = 11;
const SITE = 12;
const VARIANT = 13;
const RATED = ascii("rated");
const DIGIT_0 = 48;
const DIGIT_9 = 57;
