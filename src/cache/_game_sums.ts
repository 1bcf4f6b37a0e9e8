import { crc32 } from "node:zlib";

/** Games whose sums stand together. */
export const GAMES_PER_BLOCK = 1000;

/** Bytes of one game's sum: length and CRC-32, both u32 little-endian. */
export const SUM_BYTES = 8;

/** The sums of games, one behind the other. */
export function sumsOf(games: readonly Uint8Array[]): Uint8Array {
  const sums = new Uint8Array(games.length * SUM_BYTES);
  const view = new DataView(sums.buffer);
  for (let i = 0; i < games.length; i++) {
    view.setUint32(i * SUM_BYTES, games[i].length, true);
    view.setUint32(i * SUM_BYTES + 4, crc32(games[i]), true);
  }
  return sums;
}

/** Reads sums that {@linkcode sumsOf} has made; one that is cut off is missing. */
export class GameSums {
  #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Whether there is a sum. Zeros stand where none was ever written. */
  has(index: number): boolean {
    return (index + 1) * SUM_BYTES <= this.#view.byteLength &&
      this.#view.getUint32(index * SUM_BYTES, true) > 0;
  }

  /** Whether `game` is the one that the sum was made of. */
  matches(index: number, game: Uint8Array | null): game is Uint8Array {
    return game !== null && this.has(index) &&
      game.length === this.lengthOf(index) &&
      crc32(game) === this.#view.getUint32(index * SUM_BYTES + 4, true);
  }

  /** The length of a game that has a sum. */
  lengthOf(index: number): number {
    return this.#view.getUint32(index * SUM_BYTES, true);
  }

  /**
   * How many of the games from `first` to `end - 1` make one request: as many
   * as have about `maxBytes` together, but one at least. A game without a sum
   * stands alone.
   */
  requestSize(first: number, end: number, maxBytes: number): number {
    let index = first;
    for (let bytes = 0; index < end && this.has(index); index++) {
      bytes += this.lengthOf(index);
      if (bytes > maxBytes) break;
    }
    return Math.max(1, index - first);
  }
}
