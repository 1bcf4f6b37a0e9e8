// Encodes a position and its past as the 119 planes of AlphaZero.
import { WHITE } from "../chess/board.ts";
import type { PlaneEncoder } from "./input_encoder.ts";
import { rightOf } from "./maia2_18.ts";
import { POSITIONS_SEEN } from "./position_history.ts";

const PLANES_OF_POSITION = 14;
const MOVE_NUMBER = 113;
const CLOCK = 118;

/**
 * Eight positions, the current one first, with 12 planes of pieces and two of
 * ones where the position had occurred before, and at least twice; then side,
 * move number, rights and the clock.
 */
export const AZ_119: PlaneEncoder = {
  kind: "planes",
  planes: 119,
  shape: [119, 8, 8],
  counts: [MOVE_NUMBER, CLOCK],
  positions: POSITIONS_SEEN,
  source:
    "AlphaZero's planes in the order of gym-chess, with the ranks mirrored for Black where gym-chess rotates the board.",
  write(history, planes) {
    const { side, ply } = history;
    const known = Math.min(ply + 1, POSITIONS_SEEN);
    for (let age = 0; age < known; age++) {
      const plane = PLANES_OF_POSITION * age;
      planes.pieces(history, age, plane, side);
      const repetitions = history.legalRepetitionsOf(age);
      if (repetitions > 0) planes.fill(plane + 12, 1);
      if (repetitions > 1) planes.fill(plane + 13, 1);
    }
    planes.fill(112, side === WHITE ? 1 : 0);
    planes.count(MOVE_NUMBER, history.fullMoveNumber);
    for (let i = 0; i < 4; i++) planes.fill(114 + i, rightOf(history, i));
    planes.count(CLOCK, history.halfMoveClock);
  },
  countOf: (history, plane) =>
    plane === MOVE_NUMBER ? history.fullMoveNumber : history.halfMoveClock,
};
