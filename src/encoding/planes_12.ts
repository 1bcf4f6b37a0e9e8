// Encodes a position as 12 planes, one for each kind of piece of either side.
import type { PlaneEncoder } from "./input_encoder.ts";

/** Own P N B R Q K, theirs P N B R Q K. */
export const PLANES_12: PlaneEncoder = {
  kind: "planes",
  planes: 12,
  shape: [12, 8, 8],
  counts: [],
  positions: 1,
  source:
    "The pieces alone, as most nets begin: a plane for each kind and side, seen by the side to move.",
  write(history, planes) {
    planes.pieces(history, 0, 0, history.side);
  },
};
