/** jsonl: one JSON object for each sample, as `deno task sample` prints it. */
import type { TrainingSample } from "../../mod.ts";
import type { Format } from "./_format.ts";
import { TextFile } from "./_text_file.ts";

/** Samples with all their fields, as lines of JSON. */
export const JSONL: Format<"samples"> = {
  name: "jsonl",
  rows: "samples",
  suffix: ".jsonl",
  shardSize: 1_000_000,
  open: (path) => linesWriter(path, (sample) => JSON.stringify(sample)),
};

/**
 * Writes a line for each sample.
 *
 * @param path Where.
 * @param lineOf The line of a sample, without its end.
 * @returns The writer.
 */
export function linesWriter(
  path: string,
  lineOf: (sample: TrainingSample) => string,
): ReturnType<Format<"samples">["open"]> {
  const file = new TextFile(path);
  return {
    write(samples, from, end) {
      for (let i = from; i < end; i++) file.add(`${lineOf(samples[i])}\n`);
    },
    finish: () => file.finish(),
    close: () => file.close(),
  };
}
