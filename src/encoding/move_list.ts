// Makes the order of a policy out of a list of moves.
import { readSquare } from "../chess/fen.ts";
import type { MoveOrder } from "./policy_encoder.ts";

const PROMOTIONS = "  nbrq";

/** The names of the 64 squares, a1 to h8. */
export const SQUARES: readonly string[] = Array.from(
  { length: 64 },
  (_, square) => "abcdefgh"[square & 7] + (1 + (square >> 3)),
);

/** Whether a queen can go from one square to another on an empty board. */
export function isLine(from: number, to: number): boolean {
  const [files, ranks] = distances(from, to);
  return from !== to && (files === 0 || ranks === 0 || files === ranks);
}

/** Whether a knight can. */
export function isKnightMove(from: number, to: number): boolean {
  const [files, ranks] = distances(from, to);
  return files * ranks === 2;
}

function distances(from: number, to: number): [number, number] {
  return [
    Math.abs((from & 7) - (to & 7)),
    Math.abs((from >> 3) - (to >> 3)),
  ];
}

/**
 * The order of a list of moves in UCI.
 *
 * @param plainPromotion The kind of piece that a pawn becomes by a move of the
 * list that names none, or 0 where all name it.
 */
export function orderOf(
  moves: readonly string[],
  plainPromotion: number,
): MoveOrder {
  const indices = new Int16Array(6 << 12).fill(-1);
  const keys = Int32Array.from(
    moves,
    (move) =>
      readSquare(move.slice(0, 2)) | readSquare(move.slice(2, 4)) << 6 |
      Math.max(0, PROMOTIONS.indexOf(move[4] ?? "-")) << 12,
  );
  for (let index = 0; index < keys.length; index++) {
    indices[keys[index]] = index;
  }
  return {
    size: moves.length,
    plainPromotion,
    indexOf: (from, to, promotion) =>
      indices[
        from | to << 6 | (promotion === plainPromotion ? 0 : promotion) << 12
      ],
    moveAt: (index) => keys[index] ?? -1,
  };
}
