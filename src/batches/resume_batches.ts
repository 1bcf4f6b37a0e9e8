// Checks the cursors that batches are resumed with, and shares out what is left.
import {
  type BatchCursor,
  checkBatchCursor,
  progressOf,
  type RankProgress,
} from "./batch_cursor.ts";
import type { Rank } from "./rank_games.ts";
import { checkCursorFields } from "../loader/cursor.ts";

/** What a cursor must agree with. */
export interface CursorFields {
  readonly query: Readonly<Record<string, string>>;
  readonly config: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
}

/** Where a rank starts. */
export interface Start {
  readonly rank: Rank;
  /** The epoch, counted from the first of the run. */
  readonly epoch: number;
  /** How far the rank has come in it, if it has begun. */
  readonly progress: RankProgress | undefined;
  /** The source that the cursors name. */
  readonly source: string | undefined;
}

/**
 * Finds where a rank starts.
 *
 * @param resume One cursor of this rank, or those of all ranks that there were.
 * @param shard Which rank this is now.
 * @param fields The query, the config and the options as they are now.
 * @throws {TypeError} If a cursor is none, was made with something else, or is
 * of another rank.
 */
export function findStart(
  resume: BatchCursor | readonly BatchCursor[] | undefined,
  shard: { readonly index: number; readonly count: number },
  fields: CursorFields,
): Start {
  const here = { rank: shard.index, ranks: shard.count };
  if (resume === undefined) {
    const rank = { ...here, earlier: [] };
    return { rank, epoch: 0, progress: undefined, source: undefined };
  }
  const all: readonly unknown[] = Array.isArray(resume) ? resume : [resume];
  const cursors: BatchCursor[] = [];
  for (const cursor of all) {
    checkBatchCursor(cursor);
    checkCursorFields("query", cursor.query, fields.query);
    checkCursorFields("config", cursor.config, fields.config);
    checkCursorFields("query", cursor.options, fields.options);
    cursors.push(cursor);
  }
  const { ranks, source } = cursors[0] ?? {};
  const own = cursors.find((cursor) =>
    cursor.ranks === here.ranks && cursor.rank === here.rank
  );
  if (own !== undefined && own.ranks === ranks) {
    if (cursors.length > 1) checkComplete(cursors);
    const { epoch, earlier } = own;
    const rank = { ...here, earlier };
    return { rank, epoch, progress: progressOf(own), source };
  }
  checkComplete(cursors);
  const byRank = cursors.toSorted((a, b) => a.rank - b.rank);
  const epoch = Math.min(...byRank.map((cursor) => cursor.epoch));
  const earlier = [
    ...byRank.find((cursor) => cursor.epoch === epoch)!.earlier,
    byRank.map(progressOf),
  ];
  return {
    rank: { ...here, earlier },
    epoch,
    progress: undefined,
    source,
  };
}

/** Checks that cursors are those of all ranks of one run. */
function checkComplete(cursors: readonly BatchCursor[]): void {
  const ranks = cursors[0]?.ranks ?? 0;
  const different = new Set(cursors.map(({ rank }) => rank));
  const isOneRun = cursors.every((cursor) =>
    cursor.ranks === ranks && cursor.source === cursors[0].source
  );
  if (
    ranks > 0 && isOneRun && different.size === ranks &&
    cursors.length === ranks
  ) return;
  throw new TypeError(
    `Cannot resume on other ranks as the cursors of all ${ranks} ranks are needed: there are those of ${
      [...different].sort((a, b) => a - b).join(", ") || "none"
    }`,
  );
}
