// Permutes the numbers below a size by a key, without a table: what shuffles blocks, games and samples.

/** The largest size of a permutation. */
export const MAX_PERMUTATION_SIZE: number = 2 ** 40;

/** Up to this size the order is drawn at once, where a Feistel network is far from uniform. */
const MAX_TABLE_SIZE = 256;

const ROUNDS = 8;

/**
 * A permutation of the numbers from 0 to `size - 1` that depends on the size
 * and a key alone: any number's place, and the number at any place, are found
 * without looking at the others.
 *
 * Up to 256 numbers are shuffled by Fisher and Yates' method. More are the
 * fields of a board of `rows` times `columns`, the least that is nearly square
 * and has room for all. A Feistel network turns each row and column by a keyed
 * amount, and is run again where it ends on a field that has no number. All
 * arithmetic is on unsigned 32-bit integers and on integers below 2^41, so that
 * it can be written in any language.
 */
export class Permutation {
  /** How many numbers are permuted. */
  readonly size: number;
  readonly #table: Uint32Array | undefined;
  #inverse: Uint32Array | undefined;
  readonly #rows: number;
  readonly #columns: number;
  readonly #keys: Int32Array;

  /**
   * Creates a permutation.
   *
   * @param size How many numbers are permuted, at most 2^40.
   * @param key Integers, such as a seed and an epoch: other ones, another order.
   * @throws {RangeError} If the size or a number of the key is not allowed.
   */
  constructor(size: number, key: readonly number[]) {
    if (!Number.isInteger(size) || size < 0 || size > MAX_PERMUTATION_SIZE) {
      throw new RangeError(
        `Cannot permute numbers as size must be an integer from 0 to 2^40: current value is ${size}`,
      );
    }
    this.size = size;
    const isSmall = size <= MAX_TABLE_SIZE;
    this.#keys = new Int32Array(isSmall ? 0 : ROUNDS);
    const words = foldKey(key);
    for (let i = 0; i < this.#keys.length; i++) this.#keys[i] = word(words, i);
    this.#rows = Math.ceil(Math.sqrt(size));
    this.#columns = Math.ceil(size / this.#rows);
    if (!isSmall) return;
    this.#table = shuffledNumbers(size, key);
  }

  /** The number at a place. */
  at(place: number): number {
    this.#check(place);
    if (this.#table !== undefined) return this.#table[place];
    const keys = this.#keys;
    const rows = this.#rows;
    const columns = this.#columns;
    let value = place;
    do {
      let row = Math.floor(value / columns);
      let column = value - row * columns;
      for (let i = 0; i < ROUNDS; i += 2) {
        row = (row + (mix(column ^ keys[i]) >>> 0) % rows) % rows;
        column = (column + (mix(row ^ keys[i + 1]) >>> 0) % columns) % columns;
      }
      value = row * columns + column;
    } while (value >= this.size);
    return value;
  }

  /** The place of a number: the inverse of {@linkcode Permutation.at}. */
  placeOf(number: number): number {
    this.#check(number);
    if (this.#table !== undefined) return this.#placeInTable(number);
    const keys = this.#keys;
    const rows = this.#rows;
    const columns = this.#columns;
    let value = number;
    do {
      let row = Math.floor(value / columns);
      let column = value - row * columns;
      for (let i = ROUNDS - 2; i >= 0; i -= 2) {
        column -= (mix(row ^ keys[i + 1]) >>> 0) % columns;
        if (column < 0) column += columns;
        row -= (mix(column ^ keys[i]) >>> 0) % rows;
        if (row < 0) row += rows;
      }
      value = row * columns + column;
    } while (value >= this.size);
    return value;
  }

  #placeInTable(number: number): number {
    if (this.#inverse === undefined) {
      this.#inverse = new Uint32Array(this.size);
      for (let i = 0; i < this.size; i++) this.#inverse[this.#table![i]] = i;
    }
    return this.#inverse[number];
  }

  #check(number: number): void {
    if (!Number.isInteger(number) || number < 0 || number >= this.size) {
      throw new RangeError(
        `Cannot permute a number as it must be an integer from 0 to ${
          this.size - 1
        }: current value is ${number}`,
      );
    }
  }
}

/**
 * The numbers from 0 to `size - 1` shuffled by a key, all at once: up to 256 of
 * them as a {@linkcode Permutation} has them, and faster than that for more.
 */
export function shuffledNumbers(
  size: number,
  key: readonly number[],
): Uint32Array {
  const numbers = new Uint32Array(size);
  for (let i = 0; i < size; i++) numbers[i] = i;
  shuffle(key, numbers);
  return numbers;
}

/** Shuffles numbers by a key, and others that belong to them alike. */
export function shuffle(
  key: readonly number[],
  numbers: Uint32Array,
  others?: Uint32Array,
): void {
  const [first, second] = foldKey(key);
  for (let i = numbers.length - 1; i > 0; i--) {
    const j = (mix(mix(i ^ first) ^ second) >>> 0) % (i + 1);
    const number = numbers[i];
    numbers[i] = numbers[j];
    numbers[j] = number;
    if (others === undefined) continue;
    const other = others[i];
    others[i] = others[j];
    others[j] = other;
  }
}

/** Folds integers into two 32-bit words, the lower and the upper half of each in turn. */
export function foldKey(
  numbers: readonly number[],
): readonly [number, number] {
  let first = 0x243f6a88;
  let second = 0x85a308d3;
  for (const number of numbers) {
    if (!Number.isSafeInteger(number)) {
      throw new RangeError(
        `Cannot make a key as its numbers must be integers: current value is ${number}`,
      );
    }
    for (const half of [number, Math.floor(number / 2 ** 32)]) {
      first = mix(first ^ half);
      second = mix(second ^ half);
    }
  }
  return [first, second];
}

/** The word of a number in the sequence that a folded key stands for. */
function word([first, second]: readonly [number, number], i: number): number {
  return mix(mix(i ^ first) ^ second);
}

/** Spreads the bits of a 32-bit integer over all of them, reversibly. */
export function mix(bits: number): number {
  bits = Math.imul(bits ^ bits >>> 16, 0x21f0aaad) + 0x6d2b79f5;
  bits = Math.imul(bits ^ bits >>> 15, 0x735a2d97);
  return bits ^ bits >>> 15;
}
