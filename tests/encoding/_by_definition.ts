import { type PlayedGame, USUAL_START } from "./_played_games.ts";

// The planes as the standards describe them, built from the text of FENs alone.

/** By square name, the letter of the piece. */
type Squares = Map<string, string>;

const FILES = "abcdefgh";

function squaresOf(fen: string): Squares {
  const squares: Squares = new Map();
  fen.split(" ")[0].split("/").forEach((rank, i) => {
    let file = 0;
    for (const letter of rank) {
      if (/\d/.test(letter)) file += Number(letter);
      else squares.set(`${FILES[file++]}${8 - i}`, letter);
    }
  });
  return squares;
}

/** The square's number from the view of a side. */
function seen(square: string, view: string): number {
  const rank = Number(square[1]) - 1;
  return (view === "w" ? rank : 7 - rank) * 8 + FILES.indexOf(square[0]);
}

const KINDS = "pnbrqk";

/** 12 planes of 64 numbers of a board. */
function pieces(squares: Squares, view: string): number[][] {
  const planes = zeros(12);
  for (const [square, letter] of squares) {
    const isWhite = letter === letter.toUpperCase();
    const own = isWhite === (view === "w");
    const plane = KINDS.indexOf(letter.toLowerCase()) + (own ? 0 : 6);
    planes[plane][seen(square, view)] = 1;
  }
  return planes;
}

function zeros(count: number): number[][] {
  return Array.from({ length: count }, () => whole(0));
}

function whole(value: number | boolean): number[] {
  return Array(64).fill(Number(value));
}

/** Own O-O, own O-O-O, their O-O, their O-O-O. */
function rights(fen: string): boolean[] {
  const [, side, field] = fen.split(" ");
  const squares = squaresOf(fen);
  const has = (isWhite: boolean, isShort: boolean) =>
    Array.from(field).some((letter) => {
      if (letter === "-" || (letter < "a") !== isWhite) return false;
      const lower = letter.toLowerCase();
      if (lower === "k" || lower === "q") return (lower === "k") === isShort;
      const rank = isWhite ? "1" : "8";
      const king = Array.from(FILES).findIndex((file) =>
        squares.get(file + rank) === (isWhite ? "K" : "k")
      );
      return (FILES.indexOf(lower) > king) === isShort;
    });
  const own = side === "w";
  return [has(own, true), has(own, false), has(!own, true), has(!own, false)];
}

/** What must be equal for a position to have occurred before. */
function keys(game: PlayedGame, isLc0: boolean): string[] {
  const known = isLc0 ? LC0_KEYS : AZ_KEYS;
  let list = known.get(game);
  if (list === undefined) {
    list = game.fens.map((fen, ply) => {
      const fields = fen.split(" ");
      if (isLc0) fields[3] = attackedEnPassant(game, ply);
      return fields.slice(0, 4).join(" ");
    });
    known.set(game, list);
  }
  return list;
}

const LC0_KEYS = new WeakMap<PlayedGame, string[]>();
const AZ_KEYS = new WeakMap<PlayedGame, string[]>();

/** The en passant square where a pawn attacks it, legally or not; at the start as written. */
function attackedEnPassant({ start, fens, moves }: PlayedGame, ply: number) {
  if (ply === 0) return start?.split(" ")[3] ?? "-";
  const move = moves[ply - 1];
  const squares = squaresOf(fens[ply]);
  const pawn = squares.get(move.slice(2, 4));
  const distance = Math.abs(Number(move[1]) - Number(move[3]));
  const wasPawn = squaresOf(fens[ply - 1]).get(move.slice(0, 2)) === pawn;
  if (distance !== 2 || pawn?.toLowerCase() !== "p" || !wasPawn) return "-";
  const file = FILES.indexOf(move[2]);
  const attacker = pawn === "p" ? "P" : "p";
  const isAttacked = [file - 1, file + 1].some((near) =>
    squares.get(`${FILES[near]}${move[3]}`) === attacker
  );
  return isAttacked ? move[2] + (pawn === "p" ? "6" : "3") : "-";
}

function occurredBefore(all: string[], ply: number): number {
  return all.slice(0, ply).filter((key) => key === all[ply]).length;
}

export function planes12({ fens }: PlayedGame, ply: number): number[][] {
  return pieces(squaresOf(fens[ply]), fens[ply].split(" ")[1]);
}

export function maia2(game: PlayedGame, ply: number): number[][] {
  const fen = game.fens[ply];
  const [, side, , enPassant] = fen.split(" ");
  const square = whole(0);
  if (enPassant !== "-") square[seen(enPassant, side)] = 1;
  return [
    ...planes12(game, ply),
    whole(1),
    ...rights(fen).map(whole),
    square,
  ];
}

export function lc0(
  game: PlayedGame,
  ply: number,
  history: "fen" | "zero" = "fen",
  divisor = 1,
): number[][] {
  const { fens } = game;
  const [, side, , , clock] = fens[ply].split(" ");
  const all = keys(game, true);
  const planes: number[][] = [];
  for (let i = 0; i < 8; i++) {
    const then = ply - i;
    if (then >= 0) {
      planes.push(...pieces(squaresOf(fens[then]), side));
      planes.push(whole(occurredBefore(all, then) > 0));
    } else planes.push(...beforeTheStart(game, then, side, history));
  }
  const [short, long, theirShort, theirLong] = rights(fens[ply]).map(whole);
  return [
    ...planes,
    long,
    short,
    theirLong,
    theirShort,
    whole(side === "b"),
    whole(Number(clock) / divisor),
    whole(0),
    whole(1),
  ];
}

function beforeTheStart(
  { start = USUAL_START }: PlayedGame,
  then: number,
  side: string,
  history: "fen" | "zero",
): number[][] {
  const enPassant = start.split(" ")[3];
  const isUsual = start.split(" ").slice(0, 4).join(" ") ===
    USUAL_START.split(" ").slice(0, 4).join(" ");
  const isMissing = history === "zero"
    ? enPassant === "-" || then < -1
    : isUsual;
  if (isMissing) return zeros(13);
  const squares = squaresOf(start);
  if (enPassant !== "-") {
    const [file, rank] = enPassant;
    const [from, to] = rank === "3" ? ["2", "4"] : ["7", "5"];
    squares.set(file + from, squares.get(file + to)!);
    squares.delete(file + to);
  }
  return [...pieces(squares, side), whole(0)];
}

export function az(game: PlayedGame, ply: number): number[][] {
  const { fens } = game;
  const [, side, , , clock, number] = fens[ply].split(" ");
  const all = keys(game, false);
  const planes: number[][] = [];
  for (let t = 0; t < 8; t++) {
    const then = ply - t;
    if (then < 0) planes.push(...zeros(14));
    else {
      const count = occurredBefore(all, then);
      planes.push(...pieces(squaresOf(fens[then]), side));
      planes.push(whole(count >= 1), whole(count >= 2));
    }
  }
  return [
    ...planes,
    whole(side === "w"),
    whole(Number(number)),
    ...rights(fens[ply]).map(whole),
    whole(Number(clock)),
  ];
}

/** 96 planes; the array has them as the last axis. */
export function maia3({ fens }: PlayedGame, ply: number): number[][] {
  return Array.from({ length: 8 }, (_, i) => {
    const fen = fens[Math.max(0, ply - 7 + i)];
    return pieces(squaresOf(fen), fen.split(" ")[1]);
  }).flat();
}

export function searchless({ fens }: PlayedGame, ply: number): number[] {
  const [board, side, castling, enPassant, clock, number] = fens[ply].split(
    " ",
  );
  const text = side +
    board.replaceAll("/", "").replace(/\d/g, (n) => ".".repeat(Number(n))) +
    castling.replace("-", "").padEnd(4, ".") +
    enPassant.replace("-", "").padEnd(2, ".") +
    clock.padEnd(3, ".") + number.padEnd(3, ".");
  return Array.from(
    text,
    (letter) => "0123456789abcdefghpnrkqPBNRQKw.".indexOf(letter),
  );
}

/** Both perspectives' indices, each padded to 32 with -1. */
export function features(
  { fens }: PlayedGame,
  ply: number,
  encoding: "halfkav2_hm-22528" | "halfkav2_hm-24576" | "chess768",
): number[] {
  const fen = fens[ply];
  const squares = squaresOf(fen);
  const side = fen.split(" ")[1];
  return [side, side === "w" ? "b" : "w"].flatMap((view) => {
    const king = seen(
      [...squares].find(([, letter]) =>
        letter === (view === "w" ? "K" : "k")
      )![0],
      view,
    );
    const isLeft = king % 8 < 4;
    const flipped = (square: number) => isLeft ? square ^ 7 : square;
    const indices = Array.from(squares, ([square, letter]) => {
      const own = (letter < "a") === (view === "w");
      const kind = KINDS.indexOf(letter.toLowerCase());
      const at = seen(square, view);
      if (encoding === "chess768") return (own ? 0 : 384) + 64 * kind + at;
      const types = encoding === "halfkav2_hm-22528" ? 11 : 12;
      const type = kind === 5 && types === 11 ? 10 : 2 * kind + (own ? 0 : 1);
      return flipped(at) + 64 * type + 64 * types * bucket(flipped(king));
    });
    indices.sort((a, b) => a - b);
    return [...indices, ...Array(32 - indices.length).fill(-1)];
  });
}

/** e1 31, f1 30, g1 29, h1 28, e2 27 … h8 0. */
function bucket(king: number): number {
  const order: number[] = [];
  for (let rank = 7; rank >= 0; rank--) {
    for (let file = 7; file >= 4; file--) order.push(rank * 8 + file);
  }
  return order.indexOf(king);
}
