/** Adds up what a report shows of all games. */
import type { GameFacts } from "./_game_facts.ts";

/** How often something was counted, by its name. */
export type Counts = Record<string, number>;

/** All that was counted. */
export interface Statistics {
  readonly games: number;
  readonly textBytes: number;
  /** By the average rating, in hundreds: `1500` is 1500 to 1599. */
  readonly ratings: Counts;
  readonly speeds: Counts;
  readonly results: Counts;
  readonly terminations: Counts;
  /** By ECO code. */
  readonly openings: Counts;
  /** By month, `2021-10`. */
  readonly months: Counts;
  /** By half-moves, in tens: `60` is 60 to 69. */
  readonly plies: Counts;
  readonly withEval: number;
  readonly withClock: number;
  readonly rated: number;
  readonly withBot: number;
  readonly otherVariants: number;
  readonly notReplayed: number;
  /** Games that had come before, under the same name. */
  readonly repeated: number;
  /** In how many games repetitions were looked for. */
  readonly repeatedAmong: number;
}

/** Names of games in memory: about 100 MB at most. */
const MAX_HASHES = 2_000_000;

/** Counts games one by one, in bounded memory. */
export class StatisticsCounter {
  readonly #counts = {
    ratings: {} as Counts,
    speeds: {} as Counts,
    results: {} as Counts,
    terminations: {} as Counts,
    openings: {} as Counts,
    months: {} as Counts,
    plies: {} as Counts,
  };
  readonly #sums = {
    games: 0,
    textBytes: 0,
    withEval: 0,
    withClock: 0,
    rated: 0,
    withBot: 0,
    otherVariants: 0,
    notReplayed: 0,
    repeated: 0,
    repeatedAmong: 0,
  };
  readonly #hashes = new Set<number>();

  /**
   * Counts a game.
   *
   * @param facts What is known of it.
   */
  add(facts: GameFacts): void {
    const { rating, speed, result, termination, eco, month, plies } = facts;
    const sums = this.#sums;
    const counts = this.#counts;
    sums.games++;
    sums.textBytes += facts.textBytes;
    if (rating !== undefined) count(counts.ratings, floorTo(rating, 100));
    if (plies !== undefined) count(counts.plies, floorTo(plies, 10));
    if (eco !== undefined) count(counts.openings, eco);
    if (month !== undefined) count(counts.months, month);
    count(counts.speeds, speed ?? "none");
    count(counts.results, result);
    count(counts.terminations, termination);
    if (facts.hasEval) sums.withEval++;
    if (facts.hasClock) sums.withClock++;
    if (facts.isRated) sums.rated++;
    if (facts.hasBot) sums.withBot++;
    if (facts.isOtherVariant) sums.otherVariants++;
    else if (plies === undefined) sums.notReplayed++;
    this.#countRepeated(facts.hash);
  }

  /** What was counted until now. */
  get statistics(): Statistics {
    return { ...this.#sums, ...this.#counts };
  }

  #countRepeated(hash: number): void {
    if (this.#hashes.size >= MAX_HASHES) return;
    this.#sums.repeatedAmong++;
    if (this.#hashes.has(hash)) this.#sums.repeated++;
    else this.#hashes.add(hash);
  }
}

/** Values from outside name the counts: there is no end to what a tag holds. */
const MAX_NAMES = 200;

function count(counts: Counts, name: string | number): void {
  const key = String(name).slice(0, 40);
  const isNew = !Object.hasOwn(counts, key);
  const known = isNew && Object.keys(counts).length >= MAX_NAMES &&
      !/^(?:\d+|[A-E]\d\d|\d{4}-\d\d)$/.test(key)
    ? "others"
    : key;
  counts[known] = (Object.hasOwn(counts, known) ? counts[known] : 0) + 1;
}

function floorTo(value: number, unit: number): number {
  return Math.floor(value / unit) * unit;
}
