// A sample for training: what it says of a position, read when it is asked for.

import { type Evaluation, type Game, gameId, type Replay } from "../game.ts";
import { type Playstyle, playstyleOf } from "../filter/playstyle.ts";
import { ratingOf } from "../filter/rating.ts";
import { type Speed, speedOf } from "../filter/speed.ts";
import type { Tags } from "../pgn/tags.ts";
import type { ChosenPlies } from "./ply_selector.ts";

/**
 * A position of a game's mainline, the move that was played in it, and how the
 * game ended.
 *
 * What is not on the board is read when it is asked for. `JSON.stringify`
 * writes all of it.
 *
 * See {@linkcode SampleExtractor.extractSamples}.
 */
export interface TrainingSample {
  /** The position before the move, in FEN with all six fields. */
  readonly fen: string;
  /** The move, in the coordinates of UCI. */
  readonly move: string;
  /** How the game ended for the side to move: won 1, drawn 0, lost -1. */
  readonly outcome: 1 | 0 | -1;
  /** Half-moves played before. */
  readonly ply: number;
  /** The `ECO` tag; empty where the game has none. */
  readonly eco: string;
  /** The style of the opening. */
  readonly playstyle: Playstyle | undefined;
  /** The number of the game among those that pass the query's filter. */
  readonly gameIndex: number;
  /** The game's stable name: its `GameId` tag, or the end of `Site`. */
  readonly gameId: string | undefined;
  /** The move in standard algebraic notation. */
  readonly san: string;
  /** The `Opening` tag. */
  readonly opening: string | undefined;
  /** White's rating. */
  readonly whiteElo: number | undefined;
  /** Black's rating. */
  readonly blackElo: number | undefined;
  /** How fast the game was. */
  readonly speed: Speed | undefined;
  /** Half-moves of the game from this one on. */
  readonly pliesLeft: number;
  /** The evaluation of the position, from White's view. */
  readonly evalBefore: Evaluation | undefined;
  /** The evaluation of the position after the move, from White's view. */
  readonly evalAfter: Evaluation | undefined;
  /** The mover's seconds before the move. */
  readonly clockBefore: number | undefined;
  /** The mover's seconds after the move. */
  readonly clockAfter: number | undefined;
  /**
   * The seconds that the move took: `clockBefore` less `clockAfter`, and the
   * increment by the `TimeControl` tag; at least 0.
   */
  readonly thinkTime: number | undefined;
  /** Why the game ended: the `Termination` tag. */
  readonly termination: string | undefined;
}

/** What all samples of a game share. */
interface SampleSource {
  readonly game: Game;
  readonly gameIndex: number;
  readonly replay: Replay;
}

let gameOf: (sample: Sample) => Game;

/**
 * The game of a sample.
 *
 * @throws {TypeError} If no extractor made the sample.
 */
export function gameOfSample(sample: TrainingSample): Game {
  if (sample instanceof Sample) return gameOf(sample);
  throw new TypeError(
    "Cannot make a cursor as the sample was not given by an extractor",
  );
}

/** A {@linkcode TrainingSample} of a game that has been replayed. */
class Sample implements TrainingSample {
  readonly #source: SampleSource;
  readonly fen: string;
  readonly move: string;
  readonly outcome: 1 | 0 | -1;
  readonly ply: number;

  constructor(
    source: SampleSource,
    fen: string,
    move: string,
    outcome: 1 | 0 | -1,
    ply: number,
  ) {
    this.#source = source;
    this.fen = fen;
    this.move = move;
    this.outcome = outcome;
    this.ply = ply;
  }

  get eco(): string {
    return this.#tags.ECO ?? "";
  }

  get playstyle(): Playstyle | undefined {
    return playstyleOf(this.eco);
  }

  get gameIndex(): number {
    return this.#source.gameIndex;
  }

  get gameId(): string | undefined {
    return gameId(this.#source.game);
  }

  get san(): string {
    return this.#source.replay.sanAt(this.ply);
  }

  get opening(): string | undefined {
    return this.#tags.Opening;
  }

  get whiteElo(): number | undefined {
    return ratingOf(this.#tags.WhiteElo);
  }

  get blackElo(): number | undefined {
    return ratingOf(this.#tags.BlackElo);
  }

  get speed(): Speed | undefined {
    const { TimeControl } = this.#tags;
    return TimeControl === undefined ? undefined : speedOf(TimeControl);
  }

  get pliesLeft(): number {
    return this.#source.replay.length - this.ply;
  }

  get evalBefore(): Evaluation | undefined {
    return this.#source.replay.evalAt(this.ply - 1);
  }

  get evalAfter(): Evaluation | undefined {
    return this.#source.replay.evalAt(this.ply);
  }

  get clockBefore(): number | undefined {
    return this.ply < 2 ? undefined : this.#source.replay.clockAt(this.ply - 2);
  }

  get clockAfter(): number | undefined {
    return this.#source.replay.clockAt(this.ply);
  }

  get thinkTime(): number | undefined {
    const { clockBefore, clockAfter } = this;
    const increment = INCREMENT_REGEXP.exec(this.#tags.TimeControl ?? "");
    if (
      clockBefore === undefined || clockAfter === undefined ||
      increment === null
    ) return undefined;
    return Math.max(0, clockBefore - clockAfter + Number(increment[1] ?? 0));
  }

  get termination(): string | undefined {
    return this.#tags.Termination;
  }

  get #tags(): Tags {
    return this.#source.game.tags;
  }

  static {
    gameOf = (sample) => sample.#source.game;
  }

  toJSON(): TrainingSample {
    const sample: Record<string, unknown> = {};
    for (const name of SAMPLE_FIELDS) sample[name] = this[name];
    return sample as unknown as TrainingSample;
  }
}

/** Makes the samples of the half-moves that were chosen, of those after `last`. */
export function makeSamples(
  game: Game,
  gameIndex: number,
  { replay, whiteOutcome, plies }: ChosenPlies,
  last: number,
): TrainingSample[] {
  const samples: TrainingSample[] = [];
  const wanted = plies.filter((ply) => ply > last);
  if (wanted.length === 0) return samples;
  const source = { game, gameIndex, replay };
  // A step's strings are made when they are read: only for what is drawn.
  for (const step of replay) {
    const { ply, position } = step;
    if (ply !== wanted[samples.length]) continue;
    const outcome = position.turn === "white"
      ? whiteOutcome
      : 0 - whiteOutcome as -1 | 0 | 1;
    samples.push(new Sample(source, position.fen(), step.uci, outcome, ply));
    if (samples.length === wanted.length) break;
  }
  return samples;
}

/** A base time in seconds, and the increment where there is one. */
const INCREMENT_REGEXP = /^\d+(?:\+(\d+))?$/;

const SAMPLE_FIELDS = [
  "fen",
  "move",
  "outcome",
  "ply",
  "eco",
  "playstyle",
  "gameIndex",
  "gameId",
  "san",
  "opening",
  "whiteElo",
  "blackElo",
  "speed",
  "pliesLeft",
  "evalBefore",
  "evalAfter",
  "clockBefore",
  "clockAfter",
  "thinkTime",
  "termination",
] as const satisfies readonly (keyof TrainingSample)[];
