import {
  A1,
  BISHOP,
  type Board,
  findCastling,
  KING,
  KNIGHT,
  NULL_MOVE,
  PAWN,
  QUEEN,
  ROOK,
} from "./board.ts";
import { findMove, findMoveFrom, ILLEGAL } from "./find_move.ts";

/** The text is no move. */
export const UNREADABLE = -3;

/** Where the move that {@linkcode readMove} read last ends; behind its marks. */
export let endOfMove = 0;

/**
 * Reads the move that is written at `start` in any of its spellings: SAN with
 * as much of the square of departure as one likes, coordinates, castling with O
 * or 0, a null move. Marks for captures, checks and quality mean nothing.
 *
 * @param text The text, with a 0 behind its end.
 * @param start Where the move begins.
 * @param board The position it is played in; it is the same afterwards.
 * @returns The legal move, or a negative number that says why there is none.
 */
export function readMove(
  text: Uint8Array,
  start: number,
  board: Board,
): number {
  let offset = start;
  let type = TYPES[text[offset]];
  if (type === OTHER) return readOther(text, start, board);
  if (type !== 0) offset++;
  let file = text[offset] - LOWER_A;
  if (file >= 0 && file < 8) offset++;
  else file = -1;
  let rank = text[offset] - DIGIT_1;
  if (rank >= 0 && rank < 8) offset++;
  else rank = -1;

  // What was read is where the piece comes from, if another square follows.
  let mask = 0;
  let value = 0;
  let next = text[offset];
  if (next > SPACE) {
    const target = SEPARATORS[next] === 1 ? offset + 1 : offset;
    const toFile = text[target] - LOWER_A;
    if (toFile >= 0 && toFile < 8) {
      const toRank = text[target + 1] - DIGIT_1;
      if (toRank >= 0 && toRank < 8) {
        if (file >= 0) {
          mask = 15;
          value = file;
        }
        if (rank >= 0) {
          mask |= 240;
          value |= rank << 4;
        }
        file = toFile;
        rank = toRank;
        offset = target + 2;
        next = text[offset];
      }
    }
  }
  if (file < 0 || rank < 0) return UNREADABLE;
  const to = A1 + (rank << 4) + file;
  let promotion = 0;
  if (next > SPACE) {
    const letter = next === EQUALS ? text[offset + 1] : next;
    promotion = PROMOTIONS[letter];
    if (promotion !== 0) offset += next === EQUALS ? 2 : 1;
    offset = skipMarks(text, offset);
    if (offset < 0) return UNREADABLE;
  }
  endOfMove = offset;
  if (type === 0) {
    if (mask === 255) return findMoveFrom(board, A1 + value, to, promotion);
    type = PAWN;
  }
  return findMove(board, type, to, mask, value, promotion);
}

/** Reads castling or a null move. */
function readOther(text: Uint8Array, start: number, board: Board): number {
  let move = ILLEGAL;
  let offset = start;
  if (isCastlingLetter(text[start])) {
    if (text[start + 1] !== MINUS || !isCastlingLetter(text[start + 2])) {
      return UNREADABLE;
    }
    offset += 3;
    let kingside = true;
    if (text[offset] === MINUS && isCastlingLetter(text[offset + 1])) {
      offset += 2;
      kingside = false;
    }
    const castling = findCastling(board, kingside);
    if (castling !== 0) move = castling;
  } else {
    const null1 = text[start] === MINUS && text[start + 1] === MINUS;
    const null2 = text[start] === UPPER_Z && text[start + 1] === DIGIT_0;
    if (!null1 && !null2) return UNREADABLE;
    offset += 2;
    if (!board.inCheck) move = NULL_MOVE;
  }
  offset = skipMarks(text, offset);
  if (offset < 0) return UNREADABLE;
  endOfMove = offset;
  return move;
}

/** Where the marks behind a move end, or -1 where what follows belongs to neither. */
function skipMarks(text: Uint8Array, start: number): number {
  let offset = start;
  if (text[offset] === LOWER_E) {
    if (text[offset + 1] === LOWER_P) offset += 2;
    else if (
      text[offset + 1] === DOT && text[offset + 2] === LOWER_P &&
      text[offset + 3] === DOT
    ) offset += 4;
  }
  while (MARKS[text[offset]] === 1) offset++;
  return MARKS[text[offset]] === 2 ? offset : -1;
}

function isCastlingLetter(code: number): boolean {
  return code === UPPER_O || code === DIGIT_0 || code === LOWER_O;
}

const SPACE = 32;
const MINUS = 45;
const DOT = 46;
const DIGIT_0 = 48;
const DIGIT_1 = 49;
const EQUALS = 61;
const UPPER_O = 79;
const UPPER_Z = 90;
const LOWER_A = 97;
const LOWER_E = 101;
const LOWER_O = 111;
const LOWER_P = 112;

const OTHER = 7;
/** By the first letter, the type of the piece; 0 for a pawn and for coordinates. */
const TYPES = table(
  { P: PAWN, N: KNIGHT, B: BISHOP, R: ROOK, Q: QUEEN, K: KING },
  { O: OTHER, o: OTHER, 0: OTHER, "-": OTHER, Z: OTHER },
);
const PROMOTIONS = table(
  { N: KNIGHT, B: BISHOP, R: ROOK, Q: QUEEN, K: KING },
  { n: KNIGHT, b: BISHOP, r: ROOK, q: QUEEN, k: KING },
);
const SEPARATORS = table({ x: 1, ":": 1, "-": 1 });
/** 1: a mark that belongs to the move, 2: what may stand behind it. */
const MARKS = table(
  { "+": 1, "#": 1, "!": 1, "?": 1, "=": 1, "-": 1, "/": 1, "~": 1 },
  { "{": 2, "}": 2, "(": 2, ")": 2, ";": 2, "$": 2, "[": 2, "*": 2 },
);
for (let code = 0; code <= SPACE; code++) MARKS[code] = 2;
for (let code = 128; code < 256; code++) MARKS[code] = 2;

function table(...entries: Record<string, number>[]): Uint8Array {
  const values = new Uint8Array(256);
  for (const entry of entries) {
    for (const [letter, value] of Object.entries(entry)) {
      values[letter.charCodeAt(0)] = value;
    }
  }
  return values;
}
