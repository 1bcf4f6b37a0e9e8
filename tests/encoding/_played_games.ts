import { Game } from "../../src/game.ts";
import { parseFen } from "../../src/chess/position.ts";
import { seeded } from "../_pgn_data.ts";

/** A game as text alone: its positions in FEN, and the moves between them. */
export interface PlayedGame {
  readonly game: Game;
  /** The FEN it begins with, as written; the usual start has none. */
  readonly start: string | undefined;
  readonly isChess960: boolean;
  /** The position before each move. */
  readonly fens: readonly string[];
  /** The moves in UCI. */
  readonly moves: readonly string[];
}

/** Starts that lead to what is rare: each is [FEN, whether it is Chess960]. */
const STARTS: readonly [string | undefined, boolean][] = [
  [undefined, false],
  ["rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR b KQkq - 0 1", false],
  // The usual board without a right, and with counters that do not matter.
  ["rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQk - 0 1", false],
  ["rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 6 9", false],
  // En passant: legal for either side, pinned, and where no pawn attacks.
  ["rnbqkbnr/ppp1p1pp/8/3pPp2/8/8/PPPP1PPP/RNBQKBNR w KQkq f6 0 3", false],
  ["rnbqkbnr/pppp1ppp/8/8/3Pp3/5N2/PPP1PPPP/RNBQKB1R b KQkq d3 0 3", false],
  ["8/2p5/3p4/KP5r/1R3pPk/8/4P3/8 b - g3 0 1", false],
  ["4r1k1/8/8/3pP3/8/8/8/4K3 w - d6 0 1", false],
  ["4k3/8/8/8/3pP3/8/8/K2R4 b - e3 0 1", false],
  ["rnbqkbnr/pppppppp/8/8/4P3/8/PPPP1PPP/RNBQKBNR b KQkq e3 0 1", false],
  // Castling, promotions, few pieces, clocks that are far.
  ["r3k2r/pppppppp/8/8/8/8/PPPPPPPP/R3K2R w KQkq - 0 1", false],
  ["r3k2r/8/8/8/8/8/8/R3K2R b Kq - 12 40", false],
  ["1n2k1n1/P1P3P1/8/8/8/8/p1p3p1/1N2K1N1 w - - 0 1", false],
  ["1n2k1n1/P1P3P1/8/8/8/8/p1p3p1/1N2K1N1 b - - 0 30", false],
  ["8/8/4k3/8/8/3QK3/8/8 w - - 97 300", false],
  ["8/5k2/8/8/1q6/8/4K3/8 b - - 3 77", false],
  // Chess960, also from the usual squares and with rooks inside.
  ["rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1", true],
  ["bqnbrkrn/pppppppp/8/8/8/8/PPPPPPPP/BQNBRKRN w KQkq - 0 1", true],
  ["nrkbbqrn/pppppppp/8/8/8/8/PPPPPPPP/NRKBBQRN w KQkq - 0 1", true],
  ["1rk3r1/pppppppp/8/8/8/8/PPPPPPPP/1RK3R1 b KQkq - 0 1", true],
  ["r4kr1/8/8/8/8/8/8/R4KR1 w KQkq - 0 1", true],
  ["rr2k2r/8/8/8/8/8/8/RR2K2R w KBkb - 0 1", true],
  ["5rkr/pppppppp/8/8/8/8/PPPPPPPP/1RK4R w Bf - 0 1", true],
];

/** Plays `count` games at random from all kinds of starts, the same for a seed. */
export function* playGames(count: number, seed: number): Generator<PlayedGame> {
  for (let i = 0; i < count; i++) {
    const [start, isChess960] = STARTS[i % STARTS.length];
    yield playGame(start, isChess960, seeded(seed * 100_003 + i));
  }
}

function playGame(
  start: string | undefined,
  isChess960: boolean,
  random: () => number,
): PlayedGame {
  const position = parseFen(start ?? USUAL_START, {
    castling: isChess960 ? "king-takes-rook" : undefined,
  });
  const fens: string[] = [];
  const moves: string[] = [];
  const length = 20 + Math.floor(random() * 80);
  while (moves.length < length) {
    const legal = position.legalMoves();
    if (legal.length === 0) break;
    fens.push(position.fen());
    const move = choose(legal, moves, fens.at(-1)!, random);
    moves.push(move);
    position.play(move);
  }
  const tags = (start === undefined ? "" : `[FEN "${start}"]\n`) +
    (isChess960 ? '[Variant "Chess960"]\n' : "");
  const game = new Game(`${tags}\n${moves.join(" ")} 1-0`);
  return { game, start, isChess960, fens, moves };
}

/** Prefers rare moves, and the way back, which repeats positions. */
function choose(
  legal: string[],
  moves: string[],
  fen: string,
  random: () => number,
): string {
  const last = moves.at(-2);
  if (last !== undefined && random() < 0.4) {
    const back = last.slice(2, 4) + last.slice(0, 2);
    if (legal.includes(back)) return back;
  }
  const [, , rights, enPassant] = fen.split(" ");
  const rare = legal.filter((move) =>
    move.length === 5 || move.slice(2) === enPassant ||
    rights !== "-" && /^(e1[gcah]1|e8[gcah]8)$/.test(move)
  );
  const from = rare.length > 0 && random() < 0.3 ? rare : legal;
  return from[Math.floor(random() * from.length)];
}

export const USUAL_START =
  "rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1";
