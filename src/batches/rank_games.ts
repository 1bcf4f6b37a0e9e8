// Says which games are a rank's, also where the ranks have changed in an epoch.
import {
  type Progress,
  progressIn,
  type RankProgress,
} from "./batch_cursor.ts";

/** A rank among those that are there together. */
export interface Rank {
  /** Which one, from 0. */
  readonly rank: number;
  /** How many there are. */
  readonly ranks: number;
  /** How far all ranks had come at each change of their number. */
  readonly earlier: readonly (readonly RankProgress[])[];
}

/** Which games of the order a query asks each of the first ranks for. */
export interface RankRange {
  /** Games of a block. */
  readonly block: number;
  /** Games of each rank that are left out first. */
  readonly offset: number;
  /** Games of each rank at most. */
  readonly maxGames: number;
}

/** Whether ranks that came before have read something of an epoch. */
export function isSharedAnew({ earlier }: Rank, epoch: number): boolean {
  return earlier.some((all) => all.some((one) => one.epoch >= epoch));
}

/** How one number of ranks has shared out the games. */
interface Generation {
  readonly ranks: number;
  /** By rank, the place of the first game that it has not loaded. */
  readonly next: readonly number[];
  /** By rank, the place of the next game that comes by. */
  readonly places: number[];
  /** Blocks with games for this generation that have come by. */
  blocks: number;
  /** Whether the current block is one of them. */
  isInBlock: boolean;
}

/**
 * Finds a rank's games among all games in their order. The blocks that are not
 * read are shared out anew, each time that the number of ranks changes: every
 * `ranks`-th of them is a rank's.
 */
export class RankFilter {
  readonly #rank: number;
  readonly #range: RankRange;
  readonly #generations: readonly Generation[];
  #block = -1;

  constructor({ rank, ranks, earlier }: Rank, epoch: number, range: RankRange) {
    this.#rank = rank;
    this.#range = range;
    const nexts = earlier.map((all) =>
      all.map((one) => nextOf(progressIn(one, epoch)))
    );
    this.#generations = [...nexts, Array<number>(ranks).fill(0)].map((
      next,
    ) => ({
      ranks: next.length,
      next,
      places: Array<number>(next.length).fill(0),
      blocks: 0,
      isInBlock: false,
    }));
  }

  /**
   * Takes the next game of the order.
   *
   * @param gameIndex Its number among all that pass the filter.
   * @returns Its place among the rank's games, or -1 where it is not the rank's.
   */
  placeOf(gameIndex: number): number {
    const block = Math.floor(gameIndex / this.#range.block);
    if (block !== this.#block) {
      this.#block = block;
      for (const one of this.#generations) one.isInBlock = false;
    }
    const { offset, maxGames } = this.#range;
    let rank = -1;
    let place = -1;
    for (const [i, generation] of this.#generations.entries()) {
      if (!generation.isInBlock) {
        generation.isInBlock = true;
        generation.blocks++;
      }
      rank = (generation.blocks - 1) % generation.ranks;
      place = generation.places[rank]++;
      if (i === 0) {
        if (place < offset || place - offset >= maxGames) return -1;
        place -= offset;
      }
      if (place < generation.next[rank]) return -1;
    }
    return rank === this.#rank ? place : -1;
  }
}

function nextOf(progress: Progress): number {
  return progress === "all"
    ? Infinity
    : progress === "none"
    ? 0
    : progress.next;
}
