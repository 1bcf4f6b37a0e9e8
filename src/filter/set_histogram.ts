// Counts the games of a set by rating and opening.
import { ecoNumber } from "./playstyle.ts";
import { readRating } from "./rating.ts";
import { rawGame } from "../pgn/raw_game.ts";
import { TagReader } from "../pgn/tags.ts";

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
  readonly #tags = new TagReader(["WhiteElo", "BlackElo", "ECO"]);
  readonly #ratings: Record<string, number>;
  readonly #openings: Record<string, number>;

  /** Goes on from what was counted before, if anything was. */
  constructor(before?: SetHistogram) {
    this.#ratings = { ...before?.ratings };
    this.#openings = { ...before?.openings };
  }

  /** Counts one game. */
  add(game: Uint8Array): void {
    const tags = this.#tags;
    tags.read(rawGame(game));
    const white = tags.find(0) ? readRating(game, tags.start, tags.end) : NaN;
    const black = tags.find(1) ? readRating(game, tags.start, tags.end) : NaN;
    const hundreds = Math.floor((white + black) / 200);
    if (hundreds >= 0) {
      this.#ratings[hundreds] = (this.#ratings[hundreds] ?? 0) + 1;
    }
    const eco = tags.find(2) ? ecoNumber(game, tags.start, tags.end) : -1;
    if (eco >= 0) {
      const tens = Math.floor(eco / 10);
      const opening = "ABCDE"[Math.floor(tens / 10)] + tens % 10;
      this.#openings[opening] = (this.#openings[opening] ?? 0) + 1;
    }
  }

  /** What was counted until now. */
  get histogram(): SetHistogram {
    return { ratings: { ...this.#ratings }, openings: { ...this.#openings } };
  }
}
