// Turns moves into the indices of a policy and back, whatever the policy's order of moves.
import {
  A1,
  BLACK,
  type Board,
  castledKing,
  CASTLING,
  NULL_MOVE,
  PAWN,
  PROMOTION_SHIFT,
  toIndex,
  toSquare,
} from "../chess/board.ts";
import { findMoveFrom } from "../chess/find_move.ts";

/** How a policy sees the board when Black is to move. */
export type Orientation = "white" | "mirrored" | "rotated";

/** The order of a policy's moves. */
export interface MoveOrder {
  /** How many indices there are. */
  readonly size: number;
  /**
   * The index of a move from one square to another, of 0 (a1) to 63 (h8).
   *
   * @param promotion The kind of piece that a pawn becomes, or 0.
   */
  indexOf(from: number, to: number, promotion: number): number;
  /** The move of an index as `from | to << 6 | promotion << 12`, or -1 where it has none. */
  moveAt(index: number): number;
  /** The kind of piece that a pawn becomes where the order names none, or 0. */
  readonly plainPromotion: number;
}

/** A policy: the order of its moves, and how they are seen. */
export interface PolicyEncoder extends MoveOrder {
  readonly orientation: Orientation;
  /** Whether castling is the king's move to the rook in standard chess too. */
  readonly kingTakesRook: boolean;
  /** The moves of a list by their indices, in UCI; else `undefined`. */
  readonly moves?: readonly string[];
  /** The SHA-256 of the list joined by commas. */
  readonly sha256?: string;
  /** Where it comes from, in one sentence. */
  readonly source: string;
}

/** The index of a legal move of the board, or -1 for a null move. */
export function indexOfMove(
  policy: PolicyEncoder,
  board: Board,
  move: number,
): number {
  if ((move & NULL_MOVE) !== 0) return -1;
  const from = move & 255;
  let to = move >> 8 & 255;
  if ((move & CASTLING) !== 0 && !policy.kingTakesRook && !board.chess960) {
    const file = to - A1 & 7;
    const isUsual = (from - A1 & 7) === 4 && (file === 0 || file === 7);
    if (isUsual) to = castledKing(from, to);
  }
  const turn = turnOf(policy, board);
  return policy.indexOf(
    toSquare(from) ^ turn,
    toSquare(to) ^ turn,
    move >> PROMOTION_SHIFT & 7,
  );
}

/** The legal move of an index, or -1 where it means none. */
export function moveOfIndex(
  policy: PolicyEncoder,
  board: Board,
  index: number,
): number {
  const known = policy.moveAt(index);
  if (known < 0) return -1;
  const turn = turnOf(policy, board);
  const from = toIndex(known & 63 ^ turn);
  const to = known >> 6 & 63 ^ turn;
  let promotion = known >> 12;
  if (promotion === 0 && (to < 8 || to > 55)) {
    const isPawn = (board.squares[from] & 7) === PAWN;
    if (isPawn) promotion = policy.plainPromotion;
  }
  const move = findMoveFrom(board, from, toIndex(to), promotion);
  // Castling is found by either spelling, and only one of them has this index.
  return move >= 0 && indexOfMove(policy, board, move) === index ? move : -1;
}

/** What is exclusive-ored with a square to see it as the policy does. */
function turnOf({ orientation }: PolicyEncoder, board: Board): number {
  if (board.side !== BLACK || orientation === "white") return 0;
  return orientation === "mirrored" ? 56 : 63;
}
