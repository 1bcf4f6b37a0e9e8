// Encodes a position as the 77 tokens of searchless_chess.
import { A1, BLACK, ROOK, toSquare, WHITE } from "../chess/board.ts";
import { PIECE_LETTERS } from "../chess/fen.ts";
import type { ListEncoder } from "./input_encoder.ts";
import type { PositionHistory } from "./position_history.ts";

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
  write(history, out, at) {
    const { words, enPassant } = history;
    out.fill(PADDING, at, at + 77);
    out[at] = SIDES[history.side >> 3];
    const end = history.endOf(0);
    for (let i = history.startOf(0); i < end; i++) {
      const word = words[i];
      out[at + 1 + (toSquare(word & 255) ^ 56)] = PIECES[word >> 8];
    }
    writeRights(history, out, at + 65);
    if (enPassant !== 0) {
      const square = toSquare(enPassant);
      out[at + 69] = FILE_A + (square & 7);
      out[at + 70] = 1 + (square >> 3);
    }
    writeNumber(history.halfMoveClock, out, at + 71);
    writeNumber(history.fullMoveNumber, out, at + 74);
  },
};

/**
 * Writes the rights as the FEN does: a rook that is not the outermost by its
 * file. Where that has no token, a capital other than B, K or Q stands for it.
 */
function writeRights(
  history: PositionHistory,
  out: Uint8Array | Int32Array,
  at: number,
): void {
  const { rights } = history;
  const { rooks } = history.start;
  let next = at;
  for (let i = 0; i < 4; i++) {
    if ((rights >> i & 1) === 0) continue;
    const rook = rooks[i];
    const file = ALPHABET.indexOf(
      (i < 2 ? "ABCDEFGH" : "abcdefgh")[rook - A1 & 7],
    );
    out[next++] = file < 0 || isOutermost(history, rook) ? RIGHTS[i] : file;
  }
}

/** Whether no rook of the same side is further out than one that may castle. */
function isOutermost(history: PositionHistory, rook: number): boolean {
  const { words } = history;
  const side = rook < A1 + 8 ? WHITE : BLACK;
  const isShort = rook > history.kingOf(side);
  const end = history.endOf(0);
  for (let i = history.startOf(0); i < end; i++) {
    const word = words[i];
    const square = word & 255;
    if (
      word >> 8 === (side | ROOK) && square >> 4 === rook >> 4 &&
      (isShort ? square > rook : square < rook)
    ) return false;
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
