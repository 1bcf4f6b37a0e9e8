// Says whether one filter implies another, by their normal forms.
import { ecoCodes, type GameFilter, normalizeFilter } from "./game_filter.ts";

/**
 * Whether every game that passes `query` passes `filter`, judged by their
 * normal forms alone; in doubt it is not said.
 */
export function impliesFilter(query: GameFilter, filter: GameFilter): boolean {
  const narrow = normalizeFilter(query);
  const wide = normalizeFilter(filter);
  if (
    (wide.minRating ?? wide.maxRating) !== undefined &&
    wide.ratingOf !== narrow.ratingOf
  ) return false;
  return isAtLeast(narrow.minRating, wide.minRating) &&
    isAtMost(narrow.maxRating, wide.maxRating) &&
    isAtLeast(narrow.minPlies, wide.minPlies) &&
    isAtLeast(narrow.since, wide.since) &&
    isAtMost(narrow.until, wide.until) &&
    isEqual(narrow.rated, wide.rated) &&
    isEqual(narrow.titles, wide.titles) &&
    isEqual(narrow.hasEval, wide.hasEval) &&
    isEqual(narrow.hasClock, wide.hasClock) &&
    isWithin(narrow.split, wide.split) &&
    isSubset(narrow.timeControl, wide.timeControl) &&
    isSubset(narrow.result, wide.result) &&
    isSubset(narrow.termination, wide.termination) &&
    isEcoSubset(narrow.eco, wide.eco);
}

// In each of these, a wide field that is not given lets everything pass.

function isAtLeast<T extends number | string>(narrow?: T, wide?: T): boolean {
  return wide === undefined || narrow !== undefined && narrow >= wide;
}

function isAtMost<T extends number | string>(narrow?: T, wide?: T): boolean {
  return wide === undefined || narrow !== undefined && narrow <= wide;
}

function isEqual<T>(narrow?: T, wide?: T): boolean {
  return wide === undefined || narrow === wide;
}

function isSubset(
  narrow?: string | readonly string[],
  wide?: string | readonly string[],
): boolean {
  return wide === undefined ||
    narrow !== undefined &&
      [narrow].flat().every((value) => wide.includes(value));
}

function isEcoSubset(
  narrow: GameFilter["eco"],
  wide: GameFilter["eco"],
): boolean {
  const allowed = ecoCodes({ eco: wide });
  if (allowed === undefined) return true;
  const asked = ecoCodes({ eco: narrow });
  return asked !== undefined &&
    asked.every((one, number) => one <= allowed[number]);
}

/** Whether one interval is within another. */
function isWithin(
  narrow?: readonly [number, number],
  wide?: readonly [number, number],
): boolean {
  return wide === undefined ||
    narrow !== undefined && narrow[0] >= wide[0] && narrow[1] <= wide[1];
}
