/**
 * Reads the value of a rating's tag, `WhiteElo` or `BlackElo`.
 *
 * @returns The rating, or `undefined` where it is no positive integer of at
 * most six digits.
 */
export function readRating(tag: string | undefined): number | undefined {
  if (tag === undefined || tag.length > 6) return undefined;
  let rating = 0;
  // No expression: it is asked of every game of an archive.
  for (let i = 0; i < tag.length; i++) {
    const digit = tag.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    rating = rating * 10 + digit;
  }
  return rating || undefined;
}
