// How fast a game was.
/**
 * How fast a game was, by the estimate of its length that Lichess uses: the
 * base time and forty increments, in seconds.
 *
 * See {@linkcode speedOf}.
 */
export type Speed =
  | "ultraBullet"
  | "bullet"
  | "blitz"
  | "rapid"
  | "classical"
  | "correspondence";

/** Every speed, the fastest first. */
export const SPEEDS: readonly Speed[] = [
  "ultraBullet",
  "bullet",
  "blitz",
  "rapid",
  "classical",
  "correspondence",
];

/** The estimates, in seconds, from which on a game is of the next speed. */
const NEXT_SPEEDS = [30, 180, 480, 1500, 21_600];

const CLOCK_REGEXP = /^(\d+)\+(\d+)$/;

/**
 * The speed of a game by its `TimeControl` tag: `base+increment` in seconds,
 * or `-` for correspondence.
 *
 * @example Usage
 * ```ts
 * import { speedOf } from "@chess/game-cache";
 * import assert from "node:assert/strict";
 *
 * assert.equal(speedOf("180+2"), "blitz");
 * ```
 *
 * @param timeControl The value of the tag.
 * @returns The speed, or `undefined` where the value is of another shape.
 */
export function speedOf(timeControl: string): Speed | undefined {
  if (timeControl === "-") return "correspondence";
  const match = CLOCK_REGEXP.exec(timeControl);
  if (match === null) return undefined;
  const seconds = Number(match[1]) + 40 * Number(match[2]);
  const index = NEXT_SPEEDS.findIndex((next) => seconds < next);
  return SPEEDS.at(index);
}
