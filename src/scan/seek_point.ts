// Describes where in an archive its games can be read from.

/**
 * Where in a sequence of archives reading can begin at a game.
 *
 * See {@linkcode Checkpoint}.
 */
export interface SeekPoint {
  /** Which archive of the sequence it is in. */
  readonly archive: number;
  /** Where decompressing begins in the archive's own bytes. */
  readonly offset: number;
  /** Where that is in the archive's text. */
  readonly textOffset: number;
  /** How much of the text from there comes before the first game. */
  readonly skip: number;
  /** Games of the whole sequence that come before. */
  readonly games: number;
  /** Games skipped before. */
  readonly badGames: number;
  /** Bytes between games before. */
  readonly droppedBytes: number;
}
