// Keeps the positions of a game in the form that the encodings write from.
import {
  A1,
  BLACK,
  type Board,
  BORDER,
  makeMove,
  MOVE_MASK,
  PAWN,
  WHITE,
} from "../chess/board.ts";
import { canCaptureEnPassant } from "../chess/en_passant.ts";
import { START_BOARD } from "../chess/position.ts";
import { rewind } from "../chess/rewind.ts";

/** How far an encoding looks back: the current position and the seven before it. */
export const POSITIONS_SEEN = 8;

/** More pieces than a board has squares. */
const MAX_PIECES = 64;

/** An en passant square: none, one that no pawn can legally capture on, one that a pawn can. */
const NONE = 0;
const PSEUDO_LEGAL = 1;
const LEGAL = 2;

// A random word for each piece on each square, in two halves, so that a
// position has a key of 64 bits. The generator is xorshift32.
const KEYS_LOW = new Int32Array(4096);
const KEYS_HIGH = new Int32Array(4096);
let state = 0x2545f491;
for (const keys of [KEYS_LOW, KEYS_HIGH]) {
  for (let i = 0; i < keys.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    keys[i] = state;
  }
}

/** A history as plain data. */
export interface HistoryParts {
  readonly words: Uint16Array;
  readonly offsets: Int32Array;
  readonly states: Int32Array;
  readonly clocks: Int32Array;
  readonly kings: Uint16Array;
  readonly repetitions: Uint8ClampedArray;
  readonly legalRepetitions: Uint8ClampedArray;
  readonly rooks: Uint8Array;
  readonly firstSide: number;
  readonly firstNumber: number;
  readonly isUsualStart: boolean;
}

/**
 * The positions of a game, each as a list of words `piece << 8 | square` by
 * ascending squares, with all else that encodings ask for.
 *
 * `restart` takes a first position, `push` the board again after each move.
 * {@linkcode PositionHistory.ply} says which of them is the current one.
 */
export class PositionHistory {
  /** The ply of the current position, counted from the first. */
  ply = 0;
  /** The words of all positions; those of a ply begin at its offset. */
  words: Uint16Array;
  /** By ply, where its words begin; after the last, where they end. */
  #offsets: Int32Array;
  /** By ply: rights, bits 0–3; the en passant square, 4–11, and its kind, 12–13. */
  #states: Int32Array;
  #clocks: Int32Array;
  /** By ply, the squares of the kings: `white << 8 | black`. */
  #kings: Uint16Array;
  /** By ply, how often the position had occurred before, by the rules of lc0. */
  #repetitions: Uint8ClampedArray;
  /** The same by the rules of python-chess. */
  #legalRepetitions: Uint8ClampedArray;
  #keysLow: Int32Array;
  #keysHigh: Int32Array;
  #firstSide: number = WHITE;
  #firstNumber = 1;
  #isUsualStart = false;
  #rooks: Uint8Array = START_BOARD.rooks;

  /** Creates an empty history. */
  constructor(plies = 256) {
    this.words = new Uint16Array(plies * 32);
    this.#offsets = new Int32Array(plies);
    this.#states = new Int32Array(plies);
    this.#clocks = new Int32Array(plies);
    this.#kings = new Uint16Array(plies);
    this.#repetitions = new Uint8ClampedArray(plies);
    this.#legalRepetitions = new Uint8ClampedArray(plies);
    this.#keysLow = new Int32Array(plies);
    this.#keysHigh = new Int32Array(plies);
  }

  /** The history of a board, rebuilt from the moves made on it. */
  static of(board: Board): PositionHistory {
    const history = new PositionHistory();
    const replayed = rewind(board);
    history.restart(replayed);
    for (let ply = 0; ply < board.plies; ply++) {
      makeMove(replayed, board.history[ply] & MOVE_MASK);
      history.push(replayed);
    }
    return history;
  }

  /** Begins anew with the position that a board has now. */
  restart(board: Board): void {
    this.ply = 0;
    this.#firstSide = board.side;
    this.#firstNumber = board.fullMoveNumber;
    this.#rooks = board.rooks;
    this.#record(board);
    this.#isUsualStart = board.side === WHITE && board.enPassant === 0 &&
      board.rights === 15 && this.#keysLow[0] === USUAL_KEYS.low &&
      this.#keysHigh[0] === USUAL_KEYS.high;
  }

  /** Takes in the position that a board has now, one move after the last one. */
  push(board: Board): void {
    this.ply++;
    if (this.ply + 1 >= this.#offsets.length) this.#grow();
    this.#record(board);
    if (board.halfMoveClock >= 4) this.#countRepetitions();
  }

  /** A copy in arrays no longer than needed, to which no position can be added. */
  compact(): PositionHistory {
    const plies = this.ply + 1;
    const copy = PositionHistory.from({
      ...this.parts,
      words: this.words.slice(0, this.#offsets[plies]),
      offsets: this.#offsets.slice(0, plies + 1),
      states: this.#states.slice(0, plies),
      clocks: this.#clocks.slice(0, plies),
      kings: this.#kings.slice(0, plies),
      repetitions: this.#repetitions.slice(0, plies),
      legalRepetitions: this.#legalRepetitions.slice(0, plies),
    });
    copy.ply = this.ply;
    return copy;
  }

  /** What another thread makes a copy of this history of. */
  get parts(): HistoryParts {
    return {
      words: this.words,
      offsets: this.#offsets,
      states: this.#states,
      clocks: this.#clocks,
      kings: this.#kings,
      repetitions: this.#repetitions,
      legalRepetitions: this.#legalRepetitions,
      rooks: this.#rooks,
      firstSide: this.#firstSide,
      firstNumber: this.#firstNumber,
      isUsualStart: this.#isUsualStart,
    };
  }

  /** The history that another thread has sent the parts of. */
  static from(parts: HistoryParts): PositionHistory {
    const history = new PositionHistory(0);
    history.words = parts.words;
    history.#offsets = parts.offsets;
    history.#states = parts.states;
    history.#clocks = parts.clocks;
    history.#kings = parts.kings;
    history.#repetitions = parts.repetitions;
    history.#legalRepetitions = parts.legalRepetitions;
    history.#rooks = parts.rooks;
    history.#firstSide = parts.firstSide;
    history.#firstNumber = parts.firstNumber;
    history.#isUsualStart = parts.isUsualStart;
    return history;
  }

  /** The side to move. */
  get side(): number {
    return this.#firstSide ^ (this.ply & 1) << 3;
  }

  /** The castling rights that are left. */
  get rights(): number {
    return this.#states[this.ply] & 15;
  }

  /** The squares of the rooks of K, Q, k, q. */
  get rooks(): Uint8Array {
    return this.#rooks;
  }

  /** The en passant square where a capture is legal, or 0. */
  get enPassant(): number {
    const state = this.#states[this.ply];
    return state >> 12 === LEGAL ? state >> 4 & 255 : 0;
  }

  /** Half-moves since a pawn was last moved or a piece captured. */
  get halfMoveClock(): number {
    return this.#clocks[this.ply];
  }

  /** The number of the move. */
  get fullMoveNumber(): number {
    return this.#firstNumber +
      (this.ply + (this.#firstSide === BLACK ? 1 : 0) >> 1);
  }

  /** The square of a side's king. */
  kingOf(side: number): number {
    const kings = this.#kings[this.ply];
    return side === WHITE ? kings >> 8 : kings & 255;
  }

  /** How many pieces are on the board. */
  get pieceCount(): number {
    return this.endOf(0) - this.startOf(0);
  }

  /** Where the words of the position of `age` plies ago begin. */
  startOf(age: number): number {
    return this.#offsets[this.ply - age];
  }

  /** Where they end. */
  endOf(age: number): number {
    return this.#offsets[this.ply - age + 1];
  }

  /** Whether the first position is the usual start of a game; counters do not matter. */
  get isUsualStart(): boolean {
    return this.#isUsualStart;
  }

  /** The en passant square of the first position, captured on or not, or 0. */
  get firstEnPassant(): number {
    return this.#states[0] >> 4 & 255;
  }

  /**
   * How often the position of `age` plies ago had occurred before, as lc0
   * counts: an en passant square belongs to a position where a pawn attacks it.
   */
  repetitionsOf(age: number): number {
    return this.#repetitions[this.ply - age];
  }

  /** The same as python-chess counts: where a pawn can legally capture there. */
  legalRepetitionsOf(age: number): number {
    return this.#legalRepetitions[this.ply - age];
  }

  #record(board: Board): void {
    const { ply } = this;
    const { squares } = board;
    let end = ply === 0 ? 0 : this.#offsets[ply];
    if (end + MAX_PIECES > this.words.length) this.#growWords();
    const { words } = this;
    let low = 0;
    let high = 0;
    for (let rank = A1; rank < A1 + 128; rank += 16) {
      for (let square = rank; square < rank + 8; square++) {
        const piece = squares[square];
        if (piece === 0) continue;
        const word = piece << 8 | square;
        words[end++] = word;
        low ^= KEYS_LOW[word];
        high ^= KEYS_HIGH[word];
      }
    }
    this.#offsets[ply + 1] = end;
    this.#keysLow[ply] = low;
    this.#keysHigh[ply] = high;
    this.#kings[ply] = board.whiteKing << 8 | board.blackKing;
    this.#clocks[ply] = board.halfMoveClock;
    this.#states[ply] = board.rights |
      (board.enPassant === 0
        ? 0
        : board.enPassant << 4 | this.#enPassantKind(board) << 12);
    this.#repetitions[ply] = 0;
    this.#legalRepetitions[ply] = 0;
  }

  #enPassantKind(board: Board): number {
    const { enPassant, side, squares } = board;
    const behind = enPassant + (side === WHITE ? -16 : 16);
    const pawn = side | PAWN;
    const isAttacked = squares[behind - 1] === pawn ||
      squares[behind + 1] === pawn;
    if (isAttacked && canCaptureEnPassant(board, enPassant)) return LEGAL;
    // A FEN's own en passant square is kept by lc0 as it is.
    return isAttacked || this.ply === 0 ? PSEUDO_LEGAL : NONE;
  }

  /**
   * Looks for the same position with the same side to move, back to the last
   * capture or pawn move.
   */
  #countRepetitions(): void {
    const { ply } = this;
    const low = this.#keysLow[ply];
    const high = this.#keysHigh[ply];
    const rights = this.#states[ply] & 15;
    const oldest = Math.max(0, ply - this.#clocks[ply]);
    for (let before = ply - 4; before >= oldest; before -= 2) {
      if (
        this.#keysLow[before] !== low || this.#keysHigh[before] !== high ||
        (this.#states[before] & 15) !== rights
      ) continue;
      const kind = this.#states[before] >> 12;
      if (kind === NONE) {
        this.#repetitions[ply] = this.#repetitions[before] + 1;
      }
      if (kind !== LEGAL) {
        this.#legalRepetitions[ply] = this.#legalRepetitions[before] + 1;
      }
      return;
    }
  }

  #growWords(): void {
    this.words = grown(this.words, new Uint16Array(2 * this.words.length));
  }

  #grow(): void {
    const size = 2 * this.#offsets.length;
    this.#offsets = grown(this.#offsets, new Int32Array(size));
    this.#states = grown(this.#states, new Int32Array(size));
    this.#clocks = grown(this.#clocks, new Int32Array(size));
    this.#kings = grown(this.#kings, new Uint16Array(size));
    this.#keysLow = grown(this.#keysLow, new Int32Array(size));
    this.#keysHigh = grown(this.#keysHigh, new Int32Array(size));
    this.#repetitions = grown(this.#repetitions, new Uint8ClampedArray(size));
    this.#legalRepetitions = grown(
      this.#legalRepetitions,
      new Uint8ClampedArray(size),
    );
  }
}

function grown<T extends Int32Array | Uint16Array | Uint8ClampedArray>(
  old: T,
  larger: T,
): T {
  larger.set(old);
  return larger;
}

/** The key of the usual start. */
const USUAL_KEYS = { low: 0, high: 0 };
for (let square = A1; square < A1 + 120; square++) {
  const piece = START_BOARD.squares[square];
  if (piece === 0 || piece === BORDER) continue;
  USUAL_KEYS.low ^= KEYS_LOW[piece << 8 | square];
  USUAL_KEYS.high ^= KEYS_HIGH[piece << 8 | square];
}
