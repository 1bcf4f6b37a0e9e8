// Walks the movetext of a game and finds its tokens: moves, numbers, comments, variations, the result.
import {
  ASTERISK,
  CLOSING_BRACE,
  CLOSING_PARENTHESIS,
  dashLength,
  DOT,
  endOfLine,
  isDelimiter,
  isLineEnd,
  isSpaceBefore,
  MINUS,
  OPENING_BRACE,
  OPENING_PARENTHESIS,
  PERCENT,
  SEMICOLON,
  SLASH,
  spaceLength,
} from "../syntax.ts";
import {
  isMoveBeginning,
  NO_MOVE,
  plainEnd,
  readMoveWord,
  readPlainMove,
} from "./move_word.ts";

/** What a movetext says of its end. */
export type Result = "1-0" | "0-1" | "1/2-1/2" | "*";

/** The text has ended. */
export const END = 0;
/** A move, or a word that is none. */
export const WORD = 1;
/** The number of a move, with its dots. */
export const NUMBER = 2;
/** A comment, in braces or up to the end of its line. */
export const COMMENT = 3;
/** A variation with all that is in it. */
export const VARIATION = 4;
/** A numeric annotation: `$1`. */
export const NAG = 5;
/** The result of the game, which ends it. */
export const RESULT = 6;
/** A comment or variation that is never closed. */
export const UNCLOSED = 7;

/** Finds the tokens of a movetext in one pass, without recursion. */
export class MovetextReader {
  #bytes: Uint8Array = new Uint8Array();
  #limit = 0;
  #first = 0;
  #passesNumbers = false;
  /** Where the first number is, if numbers are passed over; else -1. */
  firstNumber = -1;
  /** Where the token begins that was found last. */
  start = 0;
  /** Where it ends. */
  end = 0;
  /** The move that the word is, packed as in `move_word.ts`, or `NO_MOVE`. */
  move = NO_MOVE;

  /**
   * Turns to the movetext from `start` to `end`.
   *
   * @param passesNumbers Whether the numbers of moves are no tokens.
   */
  begin(
    bytes: Uint8Array,
    start: number,
    end: number,
    passesNumbers = false,
  ): void {
    this.#passesNumbers = passesNumbers;
    this.firstNumber = -1;
    this.#bytes = bytes;
    this.#first = start;
    this.#limit = end;
    this.end = start;
  }

  /**
   * Finds the next token. White space, dots, quality marks and stray closing
   * brackets that are not part of a word are passed over, so are `%` lines.
   *
   * @returns Its kind.
   */
  next(): number {
    const bytes = this.#bytes;
    const limit = this.#limit;
    let at = this.end;
    while (at < limit) {
      const code = bytes[at];
      switch (KINDS[code]) {
        case BLANK:
          at++;
          continue;
        case LETTER:
          return this.#word(at);
        case DIGIT: {
          let end = at + 1;
          while (end < limit && KINDS[bytes[end]] === DIGIT) end++;
          if (end < limit && bytes[end] === DOT) {
            while (end < limit && bytes[end] === DOT) end++;
            if (this.#passesNumbers) {
              if (this.firstNumber === -1) this.firstNumber = at;
              at = end;
              continue;
            }
            this.start = at;
            this.end = end;
            return NUMBER;
          }
          const kind = this.#numberOrWord(at, end);
          if (kind !== NUMBER || !this.#passesNumbers) return kind;
          if (this.firstNumber === -1) this.firstNumber = at;
          at = this.end;
          continue;
        }
        case OPENING:
          this.start = at;
          this.end = code === OPENING_BRACE
            ? this.#endOfComment(at)
            : this.#endOfVariation(at);
          if (this.end === -1) {
            this.end = limit;
            return UNCLOSED;
          }
          return code === OPENING_BRACE ? COMMENT : VARIATION;
        case LINE:
          if (code === PERCENT && !this.#isLineStart(at)) return this.#word(at);
          this.start = at;
          this.end = at = endOfLine(bytes, at, limit);
          if (code === SEMICOLON) return COMMENT;
          continue;
        case STAR:
          if (!isDelimiter(bytes, at + 1, limit)) return this.#word(at);
          this.start = at;
          this.end = at + 1;
          return RESULT;
        case DOLLAR: {
          let end = at + 1;
          while (end < limit && KINDS[bytes[end]] === DIGIT) end++;
          const result = startOfResult(bytes, at, this.#endOfWord(at), limit);
          this.start = at;
          this.end = result > at && result < end ? result : end;
          return NAG;
        }
        default: { // beyond ASCII
          const length = spaceLength(bytes, at) || ellipsisLength(bytes, at);
          if (length === 0) return this.#word(at);
          at += length;
        }
      }
    }
    this.start = this.end = limit;
    return END;
  }

  /** The result that was found last. */
  get result(): Result {
    // Only the first and the last byte matter: the dash may be any.
    const first = this.#bytes[this.start];
    if (first === ASTERISK) return "*";
    const last = this.#bytes[this.end - 1];
    return last === DIGIT_0 ? "1-0" : last === DIGIT_1 ? "0-1" : "1/2-1/2";
  }

  #word(start: number): number {
    const bytes = this.#bytes;
    const limit = this.#limit;
    this.start = start;
    const move = readPlainMove(bytes, start);
    if (
      move !== NO_MOVE &&
      (plainEnd < limit ? WORD_ENDS[bytes[plainEnd]] === 1 : plainEnd === limit)
    ) {
      this.end = plainEnd;
      this.move = move;
      return WORD;
    }
    let end = this.#endOfWord(start);
    // Moves may end as a result does, but for what is before the last byte.
    if (RESULT_JOINTS[bytes[end - 2]] === 1) {
      const result = startOfResult(bytes, start, end, limit);
      if (result === start) {
        this.end = end;
        return RESULT;
      }
      if (result > start) end = result;
    }
    this.end = end;
    this.move = readMoveWord(bytes, start, end);
    return WORD;
  }

  /** A number is one of a move only before dots or a move. */
  #numberOrWord(start: number, end: number): number {
    const bytes = this.#bytes;
    const limit = this.#limit;
    const dots = ellipsisLength(bytes, end);
    if (dots > 0) {
      this.start = start;
      this.end = end + dots;
      return NUMBER;
    }
    const kind = this.#word(start);
    if (kind === RESULT) return kind;
    if (this.end > end) {
      // Glued to its move, as in "1e4"; "0-0" is a move itself.
      if (isMoveBeginning(bytes, end, this.end)) {
        this.end = end;
        return NUMBER;
      }
      return WORD;
    }
    if (end - start === 4 && isNullNumber(bytes, start)) return WORD;
    let next = end;
    while (next < limit) {
      const length = spaceLength(bytes, next);
      if (length > 0) next += length;
      else if (bytes[next] === OPENING_BRACE) {
        next = this.#endOfComment(next);
        if (next === -1) return WORD;
      } else break;
    }
    if (next >= limit) return WORD;
    if (bytes[next] === DOT || ellipsisLength(bytes, next) > 0) return NUMBER;
    const nextEnd = this.#endOfWord(next);
    return isMoveBeginning(bytes, next, nextEnd) &&
        startOfResult(bytes, next, nextEnd, limit) !== next
      ? NUMBER
      : WORD;
  }

  #endOfWord(start: number): number {
    const bytes = this.#bytes;
    const limit = this.#limit;
    let at = start + 1;
    while (at < limit) {
      const ending = WORD_ENDS[bytes[at]];
      if (ending === 1 || ending === 2 && spaceLength(bytes, at) > 0) break;
      at++;
    }
    return at;
  }

  #isLineStart(at: number): boolean {
    return at === this.#first || isLineEnd(this.#bytes[at - 1]);
  }

  /** Where the comment in braces at `start` ends, or -1. */
  #endOfComment(start: number): number {
    const bytes = this.#bytes;
    const limit = this.#limit;
    let at = start + 1;
    while (at < limit && bytes[at] !== CLOSING_BRACE) at++;
    return at < limit ? at + 1 : -1;
  }

  #endOfVariation(start: number): number {
    const bytes = this.#bytes;
    const limit = this.#limit;
    let depth = 1;
    let at = start + 1;
    while (at < limit) {
      switch (bytes[at]) {
        case CLOSING_PARENTHESIS:
          if (--depth === 0) return at + 1;
          break;
        case OPENING_PARENTHESIS:
          depth++;
          break;
        case OPENING_BRACE:
          at = this.#endOfComment(at);
          if (at === -1) return -1;
          continue;
        case SEMICOLON:
          at = endOfLine(bytes, at, limit);
          continue;
        case PERCENT:
          if (isLineEnd(bytes[at - 1])) {
            at = endOfLine(bytes, at, limit);
            continue;
          }
      }
      at++;
    }
    return -1;
  }
}

/**
 * Where the result begins that ends at `end`, as a word or glued to what comes
 * before it, or -1 where none does. A hyphen may be any dash and a half `½`;
 * a draw may be written `1/2` where it is a word of its own.
 *
 * @param start No result begins before.
 * @param end Where it ends: a word must end there, or there is no result.
 * @param limit Where the text ends.
 */
export function startOfResult(
  bytes: Uint8Array,
  start: number,
  end: number,
  limit: number,
): number {
  if (!isDelimiter(bytes, end, limit) && bytes[end] !== DOLLAR_SIGN) return -1;
  let head: number; // where the half before the dash ends
  let halfLength = 1;
  switch (bytes[end - 1]) {
    case DIGIT_0:
    case DIGIT_1:
      head = end - 1;
      break;
    case DIGIT_2:
      head = end - 3;
      halfLength = 3;
      if (bytes[end - 2] !== SLASH || bytes[head] !== DIGIT_1) return -1;
      break;
    case HALF:
      halfLength = bytes[end - 2] === HALF_LEAD ? 2 : 1;
      head = end - halfLength;
      break;
    default:
      return -1;
  }
  const dash = dashLengthBefore(bytes, head);
  const at = head - dash - halfLength;
  if (dash === 0 || at < start || !isScore(bytes, at, end, halfLength)) {
    return halfLength === 3 && head >= start &&
        (head === start || isSpaceBefore(bytes, head))
      ? head
      : -1;
  }
  const before = bytes[at - 1];
  const isChain = at > start &&
    (before === MINUS || before === SLASH || dashLengthBefore(bytes, at) > 0);
  return isChain ? -1 : at;
}

/** Whether the halves before and after the dash are those of a result. */
function isScore(
  bytes: Uint8Array,
  at: number,
  end: number,
  halfLength: number,
): boolean {
  if (halfLength > 1) {
    for (let i = 0; i < halfLength; i++) {
      if (bytes[at + i] !== bytes[end - halfLength + i]) return false;
    }
    return true;
  }
  const sum = bytes[at] + bytes[end - 1];
  return sum === DIGIT_0 + DIGIT_1 &&
      (bytes[at] === DIGIT_0 || bytes[at] === DIGIT_1) ||
    bytes[at] === HALF && bytes[end - 1] === HALF;
}

/** The length of the dash that ends before `at`: a hyphen or one of Unicode's, in UTF-8 or windows-1252. */
function dashLengthBefore(bytes: Uint8Array, at: number): number {
  switch (bytes[at - 1]) {
    case MINUS:
      return 1;
    case 0x96:
    case 0x97:
      if (bytes[at - 2] < 0x80) return 1;
  }
  return dashLength(bytes, at - 3);
}

/** The length of the ellipsis at `at`, which stands for dots, or 0. */
function ellipsisLength(bytes: Uint8Array, at: number): number {
  return bytes[at] === 0xe2 && bytes[at + 1] === 0x80 && bytes[at + 2] === 0xa6
    ? 3
    : 0;
}

function isNullNumber(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < 4; i++) if (bytes[at + i] !== DIGIT_0) return false;
  return true;
}

const DOLLAR_SIGN = 36;
const DIGIT_0 = 48;
const DIGIT_1 = 49;
const DIGIT_2 = 50;
/** `½` in Latin-1, and the last byte of it in UTF-8. */
const HALF = 0xbd;
const HALF_LEAD = 0xc2;

const LETTER = 1;
const BLANK = 2;
const DIGIT = 3;
const OPENING = 4;
const LINE = 5;
const STAR = 6;
const DOLLAR = 7;
const OTHER = 8;
const KINDS = new Uint8Array(256).fill(LETTER);
KINDS.fill(BLANK, 0, 33);
KINDS.fill(OTHER, 128);
for (const letter of ".!?\\)]}") KINDS[letter.charCodeAt(0)] = BLANK;
for (const letter of "0123456789") KINDS[letter.charCodeAt(0)] = DIGIT;
for (const letter of "{(") KINDS[letter.charCodeAt(0)] = OPENING;
for (const letter of ";%") KINDS[letter.charCodeAt(0)] = LINE;
KINDS[ASTERISK] = STAR;
KINDS[DOLLAR_SIGN] = DOLLAR;

/** What is before the last byte of a result. */
const RESULT_JOINTS = new Uint8Array(256);
RESULT_JOINTS.fill(1, 0x80);
for (const letter of "-/") RESULT_JOINTS[letter.charCodeAt(0)] = 1;

/** 1: a word ends before it; 2: it does where white space begins. */
const WORD_ENDS = new Uint8Array(256);
WORD_ENDS.fill(1, 0, 33);
for (const letter of "{}()[];$*") WORD_ENDS[letter.charCodeAt(0)] = 1;
for (const code of [0xc2, 0xe2, 0xef]) WORD_ENDS[code] = 2;
