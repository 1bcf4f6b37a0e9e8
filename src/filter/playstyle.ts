// Playstyles, and the ECO codes that decide them.
/** The style of play that an opening leads to. See {@linkcode playstyleOf}. */
export type Playstyle = "tactical" | "positional";

/**
 * Every playstyle, in the order in which they are listed.
 *
 * See {@linkcode playstyleOf}.
 */
export const PLAYSTYLES: readonly Playstyle[] = ["tactical", "positional"];

const TACTICAL_RANGES = [
  "A51-A52",
  "A56-A99",
  "B00-B09",
  "B20-B99",
  "C20-C40",
  "C44-C45",
  "C50-C59",
  "C63",
  "C80-C99",
  "D08-D09",
  "E60-E99",
];

/**
 * The number, 0 to 499, of the ECO code in some bytes, A00 first; -1 for
 * anything else. Only the first three characters count, in either case.
 */
export function ecoNumber(
  bytes: ArrayLike<number>,
  start: number,
  end: number,
): number {
  if (end - start < 3) return -1;
  const letter = (bytes[start] | 0x20) - 0x61;
  const tens = bytes[start + 1] - 0x30;
  const ones = bytes[start + 2] - 0x30;
  // No expression: it is asked of every game of an archive.
  return letter >= 0 && letter < 5 && tens >= 0 && tens < 10 && ones >= 0 &&
      ones < 10
    ? letter * 100 + tens * 10 + ones
    : -1;
}

/** The number of an ECO code that is a string. */
function numberOf(eco: string): number {
  return ecoNumber(Array.from(eco.slice(0, 3), codeOf), 0, eco.length);
}

function codeOf(letter: string): number {
  return letter.charCodeAt(0);
}

/**
 * The numbers of the codes in a range such as `B90-B99`, or of the one code.
 *
 * @throws {RangeError} If it is neither.
 */
export function ecoRange(range: string): { first: number; last: number } {
  const [from, to = from, ...rest] = range.split("-");
  const first = from.length === 3 ? numberOf(from) : -1;
  const last = to.length === 3 ? numberOf(to) : -1;
  if (first === -1 || last < first || rest.length > 0) {
    throw new RangeError(
      `Cannot read the ECO range "${range}": it must be a code A00 to E99 or two of them in order, as in "B90-B99"`,
    );
  }
  return { first, last };
}

const TACTICAL_CODES = new Uint8Array(500);
for (const range of TACTICAL_RANGES) {
  const { first, last } = ecoRange(range);
  TACTICAL_CODES.fill(1, first, last + 1);
}

/**
 * The playstyle of the opening with an ECO code.
 *
 * Every code from A00 to E99 is either `tactical` or `positional`. Only the
 * first three characters count, in either case.
 *
 * @example Usage
 * ```ts
 * import { playstyleOf } from "@chess/game-cache";
 * import assert from "node:assert/strict";
 *
 * assert.equal(playstyleOf("B90"), "tactical");
 * assert.equal(playstyleOf("d37"), "positional");
 * assert.equal(playstyleOf("?"), undefined);
 * ```
 *
 * @param eco The value of a game's `ECO` tag.
 * @returns The playstyle, or `undefined` where it is no ECO code.
 */
export function playstyleOf(eco: string): Playstyle | undefined {
  const number = numberOf(eco);
  if (number === -1) return undefined;
  return TACTICAL_CODES[number] === 1 ? "tactical" : "positional";
}
