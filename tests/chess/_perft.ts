import { type Board, emptyBoard, makeMove } from "../../src/chess/board.ts";
import { readFen } from "../../src/chess/fen.ts";
import { listLegalMoves, MAX_MOVES } from "../../src/chess/legal_moves.ts";

const boards = Array.from({ length: 8 }, emptyBoard);
const lists = Array.from({ length: 8 }, () => new Int32Array(MAX_MOVES));

/** Counts the ways to play `depth` half-moves from a position. */
export function perft(fen: string, depth: number): number {
  return count(readFen(fen), depth);
}

function count(board: Board, depth: number): number {
  const moves = lists[depth];
  const length = listLegalMoves(board, moves);
  if (depth === 1) return length;
  const next = boards[depth];
  let nodes = 0;
  for (let i = 0; i < length; i++) {
    next.copyFrom(board, false);
    makeMove(next, moves[i]);
    nodes += count(next, depth - 1);
  }
  return nodes;
}
