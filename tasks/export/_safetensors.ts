/** safetensors: one file for each shard, its arrays one after the other. */
import type { ArrayDescription, SampleBatch } from "../../mod.ts";
import { DTYPES, rowBytes, writeAllSync } from "./_columns.ts";
import type { Format, ShardPlan, ShardWriter } from "./_format.ts";

const COPY_SIZE = 1024 * 1024;

/** Arrays as safetensors. */
export const SAFETENSORS: Format<"batches"> = {
  name: "safetensors",
  rows: "batches",
  suffix: ".safetensors",
  shardSize: 65_536,
  hasReader: true,
  open: (path, plan) => new SafetensorsWriter(path, plan),
};

/**
 * Writes rows where they are in a full shard; where there are fewer, the arrays
 * are moved together at the end.
 */
class SafetensorsWriter implements ShardWriter<"batches"> {
  readonly #file: Deno.FsFile;
  readonly #arrays: readonly ArrayDescription[];
  readonly #shardSize: number;
  readonly #headerLength: number;
  #size = 0;

  constructor(path: string, { arrays, shardSize }: ShardPlan) {
    // The widest numbers come first, so that each array is aligned.
    this.#arrays = arrays.toSorted((a, b) =>
      DTYPES[b.dtype].bytes - DTYPES[a.dtype].bytes
    );
    this.#shardSize = shardSize;
    this.#headerLength = Math.ceil(headerOf(arrays, shardSize).length / 8) * 8;
    this.#file = Deno.openSync(path, {
      read: true,
      write: true,
      createNew: true,
    });
  }

  write(batch: SampleBatch, from: number, end: number): void {
    const starts = this.#starts(this.#shardSize);
    this.#arrays.forEach((array, i) => {
      this.#file.seekSync(
        starts[i] + this.#size * array.bytes,
        Deno.SeekMode.Start,
      );
      writeAllSync(this.#file, rowBytes(batch, array, from, end));
    });
    this.#size += end - from;
  }

  finish(): void {
    const length = this.#headerLength;
    if (this.#size < this.#shardSize) this.#moveTogether();
    const bytes = new Uint8Array(8 + length);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
    const header = headerOf(this.#arrays, this.#size).padEnd(length);
    new TextEncoder().encodeInto(header, bytes.subarray(8));
    this.#file.seekSync(0, Deno.SeekMode.Start);
    writeAllSync(this.#file, bytes);
    this.#file.syncDataSync();
  }

  close(): void {
    this.#file.close();
  }

  /** Where each array begins in a shard of some rows. */
  #starts(size: number): number[] {
    let start = 8 + this.#headerLength;
    return this.#arrays.map(({ bytes }) => {
      start += bytes * size;
      return start - bytes * size;
    });
  }

  #moveTogether(): void {
    const file = this.#file;
    const from = this.#starts(this.#shardSize);
    const to = this.#starts(this.#size);
    const buffer = new Uint8Array(COPY_SIZE);
    let end = 0;
    this.#arrays.forEach(({ bytes }, i) => {
      const length = bytes * this.#size;
      for (let at = 0; at < length;) {
        file.seekSync(from[i] + at, Deno.SeekMode.Start);
        const wanted = Math.min(buffer.length, length - at);
        const count = file.readSync(buffer.subarray(0, wanted))!;
        file.seekSync(to[i] + at, Deno.SeekMode.Start);
        writeAllSync(file, buffer.subarray(0, count));
        at += count;
      }
      end = to[i] + length;
    });
    file.truncateSync(end);
  }
}

/** The header as JSON, without padding. */
function headerOf(arrays: readonly ArrayDescription[], size: number): string {
  let end = 0;
  return JSON.stringify(Object.fromEntries(
    arrays.map(({ name, dtype, shape, bytes }) => {
      const start = end;
      end += bytes * size;
      return [name, {
        dtype: DTYPES[dtype].safetensors,
        shape: [size, ...shape],
        data_offsets: [start, end],
      }];
    }),
  ));
}
