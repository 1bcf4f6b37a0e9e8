// Numbers moves as Maia-2 does.
import { listPolicy } from "./move_list.ts";
import type { PolicyEncoder } from "./policy_encoder.ts";
import { listPromotions, listQuietMoves } from "./searchless_1968.ts";

/** Moves of queens and knights by their squares, then White's promotions. */
export const MAIA2_1880: PolicyEncoder = listPolicy(
  () => [...listQuietMoves(true), ...listPromotions(48, 8)],
  {
    size: 1880,
    plainPromotion: 0,
    sha256: "b68a24e792cae60fb89efa635de1d6b5c2de9a6c790f4d9baea92ebf1f1625e7",
    orientation: "mirrored",
    kingTakesRook: false,
    source:
      "get_all_possible_moves of Maia-2: moves in UCI with the side to move at the bottom.",
  },
);
