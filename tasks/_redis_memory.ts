/** Predicts what the games of a set take in the memory of a Redis 7. */
import { RECORD_BYTES } from "../mod.ts";

/** Bytes of a hash table's entry, of a value's header and of a bucket. */
const ENTRY_BYTES = 24;
const OBJECT_BYTES = 16;
const BUCKET_BYTES = 8;

/** What a server takes once, for its statistics of the commands that write sets. */
export const SERVER_BYTES = 300_000;

/** Adds up games one by one. */
export class RedisMemory {
  readonly #prefixLength: number;
  #games = 0;
  #bytes = 0;

  /** Begins with no game. */
  constructor(set: string) {
    this.#prefixLength = `chess:game:${set}:`.length;
  }

  /** Adds a game. */
  add(length: number): void {
    const keyLength = this.#prefixLength + String(this.#games).length;
    this.#bytes += allocated(ENTRY_BYTES) + allocated(OBJECT_BYTES) +
      allocated(stringBytes(keyLength)) + allocated(stringBytes(length)) +
      RECORD_BYTES;
    this.#games++;
  }

  /** What they take together, with the buckets of the table of keys. */
  get bytes(): number {
    const buckets = this.#games === 0
      ? 0
      : 2 ** Math.ceil(Math.log2(this.#games));
    return this.#bytes + buckets * BUCKET_BYTES;
  }
}

/** A string with its header, whose size depends on its length, and its final 0. */
function stringBytes(length: number): number {
  const header = length < 32 ? 1 : length < 256 ? 3 : length < 65_536 ? 5 : 9;
  return header + length + 1;
}

/** What jemalloc takes for a number of bytes: sixteenths first, then four sizes to each doubling. */
function allocated(bytes: number): number {
  if (bytes <= 128) return Math.ceil(bytes / 16) * 16;
  const spacing = 2 ** (Math.ceil(Math.log2(bytes)) - 3);
  return Math.ceil(bytes / spacing) * spacing;
}
