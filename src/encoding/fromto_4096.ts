// Numbers moves by the squares they go from and to.
import { QUEEN } from "../chess/board.ts";
import type { PolicyEncoder } from "./policy_encoder.ts";

/** `from × 64 + to`; all promotions of a pawn to a square share an index. */
export const FROMTO_4096: PolicyEncoder = {
  size: 4096,
  plainPromotion: QUEEN,
  indexOf: (from, to) => from * 64 + to,
  moveAt: (index) => index < 4096 ? index >> 6 | (index & 63) << 6 : -1,
  orientation: "white",
  kingTakesRook: false,
  source:
    "The simplest policy: the two squares of a move on the board as it is, for either side; promotions are not told apart.",
};
