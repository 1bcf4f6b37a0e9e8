// Cuts PGN into games, byte by byte: the definition of what a game is.
//
// Three things in this folder do the same: this splitter is the definition;
// `plain_games.ts`, with its WebAssembly, is many times as fast and takes only
// games of which it is sure; and a test compares both on random and real texts.
import { Buffer } from "node:buffer";
import {
  type BadGame,
  badGameError,
  MAX_GAME_LENGTH,
  type PgnSplitterOptions,
} from "./bad_game.ts";
import { isFirstMove, isLineOfMoves } from "./first_move.ts";
import {
  afterLineEnd,
  endOfDropped,
  endOfResult,
  endOfTagLine,
  hasMoves,
  lineHead,
  MAX_LINE_HEAD_LENGTH,
} from "./look_ahead.ts";
import { EVENT } from "./sync_point.ts";
import { PlainGameScanner } from "./plain_games.ts";
import type { RawGame } from "../raw_game.ts";
import {
  ascii,
  CARRIAGE_RETURN,
  CLOSING_BRACE,
  CLOSING_PARENTHESIS,
  endOfLine,
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
  trimEnd,
} from "../syntax.ts";
import { MAX_TAG_HEAD_LENGTH, MAX_TAG_LENGTH, TagScanner } from "../tags.ts";

/**
 * What the bytes at the splitter's position are part of: nothing (they are
 * dropped), a game's tags, its moves, a comment in braces, or the rest of a line
 * that is a comment.
 */
type Mode = "between" | "tags" | "moves" | "comment" | "line";

/**
 * What may follow a sync point, see {@linkcode firstSyncPoint}: as long as the
 * splitter ever looks ahead.
 */
const SYNC_POINT = ascii(
  `[Event "?"]\n[Site "${"?".repeat(MAX_TAG_HEAD_LENGTH)}"]\n`,
);

/** How many bytes on either side decide whether a byte is part of a result. */
const RESULT_REACH = 16;

/**
 * Cuts PGN into games, wherever the bytes themselves are cut.
 *
 * A game runs from its first tag (or, without tags, from its first move
 * number) to the end of its movetext: the result that ends it, or else what
 * comes before the next line that begins with a tag. An empty line alone does
 * not end it, unless a first move follows. What is between games is dropped and
 * counted.
 *
 * In braces nothing counts but the closing brace; only two lines of tags after
 * an empty line show that a comment was never closed, and the game that it is in
 * is bad.
 */
export class PgnSplitter {
  readonly #maxGameLength: number;
  readonly #onBad: (bad: BadGame) => void;
  readonly #plainGames: PlainGameScanner | undefined;
  readonly #tags = new TagScanner();

  /** What is not done with, and after it what has not been looked at. */
  #bytes: Uint8Array = new Uint8Array();
  /** Bytes that came in since, and how many they are. */
  #incoming: Uint8Array[] = [];
  #incomingLength = 0;
  /** How many bytes of the stream went before `#bytes`. */
  #bytesBefore = 0;

  /** How far `#bytes` has been read. */
  #position = 0;
  #mode: Mode = "between";
  /** The mode after the comment or the line. */
  #outerMode: Mode = "between";
  /** Where the open game begins; -1 where there is none or it is skipped. */
  #start = -1;
  /** Whether the open game is too long, so that its bytes are not kept. */
  #isSkipping = false;
  /** Where in the whole text the open game begins. */
  #gameOffset = 0;
  /** The first tag of the open game, up to its opening quote. */
  #firstTagHead: Uint8Array | undefined;
  /** How many variations are open. */
  #depth = 0;
  /** Whether a move of the open game was found; looked for only where it matters. */
  #hasMoves = false;
  /** Line ends since the last tag, or since the last text in a comment. */
  #newlines = 0;
  /**
   * Between games and among moves: line ends since the last text, comments
   * apart. From two on there was an empty line, and 0 is in the middle of a line.
   */
  #lineEnds = 2;
  /** Whether only comments came since the text's beginning or the last result. */
  #isFresh = true;
  /** The next line end and closing brace, where they have been looked up. */
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
      /** The tags whose spans come with games where that costs nothing. */
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
    if (!isStepwise) {
      this.#plainGames = new PlainGameScanner(
        tagNames,
        maxGameLength,
        reusesGames,
      );
    }
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
   * Returns the last games of a text after which a sync point follows, see
   * {@linkcode firstSyncPoint}. The text may go on there, or elsewhere.
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

  /** Forgets all text before and resumes at the byte `offset` of the text. */
  startAt(offset: number): void {
    this.#setBytes(new Uint8Array());
    this.#incoming = [];
    this.#incomingLength = 0;
    this.#bytesBefore = offset;
    this.#position = 0;
    this.#mode = "between";
    this.#start = -1;
    this.#isSkipping = false;
    this.#lineEnds = 2;
    this.#isFresh = true;
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
    this.#tags.begin(bytes, 0, bytes.length);
    this.#newline = UNKNOWN;
    this.#brace = UNKNOWN;
  }

  /** Drops what is before the open game, or else before the position. */
  #dropRead(): void {
    const kept = this.#start === -1
      ? Math.max(0, this.#position - RESULT_REACH)
      : this.#start;
    this.#setBytes(this.#bytes.slice(kept));
    this.#bytesBefore += kept;
    this.#position -= kept;
    if (this.#start !== -1) this.#start = 0;
  }

  /** Takes one step; `false` where more bytes must come first. */
  #step(isLast: boolean): boolean {
    const rest = isLast ? Infinity : this.#bytes.length - this.#position;
    switch (this.#mode) {
      case "between":
        return this.#stepBetween(rest);
      case "tags":
        return this.#stepTags(rest);
      case "moves":
        return this.#stepMoves(rest);
      case "comment":
        return this.#stepComment(rest);
      case "line":
        return this.#stepLine();
    }
  }

  #stepBetween(rest: number): boolean {
    const bytes = this.#bytes;
    const offset = this.#position;
    switch (bytes[offset]) {
      case OPENING_BRACKET: {
        const taken = this.#takePlainGames();
        if (taken) return true;
        if (rest < Infinity && this.#plainGames?.isUnfinished) return false;
        if (this.#tags.isHead(offset)) return this.#openGame(offset, "tags");
        if (rest < MAX_TAG_HEAD_LENGTH) return false;
        return this.#drop(offset + 1);
      }
      case OPENING_BRACE:
        return this.#enter("comment", offset + 1);
      case PERCENT:
        if (this.#lineEnds > 0) return this.#enter("line", offset);
        break;
      case SEMICOLON:
        return this.#enter("line", offset);
    }
    if (this.#passSpace()) return true;
    if (rest < MAX_SPACE_LENGTH) return false;
    if (this.#lineEnds > 0) {
      const begins = this.#beginsWithMoves(offset, rest);
      if (begins === undefined) return false;
      if (begins) return this.#openGame(offset, "moves");
    }
    return this.#drop(endOfDropped(bytes, offset + 1, rest));
  }

  /** Passes over white space and counts the line ends in it; `false` where none is. */
  #passSpace(): boolean {
    const bytes = this.#bytes;
    const start = this.#position;
    let at = start;
    for (;;) {
      const length = spaceLength(bytes, at);
      if (length === 0) break;
      if (
        bytes[at] === CARRIAGE_RETURN ||
        bytes[at] === LINE_FEED && bytes[at - 1] !== CARRIAGE_RETURN
      ) this.#lineEnds++;
      at += length;
    }
    this.#position = at;
    return at > start;
  }

  /** Whether a game without tags begins; `undefined` where that is not decided yet. */
  #beginsWithMoves(offset: number, rest: number): boolean | undefined {
    const bytes = this.#bytes;
    if (this.#isFresh || this.#lineEnds > 1) {
      const isFirst = isFirstMove(bytes, offset, rest, 3);
      if (isFirst !== false) return isFirst;
    }
    return this.#isFresh && isLineOfMoves(bytes, offset, rest);
  }

  /** Takes plain games; `false` where none comes. */
  #takePlainGames(): boolean {
    const scanner = this.#plainGames;
    if (scanner === undefined) return false;
    const before = this.#games.length;
    scanner.scan(this.#bytes, this.#position, this.#games);
    const count = this.#games.length - before;
    if (count === 0) return false;
    this.gameCount += count;
    this.#position = scanner.position;
    this.#lineEnds = 0;
    this.#isFresh = true;
    return true;
  }

  #drop(end: number): boolean {
    this.droppedBytes += end - this.#position;
    this.#position = end;
    this.#lineEnds = 0;
    this.#isFresh = false;
    return true;
  }

  #stepTags(rest: number): boolean {
    const bytes = this.#bytes;
    const offset = this.#position;
    switch (bytes[offset]) {
      case LINE_FEED:
        if (bytes[offset - 1] !== CARRIAGE_RETURN) this.#newlines++;
        this.#position++;
        return true;
      case CARRIAGE_RETURN:
        this.#newlines++;
        this.#position++;
        return true;
      case OPENING_BRACKET:
        return this.#stepTag(offset, rest);
      case SEMICOLON:
        return this.#enter("line", offset);
      case PERCENT:
        if (isLineEnd(bytes[offset - 1])) return this.#enter("line", offset);
    }
    const blanksEnd = skipBlanks(bytes, offset, bytes.length);
    if (blanksEnd === offset) {
      if (rest < MAX_SPACE_LENGTH) return false;
      this.#mode = "moves";
      this.#lineEnds = 0;
    }
    this.#position = blanksEnd;
    return true;
  }

  #stepTag(offset: number, rest: number): boolean {
    const bytes = this.#bytes;
    if (rest < MAX_TAG_LENGTH && this.#nextNewline(offset) === -1) return false;
    const tags = this.#tags;
    if (!tags.isHead(offset)) return this.#enter("line", offset);
    const first = this.#firstTagHead;
    // A second Event, or whatever the first tag was, after an empty line shows
    // that the game before has no moves at all, not even a result.
    if (
      this.#newlines > 1 && (startsWith(bytes, offset, EVENT) ||
        first === undefined || startsWith(bytes, offset, first))
    ) {
      this.#closeGame(offset);
      return this.#openGame(offset, "tags");
    }
    this.#firstTagHead ??= startsWith(bytes, offset, EVENT)
      ? EVENT // as in nearly all games: nothing is copied
      : bytes.slice(offset, bytes.indexOf(QUOTE, offset) + 1);
    const end = tags.endOfTag(offset);
    if (end === -1) return this.#enter("line", offset);
    this.#newlines = 0;
    this.#position = end;
    return true;
  }

  #stepMoves(rest: number): boolean {
    const bytes = this.#bytes;
    const offset = this.#position;
    const byte = bytes[offset];
    if (isLineEnd(byte)) {
      // CR and LF together are one line end.
      if (byte === CARRIAGE_RETURN && rest < 2) return false;
      return this.#stepLineEnd(
        byte === CARRIAGE_RETURN && bytes[offset + 1] === LINE_FEED
          ? offset + 1
          : offset,
        rest,
      );
    }
    switch (byte) {
      case OPENING_BRACE:
        return this.#enter("comment", offset + 1);
      case SEMICOLON:
        return this.#enter("line", offset);
      case OPENING_PARENTHESIS:
        this.#depth++;
        break;
      case CLOSING_PARENTHESIS:
        if (this.#depth > 0) this.#depth--;
        break;
      default: {
        const space = spaceLength(bytes, offset);
        if (space > 0) {
          this.#position += space;
          return true;
        }
        if (byte >= 0xc2 && rest < MAX_SPACE_LENGTH) return false;
        return this.#stepWord(offset, rest);
      }
    }
    this.#lineEnds = 0;
    this.#position++;
    return true;
  }

  /** At a byte of a word, among moves. */
  #stepWord(offset: number, rest: number): boolean {
    const bytes = this.#bytes;
    if (this.#lineEnds > 1 && this.#depth === 0) {
      const isFirst = isFirstMove(bytes, offset, rest, 1);
      if (isFirst === undefined) return false;
      if (isFirst && this.#findMoves(offset)) {
        this.#closeGame(offset);
        return this.#openGame(offset, "moves");
      }
      if (isFirst) this.#hasMoves = true;
    }
    this.#lineEnds = 0;
    let at = offset;
    while (at < bytes.length && WORD_STOPS[bytes[at]] === 0) at++;
    // A stray brace stops at once.
    this.#position = at === offset && WORD_STOPS[bytes[at]] === 1 ? at + 1 : at;
    if (at === bytes.length || WORD_STOPS[bytes[at]] === 1) return true;
    rest -= at - offset;
    if (this.#depth === 0) {
      if (rest < RESULT_REACH) return false;
      const end = endOfResult(bytes, this.#start, at);
      if (end !== -1) {
        this.#position = end;
        this.#closeGame(end);
        this.#mode = "between";
        this.#lineEnds = 0;
        this.#isFresh = true;
        return true;
      }
    }
    this.#position = at + 1;
    return true;
  }

  /** Whether the open game has a move before `offset`. */
  #findMoves(offset: number): boolean {
    // Of a game that is skipped nothing is kept to be looked at.
    this.#hasMoves ||= this.#start === -1 ||
      hasMoves(this.#bytes, this.#start, offset);
    return this.#hasMoves;
  }

  /** At the end of a line among moves: the next line may begin a game. */
  #stepLineEnd(newline: number, rest: number): boolean {
    const bytes = this.#bytes;
    const limit = Math.min(bytes.length, newline + 1 + MAX_LINE_HEAD_LENGTH);
    const offset = skipBlanks(bytes, newline + 1, limit);
    rest -= offset - this.#position;
    if (rest < MAX_SPACE_LENGTH) return false;
    if (bytes[offset] === OPENING_BRACKET) {
      if (this.#tags.isHead(offset)) {
        this.#closeGame(newline);
        return this.#openGame(offset, "tags");
      }
      if (rest < MAX_TAG_HEAD_LENGTH) return false;
    }
    // Without tags, a game begins at the beginning of its line.
    const isIndented = offset > newline + 1 && !isLineEnd(bytes[offset]);
    this.#lineEnds = isIndented ? 0 : this.#lineEnds + 1;
    if (bytes[newline + 1] === PERCENT) return this.#enter("line", newline + 1);
    this.#position = offset;
    return true;
  }

  #stepComment(rest: number): boolean {
    const bytes = this.#bytes;
    const offset = this.#position;
    if (this.#newlines > 1 && isLineEnd(bytes[offset - 1])) {
      const isLast = rest === Infinity;
      const lineEnd = endOfTagLine(bytes, this.#tags, offset, isLast);
      if (lineEnd === undefined) return false;
      const nextEnd = lineEnd === -1
        ? -1
        : endOfTagLine(bytes, this.#tags, lineEnd, isLast);
      if (nextEnd === undefined) return false;
      if (nextEnd !== -1) {
        if (this.#outerMode !== "between") this.#reject("never closed");
        return this.#openGame(lineHead(bytes, offset), "tags");
      }
    }
    const brace = this.#nextBrace(offset);
    const newline = this.#nextNewline(offset);
    let end: number;
    if (brace !== -1 && (newline === -1 || brace < newline)) {
      end = brace + 1;
      this.#newlines = 0;
      this.#mode = this.#outerMode;
    } else {
      const lineEnd = newline === -1 ? bytes.length : newline;
      end = afterLineEnd(bytes, newline);
      if (end === -1 && rest < Infinity) return false;
      if (end === -1) end = lineEnd + 1;
      if (skipBlanks(bytes, offset, lineEnd) < lineEnd) this.#newlines = 0;
      if (newline !== -1) this.#newlines++;
      end = Math.min(end, bytes.length);
    }
    this.#passTo(end);
    return true;
  }

  #stepLine(): boolean {
    const newline = this.#nextNewline(this.#position);
    if (newline !== -1) this.#mode = this.#outerMode;
    this.#passTo(newline === -1 ? this.#bytes.length : newline);
    return true;
  }

  /** Moves on to `end` in a comment, which is dropped where no game is open. */
  #passTo(end: number): void {
    if (this.#outerMode === "between") {
      this.droppedBytes += end - this.#position;
    }
    this.#position = end;
  }

  #enter(mode: "comment" | "line", offset: number): boolean {
    this.#outerMode = this.#mode;
    this.#mode = mode;
    this.#newlines = 0;
    // After an empty line, a first move may follow the comment; the line of a
    // comment is no empty one.
    if (this.#lineEnds === 1) this.#lineEnds = 0;
    this.#passTo(offset);
    return true;
  }

  #openGame(offset: number, mode: "tags" | "moves"): boolean {
    this.#start = offset;
    this.#isSkipping = false;
    this.#gameOffset = this.#bytesBefore + offset;
    this.#position = offset;
    this.#mode = mode;
    this.#firstTagHead = undefined;
    this.#depth = 0;
    this.#newlines = 0;
    this.#lineEnds = 0;
    this.#hasMoves = false;
    this.#isFresh = false;
    return true;
  }

  /** Ends the open game at `limit`, the white space before it left out. */
  #closeGame(limit: number): void {
    if (this.#isSkipping || limit - this.#start > this.#maxGameLength) {
      this.#reject("too long");
      return;
    }
    this.#games.push({
      bytes: this.#bytes,
      start: this.#start,
      end: trimEnd(this.#bytes, this.#start, limit),
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
    else this.#closeGame(this.#bytes.length);
  }

  #nextNewline(offset: number): number {
    if (this.#newline !== -1 && this.#newline < offset) {
      const { length } = this.#bytes;
      const end = endOfLine(this.#bytes, offset, length);
      this.#newline = end === length ? -1 : end;
    }
    return this.#newline;
  }

  #nextBrace(offset: number): number {
    if (this.#brace !== -1 && this.#brace < offset) {
      this.#brace = this.#bytes.indexOf(CLOSING_BRACE, offset);
    }
    return this.#brace;
  }
}

/** Not looked up yet. */
const UNKNOWN = -2;
/** 1: what a word ends before; 2: what may be part of a result. */
const WORD_STOPS = new Uint8Array(256);
WORD_STOPS.fill(1, 0, SPACE + 1);
for (const letter of "{}();") WORD_STOPS[letter.charCodeAt(0)] = 1;
for (const letter of "*-/") WORD_STOPS[letter.charCodeAt(0)] = 2;
for (const dash of [0xe2, 0x96, 0x97]) WORD_STOPS[dash] = 2;
