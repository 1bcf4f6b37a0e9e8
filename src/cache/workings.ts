// Keeps for each cache the store that it works with, and says what the errors of that mean.
import type { CacheStore } from "./cache_store.ts";
import { gameCacheError } from "./faults.ts";
import { LockKeeper } from "./set_lock.ts";
import { KeptRecords } from "./set_reader.ts";

/** What a cache works with. */
export interface Workings {
  readonly store: CacheStore;
  readonly keeper: LockKeeper;
  readonly records: KeptRecords;
  /** The last call of `storeGames`; it does not reject. */
  stored: Promise<unknown>;
}

/**
 * Of each cache. Private fields would make the class one that nobody else could
 * implement, as who wraps a cache does.
 */
const workings = new WeakMap<object, Workings>();

/** Gives a cache its store; called once, by the constructor of its class. */
export function useStore(
  cache: object,
  store: CacheStore,
  lockDuration: number,
): void {
  const keeper = new LockKeeper(lockDuration);
  const records = new KeptRecords();
  workings.set(cache, { store, keeper, records, stored: Promise.resolve() });
}

/** What a cache works with. */
export function workingsOf(cache: object): Workings {
  return workings.get(cache)!;
}

/** Does `step` and says what its error means; a signal that ends it has its own. */
export async function attempt<T>(
  cache: object,
  act: string,
  set: string | undefined,
  step: (using: Workings) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const using = workingsOf(cache);
  try {
    return await step(using);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw errorOf(using.store, act, set, error);
  }
}

/** Says what the error of an act means, and lets the store know of it. */
export function errorOf(
  store: CacheStore,
  act: string,
  set: string | undefined,
  error: unknown,
): unknown {
  if (error instanceof RangeError) return error;
  store.failed(error);
  const object = set === undefined ? "" : ` the set ${set}`;
  return gameCacheError(`Cannot ${act}${object} in ${store.title}`, error);
}
