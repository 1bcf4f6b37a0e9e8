// Says which games a query takes, and in which order: blocks, shuffled or not, and a shard of them.

import { Permutation } from "./permutation.ts";

/** How many games a block has where a query does not say. */
export const DEFAULT_BLOCK = 16;

/** Blocks whose inner order is kept: readers look ahead of each other. */
const KEPT_BLOCKS = 64;

/**
 * The order of an epoch: for other seeds and epochs other orders.
 *
 * See {@linkcode GameQuery}.
 */
export interface Shuffle {
  /** Another seed, another order; the same on every machine. */
  seed: number;
  /** Which time the games are gone through. @default {0} */
  epoch?: number;
}

/**
 * One of `count` disjoint shares, which together are everything.
 *
 * See {@linkcode GameQuery}.
 */
export interface Shard {
  /** Which one, from 0 to `count - 1`: the rank. */
  index: number;
  /** How many there are: the ranks. */
  count: number;
}

/**
 * The fields of a query that say in which order games are taken.
 *
 * See {@linkcode GameQuery}.
 */
export interface OrderOptions {
  /**
   * Takes the games in a random order, which seed and epoch decide alone: the
   * same from every source and on every machine. Blocks are shuffled, and the
   * games of each block.
   */
  shuffle?: Shuffle;
  /**
   * How many consecutive games stay together where games are shuffled or split
   * into shards. 1 shuffles best; more is faster from an archive, where a block
   * costs the frame it is in.
   *
   * @default {16}
   */
  block?: number;
  /** Takes every `count`-th block of the order only, from the `index`-th on. */
  shard?: Shard;
}

/** {@linkcode OrderOptions}, checked and with all defaults. */
export interface CheckedOrder {
  readonly shuffle: Required<Shuffle> | undefined;
  readonly block: number;
  readonly shard: Readonly<Shard>;
}

/**
 * Checks the fields of a query that say in which order games are taken.
 *
 * @throws {TypeError} If one is of the wrong type or has an unknown field.
 * @throws {RangeError} If a value is not allowed.
 */
export function checkOrder(options: OrderOptions): CheckedOrder {
  const { shuffle, block = DEFAULT_BLOCK, shard } = options;
  if (!Number.isSafeInteger(block) || block < 1) {
    throw new RangeError(
      `Cannot order games as block must be a positive integer: current value is ${block}`,
    );
  }
  return {
    shuffle: shuffle === undefined ? undefined : checkShuffle(shuffle),
    block,
    shard: shard === undefined ? WHOLE : checkShard(shard),
  };
}

const WHOLE: Readonly<Shard> = { index: 0, count: 1 };

function checkShuffle(shuffle: Shuffle): Required<Shuffle> {
  checkFields("shuffle", shuffle, ["seed", "epoch"]);
  const { seed, epoch = 0 } = shuffle;
  if (!Number.isSafeInteger(seed)) {
    throw new RangeError(
      `Cannot shuffle games as seed must be an integer: current value is ${seed}`,
    );
  }
  if (!Number.isSafeInteger(epoch) || epoch < 0) {
    throw new RangeError(
      `Cannot shuffle games as epoch must be a non-negative integer: current value is ${epoch}`,
    );
  }
  return { seed, epoch };
}

function checkShard(shard: Shard): Readonly<Shard> {
  checkFields("shard", shard, ["index", "count"]);
  const { index, count } = shard;
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new RangeError(
      `Cannot take a shard as count must be a positive integer: current value is ${count}`,
    );
  }
  if (!Number.isSafeInteger(index) || index < 0 || index >= count) {
    throw new RangeError(
      `Cannot take a shard as index must be an integer from 0 to ${
        count - 1
      }: current value is ${index}`,
    );
  }
  return { index, count };
}

function checkFields(name: string, value: object, fields: readonly string[]) {
  if (typeof value !== "object" || value === null) {
    throw new TypeError(
      `Cannot order games as ${name} must be an object: current value is ${value}`,
    );
  }
  const unknown = Object.keys(value).find((key) => !fields.includes(key));
  if (unknown !== undefined) {
    throw new TypeError(
      `Cannot order games as ${name} has no field ${unknown}: it has ${
        fields.join(" and ")
      }`,
    );
  }
}

/**
 * The order of one shard of the games 0 to `games - 1`, which are those that
 * pass a query's filter. A place counts games in this order, from 0. Nothing is
 * held but the orders inside the few blocks that were looked at last.
 */
export class GameOrder {
  /** How many games the shard has. */
  readonly size: number;
  /** How many games there are over all shards. */
  readonly games: number;
  readonly #order: CheckedOrder;
  readonly #blocks: Permutation | undefined;
  /** Places of the shard before the end of the block that is shorter than others. */
  readonly #shortEnd: number;
  /** How many games that block lacks. */
  readonly #lacking: number;
  /** The orders inside the blocks looked at last, by the end of their numbers. */
  readonly #inside: Permutation[] = [];
  readonly #insideOf: number[] = [];

  /**
   * Creates an order.
   *
   * @param games How many games pass; `Infinity`, where nothing is shuffled, for
   * a number that is not known.
   * @param order The order, checked.
   */
  constructor(games: number, order: CheckedOrder) {
    const { block, shuffle, shard: { index, count } } = order;
    this.#order = order;
    this.games = games;
    const blocks = Math.ceil(games / block);
    if (shuffle !== undefined) {
      this.#blocks = new Permutation(blocks, [shuffle.seed, shuffle.epoch]);
    }
    const slots = blocks > index ? Math.ceil((blocks - index) / count) : 0;
    this.size = slots * block;
    this.#shortEnd = Infinity;
    this.#lacking = 0;
    if (games % block === 0 || games === Infinity) return;
    const last = this.#blocks?.placeOf(blocks - 1) ?? blocks - 1;
    if (last % count !== index) return;
    const length = games % block;
    this.#lacking = block - length;
    this.#shortEnd = (last - index) / count * block + length;
    this.size -= this.#lacking;
  }

  /** The number of the game at a place, among all that pass. */
  at(place: number): number {
    const { block, shuffle, shard: { index, count } } = this.#order;
    const full = place < this.#shortEnd ? place : place + this.#lacking;
    const slot = Math.floor(full / block);
    const inside = full - slot * block;
    const position = slot * count + index;
    const number = this.#blocks?.at(position) ?? position;
    if (shuffle === undefined) return number * block + inside;
    const kept = number % KEPT_BLOCKS;
    if (this.#insideOf[kept] !== number) {
      const length = Math.min(block, this.games - number * block);
      const { seed, epoch } = shuffle;
      this.#inside[kept] = new Permutation(length, [seed, epoch, number]);
      this.#insideOf[kept] = number;
    }
    return number * block + this.#inside[kept].at(inside);
  }

  /** The numbers of the games at the places from `first` to `end - 1`. */
  slice(first: number, end: number): number[] {
    const numbers: number[] = [];
    const last = Math.min(end, this.size);
    for (let place = first; place < last; place++) numbers.push(this.at(place));
    return numbers;
  }
}
