/** What a sampling config keeps of the games that were drawn. */
import {
  type Evaluation,
  type ExtractionConfig,
  Game,
  PgnError,
  SampleExtractor,
} from "../../mod.ts";
import type { Progress } from "../_progress.ts";
import type { Counts } from "./_statistics.ts";

/** The samples of the games that were drawn. */
export interface SampleStatistics {
  /** Games that were drawn. */
  readonly games: number;
  readonly samples: number;
  readonly unfinished: number;
  readonly otherVariants: number;
  readonly badGames: number;
  /** By half-moves before, in tens. */
  readonly byPly: Counts;
  /** By pieces on the board. */
  readonly byPieces: Counts;
  /** Moves from each square, a1 first. */
  readonly from: readonly number[];
  /** Moves to each square, a1 first. */
  readonly to: readonly number[];
}

/** A game for the viewer. */
export interface ViewedGame {
  readonly white: string;
  readonly black: string;
  readonly result: string;
  readonly opening: string;
  /** The position before each move, and the last one: pieces only, as in FEN. */
  readonly boards: readonly string[];
  readonly moves: readonly ViewedMove[];
}

/** One move of a game for the viewer. */
export interface ViewedMove {
  readonly san: string;
  readonly uci: string;
  readonly eval?: Evaluation;
  readonly clock?: number;
  /** Whether the position before it is a sample. */
  readonly isSample: boolean;
}

/** Games after which Ctrl-C is heard. */
const GAMES_BETWEEN_TURNS = 200;
/** Games in the viewer. */
const MAX_VIEWED = 30;
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

/** Makes samples of games and counts them. */
export async function countSamples(
  drawn: readonly Uint8Array[],
  config: ExtractionConfig,
  progress: Progress,
  signal: AbortSignal,
): Promise<{ statistics: SampleStatistics; viewed: ViewedGame[] }> {
  // It loads nothing: the games are given to it.
  const extractor = new SampleExtractor("-", config);
  const byPly: Counts = {};
  const byPieces: Counts = {};
  const from = Array<number>(64).fill(0);
  const to = Array<number>(64).fill(0);
  const viewed: ViewedGame[] = [];
  for (const [k, text] of drawn.entries()) {
    const game = new Game(DECODER.decode(text));
    const sampled = new Set<number>();
    for (const { fen, move, ply } of extractor.samplesOf(game)) {
      const tens = String(Math.floor(ply / 10) * 10);
      byPly[tens] = (byPly[tens] ?? 0) + 1;
      const pieces = String(fen.match(/^\S+/)![0].replace(/[\d/]/g, "").length);
      byPieces[pieces] = (byPieces[pieces] ?? 0) + 1;
      from[squareOf(move.slice(0, 2))]++;
      to[squareOf(move.slice(2, 4))]++;
      sampled.add(ply);
    }
    if (viewed.length < MAX_VIEWED) {
      const shown = viewGame(game, sampled);
      if (shown !== undefined) viewed.push(shown);
    }
    progress.update({ games: k + 1, done: k + 1, total: drawn.length });
    if (k % GAMES_BETWEEN_TURNS === 0) {
      await new Promise((resolve) => setTimeout(resolve));
      signal.throwIfAborted();
    }
  }
  const { unfinished, otherVariants, badGames, samples } = extractor.counts;
  return {
    statistics: {
      games: drawn.length,
      samples,
      unfinished,
      otherVariants,
      badGames,
      byPly,
      byPieces,
      from,
      to,
    },
    viewed,
  };
}

/** `undefined` where the game cannot be replayed, or has no moves. */
function viewGame(
  game: Game,
  sampled: ReadonlySet<number>,
): ViewedGame | undefined {
  const boards: string[] = [];
  const moves: ViewedMove[] = [];
  try {
    for (
      const { ply, position, san, uci, eval: evaluation, clock } of game
        .mainline()
    ) {
      boards[ply] = boardOf(position.fen());
      const after = position.clone();
      after.play(uci);
      boards[ply + 1] = boardOf(after.fen());
      moves.push({
        san,
        uci,
        ...evaluation === undefined ? {} : { eval: evaluation },
        ...clock === undefined ? {} : { clock },
        isSample: sampled.has(ply),
      });
    }
  } catch (error) {
    if (error instanceof PgnError || error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
  const { White = "?", Black = "?", Result = "*", ECO = "", Opening = "" } =
    game.tags;
  return moves.length === 0 ? undefined : {
    white: White,
    black: Black,
    result: Result,
    opening: `${ECO} ${Opening}`.trim(),
    boards,
    moves,
  };
}

function boardOf(fen: string): string {
  return fen.slice(0, fen.indexOf(" "));
}

function squareOf(name: string): number {
  return name.charCodeAt(0) - 97 + (name.charCodeAt(1) - 49) * 8;
}
