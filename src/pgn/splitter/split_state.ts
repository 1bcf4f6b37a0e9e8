// Keeps what a splitter knows of the text at its position, and of the game that is open.
import type { BadGame } from "./bad_game.ts";
import { hasMoves } from "./look_ahead.ts";
import type { PlainGameScanner } from "./plain_games.ts";
import type { RawGame } from "../raw_game.ts";
import { CLOSING_BRACE, endOfLine, trimEnd } from "../syntax.ts";
import { TagScanner } from "../tags.ts";

/**
 * What the bytes at the splitter's position are part of: nothing (they are
 * dropped), a game's tags, its moves, a comment in braces, or the rest of a line
 * that is a comment.
 */
type Mode = "between" | "tags" | "moves" | "comment" | "line";

/** How many bytes on either side decide whether a byte is part of a result. */
export const RESULT_REACH = 16;

/** The state of a splitter. Methods that return `true` have moved on. */
export class SplitState {
  readonly maxGameLength: number;
  readonly onBad: (bad: BadGame) => void;
  readonly plainGames: PlainGameScanner | undefined;
  readonly tags: TagScanner = new TagScanner();

  /** What is not done with, and after it what has not been looked at. */
  bytes: Uint8Array = new Uint8Array();
  /** How many bytes of the stream went before `bytes`. */
  bytesBefore = 0;

  /** How far `bytes` has been read. */
  position = 0;
  mode: Mode = "between";
  /** The mode after the comment or the line. */
  outerMode: Mode = "between";
  /** Where the open game begins; -1 where there is none or it is skipped. */
  start = -1;
  /** Whether the open game is too long, so that its bytes are not kept. */
  isSkipping = false;
  /** Where in the whole text the open game begins. */
  gameOffset = 0;
  /** The first tag of the open game, up to its opening quote. */
  firstTagHead: Uint8Array | undefined;
  /** How many variations are open. */
  depth = 0;
  /** Whether a move of the open game was found; looked for only where it matters. */
  hasMoves = false;
  /** Line ends since the last tag, or since the last text in a comment. */
  newlines = 0;
  /**
   * Between games and among moves: line ends since the last text, comments
   * apart. From two on there was an empty line, and 0 is in the middle of a line.
   */
  lineEnds = 2;
  /** Whether only comments came since the text's beginning or the last result. */
  isFresh = true;
  /** The next line end and closing brace, where they have been looked up. */
  newline: number = UNKNOWN;
  brace: number = UNKNOWN;
  games: RawGame[] = [];

  /** Games cut out until now, without the bad ones. */
  gameCount = 0;
  /** Bytes between games that are no white space. */
  droppedBytes = 0;

  /** Creates the state at the beginning of a text; without a scanner all games are read step by step. */
  constructor(
    maxGameLength: number,
    onBad: (bad: BadGame) => void,
    plainGames: PlainGameScanner | undefined,
  ) {
    this.maxGameLength = maxGameLength;
    this.onBad = onBad;
    this.plainGames = plainGames;
  }

  /** Forgets all text before and resumes at the byte `offset` of the text. */
  startAt(offset: number): void {
    this.setBytes(new Uint8Array());
    this.bytesBefore = offset;
    this.position = 0;
    this.mode = "between";
    this.start = -1;
    this.isSkipping = false;
    this.lineEnds = 2;
    this.isFresh = true;
  }

  /** Takes the bytes that are left over, and those that follow them. */
  setBytes(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.tags.begin(bytes, 0, bytes.length);
    this.newline = UNKNOWN;
    this.brace = UNKNOWN;
  }

  /** Drops what is before the open game, or else before the position. */
  dropRead(): void {
    const kept = this.start === -1
      ? Math.max(0, this.position - RESULT_REACH)
      : this.start;
    this.setBytes(this.bytes.slice(kept));
    this.bytesBefore += kept;
    this.position -= kept;
    if (this.start !== -1) this.start = 0;
  }

  /** Takes plain games; `false` where none comes. */
  takePlainGames(): boolean {
    const scanner = this.plainGames;
    if (scanner === undefined) return false;
    const before = this.games.length;
    scanner.scan(this.bytes, this.position, this.games);
    const count = this.games.length - before;
    if (count === 0) return false;
    this.gameCount += count;
    this.position = scanner.position;
    this.lineEnds = 0;
    this.isFresh = true;
    return true;
  }

  /** Drops what is between games, up to `end`. */
  drop(end: number): boolean {
    this.droppedBytes += end - this.position;
    this.position = end;
    this.lineEnds = 0;
    this.isFresh = false;
    return true;
  }

  /** Whether the open game has a move before `offset`. */
  findMoves(offset: number): boolean {
    // Of a game that is skipped nothing is kept to be looked at.
    this.hasMoves ||= this.start === -1 ||
      hasMoves(this.bytes, this.start, offset);
    return this.hasMoves;
  }

  /** Moves on to `end` in a comment, which is dropped where no game is open. */
  passTo(end: number): void {
    if (this.outerMode === "between") {
      this.droppedBytes += end - this.position;
    }
    this.position = end;
  }

  /** Enters a comment. */
  enter(mode: "comment" | "line", offset: number): boolean {
    this.outerMode = this.mode;
    this.mode = mode;
    this.newlines = 0;
    // After an empty line, a first move may follow the comment; the line of a
    // comment is no empty one.
    if (this.lineEnds === 1) this.lineEnds = 0;
    this.passTo(offset);
    return true;
  }

  /** Opens a game at `offset`. */
  openGame(offset: number, mode: "tags" | "moves"): boolean {
    this.start = offset;
    this.isSkipping = false;
    this.gameOffset = this.bytesBefore + offset;
    this.position = offset;
    this.mode = mode;
    this.firstTagHead = undefined;
    this.depth = 0;
    this.newlines = 0;
    this.lineEnds = 0;
    this.hasMoves = false;
    this.isFresh = false;
    return true;
  }

  /** Ends the open game at `limit`, the white space before it left out. */
  closeGame(limit: number): void {
    if (this.isSkipping || limit - this.start > this.maxGameLength) {
      this.reject("too long");
      return;
    }
    this.games.push({
      bytes: this.bytes,
      start: this.start,
      end: trimEnd(this.bytes, this.start, limit),
      spans: undefined,
      index: 0,
    });
    this.gameCount++;
    this.start = -1;
  }

  /** Skips the open game. */
  reject(reason: BadGame["reason"]): void {
    this.start = -1;
    this.isSkipping = false;
    this.onBad({
      reason,
      offset: this.gameOffset,
      gamesBefore: this.gameCount,
    });
  }

  /** The next line end at or after `offset`, or -1. */
  nextNewline(offset: number): number {
    if (this.newline !== -1 && this.newline < offset) {
      const { length } = this.bytes;
      const end = endOfLine(this.bytes, offset, length);
      this.newline = end === length ? -1 : end;
    }
    return this.newline;
  }

  /** The next closing brace at or after `offset`, or -1. */
  nextBrace(offset: number): number {
    if (this.brace !== -1 && this.brace < offset) {
      this.brace = this.bytes.indexOf(CLOSING_BRACE, offset);
    }
    return this.brace;
  }
}

/** Not looked up yet. */
const UNKNOWN = -2;
