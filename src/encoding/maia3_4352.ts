// Numbers moves as Maia-3 does.
import { listPolicy, SQUARES } from "./move_list.ts";
import type { PolicyEncoder } from "./policy_encoder.ts";

/** All pairs of squares, then promotions by their files. */
export const MAIA3_4352: PolicyEncoder = listPolicy(listMoves, {
  size: 4352,
  plainPromotion: 0,
  sha256: "07af65839e5324b01a255e2663d03a6dc785f173b2f37ee824535b369906ef3f",
  orientation: "mirrored",
  kingTakesRook: false,
  source:
    "get_all_possible_moves of Maia-3: all pairs of squares with the side to move at the bottom, then promotions by files.",
});

function listMoves(): string[] {
  const moves = SQUARES.flatMap((from) => SQUARES.map((to) => from + to));
  for (const from of SQUARES.slice(48, 56)) {
    for (const to of SQUARES.slice(56)) {
      for (const piece of "qrbn") moves.push(from + to + piece);
    }
  }
  return moves;
}
