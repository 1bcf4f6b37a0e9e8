// Encodes and decodes single positions and moves.
import type { Board } from "../chess/board.ts";
import { listLegalMoves, MAX_MOVES } from "../chess/legal_moves.ts";
import { BoardPosition, type Position } from "../chess/position.ts";
import { writeUci } from "../chess/write_move.ts";
import { BULLET_BYTES, writeBullet } from "./bulletformat.ts";
import {
  type InputEncoding,
  POLICIES,
  type PolicyEncoding,
} from "./encodings.ts";
import { type InputOptions, inputWriter } from "./input_writer.ts";
import {
  indexOfMove,
  moveOfIndex,
  type PolicyEncoder,
} from "./policy_encoder.ts";
import { GrowingHistory } from "./position_history.ts";

/**
 * Encodes a position. Encodings that look back use the moves that were played
 * on it since its FEN.
 *
 * @example Usage
 * ```ts
 * import { encodeInput, parseFen } from "@chess/game-cache";
 * import assert from "node:assert/strict";
 *
 * const position = parseFen("8/8/8/4k3/8/8/4P3/4K3 w - - 0 1");
 * const planes = encodeInput(position, "planes-12");
 * assert.equal(planes.length, 12 * 64);
 * assert.equal(planes[12], 1); // own pawn on e2
 * assert.equal(planes[5 * 64 + 4], 1); // own king on e1
 * assert.equal(planes[11 * 64 + 36], 1); // their king on e5
 * ```
 *
 * @param position The position.
 * @param encoding The name of the encoding.
 * @param options Type, layout and form of the numbers.
 * @returns The numbers, in the shape that `ENCODINGS` names.
 * @throws {TypeError} If the position does not come from this module.
 * @throws {RangeError} If the encoding is unknown or an option does not fit it,
 * or if an encoding of features meets more than 32 pieces.
 */
export function encodeInput(
  position: Position,
  encoding: InputEncoding,
  options: InputOptions = {},
): Uint8Array | Float16Array | Float32Array | Int32Array {
  const writer = inputWriter(encoding, options);
  const out = writer.create(1);
  const { board } = ourPosition(position);
  if (writer.needsHistory) {
    writer.write(GrowingHistory.of(board), out, 0);
  } else {
    HISTORY.restart(board);
    writer.write(HISTORY, out, 0);
  }
  return out;
}

/**
 * Encodes a position with its score and result as a ChessBoard of bulletformat.
 *
 * @example Usage
 * ```ts
 * import { encodeBullet, parseFen } from "@chess/game-cache";
 * import assert from "node:assert/strict";
 *
 * const position = parseFen("8/8/8/4k3/8/8/4P3/4K3 b - - 0 1");
 * const bytes = encodeBullet(position, -120, -1);
 * assert.equal(bytes.length, 32);
 * assert.equal(new DataView(bytes.buffer).getInt16(24, true), -120);
 * assert.equal(bytes[26], 0); // lost
 * ```
 *
 * @param position The position.
 * @param score Its score for the side to move, in centipawns; kept within 16 bits.
 * @param outcome How the game ended for the side to move: 1, 0, -1.
 * @returns The 32 bytes.
 * @throws {TypeError} If the position does not come from this module.
 * @throws {RangeError} If there are more than 32 pieces.
 */
export function encodeBullet(
  position: Position,
  score: number,
  outcome: 1 | 0 | -1,
): Uint8Array {
  const out = new Uint8Array(BULLET_BYTES);
  HISTORY.restart(ourPosition(position).board);
  writeBullet(HISTORY, score, outcome, out, 0);
  return out;
}

/**
 * Encodes a legal move as its index of a policy.
 *
 * @example Usage
 * ```ts
 * import { decodeMove, encodeMove, parseFen } from "@chess/game-cache";
 * import assert from "node:assert/strict";
 *
 * const position = parseFen("r3k2r/8/8/8/8/8/8/R3K2R w KQkq - 0 1");
 * const index = encodeMove("e1g1", position, "lc0-1858");
 * assert.equal(index, 103);
 * assert.equal(decodeMove(index, position, "lc0-1858"), "e1g1");
 * ```
 *
 * @param move The move in SAN or in coordinates.
 * @param position The position it is played in.
 * @param policy The name of the policy.
 * @returns The index.
 * @throws {PgnError} If the move is not legal.
 * @throws {TypeError} If the position does not come from this module.
 * @throws {RangeError} If the policy is unknown or the move is a null move.
 */
export function encodeMove(
  move: string,
  position: Position,
  policy: PolicyEncoding,
): number {
  const encoder = policyEncoder(policy);
  const known = ourPosition(position);
  const index = indexOfMove(
    encoder,
    known.board,
    known.findMove(move, "encode"),
  );
  if (index < 0) {
    throw new RangeError(
      `Cannot encode a move as a null move has no index: current value is ${move}`,
    );
  }
  return index;
}

/**
 * Decodes an index of a policy as a legal move. `fromto-4096` takes a promotion
 * as one to a queen.
 *
 * @example Usage
 * ```ts
 * import { decodeMove, parseFen } from "@chess/game-cache";
 * import assert from "node:assert/strict";
 *
 * const position = parseFen("8/4P1k1/8/8/8/8/8/4K3 w - - 0 1");
 * assert.equal(decodeMove(1515, position, "lc0-1858"), "e7e8n");
 * ```
 *
 * @param index The index.
 * @param position The position the move is played in.
 * @param policy The name of the policy.
 * @returns The move in coordinates, as the position writes them.
 * @throws {TypeError} If the position does not come from this module.
 * @throws {RangeError} If the policy is unknown or the index means no legal move.
 */
export function decodeMove(
  index: number,
  position: Position,
  policy: PolicyEncoding,
): string {
  const encoder = policyEncoder(policy);
  const known = ourPosition(position);
  const isIndex = Number.isInteger(index) && index >= 0 && index < encoder.size;
  const move = isIndex ? moveOfIndex(encoder, known.board, index) : -1;
  if (move < 0) {
    throw new RangeError(
      `Cannot decode a move as index ${index} of ${policy} means no legal move in ${known.fen()}`,
    );
  }
  return writeUci(move, known.kingTakesRook);
}

/**
 * The legal moves of a position as bits of a policy's indices, low bit first.
 *
 * @example Usage
 * ```ts
 * import { encodeMove, legalMoveMask, parseFen } from "@chess/game-cache";
 * import assert from "node:assert/strict";
 *
 * const position = parseFen("8/8/8/4k3/8/8/4P3/4K3 w - - 0 1");
 * const mask = legalMoveMask(position, "lc0-1858");
 * const index = encodeMove("e2e4", position, "lc0-1858");
 * assert.equal(mask.length, Math.ceil(1858 / 8));
 * assert.equal(mask[index >> 3] >> (index & 7) & 1, 1);
 * ```
 *
 * @param position The position.
 * @param policy The name of the policy.
 * @returns The bits, in as many bytes as all indices need.
 * @throws {TypeError} If the position does not come from this module.
 * @throws {RangeError} If the policy is unknown.
 */
export function legalMoveMask(
  position: Position,
  policy: PolicyEncoding,
): Uint8Array {
  const encoder = policyEncoder(policy);
  const mask = new Uint8Array(maskLength(encoder));
  writeLegalMoves(encoder, ourPosition(position).board, mask, 0);
  return mask;
}

/** Bytes of a mask of legal moves. */
export function maskLength({ size }: PolicyEncoder): number {
  return Math.ceil(size / 8);
}

/** Sets the bits of all legal moves where the array is all zeros. */
export function writeLegalMoves(
  policy: PolicyEncoder,
  board: Board,
  out: Uint8Array,
  at: number,
): void {
  const count = listLegalMoves(board, MOVES);
  for (let i = 0; i < count; i++) {
    const index = indexOfMove(policy, board, MOVES[i]);
    out[at + (index >> 3)] |= 1 << (index & 7);
  }
}

const MOVES = new Int32Array(MAX_MOVES);
/** For encodings that look at one position alone. */
const HISTORY = new GrowingHistory();

/**
 * The policy of a name.
 *
 * @throws {RangeError} If there is none.
 */
export function policyEncoder(policy: PolicyEncoding): PolicyEncoder {
  if (!Object.hasOwn(POLICIES, policy)) {
    throw new RangeError(
      `Cannot encode moves as policy must be one of ${
        Object.keys(POLICIES)
      }: current value is ${policy}`,
    );
  }
  return POLICIES[policy];
}

function ourPosition(position: Position): BoardPosition {
  if (position instanceof BoardPosition) return position;
  throw new TypeError(
    "Cannot encode a position as it must come from parseFen or from a game's mainline",
  );
}
