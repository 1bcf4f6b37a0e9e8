// Keeps the positions of a game in the form that the encodings write from.
import {
  A1,
  BLACK,
  type Board,
  BORDER,
  castledKing,
  CASTLING,
  EN_PASSANT,
  KING,
  makeMove,
  MOVE_MASK,
  NULL_MOVE,
  PAWN,
  ROOK,
  WHITE,
} from "../chess/board.ts";
import { canCaptureEnPassant } from "../chess/en_passant.ts";
import { START_BOARD } from "../chess/position.ts";
import { rewind } from "../chess/rewind.ts";

/** How far an encoding looks back: the current position and the seven before it. */
export const POSITIONS_SEEN = 8;

/** As many pieces as a board has squares. */
const MAX_PIECES = 64;

// What is known of a ply, in four numbers: where its words begin; how many they
// are, with the repetitions by either rule in the next two bytes; the clock; and
// the rights, bits 0–3, the en passant square, 4–11, its kind, 12–13, the kings'
// squares, 14–21 and 22–29.
const FACTS = 4;
const COUNTS = 1;
const CLOCK = 2;
const STATE = 3;
/** Plies that there is room for at first. */
const PLIES = 128;

/** An en passant square: none, one that no pawn can legally capture on, one that a pawn can. */
const NONE = 0;
const PSEUDO_LEGAL = 1;
const LEGAL = 2;

// A random word for each piece on each square, in two halves, so that a
// position has a key of 64 bits; that of no piece is 0. The generator is xorshift32.
const KEYS_LOW = new Int32Array(4096);
const KEYS_HIGH = new Int32Array(4096);
let state = 0x2545f491;
for (const keys of [KEYS_LOW, KEYS_HIGH]) {
  for (let i = 1; i < keys.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    keys[i] = state;
  }
}

/** What the positions of a game have in common. */
export interface HistoryStart {
  readonly side: number;
  /** The number of the first move. */
  readonly number: number;
  /** The squares of the rooks of K, Q, k, q that may castle. */
  readonly rooks: Uint8Array;
  /** Whether the first position is the usual start of a game; counters do not matter. */
  readonly isUsual: boolean;
}

/** A history as plain data. */
export interface HistoryParts {
  readonly words: Uint16Array;
  readonly facts: Int32Array;
  readonly start: HistoryStart;
}

const USUAL_START: HistoryStart = {
  side: WHITE,
  number: 1,
  rooks: START_BOARD.rooks,
  isUsual: true,
};

/**
 * The positions of a game, each as a list of words `piece << 8 | square` in no
 * order, with all else that encodings ask for.
 */
export class PositionHistory implements HistoryParts {
  /** The ply of the current position, counted from the first. */
  ply = 0;
  /** The words of all positions. */
  words: Uint16Array;
  /** By ply, what else is known of its position. */
  facts: Int32Array;
  start: HistoryStart;

  /** The history of these parts. */
  constructor({ words, facts, start }: HistoryParts) {
    this.words = words;
    this.facts = facts;
    this.start = start;
  }

  /** The side to move. */
  get side(): number {
    return this.start.side ^ (this.ply & 1) << 3;
  }

  /** The castling rights that are left. */
  get rights(): number {
    return this.facts[FACTS * this.ply + STATE] & 15;
  }

  /** The en passant square where a capture is legal, or 0. */
  get enPassant(): number {
    const state = this.facts[FACTS * this.ply + STATE];
    return (state >> 12 & 3) === LEGAL ? state >> 4 & 255 : 0;
  }

  /** Half-moves since a pawn was last moved or a piece captured. */
  get halfMoveClock(): number {
    return this.facts[FACTS * this.ply + CLOCK];
  }

  /** The number of the move. */
  get fullMoveNumber(): number {
    const { side, number } = this.start;
    return number + (this.ply + (side === BLACK ? 1 : 0) >> 1);
  }

  /** The square of a side's king. */
  kingOf(side: number): number {
    const state = this.facts[FACTS * this.ply + STATE];
    return state >> (side === WHITE ? 14 : 22) & 255;
  }

  /** How many pieces are on the board. */
  get pieceCount(): number {
    return this.facts[FACTS * this.ply + COUNTS] & 255;
  }

  /** Where the words of the position of `age` plies ago begin. */
  startOf(age: number): number {
    return this.facts[FACTS * (this.ply - age)];
  }

  /** Where they end. */
  endOf(age: number): number {
    const at = FACTS * (this.ply - age);
    return this.facts[at] + (this.facts[at + COUNTS] & 255);
  }

  /** The en passant square of the first position, captured on or not, or 0. */
  get firstEnPassant(): number {
    return this.facts[STATE] >> 4 & 255;
  }

  /**
   * How often the position of `age` plies ago had occurred before, as lc0
   * counts: an en passant square belongs to a position where a pawn attacks it.
   */
  repetitionsOf(age: number): number {
    return this.facts[FACTS * (this.ply - age) + COUNTS] >> 8 & 255;
  }

  /** The same as python-chess counts: where a pawn can legally capture there. */
  legalRepetitionsOf(age: number): number {
    return this.facts[FACTS * (this.ply - age) + COUNTS] >> 16 & 255;
  }
}

/**
 * A history that grows: `restart` takes a first position, `push` the board again
 * after each move.
 */
export class GrowingHistory extends PositionHistory {
  /** The words, two at a time. */
  #pairs: Int32Array;
  /** By square, the place of its piece in the list of the last position. */
  readonly #places = new Uint8Array(256);
  #keysLow = new Int32Array(PLIES);
  #keysHigh = new Int32Array(PLIES);

  /** Creates an empty history. */
  constructor() {
    const words = new Uint16Array(PLIES * 32);
    const facts = new Int32Array(PLIES * FACTS);
    super({ words, facts, start: USUAL_START });
    this.#pairs = new Int32Array(words.buffer);
  }

  /** The history of a board, rebuilt from the moves made on it. */
  static of(board: Board): GrowingHistory {
    const history = new GrowingHistory();
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
    const { squares } = board;
    this.ply = 0;
    let end = 0;
    let low = 0;
    let high = 0;
    for (let rank = A1; rank < A1 + 128; rank += 16) {
      for (let square = rank; square < rank + 8; square++) {
        const piece = squares[square];
        if (piece === 0) continue;
        const word = piece << 8 | square;
        low ^= KEYS_LOW[word];
        high ^= KEYS_HIGH[word];
        this.#places[square] = end;
        this.words[end++] = word;
      }
    }
    this.#keysLow[0] = low;
    this.#keysHigh[0] = high;
    this.#record(board, 0, end);
    const isUsual = board.side === WHITE && board.enPassant === 0 &&
      board.rights === 15 && low === USUAL_KEYS.low &&
      high === USUAL_KEYS.high;
    this.start = {
      side: board.side,
      number: board.fullMoveNumber,
      rooks: board.rooks,
      isUsual,
    };
  }

  /** Takes in the position that a board has now, one move after the last one. */
  push(board: Board): void {
    const old = this.startOf(0);
    const count = this.endOf(0) - old;
    // It begins at an even place.
    const first = old + count + 1 & ~1;
    this.ply++;
    if (this.ply === this.#keysLow.length) this.#grow();
    if (first + MAX_PIECES > this.words.length) this.#growWords();
    const pairs = this.#pairs;
    let to = first >> 1;
    for (let from = old >> 1; from < first >> 1; from++) {
      pairs[to++] = pairs[from];
    }
    this.#record(board, first, this.#change(board, first, count));
    if (board.halfMoveClock >= 4) this.#countRepetitions();
  }

  /**
   * Brings the words at `first`, those of the position before, to that after the
   * last move of a board.
   *
   * @returns How many there are then.
   */
  #change(board: Board, first: number, count: number): number {
    const { words, ply } = this;
    const places = this.#places;
    const move = board.history[board.plies - 1];
    const from = move & 255;
    const to = move >> 8 & 255;
    const side = board.side ^ BLACK;
    this.#keysLow[ply] = this.#keysLow[ply - 1];
    this.#keysHigh[ply] = this.#keysHigh[ply - 1];
    if ((move & NULL_MOVE) !== 0) return count;
    if ((move & CASTLING) !== 0) {
      const king = first + places[from];
      const rook = first + places[to];
      const kingTo = castledKing(from, to);
      const rookTo = kingTo + (to > from ? -1 : 1);
      this.#put(king, (side | KING) << 8 | kingTo);
      this.#put(rook, (side | ROOK) << 8 | rookTo);
      places[kingTo] = king - first;
      places[rookTo] = rook - first;
      return count;
    }
    if (board.pieceCount < count) {
      count--;
      const isEnPassant = (move & EN_PASSANT) !== 0;
      const square = isEnPassant ? to + (side === WHITE ? -16 : 16) : to;
      const place = places[square];
      const last = words[first + count];
      this.#put(first + place, 0);
      words[first + place] = last;
      places[last & 255] = place;
    }
    const place = places[from];
    this.#put(first + place, board.squares[to] << 8 | to);
    places[to] = place;
    return count;
  }

  /** Puts a word in place of another one; 0 stands for none. */
  #put(at: number, word: number): void {
    const { words, ply } = this;
    const old = words[at];
    this.#keysLow[ply] ^= KEYS_LOW[old] ^ KEYS_LOW[word];
    this.#keysHigh[ply] ^= KEYS_HIGH[old] ^ KEYS_HIGH[word];
    words[at] = word;
  }

  /** Notes what is known of a board besides its pieces. */
  #record(board: Board, first: number, count: number): void {
    const { enPassant, whiteKing, blackKing } = board;
    const at = FACTS * this.ply;
    const { facts } = this;
    facts[at] = first;
    facts[at + COUNTS] = count;
    facts[at + CLOCK] = board.halfMoveClock;
    facts[at + STATE] = board.rights | whiteKing << 14 | blackKing << 22 |
      (enPassant === 0 ? 0 : enPassant << 4 | this.#enPassantKind(board) << 12);
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
    const { ply, facts } = this;
    const at = FACTS * ply;
    const low = this.#keysLow[ply];
    const high = this.#keysHigh[ply];
    const rights = facts[at + STATE] & 15;
    const oldest = Math.max(0, ply - facts[at + CLOCK]);
    for (let before = ply - 4; before >= oldest; before -= 2) {
      if (this.#keysLow[before] !== low || this.#keysHigh[before] !== high) {
        continue;
      }
      const state = facts[FACTS * before + STATE];
      if ((state & 15) !== rights) continue;
      const kind = state >> 12 & 3;
      const counts = facts[FACTS * before + COUNTS];
      const often = Math.min(255, (counts >> 8 & 255) + 1);
      const legal = Math.min(255, (counts >> 16 & 255) + 1);
      if (kind === NONE) facts[at + COUNTS] |= often << 8;
      if (kind !== LEGAL) facts[at + COUNTS] |= legal << 16;
      return;
    }
  }

  #growWords(): void {
    const words = new Uint16Array(2 * this.words.length);
    words.set(this.words);
    this.words = words;
    this.#pairs = new Int32Array(words.buffer);
  }

  #grow(): void {
    const size = 2 * this.#keysLow.length;
    this.facts = grown(this.facts, FACTS * size);
    this.#keysLow = grown(this.#keysLow, size);
    this.#keysHigh = grown(this.#keysHigh, size);
  }
}

function grown(old: Int32Array, size: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(size);
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
