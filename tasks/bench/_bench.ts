import type { Corpus } from "./_corpus.ts";
import type { BenchRedis } from "./_redis_server.ts";

/**
 * A group of `deno task bench`: one question, answered by figures that are
 * measured in the same run as what they are compared with.
 *
 * Each file of this folder whose name has no `_` in front exports one as
 * `group`; the task finds them by themselves.
 */
export interface BenchGroup {
  /** What `--group` calls it: the name of its file. */
  readonly name: string;
  /** What it asks, in a sentence. */
  readonly question: string;
  /** Measures. What it throws fails this group alone. */
  run(bench: BenchContext): Promise<BenchReport>;
}

/** What a group is given. */
export interface BenchContext {
  /** The archive that was asked for. */
  readonly corpus: Corpus;
  /** Whether it must be done in some ten seconds. */
  readonly quick: boolean;
  /** How often to measure each contestant; `--rounds` sets it. */
  readonly rounds: number;
  /** An empty folder of the group's own, removed after it. */
  readonly folder: string;
  /** Numbers from 0 to below 1, the same in each run. */
  readonly random: () => number;
  /** Stops the run. */
  readonly signal: AbortSignal;
  /** Starts an empty Redis server of the group's own, stopped after it. */
  startRedis(): Promise<BenchRedis>;
  /** Says on standard error what is being done. */
  note(text: string): void;
}

/** What a group has found. */
export interface BenchReport {
  /** Its figures. */
  readonly tables: readonly BenchTable[];
  /** What was promised of them. */
  readonly claims?: readonly Claim[];
  /** What a reader of the figures should know, in lines. */
  readonly notes?: readonly string[];
}

/** Figures in rows. */
export interface BenchTable {
  /** What was measured, of how much. */
  readonly title: string;
  /** What each column holds; the first is the name of the row. */
  readonly columns: readonly string[];
  /** The rows, with as many cells; numbers are rounded only when printed. */
  readonly rows: readonly (readonly (string | number)[])[];
}

/** A bound that a figure keeps, or does not. */
export interface Claim {
  /** What was measured, as `getGames(), of a bare MGET loop`. */
  readonly name: string;
  /** The figure. */
  readonly measured: number;
  /** Which side of the bound is right. */
  readonly must: "be at most" | "be at least";
  /** The bound. */
  readonly bound: number;
  /** What both are in; nothing for a ratio. */
  readonly unit?: string;
  /** Whether the figure keeps the bound. */
  readonly holds: boolean;
}

/** Claims that a figure is not above its bound. */
export function atMost(
  name: string,
  measured: number,
  bound: number,
  unit?: string,
): Claim {
  const holds = measured <= bound;
  return { name, measured, must: "be at most", bound, unit, holds };
}

/** Claims that a figure is not below its bound. */
export function atLeast(
  name: string,
  measured: number,
  bound: number,
  unit?: string,
): Claim {
  const holds = measured >= bound;
  return { name, measured, must: "be at least", bound, unit, holds };
}
