// Reads the moves that a board remembers: what each was, and how often a position has been there.
import {
  type Board,
  CAPTURED_SHIFT,
  CASTLING,
  CHECK,
  EN_PASSANT,
  NULL_MOVE,
  PROMOTION_SHIFT,
  RIGHTS_SHIFT,
} from "./board.ts";
import { canCaptureEnPassant } from "./en_passant.ts";

/** Whether a word of the history is a capture, also en passant. */
export function isCapture(word: number): boolean {
  return (word & EN_PASSANT) !== 0 ||
    (word & (CASTLING | NULL_MOVE)) === 0 &&
      (word >> CAPTURED_SHIFT & 15) !== 0;
}

/** Whether a word of the history is a promotion. */
export function isPromotion(word: number): boolean {
  return (word >> PROMOTION_SHIFT & 7) !== 0;
}

/** Whether a word of the history is a null move. */
export function isNullMove(word: number): boolean {
  return (word & NULL_MOVE) !== 0;
}

/** Whether the side to move was in check before a word of the history. */
export function wasInCheck(word: number): boolean {
  return (word & CHECK) !== 0;
}

/**
 * How often the position has been on the board since the start: 1 the first
 * time. Castling rights and legal en passant captures count, clocks do not.
 */
export function countRepetitions(board: Board): number {
  const { squares, history } = board;
  const before = squares.slice();
  const first = Math.max(0, board.plies - board.halfMoveClock);
  let different = 0;
  let count = 1;
  for (let ply = board.plies - 1; ply >= first; ply--) {
    const word = history[ply];
    if ((word & (CASTLING | EN_PASSANT)) !== 0) break;
    if ((word & NULL_MOVE) === 0) {
      const from = word & 255;
      const to = word >> 8 & 255;
      different -= Number(before[from] !== squares[from]) +
        Number(before[to] !== squares[to]);
      before[from] = before[to];
      before[to] = 0;
      different += Number(before[from] !== squares[from]) +
        Number(before[to] !== squares[to]);
    }
    if ((word >> RIGHTS_SHIFT & 15) !== board.rights) break;
    if (
      different === 0 && (board.plies - ply & 1) === 0 &&
      !canCaptureEnPassant(board, enPassantBefore(board, ply))
    ) count++;
  }
  return count;
}

/** The en passant square before a move of the history. */
function enPassantBefore(board: Board, ply: number): number {
  if (ply === 0) return board.firstEnPassant;
  // Only the first position after an irreversible move can have one.
  if (board.plies - board.halfMoveClock !== ply) return 0;
  const word = board.history[ply - 1];
  const from = word & 255;
  const to = word >> 8 & 255;
  // Without a capture, it was a pawn that reset the clock.
  const twoSteps = word >> CAPTURED_SHIFT === word >> RIGHTS_SHIFT << 4 &&
    (to - from === 32 || from - to === 32);
  return twoSteps ? from + to >> 1 : 0;
}
