// Makes a policy of a list of moves.
import { readSquare } from "../chess/fen.ts";
import type { PolicyEncoder } from "./policy_encoder.ts";

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
 * A policy by a list of moves in UCI.
 *
 * @param list Makes the list, when the policy is first used.
 * @param rest All else of the policy.
 */
export function listPolicy(
  list: () => string[],
  rest: Omit<PolicyEncoder, "moves" | "indexOf" | "moveAt">,
): PolicyEncoder {
  const { plainPromotion } = rest;
  let order: { moves: string[]; keys: Int32Array; indices: Int16Array };
  const made = () => order ??= orderOf(list());
  return {
    ...rest,
    get moves() {
      return made().moves;
    },
    indexOf: (from, to, promotion) =>
      made().indices[
        from | to << 6 | (promotion === plainPromotion ? 0 : promotion) << 12
      ],
    moveAt: (index) => made().keys[index] ?? -1,
  };
}

function orderOf(moves: string[]) {
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
  return { moves, keys, indices };
}
