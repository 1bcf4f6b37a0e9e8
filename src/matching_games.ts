// Keeps, for a set and a filter, which games match, as far as queries have needed it.
import type { GameCache } from "./cache/game_cache.ts";
import type { SetInfo } from "./cache/game_set.ts";
import type { GameFilter } from "./filter/game_filter.ts";
import { GameMatcher } from "./filter/game_matcher.ts";
import { RECORDS_PER_BLOCK } from "./filter/game_record.ts";
import {
  ASK_TEXT,
  FAILS,
  PASSES,
  RecordMatcher,
} from "./filter/record_matcher.ts";
import { orAborted } from "./or_aborted.ts";
import { rawGame } from "./pgn/raw_game.ts";

/** Of how many games the records are read at once, at most: 2 MB. */
const MAX_AT_ONCE = 64 * RECORDS_PER_BLOCK;

/** For how many sets and filters the matching games are kept. */
const MAX_KEPT = 8;

/** How many texts are asked for at once where records cannot say. */
const TEXTS_AT_ONCE = 100;

/** The games of one generation of a set that match a filter, as bits. */
export class MatchingGames {
  readonly #records: RecordMatcher;
  readonly #texts: GameMatcher;
  /** A bit for each game. */
  #bits = new Uint8Array(0);
  /** How many games match in all blocks before each, and in all that are known. */
  readonly #before: number[] = [0];
  /** The last extension; it does not reject. */
  #last: Promise<unknown> = Promise.resolve();
  /** How many games of the set are known; a multiple of a block, or all. */
  known = 0;

  /** Creates bits of which none is known. */
  constructor(set: SetInfo, filter: GameFilter) {
    this.#records = new RecordMatcher(filter);
    // Compact games have lost what these fields ask for; their records have not,
    // and can always say.
    this.#texts = new GameMatcher(
      set.compact
        ? {
          ...filter,
          hasEval: undefined,
          hasClock: undefined,
          split: undefined,
        }
        : filter,
    );
  }

  /** How many of the games that are known match. */
  get count(): number {
    return this.#before[this.#before.length - 1];
  }

  /**
   * Reads records until so many games are known to match, or all are known.
   *
   * @throws {GameCacheError} If the records cannot be read.
   */
  async extend(
    cache: GameCache,
    set: SetInfo,
    count: number,
    signal?: AbortSignal,
  ): Promise<void> {
    const extending = this.#last.then(async () => {
      while (this.known < set.count && this.count < count) {
        // As many as it takes if as many games match as have until now.
        const share = this.known === 0 ? 1 : this.count / this.known;
        const games = (count - this.count) / share;
        await this.#read(cache, set, Math.min(MAX_AT_ONCE, games), signal);
      }
    });
    this.#last = extending.catch(() => {});
    await extending;
  }

  /**
   * The numbers in the set of the matching games `first` to `end - 1`, as far as
   * they are known.
   */
  numbers(first: number, end: number): number[] {
    const numbers: number[] = [];
    let block = this.#before.findLastIndex((count) => count <= first);
    let index = this.#before[block];
    for (; index < Math.min(end, this.count); block++) {
      const from = block * RECORDS_PER_BLOCK;
      const to = Math.min(this.known, from + RECORDS_PER_BLOCK);
      for (let game = from; game < to && index < end; game++) {
        if ((this.#bits[game >> 3] & 1 << (game & 7)) === 0) continue;
        if (index++ >= first) numbers.push(game);
      }
    }
    return numbers;
  }

  async #read(
    cache: GameCache,
    set: SetInfo,
    games: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    // A block that was not full is read anew, and whole blocks are read.
    const first = this.known - this.known % RECORDS_PER_BLOCK;
    const blocks = Math.ceil(games / RECORDS_PER_BLOCK);
    const end = Math.min(set.count, first + blocks * RECORDS_PER_BLOCK);
    const answers = new Uint8Array(end - first);
    const reading: Promise<void>[] = [];
    for (let from = first; from < end; from += RECORDS_PER_BLOCK) {
      const to = Math.min(end, from + RECORDS_PER_BLOCK);
      reading.push(
        cache.readRecords(set, from, to).then((records) => {
          this.#records.match(records, answers.subarray(from - first));
        }),
      );
    }
    // The signal is listened to once, not for each block.
    await orAborted(Promise.all(reading), signal);
    const unsure: number[] = [];
    for (let i = -1; (i = answers.indexOf(ASK_TEXT, i + 1)) !== -1;) {
      unsure.push(first + i);
    }
    for (let i = 0; i < unsure.length; i += TEXTS_AT_ONCE) {
      const some = unsure.slice(i, i + TEXTS_AT_ONCE);
      const texts = await cache.readGamesAt(set, some, { signal });
      texts.forEach((text, k) => {
        const passes = this.#texts.rejection(rawGame(text)) === 0;
        answers[some[k] - first] = passes ? PASSES : FAILS;
      });
    }
    this.#note(first, answers);
  }

  #note(first: number, answers: Uint8Array): void {
    const end = first + answers.length;
    if (this.#bits.length * 8 < end) {
      const longer = new Uint8Array(Math.ceil(end / 4));
      longer.set(this.#bits);
      this.#bits = longer;
    }
    const bits = this.#bits.fill(0, first >> 3);
    this.#before.length = first / RECORDS_PER_BLOCK + 1;
    let { count } = this;
    for (let from = first; from < end; from += RECORDS_PER_BLOCK) {
      const some = answers.subarray(from - first);
      count += noteBlock(bits, from, some.subarray(0, RECORDS_PER_BLOCK));
      this.#before.push(count);
    }
    this.known = end;
  }
}

/** Sets the bits of the games that match, from `first` on; gives how many they are. */
function noteBlock(
  bits: Uint8Array,
  first: number,
  answers: Uint8Array,
): number {
  let count = 0;
  for (let i = 0; i < answers.length; i++) {
    if (answers[i] !== PASSES) continue;
    bits[first + i >> 3] |= 1 << (first + i & 7);
    count++;
  }
  return count;
}

/** What was asked for last, the latest at the end. */
const kept = new Map<string, MatchingGames>();

/**
 * The games of a set that match a filter: those that are kept of an earlier
 * query of this process, or none yet.
 */
export function matchingGames(set: SetInfo, filter: GameFilter): MatchingGames {
  // Games stored by hand may be stored again.
  if (set.source.length === 0) return new MatchingGames(set, filter);
  const key = `${set.generation} ${JSON.stringify(filter)}`;
  const found = kept.get(key) ?? new MatchingGames(set, filter);
  kept.delete(key);
  kept.set(key, found);
  for (const oldest of kept.keys()) {
    if (kept.size <= MAX_KEPT) break;
    kept.delete(oldest);
  }
  return found;
}
