// What a store must be able to do for a cache to be built on it.
import type { GameCacheError } from "./game_cache_error.ts";
import type { Checkpoint, SetInfo, SetSpec, SetState } from "./game_set.ts";
import type { RecordBlock } from "./record_blocks.ts";

/** A generation of a set. */
export type Generation = Pick<SetInfo, "name" | "generation">;

/** Where sets are kept: one driver of a cache. Its errors are those of its client. */
export interface CacheStore {
  /** Its name in messages, without a password. */
  readonly title: string;

  /** All sets, by name; those that are damaged are reported and left out. */
  sets(onDamaged: (error: GameCacheError) => void): Promise<SetInfo[]>;

  /** One set; `undefined` where there is none of this name. */
  find(name: string): Promise<SetInfo | undefined>;

  /** The records of the games `first` to `end - 1` of one block, as far as there are any. */
  records(set: Generation, first: number, end: number): Promise<Uint8Array>;

  /** The texts of games; null where there is none. */
  games(
    set: Generation,
    games: readonly number[],
  ): Promise<(Uint8Array | null)[]>;

  /** All that may be the text of one of the games, from wherever a rebuild can keep it. */
  gamesAgain(
    set: Generation,
    games: readonly number[],
  ): Promise<(Uint8Array | null)[][]>;

  /** Whether the set is still of this generation. */
  isCurrent(set: Generation): Promise<boolean>;

  /** What an error names: the key of a game, or of the records that its record is among. */
  keyOf(set: Generation, game: number, isRecord: boolean): string;

  /** Takes a set's lock, once it is free, and removes what earlier writers have left. */
  lock(
    set: SetSpec,
    purpose: "new" | "replace" | "resume" | "hand",
    options: {
      resume?: SetInfo;
      allowEviction?: boolean;
      onWarning?: (warning: Error) => void;
      signal?: AbortSignal;
    },
  ): Promise<LockedSet>;

  /** Removes a set; gives how many games it had. Says of each step how many it removed. */
  clear(name: string, onRemoved: (games: number) => void): Promise<number>;

  /** The names of all sets, damaged ones too, and of what is left of some. */
  names(): Promise<string[]>;

  /** Games of other programs where those of a set, or of any set, would be. */
  foreignGames(name?: string): Promise<number>;

  /** How full it is, as far as it reports that. */
  size(): Promise<{ bytes?: number; maxBytes?: number }>;

  /** Learns that something failed. */
  failed(error: unknown): void;

  /** Ends the connection or closes the file. */
  close(): Promise<void>;
}

/** One step of a writer: games, and what the set is once they are stored. */
export interface SetCommit {
  /** The games, the first of them at number `first`. */
  readonly games: readonly Uint8Array[];
  readonly first: number;
  /** All blocks of records that have one of theirs. */
  readonly blocks: readonly RecordBlock[];
  /** The count before, which must still be so, and after. */
  readonly countBefore: number;
  readonly count: number;
  /** By how much the bytes of the set's texts grow. */
  readonly addedBytes: number;
  readonly checkpoint: Checkpoint;
  readonly state: SetState;
  /** Whether the lock is given back. */
  readonly release: boolean;
}

/** A set whose lock is held. */
export interface LockedSet {
  readonly generation: string;
  readonly count: number;
  /** Stores the games and their records, then, in one step, all that admits them. */
  commit(commit: SetCommit): Promise<void>;
  /** Renews the lock; throws where it is another's by now. */
  renew(): Promise<void>;
  /** Gives the lock back, and drops what was stored and never will be admitted. */
  release(): Promise<void>;
}
