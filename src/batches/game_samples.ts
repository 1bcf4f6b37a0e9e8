// Makes of a game all that its samples need, so that they can be written in any order.
import { BLACK, emptyBoard, makeMove, MOVE_MASK } from "../chess/board.ts";
import {
  maskLength,
  policyEncoder,
  writeLegalMoves,
} from "../encoding/encode.ts";
import { indexOfMove, type PolicyEncoder } from "../encoding/policy_encoder.ts";
import { GrowingHistory } from "../encoding/position_history.ts";
import { type ValueEncoding, winChance } from "../encoding/values.ts";
import type { ChosenPlies } from "../sample/ply_selector.ts";
import type { CheckedBatchOptions } from "./batch_options.ts";

/** The samples of a game. */
export interface GameSamples {
  /** The number of the game among those that pass the query's filter. */
  gameIndex: number;
  /** The game's hash, its low and its high half. */
  hash: readonly [low: number, high: number];
  whiteElo: number;
  blackElo: number;
  /** How the game ended for White. */
  whiteOutcome: number;
  /** Its positions up to the last sample. */
  readonly history: GrowingHistory;
  /** How many samples there are; the arrays may be longer. */
  size: number;
  /** By sample, half-moves played before. */
  plies: Int32Array;
  /** By sample, the index of the move. */
  policy: Int32Array;
  /** By sample, the win chance of the evaluation, where asked for; NaN where there is none. */
  chances: Float64Array | undefined;
  /** By sample, the mask of legal moves, where asked for. */
  legalMoves: Uint8Array | undefined;
}

/** Arrays of a game that was longer are not kept: those of some 500 half-moves. */
const MAX_KEPT_WORDS = 16_384;
/** Features have no room for more. */
const MAX_PIECES_OF_FEATURES = 32;

/** Makes the samples of games, in the arrays of those that were used. */
export class SampleMaker {
  readonly #policy: PolicyEncoder;
  readonly #maskBytes: number;
  readonly #value: ValueEncoding;
  readonly #maxPieces: number;
  readonly #used: GameSamples[] = [];

  /**
   * @param options Which moves, values and masks samples have.
   */
  constructor({ policy, legalMoves, value, inputs }: CheckedBatchOptions) {
    this.#policy = policyEncoder(policy);
    this.#maskBytes = legalMoves ? maskLength(this.#policy) : 0;
    this.#value = value;
    const isFeatures = /^halfka|^chess768/.test(inputs);
    this.#maxPieces = isFeatures ? MAX_PIECES_OF_FEATURES : Infinity;
  }

  /** Takes games whose samples nobody needs any more. */
  release(games: readonly GameSamples[]): void {
    for (const game of games) {
      const isLong = game.history.words.length > MAX_KEPT_WORDS;
      if (game !== NO_SAMPLES && !isLong) this.#used.push(game);
    }
  }

  /** Makes the samples of a game. */
  make(gameIndex: number, chosen: ChosenPlies): GameSamples {
    const { facts, replay, whiteOutcome, plies } = chosen;
    const game = this.#used.pop() ?? emptySamples();
    game.gameIndex = gameIndex;
    game.hash = facts.hash;
    game.whiteElo = facts.whiteElo ?? 0;
    game.blackElo = facts.blackElo ?? 0;
    game.whiteOutcome = whiteOutcome;
    this.#makeRoom(game, plies.length);
    const { history, chances, legalMoves } = game;
    const { moves } = replay;
    BOARD.copyFrom(replay.start, false);
    history.restart(BOARD);
    let count = 0;
    let ply = 0;
    for (let i = 0; i < plies.length; i++) {
      const wanted = plies[i];
      while (ply < wanted) {
        makeMove(BOARD, moves[ply++] & MOVE_MASK);
        history.push(BOARD);
      }
      if (BOARD.pieceCount > this.#maxPieces) continue;
      if (chances !== undefined) {
        const evaluation = replay.evalAt(wanted - 1);
        if (evaluation === undefined && this.#value === "q") continue;
        chances[count] = evaluation === undefined
          ? NaN
          : winChance(evaluation, BOARD.side !== BLACK);
      }
      if (legalMoves !== undefined) {
        const at = count * this.#maskBytes;
        writeLegalMoves(this.#policy, BOARD, legalMoves, at);
      }
      const move = moves[wanted] & MOVE_MASK;
      game.policy[count] = indexOfMove(this.#policy, BOARD, move);
      game.plies[count++] = wanted;
    }
    game.size = count;
    return game;
  }

  #makeRoom(game: GameSamples, size: number): void {
    if (game.plies.length < size) {
      game.plies = new Int32Array(2 * size);
      game.policy = new Int32Array(2 * size);
    }
    if (this.#maskBytes > 0) {
      game.legalMoves = new Uint8Array(size * this.#maskBytes);
    }
    if (this.#value !== "outcome" && this.#value !== "wdl") {
      game.chances = new Float64Array(size);
    }
  }
}

const BOARD = emptyBoard();

/** A game without samples. */
export function emptySamples(): GameSamples {
  return {
    gameIndex: 0,
    hash: [0, 0],
    whiteElo: 0,
    blackElo: 0,
    whiteOutcome: 0,
    history: new GrowingHistory(),
    size: 0,
    plies: NO_NUMBERS,
    policy: NO_NUMBERS,
    chances: undefined,
    legalMoves: undefined,
  };
}

const NO_NUMBERS = new Int32Array(0);

/** What stands for a game that gives no samples. */
export const NO_SAMPLES: GameSamples = emptySamples();
