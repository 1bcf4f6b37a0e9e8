// What a splitter skips, and what is said of it.

/** The default of {@linkcode PgnSplitterOptions.maxGameLength}: one mebibyte. */
export const MAX_GAME_LENGTH = 1 << 20;

/** Options of a splitter and of the stream that it works in, {@link PgnSplitterStream}. */
export interface PgnSplitterOptions {
  /**
   * Longest game, in bytes from its first tag to where it ends. A longer one is
   * skipped, counted and reported.
   *
   * @default {1048576}
   */
  maxGameLength?: number;
  /** Called with the reason for each game that is skipped. */
  onBadGame?: (error: Error) => void;
}

/** A game that is skipped. */
export interface BadGame {
  readonly reason: "too long" | "never closed";
  /** Where in the text it begins. */
  readonly offset: number;
  /** How many good games have been cut out before it. */
  readonly gamesBefore: number;
}

/** Says what is wrong with a game that is skipped. */
export function badGameError(
  { reason, offset }: BadGame,
  maxGameLength: number,
): Error {
  return reason === "too long"
    ? new RangeError(
      `Cannot read a game as it is longer than ${maxGameLength} bytes: it begins at byte ${offset} of the text`,
    )
    : new SyntaxError(
      `Cannot read a game as a comment in it is never closed: it begins at byte ${offset} of the text`,
    );
}
