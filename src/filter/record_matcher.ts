// Decides on games' records alone whether the games pass a filter.
import {
  ecoCodes,
  type GameFilter,
  normalizeFilter,
  TERMINATIONS,
} from "./game_filter.ts";
import { hashFraction } from "./game_hash.ts";
import { combineRatings, dayNumber } from "./game_matcher.ts";
import {
  RECORD_BITS,
  RECORD_BYTES,
  RECORD_FIELDS,
  RECORD_RESULTS,
  RECORDS_PER_BLOCK,
  UNFIT_16,
  UNFIT_32,
} from "./game_record.ts";
import { SPEEDS } from "./speed.ts";

/** The game does not pass. */
export const FAILS = 0;
/** The game passes. */
export const PASSES = 1;
/** The record cannot say: the game's text must be matched. */
export const ASK_TEXT = 2;

/** Changes the answers of a block of records for one field of a filter. */
type Rule = (answers: Uint8Array) => void;

/**
 * The block that is matched, by bytes and by numbers: records that are given can
 * begin anywhere, where no numbers can be read.
 */
const BYTES = new Uint8Array(RECORDS_PER_BLOCK * RECORD_BYTES);
const WORDS = new Uint16Array(BYTES.buffer);
const LONGS = new Uint32Array(BYTES.buffer);
/** How many numbers a record is. */
const PER_WORD = RECORD_BYTES / 2;
const PER_LONG = RECORD_BYTES / 4;

/**
 * Decides on records whether games pass a filter, as `GameMatcher` does on their
 * texts: exactly, or it says that the text must be asked.
 */
export class RecordMatcher {
  readonly #rules: readonly Rule[];

  /** Creates a matcher; the filter is checked at once. */
  constructor(filter: GameFilter) {
    this.#rules = rulesOf(normalizeFilter(filter));
  }

  /**
   * Matches the records of a block.
   *
   * @param records The records, at most {@linkcode RECORDS_PER_BLOCK}.
   * @param answers Where {@linkcode FAILS}, {@linkcode PASSES} or
   * {@linkcode ASK_TEXT} is put for each of them.
   */
  match(records: Uint8Array, answers: Uint8Array): void {
    BYTES.set(records);
    const some = answers.subarray(0, records.length / RECORD_BYTES);
    some.fill(PASSES);
    // A rule goes through all records by itself: a loop soon is fast, a call
    // for each record only when a process has made many.
    for (const rule of this.#rules) rule(some);
  }
}

function rulesOf(filter: GameFilter): Rule[] {
  const rules: Rule[] = [];
  const fields = RECORD_FIELDS;
  const codes = ecoCodes({ eco: filter.eco });
  if (codes !== undefined) {
    const field = fields.eco / 2;
    rules.push((answers) => {
      for (let i = 0; i < answers.length; i++) {
        if (codes[WORDS[i * PER_WORD + field]] !== 1) answers[i] = FAILS;
      }
    });
  }
  const { minRating = 1, maxRating = Infinity, ratingOf } = filter;
  if (filter.minRating !== undefined || filter.maxRating !== undefined) {
    rules.push((answers) => {
      for (let i = 0; i < answers.length; i++) {
        const white = WORDS[i * PER_WORD + fields.whiteElo / 2];
        const black = WORDS[i * PER_WORD + fields.blackElo / 2];
        if (white === 0 || black === 0) answers[i] = FAILS;
        else if (white === UNFIT_16 || black === UNFIT_16) ask(answers, i);
        else {
          const rating = combineRatings(white, black, ratingOf);
          if (rating < minRating || rating > maxRating) answers[i] = FAILS;
        }
      }
    });
  }
  const byte = (field: number, passes: (value: number) => boolean) => {
    const passing = Uint8Array.from({ length: 256 }, (_, i) => +passes(i));
    rules.push((answers) => {
      for (let i = 0; i < answers.length; i++) {
        if (passing[BYTES[i * RECORD_BYTES + field]] === 0) answers[i] = FAILS;
      }
    });
  };
  for (
    const [field, names, wanted] of [
      [fields.speed, SPEEDS, filter.timeControl],
      [fields.result, RECORD_RESULTS, filter.result],
      [fields.termination, TERMINATIONS, filter.termination],
    ] as const
  ) {
    if (wanted === undefined) continue;
    const numbers = [wanted].flat().map((name) =>
      (names as readonly string[]).indexOf(name) + 1
    );
    byte(field, (value) => numbers.includes(value));
  }
  if (filter.since !== undefined || filter.until !== undefined) {
    const since = dayNumber(filter.since ?? "0000-00-00");
    const until = dayNumber(filter.until ?? "9999-99-99");
    rules.push((answers) => {
      for (let i = 0; i < answers.length; i++) {
        const day = LONGS[i * PER_LONG + fields.day / 4];
        if (day === UNFIT_32) ask(answers, i);
        else if (day === 0 || day < since || day > until) answers[i] = FAILS;
      }
    });
  }
  const bits = (mask: number, wanted: number) =>
    byte(fields.bits, (value) => (value & mask) === wanted);
  const { rated, bot, evaluations, clocks, noEvent } = RECORD_BITS;
  if (filter.rated !== undefined) {
    bits(rated | noEvent, filter.rated ? rated : 0);
  }
  if (filter.titles === "no-bots") bits(bot, 0);
  const { minPlies, hasEval, hasClock, split } = filter;
  if (minPlies !== undefined) {
    rules.push((answers) => {
      for (let i = 0; i < answers.length; i++) {
        const plies = WORDS[i * PER_WORD + fields.plies / 2];
        if (plies === UNFIT_16 && minPlies > UNFIT_16) ask(answers, i);
        else if (plies < minPlies) answers[i] = FAILS;
      }
    });
  }
  if (hasEval !== undefined) bits(evaluations, hasEval ? evaluations : 0);
  if (hasClock !== undefined) bits(clocks, hasClock ? clocks : 0);
  if (split !== undefined) {
    const [from, to] = split;
    rules.push((answers) => {
      for (let i = 0; i < answers.length; i++) {
        const at = i * PER_LONG + fields.hash / 4;
        const fraction = hashFraction(LONGS[at], LONGS[at + 1]);
        if (fraction < from || fraction >= to) answers[i] = FAILS;
      }
    });
  }
  return rules;
}

function ask(answers: Uint8Array, i: number): void {
  if (answers[i] === PASSES) answers[i] = ASK_TEXT;
}
