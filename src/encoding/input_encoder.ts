// Says what an encoding of positions as numbers is.
import type { PlaneWriter } from "./plane_writer.ts";
import type { PositionHistory } from "./position_history.ts";

/** What may differ in lc0's planes. */
export interface PlaneOptions {
  /** What stands for positions before the first: the first again, or nothing. */
  readonly history: "fen" | "zero";
  /** The rule-50 count in plies, or divided by 99. */
  readonly rule50: "raw" | "99";
}

/** An encoding in planes of 8×8 squares, or in squares with a vector each. */
export interface PlaneEncoder {
  readonly kind: "planes";
  readonly planes: number;
  /** The shape of one position, first in layout nchw. */
  readonly shape: readonly number[];
  /** The planes that are counts, in order. */
  readonly counts: readonly number[];
  /** How many positions it looks at: the current one, and those before. */
  readonly positions: number;
  /** Where it comes from, in one sentence. */
  readonly source: string;
  /** Writes the current position of a history. */
  write(
    history: PositionHistory,
    planes: PlaneWriter,
    options: PlaneOptions,
  ): void;
  /** The value of a plane of counts. */
  countOf?(
    history: PositionHistory,
    plane: number,
    options: PlaneOptions,
  ): number;
}

/** An encoding in numbers of its own: tokens, or indices of features. */
export interface ListEncoder {
  readonly kind: "list";
  readonly dtype: "uint8" | "int32";
  /** The shape of one position. */
  readonly shape: readonly number[];
  /** How many different numbers there are. */
  readonly size: number;
  /** Where it comes from, in one sentence. */
  readonly source: string;
  /** Writes the position from an index of an array on. */
  write(
    history: PositionHistory,
    out: Uint8Array | Int32Array,
    at: number,
  ): void;
}

export type InputEncoder = PlaneEncoder | ListEncoder;
