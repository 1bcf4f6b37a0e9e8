// Records as a cache keeps them: in whole blocks, each game checked against its own.
import {
  crc32,
  RECORD_BYTES,
  RECORD_FIELDS,
  RECORDS_PER_BLOCK,
} from "../filter/game_record.ts";

/** A block of records by its number, to be stored as a whole. */
export type RecordBlock = readonly [number: number, records: Uint8Array];

/** Cuts records into the blocks that they are stored in. */
export function recordBlocks(
  first: number,
  records: Uint8Array,
): RecordBlock[] {
  const size = RECORDS_PER_BLOCK * RECORD_BYTES;
  const blocks: RecordBlock[] = [];
  for (let at = 0; at < records.length; at += size) {
    const number = (first * RECORD_BYTES + at) / size;
    blocks.push([number, records.subarray(at, at + size)]);
  }
  return blocks;
}

/** The first game of the block of a game. */
export function blockStart(game: number): number {
  return game - game % RECORDS_PER_BLOCK;
}

/** Joins bytes. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(
    parts.reduce((sum, { length }) => sum + length, 0),
  );
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Reads lengths and CRC-32 sums of records; one that is cut off is missing. */
export class RecordReader {
  readonly #view: DataView;

  /** Creates a reader of records, from the first of them on. */
  constructor(records: Uint8Array) {
    const { buffer, byteOffset, byteLength } = records;
    this.#view = new DataView(buffer, byteOffset, byteLength);
  }

  /** Whether there is a record of the game `index`. Where none was written are zeros. */
  has(index: number): boolean {
    return (index + 1) * RECORD_BYTES <= this.#view.byteLength &&
      this.lengthOf(index) > 0;
  }

  /** Whether `text` is the one that the record of the game `index` was made of. */
  matches(index: number, text: Uint8Array | null): text is Uint8Array {
    return text !== null && this.has(index) &&
      text.length === this.lengthOf(index) &&
      crc32(text) === this.#uint32(index, RECORD_FIELDS.crc);
  }

  /** The length of the text of a game that has a record. */
  lengthOf(index: number): number {
    return this.#uint32(index, RECORD_FIELDS.length);
  }

  /** The hash of a game that has a record. */
  hashOf(index: number): bigint {
    const at = index * RECORD_BYTES + RECORD_FIELDS.hash;
    return this.#view.getBigUint64(at, true);
  }

  /** Bytes of the texts of all games. */
  get textBytes(): number {
    let bytes = 0;
    for (let i = 0; this.has(i); i++) bytes += this.lengthOf(i);
    return bytes;
  }

  /**
   * How many of the games from `first` to `end - 1` make one request: those
   * that have about `maxBytes` together, but at least one. A game without a
   * record is alone.
   */
  requestSize(first: number, end: number, maxBytes: number): number {
    let index = first;
    for (let bytes = 0; index < end && this.has(index); index++) {
      bytes += this.lengthOf(index);
      if (bytes > maxBytes) break;
    }
    return Math.max(1, index - first);
  }

  #uint32(index: number, field: number): number {
    return this.#view.getUint32(index * RECORD_BYTES + field, true);
  }
}
