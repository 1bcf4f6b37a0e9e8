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
  let rating = 0;
  for (let i = 0; i < tag.length; i++) {
    rating = withDigit(rating, tag.charCodeAt(i));
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
  for (let at = start; at < end; at++) rating = withDigit(rating, bytes[at]);
  return rating || undefined;
}

/**
 * A number with one more digit, NaN where it is none. No expression reads the
 * digits: ratings are asked of every game of an archive.
 */
function withDigit(number: number, code: number): number {
  const digit = code - 0x30;
  return digit >= 0 && digit <= 9 ? number * 10 + digit : NaN;
}
