// Encodes a position as the 18 planes of Maia-2.
import {
  BLACK,
  type Board,
  canCaptureEnPassant,
  toSquare,
  WHITE,
} from "../chess/board.ts";
import type { PlaneEncoder } from "./input_encoder.ts";

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
  write({ board }, planes) {
    const { side, enPassant } = board;
    planes.board(board.squares, side);
    planes.fill(12, 1);
    for (let i = 0; i < 4; i++) planes.fill(13 + i, rightOf(board, i));
    if (enPassant !== 0 && canCaptureEnPassant(board, enPassant)) {
      planes.square(17, toSquare(enPassant) ^ (side === WHITE ? 0 : 56));
    }
  },
};

/**
 * A castling right as 1 or 0.
 *
 * @param index 0 own O-O, 1 own O-O-O, 2 their O-O, 3 their O-O-O.
 */
export function rightOf(board: Board, index: number): number {
  return board.rights >> (board.side === BLACK ? index ^ 2 : index) & 1;
}
