// Decides on a game's record alone whether the game passes a filter.
import {
  ecoCodes,
  type GameFilter,
  normalizeFilter,
  TERMINATIONS,
} from "./game_filter.ts";
import { hashFraction } from "./game_hash.ts";
import { combineRatings, dayNumber } from "./game_matcher.ts";
import {
  NO_ECO,
  RECORD_BITS,
  RECORD_FIELDS,
  RECORD_RESULTS,
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

/** Decides on one field of a filter. */
type Rule = (view: DataView, at: number) => number;

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
   * Matches the record at a byte of some records.
   *
   * @param view The records.
   * @param at Where the record begins.
   * @returns {@linkcode FAILS}, {@linkcode PASSES} or {@linkcode ASK_TEXT}.
   */
  match(view: DataView, at: number): number {
    const rules = this.#rules;
    let answer = PASSES;
    for (let i = 0; i < rules.length; i++) {
      const one = rules[i](view, at);
      if (one === FAILS) return FAILS;
      if (one === ASK_TEXT) answer = ASK_TEXT;
    }
    return answer;
  }
}

function rulesOf(filter: GameFilter): Rule[] {
  const rules: Rule[] = [];
  const fields = RECORD_FIELDS;
  const codes = ecoCodes({ eco: filter.eco });
  if (codes !== undefined) {
    rules.push((view, at) => {
      const eco = view.getUint16(at + fields.eco, true);
      return eco === NO_ECO ? FAILS : codes[eco];
    });
  }
  const { minRating = 1, maxRating = Infinity, ratingOf } = filter;
  if (filter.minRating !== undefined || filter.maxRating !== undefined) {
    rules.push((view, at) => {
      const white = view.getUint16(at + fields.whiteElo, true);
      const black = view.getUint16(at + fields.blackElo, true);
      if (white === 0 || black === 0) return FAILS;
      if (white === UNFIT_16 || black === UNFIT_16) return ASK_TEXT;
      const rating = combineRatings(white, black, ratingOf);
      return +(rating >= minRating && rating <= maxRating);
    });
  }
  const byte = (
    field: number,
    names: readonly string[],
    wanted: string | readonly string[] | undefined,
  ) => {
    if (wanted === undefined) return;
    const passing = new Uint8Array(256);
    for (const one of [wanted].flat()) passing[names.indexOf(one) + 1] = 1;
    rules.push((view, at) => passing[view.getUint8(at + field)]);
  };
  byte(fields.speed, SPEEDS, filter.timeControl);
  byte(fields.result, RECORD_RESULTS, filter.result);
  byte(fields.termination, TERMINATIONS, filter.termination);
  if (filter.since !== undefined || filter.until !== undefined) {
    const since = dayNumber(filter.since ?? "0000-00-00");
    const until = dayNumber(filter.until ?? "9999-99-99");
    rules.push((view, at) => {
      const day = view.getUint32(at + fields.day, true);
      if (day === UNFIT_32) return ASK_TEXT;
      return +(day !== 0 && day >= since && day <= until);
    });
  }
  const bits = (mask: number, value: number) =>
    rules.push((view, at) =>
      +((view.getUint8(at + fields.bits) & mask) === value)
    );
  const { rated, bot, evaluations, clocks, noEvent } = RECORD_BITS;
  if (filter.rated !== undefined) {
    bits(rated | noEvent, filter.rated ? rated : 0);
  }
  if (filter.titles === "no-bots") bits(bot, 0);
  const { minPlies, hasEval, hasClock, split } = filter;
  if (minPlies !== undefined) {
    rules.push((view, at) => {
      const plies = view.getUint16(at + fields.plies, true);
      return plies === UNFIT_16 && minPlies > UNFIT_16
        ? ASK_TEXT
        : +(plies >= minPlies);
    });
  }
  if (hasEval !== undefined) bits(evaluations, hasEval ? evaluations : 0);
  if (hasClock !== undefined) bits(clocks, hasClock ? clocks : 0);
  if (split !== undefined) {
    const [from, to] = split;
    rules.push((view, at) => {
      const low = view.getUint32(at + fields.hash, true);
      const high = view.getUint32(at + fields.hash + 4, true);
      const fraction = hashFraction(low, high);
      return +(fraction >= from && fraction < to);
    });
  }
  return rules;
}
