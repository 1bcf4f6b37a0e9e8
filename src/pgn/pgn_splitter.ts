import { Buffer } from "node:buffer";
import {
  endOfTag,
  isTagHead,
  MAX_TAG_HEAD_LENGTH,
  MAX_TAG_LENGTH,
} from "./tags.ts";
import { PlainGameScanner } from "./plain_games.ts";
import { latin1Text, type RawGame } from "./raw_game.ts";

/** The default of {@linkcode PgnSplitterOptions.maxGameLength}: one mebibyte. */
export const MAX_GAME_LENGTH = 1 << 20;

/** Options of {@linkcode PgnSplitter} and of the stream that it works in. */
export interface PgnSplitterOptions {
  /**
   * Longest game, in bytes from its first tag to where it ends. A longer one is
   * skipped, counted and reported.
   *
   * @default {1048576}
   */
  maxGameLength?: number;
  /** Called with the reason for each game that is skipped. */
  onBadGame?: (error: Error) => void;
}

/** A game that is skipped. */
export interface BadGame {
  readonly reason: "too long" | "never closed";
  /** Where in the text it begins. */
  readonly offset: number;
  /** How many good games have been cut out before it. */
  readonly gamesBefore: number;
}

/** Says what is wrong with a game that is skipped. */
export function badGameError(
  { reason, offset }: BadGame,
  maxGameLength: number,
): Error {
  return reason === "too long"
    ? new RangeError(
      `Cannot read a game as it is longer than ${maxGameLength} bytes: it begins at byte ${offset} of the text`,
    )
    : new SyntaxError(
      `Cannot read a game as a comment in it is never closed: it begins at byte ${offset} of the text`,
    );
}

/**
 * What the bytes at the splitter's position are part of: nothing (what stands
 * there is dropped), a game's tags, its moves, a comment in braces, or the rest
 * of a line that is a comment.
 */
type Mode = "between" | "tags" | "moves" | "comment" | "line";

/** Moves up to what may be more than a move: result, comment, variation, line. */
const MOVES_REGEXP = /[^{();\n*\-/]*/y;

const LINE_BLANKS_REGEXP = /[\0-\t\v- ]*/y;

const BYTE_ORDER_MARK = "\xef\xbb\xbf";

/** What may stand before a tag on its line. */
const LINE_HEAD_REGEXP = /(?:[\0-\t\v- ]|\xef\xbb\xbf){0,255}/y;

/** The beginning of a game without tags: a move number and a move. */
const FIRST_MOVE_REGEXP =
  /\d{1,3}[ \t]{0,8}\.{1,3}[ \t]{0,8}(?:[KQRBNP]?[a-h]?[1-8]?[x:-]?[a-h][1-8]|[O0]-[O0])/y;
const MAX_FIRST_MOVE_LENGTH = 32;

const WORD_REGEXP = /\xef?[^\0- [{;\xef]*/y;

/**
 * What may stand at a sync point, see {@linkcode isSyncPoint}: as long as
 * the splitter ever looks ahead.
 */
const SYNC_POINT = new TextEncoder().encode(
  `[Event "?"]\n[Site "${"?".repeat(MAX_TAG_HEAD_LENGTH)}"]\n`,
);

/** How many bytes on either side tell whether a place is part of a result. */
const RESULT_REACH = 8;

/**
 * Cuts PGN into games, wherever the bytes themselves are cut.
 *
 * A game runs from its first tag (or, without tags, from its first move
 * number) to the end of its movetext: the result that ends it, or else what
 * comes before the next line that begins with a tag. An empty line alone does
 * not end it. What stands between games is dropped and counted.
 *
 * In braces nothing counts but the closing brace; only two lines of tags
 * behind an empty line show that a comment was never closed, and the game that
 * it stands in is bad.
 */
export class PgnSplitter {
  readonly #maxGameLength: number;
  readonly #onBad: (bad: BadGame) => void;

  readonly #plainGames: PlainGameScanner;

  /** What is not done with, and behind it what has not been looked at. */
  #bytes: Uint8Array = new Uint8Array();
  /** The same as text, where it was needed. */
  #decoded: string | undefined;
  /** Bytes that came in since, and how many they are. */
  #incoming: Uint8Array[] = [];
  #incomingLength = 0;
  /** How many bytes of the stream went before `#bytes`. */
  #bytesBefore = 0;

  /** How far `#bytes` has been read. */
  #position = 0;
  #mode: Mode = "between";
  /** The mode behind the comment or the line. */
  #outerMode: Mode = "between";
  /** Where the open game begins; -1 where there is none or it is skipped. */
  #start = -1;
  /** Whether the open game is too long, so that its bytes are not kept. */
  #isSkipping = false;
  /** Where in the whole text the open game begins. */
  #gameOffset = 0;
  /** The first tag of the open game, up to its opening quote. */
  #firstTagHead = "";
  /** How many variations are open. */
  #depth = 0;
  /** Line feeds since the last tag, or since the last text in a comment. */
  #newlines = 0;
  /** Between games: whether only white space came before on this line. */
  #isLineStart = true;
  /** The next line feed and closing brace, where they have been looked up. */
  #newline = UNKNOWN;
  #brace = UNKNOWN;
  #games: RawGame[] = [];

  /** Games cut out until now, without the bad ones. */
  gameCount = 0;
  /** Games that were skipped, as too long or as a comment in them never ends. */
  badGameCount = 0;
  /** Bytes between games that are no white space. */
  droppedBytes = 0;

  /** Creates a splitter at the beginning of a text. */
  constructor(
    options: PgnSplitterOptions & {
      /** Called with each game that is skipped. */
      onBad?: (bad: BadGame) => void;
      /** The tags whose spans are told where that costs nothing. */
      tagNames?: readonly string[];
      /** Whether plain games are read step by step too. @default {false} */
      isStepwise?: boolean;
      /** Whether games may be those of the call before, overwritten. @default {false} */
      reusesGames?: boolean;
    } = {},
  ) {
    const {
      maxGameLength = MAX_GAME_LENGTH,
      onBadGame,
      onBad = (bad) => onBadGame?.(badGameError(bad, maxGameLength)),
      tagNames = [],
      isStepwise = false,
      reusesGames = false,
    } = options;
    if (!Number.isSafeInteger(maxGameLength) || maxGameLength < 1) {
      throw new RangeError(
        `Cannot split games as maxGameLength must be a positive integer: current value is ${maxGameLength}`,
      );
    }
    this.#maxGameLength = maxGameLength;
    this.#onBad = onBad;
    this.#plainGames = new PlainGameScanner(
      tagNames,
      isStepwise ? 0 : maxGameLength,
      reusesGames,
    );
  }

  /** Takes the next bytes and returns the games that end in them. */
  push(bytes: Uint8Array): RawGame[] {
    this.#incoming.push(bytes);
    this.#incomingLength += bytes.length;
    // What is left over is looked at again only together with as much that is
    // new, so that no cutting makes the time more than linear.
    if (this.#incomingLength * 2 < this.#bytes.length) return [];
    return this.#split(false);
  }

  /** Returns the games that have ended until now. */
  flush(): RawGame[] {
    return this.#split(false);
  }

  /** Ends the text, returns its last games and is ready for another text. */
  end(): RawGame[] {
    const games = this.#split(true);
    this.startAt(0);
    return games;
  }

  /**
   * Returns the last games of a text behind which a sync point follows, see
   * {@linkcode isSyncPoint}. The text may go on there, or elsewhere.
   */
  endAtSyncPoint(): RawGame[] {
    if (
      this.#mode === "between" && this.#incomingLength === 0 &&
      this.#position === this.#bytes.length
    ) {
      this.startAt(this.#bytesBefore + this.#position);
      return [];
    }
    this.#incoming.push(SYNC_POINT);
    this.#incomingLength += SYNC_POINT.length;
    const games = this.#split(false);
    const isBetween = this.#start === -1 && !this.#isSkipping;
    this.startAt(
      isBetween ? this.#bytesBefore + this.#position : this.#gameOffset,
    );
    return games;
  }

  /** Forgets all text before and goes on at the byte `offset` of the text. */
  startAt(offset: number): void {
    this.#setBytes(new Uint8Array());
    this.#incoming = [];
    this.#incomingLength = 0;
    this.#bytesBefore = offset;
    this.#position = 0;
    this.#mode = "between";
    this.#start = -1;
    this.#isSkipping = false;
    this.#isLineStart = true;
  }

  #split(isLast: boolean): RawGame[] {
    this.#takeIncoming();
    while (this.#position < this.#bytes.length && this.#step(isLast)) {
      if (
        this.#start !== -1 &&
        this.#position - this.#start > this.#maxGameLength
      ) {
        this.#start = -1;
        this.#isSkipping = true;
      }
    }
    if (isLast) this.#endText();
    const games = this.#games;
    this.#games = [];
    this.#dropRead();
    return games;
  }

  #takeIncoming(): void {
    const { buffer, byteOffset, length } =
      this.#incoming.length === 1 && this.#bytes.length === 0
        ? this.#incoming[0]
        : Buffer.concat([this.#bytes, ...this.#incoming]);
    this.#incoming = [];
    this.#incomingLength = 0;
    // No Buffer: its slice() is no copy and would keep all of these bytes.
    this.#setBytes(new Uint8Array(buffer, byteOffset, length));
  }

  #setBytes(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#decoded = undefined;
    this.#newline = UNKNOWN;
    this.#brace = UNKNOWN;
  }

  get #text(): string {
    return this.#decoded ??= latin1Text(this.#bytes);
  }

  /** Drops what lies before the open game, or else before the position. */
  #dropRead(): void {
    const kept = this.#start === -1
      ? Math.max(0, this.#position - RESULT_REACH)
      : this.#start;
    this.#setBytes(this.#bytes.slice(kept));
    this.#bytesBefore += kept;
    this.#position -= kept;
    if (this.#start !== -1) this.#start = 0;
  }

  /** Goes one step on; `false` where more bytes must come first. */
  #step(isLast: boolean): boolean {
    switch (this.#mode) {
      case "between":
        return this.#stepBetween(isLast);
      case "tags":
        return this.#stepTags(isLast);
      case "moves":
        return this.#stepMoves(isLast);
      case "comment":
        return this.#stepComment(isLast);
      case "line":
        return this.#stepLine();
    }
  }

  #stepBetween(isLast: boolean): boolean {
    const offset = this.#position;
    const byte = this.#bytes[offset];
    if (byte <= SPACE || byte === OPENING_BRACKET) {
      if (this.#takePlainGames()) return true;
      if (this.#plainGames.isUnfinished && !isLast) return false;
    }
    const text = this.#text;
    const rest = isLast ? Infinity : text.length - offset;
    switch (text[offset]) {
      case "[":
        if (isTagHead(text, offset)) return this.#openGame(offset, "tags");
        if (rest < MAX_TAG_HEAD_LENGTH) return false;
        return this.#drop(offset + 1);
      case "{":
        return this.#enter("comment", offset + 1);
      case "%":
        if (this.#isLineStart) return this.#enter("line", offset);
        break;
      case ";":
        return this.#enter("line", offset);
      case BYTE_ORDER_MARK[0]:
        if (rest < BYTE_ORDER_MARK.length) return false;
        if (text.startsWith(BYTE_ORDER_MARK, offset)) {
          this.#position += BYTE_ORDER_MARK.length;
          return true;
        }
    }
    if (this.#isLineStart) {
      if (endOf(FIRST_MOVE_REGEXP, text, offset) !== -1) {
        return this.#openGame(offset, "moves");
      }
      if (rest < MAX_FIRST_MOVE_LENGTH) return false;
    }
    return this.#drop(endOf(WORD_REGEXP, text, offset));
  }

  /** Passes over white space and takes plain games; `false` where neither comes. */
  #takePlainGames(): boolean {
    const scanner = this.#plainGames;
    const from = this.#position;
    const games = this.#games;
    const before = games.length;
    scanner.scan(this.#bytes, from, this.#isLineStart, games);
    this.gameCount += games.length - before;
    this.#position = scanner.position;
    this.#isLineStart = scanner.isLineStart;
    const isTaken = this.#position > from;
    // As a rule nothing is left, or little: only that is made a text.
    if (isTaken && this.#decoded === undefined) this.#dropRead();
    return isTaken;
  }

  #drop(end: number): boolean {
    this.droppedBytes += end - this.#position;
    this.#position = end;
    this.#isLineStart = false;
    return true;
  }

  #stepTags(isLast: boolean): boolean {
    const text = this.#text;
    const offset = this.#position;
    switch (text[offset]) {
      case "\n":
        this.#newlines++;
        this.#position++;
        return true;
      case "[": {
        if (
          !isLast && text.length - offset < MAX_TAG_LENGTH &&
          this.#nextNewline(offset) === -1
        ) return false;
        if (!isTagHead(text, offset)) return this.#enter("line", offset);
        // A second Event, or whatever the first tag was, behind an empty line
        // shows that the game before has no moves at all, not even a result.
        if (
          this.#newlines > 1 && (text.startsWith('[Event "', offset) ||
            text.startsWith(this.#firstTagHead, offset))
        ) {
          this.#closeGame(offset);
          return this.#openGame(offset, "tags");
        }
        if (this.#firstTagHead === "") {
          this.#firstTagHead = text.slice(
            offset,
            text.indexOf('"', offset) + 1,
          );
        }
        const end = endOfTag(text, offset);
        if (end === -1) return this.#enter("line", offset);
        this.#newlines = 0;
        this.#position = end;
        return true;
      }
      case ";":
        return this.#enter("line", offset);
      case "%":
        if (text[offset - 1] === "\n") return this.#enter("line", offset);
    }
    const blanksEnd = endOf(LINE_BLANKS_REGEXP, text, offset);
    if (blanksEnd === offset) this.#mode = "moves";
    this.#position = blanksEnd;
    return true;
  }

  #stepMoves(isLast: boolean): boolean {
    const text = this.#text;
    const offset = endOf(MOVES_REGEXP, text, this.#position);
    this.#position = offset;
    switch (text[offset]) {
      case "{":
        return this.#enter("comment", offset + 1);
      case "(":
        this.#depth++;
        break;
      case ")":
        if (this.#depth > 0) this.#depth--;
        break;
      case ";":
        return this.#enter("line", offset);
      case "\n":
        return this.#stepMovesLine(offset, isLast);
      case "*":
      case "-":
      case "/": {
        if (this.#depth > 0) break;
        if (!isLast && text.length - offset < RESULT_REACH) return false;
        const end = endOfResult(text, offset);
        if (end === -1) break;
        this.#position = end;
        this.#closeGame(end);
        this.#mode = "between";
        this.#isLineStart = false;
        return true;
      }
      default:
        return true;
    }
    this.#position++;
    return true;
  }

  /** At the line feed at `newline` among moves: the next line may begin a game. */
  #stepMovesLine(newline: number, isLast: boolean): boolean {
    const text = this.#text;
    const offset = endOf(LINE_HEAD_REGEXP, text, newline + 1);
    const rest = isLast ? Infinity : text.length - offset;
    if (rest < BYTE_ORDER_MARK.length) return false;
    if (text[offset] === "[") {
      if (isTagHead(text, offset)) {
        this.#closeGame(newline);
        return this.#openGame(offset, "tags");
      }
      if (rest < MAX_TAG_HEAD_LENGTH) return false;
    }
    if (text[newline + 1] === "%") return this.#enter("line", newline + 1);
    this.#position = offset;
    return true;
  }

  #stepComment(isLast: boolean): boolean {
    const text = this.#text;
    const offset = this.#position;
    if (this.#newlines > 1 && text[offset - 1] === "\n") {
      const lineEnd = this.#endOfTagLine(offset, isLast);
      if (lineEnd === undefined) return false;
      const nextEnd = lineEnd === -1 ? -1 : this.#endOfTagLine(lineEnd, isLast);
      if (nextEnd === undefined) return false;
      if (nextEnd !== -1) {
        if (this.#outerMode !== "between") this.#reject("never closed");
        return this.#openGame(
          endOf(LINE_HEAD_REGEXP, text, offset),
          "tags",
        );
      }
    }
    const brace = this.#nextBrace(offset);
    const newline = this.#nextNewline(offset);
    let end: number;
    if (brace !== -1 && (newline === -1 || brace < newline)) {
      end = brace + 1;
      this.#newlines = 0;
      this.#mode = this.#outerMode;
      this.#isLineStart = false;
    } else {
      end = newline === -1 ? text.length : newline + 1;
      const isBlank = endOf(LINE_BLANKS_REGEXP, text, offset) >=
        (newline === -1 ? end : newline);
      if (!isBlank) this.#newlines = 0;
      if (newline !== -1) this.#newlines++;
    }
    this.#leaveBehind(end);
    return true;
  }

  #stepLine(): boolean {
    const newline = this.#nextNewline(this.#position);
    if (newline !== -1) this.#mode = this.#outerMode;
    this.#leaveBehind(newline === -1 ? this.#text.length : newline);
    return true;
  }

  /** Moves on to `end` in a comment, which is dropped where no game is open. */
  #leaveBehind(end: number): void {
    if (this.#outerMode === "between") {
      this.droppedBytes += end - this.#position;
    }
    this.#position = end;
  }

  #enter(mode: "comment" | "line", offset: number): boolean {
    this.#outerMode = this.#mode;
    this.#mode = mode;
    this.#newlines = 0;
    this.#leaveBehind(offset);
    return true;
  }

  /**
   * Where the line at `offset` ends, when it begins with a tag; -1 when it does
   * not, and `undefined` when its end has not come yet.
   */
  #endOfTagLine(offset: number, isLast: boolean): number | undefined {
    const text = this.#text;
    const tag = endOf(LINE_HEAD_REGEXP, text, offset);
    const rest = isLast ? Infinity : text.length - tag;
    if (rest < BYTE_ORDER_MARK.length) return undefined;
    if (text[tag] !== "[") return -1;
    const newline = text.indexOf("\n", tag);
    if (newline === -1 && rest < MAX_TAG_LENGTH) return undefined;
    if (endOfTag(text, tag) === -1) return -1;
    return newline === -1 ? text.length : newline + 1;
  }

  #openGame(offset: number, mode: "tags" | "moves"): boolean {
    this.#start = offset;
    this.#isSkipping = false;
    this.#gameOffset = this.#bytesBefore + offset;
    this.#position = offset;
    this.#mode = mode;
    this.#firstTagHead = "";
    this.#depth = 0;
    this.#newlines = 0;
    return true;
  }

  /** Ends the open game at `limit`, the white space before it left out. */
  #closeGame(limit: number): void {
    if (this.#isSkipping || limit - this.#start > this.#maxGameLength) {
      this.#reject("too long");
      return;
    }
    let end = limit;
    while (this.#text.charCodeAt(end - 1) <= SPACE) end--;
    this.#games.push({
      bytes: this.#bytes,
      start: this.#start,
      end,
      spans: undefined,
      index: 0,
    });
    this.gameCount++;
    this.#start = -1;
  }

  #reject(reason: BadGame["reason"]): void {
    this.#start = -1;
    this.#isSkipping = false;
    this.badGameCount++;
    this.#onBad({
      reason,
      offset: this.#gameOffset,
      gamesBefore: this.gameCount,
    });
  }

  #endText(): void {
    const isInComment = this.#mode === "comment";
    const mode = isInComment || this.#mode === "line"
      ? this.#outerMode
      : this.#mode;
    if (mode === "between") return;
    if (isInComment) this.#reject("never closed");
    else this.#closeGame(this.#text.length);
  }

  #nextNewline(offset: number): number {
    if (this.#newline !== -1 && this.#newline < offset) {
      this.#newline = this.#text.indexOf("\n", offset);
    }
    return this.#newline;
  }

  #nextBrace(offset: number): number {
    if (this.#brace !== -1 && this.#brace < offset) {
      this.#brace = this.#text.indexOf("}", offset);
    }
    return this.#brace;
  }
}

/**
 * Whether a game begins at the `[` at `offset`, whatever came before: behind an
 * empty line stand an `Event` tag and, on the next line, another tag, each of
 * which ends on its line.
 *
 * A splitter opens a game there from every mode: between games any tag does;
 * among moves any tag at the beginning of a line does; among tags an `Event`
 * behind an empty line does; in a comment two lines of tags behind an empty
 * line do; and a comment to the end of a line has ended with it. What follows
 * is read as by a new splitter, since `#openGame` leaves nothing of the state
 * before. So a text may be cut here, and its parts be split apart.
 */
function isSyncPoint(text: string, offset: number): boolean {
  const before = text[offset - 2] === "\r" ? offset - 3 : offset - 2;
  if (text[before] !== "\n") return false;
  const firstEnd = text.indexOf("\n", offset);
  if (firstEnd === -1 || text[firstEnd + 1] !== "[") return false;
  return text.indexOf("\n", firstEnd + 1) !== -1 &&
    endOfTag(text, offset) !== -1 && endOfTag(text, firstEnd + 1) !== -1;
}

const EVENT_LINE = '\n[Event "';

/** Finds the first sync point in a text, or -1; see {@linkcode isSyncPoint}. */
export function firstSyncPoint(bytes: Uint8Array): number {
  const text = latin1Text(bytes);
  let newline = text.indexOf(EVENT_LINE);
  while (newline !== -1 && !isSyncPoint(text, newline + 1)) {
    newline = text.indexOf(EVENT_LINE, newline + 1);
  }
  return newline === -1 ? -1 : newline + 1;
}

/** Finds the last sync point in a text, or -1; see {@linkcode isSyncPoint}. */
export function lastSyncPoint(bytes: Uint8Array): number {
  const text = latin1Text(bytes);
  let newline = text.lastIndexOf(EVENT_LINE);
  while (newline > 0 && !isSyncPoint(text, newline + 1)) {
    newline = text.lastIndexOf(EVENT_LINE, newline - 1);
  }
  return newline > 0 ? newline + 1 : -1;
}

/** Where a sticky expression ends that matches at `offset`, or -1. */
function endOf(regexp: RegExp, text: string, offset: number): number {
  regexp.lastIndex = offset;
  return regexp.test(text) ? regexp.lastIndex : -1;
}

/**
 * Where the result ends that holds the `*`, `-` or `/` at `offset`, or -1 where
 * that is part of something else.
 */
function endOfResult(text: string, offset: number): number {
  let start = offset;
  let end = offset + 1;
  switch (text[offset]) {
    case "-": {
      const score = text[offset - 1] + text[offset + 1];
      if (score !== "10" && score !== "01") return -1;
      start = offset - 1;
      end = offset + 2;
      break;
    }
    case "/":
      start = offset - 1;
      end = offset + 6;
      if (!text.startsWith("1/2-1/2", start)) return -1;
  }
  return isDelimiter(text.charCodeAt(start - 1)) &&
      isDelimiter(text.charCodeAt(end))
    ? end
    : -1;
}

/**
 * Whether a word ends here: at a character of structure, at the text's own end,
 * or at a byte order mark, where files were joined.
 */
function isDelimiter(code: number): boolean {
  return code <= SPACE || code !== code ||
    "{}()[];\xef".includes(String.fromCharCode(code));
}

const SPACE = 32;
const OPENING_BRACKET = 91;
/** Not looked up yet. */
const UNKNOWN = -2;
