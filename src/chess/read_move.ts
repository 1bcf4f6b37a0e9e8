// Finds the legal move that a word of a movetext means in a position.
import { A1, type Board, NULL_MOVE, PAWN } from "./board.ts";
import { findCastling } from "./castling.ts";
import { findMove, findMoveFrom, ILLEGAL } from "./find_move.ts";
import {
  CASTLING_LONG,
  CASTLING_SHORT,
  DROP,
  FROM_FILE_SHIFT,
  FROM_RANK_SHIFT,
  KIND_SHIFT,
  NO_MOVE,
  NULL,
  PIECE_SHIFT,
  PROMOTION_SHIFT,
  TO_RANK_SHIFT,
} from "../pgn/movetext/move_word.ts";

/** The text is no move. */
export const UNREADABLE = -3;

/**
 * Finds the move that a word means.
 *
 * @param word The word, as `readMoveWord()` packs it.
 * @param board The position it is played in; it is the same afterwards.
 * @returns The legal move, or a negative number that says why there is none.
 */
export function readMove(word: number, board: Board): number {
  if (word === NO_MOVE) return UNREADABLE;
  if (word >> KIND_SHIFT !== 0) return readSpecial(word >> KIND_SHIFT, board);
  const to = A1 + (word & 7) + ((word >> TO_RANK_SHIFT & 7) << 4);
  const file = word >> FROM_FILE_SHIFT & 15;
  const rank = word >> FROM_RANK_SHIFT & 15;
  const promotion = word >> PROMOTION_SHIFT & 7;
  let mask = 0;
  let value = 0;
  if (file > 0) {
    mask = 15;
    value = file - 1;
  }
  if (rank > 0) {
    mask |= 240;
    value |= rank - 1 << 4;
  }
  let piece = word >> PIECE_SHIFT & 7;
  if (piece === 0) {
    if (mask === 255) return findMoveFrom(board, A1 + value, to, promotion);
    piece = PAWN;
  }
  return findMove(board, piece, to, mask, value, promotion);
}

function readSpecial(kind: number, board: Board): number {
  switch (kind) {
    case CASTLING_SHORT:
    case CASTLING_LONG:
      return findCastling(board, kind === CASTLING_SHORT) || ILLEGAL;
    case NULL:
      return board.inCheck ? ILLEGAL : NULL_MOVE;
    case DROP:
      return UNREADABLE;
    default:
      return ILLEGAL;
  }
}
