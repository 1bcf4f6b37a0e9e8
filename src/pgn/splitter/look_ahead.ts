// Looks ahead from a byte of a text: where a result, a line or what is dropped ends.
import { NO_MOVE } from "../movetext/move_word.ts";
import {
  END,
  MovetextReader,
  startOfResult,
  WORD,
} from "../movetext/movetext_reader.ts";
import {
  ASTERISK,
  endOfLine,
  isDelimiter,
  LINE_FEED,
  MAX_SPACE_LENGTH,
  OPENING_BRACE,
  OPENING_BRACKET,
  SEMICOLON,
  skipBlanks,
  SPACE,
  spaceLength,
} from "../syntax.ts";
import { MAX_TAG_LENGTH, TagScanner } from "../tags.ts";

/** White space before a tag on its line is passed over up to this length. */
export const MAX_LINE_HEAD_LENGTH = 255;

/**
 * Where the result ends that the star, slash or dash at `at` is part of; -1
 * where it is part of something else. The game begins at `start`; -1 where that
 * is not known.
 */
export function endOfResult(
  bytes: Uint8Array,
  start: number,
  at: number,
): number {
  const { length } = bytes;
  if (bytes[at] === ASTERISK) {
    return isDelimiter(bytes, at + 1, length) ? at + 1 : -1;
  }
  // As long as the longest half of a result with the longest dash.
  const limit = Math.min(length, at + 7);
  let end = at + 1;
  while (end < limit && !isDelimiter(bytes, end, length)) end++;
  const first = Math.max(0, start, at - 7);
  const result = startOfResult(bytes, first, end, length);
  return result !== -1 && result <= at ? end : -1;
}

/** Where what is dropped from `offset` on ends: at what may be something else. */
export function endOfDropped(
  bytes: Uint8Array,
  offset: number,
  rest: number,
): number {
  let at = offset;
  for (; at < bytes.length; at++) {
    const byte = bytes[at];
    if (
      byte <= SPACE || byte === OPENING_BRACKET || byte === OPENING_BRACE ||
      byte === SEMICOLON || byte >= 0xc2 &&
        (spaceLength(bytes, at) > 0 ||
          rest < Infinity && bytes.length - at < MAX_SPACE_LENGTH)
    ) break;
  }
  return at;
}

/** After the line end at `newline`, or after all bytes; -1 where an LF may still come. */
export function afterLineEnd(bytes: Uint8Array, newline: number): number {
  if (newline === -1) return bytes.length;
  if (bytes[newline] === LINE_FEED) return newline + 1;
  if (newline + 1 === bytes.length) return -1;
  return bytes[newline + 1] === LINE_FEED ? newline + 2 : newline + 1;
}

/** Where what the line at `offset` has after white space begins. */
export function lineHead(bytes: Uint8Array, offset: number): number {
  const limit = Math.min(bytes.length, offset + MAX_LINE_HEAD_LENGTH);
  return skipBlanks(bytes, offset, limit);
}

/**
 * Where the line after that at `offset` begins, when this begins with a tag;
 * -1 when it does not, and `undefined` when its end has not come yet. The scanner
 * is at the same bytes.
 */
export function endOfTagLine(
  bytes: Uint8Array,
  tags: TagScanner,
  offset: number,
  isLast: boolean,
): number | undefined {
  const tag = lineHead(bytes, offset);
  const rest = isLast ? Infinity : bytes.length - tag;
  if (rest < MAX_SPACE_LENGTH) return undefined;
  if (bytes[tag] !== OPENING_BRACKET) return -1;
  const lineEnd = endOfLine(bytes, tag, bytes.length);
  const isCut = lineEnd === bytes.length;
  if (isCut && rest < MAX_TAG_LENGTH) return undefined;
  if (tags.endOfTag(tag) === -1) return -1;
  if (isCut) return lineEnd;
  const next = afterLineEnd(bytes, lineEnd);
  return next !== -1 ? next : isLast ? lineEnd + 1 : undefined;
}

/** Whether there is a move between `start`, where a game begins, and `end`. */
export function hasMoves(
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  TAGS.begin(bytes, start, end);
  while (TAGS.next());
  READER.begin(bytes, TAGS.position, end);
  for (;;) {
    const kind = READER.next();
    if (kind === END) return false;
    if (kind === WORD && READER.move !== NO_MOVE) return true;
  }
}

const TAGS = new TagScanner();
const READER = new MovetextReader();
