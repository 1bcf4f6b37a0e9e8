// Writes positions in a chosen encoding, type, layout and form.
import { type InputEncoding, INPUTS } from "./encodings.ts";
import type { PlaneOptions } from "./input_encoder.ts";
import { type NumberArray, PlaneWriter } from "./plane_writer.ts";
import type { PositionHistory } from "./position_history.ts";

/** How an input's numbers are written. See {@linkcode encodeInput}. */
export interface InputOptions {
  /** The type of the numbers of planes. @default {"uint8"} */
  dtype?: "uint8" | "float16" | "float32";
  /** Planes of squares, or squares of planes. @default {"nchw"} */
  layout?: "nchw" | "nhwc";
  /** The rule-50 count of lc0-112: in plies, or divided by 99. @default {"raw"} */
  rule50?: "raw" | "99";
  /**
   * What stands for positions before the first in lc0-112: what a FEN allows,
   * as in the engine, or zeros, as in games of self-play. @default {"fen"}
   */
  history?: "fen" | "zero";
  /**
   * Whether planes are written as bits of a1 to h8, eight bytes a plane, low
   * bit first. Planes of counts are zero there. @default {false}
   */
  bits?: boolean;
}

/** Writes positions in one encoding. */
export interface InputWriter {
  readonly dtype: "uint8" | "float16" | "float32" | "int32";
  /** The shape of one position. */
  readonly shape: readonly number[];
  /** Numbers of one position. */
  readonly length: number;
  /** Counts that travel beside bits. */
  readonly counts: number;
  /** Whether it looks at positions before the current one. */
  readonly needsHistory: boolean;
  /** An array of zeros for a number of positions. */
  create(size: number): NumberArray;
  /** Writes the current position of a history where the array is all zeros. */
  write(history: PositionHistory, out: NumberArray, at: number): void;
  /** Writes the counts that bits leave out. */
  writeCounts(history: PositionHistory, out: Float32Array, at: number): void;
}

const ARRAYS = {
  uint8: Uint8Array,
  float16: Float16Array,
  float32: Float32Array,
  int32: Int32Array,
};

/**
 * Makes the writer of an encoding.
 *
 * @throws {RangeError} If a value is not allowed, or not for this encoding.
 */
export function inputWriter(
  encoding: InputEncoding,
  options: InputOptions = {},
): InputWriter {
  const {
    dtype = "uint8",
    layout = "nchw",
    rule50 = "raw",
    history = "fen",
    bits = false,
  } = options;
  if (!Object.hasOwn(INPUTS, encoding)) {
    throw refusal(`inputs must be one of ${Object.keys(INPUTS)}`, encoding);
  }
  checkOneOf("dtype", dtype, ["uint8", "float16", "float32"]);
  checkOneOf("layout", layout, ["nchw", "nhwc"]);
  checkOneOf("rule50", rule50, ["raw", "99"]);
  checkOneOf("history", history, ["fen", "zero"]);
  checkOneOf("bits", bits, [true, false]);
  const encoder = INPUTS[encoding];
  if (encoding !== "lc0-112" && rule50 !== "raw") {
    throw refusal("only lc0-112 has a rule50 other than raw", encoding);
  }
  if (encoding !== "lc0-112" && history !== "fen") {
    throw refusal("only lc0-112 has a history other than fen", encoding);
  }
  if (encoder.kind === "list") {
    if (dtype !== "uint8" || bits) {
      throw refusal(
        `${encoding} is always ${encoder.dtype}`,
        bits ? "bits" : dtype,
      );
    }
    return {
      dtype: encoder.dtype,
      shape: encoder.shape,
      length: encoder.shape.reduce((product, size) => product * size),
      counts: 0,
      needsHistory: false,
      create(size) {
        return new ARRAYS[encoder.dtype](size * this.length);
      },
      write: (history, out, at) =>
        encoder.write(history, out as Uint8Array | Int32Array, at),
      writeCounts() {},
    };
  }
  if (bits && dtype !== "uint8") throw refusal("bits are uint8", dtype);
  if (rule50 === "99" && dtype === "uint8" && !bits) {
    throw refusal("a rule50 of 99 needs a dtype of floats", dtype);
  }
  // The squares of Maia-3 come first in whatever layout.
  const isSquares = encoder.shape.length === 2;
  const planes = new PlaneWriter(
    encoder.planes,
    bits ? "bits" : isSquares ? "nhwc" : layout,
  );
  const planeOptions: PlaneOptions = { history, rule50 };
  return {
    dtype,
    shape: bits
      ? [encoder.planes, 8]
      : isSquares || layout === "nchw"
      ? encoder.shape
      : [8, 8, encoder.planes],
    length: planes.length,
    counts: bits ? encoder.counts.length : 0,
    needsHistory: encoder.positions > 1,
    create: (size) => new ARRAYS[dtype](size * planes.length),
    write(history, out, at) {
      planes.moveTo(out, at);
      encoder.write(history, planes, planeOptions);
    },
    writeCounts(history, out, at) {
      encoder.counts.forEach((plane, i) => {
        out[at + i] = encoder.countOf!(history, plane, planeOptions);
      });
    },
  };
}

function checkOneOf<T>(name: string, value: T, allowed: readonly T[]): void {
  if (!allowed.includes(value)) {
    throw refusal(`${name} must be one of ${allowed.join(", ")}`, value);
  }
}

function refusal(why: string, value: unknown): RangeError {
  return new RangeError(
    `Cannot encode positions as ${why}: current value is ${value}`,
  );
}
