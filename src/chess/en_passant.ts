// Says whether a pawn can be captured en passant.
import { type Board, isSafeAfter, PAWN, WHITE } from "./board.ts";

/** Whether the side to move can legally capture en passant on `square`. */
export function canCaptureEnPassant(board: Board, square: number): boolean {
  if (square === 0) return false;
  const { squares, side } = board;
  const pawn = side | PAWN;
  const back = side === WHITE ? -16 : 16;
  const known = board.enPassant;
  board.enPassant = square;
  const legal = squares[square + back - 1] === pawn &&
      isSafeAfter(board, square + back - 1, square) ||
    squares[square + back + 1] === pawn &&
      isSafeAfter(board, square + back + 1, square);
  board.enPassant = known;
  return legal;
}
