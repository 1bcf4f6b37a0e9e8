// Checks what is given to a cache, where it is given.
import { formatError } from "./faults.ts";
import { CACHE_FORMAT, isSetName, type SetInfo } from "./game_set.ts";

/** Checks a game's text and encodes it. */
export function encodeGame(set: string, pgn: string): Uint8Array {
  if (typeof pgn !== "string" || pgn === "") {
    throw new TypeError(
      `Cannot store the game in the set ${set} as it is no text`,
    );
  }
  return new TextEncoder().encode(pgn);
}

/** Throws a TypeError unless `name` can be the name of a set. */
export function checkSetName(name: string): void {
  if (isSetName(name)) return;
  throw new TypeError(
    "Cannot use the set as its name must be 1 to 64 of a-z, 0-9, _ and -: " +
      `current value is ${JSON.stringify(name)}`,
  );
}

/** Throws a RangeError unless `value` is a non-negative integer. */
export function checkInteger(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  throw new RangeError(
    `Cannot use ${name} as it must be a non-negative integer: ` +
      `current value is ${value}`,
  );
}

/** Checks what is to be read; gives `end`, at most the set's count. */
export function checkRange(
  { name, count, format }: SetInfo,
  first: number,
  end: number,
): number {
  checkSetName(name);
  if (format !== CACHE_FORMAT) {
    throw formatError(`Cannot read the set ${name}`, String(format));
  }
  checkInteger("the first game's number", first);
  if (end !== Infinity) checkInteger("the end", end);
  return Math.min(end, count);
}

/** Throws a RangeError unless `value` is a timer's positive milliseconds. */
export function checkDuration(name: string, value: number): void {
  if (typeof value === "number" && value > 0 && value < 2 ** 31) return;
  throw new RangeError(
    `Cannot use the cache as ${name} must be positive milliseconds: ` +
      `current value is ${value}`,
  );
}
