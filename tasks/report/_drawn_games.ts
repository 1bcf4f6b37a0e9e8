/** Draws games by their hashes: the same ones in any order. */

/** A game that was drawn. */
export interface DrawnGame {
  readonly hash: number;
  /** Its number among all games of the report. */
  readonly index: number;
  /** Its text, where it was there as the game was drawn. */
  readonly text?: Uint8Array;
}

/** Keeps the games with the least hashes, at most as many as it is asked to. */
export class DrawnGames {
  readonly #limit: number;
  #games: DrawnGame[] = [];
  #highest = Infinity;

  /** Begins with no game. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Keeps a game if its hash is low enough. */
  add(hash: number, index: number, text?: Uint8Array): void {
    if (hash >= this.#highest) return;
    this.#games.push({ hash, index, text: text?.slice() });
    // Sorting twice as many from time to time costs less than a heap.
    if (this.#games.length >= 2 * this.#limit) this.#shrink();
  }

  /** The games that were drawn, in their order. */
  get games(): DrawnGame[] {
    this.#shrink();
    return this.#games.toSorted((a, b) => a.index - b.index);
  }

  #shrink(): void {
    if (this.#games.length <= this.#limit) return;
    this.#games.sort((a, b) => a.hash - b.hash || a.index - b.index);
    this.#games.length = this.#limit;
    this.#highest = this.#games.at(-1)!.hash;
  }
}
