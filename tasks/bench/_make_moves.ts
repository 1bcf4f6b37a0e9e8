/** Plays random legal games by the project's own rules; `_make_games.ts` writes them. */
import { parseFen, type Position } from "../../mod.ts";
import { between, pick, seededRandom } from "./_random.ts";

/** Where a game begins. */
export type Start = "standard" | "chess960" | "position";

/** How the moves of a game ended. */
export type End = "checkmate" | "stalemate" | "material" | "open";

/** The moves of a game and what its text is made of. */
export interface MoveList {
  readonly start: Start;
  /** The FEN of the start. */
  readonly fen: string;
  readonly ucis: readonly string[];
  readonly sans: readonly string[];
  /** What is written before each move: `1. ` or `1... `. */
  readonly numbers: readonly string[];
  /** The moves as a game without comments has them. */
  readonly plain: string;
  /** The FEN after the last move. */
  readonly lastFen: string;
  readonly end: End;
  /** Variations that can stand after the move of a ply, in parentheses. */
  readonly variations: ReadonlyMap<number, string>;
}

const START_FEN = "rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1";

const made = new Map<string, readonly MoveList[]>();

/**
 * Plays `count` games from the usual start, from the 960 starts or from positions
 * of other games. The same arguments give the same lists, which a process makes
 * once: corpora use them again under new tags.
 */
export function moveLists(
  start: Start,
  count: number,
  seed: number,
): readonly MoveList[] {
  const key = `${start} ${count} ${seed}`;
  let lists = made.get(key);
  if (lists === undefined) {
    const random = seededRandom(
      seed * 3 + ["standard", "chess960", "position"].indexOf(start),
    );
    lists = Array.from(
      { length: count },
      () => playGame(start, lengthOfGame(random), random),
    );
    made.set(key, lists);
  }
  return lists;
}

/** Plays one game of at most `plies` half-moves. */
export function playGame(
  start: Start,
  plies: number,
  random: () => number,
): MoveList {
  const fen = startFen(start, random);
  const position = open(fen, start);
  const ucis: string[] = [];
  const sans: string[] = [];
  const numbers: string[] = [];
  const plain: string[] = [];
  const variations = new Map<number, string>();
  let end: End = "open";
  for (let ply = 0; ply < plies; ply++) {
    const moves = position.legalMoves();
    if (moves.length === 0) {
      end = position.isCheck() ? "checkmate" : "stalemate";
      break;
    }
    if (position.pieceCount === 2) {
      end = "material";
      break;
    }
    if (random() < VARIATION_SHARE) {
      variations.set(ply, variationOf(position.clone(), moves, random));
    }
    const uci = choose(position, moves, random);
    const san = position.san(uci);
    const number = numberOf(position);
    ucis.push(uci);
    sans.push(san);
    numbers.push(number);
    plain.push(ply === 0 || position.turn === "white" ? number + san : san);
    position.play(uci);
  }
  if (end === "open" && position.legalMoves().length === 0) {
    end = position.isCheck() ? "checkmate" : "stalemate";
  }
  return {
    start,
    fen,
    ucis,
    sans,
    numbers,
    plain: plain.join(" "),
    lastFen: position.fen(),
    end,
    variations,
  };
}

/** How many half-moves have a variation; the texts use few of these. */
const VARIATION_SHARE = 0.03;

/** As games of people are: 67 half-moves on average, few below 20 or above 150. */
function lengthOfGame(random: () => number): number {
  const bell = (random() + random() + random()) / 1.5 - 1;
  return Math.max(1, Math.round(62 * Math.exp(bell * 0.95)));
}

function open(fen: string, start: Start): Position {
  return parseFen(
    fen,
    start === "chess960" ? { castling: "king-takes-rook" } : {},
  );
}

/** The better of a few moves at random: captures, castling, promotions come often. */
function choose(
  position: Position,
  moves: readonly string[],
  random: () => number,
): string {
  let best = pick(moves, random);
  let bestWorth = worthOf(position, best);
  for (let i = 0; i < 2; i++) {
    const move = pick(moves, random);
    const worth = worthOf(position, move);
    if (worth > bestWorth) [best, bestWorth] = [move, worth];
  }
  return best;
}

const WORTH = { pawn: 2, knight: 4, bishop: 4, rook: 6, queen: 10, king: 3 };

function worthOf(position: Position, move: string): number {
  const mover = position.pieceAt(move.slice(0, 2))!;
  const target = position.pieceAt(move.slice(2, 4));
  if (target !== undefined) {
    // A king that takes its own rook castles.
    return target.color === mover.color ? 5 : WORTH[target.kind];
  }
  if (mover.kind !== "king") return move.length > 4 ? 8 : 1;
  return Math.abs(move.charCodeAt(0) - move.charCodeAt(2)) > 1 ? 5 : 0;
}

function numberOf(position: Position): string {
  return `${position.fullMoveNumber}${
    position.turn === "white" ? ". " : "... "
  }`;
}

/** A few moves in place of the one that was played, with a variation in them at times. */
function variationOf(
  position: Position,
  moves: readonly string[],
  random: () => number,
): string {
  const parts: string[] = [];
  const length = between(1, 4, random);
  let legal = moves;
  for (let i = 0; i < length && legal.length > 0; i++) {
    const move = pick(legal, random);
    const number = i === 0 || position.turn === "white"
      ? numberOf(position)
      : "";
    parts.push(number + position.san(move));
    if (i === 1 && random() < 0.3) {
      parts.push(
        `( ${numberOf(position)}${position.san(pick(legal, random))} )`,
      );
      // After a variation Black's move has its number again.
      position.play(move);
      legal = position.legalMoves();
      if (legal.length > 0) {
        parts.push(numberOf(position) + position.san(pick(legal, random)));
      }
      break;
    }
    position.play(move);
    legal = position.legalMoves();
  }
  return `( ${parts.join(" ")} )`;
}

function startFen(start: Start, random: () => number): string {
  if (start === "standard") return START_FEN;
  if (start === "chess960") return chess960Fen(random);
  for (;;) {
    const position = parseFen(START_FEN);
    for (let left = between(6, 60, random); left > 0; left--) {
      const moves = position.legalMoves();
      if (moves.length === 0) break;
      position.play(choose(position, moves, random));
    }
    if (position.legalMoves().length > 0) return position.fen();
  }
}

/** One of the 960 starts: bishops on both colours, the king between the rooks. */
function chess960Fen(random: () => number): string {
  const rank: string[] = Array(8).fill("");
  rank[between(0, 3, random) * 2] = "b";
  rank[between(0, 3, random) * 2 + 1] = "b";
  const put = (piece: string, nth: number) => {
    const free = rank.flatMap((held, file) => held === "" ? [file] : []);
    rank[free[nth]] = piece;
  };
  put("q", between(0, 5, random));
  put("n", between(0, 4, random));
  put("n", between(0, 3, random));
  for (const piece of "rkr") put(piece, 0);
  const back = rank.join("");
  return `${back}/pppppppp/8/8/8/8/PPPPPPPP/${back.toUpperCase()} w KQkq - 0 1`;
}
