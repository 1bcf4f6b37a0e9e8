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

/** A cache for `indexGames` that counts what it is given, and keeps nothing. */
export interface DryCache {
  readonly cache: GameCache;
  /** What was counted until now. */
  planned(): PlannedSet[];
}

/**
 * Makes a cache that reads from another one and writes nothing: the plan is
 * what the index itself does, so that its counts are exact.
 */
export function dryCache(cache: GameCache): DryCache {
  const counters = new Map<string, SetCounter>();
  const writer = ({ name }: SetSpec): WritableStream<SetBatch> => {
    const counter = new SetCounter(name);
    counters.set(name, counter);
    return new WritableStream({ write: (batch) => counter.add(batch) });
  };
  const dry = new Proxy(cache, {
    get(target, property) {
      if (property === "writer") return writer;
      const value = Reflect.get(target, property, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return {
    cache: dry,
    planned: () => [...counters.values()].map((counter) => counter.planned()),
  };
}

class SetCounter {
  readonly #name: string;
  readonly #memory: RedisMemory;
  #games = 0;
  #textBytes = 0;

  constructor(name: string) {
    this.#name = name;
    this.#memory = new RedisMemory(name);
  }

  add({ games }: SetBatch): void {
    for (const { length } of games) {
      this.#memory.add(length);
      this.#textBytes += length;
    }
    this.#games += games.length;
  }

  planned(): PlannedSet {
    return {
      name: this.#name,
      games: this.#games,
      textBytes: this.#textBytes,
      redisBytes: this.#memory.bytes,
    };
  }
}
