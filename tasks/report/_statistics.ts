/** Adds up what a report shows of all games: from their records, without their texts. */
import {
  GAME_FILTER_FIELDS,
  type GameFilter,
  RECORD_BITS,
  RECORD_BYTES,
  RECORD_FIELDS,
} from "../../mod.ts";
import { RedisMemory } from "../_redis_memory.ts";

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
  /** Games of variants, or from other positions. */
  readonly notStandard: number;
  /** Games whose hash had come before. */
  readonly repeated: number;
  /** In how many games repetitions were looked for. */
  readonly repeatedAmong: number;
  /** What the games take, or would, in the memory of a Redis. */
  readonly redisBytes: number;
}

/** Hashes that are kept to find repetitions, of 8 bytes each. */
const MAX_HASHES = 8_000_000;
const UNFIT_16 = 0xffff;
const OTHER_TERMINATION = 255;
const SPEEDS = valuesOf("timeControl");
const RESULTS = valuesOf("result");
const TERMINATIONS = valuesOf("termination");

/** Counts games by their records, in bounded memory. */
export class StatisticsCounter {
  readonly #ratings = new Counter();
  readonly #speeds = new Counter();
  readonly #results = new Counter();
  readonly #terminations = new Counter();
  readonly #openings = new Counter();
  readonly #months = new Counter();
  readonly #plies = new Counter();
  /** By the bits of a record. */
  readonly #bits = new Counter();
  readonly #memory: RedisMemory;
  readonly #onGame: (hash: number, index: number) => void;
  #hashes = new Uint32Array(2 << 10);
  #games = 0;
  #textBytes = 0;

  /** Begins with no game. `onGame` gets the upper 53 bits of the hash of each, and its number. */
  constructor(set: string, onGame: (hash: number, index: number) => void) {
    this.#memory = new RedisMemory(set);
    this.#onGame = onGame;
  }

  /** Counts games. */
  add(records: Uint8Array): void {
    const { buffer, byteOffset, byteLength } = records;
    const view = new DataView(buffer, byteOffset, byteLength);
    for (let at = 0; at < byteLength; at += RECORD_BYTES) this.#add(view, at);
  }

  #add(view: DataView, at: number): void {
    const fields = RECORD_FIELDS;
    const u8 = (field: number) => view.getUint8(at + field);
    const u16 = (field: number) => view.getUint16(at + field, true);
    const u32 = (field: number) => view.getUint32(at + field, true);
    const length = u32(fields.length);
    this.#textBytes += length;
    this.#memory.add(length);
    const white = u16(fields.whiteElo);
    const black = u16(fields.blackElo);
    const isRated = white > 0 && black > 0;
    if (isRated && white < UNFIT_16 && black < UNFIT_16) {
      this.#ratings.add(floorTo((white + black) >> 1, 100));
    }
    this.#openings.add(u16(fields.eco));
    this.#plies.add(floorTo(u16(fields.plies), 10));
    this.#months.add(Math.floor(u32(fields.day) / 100));
    this.#speeds.add(u8(fields.speed));
    this.#results.add(u8(fields.result));
    this.#terminations.add(u8(fields.termination));
    this.#bits.add(u8(fields.bits));
    const low = u32(fields.hash);
    const high = u32(fields.hash + 4);
    this.#keepHash(low, high);
    this.#onGame(high * 2 ** 21 + (low >>> 11), this.#games++);
  }

  #keepHash(low: number, high: number): void {
    const at = 2 * this.#games;
    if (this.#games >= MAX_HASHES) return;
    if (at >= this.#hashes.length) {
      const longer = new Uint32Array(2 * this.#hashes.length);
      longer.set(this.#hashes);
      this.#hashes = longer;
    }
    this.#hashes[at] = low;
    this.#hashes[at + 1] = high;
  }

  /** What was counted until now. */
  get statistics(): Statistics {
    const repeatedAmong = Math.min(this.#games, MAX_HASHES);
    const withBit = (bit: number) => this.#bits.sumOf((bits) => bits & bit);
    const { evaluations, clocks, rated, bot, standardChess } = RECORD_BITS;
    return {
      games: this.#games,
      textBytes: this.#textBytes,
      ratings: this.#ratings.named(String),
      speeds: this.#speeds.named((k) => SPEEDS[k - 1] ?? "none"),
      results: this.#results.named((k) => RESULTS[k - 1] ?? "none"),
      terminations: this.#terminations.named((k) =>
        k === OTHER_TERMINATION ? "others" : TERMINATIONS[k - 1] ?? "none"
      ),
      openings: this.#openings.named(ecoOf),
      months: this.#months.named(monthOf),
      plies: this.#plies.named(String),
      withEval: withBit(evaluations),
      withClock: withBit(clocks),
      rated: withBit(rated),
      withBot: withBit(bot),
      notStandard: this.#games - withBit(standardChess),
      repeated: repeatedAmong - this.#distinctHashes(repeatedAmong),
      repeatedAmong,
      redisBytes: this.#memory.bytes,
    };
  }

  #distinctHashes(games: number): number {
    const hashes = new BigUint64Array(this.#hashes.buffer, 0, games).toSorted();
    let distinct = 0;
    for (let i = 0; i < games; i++) {
      if (i === 0 || hashes[i] !== hashes[i - 1]) distinct++;
    }
    return distinct;
  }
}

/** Counts numbers. */
class Counter {
  readonly #counts = new Map<number, number>();

  add(value: number): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1);
  }

  /** How many numbers there are of which `isCounted` gives anything but 0. */
  sumOf(isCounted: (value: number) => number): number {
    let sum = 0;
    for (const [value, count] of this.#counts) {
      if (isCounted(value) !== 0) sum += count;
    }
    return sum;
  }

  /** The counts by names, in the order of the numbers; those without a name are left out. */
  named(nameOf: (value: number) => string | undefined): Counts {
    const counts: Counts = {};
    for (const value of [...this.#counts.keys()].sort((a, b) => a - b)) {
      const name = nameOf(value);
      if (name !== undefined) counts[name] = this.#counts.get(value)!;
    }
    return counts;
  }
}

function ecoOf(number: number): string | undefined {
  if (number >= 500) return undefined;
  const code = String(number % 100).padStart(2, "0");
  return "ABCDE"[Math.floor(number / 100)] + code;
}

function monthOf(number: number): string | undefined {
  const month = number % 100;
  if (number > 999_912 || month < 1 || month > 12) return undefined;
  const year = String(Math.floor(number / 100)).padStart(4, "0");
  return `${year}-${String(month).padStart(2, "0")}`;
}

function valuesOf(field: keyof GameFilter): readonly string[] {
  return GAME_FILTER_FIELDS.find(({ name }) => name === field)!.values!;
}

function floorTo(value: number, unit: number): number {
  return Math.floor(value / unit) * unit;
}
