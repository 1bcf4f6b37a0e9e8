// Reads ratings.

/** More digits are no rating. */
const MAX_DIGITS = 6;

/**
 * Reads the value of a rating's tag, `WhiteElo` or `BlackElo`.
 *
 * @returns The rating, or NaN where it is no positive integer of at most six
 * digits.
 */
export function readRating(
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  if (end - start > MAX_DIGITS) return NaN;
  let rating = 0;
  // No expression reads the digits: ratings are asked of every game of an archive.
  for (let at = start; at < end; at++) {
    const digit = bytes[at] - 0x30;
    if (!(digit >= 0 && digit <= 9)) return NaN;
    rating = rating * 10 + digit;
  }
  return rating || NaN;
}

/** The rating in a tag's value, where it is one. */
export function ratingOf(tag: string | undefined): number | undefined {
  if (tag === undefined) return undefined;
  const bytes = new TextEncoder().encode(tag);
  return readRating(bytes, 0, bytes.length) || undefined;
}
