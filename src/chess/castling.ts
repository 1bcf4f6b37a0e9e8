// Finds whether the side to move may castle.
import {
  BLACK,
  type Board,
  castledKing,
  CASTLING,
  isAttacked,
  KING,
  kingOf,
  ROOK,
  WHITE,
} from "./board.ts";

/** The castling to the king's or queen's side as a move, or 0 where it is not legal. */
export function findCastling(board: Board, kingside: boolean): number {
  const { side, squares } = board;
  const index = (side === WHITE ? 0 : 2) + (kingside ? 0 : 1);
  if ((board.rights >> index & 1) === 0 || board.inCheck) return 0;
  const king = kingOf(board);
  const rook = board.rooks[index];
  const kingTo = castledKing(king, rook);
  const rookTo = kingTo + (kingside ? -1 : 1);
  const first = Math.min(king, rook, kingTo, rookTo);
  const last = Math.max(king, rook, kingTo, rookTo);
  for (let square = first; square <= last; square++) {
    if (squares[square] !== 0 && square !== king && square !== rook) {
      if (
        isBetween(square, king, kingTo) || isBetween(square, rook, rookTo)
      ) return 0;
    }
  }
  squares[king] = 0;
  let safe = true;
  const step = kingTo > king ? 1 : -1;
  for (let square = king; safe && square !== kingTo;) {
    square += step;
    safe = !isAttacked(board, square, side ^ BLACK);
  }
  if (safe) {
    // The rook may have stood between the king's new square and an attacker.
    squares[rook] = 0;
    squares[rookTo] = side | ROOK;
    safe = !isAttacked(board, kingTo, side ^ BLACK);
    squares[rookTo] = 0;
    squares[rook] = side | ROOK;
  }
  squares[king] = side | KING;
  return safe ? king | rook << 8 | CASTLING : 0;
}

function isBetween(square: number, a: number, b: number): boolean {
  return a < b ? a <= square && square <= b : b <= square && square <= a;
}
