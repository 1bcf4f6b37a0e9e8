// Writes pieces, squares and whole planes into an array, in any layout or as bits.
import { A1 } from "../chess/board.ts";
import type { PositionHistory } from "./position_history.ts";

/** The arrays that inputs are written to. */
export type NumberArray = Uint8Array | Float16Array | Float32Array | Int32Array;

/** How planes are laid out: planes of squares, squares of planes, or planes of bits. */
export type PlaneLayout = "nchw" | "nhwc" | "bits";

/** By `piece << 8 | square` of White's view, and of Black's: the plane among 12 and the square. */
const CELLS: readonly { plane: number; square: number }[][] = [0, 1].map(
  (view) =>
    Array.from({ length: 4096 }, (_, word) => {
      const piece = word >> 8;
      const offset = (word & 255) - A1;
      const square = offset + (offset & 7) >> 1;
      const own = piece >> 3 === view;
      return {
        plane: (piece & 7) - 1 + (own ? 0 : 6),
        square: square ^ (view === 0 ? 0 : 56),
      };
    }),
);

const OFFSETS = new Map<string, readonly Int32Array[]>();

/** By view and by word, the offset of a piece's cell from its first plane. */
function cellOffsets(
  planes: number,
  layout: PlaneLayout,
): readonly Int32Array[] {
  const key = layout === "nhwc" ? `nhwc ${planes}` : layout;
  let offsets = OFFSETS.get(key);
  if (offsets === undefined) {
    const offsetOf = ({ plane, square }: { plane: number; square: number }) =>
      layout === "nchw"
        ? plane * 64 + square
        : layout === "nhwc"
        ? plane + square * planes
        : plane * 8 + (square >> 3);
    offsets = CELLS.map((cells) => Int32Array.from(cells, offsetOf));
    OFFSETS.set(key, offsets);
  }
  return offsets;
}

/**
 * Writes the planes of one sample after another. The array is all zeros where
 * they are written.
 */
export class PlaneWriter {
  readonly #planes: number;
  readonly #planeStride: number;
  readonly #squareStride: number;
  readonly #isBits: boolean;
  /** Numbers of the array that a sample takes. */
  readonly length: number;
  readonly #offsets: readonly Int32Array[];
  #out: NumberArray = new Uint8Array(0);
  #at = 0;

  /**
   * @param planes How many planes a sample has.
   * @param layout How they are laid out.
   */
  constructor(planes: number, layout: PlaneLayout) {
    this.#planes = planes;
    this.#isBits = layout === "bits";
    this.#planeStride = layout === "nchw" ? 64 : layout === "nhwc" ? 1 : 8;
    this.#squareStride = layout === "nhwc" ? planes : 1;
    this.length = planes * (this.#isBits ? 8 : 64);
    this.#offsets = cellOffsets(planes, layout);
  }

  /** Turns to the sample that begins at an index of an array. */
  moveTo(out: NumberArray, at: number): void {
    this.#out = out;
    this.#at = at;
  }

  /**
   * Writes the pieces of the position of `age` plies ago into 12 planes from
   * `plane` on: own P N B R Q K, then theirs.
   *
   * @param side Whose view it is, and which are the own pieces.
   */
  pieces(
    history: PositionHistory,
    age: number,
    plane: number,
    side: number,
  ): void {
    this.words(
      history.words,
      history.startOf(age),
      history.endOf(age),
      plane,
      side,
    );
  }

  /** The same for the words `piece << 8 | square` of a list. */
  words(
    words: Uint16Array,
    first: number,
    end: number,
    plane: number,
    side: number,
  ): void {
    const out = this.#out;
    const offsets = this.#offsets[side >> 3];
    const at = this.#at + plane * this.#planeStride;
    if (this.#isBits) {
      for (let i = first; i < end; i++) {
        const word = words[i];
        out[at + offsets[word]] |= 1 << (word - A1 & 7);
      }
    } else {
      for (let i = first; i < end; i++) out[at + offsets[words[i]]] = 1;
    }
  }

  /** Sets one square, from 0 (a1 of the view) to 63, of a plane to 1. */
  square(plane: number, square: number): void {
    const at = this.#at + plane * this.#planeStride;
    if (this.#isBits) this.#out[at + (square >> 3)] |= 1 << (square & 7);
    else this.#out[at + square * this.#squareStride] = 1;
  }

  /** Sets all squares of a plane to a number; as bits, only to 0 or 1. */
  fill(plane: number, value: number): void {
    const out = this.#out;
    const at = this.#at + plane * this.#planeStride;
    if (value === 0) return;
    if (this.#isBits) out.fill(255, at, at + 8);
    else if (this.#squareStride === 1) out.fill(value, at, at + 64);
    else {
      const end = at + 64 * this.#planes;
      for (let i = at; i < end; i += this.#planes) out[i] = value;
    }
  }

  /**
   * Sets all squares of a plane to a count, in bytes to 255 at most. Bits hold
   * no counts: there the plane stays zero.
   */
  count(plane: number, count: number): void {
    if (this.#isBits) return;
    this.fill(
      plane,
      this.#out instanceof Uint8Array ? Math.min(255, count) : count,
    );
  }
}
