// The error of a cache that cannot do what it was asked for.

/**
 * What went wrong with a cache:
 *
 * - `unreachable`: no connection, no answer in time, or the connection broke
 * - `denied`: the password, the user's rights or a permission are missing
 * - `full`: the store has no room for another game
 * - `locked`: another writer holds the set
 * - `replaced`: the set was rebuilt or cleared while it was read or written
 * - `damaged`: something is missing or is not what was stored
 * - `refused`: the store answered with any other error
 *
 * See {@linkcode GameCacheError}.
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
  /** The key that is damaged, or that is another program's, where there is one. */
  readonly key?: string;
  /** The set that is damaged, where it is one that cannot be read at all. */
  readonly set?: string;
  /**
   * What was to be written is complete and can be read: only removing what it
   * has replaced has failed, which the next writer does.
   */
  readonly isCommitted?: boolean;

  /**
   * Creates an error of a cache.
   *
   * @param message What could not be done, and why. Never holds a password.
   * @param options The kind of fault, what it is about, and the cause.
   */
  constructor(
    message: string,
    options:
      & { fault: GameCacheFault; cause?: unknown }
      & Partial<Pick<GameCacheError, "key" | "set" | "isCommitted">>,
  ) {
    const { fault, key, set, isCommitted, cause } = options;
    super(message, cause === undefined ? undefined : { cause });
    this.name = "GameCacheError";
    this.fault = fault;
    if (key !== undefined) this.key = key;
    if (set !== undefined) this.set = set;
    if (isCommitted) this.isCommitted = true;
  }
}
