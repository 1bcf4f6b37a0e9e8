// Finds where a text may be cut so that its segments can be split apart.
import {
  ascii,
  CARRIAGE_RETURN,
  LINE_FEED,
  OPENING_BRACKET,
  startsWith,
} from "../syntax.ts";
import { TagScanner } from "../tags.ts";

/**
 * Finds the first sync point in a text at or after `from`, or -1: the `[` where a game begins,
 * whatever came before. After an empty line an `Event` tag begins there and, on
 * the next line, another tag, each of which ends on its line.
 *
 * A splitter opens a game there from every mode: between games any tag does;
 * among moves any tag at the beginning of a line does; among tags an `Event`
 * after an empty line does; in a comment two lines of tags after an empty line
 * do; and a comment to the end of a line has ended with it. What follows is read
 * as by a new splitter, since opening a game leaves nothing of the state before.
 */
export function firstSyncPoint(bytes: Uint8Array, from = 0): number {
  for (let at = Math.max(2, from); at < bytes.length; at++) {
    if (bytes[at] === OPENING_BRACKET && isSyncPoint(bytes, at)) return at;
  }
  return -1;
}

/** Finds the last sync point in a text at or after `from`, or -1; see {@linkcode firstSyncPoint}. */
export function lastSyncPoint(bytes: Uint8Array, from = 0): number {
  for (let at = bytes.length - 1; at >= Math.max(2, from); at--) {
    if (bytes[at] === OPENING_BRACKET && isSyncPoint(bytes, at)) return at;
  }
  return -1;
}

/** Whether a sync point is at `offset`, see {@linkcode firstSyncPoint}. */
export function isSyncPoint(bytes: Uint8Array, offset: number): boolean {
  if (bytes[offset - 1] !== LINE_FEED) return false;
  const before = bytes[offset - 2] === CARRIAGE_RETURN
    ? offset - 3
    : offset - 2;
  if (bytes[before] !== LINE_FEED) return false;
  if (!startsWith(bytes, offset, EVENT)) return false;
  const firstEnd = bytes.indexOf(LINE_FEED, offset);
  if (firstEnd === -1 || bytes[firstEnd + 1] !== OPENING_BRACKET) return false;
  if (bytes.indexOf(LINE_FEED, firstEnd + 1) === -1) return false;
  SCANNER.begin(bytes, 0, bytes.length);
  return SCANNER.endOfTag(offset) !== -1 &&
    SCANNER.endOfTag(firstEnd + 1) !== -1;
}

const SCANNER = new TagScanner();
/** How games begin, as nearly all do. */
export const EVENT: Uint8Array = ascii('[Event "');
