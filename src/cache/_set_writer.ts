import { checkGameNumber, checkSetName } from "./_checks.ts";
import type {
  Checkpoint,
  SetBatch,
  SetSpec,
  SetState,
  SetWriterOptions,
} from "./game_cache.ts";
import { GameCacheError } from "./game_cache_error.ts";

/** How long a lock holds that its writer no longer renews, in milliseconds. */
export const DEFAULT_LOCK_DURATION = 5_000;

/** How often one who waits for a lock looks whether it is free, in milliseconds. */
const LOCK_POLL = 200;

/** The checkpoint of a set that nothing was read for. */
export const NO_CHECKPOINT: Checkpoint = {
  gamesRead: 0,
  badGames: 0,
  rejected: {},
};

/** One step of a writer: games, and what the set is once they are stored. */
export interface SetCommit {
  /** The games, the first of them at number `first`. */
  readonly games: readonly Uint8Array[];
  readonly first: number;
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
  /** Stores the games, then, in one step, all that admits them. */
  commit(commit: SetCommit): Promise<void>;
  /** Says that the writer lives; throws where the lock is another's by now. */
  renew(): Promise<void>;
  /** Gives the lock back, and drops what was stored and never will be admitted. */
  release(): Promise<void>;
}

/** A lock that another writer holds, by the store's own clock. */
export class LockHolder {
  readonly token: string;
  readonly since: number;
  readonly until: number;
  readonly now: number;

  constructor(token: string, since: number, until: number, now: number) {
    this.token = token;
    this.since = since;
    this.until = until;
    this.now = now;
  }
}

/**
 * Takes a lock. Where another writer holds it, that one may be dead: it is
 * waited until its lock runs out, or until it shows that it lives.
 */
export async function takeLock<T>(
  act: string,
  attempt: () => Promise<T | LockHolder>,
  signal?: AbortSignal,
): Promise<T> {
  let seen: LockHolder | undefined;
  for (;;) {
    signal?.throwIfAborted();
    const result = await attempt();
    if (!(result instanceof LockHolder)) return result;
    const { token, since, until, now } = result;
    if (seen !== undefined && (token !== seen.token || until !== seen.until)) {
      throw lockedError(act, since, until);
    }
    seen = result;
    const wait = Math.max(1, Math.min(LOCK_POLL, until - now + 1));
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

/** Renews the locks of a cache's writers for as long as they live. */
export class LockKeeper {
  readonly #interval: number;
  readonly #timers = new Set<ReturnType<typeof setInterval>>();

  constructor(lockDuration: number) {
    this.#interval = lockDuration / 3;
  }

  /** Renews a lock time and again; gives what ends that. */
  keep(locked: LockedSet): () => void {
    const timer = setInterval(() => {
      // Where it is lost, the next commit says so.
      locked.renew().catch(() => {});
    }, this.#interval);
    timer.unref();
    this.#timers.add(timer);
    return () => {
      clearInterval(timer);
      this.#timers.delete(timer);
    };
  }

  /** Renews none of them any more. */
  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers.clear();
  }
}

/** Throws where a set cannot be written as asked. */
export function checkSetSpec(set: SetSpec, options: SetWriterOptions): void {
  checkSetName(set.name);
  const { maxGames } = set;
  if (
    maxGames !== undefined && (!Number.isSafeInteger(maxGames) || maxGames < 1)
  ) {
    throw new RangeError(
      "Cannot write the set as maxGames must be a positive integer: " +
        `current value is ${maxGames}`,
    );
  }
  const { resume } = options;
  if (resume === undefined) return;
  if (resume.name !== set.name) {
    throw new TypeError(
      `Cannot write the set ${set.name} as the set to resume is ${resume.name}`,
    );
  }
  if (maxGames !== undefined && resume.count > maxGames) {
    throw new RangeError(
      `Cannot resume the set ${set.name} as it holds ${resume.count} games: ` +
        `maxGames is ${maxGames}`,
    );
  }
}

/**
 * The stream of `GameCache.writer`. The lock is taken as soon as the stream is
 * made, renewed while the stream lives, and given back when it is closed,
 * aborted, or fails.
 */
export function setWriterStream(
  set: SetSpec,
  options: SetWriterOptions,
  lock: (signal: AbortSignal) => Promise<LockedSet>,
  keeper: LockKeeper,
): WritableStream<SetBatch> {
  const maxGames = set.maxGames ?? Infinity;
  let checkpoint = options.resume?.checkpoint ?? NO_CHECKPOINT;
  let locked: LockedSet;
  let letGo: () => void;
  let count: number;

  async function commit(
    games: readonly Uint8Array[],
    state: SetState,
    release: boolean,
  ): Promise<void> {
    if (count + games.length > maxGames) {
      throw new RangeError(
        `Cannot write the set ${set.name} as it would hold ` +
          `${count + games.length} games: maxGames is ${maxGames}`,
      );
    }
    await locked.commit({
      games,
      first: count,
      countBefore: count,
      count: count + games.length,
      addedBytes: bytesOf(games),
      checkpoint,
      state,
      release,
    });
    count += games.length;
  }

  /** Does a step; where it fails, the lock is given back, if that still works. */
  async function orRelease(step: Promise<void>): Promise<void> {
    try {
      await step;
    } catch (error) {
      letGo();
      await locked.release().catch(() => {});
      throw error;
    }
  }

  return new WritableStream<SetBatch>({
    async start({ signal }) {
      locked = await lock(signal);
      letGo = keeper.keep(locked);
      count = locked.count;
    },
    async write(batch) {
      checkpoint = batch.checkpoint;
      await orRelease(commit(batch.games, "unfinished", false));
    },
    async close() {
      const state = count === maxGames ? "capped" : "complete";
      await orRelease(commit([], state, true));
      letGo();
    },
    async abort() {
      letGo();
      await locked.release();
    },
  });
}

/** Bytes of all games. */
export function bytesOf(games: readonly Uint8Array[]): number {
  let bytes = 0;
  for (const game of games) bytes += game.length;
  return bytes;
}

/** What a set made by hand is. */
export function handMadeSpec(name: string): SetSpec {
  return { name, filter: {}, source: [], maxGameLength: 1024 * 1024 };
}

/** Checks the arguments of `storeGames` and gives the texts in UTF-8. */
export function handMadeGames(
  name: string,
  firstIndex: number,
  pgns: readonly string[],
): Uint8Array[] {
  checkSetName(name);
  checkGameNumber("the index", firstIndex);
  return pgns.map((pgn) => {
    if (typeof pgn !== "string" || pgn === "") {
      throw new TypeError(
        `Cannot store the game in the set ${name} as it is no text`,
      );
    }
    return new TextEncoder().encode(pgn);
  });
}

/**
 * Stores games of a set made by hand, whose lock is held, and gives the lock
 * back. `oldBytes` are those of the games that are written over.
 */
export async function storeByHand(
  name: string,
  locked: LockedSet,
  first: number,
  games: readonly Uint8Array[],
  bytesBetween: (first: number, end: number) => Promise<number> | number,
): Promise<void> {
  try {
    const { count } = locked;
    if (first > count) {
      throw new RangeError(
        `Cannot store game ${first} of the set ${name} as it has ${count} games`,
      );
    }
    const oldBytes = await bytesBetween(
      first,
      Math.min(count, first + games.length),
    );
    await locked.commit({
      games,
      first,
      countBefore: count,
      count: Math.max(count, first + games.length),
      addedBytes: bytesOf(games) - oldBytes,
      checkpoint: NO_CHECKPOINT,
      state: "complete",
      release: true,
    });
  } catch (error) {
    await locked.release().catch(() => {});
    throw error;
  }
}

/** What is done with the error of a damaged set that nobody wants to be told of. */
export function throwIt(error: GameCacheError): never {
  throw error;
}

/** The error of one who finds the set locked by another writer. */
export function lockedError(
  act: string,
  since: number,
  until: number,
): GameCacheError {
  return new GameCacheError(
    `${act}: another writer holds it since ${new Date(since).toISOString()}, ` +
      `until ${new Date(until).toISOString()} unless it goes on`,
    { fault: "locked" },
  );
}

/** The error of one whose set is another by now. */
export function replacedError(act: string): GameCacheError {
  return new GameCacheError(
    `${act}: it was rebuilt, continued or cleared meanwhile`,
    { fault: "replaced" },
  );
}

/** The error of one who would begin a set anew without having said so. */
export function existsError(
  act: string,
  count: string | number,
): GameCacheError {
  return new GameCacheError(
    `${act}: it exists and has ${count} games`,
    { fault: "refused" },
  );
}

/** The error of one who would change an indexed set by hand. */
export function indexedError(act: string): GameCacheError {
  return new GameCacheError(
    `${act}: it was indexed from an archive and is no set made by hand`,
    { fault: "refused" },
  );
}

/** The error of one who finds something else than what was stored. */
export function damagedError(
  act: string,
  key: string,
  cause?: unknown,
): GameCacheError {
  return new GameCacheError(
    `${act}: ${key} is missing or is not what was stored`,
    { fault: "damaged", key, cause },
  );
}
