// Says how samples are cut into batches and written as numbers.
import { policyEncoder } from "../encoding/encode.ts";
import type { InputEncoding, PolicyEncoding } from "../encoding/encodings.ts";
import { type InputOptions, inputWriter } from "../encoding/input_writer.ts";
import type { ValueEncoding } from "../encoding/values.ts";
import type { BatchCursor } from "./batch_cursor.ts";

/**
 * How samples become batches.
 *
 * See {@linkcode SampleExtractor.extractBatches}.
 */
export interface BatchOptions extends InputOptions {
  /** Samples of a batch. */
  batchSize: number;
  /** How positions are encoded. @default {"planes-12"} */
  inputs?: InputEncoding;
  /** How moves are numbered. @default {"lc0-1858"} */
  policy?: PolicyEncoding;
  /**
   * What a position is worth. `"q"` takes the evaluation before the move and
   * skips samples without one; a blend without one is the outcome.
   *
   * @default {"outcome"}
   */
  value?: ValueEncoding;
  /** Whether each sample has a mask of its legal moves. @default {false} */
  legalMoves?: boolean;
  /**
   * How many games are loaded at once, whose samples are interleaved; 0 leaves
   * the samples in the order of play. @default {256}
   */
  window?: number;
  /** Most samples of one game in a batch. @default {Infinity} */
  maxPerBatch?: number;
  /** How many times the games are gone through, each in another order. @default {1} */
  epochs?: number;
  /** Whether batches that are not full at an epoch's end are left out. @default {false} */
  dropLast?: boolean;
  /**
   * Whether each batch uses the arrays of the one before the last: it must be
   * read before the next but one is asked for. @default {false}
   */
  reuseBuffers?: boolean;
  /**
   * Threads, this one among them. With more than one, the others write the
   * inputs, always into new arrays, while this one reads the next games; the
   * batches are the same. They need the permission to read this module's files.
   *
   * @default {1}
   */
  threads?: number;
  /**
   * Resumes after the batch with this cursor. The cursors of all ranks, each
   * after its own last batch, share out what is left over another number of
   * ranks, which `shard` says. A rank without a batch has the one of
   * `firstCursor`.
   */
  resume?: BatchCursor | readonly BatchCursor[];
}

/** {@linkcode BatchOptions}, checked and with all defaults. */
export type CheckedBatchOptions =
  & Required<Omit<BatchOptions, "resume">>
  & Pick<BatchOptions, "resume">;

const FIELDS = [
  "batchSize",
  "inputs",
  "policy",
  "value",
  "legalMoves",
  "dtype",
  "layout",
  "rule50",
  "history",
  "bits",
  "window",
  "maxPerBatch",
  "epochs",
  "dropLast",
  "reuseBuffers",
  "threads",
  "resume",
] as const satisfies readonly (keyof BatchOptions)[];

/** Takes the options of batches and the rest, which is a query, apart. */
export function splitOptions<Query extends object>(
  all: Query & BatchOptions,
): { options: BatchOptions; query: Omit<Query, keyof BatchOptions> } {
  const query = { ...all } as Record<string, unknown>;
  const options: Record<string, unknown> = {};
  for (const field of FIELDS) {
    if (!Object.hasOwn(all, field)) continue;
    options[field] = all[field];
    delete query[field];
  }
  return {
    options: options as unknown as BatchOptions,
    query: query as Omit<Query, keyof BatchOptions>,
  };
}

/**
 * Checks the options of batches.
 *
 * @throws {RangeError} If a value is not allowed.
 */
export function checkBatchOptions(options: BatchOptions): CheckedBatchOptions {
  const {
    batchSize,
    inputs = "planes-12",
    policy = "lc0-1858",
    value = "outcome",
    legalMoves = false,
    dtype = "uint8",
    layout = "nchw",
    rule50 = "raw",
    history = "fen",
    bits = false,
    window = 256,
    maxPerBatch = Infinity,
    epochs = 1,
    dropLast = false,
    reuseBuffers = false,
    threads = 1,
    resume,
  } = options;
  checkInteger("batchSize", batchSize, 1);
  checkInteger("window", window, 0);
  checkInteger("threads", threads, 1);
  if (maxPerBatch !== Infinity) checkInteger("maxPerBatch", maxPerBatch, 1);
  if (epochs !== Infinity) checkInteger("epochs", epochs, 1);
  for (
    const [name, flag] of Object.entries({ legalMoves, dropLast, reuseBuffers })
  ) {
    if (typeof flag !== "boolean") {
      throw refusal(`${name} must be true or false`, flag);
    }
  }
  if (typeof value === "object" && value !== null) {
    const { blend } = value;
    if (typeof blend !== "number" || !(blend >= 0 && blend <= 1)) {
      throw refusal("blend must be a number from 0 to 1", blend);
    }
  } else if (!["outcome", "wdl", "q"].includes(value)) {
    throw refusal("value must be outcome, wdl, q or a blend", value);
  }
  if (maxPerBatch !== Infinity && window === 0) {
    throw refusal("maxPerBatch needs a window", window);
  }
  inputWriter(inputs, { dtype, layout, rule50, history, bits });
  policyEncoder(policy);
  return {
    batchSize,
    inputs,
    policy,
    value,
    legalMoves,
    dtype,
    layout,
    rule50,
    history,
    bits,
    window,
    maxPerBatch,
    epochs,
    dropLast,
    reuseBuffers,
    threads,
    resume,
  };
}

function checkInteger(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    const what = least === 0 ? "a non-negative integer" : "a positive integer";
    throw refusal(`${name} must be ${what}`, value);
  }
}

function refusal(why: string, value: unknown): RangeError {
  return new RangeError(
    `Cannot make batches as ${why}: current value is ${value}`,
  );
}
