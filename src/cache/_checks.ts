const SET_NAME_REGEXP = /^[a-z0-9_-]{1,64}$/;

/** Throws a TypeError unless `name` can be the name of a set. */
export function checkSetName(name: string): void {
  if (typeof name !== "string" || !SET_NAME_REGEXP.test(name)) {
    throw new TypeError(
      "Cannot use the set as its name must be 1 to 64 of a-z, 0-9, _ and -: " +
        `current value is ${JSON.stringify(name)}`,
    );
  }
}

/** Throws a RangeError unless `value` is a whole number that is not negative. */
export function checkGameNumber(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(
      `Cannot use ${name} as it must be a non-negative integer: ` +
        `current value is ${value}`,
    );
  }
}

/** Throws a RangeError unless `first` and `end` are a range of games' numbers. */
export function checkGameRange(first: number, end: number): void {
  checkGameNumber("the first game's number", first);
  if (end !== Infinity) checkGameNumber("the end", end);
}

/** Throws a RangeError unless `value` is a timer's positive milliseconds. */
export function checkDuration(name: string, value: number): void {
  if (typeof value === "number" && value > 0 && value < 2 ** 31) return;
  throw new RangeError(
    `Cannot use the cache as ${name} must be positive milliseconds: ` +
      `current value is ${value}`,
  );
}
