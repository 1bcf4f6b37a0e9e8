import assert from "node:assert/strict";
import {
  type BatchGames,
  type BatchOptions,
  type SampleBatch,
  SampleExtractor,
} from "../../mod.ts";
import { isOnPath } from "../../tasks/_setup.ts";
import { runTask, SAMPLE } from "./_run_task.ts";

/** Whether there is a python3 with numpy. */
export const HAS_NUMPY: boolean = await isOnPath("/usr/bin", [
  "f2py3",
  "f2py",
]);

/** Runs Debian's Python, the only one that is known to have numpy. */
export async function runPython(
  program: string,
  ...args: string[]
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(
    "/usr/bin/python3",
    { args: ["-B", "-c", program, ...args], stdin: "null" },
  ).output();
  const decoder = new TextDecoder();
  assert.ok(success, decoder.decode(stderr));
  return decoder.decode(stdout);
}

/** Exports the sample, which must succeed. */
export async function exportSample(
  out: string,
  ...args: string[]
): Promise<{ count: number; shards: number; bytes: number }> {
  const ended = await runTask("export", [
    SAMPLE,
    ...["--out", out, "--cache", "sqlite:nowhere.sqlite", "--json"],
    ...args,
  ]);
  assert.equal(ended.code, 0, ended.stderr);
  return ended.json();
}

/** The arrays of all batches, each joined, as bytes. */
export async function arraysOf(
  query: BatchGames & Partial<BatchOptions>,
): Promise<Map<string, Uint8Array>> {
  await using extractor = new SampleExtractor(SAMPLE);
  const options = { batchSize: 1000, ...query };
  const joined = new Map<string, Uint8Array[]>();
  for await (const batch of extractor.extractBatches(options)) {
    for (const { name } of extractor.describe(options).arrays) {
      const array = batch[name as keyof SampleBatch] as Uint8Array;
      const bytes = new Uint8Array(
        array.buffer,
        array.byteOffset,
        array.byteLength,
      );
      joined.set(name, [...joined.get(name) ?? [], bytes.slice()]);
    }
  }
  return new Map(
    [...joined].map((
      [name, all],
    ) => [name, Uint8Array.from(all.flatMap((bytes) => [...bytes]))]),
  );
}

/** All files of a folder by their paths in it, as text of Base64. */
export function filesIn(folder: string, under = ""): Map<string, string> {
  const files = new Map<string, string>();
  const entries = [...Deno.readDirSync(`${folder}/${under}`)];
  for (const { name, isDirectory } of entries.sort(byName)) {
    const path = under === "" ? name : `${under}/${name}`;
    if (isDirectory) {
      for (const [file, bytes] of filesIn(folder, path)) files.set(file, bytes);
    } else {
      files.set(path, Deno.readFileSync(`${folder}/${path}`).toBase64());
    }
  }
  return files;
}

function byName(a: Deno.DirEntry, b: Deno.DirEntry): number {
  return a.name < b.name ? -1 : 1;
}
