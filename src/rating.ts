const RATING_REGEXP = /^\d{1,6}$/;

/**
 * Reads the value of a rating's tag, `WhiteElo` or `BlackElo`.
 *
 * @returns The rating, or `undefined` where it is no positive integer.
 */
export function readRating(tag: string | undefined): number | undefined {
  if (tag === undefined || !RATING_REGEXP.test(tag)) return undefined;
  return Number(tag) || undefined;
}
