/**
 * What went wrong with a cache:
 *
 * - `unreachable`: no connection, no answer in time, or the connection broke
 * - `denied`: the password, the user's rights or a permission are missing
 * - `full`: the store has no room for another game
 * - `locked`: another writer holds the set
 * - `replaced`: the set was rebuilt or cleared while it was read or written
 * - `damaged`: a game is missing or is not the one that was stored
 * - `refused`: the store answered with any other error
 */
export type GameCacheFault =
  | "unreachable"
  | "denied"
  | "full"
  | "locked"
  | "replaced"
  | "damaged"
  | "refused";

/**
 * A cache cannot do what it was asked for.
 *
 * @example Usage
 * ```ts
 * import { GameCacheError } from "@chess/game-cache";
 * import assert from "node:assert/strict";
 *
 * const error = new GameCacheError("Cannot write the set tactical: the store is full", {
 *   fault: "full",
 * });
 * assert.equal(error.fault, "full");
 * ```
 */
export class GameCacheError extends Error {
  /** What went wrong, for a program to decide on. */
  readonly fault: GameCacheFault;
  /** The key that is damaged, where there is one. */
  readonly key?: string;

  /**
   * Creates an error of a cache.
   *
   * @param message What could not be done, and why. Never holds a password.
   * @param options The kind of fault, the damaged key, and the cause.
   */
  constructor(message: string, options: GameCacheErrorOptions) {
    super(
      message,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.name = "GameCacheError";
    this.fault = options.fault;
    if (options.key !== undefined) this.key = options.key;
  }
}

/** What a {@linkcode GameCacheError} carries. */
export interface GameCacheErrorOptions {
  /** What went wrong. */
  fault: GameCacheFault;
  /** The key that is damaged. */
  key?: string;
  /** The error underneath. */
  cause?: unknown;
}
