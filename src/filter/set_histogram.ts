import { latin1Text } from "../pgn/raw_game.ts";
import { TagReader } from "../pgn/tags.ts";

/** Which games a set has: how many of each rating, and of each group of openings. */
export interface SetHistogram {
  /**
   * Games by the average rating of both players, in hundreds: `{ "15": 3 }` are
   * three games from 1500 to 1599. Those without both ratings are in none.
   */
  readonly ratings: Readonly<Record<string, number>>;
  /** Games by the first two characters of their ECO code: `{ "B2": 7 }`. */
  readonly openings: Readonly<Record<string, number>>;
}

const ECO_GROUP_REGEXP = /^[A-E]\d/;

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
    tags.read(latin1Text(game));
    const white = tags.rating(0);
    const black = tags.rating(1);
    if (white !== undefined && black !== undefined) {
      const hundreds = Math.floor((white + black) / 200);
      this.#ratings[hundreds] = (this.#ratings[hundreds] ?? 0) + 1;
    }
    const eco = tags.value(2)?.slice(0, 2) ?? "";
    if (ECO_GROUP_REGEXP.test(eco)) {
      this.#openings[eco] = (this.#openings[eco] ?? 0) + 1;
    }
  }

  /** What was counted until now. */
  get histogram(): SetHistogram {
    return { ratings: { ...this.#ratings }, openings: { ...this.#openings } };
  }
}
