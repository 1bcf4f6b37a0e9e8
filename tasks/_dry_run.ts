/** Finds out what an index would keep, without a write. */
import type { GameCache, SetBatch, SetSpec } from "../mod.ts";
import { RedisMemory } from "./_redis_memory.ts";

/** What an index would write of one set. */
export interface PlannedSet {
  /** Its name. */
  readonly name: string;
  /** Games that would be written. */
  readonly games: number;
  /** The bytes of their texts. */
  readonly textBytes: number;
  /** The bytes that they would take in the memory of a Redis. */
  readonly redisBytes: number;
}

/**
 * Makes a cache for `indexGames` that hands on the games it is given, and keeps
 * nothing: what is counted so is exactly what an index would do. What is there
 * already is what another cache has.
 */
export function takingCache(
  take: (set: string, games: readonly Uint8Array[]) => void,
  other?: GameCache,
): GameCache {
  const cache: Pick<GameCache, "sets" | "stats" | "writer"> = {
    sets: (options) => other?.sets(options) ?? Promise.resolve([]),
    stats: () =>
      other?.stats() ?? Promise.resolve({ sets: [], damaged: [], bytes: 0 }),
    writer: ({ name }: SetSpec) =>
      new WritableStream<SetBatch>({ write: ({ games }) => take(name, games) }),
  };
  return cache as GameCache;
}

/** Counts what an index would write. */
export class Plan {
  readonly #sets = new Map<string, PlannedSet>();
  readonly #memory = new Map<string, RedisMemory>();

  /** Counts games of a set. */
  add(name: string, games: readonly Uint8Array[]): void {
    const memory = this.#memory.get(name) ?? new RedisMemory(name);
    this.#memory.set(name, memory);
    const { games: before = 0, textBytes = 0 } = this.#sets.get(name) ?? {};
    for (const { length } of games) memory.add(length);
    this.#sets.set(name, {
      name,
      games: before + games.length,
      textBytes: games.reduce((sum, { length }) => sum + length, textBytes),
      redisBytes: memory.bytes,
    });
  }

  /** What was counted until now. */
  get sets(): PlannedSet[] {
    return [...this.#sets.values()];
  }
}
