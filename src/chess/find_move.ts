import {
  A1,
  BLACK,
  type Board,
  castledKing,
  EN_PASSANT,
  findAttacker,
  isSafe,
  KING,
  kingOf,
  KNIGHT,
  PAWN,
  PROMOTION_SHIFT,
  QUEEN,
  ROOK,
  WHITE,
} from "./board.ts";
import { findCastling } from "./castling.ts";

/** No legal move is meant. */
export const ILLEGAL = -1;
/** More than one legal move may be meant. */
export const AMBIGUOUS = -2;

/**
 * Finds the one legal move of a piece to a square by looking back from there.
 *
 * @param board The position; it is the same afterwards.
 * @param type The type of the piece that moves.
 * @param to The square it goes to.
 * @param mask Which bits of its square, less a1, are known: 7 the file, 240 the rank.
 * @param value Those bits.
 * @param promotion What a pawn becomes, or 0.
 * @returns The move, {@linkcode ILLEGAL} or {@linkcode AMBIGUOUS}.
 */
export function findMove(
  board: Board,
  type: number,
  to: number,
  mask: number,
  value: number,
  promotion: number,
): number {
  const squares = board.squares;
  const side = board.side;
  const target = squares[to];
  if (target !== 0 && (target & BLACK) === side) return ILLEGAL;
  if (type === PAWN) return findPawn(board, to, mask, value, promotion);
  if (promotion !== 0) return ILLEGAL;
  if (type === KING) return findKing(board, to, mask, value);
  const piece = side | type;
  let found = 0;
  let from = findAttacker(squares, piece, to, mask, value, 0);
  while (from !== 0) {
    if (isSafe(board, from, to)) {
      if (found !== 0) return AMBIGUOUS;
      found = from;
    }
    from = findAttacker(squares, piece, to, mask, value, from);
  }
  return found === 0 ? ILLEGAL : found | to << 8;
}

/** Finds the legal move of whatever piece stands on `from`, castling written either way. */
export function findMoveFrom(
  board: Board,
  from: number,
  to: number,
  promotion: number,
): number {
  const piece = board.squares[from];
  if (piece === 0 || (piece & BLACK) !== board.side) return ILLEGAL;
  const type = piece & 7;
  if (
    type === KING && promotion === 0 &&
    board.squares[to] === (board.side | ROOK)
  ) {
    const castling = findCastling(board, to > from);
    return (castling >> 8 & 255) === to ? castling : ILLEGAL;
  }
  return findMove(board, type, to, 255, from - A1, promotion);
}

function findKing(
  board: Board,
  to: number,
  mask: number,
  value: number,
): number {
  const from = kingOf(board);
  if ((from - A1 & mask) !== value) return ILLEGAL;
  const distance = to > from ? to - from : from - to;
  if (distance === 1 || distance === 15 || distance === 16 || distance === 17) {
    return isSafe(board, from, to) ? from | to << 8 : ILLEGAL;
  }
  // Two squares along the rank can only be castling.
  if (distance === 2) {
    const castling = findCastling(board, to > from);
    if (castling !== 0 && castledKing(from, castling >> 8 & 255) === to) {
      return castling;
    }
  }
  return ILLEGAL;
}

function findPawn(
  board: Board,
  to: number,
  mask: number,
  value: number,
  promotion: number,
): number {
  const { squares, side } = board;
  const pawn = side | PAWN;
  const rank = to - A1 >> 4;
  const back = side === WHITE ? -16 : 16;
  const promotes = rank === (side === WHITE ? 7 : 0);
  if (promotes !== promotion >= KNIGHT || promotion > QUEEN) return ILLEGAL;
  let found = 0;
  if (squares[to] !== 0 || to === board.enPassant) {
    for (let from = to + back - 1; from <= to + back + 1; from += 2) {
      if (
        squares[from] === pawn && (from - A1 & mask) === value &&
        isSafe(board, from, to)
      ) {
        if (found !== 0) return AMBIGUOUS;
        found = from;
      }
    }
    if (to === board.enPassant && found !== 0) {
      return found | to << 8 | EN_PASSANT;
    }
  } else {
    let from = to + back;
    if (squares[from] === 0 && rank === (side === WHITE ? 3 : 4)) from += back;
    if (
      squares[from] === pawn && (from - A1 & mask) === value &&
      isSafe(board, from, to)
    ) found = from;
  }
  return found === 0 ? ILLEGAL : found | to << 8 | promotion << PROMOTION_SHIFT;
}
