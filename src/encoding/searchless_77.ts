// Encodes a position as the 77 tokens of searchless_chess.
import {
  A1,
  type Board,
  canCaptureEnPassant,
  toSquare,
} from "../chess/board.ts";
import { castlingText, PIECE_LETTERS } from "../chess/fen.ts";
import type { ListEncoder } from "./input_encoder.ts";

const ALPHABET = "0123456789abcdefghpnrkqPBNRQKw.";
const PADDING = ALPHABET.indexOf(".");
const FILE_A = ALPHABET.indexOf("a");
const SIDES = [ALPHABET.indexOf("w"), ALPHABET.indexOf("b")];
const RIGHTS = Array.from("KQkq", (letter) => ALPHABET.indexOf(letter));
/** By piece; an empty square is padding. */
const PIECES = Uint8Array.from(
  PIECE_LETTERS,
  (letter) => letter === " " ? PADDING : ALPHABET.indexOf(letter),
);

/**
 * The FEN with a fixed length: side, 64 squares from a8, castling, en passant,
 * clock, move number.
 */
export const SEARCHLESS_77: ListEncoder = {
  kind: "list",
  dtype: "uint8",
  shape: [77],
  size: ALPHABET.length,
  source:
    "The tokenizer of searchless_chess (Grandmaster-Level Chess Without Search): the characters of a FEN, padded.",
  write({ board }, out, at) {
    out[at] = SIDES[board.side >> 3];
    let next = at + 1;
    for (let rank = A1 + 112; rank >= A1; rank -= 16) {
      for (let square = rank; square < rank + 8; square++) {
        out[next++] = PIECES[board.squares[square]];
      }
    }
    out.fill(PADDING, next, next + 12);
    writeRights(board, out, next);
    const { enPassant } = board;
    if (enPassant !== 0 && canCaptureEnPassant(board, enPassant)) {
      const square = toSquare(enPassant);
      out[next + 4] = FILE_A + (square & 7);
      out[next + 5] = 1 + (square >> 3);
    }
    writeNumber(board.halfMoveClock, out, next + 6);
    writeNumber(board.fullMoveNumber, out, next + 9);
  },
};

/**
 * Writes the rights as the FEN does. A file's letter that has no token, a
 * capital other than B, is written as K or Q.
 */
function writeRights(
  board: Board,
  out: Uint8Array | Int32Array,
  at: number,
): void {
  const { rights, rooks } = board;
  const text = areUsual(board) ? "" : castlingText(board);
  let next = at;
  for (let i = 0; i < 4; i++) {
    if ((rights >> i & 1) === 0 || rooks[i] === 0) continue;
    const token = text === "" ? RIGHTS[i] : ALPHABET.indexOf(text[next - at]);
    out[next++] = token < 0 ? RIGHTS[i] : token;
  }
}

/** Whether all rooks that may castle stand in a corner. */
function areUsual({ rights, rooks }: Board): boolean {
  for (let i = 0; i < 4; i++) {
    const file = rooks[i] - A1 & 7;
    if ((rights >> i & 1) === 1 && file !== 0 && file !== 7) return false;
  }
  return true;
}

/** Writes a number of at most three digits; a larger one as 999. */
function writeNumber(
  number: number,
  out: Uint8Array | Int32Array,
  at: number,
): void {
  const shown = Math.min(number, 999);
  let next = at;
  if (shown >= 100) out[next++] = Math.floor(shown / 100);
  if (shown >= 10) out[next++] = Math.floor(shown / 10) % 10;
  out[next] = shown % 10;
}
