// Fills one set of a cache with the games of an archive.
import type { Archive } from "./archive/archive.ts";
import { isSameSource } from "./cache/choose_set.ts";
import type { GameCache, SetWriterOptions } from "./cache/game_cache.ts";
import {
  CACHE_FORMAT,
  type SetBatch,
  type SetInfo,
  type SetSpec,
  type SetState,
} from "./cache/game_set.ts";
import { GameCacheError } from "./cache/game_cache_error.ts";
import { concat } from "./cache/record_blocks.ts";
import { normalizeFilter } from "./filter/game_filter.ts";
import { rejectionField } from "./filter/game_matcher.ts";
import { HistogramCounter } from "./filter/set_histogram.ts";
import { writeStored } from "./filter/game_record.ts";
import { compactGame } from "./pgn/compact_game.ts";
import type { ReadCounters } from "./scan/game_joiner.ts";
import { type KnownArchive, writeIndexFiles } from "./scan/index_file.ts";
import { SeekIndex } from "./scan/seek_index.ts";
import type { SeekPoint } from "./scan/seek_point.ts";

/** How far one set has come. See {@linkcode IndexProgress}. */
export interface SetProgress {
  /** Its name. */
  readonly name: string;
  /** Games in the cache. */
  readonly kept: number;
  /** Games rejected, by the field of the filter that rejected them first. */
  readonly rejected: Readonly<Record<string, number>>;
  /** How much of the archive it holds. */
  readonly state: SetState;
  /** Whether an earlier run had begun it. */
  readonly continued: boolean;
}

/** Throws where a set that exists was not begun as it would be gone on with. */
export function checkContinues(before: SetInfo, spec: IndexSpec): void {
  const { maxGames = Infinity } = spec;
  const reason = !isSameSource(before.source, spec.source)
    ? "it was made of another archive, or of one that cannot be proved to be this one"
    : before.format !== CACHE_FORMAT
    ? "it was made by another version"
    : JSON.stringify(normalizeFilter(before.filter)) !==
        JSON.stringify(spec.filter)
    ? "it was made with another filter"
    : (before.compact ?? false) !== (spec.compact ?? false)
    ? `it was made ${before.compact ? "" : "not "}compact`
    : before.maxGameLength !== spec.maxGameLength
    ? `it was made with games up to ${before.maxGameLength} bytes`
    : before.count > maxGames
    ? `it already has ${before.count} games, more than ${maxGames}`
    : undefined;
  if (reason === undefined) return;
  throw new GameCacheError(
    `Cannot resume the set ${spec.name} as ${reason}: use another name, or --replace to make it again`,
    { fault: "refused" },
  );
}

/** What a set is made of, with its source. */
type IndexSpec = SetSpec & Pick<SetInfo, "source" | "maxGameLength">;

/** What a set is filled with, and in the place of what. */
interface IndexerOptions extends Omit<SetWriterOptions, "resume"> {
  readonly before: SetInfo | undefined;
  /** The set that is replaced when this one is complete. */
  readonly replaced: SetInfo | undefined;
  /** Whether the archives are local files. */
  readonly isLocal: boolean;
}

/** Fills one set. */
export class SetIndexer {
  readonly #cache: GameCache;
  readonly #spec: IndexSpec;
  readonly #options: IndexerOptions;
  readonly #rejected: Record<string, number>;
  /** None for a set that was begun without it. */
  readonly #histogram: HistogramCounter | undefined;
  readonly #maxGames: number;
  #writer: WritableStreamDefaultWriter<SetBatch> | undefined;
  /** The last write; it does not reject. */
  #written: Promise<void> = Promise.resolve();
  #waiting: Uint8Array[] = [];
  #records: Uint8Array[] = [];
  #state: SetState;
  /** Games taken, whether committed or not. */
  #count: number;
  /** Games committed. */
  #kept: number;
  #gamesRead: number;
  #badGames: number;
  #position: SeekPoint | undefined;
  readonly #seekIndex: SeekIndex;

  /** Bytes of games that wait for the next commit. */
  waitingBytes = 0;

  constructor(
    cache: GameCache,
    spec: IndexSpec,
    options: IndexerOptions,
  ) {
    this.#cache = cache;
    this.#spec = spec;
    this.#options = options;
    const { count = 0, state = "unfinished", checkpoint } = options.before ??
      {};
    this.#rejected = { ...checkpoint?.rejected };
    if (count === 0 || checkpoint?.histogram !== undefined) {
      this.#histogram = new HistogramCounter(checkpoint?.histogram);
    }
    this.#maxGames = spec.maxGames ?? Infinity;
    this.#state = state;
    this.#count = this.#kept = count;
    this.#gamesRead = checkpoint?.gamesRead ?? 0;
    this.#badGames = checkpoint?.badGames ?? 0;
    this.#position = checkpoint?.position;
    this.#seekIndex = SeekIndex.from(checkpoint?.frames) ?? new SeekIndex();
  }

  /** Where reading can go on, as an earlier run has told. */
  get position(): SeekPoint | undefined {
    return this.#position;
  }

  /** Whether it may take no more games. */
  get isFull(): boolean {
    return this.#count >= this.#maxGames || this.#state === "complete";
  }

  /** Whether nothing is left to do, not even to say that it is full. */
  get isDone(): boolean {
    return this.#state === "complete" ||
      this.#state === "capped" && this.isFull;
  }

  /** Its name. */
  get name(): string {
    return this.#spec.name;
  }

  /** Whether it replaces games, and has none though it may have some. */
  get losesAll(): boolean {
    return (this.#options.replaced?.count ?? 0) > 0 && this.#count === 0 &&
      this.#maxGames > 0;
  }

  /** How far it has come. */
  progress(): SetProgress {
    return {
      name: this.#spec.name,
      kept: this.#kept,
      rejected: { ...this.#rejected },
      state: this.#state,
      continued: this.#options.before !== undefined,
    };
  }

  /** Finishes what a rebuild has left undone of a set that is done itself. */
  async tidy(): Promise<void> {
    const { before } = this.#options;
    if (!this.isDone || before?.isUntidy !== true) return;
    try {
      await this.#cache.writer(this.#spec, { resume: before }).close();
    } catch (error) {
      // One who lives is about to make it anew.
      if (!(error instanceof GameCacheError) || error.fault !== "locked") {
        throw error;
      }
    }
  }

  /** Takes the set's lock, if that has not been done and is needed. */
  async open(): Promise<void> {
    if (this.#writer !== undefined || this.isDone) return;
    this.#state = "unfinished";
    const { before: resume, replace, allowEviction, onWarning } = this.#options;
    const options = { resume, replace, allowEviction, onWarning };
    this.#writer = this.#cache.writer(this.#spec, options).getWriter();
    this.#writer.closed.catch(() => {});
    await this.#writer.ready;
  }

  /** Learns where reading can begin. */
  passSeekPoint(position: SeekPoint): void {
    if (this.isFull || this.#spec.source[0].hash === "") return;
    if (position.games < this.#gamesRead) return;
    this.#position = position;
    this.#seekIndex.add({ ...position, matched: this.#count });
  }

  /** Writes the seek points that were found next to the archive. */
  async writeIndex(
    archive: Archive,
    status: KnownArchive,
    end: ReadCounters,
  ): Promise<void> {
    if (this.#writer === undefined) return;
    const { filter, maxGameLength } = this.#spec;
    const key = { format: CACHE_FORMAT, filter, maxGameLength };
    const all = this.#state === "complete"
      ? { ...end, matched: this.#count }
      : undefined;
    await writeIndexFiles(archive, status, key, this.#seekIndex, all);
  }

  /** Passes a game of the archive; whether it is wanted, and was not taken before. */
  pass(number: number, badGames: number, verdict: number): boolean {
    if (this.isFull || number < this.#gamesRead) return false;
    this.#gamesRead = number + 1;
    this.#badGames = badGames;
    const field = rejectionField(verdict);
    if (field === undefined) return true;
    this.#rejected[field] = (this.#rejected[field] ?? 0) + 1;
    return false;
  }

  /** Takes a game with its record. */
  take(text: Uint8Array, record: Uint8Array): void {
    this.#histogram?.add(record);
    if (this.#spec.compact) {
      text = compactGame(text);
      record = record.slice();
      writeStored(new DataView(record.buffer), 0, text);
    }
    this.#waiting.push(text);
    this.#records.push(record);
    this.waitingBytes += text.length;
    this.#count++;
  }

  /** Hands what is waiting to the cache, once the batch before is committed. */
  async commit(badGames: number): Promise<void> {
    const writer = this.#writer;
    if (writer === undefined) return;
    await writer.ready;
    if (!this.isFull) this.#badGames = Math.max(this.#badGames, badGames);
    const count = this.#count;
    const written = writer.write({
      games: this.#waiting,
      records: concat(this.#records),
      checkpoint: {
        ...(this.#histogram === undefined
          ? {}
          : { histogram: this.#histogram.histogram }),
        gamesRead: this.#gamesRead,
        badGames: this.#badGames,
        rejected: { ...this.#rejected },
        // Reading can always begin at the beginning.
        ...(this.#seekIndex.entries.length > 1
          ? { position: this.#position }
          : {}),
        // A local archive has its seek points next to it.
        ...(this.#seekIndex.entries.length > 1 && !this.#options.isLocal
          ? { frames: this.#seekIndex.toJSON() }
          : {}),
      },
    });
    this.#waiting = [];
    this.#records = [];
    this.waitingBytes = 0;
    // An error of a write shows in the writer too, at the next step.
    this.#written = written.then(() => {
      // A rebuild shows when it is whole, and not before.
      if (this.#options.replaced === undefined) this.#kept = count;
    }, () => {});
  }

  /** Commits all that is left and marks the set complete, or capped. */
  async close(badGames: number): Promise<void> {
    if (this.#writer === undefined) return;
    await this.commit(badGames);
    try {
      await this.#writer.close();
    } catch (error) {
      if (error instanceof GameCacheError && error.isCommitted) {
        this.#setClosed();
      }
      throw error;
    }
    await this.#written;
    this.#setClosed();
  }

  #setClosed(): void {
    this.#kept = this.#count;
    this.#state = this.#count >= this.#maxGames ? "capped" : "complete";
  }

  /** Commits what is left, if that can still be done, and gives the lock back. */
  async abort(badGames: number, reason: unknown): Promise<void> {
    if (this.#writer === undefined) return;
    try {
      await this.commit(badGames);
      await this.#written;
    } catch {
      // The cache is what failed, and its own error is the one that is thrown.
    }
    await this.#writer.abort(reason).catch(() => {});
  }
}
