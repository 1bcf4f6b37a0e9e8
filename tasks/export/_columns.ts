/** The rows of a batch as bytes, array by array. */
import type { ArrayDescription, SampleBatch } from "../../mod.ts";

/** How `.npy` and safetensors call a type, and the bytes of one number. */
export const DTYPES: Readonly<
  Record<
    ArrayDescription["dtype"],
    { npy: string; safetensors: string; bytes: number }
  >
> = {
  uint8: { npy: "|u1", safetensors: "U8", bytes: 1 },
  uint16: { npy: "<u2", safetensors: "U16", bytes: 2 },
  uint32: { npy: "<u4", safetensors: "U32", bytes: 4 },
  uint64: { npy: "<u8", safetensors: "U64", bytes: 8 },
  int32: { npy: "<i4", safetensors: "I32", bytes: 4 },
  float16: { npy: "<f2", safetensors: "F16", bytes: 2 },
  float32: { npy: "<f4", safetensors: "F32", bytes: 4 },
};

/**
 * Takes some rows of an array of a batch.
 *
 * @param batch The batch.
 * @param array Which array; its shape and bytes are those of one sample.
 * @param from The first row.
 * @param end The row after the last.
 * @returns Their bytes, not copied.
 */
export function rowBytes(
  batch: SampleBatch,
  { name, bytes }: ArrayDescription,
  from: number,
  end: number,
): Uint8Array {
  const numbers = batch[name as "inputs"];
  return new Uint8Array(
    numbers.buffer,
    numbers.byteOffset + from * bytes,
    (end - from) * bytes,
  );
}

/**
 * Writes all bytes to a file.
 *
 * @param file The file.
 * @param bytes The bytes.
 */
export function writeAllSync(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
}
