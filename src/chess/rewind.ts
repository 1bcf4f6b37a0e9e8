// Finds the board that a board's moves began with.
import {
  BLACK,
  type Board,
  CAPTURED_SHIFT,
  castledKing,
  CASTLING,
  copyBoard,
  EN_PASSANT,
  KING,
  NULL_MOVE,
  PAWN,
  PROMOTION_SHIFT,
  RIGHTS_SHIFT,
  ROOK,
  WHITE,
} from "./board.ts";

/**
 * Takes back all moves of a board's history. The clock of the start is a lower
 * bound where a pawn move or a capture has reset it since.
 *
 * @returns The board of the start, without a history of its own.
 */
export function rewind(board: Board): Board {
  const start = copyBoard(board, false);
  const { plies, history } = board;
  for (let ply = plies - 1; ply >= 0; ply--) takeBack(start, history[ply]);
  start.enPassant = board.firstEnPassant;
  start.halfMoveClock = Math.max(0, board.halfMoveClock - plies);
  start.settle();
  return start;
}

/** Takes back a move on the squares, the side, the rights and the move number. */
function takeBack(board: Board, word: number): void {
  const { squares } = board;
  board.side ^= BLACK;
  const { side } = board;
  if (side !== WHITE) board.fullMoveNumber--;
  board.rights = word >> RIGHTS_SHIFT & 15;
  if ((word & NULL_MOVE) !== 0) return;
  const from = word & 255;
  const to = word >> 8 & 255;
  if ((word & CASTLING) !== 0) {
    const kingTo = castledKing(from, to);
    squares[kingTo] = 0;
    squares[kingTo + (to > from ? -1 : 1)] = 0;
    squares[from] = side | KING;
    squares[to] = side | ROOK;
    setKing(board, from);
    return;
  }
  const promoted = (word >> PROMOTION_SHIFT & 7) !== 0;
  const piece = promoted ? side | PAWN : squares[to];
  squares[from] = piece;
  squares[to] = word >> CAPTURED_SHIFT & 15;
  if ((word & EN_PASSANT) !== 0) {
    squares[to + (side === WHITE ? -16 : 16)] = side ^ BLACK | PAWN;
  }
  if (piece === (side | KING)) setKing(board, from);
}

function setKing(board: Board, square: number): void {
  if (board.side === WHITE) board.whiteKing = square;
  else board.blackKing = square;
}
