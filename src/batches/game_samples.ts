// Makes of a game all that its samples need, so that they can be written in any order.
import { BLACK, emptyBoard, makeMove, MOVE_MASK } from "../chess/board.ts";
import {
  maskLength,
  policyEncoder,
  writeLegalMoves,
} from "../encoding/encode.ts";
import { indexOfMove } from "../encoding/policy_encoder.ts";
import {
  GrowingHistory,
  type PositionHistory,
} from "../encoding/position_history.ts";
import { winChance } from "../encoding/values.ts";
import type { Replay } from "../game.ts";
import type { PlySelection } from "../sample/ply_selector.ts";
import type { CheckedBatchOptions } from "./batch_options.ts";

/** The samples of a game. */
export interface GameSamples {
  /** The number of the game among those that pass the query's filter. */
  readonly gameIndex: number;
  /** The game's hash, its low and its high half. */
  readonly hash: readonly [low: number, high: number];
  readonly whiteElo: number;
  readonly blackElo: number;
  /** How the game ended for White. */
  readonly whiteOutcome: number;
  /** Its positions up to the last sample. */
  readonly history: PositionHistory;
  /** By sample, half-moves played before. */
  readonly plies: Int32Array;
  /** By sample, the index of the move. */
  readonly policy: Int32Array;
  /** By sample, the win chance of the evaluation, where asked for; NaN where there is none. */
  readonly chances: Float64Array | undefined;
  /** By sample, the mask of legal moves, where asked for. */
  readonly legalMoves: Uint8Array | undefined;
}

/** Which half-moves of a game become samples, and what they are made of. */
export interface ChosenPlies extends PlySelection {
  readonly whiteOutcome: 1 | 0 | -1;
  readonly replay: Replay;
}

/** Features have no room for more. */
const MAX_PIECES_OF_FEATURES = 32;

/**
 * Makes the samples of games.
 *
 * @param options Which moves, values and masks they have.
 */
export function sampleMaker(
  options: CheckedBatchOptions,
): (
  gameIndex: number,
  chosen: ChosenPlies,
) => GameSamples {
  const policy = policyEncoder(options.policy);
  const bytes = options.legalMoves ? maskLength(policy) : 0;
  const needsChance = options.value !== "outcome" && options.value !== "wdl";
  const isFeatures = /^halfka|^chess768/.test(options.inputs);
  const maxPieces = isFeatures ? MAX_PIECES_OF_FEATURES : Infinity;
  return (gameIndex, { facts, replay, whiteOutcome, plies }) => {
    const { hash, whiteElo = 0, blackElo = 0 } = facts;
    const { moves } = replay;
    const indices = new Int32Array(plies.length);
    const chances = needsChance ? new Float64Array(plies.length) : undefined;
    const masks = bytes > 0 ? new Uint8Array(plies.length * bytes) : undefined;
    BOARD.copyFrom(replay.start, false);
    let count = 0;
    let ply = 0;
    for (const wanted of plies) {
      for (; ply <= wanted; ply++) {
        if (ply > 0) makeMove(BOARD, moves[ply - 1] & MOVE_MASK);
        if (ply === 0) HISTORY.restart(BOARD);
        else HISTORY.push(BOARD);
      }
      if (BOARD.pieceCount > maxPieces) continue;
      if (chances !== undefined) {
        const evaluation = replay.evalAt(wanted - 1);
        if (evaluation === undefined && options.value === "q") continue;
        chances[count] = evaluation === undefined
          ? NaN
          : winChance(evaluation, BOARD.side !== BLACK);
      }
      if (masks !== undefined) {
        writeLegalMoves(policy, BOARD, masks, count * bytes);
      }
      indices[count] = indexOfMove(policy, BOARD, moves[wanted] & MOVE_MASK);
      plies[count++] = wanted; // those left out make room
    }
    return {
      gameIndex,
      hash,
      whiteElo,
      blackElo,
      whiteOutcome,
      history: count === 0 ? NO_HISTORY : HISTORY.compact(),
      plies: count === plies.length ? plies : plies.subarray(0, count),
      policy: indices,
      chances,
      legalMoves: masks,
    };
  };
}

const BOARD = emptyBoard();
const HISTORY = new GrowingHistory();
const NO_HISTORY: PositionHistory = HISTORY;

/** A game without samples. */
export const NO_SAMPLES: GameSamples = {
  gameIndex: 0,
  hash: [0, 0],
  whiteElo: 0,
  blackElo: 0,
  whiteOutcome: 0,
  history: NO_HISTORY,
  plies: new Int32Array(0),
  policy: new Int32Array(0),
  chances: undefined,
  legalMoves: undefined,
};
