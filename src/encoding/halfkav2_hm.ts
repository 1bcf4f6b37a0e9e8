// Encodes a position as the HalfKAv2_hm features of Stockfish's nets.
import { KING } from "../chess/board.ts";
import { MAX_FEATURES, writeFeatures } from "./feature_lists.ts";
import type { ListEncoder } from "./input_encoder.ts";

const BUCKETS = 32;

/** The kings share one type, as in the engine: 704 features a bucket. */
export const HALFKAV2_HM_22528: ListEncoder = halfKa(
  11,
  "HalfKAv2_hm as Stockfish's engine indexes it: pieces by the bucket of the own king, files mirrored with that king on a-d.",
);

/** The kings apart, as in the trainer: 768 features a bucket. */
export const HALFKAV2_HM_24576: ListEncoder = halfKa(
  12,
  "HalfKAv2_hm as nnue-pytorch trains it, with both kings apart.",
);

function halfKa(types: number, source: string): ListEncoder {
  const featuresOfBucket = 64 * types;
  const indexOf = (piece: number, square: number, king: number) => {
    const flip = (king & 7) < 4 ? 7 : 0;
    const seenKing = king ^ flip;
    const bucket = 28 - 4 * (seenKing >> 3) + 7 - (seenKing & 7);
    const type = Math.min(
      2 * ((piece & 7) - 1) + (piece >> 3),
      (piece & 7) === KING ? types - 1 : 11,
    );
    return (square ^ flip) + 64 * type + featuresOfBucket * bucket;
  };
  return {
    kind: "list",
    dtype: "int32",
    shape: [2, MAX_FEATURES],
    size: featuresOfBucket * BUCKETS,
    source,
    write: (history, out, at) => writeFeatures(history, out, at, indexOf),
  };
}
