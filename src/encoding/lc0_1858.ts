// Numbers moves as the policy of Leela Chess Zero does.
import { KNIGHT } from "../chess/board.ts";
import { isKnightMove, isLine, listPolicy, SQUARES } from "./move_list.ts";
import type { PolicyEncoder } from "./policy_encoder.ts";

/** Moves of queens and knights by their squares, then promotions but those to a knight. */
export const LC0_1858: PolicyEncoder = listPolicy(listMoves, {
  size: 1858,
  plainPromotion: KNIGHT,
  sha256: "89f7e8b772633e70c06fae4caac5a2858eeeee5c357b19cd355553f79b51b231",
  orientation: "mirrored",
  kingTakesRook: true,
  source:
    "The policy head of Leela Chess Zero: the side to move at the bottom, castling as king takes rook, a promotion without a piece is to a knight.",
});

function listMoves(): string[] {
  const moves: string[] = [];
  for (let from = 0; from < 64; from++) {
    for (let to = 0; to < 64; to++) {
      if (isLine(from, to) || isKnightMove(from, to)) {
        moves.push(SQUARES[from] + SQUARES[to]);
      }
    }
  }
  for (let file = 0; file < 8; file++) {
    for (let to = Math.max(0, file - 1); to <= Math.min(7, file + 1); to++) {
      for (const piece of "qrb") {
        moves.push(SQUARES[48 + file] + SQUARES[56 + to] + piece);
      }
    }
  }
  return moves;
}
