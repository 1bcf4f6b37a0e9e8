// Locks of sets: how one is waited for, and how those that are held are kept.
import { lockedError } from "./faults.ts";
import type { LockedSet } from "./cache_store.ts";

/** How long a lock holds that its writer no longer renews, in milliseconds. */
export const DEFAULT_LOCK_DURATION = 5_000;

/** How often it is tried again to take a lock, in milliseconds. */
const LOCK_POLL = 200;

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
 * waited until its lock runs out, or until it renews that.
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

  /** Renews a lock at intervals; gives what ends that. */
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
