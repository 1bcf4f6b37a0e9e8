import type { ArchiveIdentity } from "../archive/archive.ts";
import type { StoredFrameIndex } from "../scan/frame_index.ts";
import type { ArchivePosition } from "../scan/game_joiner.ts";
import type { Game } from "../game.ts";
import type { GameFilter } from "../filter/game_filter.ts";
import type { SetHistogram } from "../filter/set_histogram.ts";
import type { GameCacheError } from "./game_cache_error.ts";

/**
 * The version of what is stored and of how a game's text is cut out of an
 * archive. It is raised whenever either changes, so that a set made by another
 * version is never taken for the same games.
 */
export const CACHE_FORMAT = 1;

/** How much of its source a set holds. */
export type SetState =
  /** Every game of the source that passes. */
  | "complete"
  /** As many as `maxGames` allows. */
  | "capped"
  /** What was indexed until now. */
  | "unfinished";

/** How far an indexer had come in its source when it committed. */
export interface Checkpoint {
  /** Games read from the source, whether they passed or not. */
  readonly gamesRead: number;
  /** Games that could not be read and were skipped. */
  readonly badGames: number;
  /** Games rejected by the set's filter, by the name of the field that rejected them first. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Where reading the source can go on. @default {its beginning} */
  readonly position?: ArchivePosition;
  /** Where reading can begin, and how many games come before. */
  readonly frames?: StoredFrameIndex;
  /** How many games of each rating and opening the set has. */
  readonly spread?: SetHistogram;
}

/** What a set is made of: everything that must be equal for it to be continued. */
export interface SetSpec {
  /** The set's name: one to 64 of `a-z`, `0-9`, `_` and `-`. */
  readonly name: string;
  /** The filter its games passed, in normal form. */
  readonly filter: GameFilter;
  /** The archives it was made from, in order; empty for a set made by hand. */
  readonly source: readonly ArchiveIdentity[];
  /** Longest game that was admitted, in bytes of its text. */
  readonly maxGameLength: number;
  /** How many games it may hold at most. */
  readonly maxGames?: number;
  /** Whether its games are without comments and variations. @default {false} */
  readonly compact?: boolean;
}

/** A set as a cache holds it. */
export interface SetInfo extends SetSpec {
  /** The version of the stored form, see {@linkcode CACHE_FORMAT}. */
  readonly format: number;
  /** A random name of this making of the set: another rebuild, another generation. */
  readonly generation: string;
  /** How many games can be read. */
  readonly count: number;
  /** How much of its source it holds. */
  readonly state: SetState;
  /** How far its indexer had come. */
  readonly checkpoint: Checkpoint;
  /** When its making began, in milliseconds since 1970. */
  readonly createdAt: number;
  /** When games were last committed, in milliseconds since 1970. */
  readonly updatedAt: number;
  /** Who is writing it now, in milliseconds since 1970. */
  readonly lock?: { readonly since: number; readonly until: number };
  /**
   * A rebuild of it was interrupted, or is going on; the next writer tidies up
   * what it has left. It can be read as always.
   */
  readonly isUntidy?: boolean;
}

/** Games for a set's writer, in order, behind those it already holds. */
export interface SetBatch {
  /** The games' texts in UTF-8; may be empty when only the checkpoint moves. */
  readonly games: readonly Uint8Array[];
  /** How far the source has been read once these games are stored. */
  readonly checkpoint: Checkpoint;
}

/** Options of {@linkcode GameCache.writer}. */
export interface SetWriterOptions {
  /**
   * The set to go on with, as {@linkcode GameCache.sets} told it. Omitted, a new
   * generation is begun.
   */
  readonly resume?: SetInfo;
  /** Begin a new generation even where a set of this name exists. @default {false} */
  readonly replace?: boolean;
  /**
   * Write also to a server that throws keys away when its memory is full
   * (Redis with `maxmemory-policy allkeys-…`). Games that it threw away count
   * as damaged. @default {false}
   */
  readonly allowEviction?: boolean;
}

/** Options of {@linkcode GameCache.sets}. */
export interface SetsOptions {
  /**
   * Called with each set of which can no longer be told what it is; it is left
   * out. Omitted, one such set is an error of the call.
   */
  readonly onDamaged?: (error: GameCacheError) => void;
}

/** A set of which can no longer be told what it is. */
export interface DamagedSet {
  /** Its name. */
  readonly name: string;
  /** The key that is damaged. */
  readonly key: string;
  /** What is wrong with it. */
  readonly message: string;
}

/** Options of {@linkcode GameCache.readGames}. */
export interface ReadGamesOptions {
  /** Ends the reading with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** One set, and the room it takes. */
export interface SetStats extends SetInfo {
  /** Bytes of the games' texts. */
  readonly textBytes: number;
}

/** What a cache holds, and how full it is. */
export interface CacheStats {
  /** Its sets, by name. */
  readonly sets: readonly SetStats[];
  /** Those of its sets that cannot be told any more, by name. */
  readonly damaged: readonly DamagedSet[];
  /** Bytes that the store takes, in memory (Redis) or on disk (SQLite). */
  readonly bytes: number;
  /** Bytes that the store may take; `undefined` where nothing limits it. */
  readonly maxBytes?: number;
}

/**
 * A store of sets of games.
 *
 * A set's games are numbered from 0. A game can be read only once it is
 * committed: first the games, then the count that admits them.
 */
export interface GameCache extends AsyncDisposable {
  /**
   * The sets that can be read, by name. A set that is damaged is an error,
   * `damaged` with its key, unless somebody is told of it.
   */
  sets(options?: SetsOptions): Promise<SetInfo[]>;

  /**
   * Reads the games `first` to `end - 1` of one generation of a set, in order,
   * each checked against its sum, in batches of UTF-8 texts.
   *
   * Throws a {@linkcode GameCacheError}: `replaced` when the set is of another
   * generation by now, `damaged` (with the key) when a game is missing or
   * another; all games before that one have been given by then.
   */
  readGames(
    set: SetInfo,
    first: number,
    end: number,
    options?: ReadGamesOptions,
  ): AsyncIterable<Uint8Array[]>;

  /**
   * Writes a set. Each batch is committed before the next is taken. Closing
   * the stream marks the set complete, or capped where it holds `maxGames`;
   * aborting leaves what was committed. Only one writer can hold a set; another
   * one is refused once the first has shown that it lives.
   *
   * A set that exists and is replaced stays as it is, and can be read, until
   * the stream is closed: then the new one takes its place in one step. When
   * the stream is aborted, or its process ends, the old one is left.
   */
  writer(set: SetSpec, options?: SetWriterOptions): WritableStream<SetBatch>;

  /** Stores one game of a set made by hand: over the game at `index`, or behind the last. */
  storeGame(set: string, index: number, pgn: string): Promise<void>;

  /** Stores games of a set made by hand, from `firstIndex` on. */
  storeGames(set: string, firstIndex: number, pgns: string[]): Promise<void>;

  /** Reads a set's games from `offset` on; none where there is no such set. */
  getGames(set: string, offset: number, count?: number): ReadableStream<Game>;

  /** Whether a set has any game. */
  hasGames(set: string): Promise<boolean>;

  /** How many games a set has. */
  getTotalGames(set: string): Promise<number>;

  /** What the cache holds. */
  stats(): Promise<CacheStats>;

  /** Removes a set and returns how many games it had. */
  clear(set: string): Promise<number>;

  /** Removes every set and returns how many games they had. */
  clearAll(): Promise<number>;

  /** Ends the connection or closes the file. */
  close(): Promise<void>;
}
