/** npy: a folder of arrays for each shard, which can be memory-mapped. */
import type { ArrayDescription, SampleBatch } from "../../mod.ts";
import { DTYPES, rowBytes, writeAllSync } from "./_columns.ts";
import type { Format, ShardPlan, ShardWriter } from "./_format.ts";

const HEADER_LENGTH = 128;

/** Arrays as numpy's own files. */
export const NPY: Format<"batches"> = {
  name: "npy",
  rows: "batches",
  suffix: "",
  shardSize: 65_536,
  hasReader: true,
  open: (path, plan) => new NpyWriter(path, plan),
};

class NpyWriter implements ShardWriter<"batches"> {
  readonly #arrays: readonly ArrayDescription[];
  readonly #files: Deno.FsFile[] = [];
  #size = 0;

  constructor(path: string, { arrays }: ShardPlan) {
    this.#arrays = arrays;
    Deno.mkdirSync(path);
    for (const { name } of arrays) {
      const file = Deno.openSync(`${path}/${name}.npy`, {
        write: true,
        createNew: true,
      });
      this.#files.push(file);
      writeAllSync(file, new Uint8Array(HEADER_LENGTH));
    }
  }

  write(batch: SampleBatch, from: number, end: number): void {
    this.#arrays.forEach((array, i) =>
      writeAllSync(this.#files[i], rowBytes(batch, array, from, end))
    );
    this.#size += end - from;
  }

  finish(): void {
    this.#arrays.forEach((array, i) => {
      this.#files[i].seekSync(0, Deno.SeekMode.Start);
      writeAllSync(this.#files[i], npyHeader(array, this.#size));
      this.#files[i].syncDataSync();
    });
  }

  close(): void {
    for (const file of this.#files.splice(0)) file.close();
  }
}

/** The header of version 1.0, padded so that the numbers begin at a multiple of 64. */
function npyHeader(
  { dtype, shape }: ArrayDescription,
  size: number,
): Uint8Array {
  const tuple = shape.length === 0
    ? `(${size},)`
    : `(${[size, ...shape].join(", ")})`;
  const text = `{'descr': '${
    DTYPES[dtype].npy
  }', 'fortran_order': False, 'shape': ${tuple}, }`;
  const length = HEADER_LENGTH - 10;
  const header = new Uint8Array(HEADER_LENGTH);
  header.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, length, 0]);
  new TextEncoder().encodeInto(
    `${text.padEnd(length - 1)}\n`,
    header.subarray(10),
  );
  return header;
}
