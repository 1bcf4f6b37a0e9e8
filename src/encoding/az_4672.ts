// Numbers moves as the 8×8×73 policy of AlphaZero does.
import { BISHOP, KNIGHT, QUEEN, ROOK } from "../chess/board.ts";
import type { MoveOrder, PolicyEncoder } from "./policy_encoder.ts";

const PLANES = 73;
const FIRST_UNDERPROMOTION = 64;

/** The directions of a queen's moves as [files, ranks]: N, NE, E, SE, S, SW, W, NW. */
const DIRECTIONS = [
  [0, 1],
  [1, 1],
  [1, 0],
  [1, -1],
  [0, -1],
  [-1, -1],
  [-1, 0],
  [-1, 1],
] as const;

/** The moves of a knight as [files, ranks]. */
const KNIGHT_MOVES = [
  [1, 2],
  [2, 1],
  [2, -1],
  [1, -2],
  [-1, -2],
  [-2, -1],
  [-2, 1],
  [-1, 2],
] as const;

/** The pieces of underpromotions, in order. */
const UNDERPROMOTIONS = [KNIGHT, BISHOP, ROOK];

/** By `(files + 7) * 15 + ranks + 7`: the plane of a move that is no underpromotion, or -1. */
const MOVE_PLANES = new Int8Array(225).fill(-1);
/** By plane: files and ranks of its moves, and the piece of an underpromotion. */
const PLANE_MOVES: { files: number; ranks: number; promotion: number }[] = [];

function add(files: number, ranks: number, promotion: number): void {
  if (promotion === 0) {
    MOVE_PLANES[(files + 7) * 15 + ranks + 7] = PLANE_MOVES.length;
  }
  PLANE_MOVES.push({ files, ranks, promotion });
}

for (const [files, ranks] of DIRECTIONS) {
  for (let distance = 1; distance < 8; distance++) {
    add(files * distance, ranks * distance, 0);
  }
}
for (const [files, ranks] of KNIGHT_MOVES) add(files, ranks, 0);
for (let files = -1; files <= 1; files++) {
  for (const promotion of UNDERPROMOTIONS) add(files, 1, promotion);
}

const ORDER: MoveOrder = {
  size: 64 * PLANES,
  plainPromotion: QUEEN,
  indexOf(from, to, promotion) {
    const files = (to & 7) - (from & 7);
    const plane = promotion === 0 || promotion === QUEEN
      ? MOVE_PLANES[(files + 7) * 15 + (to >> 3) - (from >> 3) + 7]
      : FIRST_UNDERPROMOTION + (files + 1) * 3 + promotion - KNIGHT;
    return from * PLANES + plane;
  },
  moveAt(index) {
    const from = Math.floor(index / PLANES);
    const { files, ranks, promotion } = PLANE_MOVES[index % PLANES];
    const file = (from & 7) + files;
    const rank = (from >> 3) + ranks;
    const isOnBoard = from < 64 && file >= 0 && file < 8 && rank >= 0 &&
      rank < 8;
    return isOnBoard ? from | (rank * 8 + file) << 6 | promotion << 12 : -1;
  },
};

/** `from × 73 + plane`, with the ranks mirrored for Black. */
export const AZ_4672: PolicyEncoder = {
  ...ORDER,
  orientation: "mirrored",
  kingTakesRook: false,
  source:
    "AlphaZero's 8×8×73 moves in the order of gym-chess, with the ranks mirrored for Black.",
};

/** The same with the board rotated for Black. */
export const AZ_4672_ROTATED: PolicyEncoder = {
  ...ORDER,
  orientation: "rotated",
  kingTakesRook: false,
  source:
    "AlphaZero's 8×8×73 moves exactly as gym-chess numbers them: the board is rotated by 180° for Black.",
};
