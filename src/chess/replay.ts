// Plays the moves of a game once, and goes through them as often as asked.
import { CommentReader, type Evaluation } from "../pgn/movetext/comments.ts";
import { isAnnotation } from "../pgn/movetext/move_word.ts";
import {
  END,
  MovetextReader,
  RESULT,
  type Result,
  UNCLOSED,
  WORD,
} from "../pgn/movetext/movetext_reader.ts";
import {
  type Board,
  copyBoard,
  emptyBoard,
  makeMove,
  MOVE_MASK,
} from "./board.ts";
import { writeFen } from "./fen.ts";
import { AMBIGUOUS, ILLEGAL } from "./find_move.ts";
import { PgnError, type PgnErrorReason } from "./pgn_error.ts";
import { BoardPosition, type Position } from "./position.ts";
import { readMove, UNREADABLE } from "./read_move.ts";
import { writeSan, writeUci } from "./write_move.ts";

/** One half-move of a game's mainline. See {@linkcode Game.mainline}. */
export interface Ply {
  /** How many half-moves were played before this one. */
  readonly ply: number;
  /**
   * The position before the move. It is the same object at each step, which the
   * next step changes; `clone()` keeps it.
   */
  readonly position: Position;
  /** The move in standard algebraic notation, whatever its spelling in the game. */
  readonly san: string;
  /** The move in coordinates. */
  readonly uci: string;
  /** The evaluation of the position after the move, where the game has one. */
  readonly eval?: Evaluation;
  /** The mover's seconds after the move, where the game has them. */
  readonly clock?: number;
}

/** What a {@linkcode Replay} is made of. */
interface ReplayParts {
  readonly start: Board;
  readonly moves: Int32Array;
  /** Where the movetext, each move, and what follows the last one begin. */
  readonly offsets: Int32Array;
  readonly result: Result | undefined;
  readonly error: PgnError | undefined;
}

/**
 * The moves of a game, all read and found legal up to an error. Going through
 * them reads nothing again, and makes them only for who looks at the position.
 */
export class Replay implements Iterable<Ply> {
  readonly #parts: ReplayParts;
  readonly #text: () => Uint8Array;
  readonly #kingTakesRook: boolean;
  #sans: string[] | undefined;

  constructor(
    parts: ReplayParts,
    text: () => Uint8Array,
    kingTakesRook: boolean,
  ) {
    this.#parts = parts;
    this.#text = text;
    this.#kingTakesRook = kingTakesRook;
  }

  /** How many half-moves could be read. */
  get length(): number {
    return this.#parts.moves.length;
  }

  /** Why reading ended before the game did. */
  get error(): PgnError | undefined {
    return this.#parts.error;
  }

  /** The result at the end of the movetext. */
  get result(): Result | undefined {
    return this.#parts.result;
  }

  /** The start position; not to be changed. */
  get start(): Board {
    return this.#parts.start;
  }

  /** The moves, as words of a board's history; not to be changed. */
  get moves(): Int32Array {
    return this.#parts.moves;
  }

  /** Steps through the moves from the start; throws the error after the last. */
  [Symbol.iterator](): Iterator<Ply, undefined> {
    return new ReplaySteps(this, this.#parts, this.#kingTakesRook);
  }

  /** The move of a ply in SAN, where the position before it is gone. */
  sanAt(ply: number): string {
    if (this.#sans === undefined) {
      const board = copyBoard(this.#parts.start, false);
      this.#sans = Array.from(this.#parts.moves, (word) => {
        const san = writeSan(board, word & MOVE_MASK);
        makeMove(board, word & MOVE_MASK);
        return san;
      });
    }
    return this.#sans[ply];
  }

  /** The move of a ply in coordinates. */
  uciAt(ply: number): string {
    return writeUci(this.#parts.moves[ply] & MOVE_MASK, this.#kingTakesRook);
  }

  /** The evaluation after the move of a ply. */
  evalAt(ply: number): Evaluation | undefined {
    const { offsets } = this.#parts;
    return COMMENTS.evaluation(
      this.#text(),
      offsets[ply + 1],
      offsets[ply + 2],
    );
  }

  /** The clock after the move of a ply. */
  clockAt(ply: number): number | undefined {
    const { offsets } = this.#parts;
    return COMMENTS.clock(this.#text(), offsets[ply + 1], offsets[ply + 2]);
  }

  /** The comments after the move of a ply; with -1 those before the first. */
  commentsAt(ply: number): string[] {
    const { offsets } = this.#parts;
    return COMMENTS.texts(this.#text(), offsets[ply + 1], offsets[ply + 2]);
  }
}

/** One going through a replay. Moves are made on its board when somebody looks at it. */
class ReplaySteps implements Iterator<Ply, undefined> {
  readonly #replay: Replay;
  readonly #start: Board;
  readonly #moves: Int32Array;
  readonly #board: Board;
  readonly position: Position;
  /** The ply that was given last. */
  #ply = -1;
  /** The ply that the board was brought to last. */
  #reached = 0;

  constructor(replay: Replay, parts: ReplayParts, kingTakesRook: boolean) {
    this.#replay = replay;
    this.#start = parts.start;
    this.#moves = parts.moves;
    this.#board = copyBoard(parts.start, false);
    this.position = new StepPosition(this.#board, kingTakesRook, this);
  }

  next(): IteratorResult<Ply, undefined> {
    const ply = Math.min(this.#ply + 1, this.#moves.length);
    const isOver = ply === this.#ply;
    this.#ply = ply;
    if (ply < this.#moves.length) {
      return { done: false, value: new ReplayPly(this.#replay, this, ply) };
    }
    if (!isOver && this.#replay.error !== undefined) throw this.#replay.error;
    return { done: true, value: undefined };
  }

  /** Brings the board to the position before the move of the ply given last. */
  catchUp(): void {
    const ply = this.#ply;
    const board = this.#board;
    let made = this.#reached;
    if (made === ply) return;
    this.#reached = ply;
    if (board.plies !== made) {
      // Others have played on our position: perhaps the very move.
      const move = board.history[made] & MOVE_MASK;
      if (
        board.plies === made + 1 && move === (this.#moves[made] & MOVE_MASK)
      ) {
        made++;
      } else {
        made = 0;
        board.copyFrom(this.#start, false);
      }
    }
    while (made < ply) makeMove(board, this.#moves[made++] & MOVE_MASK);
  }

  /** The move of a ply in SAN while the position stands before it, else `undefined`. */
  liveSan(ply: number): string | undefined {
    if (ply !== this.#ply) return undefined;
    this.catchUp();
    return this.#board.plies === ply
      ? writeSan(this.#board, this.#moves[ply] & MOVE_MASK)
      : undefined;
  }
}

/** The position of a replay: before each look at it, it catches up. */
class StepPosition extends BoardPosition {
  readonly #steps: ReplaySteps;

  constructor(board: Board, kingTakesRook: boolean, steps: ReplaySteps) {
    super(board, kingTakesRook);
    this.#steps = steps;
  }

  override get board(): Board {
    this.#steps.catchUp();
    return super.board;
  }
}

class ReplayPly implements Ply {
  readonly ply: number;
  readonly #replay: Replay;
  readonly #steps: ReplaySteps;

  constructor(replay: Replay, steps: ReplaySteps, ply: number) {
    this.#replay = replay;
    this.#steps = steps;
    this.ply = ply;
  }

  get position(): Position {
    return this.#steps.position;
  }

  get san(): string {
    return this.#steps.liveSan(this.ply) ?? this.#replay.sanAt(this.ply);
  }

  get uci(): string {
    return this.#replay.uciAt(this.ply);
  }

  get eval(): Evaluation | undefined {
    return this.#replay.evalAt(this.ply);
  }

  get clock(): number | undefined {
    return this.#replay.clockAt(this.ply);
  }
}

/**
 * Reads the moves of a movetext and checks each. Comments, variations and
 * annotations are passed over, what follows the result is not read.
 *
 * @param text The text.
 * @param movetext Where the movetext begins.
 * @param length Where the text ends.
 * @param start The position it begins with.
 * @param isUsual Whether that is not by a FEN, so that the first move must be
 * number 1.
 */
export function replayMovetext(
  text: Uint8Array,
  movetext: number,
  length: number,
  start: Board,
  isUsual: boolean,
): ReplayParts {
  const board = BOARD;
  const reader = READER;
  board.copyFrom(start, false);
  reader.begin(text, movetext, length, true);
  let result: Result | undefined;
  let error: PgnError | undefined;
  for (;;) {
    const kind = reader.next();
    if (kind === WORD) {
      const move = readMove(reader.move, board);
      if (move < 0) {
        if (
          move === UNREADABLE && board.plies > 0 &&
          isAnnotation(text, reader.start, reader.end)
        ) continue;
        error = explain(move, text);
        break;
      }
      const ply = board.plies;
      if (ply === offsets.length) growOffsets();
      offsets[ply] = reader.start;
      makeMove(board, move);
    } else if (kind === RESULT) {
      result = reader.result;
      break;
    } else if (kind === UNCLOSED) {
      error = explain(UNREADABLE, text);
      break;
    } else if (kind === END) break;
  }
  const first = board.plies > 0 ? offsets[0] : length;
  if (isUsual && reader.firstNumber !== -1 && reader.firstNumber < first) {
    const number = quote(text, reader.firstNumber, 8);
    if (Number.parseInt(number) > 1) {
      return replayNothing(
        start,
        new PgnError(
          `Cannot play the moves as they begin at "${number}" and there is no FEN`,
          { reason: "position", ply: 0, text: number },
        ),
      );
    }
  }
  const count = board.plies;
  const spans = new Int32Array(count + 2);
  spans[0] = movetext;
  for (let ply = 0; ply < count; ply++) spans[ply + 1] = offsets[ply];
  spans[count + 1] = error === undefined ? reader.end : reader.start;
  return {
    start,
    moves: board.history.slice(0, count),
    offsets: spans,
    result,
    error,
  };
}

/** Where each move of the game that is read is written. */
let offsets = new Int32Array(512);

function growOffsets(): void {
  const grown = new Int32Array(offsets.length * 2);
  grown.set(offsets);
  offsets = grown;
}

/** The word at `start`, or as much of it as an error quotes. */
function quote(text: Uint8Array, start: number, maxLength: number): string {
  let end = start + 1;
  const limit = Math.min(text.length, end + maxLength);
  while (end < limit && text[end] > SPACE) end++;
  return DECODER.decode(text.subarray(start, end));
}

/** No moves, for a reason that lies before them. */
export function replayNothing(start: Board, error: PgnError): ReplayParts {
  return {
    start,
    moves: new Int32Array(0),
    offsets: new Int32Array(2),
    result: undefined,
    error,
  };
}

function explain(state: number, text: Uint8Array): PgnError {
  const word = quote(text, READER.start, MAX_QUOTE_LENGTH);
  const [reason, what]: [PgnErrorReason, string] = state === ILLEGAL
    ? ["illegal", "it is no legal move"]
    : state === AMBIGUOUS
    ? ["ambiguous", "more than one legal move may be meant"]
    : word[0] === "{"
    ? ["unreadable", "the comment has no end"]
    : word[0] === "("
    ? ["unreadable", "the variation has no end"]
    : ["unreadable", "it is no move"];
  const message =
    `Cannot read "${word}" after ${BOARD.plies} half-moves as ${what} in ${
      writeFen(BOARD)
    }`;
  return new PgnError(message, { reason, ply: BOARD.plies, text: word });
}

const BOARD = emptyBoard();
const READER = new MovetextReader();
const COMMENTS = new CommentReader();
const DECODER = new TextDecoder();
const MAX_QUOTE_LENGTH = 32;
const SPACE = 32;
