/** More digits are no rating. */
const MAX_DIGITS = 6;

/**
 * Reads the value of a rating's tag, `WhiteElo` or `BlackElo`.
 *
 * @returns The rating, or `undefined` where it is no positive integer of at
 * most six digits.
 */
export function readRating(tag: string | undefined): number | undefined {
  if (tag === undefined || tag.length > MAX_DIGITS) return undefined;
  // No expression: it is asked of every game of an archive.
  let rating = 0;
  for (let i = 0; i < tag.length; i++) {
    const digit = tag.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    rating = rating * 10 + digit;
  }
  return rating || undefined;
}

/** Reads it from bytes, as {@linkcode readRating} does from text. */
export function readRatingBytes(
  bytes: Uint8Array,
  start: number,
  end: number,
): number | undefined {
  if (end - start > MAX_DIGITS) return undefined;
  let rating = 0;
  for (let at = start; at < end; at++) {
    const digit = bytes[at] - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    rating = rating * 10 + digit;
  }
  return rating || undefined;
}
