// Numbers moves as searchless_chess does.
import { isKnightMove, isLine, listPolicy, SQUARES } from "./move_list.ts";
import type { PolicyEncoder } from "./policy_encoder.ts";

/** Moves of queens and knights by their squares, then the promotions of Black and of White. */
export const SEARCHLESS_1968: PolicyEncoder = listPolicy(() => [
  ...listQuietMoves(false),
  ...listPromotions(8, -8),
  ...listPromotions(48, 8),
], {
  size: 1968,
  plainPromotion: 0,
  sha256: "b1614a2fd3ab8edf6e0cdfabe66e85e8da290440e32effecf40612e2e15e9d30",
  orientation: "white",
  kingTakesRook: false,
  source:
    "The actions of searchless_chess (Grandmaster-Level Chess Without Search): moves in UCI on the board as it is, for either side.",
});

/** From each square the moves of a queen, then those of a knight. */
export function listQuietMoves(descending: boolean): string[] {
  const moves: string[] = [];
  for (let from = 0; from < 64; from++) {
    for (const canGo of [isLine, isKnightMove]) {
      for (let i = 0; i < 64; i++) {
        const to = descending ? 63 - i : i;
        if (canGo(from, to)) moves.push(SQUARES[from] + SQUARES[to]);
      }
    }
  }
  return moves;
}

/** The promotions from a rank: for each file straight, to the left, to the right. */
export function listPromotions(rank: number, forward: number): string[] {
  const moves: string[] = [];
  for (let file = 0; file < 8; file++) {
    for (const side of [0, -1, 1]) {
      if (file + side < 0 || file + side > 7) continue;
      const from = rank + file;
      for (const piece of "qrbn") {
        moves.push(SQUARES[from] + SQUARES[from + forward + side] + piece);
      }
    }
  }
  return moves;
}
