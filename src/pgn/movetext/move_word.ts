// Reads one word of movetext as a move, in any of its spellings; what it means on a board is not asked.
import { dashLength, MINUS, SPACE } from "../syntax.ts";

/** The word is no move. */
export const NO_MOVE = -1;

/** What {@linkcode readMoveWord} packs into a number. */
export const TO_FILE_SHIFT = 0;
export const TO_RANK_SHIFT = 3;
/** One more than the file or rank of departure; 0 where it is not written. */
export const FROM_FILE_SHIFT = 6;
export const FROM_RANK_SHIFT = 10;
/** P 1, N 2, B 3, R 4, Q 5, K 6; 0 where none is written. */
export const PIECE_SHIFT = 14;
export const PROMOTION_SHIFT = 17;
export const KIND_SHIFT = 20;

/** Kinds of moves. */
export const PLAIN = 0;
export const CASTLING_SHORT = 1;
export const CASTLING_LONG = 2;
export const NULL = 3;
/** A piece put on the board, as in Crazyhouse. */
export const DROP = 4;

/** Where the move ends that {@linkcode readPlainMove} read last. */
export let plainEnd = 0;

/**
 * Reads a move as nearly all are written: SAN or coordinates. What comes after
 * the move is read as far as it may belong to it, so it must be looked at where
 * the move ends: only where a word ends too, it is one.
 *
 * @returns What was read, packed, or {@linkcode NO_MOVE}.
 */
export function readPlainMove(bytes: Uint8Array, start: number): number {
  let at = start;
  const piece = PIECES[bytes[at]];
  if (piece >= SPECIAL) return NO_MOVE;
  if (piece !== 0) at++;
  let file = bytes[at] - LOWER_A;
  if (file >= 0 && file < 8) at++;
  else file = -1;
  let rank = bytes[at] - DIGIT_1;
  if (rank >= 0 && rank < 8) at++;
  else rank = -1;

  // What was read is where the piece comes from, if another square follows.
  let from = 0;
  let next = bytes[at];
  if (next > SPACE) {
    const target = SEPARATORS[next] === 1 ? at + 1 : at;
    const toFile = bytes[target] - LOWER_A;
    if (toFile >= 0 && toFile < 8) {
      const toRank = bytes[target + 1] - DIGIT_1;
      if (toRank >= 0 && toRank < 8) {
        from = file + 1 << FROM_FILE_SHIFT | rank + 1 << FROM_RANK_SHIFT;
        file = toFile;
        rank = toRank;
        at = target + 2;
        next = bytes[at];
      }
    }
  }
  if (file < 0 || rank < 0) return NO_MOVE;
  let move = file << TO_FILE_SHIFT | rank << TO_RANK_SHIFT | from |
    piece << PIECE_SHIFT;
  if (next > SPACE) {
    const promotion = PROMOTIONS[next === EQUALS ? bytes[at + 1] : next];
    if (promotion !== 0) {
      move |= promotion << PROMOTION_SHIFT;
      at += next === EQUALS ? 2 : 1;
    }
    at = endOfMarks(bytes, at);
  }
  plainEnd = at;
  return move;
}

/**
 * Reads a word as a move: SAN with as much of the square of departure as one
 * likes, coordinates, castling with O or 0 and any dash, a null move; with
 * figurines too. Marks for captures, en passant, checks and quality mean nothing.
 *
 * @returns What was read, packed, or {@linkcode NO_MOVE}.
 */
export function readMoveWord(
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  if (PIECES[bytes[start]] === SPECIAL) return readSpecial(bytes, start, end);
  const move = readPlainMove(bytes, start);
  return move !== NO_MOVE && plainEnd === end
    ? move
    : readUnusual(bytes, start, end);
}

/** Whether a word is a move. */
export function isMove(bytes: Uint8Array, start: number, end: number): boolean {
  return readMoveWord(bytes, start, end) !== NO_MOVE;
}

/** Whether a word begins with a move, to which a result may be glued. */
export function isMoveBeginning(
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  for (const glued of [0, 3, 7]) {
    if (end - glued > start && isMove(bytes, start, end - glued)) return true;
  }
  return false;
}

/** Whether a word is an annotation that is written apart from its move. */
export function isAnnotation(
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  if (end - start > MAX_WORD_LENGTH) return false;
  let text = "";
  for (let at = start; at < end;) {
    const length = glyphLength(bytes, at);
    if (length > 0) {
      text += "~";
      at += length;
    } else {
      const dash = dashLength(bytes, at);
      text += dash > 0 ? "-" : String.fromCharCode(bytes[at]);
      at += dash || 1;
    }
  }
  return ANNOTATION_REGEXP.test(text);
}

/** Castling or a null move. */
function readSpecial(bytes: Uint8Array, start: number, end: number): number {
  if (isCastlingLetter(bytes[start])) {
    if (
      end - start > 2 && bytes[start + 1] === MINUS &&
      isCastlingLetter(bytes[start + 2])
    ) {
      let at = start + 3;
      let kind = CASTLING_SHORT;
      if (
        end - at > 1 && bytes[at] === MINUS && isCastlingLetter(bytes[at + 1])
      ) {
        at += 2;
        kind = CASTLING_LONG;
      }
      if (endOfMarks(bytes, at) === end) return kind << KIND_SHIFT;
    }
  }
  for (const name of NULL_MOVES) {
    let i = 0;
    while (i < name.length && bytes[start + i] === name.charCodeAt(i)) i++;
    if (i === name.length && endOfMarks(bytes, start + i) === end) {
      return NULL << KIND_SHIFT;
    }
  }
  return readUnusual(bytes, start, end);
}

/** A word with figurines or dashes beyond ASCII, or a piece that is dropped. */
function readUnusual(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > MAX_WORD_LENGTH) return NO_MOVE;
  let isAscii = true;
  for (let at = start; at < end; at++) if (bytes[at] >= 0x80) isAscii = false;
  if (isAscii) return readDrop(bytes, start, end);
  const plain = PLAIN_WORD;
  let length = 0;
  for (let at = start; at < end;) {
    if (bytes[at] < 0x80) {
      plain[length++] = bytes[at++];
      continue;
    }
    const figurine = figurineAt(bytes, at);
    const dash = dashLength(bytes, at);
    const glyph = glyphLength(bytes, at);
    if (figurine > 0) {
      // Of a pawn no letter is needed, nor expected before a file.
      plain[length++] = figurine;
      at += 3;
    } else if (dash > 0) {
      plain[length++] = MINUS;
      at += dash;
    } else if (isVariationSelector(bytes, at)) at += 3;
    else if (bytes[at] === 0xc3 && bytes[at + 1] === 0x97) { // ×
      plain[length++] = LOWER_X;
      at += 2;
    } else if (glyph > 0) {
      plain[length++] = EXCLAMATION_MARK;
      at += glyph;
    } else return NO_MOVE;
  }
  plain[length] = 0;
  return readMoveWord(plain, 0, length);
}

function readDrop(bytes: Uint8Array, start: number, end: number): number {
  const at = bytes[start] === AT_SIGN ? start : start + 1;
  if (bytes[at] !== AT_SIGN || end - at < 3) return NO_MOVE;
  const file = bytes[at + 1] - LOWER_A;
  const rank = bytes[at + 2] - DIGIT_1;
  return file >= 0 && file < 8 && rank >= 0 && rank < 8 &&
      endOfMarks(bytes, at + 3) === end
    ? DROP << KIND_SHIFT
    : NO_MOVE;
}

/** Where the marks after a move end. */
function endOfMarks(bytes: Uint8Array, start: number): number {
  let at = start;
  if (bytes[at] === LOWER_E) at = endOfPassing(bytes, at);
  while (MARKS[bytes[at]] === 1) at++;
  if (bytes[at] === LOWER_E) at = endOfPassing(bytes, at);
  return bytes[at] === LOWER_M && bytes[at + 1] === LOWER_A &&
      bytes[at + 2] === LOWER_T && bytes[at + 3] === LOWER_E
    ? at + 4
    : at;
}

/** Where an "ep" or "e.p." ends; where none is, its beginning. */
function endOfPassing(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  if (bytes[at] === FULL_STOP) at++;
  if (bytes[at] !== LOWER_P) return start;
  at++;
  return bytes[at] === FULL_STOP ? at + 1 : at;
}

/** The letter of the piece whose figurine begins at `at`, or 0. */
function figurineAt(bytes: Uint8Array, at: number): number {
  const index = bytes[at + 2] - 0x94;
  return bytes[at] === 0xe2 && bytes[at + 1] === 0x99 && index >= 0 &&
      index < 12
    ? "KQRBNP".charCodeAt(index % 6)
    : 0;
}

/** The length of the annotation beyond ASCII at `at`, such as `±` or `∞`, or 0. */
function glyphLength(bytes: Uint8Array, at: number): number {
  if (bytes[at] === 0xc2 && bytes[at + 1] === 0xb1) return 2;
  const second = bytes[at + 1];
  // Arrows, mathematical operators, geometric shapes: U+2190 to U+2BFF.
  return bytes[at] === 0xe2 && second >= 0x86 && second <= 0xaf &&
      figurineAt(bytes, at) === 0 && dashLength(bytes, at) === 0
    ? 3
    : 0;
}

function isVariationSelector(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0xef && bytes[at + 1] === 0xb8 &&
    (bytes[at + 2] === 0x8e || bytes[at + 2] === 0x8f);
}

function isCastlingLetter(code: number): boolean {
  return code === UPPER_O || code === DIGIT_0 || code === LOWER_O;
}

const NULL_MOVES = ["--", "Z0", "0000", "@@@@", "null", "pass", "<>"];
/** `~` stands for an annotation beyond ASCII. */
const ANNOTATION_REGEXP =
  /^(?:[-+]\/?[-+=]|=\/?[-+]|[=~#]+|\+{1,2}|[!?]+|N|D|RR|mate|e\.?p\.?)[!?]*$/;
const MAX_WORD_LENGTH = 60;
/** A word of {@linkcode readUnusual} in ASCII, with room for a 0 after it. */
const PLAIN_WORD = new Uint8Array(MAX_WORD_LENGTH + 4);

const EXCLAMATION_MARK = 33;
const FULL_STOP = 46;
const DIGIT_0 = 48;
const DIGIT_1 = 49;
const EQUALS = 61;
const AT_SIGN = 64;
const UPPER_O = 79;
const LOWER_A = 97;
const LOWER_E = 101;
const LOWER_M = 109;
const LOWER_O = 111;
const LOWER_P = 112;
const LOWER_T = 116;
const LOWER_X = 120;

const SPECIAL = 8;
/** By the first letter, the piece; what may be castling or a null move. */
const PIECES = table(
  { P: 1, N: 2, B: 3, R: 4, Q: 5, K: 6 },
  { O: 8, o: 8, 0: 8, "-": 8, Z: 8, "@": 8, n: 8, p: 8, "<": 8 },
);
const PROMOTIONS = table(
  { N: 2, B: 3, R: 4, Q: 5, K: 6 },
  { n: 2, b: 3, r: 4, q: 5, k: 6 },
);
const SEPARATORS = table({ x: 1, ":": 1, "-": 1 });
const MARKS = table(
  { "+": 1, "#": 1, "!": 1, "?": 1, "=": 1, "-": 1, "/": 1, "~": 1 },
);

function table(...entries: Record<string, number>[]): Uint8Array {
  const values = new Uint8Array(256);
  for (const entry of entries) {
    for (const [letter, value] of Object.entries(entry)) {
      values[letter.charCodeAt(0)] = value;
    }
  }
  return values;
}
