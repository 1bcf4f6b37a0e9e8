// Holds the samples of the games loaded, and draws those of the next batch.
import { shuffle, shuffledNumbers } from "../order/permutation.ts";
import type { RankProgress } from "./batch_cursor.ts";
import type { GameSamples } from "./game_samples.ts";

/** Samples in an order: by row the number of its game, and which of its samples. */
export class Rows {
  readonly games: GameSamples[] = [];
  readonly numbers: Uint32Array;
  readonly samples: Uint32Array;
  /** How many there are. */
  length = 0;

  /** @param capacity How many there may be. */
  constructor(capacity: number) {
    this.numbers = new Uint32Array(capacity);
    this.samples = new Uint32Array(capacity);
  }

  /** Adds a sample of the game of a number. */
  add(number: number, sample: number): void {
    this.numbers[this.length] = number;
    this.samples[this.length++] = sample;
  }

  /** Adds the rows of others from `first` to `end - 1`, each `step`-th. */
  addFrom(other: Rows, first: number, end: number, step = 1): void {
    const base = this.games.length;
    for (const game of other.games) this.games.push(game);
    const { numbers, samples } = other;
    for (let i = first; i < end; i += step) {
      this.add(base + numbers[i], samples[i]);
    }
  }
}

/** What a cursor says of a pool; `from` is missing where all is used. */
export type PoolProgress =
  & Partial<Pick<RankProgress, "from">>
  & Pick<RankProgress, "used" | "left">;

/** The samples of games loaded that are not used yet. */
export interface SamplePool {
  /** Adds the games of a window, the first of which has a place in the rank's order. */
  add(games: readonly GameSamples[], place: number): void;
  /** Adds samples that were taken over from other ranks; before any window. */
  takeOver(rows: Rows): void;
  /** Draws samples into `rows`: at most `count`, fewer only where no more may be drawn. */
  draw(count: number, rows: Rows): void;
  /** How many samples a batch of `count` would have now. */
  available(count: number): number;
  /** How many samples there are. */
  readonly size: number;
  /** What a cursor says of the pool. */
  progress(): PoolProgress;
  /** Brings the pool to where a cursor was made, after its games were added. */
  restore(progress: RankProgress): void;
  /** All samples, in an order that depends on the pool alone. */
  rest(): Rows;
  /** Takes out the games whose samples have all been drawn. */
  takeUsed(): readonly GameSamples[];
}

/**
 * Gives the samples of each window in a keyed order, one window after another:
 * what is left of one comes before the next in a batch.
 */
export class WindowPool implements SamplePool {
  readonly #key: readonly number[];
  readonly #isInterleaved: boolean;
  readonly #windows: { place: number; rows: Rows }[] = [];
  #used = 0;
  readonly #usedUp: GameSamples[] = [];

  /**
   * @param key What decides about the order: seed, epoch and rank.
   * @param isInterleaved Whether samples leave the order of play.
   */
  constructor(key: readonly number[], isInterleaved: boolean) {
    this.#key = key;
    this.#isInterleaved = isInterleaved;
  }

  add(games: readonly GameSamples[], place: number): void {
    const rows = rowsOf(games);
    if (rows.length === 0) return;
    if (this.#isInterleaved) {
      shuffle([...this.#key, place], rows.numbers, rows.samples);
    }
    this.#windows.push({ place, rows });
  }

  takeOver(rows: Rows): void {
    if (rows.length > 0) this.#windows.push({ place: -1, rows });
  }

  get size(): number {
    let sum = -this.#used;
    for (const { rows } of this.#windows) sum += rows.length;
    return sum;
  }

  available(count: number): number {
    return Math.min(count, this.size);
  }

  draw(count: number, drawn: Rows): void {
    let left = count;
    while (left > 0 && this.#windows.length > 0) {
      const { rows } = this.#windows[0];
      const end = Math.min(rows.length, this.#used + left);
      drawn.addFrom(rows, this.#used, end);
      left -= end - this.#used;
      this.#used = end;
      if (end < rows.length) return;
      this.#windows.shift();
      this.#used = 0;
      for (const game of rows.games) this.#usedUp.push(game);
    }
  }

  progress(): PoolProgress {
    return { from: this.#windows[0]?.place, used: this.#used };
  }

  restore({ used }: RankProgress): void {
    this.#used = used;
  }

  takeUsed(): readonly GameSamples[] {
    return this.#usedUp.splice(0);
  }

  rest(): Rows {
    const rest = new Rows(this.size);
    for (const [i, { rows }] of this.#windows.entries()) {
      rest.addFrom(rows, i === 0 ? this.#used : 0, rows.length);
    }
    return rest;
  }
}

/** The samples of one game in a {@linkcode CappedPool}. */
interface Entry {
  readonly place: number;
  /** Which load of games it came with. */
  readonly window: number;
  /** The samples in the order in which they are used. */
  readonly game: GameSamples;
  readonly samples: Uint32Array;
  left: number;
}

/**
 * Draws for each batch at most so many samples of a game: first from the games
 * of earlier windows, which are to be used up, then from all others.
 */
export class CappedPool implements SamplePool {
  readonly #key: readonly number[];
  readonly #maxPerBatch: number;
  #entries: Entry[] = [];
  #window = 0;
  #size = 0;
  #drawn = 0;
  readonly #usedUp: GameSamples[] = [];

  /**
   * @param key What decides about the order: seed, epoch and rank.
   * @param maxPerBatch Most samples of one game in a batch.
   */
  constructor(key: readonly number[], maxPerBatch: number) {
    this.#key = key;
    this.#maxPerBatch = maxPerBatch;
  }

  add(games: readonly GameSamples[], place: number): void {
    if (games.length === 0) return;
    this.#window++;
    games.forEach((game, i) => {
      const samples = shuffledNumbers(game.size, [...this.#key, place + i]);
      this.#push(place + i, game, samples);
    });
  }

  takeOver(rows: Rows): void {
    const byGame = new Map<GameSamples, number[]>();
    for (let i = 0; i < rows.length; i++) {
      const game = rows.games[rows.numbers[i]];
      const known = byGame.get(game);
      if (known === undefined) byGame.set(game, [rows.samples[i]]);
      else known.push(rows.samples[i]);
    }
    for (const [game, samples] of byGame) {
      this.#push(-1, game, Uint32Array.from(samples));
    }
  }

  #push(place: number, game: GameSamples, samples: Uint32Array): void {
    const left = samples.length;
    const window = this.#window;
    this.#entries.push({ place, window, game, samples, left });
    this.#size += left;
  }

  get size(): number {
    return this.#size;
  }

  available(count: number): number {
    let sum = 0;
    for (const { left } of this.#entries) {
      sum += Math.min(left, this.#maxPerBatch);
      if (sum >= count) return count;
    }
    return sum;
  }

  draw(count: number, rows: Rows): void {
    const before = rows.length;
    const newest = this.#window;
    for (const isOld of [true, false]) {
      const entries = this.#entries.filter(({ window, left }) =>
        left > 0 && (window < newest) === isOld
      );
      const wanted = count - (rows.length - before);
      if (wanted > 0 && entries.length > 0) {
        this.#drawFrom(entries, wanted, isOld ? 0 : 1, rows);
      }
    }
    const drawn = rows.length - before;
    this.#size -= drawn;
    this.#drawn += drawn;
    this.#forget();
  }

  /** Draws from games as often as they have samples left, in a keyed order. */
  #drawFrom(
    entries: readonly Entry[],
    count: number,
    salt: number,
    rows: Rows,
  ): void {
    let total = 0;
    for (const { left } of entries) total += left;
    const tokens = new Int32Array(total);
    let end = 0;
    entries.forEach(({ left }, i) => tokens.fill(i, end, end += left));
    const key = [...this.#key, this.#drawn, salt];
    const order = shuffledNumbers(total, key);
    const taken = new Int32Array(entries.length);
    const base = rows.games.length;
    for (const { game } of entries) rows.games.push(game);
    let open = entries.length;
    let wanted = count;
    for (let i = 0; i < total && wanted > 0 && open > 0; i++) {
      const number = tokens[order[i]];
      if (taken[number] === this.#maxPerBatch) continue;
      const entry = entries[number];
      const { samples } = entry;
      rows.add(base + number, samples[samples.length - entry.left--]);
      wanted--;
      if (++taken[number] === this.#maxPerBatch || entry.left === 0) open--;
    }
  }

  /** Lets go of the games at the front that are used up. */
  #forget(): void {
    let used = 0;
    const entries = this.#entries;
    while (used < entries.length && entries[used].left === 0) used++;
    // What was taken over is found again only as a whole.
    if (entries[used]?.place === -1) return;
    this.#entries = entries.slice(used);
    for (let i = 0; i < used; i++) this.#usedUp.push(entries[i].game);
  }

  takeUsed(): readonly GameSamples[] {
    return this.#usedUp.splice(0);
  }

  progress(): PoolProgress {
    return {
      from: this.#entries[0]?.place,
      used: this.#drawn,
      left: this.#entries.map(({ left }) => left),
    };
  }

  restore({ used, left = [] }: RankProgress): void {
    this.#drawn = used;
    this.#size = 0;
    this.#entries.forEach((entry, i) => {
      entry.left = left[i] ?? 0;
      this.#size += entry.left;
    });
    this.#forget();
  }

  rest(): Rows {
    const rest = new Rows(this.#size);
    for (const { game, samples, left } of this.#entries) {
      const number = rest.games.push(game) - 1;
      for (let i = samples.length - left; i < samples.length; i++) {
        rest.add(number, samples[i]);
      }
    }
    return rest;
  }
}

/** All samples of games in the order of play. */
function rowsOf(games: readonly GameSamples[]): Rows {
  let size = 0;
  for (const game of games) size += game.size;
  const rows = new Rows(size);
  for (const game of games) {
    const number = rows.games.push(game) - 1;
    for (let i = 0; i < game.size; i++) rows.add(number, i);
  }
  return rows;
}
