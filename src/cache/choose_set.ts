// Chooses the set of a cache that answers a query.
import type { ArchiveIdentity } from "../archive/archive.ts";
import { type GameFilter, normalizeFilter } from "../filter/game_filter.ts";
import { impliesFilter } from "../filter/implies_filter.ts";
import { PLAYSTYLES } from "../filter/playstyle.ts";
import { CACHE_FORMAT, type SetInfo } from "./game_set.ts";

/** What is asked of the sets of a cache. */
export interface SetQuestion {
  /** The filter of the games that are wanted. */
  readonly filter: GameFilter;
  /** Longest game that is wanted. */
  readonly maxGameLength: number;
  /** Whether the games are wanted without comments and variations. */
  readonly compact?: boolean;
  /** What the archives are, where they are available. */
  readonly source?: readonly ArchiveIdentity[];
  /** What the archives are called, for when they are not available. */
  readonly fileNames: readonly string[];
  /** The only set that may answer. */
  readonly set?: string;
}

/** A set that can answer. */
export interface ChosenSet {
  readonly set: SetInfo;
  /** Whether it holds just the games wanted, so that they can be read by number. */
  readonly isExact: boolean;
}

/**
 * Chooses the set that answers: of those made from this source whose filter
 * the wanted one implies, a complete set before an incomplete one, then one
 * with an equal filter, then the smallest.
 */
export function chooseSet(
  sets: readonly SetInfo[],
  question: SetQuestion,
): ChosenSet | undefined {
  const wanted = JSON.stringify(normalizeFilter(question.filter));
  return sets
    .filter((set) => question.set === undefined || set.name === question.set)
    .filter((set) =>
      set.format === CACHE_FORMAT &&
      set.maxGameLength === question.maxGameLength &&
      (set.compact ?? false) === (question.compact ?? false) &&
      isOfSource(set, question) &&
      impliesFilter(question.filter, filterOf(set))
    )
    .map((set) => ({
      set,
      isExact: JSON.stringify(normalizeFilter(filterOf(set))) === wanted,
    }))
    .sort((a, b) => rankOf(a) - rankOf(b) || a.set.count - b.set.count)
    .at(0);
}

/** Whether a set was stored game by game, without an archive. */
export function isHandMade(set: SetInfo): boolean {
  return set.source.length === 0;
}

function isOfSource(set: SetInfo, question: SetQuestion): boolean {
  const { source, fileNames } = question;
  if (source === undefined) {
    return isHandMade(set)
      ? isPlaystyle(set.name) || question.set === set.name
      : isEqualList(set.source.map(({ fileName }) => fileName), fileNames);
  }
  return isSameSource(set.source, source);
}

/**
 * Whether two sequences of archives are proved to be the same, whatever the
 * files are called.
 */
export function isSameSource(
  a: readonly ArchiveIdentity[],
  b: readonly ArchiveIdentity[],
): boolean {
  return a.every(({ hash }) => hash !== "") &&
    isEqualList(a.map(keyOf), b.map(keyOf));
}

function keyOf({ size, hash }: ArchiveIdentity): string {
  return `${size} ${hash}`;
}

function isEqualList(a: readonly string[], b: readonly string[]): boolean {
  return a.length > 0 && a.length === b.length &&
    a.every((value, i) => value === b[i]);
}

function filterOf(set: SetInfo): GameFilter {
  return isHandMade(set) && isPlaystyle(set.name)
    ? { playstyle: set.name }
    : set.filter;
}

function isPlaystyle(name: string): name is (typeof PLAYSTYLES)[number] {
  return (PLAYSTYLES as readonly string[]).includes(name);
}

function rankOf({ set, isExact }: ChosenSet): number {
  return (isHandMade(set) ? 4 : 0) + (set.state === "complete" ? 0 : 2) +
    (isExact ? 0 : 1);
}
