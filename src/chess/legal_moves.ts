import {
  BISHOP,
  BLACK,
  type Board,
  EN_PASSANT,
  isSafe,
  KING,
  KNIGHT,
  KNIGHT_STEPS,
  LINE_STEPS,
  PAWN,
  PROMOTION_SHIFT,
  QUEEN,
  ROOK,
  toIndex,
  WHITE,
} from "./board.ts";
import { findCastling } from "./castling.ts";

/** More moves than any position has, even with 62 queens. */
export const MAX_MOVES = 2048;

/**
 * Writes all legal moves into `moves`.
 *
 * @returns How many there are.
 */
export function listLegalMoves(board: Board, moves: Int32Array): number {
  const { squares, side } = board;
  let count = 0;
  for (let square = 0; square < 64; square++) {
    const from = toIndex(square);
    const piece = squares[from];
    if (piece === 0 || (piece & BLACK) !== side) continue;
    const type = piece & 7;
    if (type === PAWN) {
      count = listPawnMoves(board, from, moves, count);
      continue;
    }
    const leaper = type === KNIGHT || type === KING;
    const steps = type === KNIGHT ? KNIGHT_STEPS : LINE_STEPS;
    const last = type === BISHOP ? 4 : 8;
    for (let i = type === ROOK ? 4 : 0; i < last; i++) {
      let to = from;
      let target = 0;
      do {
        to += steps[i];
        target = squares[to];
        const free = target === 0 ||
          (target & 7) <= KING && (target & BLACK) !== side;
        if (free && isSafe(board, from, to)) moves[count++] = from | to << 8;
      } while (target === 0 && !leaper);
    }
  }
  for (const kingside of [true, false]) {
    const castling = findCastling(board, kingside);
    if (castling !== 0) moves[count++] = castling;
  }
  return count;
}

function listPawnMoves(
  board: Board,
  from: number,
  moves: Int32Array,
  first: number,
): number {
  const { squares, side } = board;
  const forward = side === WHITE ? 16 : -16;
  const rank = from - toIndex(0) >> 4;
  const promotes = rank === (side === WHITE ? 6 : 1);
  let count = first;
  const one = from + forward;
  if (squares[one] === 0) {
    if (isSafe(board, from, one)) {
      count = addPawnMove(moves, count, from, one, promotes);
    }
    const two = one + forward;
    if (
      rank === (side === WHITE ? 1 : 6) && squares[two] === 0 &&
      isSafe(board, from, two)
    ) moves[count++] = from | two << 8;
  }
  for (let to = one - 1; to <= one + 1; to += 2) {
    const target = squares[to];
    if (to === board.enPassant) {
      if (isSafe(board, from, to)) moves[count++] = from | to << 8 | EN_PASSANT;
    } else if (
      target !== 0 && (target & 7) <= KING && (target & BLACK) !== side &&
      isSafe(board, from, to)
    ) count = addPawnMove(moves, count, from, to, promotes);
  }
  return count;
}

function addPawnMove(
  moves: Int32Array,
  first: number,
  from: number,
  to: number,
  promotes: boolean,
): number {
  let count = first;
  if (!promotes) {
    moves[count++] = from | to << 8;
    return count;
  }
  for (let type = QUEEN; type >= KNIGHT; type--) {
    moves[count++] = from | to << 8 | type << PROMOTION_SHIFT;
  }
  return count;
}

/** Whether the side to move has a legal move. */
export function hasLegalMove(board: Board): boolean {
  return listLegalMoves(board, SCRATCH) > 0;
}

const SCRATCH = new Int32Array(MAX_MOVES);
