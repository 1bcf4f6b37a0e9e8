// Writes sparse features: for both sides, the sorted indices of what is on the board.
import { A1, BLACK, type Board, toSquare } from "../chess/board.ts";

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
  board: Board,
  out: Uint8Array | Int32Array,
  at: number,
  indexOf: (piece: number, square: number, king: number) => number,
): void {
  const { squares, side } = board;
  if (board.pieceCount > MAX_FEATURES) {
    throw new RangeError(
      `Cannot encode features as the board has more than 32 pieces: current value is ${board.pieceCount}`,
    );
  }
  for (let view = 0; view < 2; view++) {
    const perspective = view === 0 ? side : side ^ BLACK;
    const flip = perspective === BLACK ? 56 : 0;
    const king = toSquare(
      perspective === BLACK ? board.blackKing : board.whiteKing,
    ) ^ flip;
    const first = at + view * MAX_FEATURES;
    let end = first;
    for (let rank = A1; rank < A1 + 128; rank += 16) {
      for (let square = rank; square < rank + 8; square++) {
        const piece = squares[square];
        if (piece === 0) continue;
        const seen = toSquare(square) ^ flip;
        const index = indexOf(piece ^ perspective, seen, king);
        let place = end++;
        for (; place > first && out[place - 1] > index; place--) {
          out[place] = out[place - 1];
        }
        out[place] = index;
      }
    }
    out.fill(-1, end, first + MAX_FEATURES);
  }
}
