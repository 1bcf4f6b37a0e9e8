// The position that callers see: what is on the board, and what may be played.
import {
  BLACK,
  type Board,
  copyBoard,
  makeMove,
  toIndex,
  WHITE,
} from "./board.ts";
import { countRepetitions } from "./history.ts";
import { readFen, readSquare, START_FEN, writeFen } from "./fen.ts";
import { AMBIGUOUS, ILLEGAL } from "./find_move.ts";
import { listLegalMoves, MAX_MOVES } from "./legal_moves.ts";
import { PgnError } from "./pgn_error.ts";
import { readMove, UNREADABLE } from "./read_move.ts";
import { isAnnotation, readMoveWord } from "../pgn/movetext/move_word.ts";
import {
  END,
  MovetextReader,
  NAG,
  WORD,
} from "../pgn/movetext/movetext_reader.ts";
import { writeSan, writeUci } from "./write_move.ts";

/** The sides. See {@linkcode Position}. */
export type Color = "white" | "black";

/** The kinds of pieces. See {@linkcode Piece}. */
export type PieceKind =
  | "pawn"
  | "knight"
  | "bishop"
  | "rook"
  | "queen"
  | "king";

/** A piece on the board. See {@linkcode Position}. */
export interface Piece {
  /** Whose it is. */
  readonly color: Color;
  /** What it is. */
  readonly kind: PieceKind;
}

/**
 * A position of chess or Chess960, which changes as moves are played on it.
 *
 * See {@linkcode parseFen}.
 */
export interface Position {
  /** The side to move. */
  readonly turn: Color;
  /** Half-moves since a pawn was last moved or a piece captured. */
  readonly halfMoveClock: number;
  /** The number of the move, 1 at the start, that goes up after Black's. */
  readonly fullMoveNumber: number;
  /** The pieces on the board, with pawns and kings. */
  readonly pieceCount: number;
  /**
   * How often this position has been on the board: 1 the first time. Castling
   * rights and en passant captures that are legal belong to a position. What
   * was before the FEN it began with is not known.
   */
  readonly repetitionCount: number;
  /**
   * The FEN, with all six fields: the en passant square only where a capture is
   * legal, castling rights by file where a rook is not the outermost.
   */
  fen(): string;
  /** An independent copy, with the same past. */
  clone(): Position;
  /** All legal moves in coordinates. */
  legalMoves(): string[];
  /**
   * Plays a move, written in SAN or coordinates. Spellings such as `0-0`, `e8Q`,
   * `Nb1d2`, `Nf3!?`, `e1h1` for castling and `--` for none are read too.
   *
   * Throws a {@linkcode PgnError} where not exactly one legal move is meant; the
   * position is the same then.
   */
  play(move: string): void;
  /** What stands on a square, given by name or from 0 (a1) to 63 (h8). */
  pieceAt(square: string | number): Piece | undefined;
  /** Whether the side to move is in check. */
  isCheck(): boolean;
  /** A legal move, in any spelling, as SAN. Throws as {@linkcode Position.play} does. */
  san(move: string): string;
  /** A legal move, in any spelling, in coordinates. Throws as {@linkcode Position.play} does. */
  uci(move: string): string;
}

/** How castling is written in coordinates. See {@linkcode Game.mainline}. */
export interface CastlingOptions {
  /**
   * `"king-takes-rook"`: castling is the king's move to the rook's square
   * (`e1h1`). Omitted, that is so only in games of Chess960 and where king or
   * rook does not stand on its usual square; otherwise it is the king's move by
   * two squares (`e1g1`).
   */
  castling?: "king-takes-rook";
}

/** A {@linkcode Position} on a board of the rules. */
export class BoardPosition implements Position {
  readonly #board: Board;
  readonly kingTakesRook: boolean;

  constructor(board: Board, kingTakesRook: boolean) {
    this.#board = board;
    this.kingTakesRook = kingTakesRook;
  }

  /** The board, as it is now. */
  get board(): Board {
    return this.#board;
  }

  get turn(): Color {
    return this.board.side === WHITE ? "white" : "black";
  }

  get halfMoveClock(): number {
    return this.board.halfMoveClock;
  }

  get fullMoveNumber(): number {
    return this.board.fullMoveNumber;
  }

  get pieceCount(): number {
    return this.board.pieceCount;
  }

  get repetitionCount(): number {
    return countRepetitions(this.board);
  }

  fen(): string {
    return writeFen(this.board);
  }

  clone(): BoardPosition {
    return new BoardPosition(copyBoard(this.board, true), this.kingTakesRook);
  }

  legalMoves(): string[] {
    const moves = new Int32Array(MAX_MOVES);
    const count = listLegalMoves(this.board, moves);
    return Array.from(
      moves.subarray(0, count),
      (move) => writeUci(move, this.kingTakesRook),
    );
  }

  play(move: string): void {
    makeMove(this.board, this.findMove(move, "play"));
  }

  pieceAt(square: string | number): Piece | undefined {
    const known = typeof square === "string" ? readSquare(square) : square;
    if (!Number.isInteger(known) || known < 0 || known > 63) {
      throw new RangeError(
        `Cannot look at a square as it must be "a1" to "h8" or 0 to 63: current value is ${square}`,
      );
    }
    const piece = this.board.squares[toIndex(known)];
    if (piece === 0) return undefined;
    return {
      color: (piece & BLACK) === 0 ? "white" : "black",
      kind: KINDS[(piece & 7) - 1],
    };
  }

  isCheck(): boolean {
    return this.board.inCheck;
  }

  san(move: string): string {
    return writeSan(this.board, this.findMove(move, "write"));
  }

  uci(move: string): string {
    return writeUci(this.findMove(move, "write"), this.kingTakesRook);
  }

  /**
   * Finds the legal move that a text means, in any spelling.
   *
   * @param act What is done with it, for the error's message.
   */
  findMove(text: string, act: string): number {
    const { board } = this;
    const trimmed = text.trim();
    const move = readOnly(trimmed, board);
    if (move >= 0) return move;
    const reason = move === ILLEGAL
      ? "illegal"
      : move === AMBIGUOUS
      ? "ambiguous"
      : "unreadable";
    throw new PgnError(
      `Cannot ${act} "${trimmed}" as it is ${
        EXPLANATIONS[reason]
      } in ${this.fen()}`,
      { reason, ply: board.plies, text: trimmed },
    );
  }
}

/**
 * Reads a position from a FEN, also X-FEN and Shredder-FEN for Chess960. Fields
 * missing at its end are those of a position at rest: White to move, no castling,
 * no en passant, clock 0, move 1.
 *
 * @example Usage
 * ```ts
 * import { parseFen } from "@chess/game-cache";
 * import assert from "node:assert/strict";
 *
 * const position = parseFen("r3k2r/8/8/8/8/8/8/R3K2R w KQkq - 0 1");
 * position.play("O-O");
 * assert.equal(position.turn, "black");
 * assert.equal(position.fen(), "r3k2r/8/8/8/8/8/8/R4RK1 b kq - 1 1");
 * ```
 *
 * @param fen The FEN.
 * @param options How castling is written.
 * @returns The position.
 * @throws {SyntaxError} If the text is no FEN.
 * @throws {RangeError} If it describes no position: without two kings, with pawns
 * on the first or last rank, with the side that is not to move in check.
 */
export function parseFen(fen: string, options: CastlingOptions = {}): Position {
  const kingTakesRook = isKingTakesRook(options);
  return new BoardPosition(readFen(fen), kingTakesRook);
}

/** Whether the options ask for castling to be written as the king's move to the rook. */
export function isKingTakesRook({ castling }: CastlingOptions): boolean {
  if (castling !== undefined && castling !== "king-takes-rook") {
    throw new RangeError(
      `Cannot write castling as castling must be "king-takes-rook" or omitted: current value is ${castling}`,
    );
  }
  return castling !== undefined;
}

/** Reads a text that consists of one move and annotations; UNREADABLE where it does not. */
function readOnly(text: string, board: Board): number {
  const { read, written } = ENCODER.encodeInto(text, MOVE_TEXT);
  if (read < text.length || written === MOVE_TEXT.length) return UNREADABLE;
  MOVE_TEXT[written] = 0; // no move goes on in what was there before
  // A rank alone may say where a pawn comes from; in a movetext it is a number.
  const whole = readMove(readMoveWord(MOVE_TEXT, 0, written), board);
  if (whole !== UNREADABLE) return whole;
  READER.begin(MOVE_TEXT, 0, written);
  if (READER.next() !== WORD || READER.start > 0) return UNREADABLE;
  const move = readMove(READER.move, board);
  for (;;) {
    const kind = READER.next();
    if (kind === END) return move;
    const { start, end } = READER;
    if (kind === NAG) continue;
    if (kind !== WORD || !isAnnotation(MOVE_TEXT, start, end)) {
      return UNREADABLE;
    }
  }
}

/** The board of the start position; not to be changed. */
export const START_BOARD: Board = readFen(START_FEN);

const ENCODER = new TextEncoder();
/** Where a move's text is put to be read; what is longer is none. */
const MOVE_TEXT = new Uint8Array(64);
const READER = new MovetextReader();
const KINDS: readonly PieceKind[] = [
  "pawn",
  "knight",
  "bishop",
  "rook",
  "queen",
  "king",
];
const EXPLANATIONS = {
  illegal: "no legal move",
  ambiguous: "more than one legal move",
  unreadable: "no move",
};
