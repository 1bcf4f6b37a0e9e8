// Finds the tag pairs of a game, and reads the values of those that are asked for.
import { latin1Text, type RawGame } from "./raw_game.ts";
import {
  ascii,
  BACKSLASH,
  CLOSING_BRACKET,
  endOfLine,
  isLineEnd,
  OPENING_BRACKET,
  PERCENT,
  QUOTE,
  SEMICOLON,
  skipBlanks,
  SPACE,
  spaceLength,
  startsWith,
} from "./syntax.ts";

/**
 * The tags of a game by name, without a prototype. Where a tag is doubled, the
 * last one wins.
 *
 * Names as Lichess writes them: `Event`, `Site`, `White`, `WhiteElo`, `ECO`,
 * `TimeControl`, … Any of them may be absent or hold `?`.
 *
 * See {@linkcode Game}.
 */
export type Tags = Readonly<Partial<Record<string, string>>>;

/** Longest name of a tag; what is longer is no tag. */
const MAX_NAME_LENGTH = 255;

/** A tag's head is decided within this many bytes. */
export const MAX_TAG_HEAD_LENGTH = 2 * MAX_NAME_LENGTH;

/** A tag's end is decided within this many bytes of its beginning. */
export const MAX_TAG_LENGTH = 1 << 16;

/**
 * Finds tag pairs, one after the other. What is found last is in its fields:
 * spans in the bytes, as a filter reads millions of tags.
 */
export class TagScanner {
  #bytes: Uint8Array = new Uint8Array();
  #end = 0;
  #first = 0;
  /** After the last tag; where there is no other, at the movetext. */
  position = 0;
  /**
   * Whether a line was passed over that begins with `[FEN` or `[Variant`, in any
   * case, and is no tag: nobody knows then where the game begins.
   */
  hasBrokenStart = false;

  tagStart = 0;
  nameStart = 0;
  nameEnd = 0;
  valueStart = 0;
  valueEnd = 0;
  /** Whether backslashes in the value escape what follows. */
  isEscaped = false;

  /** Turns to the tags of the game from `start` to `end`, or to any text. */
  begin(bytes: Uint8Array, start: number, end: number): void {
    this.#bytes = bytes;
    this.#end = end;
    this.#first = start;
    this.position = start;
    this.hasBrokenStart = false;
  }

  /**
   * Finds the next tag of the section. White space, comment lines and the rest
   * of a line on which a tag does not end are passed over.
   */
  next(): boolean {
    const bytes = this.#bytes;
    const end = this.#end;
    let at = this.position;
    while (at < end) {
      const code = bytes[at];
      if (code === OPENING_BRACKET) {
        const tagEnd = this.endOfTag(at);
        if (tagEnd !== -1) {
          this.tagStart = at;
          this.position = tagEnd;
          return true;
        }
        if (isStartLine(bytes, at)) this.hasBrokenStart = true;
        at = endOfLine(bytes, at, end);
      } else if (
        code === SEMICOLON || code === PERCENT &&
          (at === this.#first || isLineEnd(bytes[at - 1]))
      ) at = endOfLine(bytes, at, end);
      else {
        const length = code <= SPACE ? 1 : spaceLength(bytes, at);
        if (length === 0) break;
        at += length;
      }
    }
    this.position = Math.min(at, end);
    return false;
  }

  /**
   * Whether a tag pair begins at `at`, judged by its head: bracket, name,
   * quote. What has no such head is no tag, whatever its brackets (`[%clk 0:05:00]`).
   */
  isHead(at: number): boolean {
    const bytes = this.#bytes;
    if (at >= this.#end || bytes[at] !== OPENING_BRACKET) return false;
    const limit = Math.min(this.#end, at + MAX_TAG_HEAD_LENGTH);
    let start = at + 1;
    if (NAME_CODES[bytes[start]] !== 1) start = skipBlanks(bytes, start, limit);
    let end = start;
    while (end < limit && NAME_CODES[bytes[end]] === 1) {
      if (++end - start > MAX_NAME_LENGTH) return false;
    }
    if (end === start) return false;
    const quote = bytes[end] === SPACE && bytes[end + 1] === QUOTE
      ? end + 1
      : skipBlanks(bytes, end, limit);
    this.nameStart = start;
    this.nameEnd = end;
    this.valueStart = quote + 1;
    return quote < limit && bytes[quote] === QUOTE;
  }

  /**
   * Finds the end of the tag pair that begins at `at`.
   *
   * In a value, a backslash escapes a quote. A quote that no bracket follows is
   * part of the value, as real files forget to escape it; and where a tag would
   * not end on its line otherwise, a backslash is a plain character.
   *
   * @returns The offset after its closing bracket, or -1 where it does not end
   * on its line or within {@linkcode MAX_TAG_LENGTH} bytes.
   */
  endOfTag(at: number): number {
    if (!this.isHead(at)) return -1;
    const bytes = this.#bytes;
    const limit = Math.min(this.#end, at + MAX_TAG_LENGTH);
    this.isEscaped = false;
    for (let at = this.valueStart; at < limit; at++) {
      const code = bytes[at];
      if (VALUE_STOPS[code] === 0) continue;
      if (code === QUOTE) {
        const end = this.#closingEnd(at, limit);
        if (end !== -1) return end;
      } else if (code === BACKSLASH) {
        if (!isLineEnd(bytes[at + 1])) at++;
        this.isEscaped = true;
      } else if (isLineEnd(code)) break;
    }
    if (!this.isEscaped) return -1;
    this.isEscaped = false;
    for (let at = this.valueStart; at < limit; at++) {
      const code = bytes[at];
      if (code === QUOTE) {
        const end = this.#closingEnd(at, limit);
        if (end !== -1) return end;
      } else if (isLineEnd(code)) break;
    }
    return -1;
  }

  /** Where the tag ends when its value ends at the quote at `at`, or -1. */
  #closingEnd(at: number, limit: number): number {
    const bracket = this.#bytes[at + 1] === CLOSING_BRACKET
      ? at + 1
      : skipBlanks(this.#bytes, at + 1, limit);
    if (bracket >= limit || this.#bytes[bracket] !== CLOSING_BRACKET) return -1;
    this.valueEnd = at;
    return bracket + 1;
  }

  /** Whether the tag found last has a name. */
  isNamed(name: Uint8Array, ignoresCase = false): boolean {
    return this.nameEnd - this.nameStart === name.length &&
      startsWith(this.#bytes, this.nameStart, name, ignoresCase);
  }

  /** The name of the tag found last. */
  get name(): string {
    return latin1Text(this.#bytes.subarray(this.nameStart, this.nameEnd));
  }

  /** The value of the tag found last. */
  get value(): string {
    const { valueStart, valueEnd, isEscaped } = this;
    return decodeValue(this.#bytes, valueStart, valueEnd, isEscaped);
  }
}

/**
 * Reads all tags of one game.
 *
 * @param game The game, in UTF-8.
 * @returns Its tags.
 */
export function readTags({ bytes, start, end }: RawGame): Tags {
  const scanner = new TagScanner();
  scanner.begin(bytes, start, end);
  const spans: number[] = [];
  while (scanner.next()) {
    const { nameStart, nameEnd, valueStart, valueEnd, isEscaped } = scanner;
    spans.push(nameStart, nameEnd, valueStart, valueEnd, isEscaped ? 1 : 0);
  }
  // One text for all whose offsets are those of the bytes, as nearly always:
  // decoding each value takes five times as long.
  const text = DECODER.decode(bytes.subarray(start, scanner.position));
  const isAligned = text.length === scanner.position - start;
  const stringOf = (from: number, to: number) =>
    isAligned
      ? text.slice(from - start, to - start)
      : DECODER.decode(bytes.subarray(from, to));

  const tags: Record<string, string> = Object.create(null);
  for (let i = 0; i < spans.length; i += 5) {
    const value = stringOf(spans[i + 2], spans[i + 3]);
    tags[stringOf(spans[i], spans[i + 1])] = spans[i + 4] === 1
      ? unescapeQuotes(value)
      : value;
  }
  return tags;
}

/** Reads only the tags named, without an object for each game. */
export class TagReader {
  readonly #names: readonly { text: Uint8Array; ignoresCase: boolean }[];
  readonly #namesAsText: readonly string[];
  /** For each length of a name, the names that have it, as bits. */
  readonly #candidates = new Uint32Array(MAX_NAME_LENGTH + 1);
  readonly #scanner = new TagScanner();
  readonly #known = new KnownValues();
  /** The spans found by itself where a game comes without: one row, as in TagSpans. */
  readonly #own: Uint32Array;
  readonly #ownColumns: readonly number[];
  /** The names whose columns in a row of spans were looked up last. */
  #columnsOf: readonly string[] | undefined;
  #columns: readonly number[] = [];
  #hasColumns = false;

  #bytes: Uint8Array = new Uint8Array();
  /** What turns an offset of the row into one of the bytes. */
  #shift = 0;
  #row = 0;
  #offsets: Uint32Array;
  #columnsNow: readonly number[];
  /** Which values have escapes, as bits. */
  #escaped = 0;

  /** Where the value begins and ends that {@linkcode TagReader.find} found. */
  start = 0;
  end = 0;

  /**
   * Creates a reader of at most 32 tags.
   *
   * @param inAnyCase Which of them, given in lower case, is one in any case.
   */
  constructor(names: readonly string[], inAnyCase?: string) {
    this.#namesAsText = names;
    this.#names = names.map((name) => ({
      text: ascii(name),
      ignoresCase: name === inAnyCase,
    }));
    this.#own = new Uint32Array(2 + 2 * names.length);
    this.#ownColumns = names.map((_, i) => 2 + 2 * i);
    this.#offsets = this.#own;
    this.#columnsNow = this.#ownColumns;
    names.forEach(({ length }, i) => this.#candidates[length] |= 1 << i);
  }

  /** Turns to a game. */
  read(game: RawGame): void {
    const { bytes, start, end, spans, index } = game;
    if (spans !== undefined && this.#knows(spans.names)) {
      this.#bytes = bytes;
      this.#escaped = 0;
      this.#offsets = spans.offsets;
      this.#row = index * (2 + 2 * spans.names.length);
      this.#shift = start - spans.offsets[this.#row];
      this.#columnsNow = this.#columns;
      return;
    }
    this.scan(bytes, start, end);
  }

  /**
   * Turns to the game from `start` to `end`, whose tags it finds by itself.
   *
   * @returns The scanner that has passed over all tags.
   */
  scan(bytes: Uint8Array, start: number, end: number): TagScanner {
    const scanner = this.#scanner;
    const own = this.#own;
    own.fill(0);
    this.#bytes = bytes;
    this.#escaped = 0;
    this.#offsets = own;
    this.#columnsNow = this.#ownColumns;
    this.#row = 0;
    this.#shift = start;
    scanner.begin(bytes, start, end);
    while (scanner.next()) {
      const { nameStart } = scanner;
      let bits = this.#candidates[scanner.nameEnd - nameStart];
      while (bits !== 0) {
        const i = 31 - Math.clz32(bits);
        bits &= ~(1 << i);
        const { text, ignoresCase } = this.#names[i];
        if (!startsWith(bytes, nameStart, text, ignoresCase)) continue;
        own[2 + 2 * i] = scanner.valueStart - start;
        own[3 + 2 * i] = scanner.valueEnd - start;
        if (scanner.isEscaped) this.#escaped |= 1 << i;
        else this.#escaped &= ~(1 << i);
      }
    }
    return scanner;
  }

  /** The value of the tag named at `index`, the last one where it is doubled. */
  value(index: number): string | undefined {
    if (!this.find(index)) return undefined;
    const { start, end } = this;
    return (this.#escaped >>> index & 1) === 1
      ? decodeValue(this.#bytes, start, end, true)
      : this.#known.get(this.#bytes, start, end);
  }

  /**
   * Finds the value of the tag named at `index`.
   *
   * @returns `false` where there is no such tag.
   */
  find(index: number): boolean {
    const at = this.#row + this.#columnsNow[index];
    const start = this.#offsets[at];
    if (start === 0) return false; // no value begins before its game
    this.start = this.#shift + start;
    this.end = this.#shift + this.#offsets[at + 1];
    return true;
  }

  /** The bytes that {@linkcode TagReader.start} is an offset of. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Whether spans of these names contain all of the reader's tags. */
  #knows(names: readonly string[]): boolean {
    if (this.#columnsOf !== names) {
      this.#columnsOf = names;
      this.#columns = this.#namesAsText.map((name) =>
        2 + 2 * names.indexOf(name)
      );
      this.#hasColumns = !this.#columns.includes(0);
    }
    return this.#hasColumns;
  }
}

/** How many values are kept, as bits of their number. */
const KNOWN_VALUES_BITS = 12;

/**
 * Makes strings of bytes. Tags have the same short values again and again: those
 * met before are looked up, not made anew.
 */
class KnownValues {
  readonly #values: string[] = new Array(1 << KNOWN_VALUES_BITS).fill("");
  /** The bytes of each value: its first four and the four after them. */
  readonly #firsts = new Int32Array(1 << KNOWN_VALUES_BITS);
  readonly #seconds = new Int32Array(1 << KNOWN_VALUES_BITS);
  readonly #lengths = new Uint8Array(1 << KNOWN_VALUES_BITS);

  get(bytes: Uint8Array, start: number, end: number): string {
    const length = end - start;
    if (length > 8) return decodeValue(bytes, start, end, false);
    let first = 0;
    let second = 0;
    let at = start;
    for (const middle = Math.min(end, start + 4); at < middle; at++) {
      first = first << 8 | bytes[at];
    }
    for (; at < end; at++) second = second << 8 | bytes[at];
    const mixed = Math.imul(first ^ Math.imul(second, 0x9e3779b1), 0x85ebca6b);
    const slot = mixed >>> (32 - KNOWN_VALUES_BITS);
    if (
      this.#firsts[slot] === first && this.#seconds[slot] === second &&
      this.#lengths[slot] === length
    ) return this.#values[slot];
    this.#firsts[slot] = first;
    this.#seconds[slot] = second;
    this.#lengths[slot] = length;
    return this.#values[slot] = decodeValue(bytes, start, end, false);
  }
}

function decodeValue(
  bytes: Uint8Array,
  start: number,
  end: number,
  isEscaped: boolean,
): string {
  const value = DECODER.decode(bytes.subarray(start, end));
  return isEscaped ? unescapeQuotes(value) : value;
}

function unescapeQuotes(value: string): string {
  return value.replace(/\\(["\\])/g, "$1");
}

/** Whether a line begins as a tag does that says where a game begins. */
function isStartLine(bytes: Uint8Array, bracket: number): boolean {
  return startsWith(bytes, bracket + 1, FEN, true) ||
    startsWith(bytes, bracket + 1, VARIANT, true);
}

const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });
const FEN = ascii("fen");
const VARIANT = ascii("variant");
/** What may end a value, or escapes in it. */
const VALUE_STOPS = new Uint8Array(256);
for (const letter of '"\\\n\r') VALUE_STOPS[letter.charCodeAt(0)] = 1;
const NAME_CODES = new Uint8Array(256);
for (
  const c
    of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+#=:-"
) NAME_CODES[c.charCodeAt(0)] = 1;
