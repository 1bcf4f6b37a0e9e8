import { PgnError } from "./chess/pgn_error.ts";
import type { CastlingOptions } from "./chess/position.ts";
import {
  type Evaluation,
  type Game,
  gameId,
  gameResult,
  type Replay,
  replayGame,
} from "./game.ts";
import { GameLoader, type GameQuery } from "./game_loader.ts";
import { type Playstyle, playstyleOf } from "./filter/playstyle.ts";
import { ratingOf } from "./filter/rating.ts";
import { type Speed, speedOf } from "./filter/speed.ts";
import type { Tags } from "./pgn/tags.ts";

/** Which positions of a game become samples. */
export interface ExtractionConfig extends CastlingOptions {
  /** Half-moves at the start of a game that give no samples. @default {10} */
  skipPlies?: number;
  /** Least number of pieces on the board, kings counted. @default {6} */
  minPieces?: number;
  /** The share of the remaining positions that is taken, from 0 to 1. @default {1} */
  sampleRate?: number;
  /** Samples of one game at most, drawn from all its positions. @default {Infinity} */
  maxPerGame?: number;
  /** Another seed draws other positions; the same one always the same. @default {0} */
  seed?: number;
  /** Called for each game that gives no samples as it cannot be replayed. */
  onBadGame?: (error: Error) => void;
}

/**
 * A position of a game's mainline, the move that was played in it, and how the
 * game ended.
 *
 * What is not on the board is read when it is asked for. `JSON.stringify`
 * writes all of it.
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
  /** Why the game ended: the `Termination` tag. */
  readonly termination: string | undefined;
}

/** What an extractor has seen until now. */
export interface ExtractionCounts {
  /** Games that were loaded. */
  readonly games: number;
  /** Samples made of them. */
  readonly samples: number;
  /** Games without a result: they give no samples. */
  readonly unfinished: number;
  /** Games of variants with other rules: they give no samples. */
  readonly otherVariants: number;
  /** Games that could not be read or replayed: they give no samples. */
  readonly badGames: number;
}

/**
 * Makes training samples of games, as they are loaded.
 *
 * @example Usage
 * ```ts
 * import { SampleExtractor } from "@chess/game-cache";
 * import assert from "node:assert/strict";
 *
 * await using extractor = new SampleExtractor("data/sample.pgn.zst");
 * const samples = extractor.extractSamples({
 *   playstyle: "tactical",
 *   offset: 100,
 *   maxGames: 10,
 * });
 * for await (const { fen, move, outcome } of samples) {
 *   assert.equal(fen.split(" ").length, 6);
 *   assert.match(move, /^[a-h][1-8][a-h][1-8][qrbn]?$/);
 *   assert.ok([1, 0, -1].includes(outcome));
 * }
 * ```
 */
export class SampleExtractor implements AsyncDisposable {
  readonly #loader: GameLoader;
  readonly #isOwnLoader: boolean;
  readonly #config: CheckedConfig;
  readonly #counts = {
    games: 0,
    samples: 0,
    unfinished: 0,
    otherVariants: 0,
    badGames: 0,
  };

  /**
   * Creates an extractor. Nothing is opened before samples are read.
   *
   * @param source The archive, or several as one sequence, or a loader of
   * one's own, which is not disposed of with the extractor.
   * @param config Which positions become samples.
   * @throws {TypeError} If the source is no archive.
   * @throws {RangeError} If a value of the config is not allowed.
   */
  constructor(
    source: string | URL | (string | URL)[] | GameLoader,
    config: ExtractionConfig = {},
  ) {
    this.#config = checkConfig(config);
    this.#isOwnLoader = !(source instanceof GameLoader);
    this.#loader = source instanceof GameLoader
      ? source
      : new GameLoader(source, { onBadGame: (error) => this.#reject(error) });
  }

  /** What has been seen until now, over all calls. */
  get counts(): ExtractionCounts {
    return { ...this.#counts };
  }

  /**
   * Loads games and makes samples of them.
   *
   * @param query Which games.
   * @returns The samples, game after game, each game's in the order of play.
   * Errors of the stream are those of {@linkcode GameLoader.loadGames}.
   * @throws {TypeError} If a field of the query is unknown or of the wrong type.
   * @throws {RangeError} If a value is not allowed.
   */
  extractSamples(query: GameQuery = {}): ReadableStream<TrainingSample> {
    const games = this.#loader.loadGames(query).getReader();
    let gameIndex = query.offset ?? 0;
    return new ReadableStream<TrainingSample>({
      pull: async (controller) => {
        let samples: TrainingSample[] = [];
        while (samples.length === 0) {
          const { done, value } = await games.read();
          if (done) return controller.close();
          try {
            samples = this.#samplesOf(value, gameIndex++);
          } catch (error) {
            // The caller's onBadGame threw.
            await games.cancel(error);
            throw error;
          }
        }
        for (const sample of samples) controller.enqueue(sample);
      },
      cancel: (reason) => games.cancel(reason),
    }, { highWaterMark: 0 });
  }

  /** Disposes of the loader, unless it was handed in. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isOwnLoader) await this.#loader[Symbol.asyncDispose]();
  }

  #samplesOf(game: Game, gameIndex: number): TrainingSample[] {
    this.#counts.games++;
    let replay: Replay;
    try {
      replay = replayGame(game, this.#config);
    } catch (error) {
      if (!(error instanceof PgnError)) throw error;
      this.#reject(error);
      return [];
    }
    const whiteOutcome = whiteOutcomeOf(game, replay);
    if (whiteOutcome === undefined) {
      this.#counts.unfinished++;
      return [];
    }
    const source: SampleSource = { game, gameIndex, replay };
    const plies = drawPlies(replay, gameIndex, this.#config);
    const samples: TrainingSample[] = [];
    // A step's strings are made when they are read: only for what is drawn.
    for (const step of replay) {
      const { ply, position } = step;
      if (!plies.has(ply)) continue;
      const outcome = position.turn === "white"
        ? whiteOutcome
        : 0 - whiteOutcome as -1 | 0 | 1;
      samples.push(new Sample(source, position.fen(), step.uci, outcome, ply));
    }
    this.#counts.samples += samples.length;
    return samples;
  }

  #reject(error: Error): void {
    if (error instanceof PgnError && error.reason === "variant") {
      this.#counts.otherVariants++;
    } else this.#counts.badGames++;
    this.#config.onBadGame?.(error);
  }
}

/**
 * How a game ended for White, if it did: by its tag, or where that is none of
 * the standard's by what stands behind its moves.
 */
function whiteOutcomeOf(game: Game, replay: Replay): 1 | 0 | -1 | undefined {
  const tag = gameResult(game) ?? "";
  return tag === "*"
    ? undefined
    : OUTCOMES.get(tag) ?? OUTCOMES.get(replay.result ?? "");
}

/** What results mean for White. */
const OUTCOMES = new Map<string, 1 | 0 | -1>([
  ["1-0", 1],
  ["1/2-1/2", 0],
  ["0-1", -1],
]);

type CheckedConfig =
  & Required<Omit<ExtractionConfig, "castling" | "onBadGame">>
  & Pick<ExtractionConfig, "castling" | "onBadGame">;

function checkConfig(config: ExtractionConfig): CheckedConfig {
  const {
    skipPlies = 10,
    minPieces = 6,
    sampleRate = 1,
    maxPerGame = Infinity,
    seed = 0,
    castling,
    onBadGame,
  } = config;
  const isCount = (value: number) => Number.isSafeInteger(value) && value >= 0;
  const checks: [string, number, boolean, string][] = [
    ["skipPlies", skipPlies, isCount(skipPlies), "a whole number from 0 on"],
    ["minPieces", minPieces, isCount(minPieces), "a whole number from 0 on"],
    [
      "sampleRate",
      sampleRate,
      typeof sampleRate === "number" && sampleRate >= 0 && sampleRate <= 1,
      "from 0 to 1",
    ],
    [
      "maxPerGame",
      maxPerGame,
      isCount(maxPerGame) || maxPerGame === Infinity,
      "a whole number from 0 on",
    ],
    ["seed", seed, Number.isSafeInteger(seed), "a whole number"],
  ];
  for (const [name, value, isAllowed, allowed] of checks) {
    if (!isAllowed) {
      throw new RangeError(
        `Cannot extract samples as ${name} must be ${allowed}: current value is ${value}`,
      );
    }
  }
  if (castling !== undefined && castling !== "king-takes-rook") {
    throw new RangeError(
      `Cannot extract samples as castling must be king-takes-rook or left out: current value is ${castling}`,
    );
  }
  return {
    skipPlies,
    minPieces,
    sampleRate,
    maxPerGame,
    seed,
    castling,
    onBadGame,
  };
}

/** The plies of a game that become samples. */
function drawPlies(
  replay: Replay,
  gameIndex: number,
  config: CheckedConfig,
): ReadonlySet<number> {
  const { skipPlies, minPieces, sampleRate, maxPerGame, seed } = config;
  const plies: number[] = [];
  for (const step of replay) {
    const { ply, position } = step;
    if (
      ply >= skipPlies && position.pieceCount >= minPieces &&
      (sampleRate === 1 || draw(seed, gameIndex, ply) < sampleRate) &&
      step.uci !== NULL_MOVE
    ) plies.push(ply);
  }
  if (plies.length <= maxPerGame) return new Set(plies);
  const ranks = new Map(
    plies.map((ply) => [ply, draw(~seed, gameIndex, ply)]),
  );
  plies.sort((a, b) => ranks.get(a)! - ranks.get(b)! || a - b);
  return new Set(plies.slice(0, maxPerGame));
}

/** How {@linkcode Ply} writes that a player passed: no move to learn from. */
const NULL_MOVE = "0000";

/**
 * A number from 0 to below 1 that hangs on seed, game and ply alone, so that a
 * position is drawn or not whatever is loaded before it, and from wherever.
 */
function draw(seed: number, gameIndex: number, ply: number): number {
  let hash = 0;
  for (
    const part of [seed, seed / 2 ** 32, gameIndex, gameIndex / 2 ** 32, ply]
  ) hash = mix(hash ^ Math.floor(part));
  return (hash >>> 0) / 2 ** 32;
}

/** Spreads the bits of a 32-bit number over all of them, reversibly. */
function mix(bits: number): number {
  bits = Math.imul(bits ^ bits >>> 16, 0x21f0aaad) + 0x6d2b79f5;
  bits = Math.imul(bits ^ bits >>> 15, 0x735a2d97);
  return bits ^ bits >>> 15;
}

/** What all samples of a game share. */
interface SampleSource {
  readonly game: Game;
  readonly gameIndex: number;
  readonly replay: Replay;
}

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
    return this.ply < 1 ? undefined : this.#source.replay.evalAt(this.ply - 1);
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

  get termination(): string | undefined {
    return this.#tags.Termination;
  }

  get #tags(): Tags {
    return this.#source.game.tags;
  }

  toJSON(): TrainingSample {
    const sample: Record<string, unknown> = {};
    for (const name of SAMPLE_FIELDS) sample[name] = this[name];
    return sample as unknown as TrainingSample;
  }
}

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
  "termination",
] as const satisfies readonly (keyof TrainingSample)[];
