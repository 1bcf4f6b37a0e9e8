/** The flags that say how samples become batches. */
import type { BatchOptions } from "../mod.ts";
import type { Arguments, Flag } from "./_flags.ts";

/** One flag for each option of batches. */
export const BATCH_FLAGS: readonly Flag[] = [
  {
    name: "inputs",
    value: "NAME",
    description: "How positions are encoded (default: planes-12)",
  },
  {
    name: "policy",
    value: "NAME",
    description: "How moves are numbered (default: lc0-1858)",
  },
  {
    name: "value",
    value: "NAME",
    description: "outcome, wdl, q, or blend:SHARE (default: outcome)",
  },
  { name: "legal-moves", description: "A mask of the legal moves" },
  {
    name: "dtype",
    value: "NAME",
    description: "uint8, float16 or float32 (default: uint8)",
  },
  {
    name: "layout",
    value: "NAME",
    description: "nchw or nhwc (default: nchw)",
  },
  {
    name: "rule50",
    value: "NAME",
    description: "Of lc0-112: raw or 99 (default: raw)",
  },
  {
    name: "history",
    value: "NAME",
    description: "Before the first position: fen or zero (default: fen)",
  },
  { name: "bits", description: "Planes as bits, eight bytes a plane" },
  {
    name: "window",
    value: "N",
    description: "Games whose samples are interleaved (default: 256)",
  },
  {
    name: "batch-size",
    value: "N",
    description: "Samples of a batch, for --max-per-batch (default: 1024)",
  },
  {
    name: "max-per-batch",
    value: "N",
    description: "At most N samples of a game in a batch",
  },
  {
    name: "epochs",
    value: "N",
    description: "How many times, each in another order (default: 1)",
  },
  { name: "drop-last", description: "No batches that are not full" },
  {
    name: "threads",
    value: "N",
    description: "Threads that read and encode (default: 1)",
  },
];

/** Reads the options of batches that the flags ask for. */
export function readBatchOptions(args: Arguments): BatchOptions {
  return withoutUndefined<BatchOptions>({
    batchSize: args.integer("batch-size") ?? 1024,
    inputs: args.text("inputs") as BatchOptions["inputs"],
    policy: args.text("policy") as BatchOptions["policy"],
    value: readValue(args.text("value")),
    legalMoves: args.isOn("legal-moves"),
    dtype: args.text("dtype") as BatchOptions["dtype"],
    layout: args.text("layout") as BatchOptions["layout"],
    rule50: args.text("rule50") as BatchOptions["rule50"],
    history: args.text("history") as BatchOptions["history"],
    bits: args.isOn("bits"),
    window: args.integer("window"),
    maxPerBatch: args.integer("max-per-batch"),
    epochs: args.integer("epochs"),
    dropLast: args.isOn("drop-last"),
    threads: args.integer("threads"),
  });
}

/** What it may be is for the batches to say. */
function readValue(text: string | undefined): BatchOptions["value"] {
  const blend = /^blend:(.+)$/.exec(text ?? "")?.[1];
  return blend === undefined
    ? text as BatchOptions["value"]
    : { blend: Number(blend) };
}

function withoutUndefined<T extends object>(fields: T): T {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as T;
}
