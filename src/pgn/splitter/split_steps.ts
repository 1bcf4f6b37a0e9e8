// Cuts games out of PGN step by step, byte by byte: the definition of what a game is.
import { isFirstMove, isLineOfMoves } from "./first_move.ts";
import {
  afterLineEnd,
  endOfDropped,
  endOfResult,
  endOfTagLine,
  lineHead,
  MAX_LINE_HEAD_LENGTH,
} from "./look_ahead.ts";
import { RESULT_REACH, type SplitState } from "./split_state.ts";
import { EVENT } from "./sync_point.ts";
import {
  CARRIAGE_RETURN,
  CLOSING_PARENTHESIS,
  isLineEnd,
  LINE_FEED,
  MAX_SPACE_LENGTH,
  OPENING_BRACE,
  OPENING_BRACKET,
  OPENING_PARENTHESIS,
  PERCENT,
  QUOTE,
  SEMICOLON,
  skipBlanks,
  SPACE,
  spaceLength,
  startsWith,
} from "../syntax.ts";
import { MAX_TAG_HEAD_LENGTH, MAX_TAG_LENGTH } from "../tags.ts";

/** Takes one step; `false` where more bytes must come first. */
export function step(state: SplitState, isLast: boolean): boolean {
  const rest = isLast ? Infinity : state.bytes.length - state.position;
  switch (state.mode) {
    case "between":
      return stepBetween(state, rest);
    case "tags":
      return stepTags(state, rest);
    case "moves":
      return stepMoves(state, rest);
    case "comment":
      return stepComment(state, rest);
    case "line":
      return stepLine(state);
  }
}

function stepBetween(state: SplitState, rest: number): boolean {
  const bytes = state.bytes;
  const offset = state.position;
  switch (bytes[offset]) {
    case OPENING_BRACKET: {
      const taken = state.takePlainGames();
      if (taken) return true;
      if (rest < Infinity && state.plainGames?.isUnfinished) return false;
      if (state.tags.isHead(offset)) return state.openGame(offset, "tags");
      if (rest < MAX_TAG_HEAD_LENGTH) return false;
      return state.drop(offset + 1);
    }
    case OPENING_BRACE:
      return state.enter("comment", offset + 1);
    case PERCENT:
      if (state.lineEnds > 0) return state.enter("line", offset);
      break;
    case SEMICOLON:
      return state.enter("line", offset);
  }
  if (passSpace(state)) return true;
  if (rest < MAX_SPACE_LENGTH) return false;
  if (state.lineEnds > 0) {
    const begins = beginsWithMoves(state, offset, rest);
    if (begins === undefined) return false;
    if (begins) return state.openGame(offset, "moves");
  }
  return state.drop(endOfDropped(bytes, offset + 1, rest));
}

/** Passes over white space and counts the line ends in it; `false` where none is. */
function passSpace(state: SplitState): boolean {
  const bytes = state.bytes;
  const start = state.position;
  let at = start;
  for (;;) {
    const length = spaceLength(bytes, at);
    if (length === 0) break;
    if (
      bytes[at] === CARRIAGE_RETURN ||
      bytes[at] === LINE_FEED && bytes[at - 1] !== CARRIAGE_RETURN
    ) state.lineEnds++;
    at += length;
  }
  state.position = at;
  return at > start;
}

/** Whether a game without tags begins; `undefined` where that is not decided yet. */
function beginsWithMoves(
  state: SplitState,
  offset: number,
  rest: number,
): boolean | undefined {
  const bytes = state.bytes;
  if (state.isFresh || state.lineEnds > 1) {
    const isFirst = isFirstMove(bytes, offset, rest, 3);
    if (isFirst !== false) return isFirst;
  }
  return state.isFresh && isLineOfMoves(bytes, offset, rest);
}

function stepTags(state: SplitState, rest: number): boolean {
  const bytes = state.bytes;
  const offset = state.position;
  switch (bytes[offset]) {
    case LINE_FEED:
      if (bytes[offset - 1] !== CARRIAGE_RETURN) state.newlines++;
      state.position++;
      return true;
    case CARRIAGE_RETURN:
      state.newlines++;
      state.position++;
      return true;
    case OPENING_BRACKET:
      return stepTag(state, offset, rest);
    case SEMICOLON:
      return state.enter("line", offset);
    case PERCENT:
      if (isLineEnd(bytes[offset - 1])) return state.enter("line", offset);
  }
  const blanksEnd = skipBlanks(bytes, offset, bytes.length);
  if (blanksEnd === offset) {
    if (rest < MAX_SPACE_LENGTH) return false;
    state.mode = "moves";
    state.lineEnds = 0;
  }
  state.position = blanksEnd;
  return true;
}

function stepTag(state: SplitState, offset: number, rest: number): boolean {
  const bytes = state.bytes;
  if (rest < MAX_TAG_LENGTH && state.nextNewline(offset) === -1) return false;
  const tags = state.tags;
  if (!tags.isHead(offset)) return state.enter("line", offset);
  const first = state.firstTagHead;
  // A second Event, or whatever the first tag was, after an empty line shows
  // that the game before has no moves at all, not even a result.
  if (
    state.newlines > 1 && (startsWith(bytes, offset, EVENT) ||
      first === undefined || startsWith(bytes, offset, first))
  ) {
    state.closeGame(offset);
    return state.openGame(offset, "tags");
  }
  state.firstTagHead ??= startsWith(bytes, offset, EVENT)
    ? EVENT // as in nearly all games: nothing is copied
    : bytes.slice(offset, bytes.indexOf(QUOTE, offset) + 1);
  const end = tags.endOfTag(offset);
  if (end === -1) return state.enter("line", offset);
  state.newlines = 0;
  state.position = end;
  return true;
}

function stepMoves(state: SplitState, rest: number): boolean {
  const bytes = state.bytes;
  const offset = state.position;
  const byte = bytes[offset];
  if (isLineEnd(byte)) {
    // CR and LF together are one line end.
    if (byte === CARRIAGE_RETURN && rest < 2) return false;
    return stepLineEnd(
      state,
      byte === CARRIAGE_RETURN && bytes[offset + 1] === LINE_FEED
        ? offset + 1
        : offset,
      rest,
    );
  }
  switch (byte) {
    case OPENING_BRACE:
      return state.enter("comment", offset + 1);
    case SEMICOLON:
      return state.enter("line", offset);
    case OPENING_PARENTHESIS:
      state.depth++;
      break;
    case CLOSING_PARENTHESIS:
      if (state.depth > 0) state.depth--;
      break;
    default: {
      const space = spaceLength(bytes, offset);
      if (space > 0) {
        state.position += space;
        return true;
      }
      if (byte >= 0xc2 && rest < MAX_SPACE_LENGTH) return false;
      return stepWord(state, offset, rest);
    }
  }
  state.lineEnds = 0;
  state.position++;
  return true;
}

/** At a byte of a word, among moves. */
function stepWord(state: SplitState, offset: number, rest: number): boolean {
  const bytes = state.bytes;
  if (state.lineEnds > 1 && state.depth === 0) {
    const isFirst = isFirstMove(bytes, offset, rest, 1);
    if (isFirst === undefined) return false;
    if (isFirst && state.findMoves(offset)) {
      state.closeGame(offset);
      return state.openGame(offset, "moves");
    }
    if (isFirst) state.hasMoves = true;
  }
  state.lineEnds = 0;
  let at = offset;
  while (at < bytes.length && WORD_STOPS[bytes[at]] === 0) at++;
  // A stray brace stops at once.
  state.position = at === offset && WORD_STOPS[bytes[at]] === 1 ? at + 1 : at;
  if (at === bytes.length || WORD_STOPS[bytes[at]] === 1) return true;
  rest -= at - offset;
  if (state.depth === 0) {
    if (rest < RESULT_REACH) return false;
    const end = endOfResult(bytes, state.start, at);
    if (end !== -1) {
      state.position = end;
      state.closeGame(end);
      state.mode = "between";
      state.lineEnds = 0;
      state.isFresh = true;
      return true;
    }
  }
  state.position = at + 1;
  return true;
}

/** At the end of a line among moves: the next line may begin a game. */
function stepLineEnd(
  state: SplitState,
  newline: number,
  rest: number,
): boolean {
  const bytes = state.bytes;
  const limit = Math.min(bytes.length, newline + 1 + MAX_LINE_HEAD_LENGTH);
  const offset = skipBlanks(bytes, newline + 1, limit);
  rest -= offset - state.position;
  if (rest < MAX_SPACE_LENGTH) return false;
  if (bytes[offset] === OPENING_BRACKET) {
    if (state.tags.isHead(offset)) {
      state.closeGame(newline);
      return state.openGame(offset, "tags");
    }
    if (rest < MAX_TAG_HEAD_LENGTH) return false;
  }
  // Without tags, a game begins at the beginning of its line.
  const isIndented = offset > newline + 1 && !isLineEnd(bytes[offset]);
  state.lineEnds = isIndented ? 0 : state.lineEnds + 1;
  if (bytes[newline + 1] === PERCENT) return state.enter("line", newline + 1);
  state.position = offset;
  return true;
}

function stepComment(state: SplitState, rest: number): boolean {
  const bytes = state.bytes;
  const offset = state.position;
  if (state.newlines > 1 && isLineEnd(bytes[offset - 1])) {
    const isLast = rest === Infinity;
    const lineEnd = endOfTagLine(bytes, state.tags, offset, isLast);
    if (lineEnd === undefined) return false;
    const nextEnd = lineEnd === -1
      ? -1
      : endOfTagLine(bytes, state.tags, lineEnd, isLast);
    if (nextEnd === undefined) return false;
    if (nextEnd !== -1) {
      if (state.outerMode !== "between") state.reject("never closed");
      return state.openGame(lineHead(bytes, offset), "tags");
    }
  }
  const brace = state.nextBrace(offset);
  const newline = state.nextNewline(offset);
  let end: number;
  if (brace !== -1 && (newline === -1 || brace < newline)) {
    end = brace + 1;
    state.newlines = 0;
    state.mode = state.outerMode;
  } else {
    const lineEnd = newline === -1 ? bytes.length : newline;
    end = afterLineEnd(bytes, newline);
    if (end === -1 && rest < Infinity) return false;
    if (end === -1) end = lineEnd + 1;
    if (skipBlanks(bytes, offset, lineEnd) < lineEnd) state.newlines = 0;
    if (newline !== -1) state.newlines++;
    end = Math.min(end, bytes.length);
  }
  state.passTo(end);
  return true;
}

function stepLine(state: SplitState): boolean {
  const newline = state.nextNewline(state.position);
  if (newline !== -1) state.mode = state.outerMode;
  state.passTo(newline === -1 ? state.bytes.length : newline);
  return true;
}

/** 1: what a word ends before; 2: what may be part of a result. */
const WORD_STOPS = new Uint8Array(256);
WORD_STOPS.fill(1, 0, SPACE + 1);
for (const letter of "{}();") WORD_STOPS[letter.charCodeAt(0)] = 1;
for (const letter of "*-/") WORD_STOPS[letter.charCodeAt(0)] = 2;
for (const dash of [0xe2, 0x96, 0x97]) WORD_STOPS[dash] = 2;
