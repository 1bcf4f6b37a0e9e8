// Lists all encodings by their names.
import { AZ_119 } from "./az_119.ts";
import { AZ_4672, AZ_4672_ROTATED } from "./az_4672.ts";
import { CHESS_768 } from "./chess_768.ts";
import { FROMTO_4096 } from "./fromto_4096.ts";
import { HALFKAV2_HM_22528, HALFKAV2_HM_24576 } from "./halfkav2_hm.ts";
import type { InputEncoder } from "./input_encoder.ts";
import { LC0_112 } from "./lc0_112.ts";
import { LC0_1858 } from "./lc0_1858.ts";
import { MAIA2_18 } from "./maia2_18.ts";
import { MAIA2_1880 } from "./maia2_1880.ts";
import { MAIA3_4352 } from "./maia3_4352.ts";
import { MAIA3_64X96 } from "./maia3_64x96.ts";
import { PLANES_12 } from "./planes_12.ts";
import type { PolicyEncoder } from "./policy_encoder.ts";
import { SEARCHLESS_1968 } from "./searchless_1968.ts";
import { SEARCHLESS_77 } from "./searchless_77.ts";

/** The name of an encoding of positions. See {@linkcode encodeInput}. */
export type InputEncoding =
  | "planes-12"
  | "maia2-18"
  | "lc0-112"
  | "az-119"
  | "maia3-64x96"
  | "searchless-77"
  | "halfkav2_hm-22528"
  | "halfkav2_hm-24576"
  | "chess768";

/** The name of an encoding of moves. See {@linkcode encodeMove}. */
export type PolicyEncoding =
  | "lc0-1858"
  | "az-4672"
  | "az-4672-rotated"
  | "searchless-1968"
  | "maia2-1880"
  | "maia3-4352"
  | "fromto-4096";

/** What a name of {@linkcode ENCODINGS} means. */
export interface Encoding {
  /** Its name. */
  readonly name: string;
  /** What it encodes: positions, moves, or how a game ended. */
  readonly kind: "input" | "policy" | "value";
  /**
   * The shape of one sample. Of planes, that of layout `nchw`: planes, ranks
   * from the first, files from a. An index of a policy has none.
   */
  readonly shape: readonly number[];
  /** The type of its numbers; planes can be had as floats too. */
  readonly dtype: "uint8" | "int32" | "float32";
  /**
   * How large it is: numbers of a position or a value, features of a sparse
   * input, tokens of an alphabet, indices of a policy.
   */
  readonly size: number;
  /** The planes that hold counts instead of 0 and 1. */
  readonly counts?: readonly number[];
  /** The SHA-256 of a policy's list of moves in UCI, joined by commas, where it is made of one. */
  readonly sha256?: string;
  /** The list of moves, where the policy is made of one. */
  readonly moves?: readonly string[];
  /** Where it comes from, in one sentence. */
  readonly source: string;
}

/** The encodings of positions. */
export const INPUTS: Readonly<Record<InputEncoding, InputEncoder>> = {
  "planes-12": PLANES_12,
  "maia2-18": MAIA2_18,
  "lc0-112": LC0_112,
  "az-119": AZ_119,
  "maia3-64x96": MAIA3_64X96,
  "searchless-77": SEARCHLESS_77,
  "halfkav2_hm-22528": HALFKAV2_HM_22528,
  "halfkav2_hm-24576": HALFKAV2_HM_24576,
  "chess768": CHESS_768,
};

/** The encodings of moves. */
export const POLICIES: Readonly<Record<PolicyEncoding, PolicyEncoder>> = {
  "lc0-1858": LC0_1858,
  "az-4672": AZ_4672,
  "az-4672-rotated": AZ_4672_ROTATED,
  "searchless-1968": SEARCHLESS_1968,
  "maia2-1880": MAIA2_1880,
  "maia3-4352": MAIA3_4352,
  "fromto-4096": FROMTO_4096,
};

const VALUES = {
  outcome: [1, "The game's outcome for the side to move: 1, 0 or -1."],
  wdl: [3, "The outcome one-hot as win, draw, loss, in the order of lc0."],
  q: [1, "Lichess' win chance of the evaluation, from -1 to 1."],
  blend: [1, "The share `blend` of q, and the rest of the outcome."],
} as const;

/**
 * All encodings by their names: inputs, policies, values.
 *
 * @example Usage
 * ```ts
 * import { ENCODINGS } from "@chess/game-cache";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(ENCODINGS["lc0-112"].shape, [112, 8, 8]);
 * assert.equal(ENCODINGS["lc0-1858"].size, 1858);
 * assert.equal(ENCODINGS["lc0-1858"].moves?.[322], "e2e4");
 * ```
 */
export const ENCODINGS: Readonly<
  Record<
    InputEncoding | PolicyEncoding | "outcome" | "wdl" | "q" | "blend",
    Encoding
  >
> = Object.freeze({
  ...describeAll(INPUTS, describeInput),
  ...describeAll(POLICIES, describePolicy),
  ...describeAll(VALUES, (name, [size, source]) => ({
    name,
    kind: "value",
    shape: size === 1 ? [] : [size],
    dtype: "float32",
    size,
    source,
  })),
});

function describeAll<Name extends string, T>(
  all: Readonly<Record<Name, T>>,
  describe: (name: Name, one: T) => Encoding,
): Record<Name, Encoding> {
  const described: Partial<Record<Name, Encoding>> = {};
  for (const name of Object.keys(all) as Name[]) {
    described[name] = Object.freeze(describe(name, all[name]));
  }
  return described as Record<Name, Encoding>;
}

function describeInput(name: InputEncoding, encoder: InputEncoder): Encoding {
  const { shape, source } = encoder;
  const common = { name, kind: "input", shape, source } as const;
  return encoder.kind === "planes"
    ? {
      ...common,
      dtype: "uint8",
      size: 64 * encoder.planes,
      counts: encoder.counts,
    }
    : { ...common, dtype: encoder.dtype, size: encoder.size };
}

function describePolicy(
  name: PolicyEncoding,
  policy: PolicyEncoder,
): Encoding {
  const { size, sha256, source } = policy;
  const described = {
    name,
    kind: "policy",
    shape: [],
    dtype: "int32",
  } as const;
  if (sha256 === undefined) return { ...described, size, source };
  return {
    ...described,
    size,
    sha256,
    get moves() {
      return policy.moves; // made when it is asked for
    },
    source,
  };
}
