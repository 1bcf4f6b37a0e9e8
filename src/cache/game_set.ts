// What a set of games is: how it is asked for, how it is written, and what a cache reports of it.
import type { ArchiveIdentity } from "../archive/archive.ts";
import type { GameFilter } from "../filter/game_filter.ts";
import type { SetHistogram } from "../filter/set_histogram.ts";
import type { StoredSeekIndex } from "../scan/seek_index.ts";
import type { SeekPoint } from "../scan/seek_point.ts";

/**
 * The version of what is stored and of how a game's text is cut out of an
 * archive. It is raised whenever either changes, so that a set made by another
 * version is never taken for the same games.
 */
export const CACHE_FORMAT = 2;

/** A set can have this many games; a count above is not one that was stored. */
export const MAX_GAMES = 2 ** 32;

const SET_NAME_REGEXP = /^[a-z0-9_-]{1,64}$/;

/**
 * Reports whether a set can have a name.
 *
 * @example Usage
 * ```ts
 * import { isSetName } from "@chess/game-cache";
 * import assert from "node:assert/strict";
 *
 * assert(isSetName("najdorf-2024"));
 * assert(!isSetName("Najdorf"));
 * ```
 *
 * @param name The name.
 * @returns Whether it is 1 to 64 of `a-z`, `0-9`, `_` and `-`.
 */
export function isSetName(name: unknown): name is string {
  return typeof name === "string" && SET_NAME_REGEXP.test(name);
}

/** How much of its source a set holds. See {@linkcode SetInfo}. */
export type SetState =
  /** Every game of the source that passes. */
  | "complete"
  /** As many as `maxGames` allows. */
  | "capped"
  /** What was indexed until now. */
  | "unfinished";

/**
 * How far an indexer had come in its source when it committed.
 *
 * See {@linkcode SetInfo}.
 */
export interface Checkpoint {
  /** Games read from the source, whether they passed or not. */
  readonly gamesRead: number;
  /** Games that could not be read and were skipped. */
  readonly badGames: number;
  /** Games rejected by the set's filter, by the name of the field that rejected them first. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Where reading the source can be resumed. @default {its beginning} */
  readonly position?: SeekPoint;
  /** Where reading can begin, and how many games come before. */
  readonly frames?: StoredSeekIndex;
  /** How many games of each rating and opening the set has. */
  readonly histogram?: SetHistogram;
}

/**
 * A set to make: everything that must be equal for it to be continued.
 *
 * See {@linkcode GameCache.writer}.
 */
export interface SetSpec {
  /** Its name: one to 64 of `a-z`, `0-9`, `_` and `-`. */
  readonly name: string;
  /** Which games it takes; a cache stores it in normal form. */
  readonly filter: GameFilter;
  /** How many of them at most. @default {Infinity} */
  readonly maxGames?: number;
  /**
   * Keep the moves and the tags that filters and samples use, without comments
   * and variations. Such a set answers only queries for compact games.
   *
   * @default {false}
   */
  readonly compact?: boolean;
  /** The archives it is made from, in order. @default {none: it is made by hand} */
  readonly source?: readonly ArchiveIdentity[];
  /** Longest game that is admitted, in bytes of its text. @default {1048576} */
  readonly maxGameLength?: number;
}

/** A set as a cache holds it. See {@linkcode GameCache.sets}. */
export interface SetInfo extends SetSpec {
  /** The archives it was made from, in order; empty for a set made by hand. */
  readonly source: readonly ArchiveIdentity[];
  /** Longest game that was admitted, in bytes of its text. */
  readonly maxGameLength: number;
  /** The version of the stored form; a set of another version is not read. */
  readonly format: number;
  /** A random name of this making of the set: another rebuild, another generation. */
  readonly generation: string;
  /** How many games can be read. */
  readonly count: number;
  /** How much of its source it holds. */
  readonly state: SetState;
  /** How far its indexer had come. */
  readonly checkpoint: Checkpoint;
  /** Bytes of its games' texts. */
  readonly textBytes: number;
  /** When its making began, in milliseconds since 1970. */
  readonly createdAt: number;
  /** When games were last committed, in milliseconds since 1970. */
  readonly updatedAt: number;
  /** Since when, and until when at least, a writer holds it, in milliseconds since 1970. */
  readonly lock?: { readonly since: number; readonly until: number };
  /**
   * A rebuild of it was interrupted, or is going on; the next writer removes
   * what it has left. It can be read as always.
   */
  readonly isUntidy?: boolean;
}

/**
 * Games for a set's writer, in order, after those it already holds.
 *
 * See {@linkcode GameCache.writer}.
 */
export interface SetBatch {
  /** The games' texts in UTF-8; may be empty when only the checkpoint moves. */
  readonly games: readonly Uint8Array[];
  /** Their records, one after the other. @default {made of the texts} */
  readonly records?: Uint8Array;
  /** How far the source has been read once these games are stored. */
  readonly checkpoint: Checkpoint;
}
