// Encodes how a position was valued: by the game's outcome or by an evaluation.
import type { Ply } from "../chess/replay.ts";

/**
 * The value of a position for the side to move.
 *
 * See {@linkcode SampleExtractor.extractBatches}.
 */
export type ValueEncoding = "outcome" | "wdl" | "q" | { blend: number };

/** Lichess' slope of the win chance by centipawns. */
const SLOPE = 0.00368208;
const MAX_CP = 1000;

/**
 * The win chance of an evaluation, from -1 to 1.
 *
 * @param evaluation The evaluation, in White's view.
 * @param isWhite Whether White is to move.
 * @returns The chance for the side to move, in double precision.
 */
export function winChance(
  evaluation: NonNullable<Ply["eval"]>,
  isWhite: boolean,
): number {
  const cp = "cp" in evaluation
    ? Math.max(-MAX_CP, Math.min(MAX_CP, evaluation.cp))
    : evaluation.mate > 0
    ? MAX_CP
    : -MAX_CP;
  return 2 / (1 + Math.exp(-SLOPE * (isWhite ? cp : -cp))) - 1;
}

/**
 * Writes the value of a sample.
 *
 * @param encoding Which value.
 * @param outcome The game's outcome for the side to move: 1, 0, -1.
 * @param chance The win chance for the side to move; NaN where it is not known.
 * @param out Where to write: three numbers for `wdl`, else one.
 * @param at The index to write at.
 */
export function writeValue(
  encoding: ValueEncoding,
  outcome: number,
  chance: number,
  out: Float32Array,
  at: number,
): void {
  if (encoding === "wdl") {
    out[at] = outcome > 0 ? 1 : 0;
    out[at + 1] = outcome === 0 ? 1 : 0;
    out[at + 2] = outcome < 0 ? 1 : 0;
  } else if (encoding === "outcome") out[at] = outcome;
  else if (encoding === "q") out[at] = chance;
  else {
    const { blend } = encoding;
    out[at] = Number.isNaN(chance)
      ? outcome
      : blend * chance + (1 - blend) * outcome;
  }
}

/** How many numbers the value of a sample takes. */
export function valueLength(encoding: ValueEncoding): number {
  return encoding === "wdl" ? 3 : 1;
}
