/*
 * Reads plain movetexts at the speed of memory. AssemblyScript: `deno task wasm`
 * compiles it into `movetext_wasm.ts`. What a plain movetext is, is said in
 * `movetext_facts.ts`.
 */

export const TEXT_SIZE: i32 = 65536;
/** The text, followed by zeros at which each search stops. */
export const TEXT: usize = memory.data(65664, 16);
export const GUARD_LENGTH: i32 = 64;

/** The text is not plain; … */
export const OTHER: i32 = -1;
/** … else these bits are added to its number of half-moves. */
export const EVALUATION: i32 = 0x10000;
export const CLOCK: i32 = 0x20000;

const SPACE: u32 = 0x20;
/** `!`, `#`, `+` and `?`, as bits. */
const MARKS: u64 = 0x8000080a00000000;
const PERCENT: u32 = 0x25;
const ASTERISK: u32 = 0x2a;
const DOLLAR: u32 = 0x24;
const MINUS: u32 = 0x2d;
const PLUS: u32 = 0x2b;
const DOT: u32 = 0x2e;
const COLON: u32 = 0x3a;
const EQUALS: u32 = 0x3d;
const HASH: u32 = 0x23;
const UPPER_O: u32 = 0x4f;
const OPENING_PARENTHESIS: u32 = 0x28;
const CLOSING_PARENTHESIS: u32 = 0x29;
const SEMICOLON: u32 = 0x3b;
const OPENING_BRACKET: u32 = 0x5b;
const CLOSING_BRACKET: u32 = 0x5d;
const LOWER_X: u32 = 0x78;
const OPENING_BRACE: u32 = 0x7b;
const CLOSING_BRACE: u32 = 0x7d;
/** `-O`, `1-0`, `0-1`, `1/2-`, `-1/2`, `eval` and `clk`. */
const DASH_O: u32 = 0x4f2d;
const WHITE_WINS: u32 = 0x302d31;
const BLACK_WINS: u32 = 0x312d30;
const DRAW_HEAD: u32 = 0x2d322f31;
const DRAW_TAIL: u32 = 0x322f312d;
const EVAL: u32 = 0x6c617665;
const CLK: u32 = 0x6b6c63;
/** Pieces, by their distance from A. */
const PIECES: u32 = 1 << 13 | 1 << 1 | 1 << 17 | 1 << 16 | 1 << 10; // N B R Q K

/** What has been found until now. */
let facts: i32 = 0;
/** Whether it cannot be told what a command in a comment says. */
let isUnsure = false;

/** Reads the text of so many bytes. */
export function read(length: u32): i32 {
  const end = TEXT + length;
  let at = TEXT;
  facts = 0;
  isUnsure = false;
  while (!isUnsure) {
    while (load<u8>(at) <= SPACE) {
      if (at >= end) return OTHER;
      at++;
    }
    const code = <u32> load<u8>(at);
    if (code == OPENING_BRACE) {
      at = endOfComment(at + 1, end, true);
      if (at == end) return OTHER;
      at++;
    } else if (code == OPENING_PARENTHESIS) {
      at = endOfVariation(at, end);
      if (at == end) return OTHER;
    } else if (isDigit(code)) {
      const dot = endOfDigits(at);
      if (load<u8>(dot) != DOT) return isResult(at, end) ? facts : OTHER;
      at = dot + 1;
      while (load<u8>(at) == DOT) at++;
    } else if (code == DOLLAR) {
      at = endOfDigits(at + 1);
      if (load<u8>(at) > SPACE) return OTHER;
    } else if (code == ASTERISK) {
      return load<u8>(at + 1) <= SPACE ? facts : OTHER;
    } else {
      at = endOfMove(at, code);
      if (at == 0) return OTHER;
      facts++;
    }
  }
  return OTHER;
}

/**
 * Where the comment that begins before `at` has its brace; `end` where it is not
 * closed. Its commands are looked at where they count.
 */
function endOfComment(at: usize, end: usize, counts: bool): usize {
  const braces = i8x16.splat(<i8> CLOSING_BRACE);
  const percents = i8x16.splat(<i8> PERCENT);
  for (; at < end; at += 16) {
    const bytes = v128.load(at);
    const found = i8x16.bitmask(i8x16.eq(bytes, braces));
    if (counts) {
      let commands = i8x16.bitmask(i8x16.eq(bytes, percents));
      if (found != 0) commands &= (found & -found) - 1;
      for (; commands != 0; commands &= commands - 1) {
        takeCommand(at + ctz(commands));
      }
    }
    if (found != 0) {
      at += ctz(found);
      return at < end ? at : end;
    }
  }
  return end;
}

/** Takes the command whose percent sign is at `at`, if it is one. */
function takeCommand(at: usize): void {
  if (load<u8>(at - 1) != OPENING_BRACKET) return;
  if (load<u32>(at + 1) == EVAL) {
    if ((facts & EVALUATION) != 0) return;
    if (isEvaluation(at + 5)) facts |= EVALUATION;
    else isUnsure = true;
  } else if ((load<u32>(at + 1) & 0xffffff) == CLK) {
    if ((facts & CLOCK) != 0) return;
    if (isClock(at + 4)) facts |= CLOCK;
    else isUnsure = true;
  }
}

/** Where the variation that begins at `at` ends; `end` where it is not plain. */
function endOfVariation(at: usize, end: usize): usize {
  let depth = 0;
  for (; at < end; at++) {
    switch (<u32> load<u8>(at)) {
      case OPENING_PARENTHESIS:
        depth++;
        break;
      case CLOSING_PARENTHESIS:
        if (--depth == 0) return at + 1 < end ? at + 1 : end;
        break;
      case OPENING_BRACE:
        at = endOfComment(at + 1, end, false);
        break;
      case SEMICOLON:
      case PERCENT:
        return end;
    }
  }
  return end;
}

/** Where the plain move at `start` ends, before a space; or 0. */
function endOfMove(start: usize, code: u32): usize {
  let at = start;
  if (code == UPPER_O) {
    if (load<u16>(at + 1) != DASH_O) return 0;
    at += load<u16>(at + 3) == DASH_O ? 5 : 3;
  } else {
    const isPiece = isPieceLetter(code);
    const square = isPiece ? at + 1 : at;
    at = square;
    for (;; at++) {
      const code = <u32> load<u8>(at);
      if (!isFile(code) && !isRank(code) && code != LOWER_X) break;
    }
    if (at < square + 2) return 0;
    let target = at - 2;
    if (!isFile(load<u8>(target)) || !isRank(load<u8>(target + 1))) return 0;
    const takes = target > square && load<u8>(target - 1) == LOWER_X;
    if (takes) target--;
    const first = <u32> load<u8>(square);
    switch (<i32> (target - square)) {
      case 0:
        if (takes && !isPiece) return 0;
        break;
      case 1:
        if (!isFile(first) && !(isPiece && isRank(first))) return 0;
        if (!isPiece && !takes) return 0;
        break;
      case 2:
        if (!isPiece || !isFile(first) || !isRank(load<u8>(square + 1))) {
          return 0;
        }
        break;
      default:
        return 0;
    }
    if (load<u8>(at) == EQUALS) {
      if (isPiece || !isPieceLetter(load<u8>(at + 1))) return 0;
      at += 2;
    }
  }
  let after = <u32> load<u8>(at);
  while (after < 64 && (MARKS >> <u64> after & 1) != 0) after = load<u8>(++at);
  return after <= SPACE ? at : 0;
}

/** Whether a result and nothing more stands at `at`. */
function isResult(at: usize, end: usize): bool {
  const head = load<u32>(at);
  const score = head & 0xffffff;
  if (score == WHITE_WINS || score == BLACK_WINS) at += 3;
  else if (head == DRAW_HEAD && load<u32>(at + 3) == DRAW_TAIL) at += 7;
  else return false;
  return at <= end && load<u8>(at) <= SPACE;
}

/** Whether ` 0.17]` or ` #-3]` stands at `at`. */
function isEvaluation(at: usize): bool {
  if (load<u8>(at) != SPACE) return false;
  at++;
  const isMate = load<u8>(at) == HASH;
  if (isMate) at++;
  const sign = <u32> load<u8>(at);
  if (sign == MINUS || sign == PLUS) at++;
  let end = endOfNumber(at, isMate ? 6 : 9);
  if (end != 0 && !isMate && load<u8>(end) == DOT) {
    at = end + 1;
    end = endOfDigits(at);
    if (end > at + 9) return false;
  }
  return end != 0 && load<u8>(end) == CLOSING_BRACKET;
}

/** Whether ` 0:05:00]` stands at `at`. */
function isClock(at: usize): bool {
  if (load<u8>(at) != SPACE) return false;
  for (let colons = 0; colons < 2; colons++) {
    at = endOfNumber(at + 1, 9);
    if (at == 0 || load<u8>(at) != COLON) return false;
  }
  at = endOfNumber(at + 1, 9);
  return at != 0 && load<u8>(at) == CLOSING_BRACKET;
}

/** Where a number of one to `most` digits ends, or 0. */
function endOfNumber(at: usize, most: usize): usize {
  const end = endOfDigits(at);
  return end > at && end <= at + most ? end : 0;
}

function endOfDigits(at: usize): usize {
  while (isDigit(load<u8>(at))) at++;
  return at;
}

function isDigit(code: u32): bool {
  return code - 0x30 < 10;
}

function isFile(code: u32): bool {
  return code - 0x61 < 8;
}

function isRank(code: u32): bool {
  return code - 0x31 < 8;
}

function isPieceLetter(code: u32): bool {
  return code - 0x41 < 26 && (PIECES >> (code - 0x41) & 1) != 0;
}
