/** fen: lines `FEN | score | result`, which trainers of NNUE read. */
import type { TrainingSample } from "../../mod.ts";
import type { Format } from "./_format.ts";
import { linesWriter } from "./_jsonl.ts";
import { isWhites, whiteScore } from "./_score.ts";

/** Positions with their score in centipawns and the result, both White's. */
export const FEN: Format<"samples"> = {
  name: "fen",
  rows: "samples",
  suffix: ".txt",
  shardSize: 10_000_000,
  needsScore: true,
  open: (path) => linesWriter(path, lineOf),
};

function lineOf(sample: TrainingSample): string {
  const { fen, outcome } = sample;
  const result = (1 + (isWhites(sample) ? outcome : -outcome)) / 2;
  return `${fen} | ${whiteScore(sample)} | ${result.toFixed(1)}`;
}
