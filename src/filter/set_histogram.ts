// Counts the games of a set by rating and opening.
import { NO_ECO, RECORD_FIELDS } from "./game_record.ts";

/**
 * Which games a set has: how many of each rating, and of each tenth of openings.
 *
 * See {@linkcode Checkpoint}.
 */
export interface SetHistogram {
  /**
   * Games by the average rating of both players, in hundreds: `{ "15": 3 }` are
   * three games from 1500 to 1599. Those without both ratings are in none.
   */
  readonly ratings: Readonly<Record<string, number>>;
  /** Games by the first two characters of their ECO code: `{ "B2": 7 }`. */
  readonly openings: Readonly<Record<string, number>>;
}

/** Counts games by rating and opening. */
export class HistogramCounter {
  readonly #ratings: Record<string, number>;
  readonly #openings: Record<string, number>;

  /** Goes on from what was counted before, if anything was. */
  constructor(before?: SetHistogram) {
    this.#ratings = { ...before?.ratings };
    this.#openings = { ...before?.openings };
  }

  /** Counts the game of a record. */
  add(record: Uint8Array): void {
    const white = uint16(record, RECORD_FIELDS.whiteElo);
    const black = uint16(record, RECORD_FIELDS.blackElo);
    if (white > 0 && black > 0) {
      const hundreds = Math.floor((white + black) / 200);
      this.#ratings[hundreds] = (this.#ratings[hundreds] ?? 0) + 1;
    }
    const eco = uint16(record, RECORD_FIELDS.eco);
    if (eco === NO_ECO) return;
    const tens = Math.floor(eco / 10);
    const opening = "ABCDE"[Math.floor(tens / 10)] + tens % 10;
    this.#openings[opening] = (this.#openings[opening] ?? 0) + 1;
  }

  /** What was counted until now. */
  get histogram(): SetHistogram {
    return { ratings: { ...this.#ratings }, openings: { ...this.#openings } };
  }
}

function uint16(record: Uint8Array, at: number): number {
  return record[at] | record[at + 1] << 8;
}
