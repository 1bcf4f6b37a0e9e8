/**
 * An archive cannot be read to its end: it is cut off, damaged, of a foreign
 * kind, or its source broke.
 *
 * @example Usage
 * ```ts
 * import { ArchiveError } from "@chess/game-cache";
 * import assert from "node:assert/strict";
 *
 * const error = new ArchiveError("Cannot read the archive: it ends inside a frame", {
 *   source: "lichess.pgn.zst",
 *   offset: 1024,
 * });
 * assert.equal(error.offset, 1024);
 * assert.equal(
 *   error.message,
 *   "Cannot read the archive: it ends inside a frame (lichess.pgn.zst, byte 1024)",
 * );
 * ```
 */
export class ArchiveError extends TypeError {
  /** The offset in the archive's own, compressed bytes at which reading failed. */
  readonly offset: number;
  /** The archive as it was named by the caller; empty for a bare stream of bytes. */
  readonly source: string;

  /**
   * Creates an error that names the place.
   *
   * @param message What could not be done, and why.
   * @param options Where it happened, and the error that caused it.
   */
  constructor(message: string, options: ArchiveErrorOptions) {
    const { offset, source = "", cause } = options;
    const place = source === ""
      ? `byte ${offset}`
      : `${source}, byte ${offset}`;
    super(`${message} (${place})`, cause === undefined ? undefined : { cause });
    this.name = "ArchiveError";
    this.offset = offset;
    this.source = source;
  }
}

/** Where an {@linkcode ArchiveError} happened. */
export interface ArchiveErrorOptions {
  /** The offset in the archive's own bytes. */
  offset: number;
  /** The archive as it was named by the caller. @default {""} */
  source?: string;
  /** The error underneath. */
  cause?: unknown;
}
