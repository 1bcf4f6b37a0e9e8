import { latin1Text, type RawGame, rawText } from "./raw_game.ts";
import { ecoNumber, ecoNumberOf } from "../filter/playstyle.ts";
import { readRating, readRatingBytes } from "../filter/rating.ts";

/**
 * The tags of a game by name, without a prototype. Where a tag is doubled, the
 * last one wins.
 *
 * Names as Lichess writes them: `Event`, `Site`, `White`, `WhiteElo`, `ECO`,
 * `TimeControl`, … Any of them may be absent or hold `?`.
 */
export type Tags = Readonly<Partial<Record<string, string>>>;

/** Longest name of a tag; what is longer is no tag. */
const MAX_NAME_LENGTH = 255;

/** A tag's head is decided within this many characters. */
export const MAX_TAG_HEAD_LENGTH = 2 * MAX_NAME_LENGTH;

/** A tag's end is decided within this many characters of its beginning. */
export const MAX_TAG_LENGTH = 1 << 16;

// The tag that scanHead() and scanTag() found last: offsets in its text. They
// are not returned in an object as a filter reads millions of tags.
let nameStart = 0;
let nameEnd = 0;
let valueStart = 0;
let valueEnd = 0;
let escaped = false;

/**
 * Whether a tag pair begins at `offset`, judged by its head: bracket, name,
 * quote. What has no such head is no tag, whatever its brackets (`[%clk 0:05:00]`).
 */
export function isTagHead(text: string, offset: number): boolean {
  return scanHead(text, offset);
}

/**
 * Finds the end of the tag pair whose head stands at `offset`.
 *
 * In a value, a backslash escapes a quote. A quote that no bracket follows is
 * part of the value, as real files forget to escape it; and where a tag would
 * not end on its line otherwise, a backslash is a plain character.
 *
 * @returns The offset behind its closing bracket, or -1 where it does not end
 * on its line or within {@linkcode MAX_TAG_LENGTH} characters.
 */
export function endOfTag(text: string, offset: number): number {
  return scanHead(text, offset) ? scanValue(text, offset + MAX_TAG_LENGTH) : -1;
}

/**
 * Reads all tags of one game.
 *
 * @param text The text of the game.
 * @returns Its tags.
 */
export function readTags(text: string): Tags {
  const tags: Record<string, string> = Object.create(null);
  visitTags(text, 0, text.length, () => {
    tags[text.slice(nameStart, nameEnd)] = readValue(text);
  });
  return tags;
}

/**
 * Finds where a game's movetext begins.
 *
 * @param text The text of the game.
 * @returns The offset behind its tags and the comment lines and empty lines
 * among them.
 */
export function endOfTags(text: string): number {
  return visitTags(text, 0, text.length, () => {});
}

/**
 * Finds the tags that have one of these names, as they are written.
 *
 * @param text The text of the game.
 * @param names The names wanted.
 * @returns The tag pairs in order, doubled ones too.
 */
export function tagsAsWritten(
  text: string,
  names: ReadonlySet<string>,
): string[] {
  const tags: string[] = [];
  visitTags(text, 0, text.length, (_, start, end) => {
    if (names.has(text.slice(nameStart, nameEnd))) {
      tags.push(text.slice(start, end));
    }
  });
  return tags;
}

/**
 * Reads only the tags named, without an object for each game.
 *
 * The text may be bytes taken for Latin-1 characters: what is a tag depends on
 * ASCII alone.
 */
export class TagReader {
  readonly #names: readonly string[];
  /** For each length and first letter, the names that it may be, as bits. */
  readonly #candidates = new Uint32Array((MAX_NAME_LENGTH + 1) * 128);
  readonly #values: (string | undefined)[];
  readonly #known = new KnownValues();
  /** The game whose tags are read, where it is known where they stand. */
  #game: RawGame | undefined;
  /** Which of the spans told with games are those of the names. */
  #columns: Columns | undefined;
  /** Where the value stands that was found last. */
  #start = 0;
  #end = 0;

  /** Creates a reader of at most 32 tags. */
  constructor(names: readonly string[]) {
    this.#names = names;
    this.#values = names.map(() => undefined);
    names.forEach((name, i) => {
      this.#candidates[name.length * 128 + name.charCodeAt(0)] |= 1 << i;
    });
  }

  /**
   * Turns to a game.
   *
   * @param game The game, or its text.
   */
  read(game: RawGame | string): void {
    this.#game = undefined;
    if (typeof game !== "string" && this.#knowsSpans(game)) {
      this.#game = game;
      return;
    }
    const text = rawText(game);
    this.#values.fill(undefined);
    visitTags(text, 0, text.length, this.#visit);
  }

  /** The value of the tag named at `index`, the last one where it is doubled. */
  value(index: number): string | undefined {
    const game = this.#game;
    if (game === undefined) return this.#values[index];
    return this.#find(game, index)
      ? this.#known.get(game.bytes, this.#start, this.#end)
      : undefined;
  }

  /** The number of the ECO code that is the value, see {@linkcode ecoNumber}. */
  ecoNumber(index: number): number {
    const game = this.#game;
    if (game === undefined) return ecoNumber(this.#values[index] ?? "");
    if (!this.#find(game, index) || this.#end - this.#start < 3) return -1;
    const { bytes } = game;
    const start = this.#start;
    return ecoNumberOf(bytes[start], bytes[start + 1], bytes[start + 2]);
  }

  /** The rating that is the value, see {@linkcode readRating}. */
  rating(index: number): number | undefined {
    const game = this.#game;
    if (game === undefined) return readRating(this.#values[index]);
    return this.#find(game, index)
      ? readRatingBytes(game.bytes, this.#start, this.#end)
      : undefined;
  }

  /** Finds where the value stands; `false` where there is no such tag. */
  #find({ spans, index: game }: RawGame, index: number): boolean {
    const { offsets, base, names } = spans!;
    const place = game * (2 + 2 * names.length) + this.#columns!.of[index];
    const start = offsets[place];
    if (start === 0) return false; // no value stands before its game
    this.#start = base + start;
    this.#end = base + offsets[place + 1];
    return true;
  }

  #knowsSpans({ spans }: RawGame): boolean {
    if (spans === undefined) return false;
    const { names } = spans;
    if (this.#columns?.names !== names) {
      const of = this.#names.map((name) => 2 + 2 * names.indexOf(name));
      this.#columns = { names, of, areAll: !of.includes(0) };
    }
    return this.#columns.areAll;
  }

  readonly #visit = (text: string): void => {
    const key = (nameEnd - nameStart) * 128 + text.charCodeAt(nameStart);
    let bits = this.#candidates[key];
    while (bits !== 0) {
      const i = 31 - Math.clz32(bits);
      bits &= ~(1 << i);
      if (text.startsWith(this.#names[i], nameStart)) {
        this.#values[i] = readValue(text);
      }
    }
  };
}

/** Which spans are those of a reader's tags. */
interface Columns {
  readonly names: readonly string[];
  readonly of: readonly number[];
  /** Whether each of the reader's tags has one. */
  readonly areAll: boolean;
}

/** How many values are kept, as bits of their number. */
const KNOWN_VALUES_BITS = 12;

/**
 * Makes strings of bytes, each a character as in Latin-1. Tags have the same
 * short values again and again: those met before are looked up, not made anew.
 */
class KnownValues {
  readonly #values: string[] = new Array(1 << KNOWN_VALUES_BITS).fill("");
  /** The bytes of each value: its first four and the four behind. */
  readonly #firsts = new Int32Array(1 << KNOWN_VALUES_BITS);
  readonly #seconds = new Int32Array(1 << KNOWN_VALUES_BITS);

  get(bytes: Uint8Array, start: number, end: number): string {
    const length = end - start;
    if (length > 8) return latin1Text(bytes.subarray(start, end));
    let first = 0;
    let second = 0;
    let at = start;
    for (const middle = Math.min(end, start + 4); at < middle; at++) {
      first = first << 8 | bytes[at];
    }
    for (; at < end; at++) second = second << 8 | bytes[at];
    const mixed = Math.imul(first ^ Math.imul(second, 0x9e3779b1), 0x85ebca6b);
    const place = mixed >>> (32 - KNOWN_VALUES_BITS);
    const value = this.#values[place];
    if (
      this.#firsts[place] === first && this.#seconds[place] === second &&
      value.length === length
    ) return value;
    this.#firsts[place] = first;
    this.#seconds[place] = second;
    return this.#values[place] = latin1Text(bytes.subarray(start, end));
  }
}

/**
 * Walks over the tag section from `start` and calls `visit` at each tag. The
 * rest of a line on which a tag does not end is passed over. Returns the offset
 * of what is neither tag, comment line nor white space.
 */
function visitTags(
  text: string,
  start: number,
  end: number,
  visit: (text: string, start: number, end: number) => void,
): number {
  let offset = start;
  while (offset < end) {
    const code = text.charCodeAt(offset);
    if (code <= SPACE) {
      offset++;
    } else if (code === OPENING_BRACKET) {
      const tagEnd = scanHead(text, offset)
        ? scanValue(text, offset + MAX_TAG_LENGTH)
        : -1;
      if (tagEnd === -1) {
        offset = endOfLine(text, offset, end);
      } else {
        visit(text, offset, tagEnd);
        offset = tagEnd;
      }
    } else if (
      code === SEMICOLON ||
      code === PERCENT &&
        (offset === start || text.charCodeAt(offset - 1) === NEWLINE)
    ) {
      offset = endOfLine(text, offset, end);
    } else break;
  }
  return Math.min(offset, end);
}

function endOfLine(text: string, offset: number, end: number): number {
  const newline = text.indexOf("\n", offset);
  return newline === -1 ? end : newline;
}

function scanHead(text: string, offset: number): boolean {
  if (text.charCodeAt(offset) !== OPENING_BRACKET) return false;
  const limit = offset + MAX_TAG_HEAD_LENGTH;
  nameStart = skipBlanks(text, offset + 1, limit);
  nameEnd = nameStart;
  while (nameEnd < limit && isNameCode(text.charCodeAt(nameEnd))) {
    if (++nameEnd - nameStart > MAX_NAME_LENGTH) return false;
  }
  if (nameEnd === nameStart) return false;
  const quote = skipBlanks(text, nameEnd, limit);
  valueStart = quote + 1;
  return quote < limit && text.charCodeAt(quote) === QUOTE;
}

function scanValue(text: string, limit: number): number {
  escaped = false;
  for (let offset = valueStart; offset < limit; offset++) {
    const code = text.charCodeAt(offset);
    if (code === QUOTE) {
      const end = closingEnd(text, offset, limit);
      if (end !== -1) return end;
    } else if (code === BACKSLASH) {
      const next = text.charCodeAt(offset + 1);
      if (next !== NEWLINE && next !== CARRIAGE_RETURN) offset++;
      escaped = true;
    } else if (isLineEnd(code)) break;
  }
  if (!escaped) return -1;
  escaped = false;
  for (let offset = valueStart; offset < limit; offset++) {
    const code = text.charCodeAt(offset);
    if (code === QUOTE) {
      const end = closingEnd(text, offset, limit);
      if (end !== -1) return end;
    } else if (isLineEnd(code)) break;
  }
  return -1;
}

/** Where the tag ends when its value ends at the quote at `offset`, or -1. */
function closingEnd(text: string, offset: number, limit: number): number {
  const bracket = skipBlanks(text, offset + 1, limit);
  if (bracket >= limit || text.charCodeAt(bracket) !== CLOSING_BRACKET) {
    return -1;
  }
  valueEnd = offset;
  return bracket + 1;
}

function readValue(text: string): string {
  const value = text.slice(valueStart, valueEnd);
  return escaped ? value.replace(/\\(["\\])/g, "$1") : value;
}

function skipBlanks(text: string, offset: number, limit: number): number {
  while (offset < limit && isBlank(text.charCodeAt(offset))) offset++;
  return offset;
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

/** Whether a line ends here: at a line break, or where the text ends. */
function isLineEnd(code: number): boolean {
  return code === NEWLINE || code === CARRIAGE_RETURN || code !== code;
}

function isNameCode(code: number): boolean {
  return NAME_CODES[code] === 1;
}

const NAME_CODES = new Uint8Array(128);
for (
  const c
    of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+#=:-"
) NAME_CODES[c.charCodeAt(0)] = 1;

const TAB = 9;
const NEWLINE = 10;
const CARRIAGE_RETURN = 13;
const SPACE = 32;
const QUOTE = 34;
const PERCENT = 37;
const SEMICOLON = 59;
const OPENING_BRACKET = 91;
const BACKSLASH = 92;
const CLOSING_BRACKET = 93;
