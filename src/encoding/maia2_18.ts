// Encodes a position as the 18 planes of Maia-2.
import { BLACK, toSquare, WHITE } from "../chess/board.ts";
import type { PlaneEncoder } from "./input_encoder.ts";
import type { PositionHistory } from "./position_history.ts";

/**
 * 12 planes of pieces, one of ones, own O-O and O-O-O, theirs, and the square
 * of a legal en passant capture.
 */
export const MAIA2_18: PlaneEncoder = {
  kind: "planes",
  planes: 18,
  shape: [18, 8, 8],
  counts: [],
  positions: 1,
  source:
    "board_to_tensor of Maia-2, which mirrors the board for Black first and reads the position from a FEN.",
  write(history, planes) {
    const { side, enPassant } = history;
    planes.pieces(history, 0, 0, side);
    planes.fill(12, 1);
    for (let i = 0; i < 4; i++) planes.fill(13 + i, rightOf(history, i));
    if (enPassant !== 0) {
      planes.square(17, toSquare(enPassant) ^ (side === WHITE ? 0 : 56));
    }
  },
};

/**
 * A castling right as 1 or 0.
 *
 * @param index 0 own O-O, 1 own O-O-O, 2 their O-O, 3 their O-O-O.
 */
export function rightOf(
  { rights, side }: PositionHistory,
  index: number,
): number {
  return rights >> (side === BLACK ? index ^ 2 : index) & 1;
}
