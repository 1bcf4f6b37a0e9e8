/** Writes rows into shards, one after the other, each whole before the next. */
import { formatNumber } from "../_output.ts";
import { TaskError } from "../_task.ts";
import type { ExportFolder, Journal, WrittenShard } from "./_folder.ts";
import type { Format, ShardPlan, ShardWriter } from "./_format.ts";
import { type ResumePoint, type SourceOptions, SOURCES } from "./_sources.ts";

/** Milliseconds between the moments at which signals are heard. */
const PAUSE_INTERVAL = 50;

/** What {@linkcode writeShards} works with. */
export interface WriteOptions {
  readonly folder: ExportFolder;
  readonly format: Format;
  readonly plan: ShardPlan;
  readonly source: SourceOptions;
  /** Called when rows have been written: with those and the bytes of this run. */
  readonly onProgress?: (rows: number, bytes: number) => void;
}

/**
 * Writes the shards that are not whole yet.
 *
 * @param options Where from and where to.
 * @param journal What is whole; it is kept up to date in the folder.
 * @returns All shards, and how many games were read for them.
 * @throws {TaskError} If the folder cannot be written; the message says what is whole.
 */
export async function writeShards(
  options: WriteOptions,
  journal: Journal,
): Promise<{ shards: readonly WrittenShard[]; games: number }> {
  const shards = new Shards(options, journal);
  const { format, source, onProgress } = options;
  let resume = journal.next;
  let skip = resume?.skip ?? 0;
  let written = 0;
  let pausedAt = performance.now();
  const chunks = SOURCES[format.rows](source, journal.next);
  try {
    for await (const { rows, size, gameAt, at, next } of chunks) {
      for (let from = skip; from < size;) {
        const end = Math.min(size, from + shards.room);
        await shards.write(
          (writer) => writer.write(rows, from, end),
          end - from,
        );
        for (let i = from; i < end; i++) shards.games.add(gameAt(i));
        written += end - from;
        resume = end === size ? { ...next, skip: 0 } : { ...at, skip: end };
        if (shards.room === 0) await shards.finish(resume);
        from = end;
      }
      skip = 0;
      onProgress?.(written, shards.bytes);
      if (performance.now() - pausedAt > PAUSE_INTERVAL) {
        // Games in memory come without a wait in which a signal could be heard.
        await new Promise((resolve) => setTimeout(resolve));
        pausedAt = performance.now();
      }
    }
    if (shards.isOpen) await shards.finish(resume);
  } finally {
    shards.discard();
  }
  const games = resume?.cursor?.next ?? resume?.games ?? 0;
  return { shards: shards.written, games };
}

/** The shard that is being written, and those before. */
class Shards {
  readonly written: WrittenShard[];
  /** The numbers of the games in the shard that is open. */
  readonly games = new Set<number>();
  readonly #options: WriteOptions;
  readonly #journal: Journal;
  #writer: ShardWriter | undefined;
  #count = 0;
  #bytes = 0;

  constructor(options: WriteOptions, journal: Journal) {
    this.#options = options;
    this.#journal = journal;
    this.written = [...journal.shards];
  }

  /** How many rows the shard still takes. */
  get room(): number {
    return this.#options.plan.shardSize - this.#count;
  }

  /** Bytes of the shards that became whole in this run. */
  get bytes(): number {
    return this.#bytes;
  }

  get isOpen(): boolean {
    return this.#writer !== undefined;
  }

  get #name(): string {
    const number = String(this.written.length).padStart(5, "0");
    return `shard-${number}${this.#options.format.suffix}`;
  }

  async write(
    write: (writer: ShardWriter) => void | Promise<void>,
    count: number,
  ): Promise<void> {
    const { folder, format, plan } = this.#options;
    await this.#guard(async () => {
      this.#writer ??= await format.open(folder.partial(this.#name), plan);
      await write(this.#writer);
    });
    this.#count += count;
  }

  async finish(next: ResumePoint | undefined): Promise<void> {
    const { folder } = this.#options;
    await this.#guard(async () => {
      await this.#writer!.finish();
      this.#writer!.close();
      this.#writer = undefined;
      folder.publish(this.#name);
      const files = folder.describe(this.#name);
      const shard = { count: this.#count, games: this.games.size, files };
      const shards = [...this.written, shard];
      folder.writeJournal({ plan: this.#journal.plan, shards, next });
      this.written.push(shard);
      for (const { bytes } of files) this.#bytes += bytes;
    });
    this.#count = 0;
    this.games.clear();
  }

  discard(): void {
    this.#writer?.close();
    this.#writer = undefined;
    this.#options.folder.discard(this.#name);
  }

  /** Says what is whole where the folder cannot be written. */
  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const { folder, format } = this.#options;
      throw new TaskError(
        `Cannot write ${folder.path}/${this.#name}: ${
          (error as Error).message
        }. ${
          describeWhole(this.written, format)
        }; the same command resumes there`,
      );
    }
  }
}

/** Says how many shards there are, such as `3 shards`. */
export function countShards({ length }: readonly WrittenShard[]): string {
  return `${formatNumber(length)} shard${length === 1 ? "" : "s"}`;
}

/**
 * Says what is whole.
 *
 * @param shards The shards.
 * @param format Their format.
 * @returns Such as `3 shards with 196,608 samples are whole`.
 */
export function describeWhole(
  shards: readonly WrittenShard[],
  { rows }: Pick<Format, "rows">,
): string {
  const count = shards.reduce((sum, { count }) => sum + count, 0);
  const noun = rows === "games" ? "games" : "samples";
  return `${countShards(shards)} with ${formatNumber(count)} ${noun} ${
    shards.length === 1 ? "is" : "are"
  } whole`;
}
