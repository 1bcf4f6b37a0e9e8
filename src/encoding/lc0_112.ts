// Encodes a position and its past as the 112 planes of Leela Chess Zero.
import { BLACK, PAWN, WHITE } from "../chess/board.ts";
import type { PlaneEncoder, PlaneOptions } from "./input_encoder.ts";
import { rightOf } from "./maia2_18.ts";
import type { PlaneWriter } from "./plane_writer.ts";
import { type PositionHistory, POSITIONS_SEEN } from "./position_history.ts";

const PLANES_OF_POSITION = 13;
const REPETITION = 12;
const RULE_50 = 109;

/**
 * Eight positions, the current one first, with 12 planes of pieces and one of
 * ones where the position had occurred before; then rights, side, rule-50
 * count, zeros and ones.
 */
export const LC0_112: PlaneEncoder = {
  kind: "planes",
  planes: 112,
  shape: [112, 8, 8],
  counts: [RULE_50],
  positions: POSITIONS_SEEN,
  source:
    "EncodePositionForNN of Leela Chess Zero, input format 1 (INPUT_CLASSICAL_112_PLANE).",
  write(history, planes, options) {
    const { side, ply } = history;
    const known = Math.min(ply + 1, POSITIONS_SEEN);
    for (let age = 0; age < known; age++) {
      const plane = PLANES_OF_POSITION * age;
      planes.pieces(history, age, plane, side);
      if (history.repetitionsOf(age) > 0) planes.fill(plane + REPETITION, 1);
    }
    if (known < POSITIONS_SEEN) fillUp(history, planes, options);
    planes.fill(104, rightOf(history, 1));
    planes.fill(105, rightOf(history, 0));
    planes.fill(106, rightOf(history, 3));
    planes.fill(107, rightOf(history, 2));
    planes.fill(108, side === BLACK ? 1 : 0);
    planes.count(RULE_50, ruleFifty(history, options));
    planes.fill(111, 1);
  },
  countOf: (history, _plane, options) => ruleFifty(history, options),
};

function ruleFifty(
  { halfMoveClock }: PositionHistory,
  { rule50 }: PlaneOptions,
): number {
  return rule50 === "99" ? halfMoveClock / 99 : halfMoveClock;
}

/** Writes what stands for the positions before the first. */
function fillUp(
  history: PositionHistory,
  planes: PlaneWriter,
  options: PlaneOptions,
): void {
  const { ply, firstEnPassant, words } = history;
  const isZero = options.history === "zero";
  if (isZero ? firstEnPassant === 0 : history.start.isUsual) return;
  const repeated = words.slice(history.startOf(ply), history.endOf(ply));
  if (firstEnPassant !== 0) takeBackPawn(repeated, firstEnPassant);
  const end = isZero ? ply + 2 : POSITIONS_SEEN;
  for (let age = ply + 1; age < end; age++) {
    const plane = PLANES_OF_POSITION * age;
    planes.words(repeated, 0, repeated.length, plane, history.side);
  }
}

/** Puts the pawn that has passed an en passant square back to where it came from. */
function takeBackPawn(words: Uint16Array, enPassant: number): void {
  const isWhite = enPassant < 96;
  const forward = isWhite ? 16 : -16;
  const pawn = ((isWhite ? WHITE : BLACK) | PAWN) << 8;
  const pushed = words.indexOf(pawn | enPassant + forward);
  words[pushed] = pawn | enPassant - forward;
}
