// Encodes a position as the 768 features of bullet's simplest nets.
import { MAX_FEATURES, writeFeatures } from "./feature_lists.ts";
import type { ListEncoder } from "./input_encoder.ts";

/** Own P N B R Q K, then theirs, of 64 squares each. */
export const CHESS_768: ListEncoder = {
  kind: "list",
  dtype: "int32",
  shape: [2, MAX_FEATURES],
  size: 768,
  source: "Chess768 of bullet: a feature for each kind of piece and square.",
  write: (history, out, at) => writeFeatures(history, out, at, indexOf),
};

function indexOf(piece: number, square: number): number {
  return 384 * (piece >> 3) + 64 * ((piece & 7) - 1) + square;
}
