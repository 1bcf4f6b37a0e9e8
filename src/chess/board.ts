// A board of 12 rows of 16 squares, of which 8 × 8 are the chess board and the
// rest is border: a piece that walks off the board meets the border, and the
// difference of two squares tells direction and distance by one look into a
// table.

export const PAWN = 1;
export const KNIGHT = 2;
export const BISHOP = 3;
export const ROOK = 4;
export const QUEEN = 5;
export const KING = 6;
/** What stands on a square of the border; no piece has this type. */
export const BORDER = 7;

/** The colours, as the bit they have in a piece: `BLACK | KNIGHT`. */
export const WHITE = 0;
export const BLACK = 8;

/** The square a1; the next rank is 16 further. */
export const A1 = 36;

/** Castling rights, as bits of {@linkcode Board.rights}. */
export const WHITE_KINGSIDE = 1;
export const WHITE_QUEENSIDE = 2;
export const BLACK_KINGSIDE = 4;
export const BLACK_QUEENSIDE = 8;

// A move: from (8 bits), to (8 bits), promotion (3 bits), kind (3 bits). In a
// board's history follow the piece captured (4 bits), the castling rights before
// the move (4 bits), and whether its side was in check (1 bit). Castling goes to
// the rook's square, which is no capture.
export const PROMOTION_SHIFT = 16;
export const EN_PASSANT = 1 << 19;
export const CASTLING = 1 << 20;
export const NULL_MOVE = 1 << 21;
/** What of a word of the history is the move. */
export const MOVE_MASK = (1 << 22) - 1;
const SPECIAL = EN_PASSANT | CASTLING | NULL_MOVE;
export const CAPTURED_SHIFT = 22;
export const RIGHTS_SHIFT = 26;
/** Set in a word of the history where the side to move was in check before. */
export const CHECK = 1 << 30;

// After the squares of a board come, by square, the place of its piece in the
// list of its kind; by piece, the squares of its kind; by piece, how many.
// Pawns and kings have no list.
const SIZE = 192;
const PLACES = SIZE;
const LISTS = PLACES + SIZE;
const LIST_SHIFT = 6;
const COUNTS = LISTS + (16 << LIST_SHIFT);
const BYTES = COUNTS + 16;

export const KNIGHT_STEPS: Int8Array = Int8Array.of(
  ...[33, 31, 18, 14, -14, -18, -31, -33],
);
/** The steps of a bishop, then those of a rook. */
export const LINE_STEPS: Int8Array = Int8Array.of(
  ...[17, 15, -15, -17, 16, 1, -1, -16],
);

/** By `(to - from) & 255`: the step from a square towards another on a line with it, or 0. */
const STEPS = new Int8Array(256);
/** By `(to - from) & 255`: for each piece a bit, set where it attacks that far on an empty board. */
const ATTACKS = new Uint16Array(256);

for (const [i, step] of LINE_STEPS.entries()) {
  const sliders = i < 4 ? [BISHOP, QUEEN] : [ROOK, QUEEN];
  for (let distance = 1; distance < 8; distance++) {
    const index = step * distance & 255;
    STEPS[index] = step;
    for (const type of sliders) ATTACKS[index] |= bits(type);
  }
  ATTACKS[step & 255] |= bits(KING);
}
for (const step of KNIGHT_STEPS) ATTACKS[step & 255] |= bits(KNIGHT);
for (const step of [15, 17]) {
  ATTACKS[step] |= 1 << (WHITE | PAWN);
  ATTACKS[-step & 255] |= 1 << (BLACK | PAWN);
}

function bits(type: number): number {
  return 1 << (WHITE | type) | 1 << (BLACK | type);
}

/** The square of the board's numbering for one of 0 (a1) to 63 (h8). */
export function toIndex(square: number): number {
  return A1 + square + (square & 56);
}

/** The square 0 (a1) to 63 (h8) for one of the board's numbering. */
export function toSquare(index: number): number {
  const offset = index - A1;
  return (offset + (offset & 7)) >> 1;
}

/**
 * A position in typed arrays, changed in place by {@linkcode makeMove}.
 *
 * What is written here is trusted: only {@linkcode readFen} and the functions
 * of this file may do so.
 */
export class Board {
  /** Pieces by square; what comes after them is this file's own. */
  readonly squares: Uint8Array = new Uint8Array(BYTES);
  /** The side to move. */
  side: number = WHITE;
  whiteKing = 0;
  blackKing = 0;
  /** The castling rights that are left. */
  rights = 0;
  /** The squares of the rooks of K, Q, k, q; shared by copies. */
  rooks: Uint8Array = NO_SQUARES;
  /** By square, the rights that remain when a move begins or ends there. */
  rightsKept: Uint8Array = NO_SQUARES;
  /** The square behind a pawn that has just gone two steps, or 0. */
  enPassant = 0;
  halfMoveClock = 0;
  fullMoveNumber = 1;
  pieceCount = 0;
  /** Whether the side to move is in check. */
  inCheck = false;
  /** Half-moves made since the start. */
  plies = 0;
  /** The moves made since the start; valid up to `plies`. */
  history: Int32Array = NO_HISTORY;
  /** The en passant square at the start. */
  firstEnPassant = 0;
  /** Whether the game is one of Chess960, where castling is always king takes rook. */
  chess960 = false;

  /** Takes over another board's position, and its history where asked for. */
  copyFrom(other: Board, withHistory: boolean): void {
    this.squares.set(other.squares);
    this.rooks = other.rooks;
    this.side = other.side;
    this.whiteKing = other.whiteKing;
    this.blackKing = other.blackKing;
    this.rights = other.rights;
    this.rightsKept = other.rightsKept;
    this.enPassant = other.enPassant;
    this.halfMoveClock = other.halfMoveClock;
    this.fullMoveNumber = other.fullMoveNumber;
    this.pieceCount = other.pieceCount;
    this.inCheck = other.inCheck;
    this.chess960 = other.chess960;
    this.firstEnPassant = withHistory ? other.firstEnPassant : other.enPassant;
    this.plies = withHistory ? other.plies : 0;
    if (withHistory && other.plies > 0) {
      if (this.history.length < other.plies) {
        this.history = new Int32Array(other.history.length);
      }
      this.history.set(other.history.subarray(0, other.plies));
    }
  }

  /** Settles what follows from the pieces, the rights and their rooks. */
  settle(): void {
    const { squares } = this;
    this.pieceCount = 0;
    squares.fill(0, COUNTS);
    for (let square = 0; square < 64; square++) {
      const index = toIndex(square);
      const piece = squares[index];
      if (piece === 0) continue;
      this.pieceCount++;
      if (isListed(piece)) enlist(squares, piece, index);
    }
    this.rightsKept = rightsKept(this.whiteKing, this.blackKing, this.rooks);
    this.firstEnPassant = this.enPassant;
    this.inCheck = isAttacked(this, kingOf(this), this.side ^ BLACK);
  }
}

const NO_HISTORY = new Int32Array(0);
const NO_SQUARES = new Uint8Array(0);

const EMPTY = new Uint8Array(BYTES).fill(BORDER, 0, SIZE);
for (let square = 0; square < 64; square++) EMPTY[toIndex(square)] = 0;

/** An empty board with its border. */
export function emptyBoard(): Board {
  const board = new Board();
  board.squares.set(EMPTY);
  return board;
}

/** A copy of a board, with its history where asked for. */
export function copyBoard(board: Board, withHistory: boolean): Board {
  const copy = new Board();
  copy.copyFrom(board, withHistory);
  return copy;
}

/** The square of the king of the side to move. */
export function kingOf(board: Board): number {
  return board.side === WHITE ? board.whiteKing : board.blackKing;
}

function isListed(piece: number): boolean {
  const type = piece & 7;
  return type >= KNIGHT && type <= QUEEN;
}

function enlist(squares: Uint8Array, piece: number, square: number): void {
  const place = squares[COUNTS + piece]++;
  squares[LISTS + (piece << LIST_SHIFT) + place] = square;
  squares[PLACES + square] = place;
}

/** Takes a piece from its list; the last one comes into its place. */
function delist(squares: Uint8Array, piece: number, square: number): void {
  const list = LISTS + (piece << LIST_SHIFT);
  const place = squares[PLACES + square];
  const last = squares[list + --squares[COUNTS + piece]];
  squares[list + place] = last;
  squares[PLACES + last] = place;
}

/** Whether a piece of `side` attacks a square. */
export function isAttacked(
  board: Board,
  square: number,
  side: number,
): boolean {
  const squares = board.squares;
  const back = side === WHITE ? -16 : 16;
  const pawn = side | PAWN;
  if (
    squares[square + back - 1] === pawn || squares[square + back + 1] === pawn
  ) return true;
  const king = side === WHITE ? board.whiteKing : board.blackKing;
  if ((ATTACKS[square - king & 255] >> KING & 1) === 1) return true;
  for (let piece = side | KNIGHT; piece <= (side | QUEEN); piece++) {
    if (findAttacker(squares, piece, square, 0, 0, 0) !== 0) return true;
  }
  return false;
}

/**
 * Looks back from a square for a knight, bishop, rook or queen that can go
 * there.
 *
 * @param mask Which bits of its square, less a1, are known.
 * @param value Those bits.
 * @param after 0, or the square found before, to look further.
 * @returns The square of the piece, or 0.
 */
export function findAttacker(
  squares: Uint8Array,
  piece: number,
  to: number,
  mask: number,
  value: number,
  after: number,
): number {
  const list = LISTS + (piece << LIST_SHIFT);
  let place = after === 0 ? squares[COUNTS + piece] : squares[PLACES + after];
  while (--place >= 0) {
    const from = squares[list + place];
    const delta = to - from & 255;
    if (
      (ATTACKS[delta] >> piece & 1) === 0 || (from - A1 & mask) !== value ||
      squares[from] !== piece
    ) continue;
    const step = STEPS[delta];
    if (step === 0) return from;
    let square = from + step;
    while (square !== to && squares[square] === 0) square += step;
    if (square === to) return from;
  }
  return 0;
}

/**
 * Whether a move that its piece can make leaves the king of the side to move
 * unattacked. Not for castling.
 */
export function isSafe(board: Board, from: number, to: number): boolean {
  const king = kingOf(board);
  if (board.inCheck || from === king || to === board.enPassant) {
    return isSafeAfter(board, from, to);
  }
  // The king is not attacked now, so only a piece pinned to it can expose it.
  const step = STEPS[from - king & 255];
  if (step === 0 || step === STEPS[to - king & 255]) return true;
  const squares = board.squares;
  let square = king + step;
  while (squares[square] === 0) square += step;
  if (square !== from) return true;
  square = from + step;
  while (squares[square] === 0) square += step;
  const piece = squares[square];
  return (piece & BLACK) === board.side ||
    (ATTACKS[king - square & 255] >> piece & 1) === 0;
}

/** The same for any move but castling, by making it. */
export function isSafeAfter(board: Board, from: number, to: number): boolean {
  const { squares, side } = board;
  const piece = squares[from];
  const captured = squares[to];
  const passed = to === board.enPassant && piece === (side | PAWN)
    ? to + (side === WHITE ? -16 : 16)
    : 0;
  const border = squares[passed];
  squares[from] = 0;
  squares[to] = piece;
  if (passed !== 0) squares[passed] = 0;
  const king = piece === (side | KING) ? to : kingOf(board);
  const safe = !isAttacked(board, king, side ^ BLACK);
  squares[passed] = border;
  squares[to] = captured;
  squares[from] = piece;
  return safe;
}

/** Where king and rook stand after castling with the rook on `rook`. */
export function castledKing(king: number, rook: number): number {
  return king - (king - A1 & 7) + (rook > king ? 6 : 2);
}

/** Makes a legal move. */
export function makeMove(board: Board, move: number): void {
  const squares = board.squares;
  const side = board.side;
  const from = move & 255;
  const to = move >> 8 & 255;
  const ply = board.plies;
  if (ply === board.history.length) growHistory(board);
  const captured = squares[to];
  board.history[ply] = move | captured << CAPTURED_SHIFT |
    board.rights << RIGHTS_SHIFT | (board.inCheck ? CHECK : 0);
  board.plies = ply + 1;
  if (side !== WHITE) board.fullMoveNumber++;
  board.halfMoveClock++;
  board.side = side ^ BLACK;
  if ((move & SPECIAL) !== 0) {
    makeSpecialMove(board, move);
    return;
  }
  let piece = squares[from];
  squares[from] = 0;
  if (captured !== 0) {
    board.pieceCount--;
    board.halfMoveClock = 0;
    if ((captured & 7) !== PAWN) delist(squares, captured, to);
  }
  board.enPassant = 0;
  const type = piece & 7;
  if (type === PAWN) {
    board.halfMoveClock = 0;
    if (to - from === 32 || from - to === 32) {
      board.enPassant = from + to >> 1;
    } else if (move >> PROMOTION_SHIFT !== 0) {
      piece = side | move >> PROMOTION_SHIFT;
      enlist(squares, piece, to);
    }
  } else if (type === KING) {
    if (side === WHITE) board.whiteKing = to;
    else board.blackKing = to;
  } else {
    const place = squares[PLACES + from];
    squares[PLACES + to] = place;
    squares[LISTS + (piece << LIST_SHIFT) + place] = to;
  }
  squares[to] = piece;
  if (board.rights !== 0) {
    board.rights &= board.rightsKept[from] & board.rightsKept[to];
  }
  const king = side === WHITE ? board.blackKing : board.whiteKing;
  board.inCheck = givesCheck(squares, from, to, piece, king);
}

/** Whether a piece that has come from `from` to `to`, or one behind it, attacks `king`. */
function givesCheck(
  squares: Uint8Array,
  from: number,
  to: number,
  piece: number,
  king: number,
): boolean {
  const towards = king - to & 255;
  if ((ATTACKS[towards] >> piece & 1) === 1) {
    const step = STEPS[towards];
    if (step === 0) return true;
    let square = to + step;
    while (squares[square] === 0) square += step;
    if (square === king) return true;
  }
  const step = STEPS[from - king & 255];
  if (step === 0) return false;
  let square = king + step;
  while (squares[square] === 0) square += step;
  const behind = squares[square];
  return (behind & BLACK) === (piece & BLACK) &&
    (ATTACKS[king - square & 255] >> behind & 1) === 1;
}

/** Makes a move of which the squares it leaves are more than one; its side has been changed. */
function makeSpecialMove(board: Board, move: number): void {
  const { squares } = board;
  const side = board.side ^ BLACK;
  const from = move & 255;
  const to = move >> 8 & 255;
  board.enPassant = 0;
  if ((move & CASTLING) !== 0) {
    const kingTo = castledKing(from, to);
    squares[from] = 0;
    squares[to] = 0;
    squares[kingTo] = side | KING;
    const rookTo = kingTo + (to > from ? -1 : 1);
    delist(squares, side | ROOK, to);
    enlist(squares, side | ROOK, rookTo);
    squares[rookTo] = side | ROOK;
    if (side === WHITE) board.whiteKing = kingTo;
    else board.blackKing = kingTo;
    board.rights &= board.rightsKept[from];
  } else if ((move & EN_PASSANT) !== 0) {
    squares[from] = 0;
    squares[to] = side | PAWN;
    squares[to + (side === WHITE ? -16 : 16)] = 0;
    board.pieceCount--;
    board.halfMoveClock = 0;
  }
  board.inCheck = isAttacked(board, kingOf(board), side);
}

function growHistory(board: Board): void {
  const grown = new Int32Array(Math.max(64, board.history.length * 2));
  grown.set(board.history);
  board.history = grown;
}

function rightsKept(
  whiteKing: number,
  blackKing: number,
  rooks: Uint8Array,
): Uint8Array {
  const kept = new Uint8Array(SIZE).fill(15);
  kept[whiteKing] &= ~(WHITE_KINGSIDE | WHITE_QUEENSIDE);
  kept[blackKing] &= ~(BLACK_KINGSIDE | BLACK_QUEENSIDE);
  rooks.forEach((rook, i) => {
    if (rook !== 0) kept[rook] &= ~(1 << i);
  });
  return kept;
}
