// Encodes a position with its score and result as the 32 bytes of bulletformat.
import { A1, BLACK, type Board, toSquare } from "../chess/board.ts";

/** Bytes of a position. */
export const BULLET_BYTES = 32;
const MAX_PIECES = 32;

/**
 * Writes a position as the ChessBoard of bulletformat does.
 *
 * @param board The position.
 * @param score Its score for the side to move, in centipawns; kept within 16 bits.
 * @param outcome The game's outcome for the side to move: 1, 0, -1.
 * @param out Where to write.
 * @param at The index to write at.
 * @throws {RangeError} If there are more than 32 pieces.
 */
export function writeBullet(
  board: Board,
  score: number,
  outcome: number,
  out: Uint8Array,
  at: number,
): void {
  const { squares, side } = board;
  if (board.pieceCount > MAX_PIECES) {
    throw new RangeError(
      `Cannot encode a position as the board has more than 32 pieces: current value is ${board.pieceCount}`,
    );
  }
  out.fill(0, at, at + BULLET_BYTES);
  const flip = side === BLACK ? 56 : 0;
  let count = 0;
  for (let seen = 0; seen < 64; seen++) {
    const square = seen ^ flip;
    const piece = squares[A1 + square + (square & 56)];
    if (piece === 0) continue;
    out[at + (seen >> 3)] |= 1 << (seen & 7);
    out[at + 8 + (count >> 1)] |= ((piece & 7) - 1 | (piece ^ side) & BLACK) <<
      ((count & 1) << 2);
    count++;
  }
  const clamped = Math.max(-32768, Math.min(32767, Math.round(score)));
  out[at + 24] = clamped & 255;
  out[at + 25] = clamped >> 8 & 255;
  out[at + 26] = outcome + 1;
  const own = side === BLACK ? board.blackKing : board.whiteKing;
  const theirs = side === BLACK ? board.whiteKing : board.blackKing;
  out[at + 27] = toSquare(own) ^ flip;
  out[at + 28] = toSquare(theirs) ^ flip ^ 56;
}
