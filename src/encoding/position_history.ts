// Keeps the last positions of a game in the form that the encodings write from.
import {
  A1,
  type Board,
  BORDER,
  canCaptureEnPassant,
  makeMove,
  MOVE_MASK,
  PAWN,
  WHITE,
} from "../chess/board.ts";
import { START_BOARD } from "../chess/position.ts";
import { rewind } from "../chess/rewind.ts";

/** How many positions are kept: the current one and the seven before it. */
export const POSITIONS_KEPT = 8;

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

/**
 * A game's last positions, each as a list of words `piece << 8 | square`, and
 * how often each position had occurred before.
 *
 * `restart` takes a first position, `push` the board again after each move.
 */
export class PositionHistory {
  /** The current position. */
  board: Board = START_BOARD;
  /** The current ply, counted from the first position. */
  ply = 0;
  /** Whether the first position is the usual start of a game. */
  isUsualStart = true;
  /** The en passant square of the first position, or 0. */
  firstEnPassant = 0;
  /** The words of the positions kept, by {@linkcode offsetOf}. */
  readonly words: Uint16Array = new Uint16Array(POSITIONS_KEPT * MAX_PIECES);
  /** How many words each of them has. */
  readonly #counts = new Uint8Array(POSITIONS_KEPT);
  #keysLow = new Int32Array(256);
  #keysHigh = new Int32Array(256);
  /** By ply: castling rights, bits 0–3; the en passant square's kind, bits 4–5. */
  #states = new Uint8Array(256);
  /** By ply, how often the position had occurred before, by the rules of lc0. */
  #repetitions = new Uint8ClampedArray(256);
  /** The same by the rules of python-chess. */
  #legalRepetitions = new Uint8ClampedArray(256);

  /** The history of a board, rebuilt from the moves made on it. */
  static of(board: Board): PositionHistory {
    const history = new PositionHistory();
    const replayed = rewind(board);
    history.restart(replayed);
    for (let ply = 0; ply < board.plies; ply++) {
      makeMove(replayed, board.history[ply] & MOVE_MASK);
      history.push();
    }
    return history;
  }

  /** Begins anew with the position that the board has now. */
  restart(board: Board): void {
    this.board = board;
    this.ply = 0;
    this.firstEnPassant = board.enPassant;
    this.#record();
    this.isUsualStart = board.side === WHITE && board.enPassant === 0 &&
      board.rights === 15 && this.#keysLow[0] === USUAL_KEYS.low &&
      this.#keysHigh[0] === USUAL_KEYS.high;
  }

  /** Takes in the position that the board has now, one move after the last one. */
  push(): void {
    this.ply++;
    if (this.ply === this.#states.length) this.#grow();
    this.#record();
    if (this.board.halfMoveClock >= 4) this.#countRepetitions();
  }

  /** Whether the position of `age` plies ago is known and kept. */
  has(age: number): boolean {
    return age <= this.ply && age < POSITIONS_KEPT;
  }

  /** Where the words of the position of `age` plies ago begin. */
  offsetOf(age: number): number {
    return (this.ply - age & POSITIONS_KEPT - 1) * MAX_PIECES;
  }

  /** How many pieces the position of `age` plies ago has. */
  countOf(age: number): number {
    return this.#counts[this.ply - age & POSITIONS_KEPT - 1];
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

  #record(): void {
    const { board, words, ply } = this;
    const { squares } = board;
    const slot = ply & POSITIONS_KEPT - 1;
    const first = slot * MAX_PIECES;
    let end = first;
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
    this.#counts[slot] = end - first;
    this.#keysLow[ply] = low;
    this.#keysHigh[ply] = high;
    this.#states[ply] = board.rights | this.#enPassantKind() << 4;
    this.#repetitions[ply] = 0;
    this.#legalRepetitions[ply] = 0;
  }

  #enPassantKind(): number {
    const { board } = this;
    const { enPassant, side, squares } = board;
    if (enPassant === 0) return NONE;
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
    const oldest = Math.max(0, ply - this.board.halfMoveClock);
    for (let before = ply - 4; before >= oldest; before -= 2) {
      if (
        this.#keysLow[before] !== low || this.#keysHigh[before] !== high ||
        (this.#states[before] & 15) !== rights
      ) continue;
      const kind = this.#states[before] >> 4;
      if (kind === NONE) {
        this.#repetitions[ply] = this.#repetitions[before] + 1;
      }
      if (kind !== LEGAL) {
        this.#legalRepetitions[ply] = this.#legalRepetitions[before] + 1;
      }
      return;
    }
  }

  #grow(): void {
    const size = 2 * this.#states.length;
    this.#keysLow = grown(this.#keysLow, new Int32Array(size));
    this.#keysHigh = grown(this.#keysHigh, new Int32Array(size));
    this.#states = grown(this.#states, new Uint8Array(size));
    this.#repetitions = grown(this.#repetitions, new Uint8ClampedArray(size));
    this.#legalRepetitions = grown(
      this.#legalRepetitions,
      new Uint8ClampedArray(size),
    );
  }
}

function grown<T extends Int32Array | Uint8Array | Uint8ClampedArray>(
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
