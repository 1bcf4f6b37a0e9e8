// Decides whether a game without tags begins at some moves.
import { NO_MOVE } from "../movetext/move_word.ts";
import {
  COMMENT,
  END,
  MovetextReader,
  NAG,
  NUMBER,
  RESULT,
  WORD,
} from "../movetext/movetext_reader.ts";
import {
  CARRIAGE_RETURN,
  DOT,
  endOfLine,
  isDelimiter,
  isLineEnd,
  LINE_FEED,
  MAX_SPACE_LENGTH,
  skipBlanks,
} from "../syntax.ts";

/** A first move is decided within this many bytes of its number. */
const MAX_FIRST_MOVE_LENGTH = 1024;
/** A longer line is no line of moves. */
const MAX_LINE_LENGTH = 1 << 16;

/**
 * Whether the number 1 and a move are at `start`. The move may be on the next
 * line, and comments before it; an empty line may not.
 *
 * @param rest How many bytes there are; infinite where no others will come.
 * @param maxDots How many dots the number may have.
 * @returns `undefined` where more bytes decide.
 */
export function isFirstMove(
  bytes: Uint8Array,
  start: number,
  rest: number,
  maxDots: number,
): boolean | undefined {
  if (bytes[start] !== DIGIT_1) return false;
  const limit = Math.min(bytes.length, start + MAX_FIRST_MOVE_LENGTH);
  const cut = rest < MAX_FIRST_MOVE_LENGTH ? undefined : false;
  let from = skipBlanks(bytes, start + 1, limit);
  const dots = from;
  while (from < limit && bytes[from] === DOT) from++;
  if (from === dots && bytes[from] === 0xe2) from = afterEllipsis(bytes, from);
  if (from + 2 >= limit && cut === undefined) return cut;
  if (from === dots || from - dots > maxDots) return false;
  READER.begin(bytes, from, limit);
  for (;;) {
    const kind = READER.next();
    const { start, end } = READER;
    if (hasEmptyLine(bytes, from, kind === WORD ? start : end)) return false;
    switch (kind) {
      case COMMENT:
        continue;
      case WORD:
        return cut === undefined && !isEndedBefore(bytes, end, limit)
          ? cut
          : READER.move !== NO_MOVE;
      case NUMBER:
      case NAG:
      case RESULT:
        return end === limit ? cut : false;
      default: // no more tokens, or one that is not closed yet
        return cut;
    }
  }
}

/**
 * Whether the line at `start` consists of moves, with or without numbers,
 * comments, annotations and results.
 *
 * @param rest How many bytes there are; infinite where no others will come.
 * @returns `undefined` where more bytes decide.
 */
export function isLineOfMoves(
  bytes: Uint8Array,
  start: number,
  rest: number,
): boolean | undefined {
  const limit = Math.min(bytes.length, start + MAX_LINE_LENGTH);
  const end = endOfLine(bytes, start, limit);
  if (end === limit && rest < MAX_LINE_LENGTH) return undefined;
  let moves = 0;
  READER.begin(bytes, start, end);
  for (;;) {
    switch (READER.next()) {
      case WORD:
        if (READER.move === NO_MOVE) return false;
        moves++;
        break;
      case NUMBER:
      case NAG:
      case COMMENT:
      case RESULT:
        break;
      case END:
        return moves > 0;
      default:
        return false;
    }
  }
}

function afterEllipsis(bytes: Uint8Array, at: number): number {
  return bytes[at + 1] === 0x80 && bytes[at + 2] === 0xa6 ? at + 3 : at;
}

/** Whether the word that goes on at `at` ends before `limit`. */
function isEndedBefore(
  bytes: Uint8Array,
  at: number,
  limit: number,
): boolean {
  while (at < limit - MAX_SPACE_LENGTH && !isDelimiter(bytes, at, limit)) at++;
  return at < limit - MAX_SPACE_LENGTH;
}

/** Whether an empty line, or one of blanks alone, is among these bytes. */
function hasEmptyLine(bytes: Uint8Array, start: number, end: number): boolean {
  let at = endOfLine(bytes, start, end);
  while (at < end) {
    at += bytes[at] === CARRIAGE_RETURN && bytes[at + 1] === LINE_FEED ? 2 : 1;
    at = skipBlanks(bytes, at, end);
    if (at < end && isLineEnd(bytes[at])) return true;
    at = endOfLine(bytes, at, end);
  }
  return false;
}

const READER = new MovetextReader();
const DIGIT_1 = 49;
