// Encodes a position and its past as the 112 planes of Leela Chess Zero.
import { BLACK, PAWN, WHITE } from "../chess/board.ts";
import type { PlaneEncoder, PlaneOptions } from "./input_encoder.ts";
import { rightOf } from "./maia2_18.ts";
import type { PlaneWriter } from "./plane_writer.ts";
import { type PositionHistory, POSITIONS_KEPT } from "./position_history.ts";

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
  positions: POSITIONS_KEPT,
  source:
    "EncodePositionForNN of Leela Chess Zero, input format 1 (INPUT_CLASSICAL_112_PLANE).",
  write(history, planes, options) {
    const { board } = history;
    const { side } = board;
    for (let age = 0; history.has(age); age++) {
      const plane = PLANES_OF_POSITION * age;
      planes.pieces(history, age, plane, side);
      if (history.repetitionsOf(age) > 0) planes.fill(plane + REPETITION, 1);
    }
    if (!history.has(POSITIONS_KEPT - 1)) fillUp(history, planes, options);
    planes.fill(104, rightOf(board, 1));
    planes.fill(105, rightOf(board, 0));
    planes.fill(106, rightOf(board, 3));
    planes.fill(107, rightOf(board, 2));
    planes.fill(108, side === BLACK ? 1 : 0);
    planes.count(RULE_50, ruleFifty(history, options));
    planes.fill(111, 1);
  },
  countOf: (history, _plane, options) => ruleFifty(history, options),
};

function ruleFifty(
  { board }: PositionHistory,
  { rule50 }: PlaneOptions,
): number {
  return rule50 === "99" ? board.halfMoveClock / 99 : board.halfMoveClock;
}

/** Writes what stands for the positions before the first. */
function fillUp(
  history: PositionHistory,
  planes: PlaneWriter,
  options: PlaneOptions,
): void {
  const { ply, firstEnPassant, words } = history;
  const isZero = options.history === "zero";
  if (isZero ? firstEnPassant === 0 : history.isUsualStart) return;
  const first = history.offsetOf(ply);
  const count = history.countOf(ply);
  const repeated = words.slice(first, first + count);
  if (firstEnPassant !== 0) takeBackPawn(repeated, firstEnPassant);
  const end = isZero ? ply + 2 : POSITIONS_KEPT;
  for (let age = ply + 1; age < end; age++) {
    const plane = PLANES_OF_POSITION * age;
    planes.words(repeated, 0, count, plane, history.board.side);
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
