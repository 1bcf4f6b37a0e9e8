/** What a format of `deno task export` is. */
import type { Game, SampleBatch, TrainingSample } from "../../mod.ts";
import type { ArrayDescription } from "../../mod.ts";

/** What a format writes: arrays of batches, samples one by one, or whole games. */
export type RowKind = "batches" | "samples" | "games";

/** Rows as a source gives them: a batch, the samples of a game, a game. */
export type Rows<Kind extends RowKind = RowKind> = {
  batches: SampleBatch;
  samples: readonly TrainingSample[];
  games: readonly Game[];
}[Kind];

/** Writes one shard. */
export interface ShardWriter<Kind extends RowKind = RowKind> {
  /** Writes the rows from `from` to `end - 1`. */
  write(rows: Rows<Kind>, from: number, end: number): void | Promise<void>;
  /** Makes the shard whole; nothing is written afterwards. */
  finish(): void | Promise<void>;
  /** Closes what is open, whether the shard is whole or not. */
  close(): void;
}

/** What a shard is to hold. */
export interface ShardPlan {
  /** Rows of a full shard. */
  readonly shardSize: number;
  /** The arrays of batches, their shapes those of one sample. */
  readonly arrays: readonly ArrayDescription[];
}

/** A format. */
export interface Format<Kind extends RowKind = RowKind> {
  /** What `--format` calls it. */
  readonly name: string;
  /** What it writes. */
  readonly rows: Kind;
  /** What its shards' names end with; a folder's with nothing. */
  readonly suffix: string;
  /** Rows of a shard where `--shard-size` does not say. */
  readonly shardSize: number;
  /** Whether samples without an evaluation are left out. */
  readonly needsScore?: boolean;
  /** Whether `reader.py` reads it. */
  readonly hasReader?: boolean;
  /** Begins a shard at a path where nothing is. */
  open(
    path: string,
    plan: ShardPlan,
  ): ShardWriter<Kind> | Promise<ShardWriter<Kind>>;
}
