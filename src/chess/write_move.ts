import {
  A1,
  type Board,
  castledKing,
  CASTLING,
  emptyBoard,
  EN_PASSANT,
  KING,
  makeMove,
  NULL_MOVE,
  PAWN,
  PROMOTION_SHIFT,
} from "./board.ts";
import { PIECE_LETTERS, squareName } from "./fen.ts";
import { AMBIGUOUS, findMove } from "./find_move.ts";
import { hasLegalMove } from "./legal_moves.ts";

/** Writes a legal move in SAN, with as little of its square of departure as tells it apart. */
export function writeSan(board: Board, move: number): string {
  AFTER.copyFrom(board, false);
  makeMove(AFTER, move);
  const mark = !AFTER.inCheck ? "" : hasLegalMove(AFTER) ? "+" : "#";
  return writeSanWithoutMark(board, move) + mark;
}

const AFTER = emptyBoard();

function writeSanWithoutMark(board: Board, move: number): string {
  if ((move & NULL_MOVE) !== 0) return "--";
  const from = move & 255;
  const to = move >> 8 & 255;
  if ((move & CASTLING) !== 0) return to > from ? "O-O" : "O-O-O";
  const type = board.squares[from] & 7;
  const captures = board.squares[to] !== 0 || (move & EN_PASSANT) !== 0;
  const target = (captures ? "x" : "") + squareName(to);
  const promotion = move >> PROMOTION_SHIFT & 7;
  if (type === PAWN) {
    const file = captures ? squareName(from)[0] : "";
    const piece = promotion === 0 ? "" : `=${PIECE_LETTERS[promotion]}`;
    return file + target + piece;
  }
  const departure = type === KING ? "" : writeDeparture(board, type, from, to);
  return PIECE_LETTERS[type] + departure + target;
}

function writeDeparture(
  board: Board,
  type: number,
  from: number,
  to: number,
): string {
  const name = squareName(from);
  for (
    const [mask, text] of [[0, ""], [15, name[0]], [240, name[1]]] as const
  ) {
    const value = from - A1 & mask;
    if (findMove(board, type, to, mask, value, 0) !== AMBIGUOUS) return text;
  }
  return name;
}

/**
 * Writes a move in coordinates.
 *
 * @param kingTakesRook Whether castling is always the king's move to the rook's
 * square. It is so in any case where one of them does not stand as usual.
 */
export function writeUci(move: number, kingTakesRook: boolean): string {
  if ((move & NULL_MOVE) !== 0) return "0000";
  const from = move & 255;
  let to = move >> 8 & 255;
  if ((move & CASTLING) !== 0 && !kingTakesRook) {
    const rookFile = to - A1 & 7;
    const usual = (from - A1 & 7) === 4 && (rookFile === 0 || rookFile === 7);
    if (usual) to = castledKing(from, to);
  }
  const promotion = move >> PROMOTION_SHIFT & 7;
  const text = squareName(from) + squareName(to);
  return promotion === 0 ? text : text + " pnbrqk"[promotion];
}
