/*
 * Finds plain games at the speed of memory. AssemblyScript: `deno task wasm`
 * compiles it into `plain_games_wasm.ts`. What a plain game is, and why it may be
 * taken at once, is said in `plain_games.ts`.
 *
 * Sixteen bytes are looked at in one step. To which sets a byte belongs is told
 * by the bits that the entries of its lower and of its upper half, in a table of
 * sixteen bytes each, have in common. Tables are loaded once in a function: as
 * constants they would be made anew at each step.
 */

export const MAX_NAMES: i32 = 32;
export const MAX_NAME_LENGTH: i32 = 16;
export const TEXT_SIZE: i32 = 131072;
export const RECORDS_SIZE: i32 = 131072;

/** The names of the tags wanted, each with zeros after it, and their lengths. */
export const NAMES: usize = memory.data(512, 16);
export const NAME_LENGTHS: usize = memory.data(32, 16);

/** For each game, its start and end, and those of the value of each tag wanted. */
export const RECORDS: usize = memory.data(131072, 16);

/** The text, followed by line feeds at which each search stops. */
export const TEXT: usize = memory.data(131136, 16);
export const GUARD_LENGTH: i32 = 64;

/** Why `scan` stopped: what comes next is no plain game, or nothing; … */
export const OTHER: i32 = 0;
/** … it may be a plain game whose end has not come; … */
export const UNFINISHED: i32 = 1;
/** … or it has not been looked at, as there is no more room for records. */
export const FULL: i32 = 2;
const FOUND: i32 = 3;

/** How many games the last `scan` found. */
export let count: i32 = 0;
/** Where it stopped: at what may be a game, else at the end of the last one. */
export let position: i32 = 0;

/** Where the game ends that `find` has found. */
let gameEnd: usize = 0;

const LINE_FEED: u32 = 0x0a;
const CARRIAGE_RETURN: u32 = 0x0d;
const SPACE: u32 = 0x20;
const QUOTE: u32 = 0x22;
const PERCENT: u32 = 0x25;
const OPENING_PARENTHESIS: u32 = 0x28;
const CLOSING_PARENTHESIS: u32 = 0x29;
const ASTERISK: u32 = 0x2a;
const HYPHEN: u32 = 0x2d;
const SEMICOLON: u32 = 0x3b;
const OPENING_BRACKET: u32 = 0x5b;
const CLOSING_BRACKET: u32 = 0x5d;
const OPENING_BRACE: u32 = 0x7b;
const CLOSING_BRACE: u32 = 0x7d;
/** The first bytes of white space beyond ASCII. */
const SPACE_LEAD_1: u32 = 0xc2;
const SPACE_LEAD_2: u32 = 0xe2;
const SPACE_LEAD_3: u32 = 0xef;
/** What stands between the name and the value of a tag: ` "`. */
const GAP: u32 = 0x2220;
/** `0-1` and `1-0` without their hyphens. */
const BLACK_WINS: u32 = 0x3130;
const WHITE_WINS: u32 = 0x3031;
/** `1/2-` and `-1/2`. */
const DRAW_HEAD: u32 = 0x2d322f31;
const DRAW_TAIL: u32 = 0x322f312d;
/** `1/` and `2`. */
const HALF: u32 = 0x2f31;
const TWO: u32 = 0x32;

const MAX_TAGS_LENGTH: usize = 65536;

/** Letters, digits and the underscore. */
const NAME_TABLES: usize = memory.data<u8>([
  13, 15, 15, 15, 15, 15, 15, 15, 15, 15, 14, 2, 2, 2, 2, 6,
  0, 0, 0, 1, 2, 4, 2, 8, 0, 0, 0, 0, 0, 0, 0, 0,
], 16);
/** `"`, `\`, `[`, carriage return and line feed. */
const VALUE_TABLES: usize = memory.data<u8>([
  0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 4, 4, 1, 0, 0,
  1, 0, 2, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
], 16);
/** `{`, `(`, `)`, `;`, `*`, `-`, `/`, line feed, carriage return and all beyond ASCII. */
const MOVES_TABLES: usize = memory.data<u8>([
  16, 16, 16, 16, 16, 16, 16, 16, 18, 18, 19, 28, 16, 19, 16, 18,
  1, 0, 2, 4, 0, 0, 0, 8, 16, 16, 16, 16, 16, 16, 16, 16,
], 16);

/**
 * Finds plain games that follow each other.
 *
 * @param start Where to begin in the text: between games.
 * @param length How long the text is.
 * @param names How many tags are wanted.
 * @param maxLength The longest game.
 * @returns Why it stopped.
 */
export function scan(
  start: u32,
  length: u32,
  names: u32,
  maxLength: u32,
): i32 {
  const end = TEXT + length;
  const size = 8 + 8 * names;
  const lastRecord = RECORDS + RECORDS_SIZE - size;
  let lengths: u32 = 0;
  for (let i: u32 = 0; i < names; i++) {
    lengths |= 1 << load<u8>(NAME_LENGTHS + i);
  }
  let record = RECORDS;
  let at = TEXT + start;
  let last = at;
  let status = OTHER;
  count = 0;
  for (;;) {
    while (at < end && load<u8>(at) <= SPACE) at++;
    if (at == end || load<u8>(at) != OPENING_BRACKET) {
      at = last;
      break;
    }
    if (record > lastRecord) {
      status = FULL;
      break;
    }
    status = find(at, end, record + 8, names, lengths);
    if (status == UNFINISHED && end - at > maxLength) status = OTHER;
    if (status != FOUND) break;
    status = OTHER;
    if (gameEnd - at > maxLength) break;
    store<u32>(record, <u32> (at - TEXT));
    store<u32>(record + 4, <u32> (gameEnd - TEXT));
    record += size;
    count++;
    last = at = gameEnd;
  }
  position = <i32> (at - TEXT);
  return status;
}

/**
 * Finds the end of the plain game that may begin at `start`, and puts where the
 * values of the tags wanted stand into `places`.
 *
 * @param lengths A bit for the length of each name.
 */
function find(
  start: usize,
  end: usize,
  places: usize,
  names: u32,
  lengths: u32,
): i32 {
  for (let i: u32 = 0; i < names; i++) store<u64>(places + 8 * i, 0);
  const nameLow = v128.load(NAME_TABLES);
  const nameHigh = v128.load(NAME_TABLES, 16);
  const valueLow = v128.load(VALUE_TABLES);
  const valueHigh = v128.load(VALUE_TABLES, 16);
  let at = start;
  do {
    // Both quotes of most tags are found at once: the next tag is reached
    // before it is known whether the name of this one is right.
    const first = v128.load(at);
    const second = v128.load(at, 16);
    const quotes = (bits(classify(first, valueLow, valueHigh)) |
      bits(classify(second, valueLow, valueHigh)) << 16) & ~1;
    if (quotes == 0) return OTHER; // the name is too long
    const quote = <u32> ctz(quotes);
    const name = at + 1;
    const value = at + quote + 1;
    const closing = quotes & (quotes - 1);
    at = closing != 0 ? at + ctz(closing) : next(at + 32, valueLow, valueHigh);
    if (load<u16>(value - 2) != GAP) return missing(value - 1, end);
    const length = quote - 2;
    let nameBits = bits(classify(first, nameLow, nameHigh));
    if (length > 14) {
      nameBits |= bits(classify(second, nameLow, nameHigh)) << 16;
    }
    if (<u32> ctz(~(nameBits | 1)) != length + 1 || length == 0) return OTHER;
    if (load<u8>(at) != QUOTE) return missing(at, end);
    if (lengths >> length & 1) note(name, length, value, at, places, names);
    if (load<u8>(at + 1) != CLOSING_BRACKET) return missing(at + 1, end);
    at += 2;
    // Not as one condition: the next tag would wait for its outcome.
    if (load<u8>(at) == CARRIAGE_RETURN) {
      if (load<u8>(++at) != LINE_FEED) return OTHER;
    } else if (load<u8>(at) != LINE_FEED) return OTHER;
    if (at >= end) return UNFINISHED;
    at++;
  } while (load<u8>(at) == OPENING_BRACKET);
  if (load<u8>(at) == CARRIAGE_RETURN) at++;
  if (at >= end) return UNFINISHED;
  if (load<u8>(at) != LINE_FEED) return OTHER;
  at++;
  if (at - start > MAX_TAGS_LENGTH) return OTHER;

  let move = at;
  while (load<u8>(move) <= SPACE && load<u8>(move) != LINE_FEED) move++;
  if (move >= end) return UNFINISHED;
  switch (<u32> load<u8>(move)) {
    case LINE_FEED:
    case OPENING_BRACKET:
    case PERCENT:
      return OTHER;
  }
  return findEnd(at, end);
}

/** Finds the end of the movetext that begins at `at`. */
function findEnd(at: usize, end: usize): i32 {
  const low = v128.load(MOVES_TABLES);
  const high = v128.load(MOVES_TABLES, 16);
  let depth: u32 = 0;
  for (;; at++) {
    at = next(at, low, high);
    if (at >= end) return UNFINISHED;
    let before = at - 1;
    let after = at + 1;
    switch (<u32> load<u8>(at)) {
      case OPENING_BRACE:
        for (;;) {
          at = endOfComment(at + 1);
          if (at >= end) return UNFINISHED;
          if (load<u8>(at) == CLOSING_BRACE) break;
          if (load<u8>(at) == CARRIAGE_RETURN) {
            if (++at >= end) return UNFINISHED;
            if (load<u8>(at) != LINE_FEED) return OTHER;
          }
          if (at + 1 >= end) return UNFINISHED;
          if (!isPlainLine(at + 1)) return OTHER;
        }
        continue;
      case OPENING_PARENTHESIS:
        depth++;
        continue;
      case CLOSING_PARENTHESIS:
        if (depth > 0) depth--;
        continue;
      case SEMICOLON:
        return OTHER;
      case CARRIAGE_RETURN:
        if (after >= end) return UNFINISHED;
        if (load<u8>(after) != LINE_FEED) return OTHER;
        continue;
      case LINE_FEED:
        if (after >= end) return UNFINISHED;
        if (!isPlainLine(after)) return OTHER;
        continue;
      case HYPHEN: {
        if (depth > 0) continue;
        if (after >= end) return UNFINISHED;
        const score = <u32> load<u8>(before) | <u32> load<u8>(after) << 8;
        if (score != BLACK_WINS && score != WHITE_WINS) continue;
        before--;
        after++;
        break;
      }
      case ASTERISK:
        if (depth > 0) continue;
        break;
      default: // a slash, or beyond ASCII
        if (load<u8>(at) >= 0x80) return OTHER;
        if (depth > 0) continue;
        if (at + 6 > end) return UNFINISHED;
        if (
          load<u32>(before) != DRAW_HEAD || load<u32>(at + 2) != DRAW_TAIL
        ) {
          // Alone, `1/2` may be a result too.
          if (load<u16>(before) == HALF && load<u8>(after) == TWO) return OTHER;
          continue;
        }
        before--;
        after = at + 6;
    }
    if (after >= end) return UNFINISHED;
    if (load<u8>(before) > SPACE || load<u8>(after) > SPACE) return OTHER;
    gameEnd = after;
    return FOUND;
  }
}

/** Keeps where a value stands if its tag is wanted; of doubled tags the last. */
function note(
  name: usize,
  length: u32,
  value: usize,
  end: usize,
  places: usize,
  names: u32,
): void {
  const bytes = v128.load(name);
  const all = (1 << length) - 1;
  for (let i: u32 = 0; i < names; i++) {
    if (load<u8>(NAME_LENGTHS + i) != length) continue;
    const wanted = v128.load(NAMES + 16 * i);
    if ((i8x16.bitmask(i8x16.eq(bytes, wanted)) & all) != all) continue;
    store<u32>(places + 8 * i, <u32> (value - TEXT));
    store<u32>(places + 8 * i + 4, <u32> (end - TEXT));
  }
}

/** What is said of a byte at `at` that is not the one that should stand there. */
function missing(at: usize, end: usize): i32 {
  return at >= end ? UNFINISHED : OTHER;
}

/**
 * Whether the line at `at`, among moves or in a comment, is neither empty nor
 * may begin a tag or an escaped line.
 */
function isPlainLine(at: usize): bool {
  const byte = <u32> load<u8>(at);
  return byte > SPACE && byte != OPENING_BRACKET && byte != PERCENT &&
    byte != SPACE_LEAD_1 && byte != SPACE_LEAD_2 && byte != SPACE_LEAD_3;
}

/** Finds the next `}` or line end. */
function endOfComment(at: usize): usize {
  const braces = i8x16.splat(<i8> CLOSING_BRACE);
  const lineFeeds = i8x16.splat(<i8> LINE_FEED);
  const returns = i8x16.splat(<i8> CARRIAGE_RETURN);
  for (;; at += 16) {
    const bytes = v128.load(at);
    const ends = i8x16.bitmask(
      v128.or(
        v128.or(i8x16.eq(bytes, braces), i8x16.eq(bytes, lineFeeds)),
        i8x16.eq(bytes, returns),
      ),
    );
    if (ends != 0) {
      at += ctz(ends);
      break;
    }
  }
  return at;
}

/** Finds the next byte of a set. */
function next(at: usize, low: v128, high: v128): usize {
  for (;; at += 16) {
    const found = bits(classify(v128.load(at), low, high));
    if (found != 0) {
      at += ctz(found);
      break;
    }
  }
  return at;
}

/** Not zero for each byte that is of a set. */
function classify(bytes: v128, low: v128, high: v128): v128 {
  return v128.and(
    i8x16.swizzle(low, v128.and(bytes, i8x16.splat(0x0f))),
    i8x16.swizzle(high, i8x16.shr_u(bytes, 4)),
  );
}

/** A bit for each byte that is not zero. */
function bits(bytes: v128): i32 {
  return i8x16.bitmask(i8x16.ne(bytes, i8x16.splat(0)));
}
