/**
 * Why a game cannot be read on:
 *
 * - `illegal`: the move is not legal
 * - `ambiguous`: more than one legal move may be meant
 * - `unreadable`: the text is no move, or a comment or variation has no end
 * - `position`: the game's start position is none
 * - `variant`: the game is of a variant with other rules
 *
 * See {@linkcode PgnError}.
 */
export type PgnErrorReason =
  | "illegal"
  | "ambiguous"
  | "unreadable"
  | "position"
  | "variant";

/**
 * A game's moves cannot be read, or not to their end.
 *
 * @example Usage
 * ```ts
 * import { Game, PgnError } from "@chess/game-cache";
 * import assert from "node:assert/strict";
 *
 * const game = new Game('[Site "https://lichess.org/abcdefgh"]\n\n1. e4 e5 2. Ke3 *');
 * assert.throws(
 *   () => [...game.mainline()],
 *   (error) =>
 *     error instanceof PgnError && error.gameId === "abcdefgh" &&
 *     error.ply === 2 && error.text === "Ke3" && error.reason === "illegal",
 * );
 * ```
 */
export class PgnError extends SyntaxError {
  /** Why it cannot be read. */
  readonly reason: PgnErrorReason;
  /** How many half-moves could be read. */
  readonly ply: number;
  /** The text that failed: a move, a comment without end, a FEN, a variant. */
  readonly text: string;
  /** The game's stable name, where it has one. */
  readonly gameId?: string;

  /**
   * Creates an error that names the place.
   *
   * @param message What could not be done, and why.
   * @param options Where it happened, and the error that caused it.
   */
  constructor(message: string, options: PgnErrorOptions) {
    const { reason, ply, text, gameId, cause } = options;
    super(message, cause === undefined ? undefined : { cause });
    this.name = "PgnError";
    this.reason = reason;
    this.ply = ply;
    this.text = text;
    if (gameId !== undefined) this.gameId = gameId;
  }
}

/** What a {@linkcode PgnError} carries. */
export interface PgnErrorOptions {
  /** Why it cannot be read. */
  reason: PgnErrorReason;
  /** How many half-moves could be read. */
  ply: number;
  /** The text that failed. */
  text: string;
  /** The game's stable name. */
  gameId?: string;
  /** The error underneath. */
  cause?: unknown;
}
