import { type Board, makeMove } from "./board.ts";
import { endOfMove, readMove, UNREADABLE } from "./read_move.ts";

/** A movetext was read to its end. */
export const GOOD = 0;

/** What a game's movetext says of its end. */
export type Result = "1-0" | "0-1" | "1/2-1/2" | "*";

/**
 * Reads the mainline of a movetext and plays it on a board, passing over
 * comments, variations and annotations. One pass, without recursion.
 */
export class MovetextReader {
  /** Where each move is written. */
  offsets: Int32Array = new Int32Array(512);
  /** Where reading ended: behind the result, or at what is wrong. */
  end = 0;
  /** The result, where one was read. */
  result: Result | undefined;

  /**
   * @param text The text, with a 0 behind its last byte.
   * @param start Where the movetext begins.
   * @param length Where the text ends.
   * @param board The start position; it will hold the position at the end, and its history the moves.
   * @returns {@linkcode GOOD}, or what {@linkcode readMove} returned for what is
   * no move.
   */
  read(
    text: Uint8Array,
    start: number,
    length: number,
    board: Board,
  ): number {
    let offset = start;
    let offsets = this.offsets;
    this.result = undefined;
    for (;;) {
      const code = text[offset];
      switch (KINDS[code]) {
        case BLANK:
          if (offset >= length) {
            this.end = length;
            return GOOD;
          }
          offset++;
          continue;
        case NUMBER: {
          let end = offset + 1;
          while (text[end] <= DIGIT_9 && text[end] >= DIGIT_0) end++;
          const next = text[end];
          if (next === DOT) {
            offset = end + 1;
            continue;
          }
          if (next !== MINUS && next !== SLASH) {
            offset = end;
            continue;
          }
          if (this.#readResult(text, offset)) return GOOD;
          // Else it is castling: 0-0.
          break;
        }
        case MOVE:
          break;
        case ASIDE: {
          const end = endOfAside(text, offset, length);
          if (end < 0) {
            this.end = offset;
            return UNREADABLE;
          }
          offset = end;
          continue;
        }
        case ANNOTATION:
          offset++;
          continue;
        case STAR:
          this.result = "*";
          this.end = offset + 1;
          return GOOD;
        default:
          this.end = offset;
          return UNREADABLE;
      }
      const move = readMove(text, offset, board);
      if (move < 0) {
        const end = endOfPassing(text, offset);
        if (end > 0 && board.plies > 0) {
          offset = end;
          continue;
        }
        this.end = offset;
        return move;
      }
      const ply = board.plies;
      if (ply === offsets.length) offsets = this.#growOffsets();
      offsets[ply] = offset;
      makeMove(board, move);
      offset = endOfMove;
    }
  }

  #readResult(text: Uint8Array, offset: number): boolean {
    for (let i = 0; i < RESULTS.length; i++) {
      const result = RESULTS[i];
      let length = 0;
      while (
        length < result.length &&
        text[offset + length] === result.charCodeAt(length)
      ) length++;
      if (length === result.length) {
        this.result = result === "1/2" ? "1/2-1/2" : result;
        this.end = offset + length;
        return true;
      }
    }
    return false;
  }

  #growOffsets(): Int32Array {
    const grown = new Int32Array(this.offsets.length * 2);
    grown.set(this.offsets);
    return this.offsets = grown;
  }
}

/** Where a comment, a variation or a line that is no movetext ends, or -1. */
export function endOfAside(
  text: Uint8Array,
  start: number,
  length: number,
): number {
  switch (text[start]) {
    case BRACE:
      return endOfComment(text, start, length);
    case SEMICOLON:
      return endOfLine(text, start, length);
    case PERCENT:
      // Only at the beginning of a line.
      return start === 0 || text[start - 1] === NEWLINE
        ? endOfLine(text, start, length)
        : -1;
    default:
      return endOfVariation(text, start, length);
  }
}

/** Where an "e.p." or "ep" that stands apart from its move ends, or -1. */
function endOfPassing(text: Uint8Array, start: number): number {
  if (text[start] !== LOWER_E) return -1;
  let offset = start + 1;
  if (text[offset] === DOT) offset++;
  if (text[offset++] !== LOWER_P) return -1;
  if (text[offset] === DOT) offset++;
  return KINDS[text[offset]] === MOVE ? -1 : offset;
}

function endOfComment(text: Uint8Array, start: number, length: number): number {
  let offset = start + 1;
  while (offset < length && text[offset] !== CLOSING_BRACE) offset++;
  return offset < length ? offset + 1 : -1;
}

function endOfLine(text: Uint8Array, start: number, length: number): number {
  let offset = start + 1;
  while (offset < length && text[offset] !== NEWLINE) offset++;
  return offset;
}

function endOfVariation(
  text: Uint8Array,
  start: number,
  length: number,
): number {
  let depth = 1;
  let offset = start + 1;
  while (offset < length) {
    const code = text[offset];
    if (code === CLOSING_PARENTHESIS) {
      if (--depth === 0) return offset + 1;
      offset++;
    } else if (code === PARENTHESIS) {
      depth++;
      offset++;
    } else if (
      code === BRACE || code === SEMICOLON ||
      code === PERCENT && text[offset - 1] === NEWLINE
    ) {
      offset = endOfAside(text, offset, length);
      if (offset < 0) return -1;
    } else offset++;
  }
  return -1;
}

const NEWLINE = 10;
const SPACE = 32;
const PERCENT = 37;
const PARENTHESIS = 40;
const CLOSING_PARENTHESIS = 41;
const MINUS = 45;
const DOT = 46;
const SLASH = 47;
const DIGIT_0 = 48;
const DIGIT_9 = 57;
const SEMICOLON = 59;
const LOWER_E = 101;
const LOWER_P = 112;
const BRACE = 123;
const CLOSING_BRACE = 125;

const BLANK = 1;
const NUMBER = 2;
const MOVE = 3;
const ASIDE = 4;
const ANNOTATION = 5;
const STAR = 6;
const KINDS = new Uint8Array(256);
for (let code = 0; code <= SPACE; code++) KINDS[code] = BLANK;
for (const letter of "PNBRQKabcdefghOoZ-") KINDS[letter.charCodeAt(0)] = MOVE;
for (const letter of "0123456789") KINDS[letter.charCodeAt(0)] = NUMBER;
for (const letter of "{(;%") KINDS[letter.charCodeAt(0)] = ASIDE;
for (const letter of ".!?$\\") KINDS[letter.charCodeAt(0)] = ANNOTATION;
KINDS["*".charCodeAt(0)] = STAR;

const RESULTS = ["1-0", "0-1", "1/2-1/2", "1/2"] as const;
