// Encodes a position with its score and result as the 32 bytes of bulletformat.
import { BLACK, toSquare } from "../chess/board.ts";
import type { PositionHistory } from "./position_history.ts";

/** Bytes of a position. */
export const BULLET_BYTES = 32;
const MAX_PIECES = 32;

/**
 * Writes a position as the ChessBoard of bulletformat does.
 *
 * @param history The position is its current one.
 * @param score Its score for the side to move, in centipawns; kept within 16 bits.
 * @param outcome The game's outcome for the side to move: 1, 0, -1.
 * @param out Where to write.
 * @param at The index to write at.
 * @throws {RangeError} If there are more than 32 pieces.
 */
export function writeBullet(
  history: PositionHistory,
  score: number,
  outcome: number,
  out: Uint8Array,
  at: number,
): void {
  const { side, words, pieceCount } = history;
  if (pieceCount > MAX_PIECES) {
    throw new RangeError(
      `Cannot encode a position as the board has more than 32 pieces: current value is ${pieceCount}`,
    );
  }
  out.fill(0, at, at + BULLET_BYTES);
  const flip = side === BLACK ? 56 : 0;
  NIBBLES.fill(NO_PIECE);
  const end = history.endOf(0);
  for (let i = history.startOf(0); i < end; i++) {
    const piece = words[i] >> 8;
    NIBBLES[toSquare(words[i] & 255) ^ flip] = (piece & 7) - 1 |
      (piece ^ side) & BLACK;
  }
  let count = 0;
  for (let square = 0; square < 64; square++) {
    const nibble = NIBBLES[square];
    if (nibble === NO_PIECE) continue;
    out[at + (square >> 3)] |= 1 << (square & 7);
    out[at + 8 + (count >> 1)] |= nibble << ((count & 1) << 2);
    count++;
  }
  const clamped = Math.max(-32768, Math.min(32767, Math.round(score)));
  out[at + 24] = clamped & 255;
  out[at + 25] = clamped >> 8 & 255;
  out[at + 26] = outcome + 1;
  out[at + 27] = toSquare(history.kingOf(side)) ^ flip;
  out[at + 28] = toSquare(history.kingOf(side ^ BLACK)) ^ flip ^ 56;
}

const NO_PIECE = 255;
/** The nibbles of a position by square. */
const NIBBLES = new Uint8Array(64);
