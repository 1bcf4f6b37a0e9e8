// Encodes a position and its past as the 64 squares with 96 numbers of Maia-3.
import type { PlaneEncoder } from "./input_encoder.ts";
import { POSITIONS_SEEN } from "./position_history.ts";
import { BLACK } from "../chess/board.ts";

/**
 * For each square eight positions, the oldest first, of 12 numbers, each
 * position seen by its own side to move; the first one repeats where there are
 * fewer.
 */
export const MAIA3_64X96: PlaneEncoder = {
  kind: "planes",
  planes: 96,
  shape: [64, 96],
  counts: [],
  positions: POSITIONS_SEEN,
  source:
    "Maia-3's tokens: each position of the history is mirrored for its own mover, the front is padded with the earliest.",
  write(history, planes) {
    const { ply, side } = history;
    for (let age = 0; age < POSITIONS_SEEN; age++) {
      const known = Math.min(age, ply);
      const mover = (known & 1) === 0 ? side : side ^ BLACK;
      planes.pieces(history, known, 12 * (POSITIONS_SEEN - 1 - age), mover);
    }
  },
};
