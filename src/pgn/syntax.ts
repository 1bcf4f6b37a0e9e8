// Says which bytes of PGN are white space, line ends and blanks: one definition for all readers.

/** Bytes with a meaning of their own. */
export const LINE_FEED = 10;
export const CARRIAGE_RETURN = 13;
export const SPACE = 32;
export const QUOTE = 34;
export const PERCENT = 37;
export const OPENING_PARENTHESIS = 40;
export const CLOSING_PARENTHESIS = 41;
export const ASTERISK = 42;
export const MINUS = 45;
export const DOT = 46;
export const SLASH = 47;
export const SEMICOLON = 59;
export const OPENING_BRACKET = 91;
export const BACKSLASH = 92;
export const CLOSING_BRACKET = 93;
export const OPENING_BRACE = 123;
export const CLOSING_BRACE = 125;

/** As many bytes decide whether white space begins at the first of them. */
export const MAX_SPACE_LENGTH = 3;

/**
 * The length in bytes of the white space character that begins at `at`; 0 where
 * none does. Every control character counts, as archives contain runs of NUL;
 * beyond ASCII they are U+00A0, U+2000 to U+200B and U+FEFF in UTF-8.
 */
export function spaceLength(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  if (byte <= SPACE) return 1;
  if (!(byte >= 0xc2)) return 0;
  const next = bytes[at + 1];
  switch (byte) {
    case 0xc2:
      return next === 0xa0 ? 2 : 0;
    case 0xe2:
      return next === 0x80 && bytes[at + 2] >= 0x80 && bytes[at + 2] <= 0x8b
        ? 3
        : 0;
    case 0xef:
      return next === 0xbb && bytes[at + 2] === 0xbf ? 3 : 0;
  }
  return 0;
}

/** Whether white space ends right before `at`. */
export function isSpaceBefore(bytes: Uint8Array, at: number): boolean {
  return bytes[at - 1] <= SPACE || spaceLength(bytes, at - 2) === 2 ||
    spaceLength(bytes, at - 3) === 3;
}

/** Whether a byte ends a line: LF, or CR with or without an LF after it. */
export function isLineEnd(byte: number): boolean {
  return byte === LINE_FEED || byte === CARRIAGE_RETURN;
}

/** Where the line at `at` ends: its line end, or `end`. */
export function endOfLine(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && !isLineEnd(bytes[at])) at++;
  return at;
}

/** Passes over white space that ends no line. */
export function skipBlanks(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && !isLineEnd(bytes[at])) {
    const length = spaceLength(bytes, at);
    if (length === 0) break;
    at += length;
  }
  return Math.min(at, end);
}

/** Passes over white space and line ends. */
export function skipSpace(bytes: Uint8Array, at: number, end: number): number {
  while (at < end) {
    const length = spaceLength(bytes, at);
    if (length === 0) break;
    at += length;
  }
  return Math.min(at, end);
}

/** Where text ends that white space follows up to `end`. */
export function trimEnd(bytes: Uint8Array, start: number, end: number): number {
  for (;;) {
    if (end <= start) return start;
    if (bytes[end - 1] <= SPACE) end--;
    else if (end - 2 >= start && spaceLength(bytes, end - 2) === 2) end -= 2;
    else if (end - 3 >= start && spaceLength(bytes, end - 3) === 3) end -= 3;
    else return end;
  }
}

/** Whether a word ends here: at white space, at a bracket or a brace, at the end of the text. */
export function isDelimiter(
  bytes: Uint8Array,
  at: number,
  end: number,
): boolean {
  return at >= end || DELIMITERS[bytes[at]] === 1 || spaceLength(bytes, at) > 0;
}

const DELIMITERS = new Uint8Array(256);
for (const letter of "{}()[];") DELIMITERS[letter.charCodeAt(0)] = 1;

/** The length of the dash beyond ASCII at `at`, or 0: U+2010 to U+2015 and U+2212. */
export function dashLength(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== 0xe2) return 0;
  const second = bytes[at + 1];
  const third = bytes[at + 2];
  return second === 0x80 && third >= 0x90 && third <= 0x95 ||
      second === 0x88 && third === 0x92
    ? 3
    : 0;
}

/** A text of ASCII characters as bytes. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

/** Whether `text` is written at `at`; letters match in either case where `text` has them lower. */
export function startsWith(
  bytes: Uint8Array,
  at: number,
  text: Uint8Array,
  ignoresCase = false,
): boolean {
  const mask = ignoresCase ? 0x20 : 0;
  for (let i = 0; i < text.length; i++) {
    const byte = bytes[at + i];
    if (byte !== text[i] && (byte | mask) !== text[i]) return false;
  }
  return true;
}
