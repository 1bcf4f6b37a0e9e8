// Writes sparse features: for both sides, the sorted indices of what is on the board.
import { BLACK, toSquare } from "../chess/board.ts";
import type { PositionHistory } from "./position_history.ts";

/** More features than a side can have with at most 32 pieces. */
export const MAX_FEATURES = 32;

/**
 * Writes the features of both sides, that of the side to move first, each
 * ascending, with -1 after the last.
 *
 * @param indexOf The index of a piece, 1 to 6 for the perspective's own and 9
 * to 14 for the other side's, on a square from 0 to 63 with the perspective's
 * side at the bottom, `king` being the square of its own king.
 * @throws {RangeError} If there are more than 32 pieces.
 */
export function writeFeatures(
  history: PositionHistory,
  out: Uint8Array | Int32Array,
  at: number,
  indexOf: (piece: number, square: number, king: number) => number,
): void {
  const { side, words, pieceCount } = history;
  const last = history.endOf(0);
  if (pieceCount > MAX_FEATURES) {
    throw new RangeError(
      `Cannot encode features as the board has more than 32 pieces: current value is ${pieceCount}`,
    );
  }
  for (let view = 0; view < 2; view++) {
    const perspective = view === 0 ? side : side ^ BLACK;
    const flip = perspective === BLACK ? 56 : 0;
    const king = toSquare(history.kingOf(perspective)) ^ flip;
    const first = at + view * MAX_FEATURES;
    let end = first;
    for (let i = history.startOf(0); i < last; i++) {
      const word = words[i];
      const square = toSquare(word & 255) ^ flip;
      const index = indexOf(word >> 8 ^ perspective, square, king);
      let place = end++;
      for (; place > first && out[place - 1] > index; place--) {
        out[place] = out[place - 1];
      }
      out[place] = index;
    }
    out.fill(-1, end, first + MAX_FEATURES);
  }
}
