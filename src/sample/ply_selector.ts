// Decides which half-moves of a game become samples, and says why others do not.

import { BLACK, WHITE } from "../chess/board.ts";
import {
  isCapture,
  isNullMove,
  isPromotion,
  wasInCheck,
} from "../chess/history.ts";
import type { Game, Replay } from "../game.ts";
import { foldKey, mix } from "../order/permutation.ts";
import type {
  CheckedConfig,
  ExtractionConfig,
  KeepCurve,
} from "./extraction_config.ts";
import { type GameFacts, readGameFacts } from "./game_facts.ts";

/**
 * Why a half-move gives no sample: the field of the config, or what the game lacks.
 *
 * See {@linkcode SampleExtractor.explain}.
 */
export type DropReason =
  | Exclude<keyof ExtractionConfig, "castling" | "seed" | "onBadGame">
  | "unfinished"
  | "badGame"
  | "nullMove";

/** What becomes of a half-move, see {@linkcode SampleExtractor.explain}. */
export interface PlyExplanation {
  /** Half-moves played before. */
  readonly ply: number;
  /** The move in standard algebraic notation. */
  readonly san: string;
  /** Whether it gives a sample. */
  readonly isKept: boolean;
  /** Why it gives none: a field of the config, or what the game lacks. */
  readonly reason?: DropReason;
}

/** Which half-moves of a game become samples. */
export interface PlySelection {
  /** What the game's tags say. */
  readonly facts: GameFacts;
  /** How the game ended for White; `undefined` where it has no result. */
  readonly whiteOutcome: 1 | 0 | -1 | undefined;
  /** The half-moves, in ascending order; the next selection writes over them. */
  readonly plies: Int32Array;
}

/** A game whose half-moves are judged. */
interface SelectedGame {
  readonly facts: GameFacts;
  readonly replay: Replay;
  readonly moves: Int32Array;
  /** Why no half-move of the game is taken. */
  readonly reason: DropReason | undefined;
  readonly whiteOutcome: 1 | 0 | -1 | undefined;
  /** The sides whose moves are taken: by {@linkcode WHITE} and {@linkcode BLACK}. */
  readonly isTaken: (side: number) => boolean;
  /** The key of what is drawn. */
  readonly key: number;
}

/** A share that is kept, and the field that asks for it. */
interface Share {
  readonly reason: DropReason;
  readonly at: (ply: number, pieces: number) => number;
}

/** Which half-moves of a game become samples, and what they are made of. */
export interface ChosenPlies extends PlySelection {
  readonly whiteOutcome: 1 | 0 | -1;
  readonly replay: Replay;
}

/**
 * Selects the half-moves of games by a config. No board is needed: the words of
 * a game's moves say what was captured and who was in check.
 */
export class PlySelector {
  readonly #config: CheckedConfig;
  readonly #shares: readonly Share[];

  /**
   * Creates a selector.
   *
   * @param config The config, checked.
   */
  constructor(config: CheckedConfig) {
    this.#config = config;
    this.#shares = sharesOf(config);
  }

  /** Selects half-moves of a game. */
  select(game: Game, replay: Replay): PlySelection {
    const selected = this.#look(game, replay);
    const { facts, whiteOutcome, moves, key } = selected;
    if (selected.reason !== undefined) {
      return { facts, whiteOutcome, plies: NO_PLIES };
    }
    if (chosenPlies.length < moves.length) {
      chosenPlies = new Int32Array(2 * moves.length);
    }
    let count = 0;
    const { skipPlies, maxPly } = this.#config;
    const last = Math.min(moves.length - 1, maxPly);
    let pieces = replay.start.pieceCount;
    for (let ply = 0; ply <= last; ply++) {
      if (
        ply >= skipPlies &&
        this.#reasonAt(selected, ply, pieces) === undefined
      ) chosenPlies[count++] = ply;
      if (isCapture(moves[ply])) pieces--;
    }
    return {
      facts,
      whiteOutcome,
      plies: this.#draw(chosenPlies.subarray(0, count), key),
    };
  }

  /** For each half-move of a game, why it is dropped; `undefined` where it is kept. */
  explain(game: Game, replay: Replay): (DropReason | undefined)[] {
    const selected = this.#look(game, replay);
    let pieces = replay.start.pieceCount;
    const reasons = Array.from(selected.moves, (move, ply) => {
      const reason = selected.reason ?? this.#reasonAt(selected, ply, pieces);
      if (isCapture(move)) pieces--;
      return reason;
    });
    const kept = new Set(this.select(game, replay).plies);
    return reasons.map((reason, ply) =>
      reason === undefined && !kept.has(ply) ? "maxPerGame" : reason
    );
  }

  #look(game: Game, replay: Replay): SelectedGame {
    const { seed, sides, terminations } = this.#config;
    const facts = readGameFacts(game);
    const whiteOutcome = whiteOutcomeOf(facts, replay);
    const reason = whiteOutcome === undefined
      ? "unfinished"
      : terminations?.includes(facts.termination) === false
      ? "terminations"
      : undefined;
    return {
      facts,
      replay,
      moves: replay.moves,
      reason,
      whiteOutcome,
      isTaken: sidesTaken(sides, whiteOutcome, facts),
      key: foldKey([seed, ...facts.hash])[0],
    };
  }

  #reasonAt(
    game: SelectedGame,
    ply: number,
    pieces: number,
  ): DropReason | undefined {
    const config = this.#config;
    if (ply < config.skipPlies) return "skipPlies";
    if (ply > config.maxPly) return "maxPly";
    if (pieces < config.minPieces) return "minPieces";
    const { replay } = game;
    const move = game.moves[ply];
    if (isNullMove(move)) return "nullMove";
    const side = (ply & 1) === 0
      ? replay.start.side
      : replay.start.side ^ BLACK;
    if (!game.isTaken(side)) return "sides";
    if (config.skipChecks && wasInCheck(move)) return "skipChecks";
    if (config.skipCaptures && (isCapture(move) || isPromotion(move))) {
      return "skipCaptures";
    }
    const dropped = this.#dropByShare(game.key, ply, pieces);
    if (dropped !== undefined) return dropped;
    if (config.minClock > 0) {
      const clock = ply < 2 ? undefined : replay.clockAt(ply - 2);
      if (clock === undefined || clock < config.minClock) return "minClock";
    }
    return config.requireEval && replay.evalAt(ply - 1) === undefined
      ? "requireEval"
      : undefined;
  }

  /** Draws once against the product of all shares. */
  #dropByShare(
    key: number,
    ply: number,
    pieces: number,
  ): DropReason | undefined {
    if (this.#shares.length === 0) return undefined;
    const drawn = draw(key, ply);
    let share = 1;
    for (const { reason, at } of this.#shares) {
      share *= at(ply, pieces);
      if (drawn >= share) return reason;
    }
    return undefined;
  }

  /** Takes at most as many as a game may give. */
  #draw(plies: Int32Array, key: number): Int32Array {
    const { maxPerGame } = this.#config;
    if (plies.length <= maxPerGame) return plies;
    const ranks = Array.from(plies, (ply) => [draw(~key, ply), ply]);
    ranks.sort(([a, i], [b, j]) => a - b || i - j);
    return Int32Array.from(ranks.slice(0, maxPerGame), ([, ply]) => ply)
      .sort();
  }
}

/** The half-moves of the game that is looked at. */
let chosenPlies = new Int32Array(512);
const NO_PLIES = new Int32Array(0);

/** A number from 0 to below 1. */
function draw(key: number, ply: number): number {
  return (mix(key ^ ply) >>> 0) / 2 ** 32;
}

function sharesOf(config: CheckedConfig): Share[] {
  const { softSkipPlies, sampleRate, keepByPly, keepByPieces } = config;
  const shares: Share[] = [];
  if (sampleRate < 1) {
    shares.push({
      reason: "sampleRate",
      at: () => sampleRate,
    });
  }
  if (softSkipPlies > 0) {
    const at = (ply: number) => Math.min(1, (ply + 1) / (softSkipPlies + 1));
    shares.push({ reason: "softSkipPlies", at });
  }
  if (keepByPly !== undefined) {
    const at = (ply: number) => shareAt(keepByPly, ply);
    shares.push({ reason: "keepByPly", at });
  }
  if (keepByPieces !== undefined) {
    const at = (_: number, pieces: number) => shareAt(keepByPieces, pieces);
    shares.push({ reason: "keepByPieces", at });
  }
  return shares;
}

/** The share of a curve at a number. */
function shareAt(curve: KeepCurve, at: number): number {
  const next = curve.findIndex(([number]) => number >= at);
  if (next === -1) return curve[curve.length - 1][1];
  const [right, rightShare] = curve[next];
  if (next === 0 || right === at) return rightShare;
  const [left, leftShare] = curve[next - 1];
  return leftShare + (rightShare - leftShare) * (at - left) / (right - left);
}

function sidesTaken(
  sides: CheckedConfig["sides"],
  whiteOutcome: 1 | 0 | -1 | undefined,
  { whiteElo = 0, blackElo = 0 }: GameFacts,
): (side: number) => boolean {
  if (typeof sides === "object") {
    const { minRating } = sides;
    return (side) => (side === WHITE ? whiteElo : blackElo) >= minRating;
  }
  switch (sides) {
    case "both":
      return () => true;
    case "winner":
      return (side) => whiteOutcome === (side === WHITE ? 1 : -1);
    default:
      return (side) => (side === WHITE) === (sides === "white");
  }
}

/**
 * How a game ended for White, if it did: by its tag, or where that is none of
 * the standard's by the result after its moves.
 */
function whiteOutcomeOf(
  { result }: GameFacts,
  replay: Replay,
): 1 | 0 | -1 | undefined {
  return result === "*"
    ? undefined
    : OUTCOMES.get(result) ?? OUTCOMES.get(replay.result ?? "");
}

/** What results mean for White. */
const OUTCOMES = new Map<string, 1 | 0 | -1>([
  ["1-0", 1],
  ["1/2-1/2", 0],
  ["0-1", -1],
]);
