/** What a sample is worth, in the numbers of engines. */
import type { Evaluation, TrainingSample } from "../../mod.ts";

/** The score of a mate at once; one in n moves is n less. */
const MATE_SCORE = 32_000;

/**
 * The evaluation of a sample's position as centipawns, from White's view.
 *
 * @param sample A sample with an evaluation.
 * @returns An integer from -32000 to 32000.
 */
export function whiteScore({ evalBefore }: TrainingSample): number {
  const evaluation: Evaluation = evalBefore!;
  if ("mate" in evaluation) {
    const { mate } = evaluation;
    return mate > 0 ? MATE_SCORE - mate : -MATE_SCORE - mate;
  }
  const { cp } = evaluation;
  return Math.max(-MATE_SCORE, Math.min(MATE_SCORE, Math.round(cp)));
}

/**
 * Says whether White is to move.
 *
 * @param sample A sample.
 * @returns Whether its FEN says so.
 */
export function isWhites({ fen }: TrainingSample): boolean {
  return fen.includes(" w ");
}
