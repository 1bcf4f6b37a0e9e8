// Says where batches are resumed, on the same or on another number of ranks.

/** How far a rank has come. See {@linkcode BatchCursor}. */
export interface RankProgress {
  /** The epoch, counted from the first of the run. */
  readonly epoch: number;
  /**
   * The place of the first game that may have samples left, in the order of the
   * rank; -1 where that is a game taken over from other ranks.
   */
  readonly from: number;
  /** The place of the first game that is not loaded. */
  readonly next: number;
  /** Samples used of those games, in their order. */
  readonly used: number;
  /** With `maxPerBatch`, instead: by game, samples left. */
  readonly left?: readonly number[];
}

/**
 * Where batches are resumed: plain data that can be written as JSON. It names
 * source, query and config, and is refused where one of them is another.
 *
 * See {@linkcode SampleExtractor.extractBatches}.
 */
export interface BatchCursor extends RankProgress {
  /** What was given. */
  readonly of: "batches";
  /** What the archives are, as a hash; empty where nothing tells. */
  readonly source: string;
  /** The fields of the query, but `shard` and `set`, as JSON or its hash. */
  readonly query: Readonly<Record<string, string>>;
  /** The fields of the extraction's config, likewise. */
  readonly config: Readonly<Record<string, string>>;
  /** The options that decide which samples come when. */
  readonly options: Readonly<Record<string, string>>;
  /** Which rank this is of how many. */
  readonly rank: number;
  /** How many ranks there are. */
  readonly ranks: number;
  /**
   * How far all ranks had come when what was left was shared out anew, for each
   * time that this has happened.
   */
  readonly earlier: readonly (readonly RankProgress[])[];
}

/**
 * Checks that a value has the shape of a cursor.
 *
 * @throws {TypeError} If it has not.
 */
export function checkBatchCursor(value: unknown): asserts value is BatchCursor {
  const cursor = (value ?? {}) as Partial<BatchCursor>;
  const { source, query, config, options, rank, ranks, earlier } = cursor;
  if (
    cursor.of !== "batches" || typeof source !== "string" ||
    !isFields(query) || !isFields(config) || !isFields(options) ||
    !isCount(rank) || !isCount(ranks) || rank! >= ranks! ||
    !isProgress(cursor) || !Array.isArray(earlier) ||
    !earlier.every((all) => Array.isArray(all) && all.every(isProgress))
  ) {
    throw new TypeError(
      "Cannot resume as the value of resume is no cursor of batches",
    );
  }
}

function isProgress(value: Partial<RankProgress>): boolean {
  const { epoch, from, next, used, left = [] } = value ?? {};
  return isCount(epoch) && isCount(next) && isCount(used) &&
    (from === -1 || isCount(from)) && Array.isArray(left) &&
    left.every(isCount);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isFields(value: unknown): boolean {
  return typeof value === "object" && value !== null &&
    Object.values(value).every((one) => typeof one === "string");
}

/** The progress of a rank alone. */
export function progressOf(
  { epoch, from, next, used, left }: RankProgress,
): RankProgress {
  return left === undefined
    ? { epoch, from, next, used }
    : { epoch, from, next, used, left };
}

/** How far a rank has come in an epoch. */
export type Progress = RankProgress | "all" | "none";

/** How far a rank has come in an epoch, which may not be the one it is in. */
export function progressIn(progress: RankProgress, epoch: number): Progress {
  return progress.epoch === epoch
    ? progress
    : progress.epoch > epoch
    ? "all"
    : "none";
}
