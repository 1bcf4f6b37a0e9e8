import {
  A1,
  BLACK,
  type Board,
  emptyBoard,
  isAttacked,
  KING,
  PAWN,
  ROOK,
  toIndex,
  toSquare,
  WHITE,
} from "./board.ts";
import { canCaptureEnPassant } from "./en_passant.ts";

/** The pieces' letters by their codes. */
export const PIECE_LETTERS = " PNBRQK  pnbrqk";

/**
 * Reads a FEN, X-FEN or Shredder-FEN. Fields at its end may be missing; castling
 * rights and an en passant square that nothing on the board backs are dropped.
 *
 * @throws {SyntaxError} If it has not the form of a FEN.
 * @throws {RangeError} If no game can have come to the position it describes.
 */
export function readFen(fen: string): Board {
  const fields = fen.trim().split(/\s+/);
  const [
    placement,
    side = "w",
    castling = "-",
    enPassant = "-",
  ] = fields;
  // Some write "-" for a counter that they do not know.
  const [halfMoveClock = "0", fullMoveNumber = "1"] = fields.slice(4)
    .map((field, i) => field === "-" ? "01"[i] : field);
  const malformed = (what: string) =>
    new SyntaxError(`Cannot read the FEN "${shorten(fen)}" as ${what}`);
  const impossible = (what: string) =>
    new RangeError(`Cannot read the FEN "${shorten(fen)}" as ${what}`);
  if (fields.length > 6) throw malformed("it has more than six fields");
  const board = emptyBoard();
  board.rooks = new Uint8Array(4);
  if (!placePieces(board, placement)) {
    throw malformed("its first field is no board of eight ranks");
  }
  if (!/^[wb]$/i.test(side)) {
    throw malformed(`the side to move is neither "w" nor "b"`);
  }
  board.side = side === "w" || side === "W" ? WHITE : BLACK;
  if (!/^\d{1,6}$/.test(halfMoveClock) || !/^\d{1,6}$/.test(fullMoveNumber)) {
    throw malformed("its clock or its move number is no number");
  }
  board.halfMoveClock = Number(halfMoveClock);
  board.fullMoveNumber = Math.max(1, Number(fullMoveNumber));

  board.whiteKing = theOnly(board, WHITE | KING);
  board.blackKing = theOnly(board, BLACK | KING);
  if (board.whiteKing === 0 || board.blackKing === 0) {
    throw impossible("each side must have one king");
  }
  for (let file = 0; file < 8; file++) {
    for (const rank of [0, 7]) {
      if ((board.squares[toIndex(rank * 8 + file)] & 7) === PAWN) {
        throw impossible("a pawn stands on the first or the last rank");
      }
    }
  }
  if (castling !== "-") {
    if (!/^[A-HKQa-hkq]{1,4}$/.test(castling)) {
      throw malformed("its third field holds no castling rights");
    }
    // A right without its king and rook is none.
    for (const letter of castling) giveRight(board, letter);
  }
  if (enPassant !== "-") {
    if (!/^[a-h][36]$/.test(enPassant)) {
      throw malformed("its fourth field is no en passant square");
    }
    setEnPassant(board, enPassant); // nor is a square that no pawn has passed
  }
  board.settle();
  const waiting = board.side === WHITE ? board.blackKing : board.whiteKing;
  if (isAttacked(board, waiting, board.side)) {
    throw impossible("the side that is not to move is in check");
  }
  return board;
}

function placePieces(board: Board, placement: string): boolean {
  const ranks = placement.split("/");
  if (ranks.length !== 8) return false;
  for (const [i, rank] of ranks.entries()) {
    let file = 0;
    for (const letter of rank) {
      if (letter >= "1" && letter <= "8") {
        file += Number(letter);
        continue;
      }
      const piece = letter === " " ? -1 : PIECE_LETTERS.indexOf(letter);
      if (piece < 0 || file > 7) return false;
      board.squares[toIndex((7 - i) * 8 + file++)] = piece;
    }
    if (file !== 8) return false;
  }
  return true;
}

/** The square of the only piece of its kind, or 0 where there is none or another. */
function theOnly(board: Board, piece: number): number {
  const first = board.squares.indexOf(piece);
  return first > 0 && board.squares.lastIndexOf(piece) === first ? first : 0;
}

function giveRight(board: Board, letter: string): void {
  const white = letter < "a";
  const king = white ? board.whiteKing : board.blackKing;
  const home = toIndex(white ? 0 : 56);
  if (king < home || king > home + 7) return;
  const upper = letter.toUpperCase();
  let rook = home + "ABCDEFGH".indexOf(upper);
  if (upper === "K") rook = outermostRook(board, king, true);
  if (upper === "Q") rook = outermostRook(board, king, false);
  const piece = (white ? WHITE : BLACK) | ROOK;
  if (rook === 0 || board.squares[rook] !== piece) return;
  const index = (white ? 0 : 2) + (rook > king ? 0 : 1);
  if ((board.rights >> index & 1) === 1) return;
  board.rights |= 1 << index;
  board.rooks[index] = rook;
}

/** The rook furthest to its side on the king's rank, or 0. */
function outermostRook(board: Board, king: number, kingside: boolean): number {
  const rook = board.squares[king] - KING + ROOK;
  const home = king - (king - A1 & 7);
  for (
    let square = kingside ? home + 7 : home;
    square !== king;
    square += kingside ? -1 : 1
  ) if (board.squares[square] === rook) return square;
  return 0;
}

function setEnPassant(board: Board, name: string): void {
  const square = toIndex(readSquare(name));
  const forward = board.side === WHITE ? 16 : -16;
  const rank = board.side === WHITE ? "6" : "3";
  const { squares } = board;
  if (
    name[1] !== rank || squares[square] !== 0 ||
    squares[square + forward] !== 0 ||
    squares[square - forward] !== (board.side ^ BLACK | PAWN)
  ) return;
  board.enPassant = square;
}

/** The square of 0 (a1) to 63 (h8) by its name, or -1. */
export function readSquare(name: string): number {
  const file = name.charCodeAt(0) - 97;
  const rank = name.charCodeAt(1) - 49;
  return name.length === 2 && file >= 0 && file < 8 && rank >= 0 && rank < 8
    ? rank * 8 + file
    : -1;
}

/** The name of a square of the board's numbering. */
export function squareName(index: number): string {
  return SQUARE_NAMES[toSquare(index)];
}

/** Writes all six fields; the en passant square only where a capture is legal, castling as X-FEN. */
export function writeFen(board: Board): string {
  const { squares } = board;
  const enPassant = canCaptureEnPassant(board, board.enPassant)
    ? squareName(board.enPassant)
    : "-";
  return rankText(squares, A1 + 112) + rankText(squares, A1 + 96) +
    rankText(squares, A1 + 80) + rankText(squares, A1 + 64) +
    rankText(squares, A1 + 48) + rankText(squares, A1 + 32) +
    rankText(squares, A1 + 16) + rankText(squares, A1) +
    (board.side === WHITE ? "w " : "b ") + castlingText(board) + " " +
    enPassant + " " + board.halfMoveClock + " " + board.fullMoveNumber;
}

// Ranks change seldom and repeat often, so their texts are kept: with a slash
// after them, and apart from those the first ranks, which end the field.
const RANK_BITS = 14;
const RANKS = 1 << RANK_BITS;
const rankKeys = new Int32Array(2 * RANKS);
const rankTexts: string[] = new Array<string>(2 * RANKS).fill("8/");
rankTexts.fill("8 ", RANKS);

function rankText(squares: Uint8Array, first: number): string {
  let key = 0;
  for (let i = 0; i < 8; i++) key = key << 4 | squares[first + i];
  let slot = Math.imul(key, 0x9e3779b1) >>> 32 - RANK_BITS;
  if (first === A1) slot += RANKS;
  if (rankKeys[slot] === key) return rankTexts[slot];
  rankKeys[slot] = key;
  return rankTexts[slot] = writeRank(squares, first) +
    (first === A1 ? " " : "/");
}

function writeRank(squares: Uint8Array, first: number): string {
  let text = "";
  let empty = 0;
  for (let i = 0; i < 8; i++) {
    const piece = squares[first + i];
    if (piece === 0) empty++;
    else {
      if (empty > 0) text += empty;
      empty = 0;
      text += PIECE_LETTERS[piece];
    }
  }
  return empty > 0 ? text + empty : text;
}

function castlingText(board: Board): string {
  if (board.rights === 0) return "-";
  let text = "";
  for (let index = 0; index < 4; index++) {
    if ((board.rights >> index & 1) === 0) continue;
    const rook = board.rooks[index];
    const file = rook - A1 & 7;
    const king = index < 2 ? board.whiteKing : board.blackKing;
    const isOutermost = file === 0 || file === 7 ||
      outermostRook(board, king, rook > king) === rook;
    text += isOutermost
      ? "KQkq"[index]
      : (index < 2 ? "ABCDEFGH" : "abcdefgh")[file];
  }
  return text;
}

function shorten(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

const SQUARE_NAMES: readonly string[] = Array.from(
  { length: 64 },
  (_, square) => "abcdefgh"[square & 7] + (1 + (square >> 3)),
);

/** The start position. */
export const START_FEN =
  "rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1";
