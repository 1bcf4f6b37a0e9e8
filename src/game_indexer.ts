import { Archive, type ArchiveIdentity } from "./archive/archive.ts";
import { FrameIndex } from "./scan/frame_index.ts";
import { writeIndexFiles } from "./scan/index_file.ts";
import { MAX_GAME_LENGTH } from "./pgn/splitter/pgn_splitter.ts";
import { checkThreads, DEFAULT_THREADS, readGames } from "./scan/read_games.ts";
import type {
  ArchivePosition,
  GameBatch,
  ReadTotals,
} from "./scan/game_joiner.ts";
import { isSameSource } from "./cache/choose_set.ts";
import type { GameCache } from "./cache/game_cache.ts";
import {
  CACHE_FORMAT,
  type SetBatch,
  type SetInfo,
  type SetSpec,
  type SetState,
} from "./cache/game_set.ts";
import { GameCacheError } from "./cache/game_cache_error.ts";
import { headroomWarning } from "./headroom.ts";
import { HistogramCounter } from "./filter/set_histogram.ts";
import { compactGame } from "./pgn/compact_game.ts";
import { normalizeFilter } from "./filter/game_filter.ts";
import { rejectionField } from "./filter/game_matcher.ts";

/** Options of {@linkcode indexGames}. */
export interface IndexOptions {
  /** Make sets anew that exist. @default {false} */
  replace?: boolean;
  /** Stops; what was read until then is kept. */
  signal?: AbortSignal;
  /** Called as the archive is read, and once more when it ends for any reason. */
  onProgress?: (progress: IndexProgress) => void;
  /** Called for each game that is skipped as it cannot be read. */
  onBadGame?: (error: Error) => void;
  /**
   * Called, before anything is changed, when the games will hardly fit into
   * the cache. @default {console.warn}
   */
  onWarning?: (warning: Error) => void;
  /** Also where the server may throw games away, see `SetWriterOptions`. @default {false} */
  allowEviction?: boolean;
  /** Longest game, in bytes; longer ones are skipped. @default {1048576} */
  maxGameLength?: number;
  /**
   * How many threads read the archive, this one among them from two on; 0 to
   * read it in this thread alone. The others need the permission to read this
   * module's files, and help where the archive is zstd and not short.
   *
   * @default {the number of cores, at most 8}
   */
  threads?: number;
}

/** How far one set has come. */
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

/** How far the indexing has come. */
export interface IndexProgress {
  /** Bytes read of the archive. */
  readonly bytesRead: number;
  /** Bytes of the archive that an earlier run had read and this one passes over, if any. */
  readonly bytesSkipped?: number;
  /** Bytes of the archive, where they are known. */
  readonly totalBytes?: number;
  /** Bytes of text decompressed from it, by this run. */
  readonly textBytes: number;
  /** Games read, by this run or an earlier one. */
  readonly gamesRead: number;
  /** Games skipped as they cannot be read, by this run or an earlier one. */
  readonly badGames: number;
  /** Bytes of text between games. */
  readonly droppedBytes: number;
  /** The sets, in the order in which they were asked for. */
  readonly sets: readonly SetProgress[];
}

/** What was done, when it is done. */
export interface IndexReport extends IndexProgress {
  /** How long it took. */
  readonly seconds: number;
}

/** Games are committed when a set has this many bytes of them waiting … */
const COMMIT_BYTES = 1 << 19;
/** … and at the latest after this time, in milliseconds, which keeps the lock. */
const COMMIT_INTERVAL = 2000;

const PROGRESS_INTERVAL = 100;

/**
 * Reads an archive once and keeps the games that pass in sets of a cache.
 *
 * Games are committed as they come, each batch with how far the archive had
 * been read. Run again after an interruption, it goes on from there, where
 * source, filter and format prove to be equal; a set that is done is left as it
 * is. Standard input, and URLs whose server takes no range requests, cannot be
 * proved to be the same.
 *
 * Requires `--allow-read` for a local archive, and what the cache requires.
 *
 * @example Usage
 * ```ts
 * import { indexGames, SqliteGameCache } from "@chess/game-cache";
 * import assert from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * await using cache = new SqliteGameCache(`${folder}/games.sqlite`);
 * const { sets: [tactical] } = await indexGames(
 *   "data/sample.pgn.zst",
 *   cache,
 *   [{ name: "tactical", filter: { playstyle: "tactical" }, maxGames: 10 }],
 * );
 *
 * assert.equal(tactical.kept, 10);
 * assert.equal(tactical.state, "capped");
 * ```
 *
 * @param database The archive, or several as one sequence.
 * @param cache The cache.
 * @param sets The sets to make, all in one pass.
 * @param options Whether to replace sets, and who is told of the progress.
 * @returns What was read and kept.
 * @throws {TypeError} If no set is given, or a filter's field is unknown.
 * @throws {RangeError} If a value is not allowed.
 * @throws {ArchiveError} If the archive cannot be read to its end. What came
 * before is kept.
 * @throws {GameCacheError} If the cache cannot be written, is full (what fitted
 * is kept), or holds a set of this name that was made otherwise.
 */
export async function indexGames(
  database: string | URL | (string | URL)[],
  cache: GameCache,
  sets: readonly SetSpec[],
  options: IndexOptions = {},
): Promise<IndexReport> {
  const startedAt = performance.now();
  const {
    replace = false,
    signal,
    onProgress,
    onBadGame,
    onWarning = (warning) => console.warn(warning.message),
    allowEviction = false,
    maxGameLength = MAX_GAME_LENGTH,
    threads = DEFAULT_THREADS,
  } = options;
  checkSets(sets);
  checkThreads(threads);
  signal?.throwIfAborted();

  const archive = new Archive(database);
  const source = await sourceOf(archive);
  const damaged: GameCacheError[] = [];
  const present = await cache.sets({
    onDamaged: (error) => void damaged.push(error),
  });
  for (const { name } of sets) {
    const error = damaged.find(({ set }) => set === name);
    if (error !== undefined && !replace) throw error;
  }
  const indexers = sets.map((set) => {
    const { name, filter, maxGames, compact = false } = set;
    const spec = {
      name,
      filter: normalizeFilter(filter),
      source,
      maxGameLength,
      maxGames,
      ...(compact ? { compact } : {}),
    };
    const before = replace
      ? undefined
      : present.find((set) => set.name === name);
    if (before !== undefined) checkContinues(before, spec);
    return new SetIndexer(cache, spec, {
      replace,
      before,
      isBeside: replace && present.some((set) => set.name === name),
      allowEviction,
      onWarning,
    });
  });
  const totalBytes = await archive.size();
  const warning = await headroomWarning(archive, cache, {
    sets: sets.filter((_, i) => !indexers[i].isDone),
    replace,
    totalBytes,
    maxGameLength,
    signal,
  });
  if (warning !== undefined) onWarning(warning);
  const from = firstPosition(indexers);
  const bytesSkipped = from === undefined
    ? 0
    : source.slice(0, from.archive).reduce((sum, { size }) => sum + size, 0) +
      from.offset;
  let totals: ReadTotals = { ...NOTHING_READ, ...countsOf(from) };
  const progress = (): IndexProgress => ({
    bytesRead: totals.bytesRead,
    ...(bytesSkipped === 0 ? {} : { bytesSkipped }),
    totalBytes,
    textBytes: totals.textBytes,
    gamesRead: totals.games,
    badGames: totals.badGames,
    droppedBytes: totals.droppedBytes,
    sets: indexers.map((indexer) => indexer.progress()),
  });

  let committedAt = startedAt;
  let shownAt = startedAt;
  try {
    await Promise.all(indexers.map((indexer) => indexer.tidy()));
    if (indexers.some(({ isDone }) => !isDone)) {
      const batches = readGames(archive, {
        filters: sets.map(({ filter }) => filter),
        maxGameLength,
        threads,
        from,
        onBadGame,
        signal,
      });
      for await (const batch of batches) {
        // The writers wait for the first games: an archive that cannot be read
        // at all changes nothing.
        await Promise.all(indexers.map((indexer) => indexer.open()));
        takeBatch(indexers, batch, totals);
        totals = batch.totals;
        const now = performance.now();
        if (
          now - committedAt > COMMIT_INTERVAL ||
          indexers.some(({ waitingBytes }) => waitingBytes >= COMMIT_BYTES)
        ) {
          committedAt = now;
          await Promise.all(
            indexers.map((indexer) => indexer.commit(totals.badGames)),
          );
        }
        if (now - shownAt > PROGRESS_INTERVAL) {
          shownAt = now;
          onProgress?.(progress());
        }
        if (indexers.every(({ isFull }) => isFull)) break;
      }
      await Promise.all(
        indexers.map((indexer) => indexer.close(totals.badGames)),
      );
      await Promise.all(
        indexers.map((indexer) => indexer.writeIndexFiles(archive, totals)),
      );
    }
  } catch (error) {
    await Promise.all(
      indexers.map((indexer) => indexer.abort(totals.badGames, error)),
    );
    throw error;
  } finally {
    onProgress?.(progress());
  }
  return { ...progress(), seconds: (performance.now() - startedAt) / 1000 };
}

const NOTHING_READ: ReadTotals = {
  bytesRead: 0,
  textBytes: 0,
  games: 0,
  badGames: 0,
  droppedBytes: 0,
};

/** Where reading must begin so that no set misses a game; `undefined` at the beginning. */
function firstPosition(
  indexers: readonly SetIndexer[],
): ArchivePosition | undefined {
  const positions = indexers.filter(({ isFull }) => !isFull)
    .map(({ position }) => position);
  if (positions.length === 0 || positions.includes(undefined)) return undefined;
  return positions.reduce((a, b) => a!.games <= b!.games ? a : b);
}

function countsOf(
  from: ArchivePosition | undefined,
): Pick<ReadTotals, "games" | "badGames" | "droppedBytes"> {
  const { games = 0, badGames = 0, droppedBytes = 0 } = from ?? {};
  return { games, badGames, droppedBytes };
}

/** Gives each set the games of a batch. */
function takeBatch(
  indexers: readonly SetIndexer[],
  { count, verdicts, texts, badGames, position }: GameBatch,
  before: ReadTotals,
): void {
  if (position !== undefined) {
    for (const indexer of indexers) indexer.pass(position);
  }
  let text = 0;
  let bad = 0;
  for (let i = 0; i < count; i++) {
    while (bad < badGames.length && badGames[bad] <= i) bad++;
    let passes = false;
    for (let k = 0; k < indexers.length; k++) { // no closure for each game
      const verdict = verdicts[k][i];
      if (verdict === 0) passes = true;
      indexers[k].take(
        before.games + i,
        before.badGames + bad,
        verdict,
        texts[text],
      );
    }
    if (passes) text++;
  }
}

function checkSets(sets: readonly SetSpec[]): void {
  if (sets.length === 0) {
    throw new TypeError("Cannot index games as no set is given");
  }
  const names = new Set(sets.map(({ name }) => name));
  if (names.size < sets.length) {
    throw new RangeError("Cannot index games as two sets have the same name");
  }
}

/** What a set is recorded to be made of. An archive that cannot be proved the same has no hash. */
async function sourceOf(archive: Archive): Promise<readonly ArchiveIdentity[]> {
  return await archive.identity() ??
    archive.fileNames.map((fileName) => ({ fileName, size: 0, hash: "" }));
}

/** Throws where a set that exists was not begun as it would be gone on with. */
function checkContinues(before: SetInfo, spec: IndexSpec): void {
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
    `Cannot go on with the set ${spec.name} as ${reason}: use another name, or --replace to make it anew`,
    { fault: "refused" },
  );
}

/** What a set is made of, its source among it. */
type IndexSpec = SetSpec & Pick<SetInfo, "source" | "maxGameLength">;

/** Fills one set. */
class SetIndexer {
  readonly #cache: GameCache;
  readonly #spec: IndexSpec;
  readonly #replace: boolean;
  readonly #before: SetInfo | undefined;
  readonly #isBeside: boolean;
  readonly #allowEviction: boolean;
  readonly #onWarning: (warning: Error) => void;
  readonly #rejected: Record<string, number>;
  /** None for a set that was begun without it. */
  readonly #spread: HistogramCounter | undefined;
  readonly #maxGames: number;
  #writer: WritableStreamDefaultWriter<SetBatch> | undefined;
  /** The last write; it does not reject. */
  #written: Promise<void> = Promise.resolve();
  #waiting: Uint8Array[] = [];
  #state: SetState;
  /** Games taken, whether committed or not. */
  #count: number;
  /** Games committed. */
  #kept: number;
  #gamesRead: number;
  #badGames: number;
  #position: ArchivePosition | undefined;
  readonly #frames: FrameIndex;

  /** Bytes of games that wait for the next commit. */
  waitingBytes = 0;

  constructor(
    cache: GameCache,
    spec: IndexSpec,
    options: {
      replace: boolean;
      before: SetInfo | undefined;
      isBeside: boolean;
      allowEviction: boolean;
      onWarning: (warning: Error) => void;
    },
  ) {
    const { replace, before, isBeside, allowEviction, onWarning } = options;
    this.#onWarning = onWarning;
    this.#allowEviction = allowEviction;
    this.#cache = cache;
    this.#spec = spec;
    this.#replace = replace;
    this.#before = before;
    this.#isBeside = isBeside;
    this.#rejected = { ...before?.checkpoint.rejected };
    const { count = 0, checkpoint } = before ?? {};
    if (count === 0 || checkpoint?.histogram !== undefined) {
      this.#spread = new HistogramCounter(checkpoint?.histogram);
    }
    this.#maxGames = spec.maxGames ?? Infinity;
    this.#state = before?.state ?? "unfinished";
    this.#count = before?.count ?? 0;
    this.#kept = this.#count;
    this.#gamesRead = before?.checkpoint.gamesRead ?? 0;
    this.#badGames = before?.checkpoint.badGames ?? 0;
    this.#position = before?.checkpoint.position;
    this.#frames = FrameIndex.from(before?.checkpoint.frames) ??
      new FrameIndex();
  }

  /** Where reading can go on, as an earlier run has told. */
  get position(): ArchivePosition | undefined {
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

  progress(): SetProgress {
    return {
      name: this.#spec.name,
      kept: this.#kept,
      rejected: { ...this.#rejected },
      state: this.#state,
      continued: this.#before !== undefined,
    };
  }

  /** Finishes what a rebuild has left undone of a set that is done itself. */
  async tidy(): Promise<void> {
    const before = this.#before;
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
    this.#writer = this.#cache.writer(this.#spec, {
      replace: this.#replace,
      resume: this.#before,
      allowEviction: this.#allowEviction,
      onWarning: this.#onWarning,
    }).getWriter();
    this.#writer.closed.catch(() => {});
    await this.#writer.ready;
  }

  /** Learns where reading can begin. */
  pass(position: ArchivePosition): void {
    if (this.isFull || this.#spec.source[0].hash === "") return;
    if (position.games < this.#gamesRead) return;
    this.#position = position;
    this.#frames.add({ ...position, passed: this.#count });
  }

  /** Tells others that read the archive what was learned of it. */
  async writeIndexFiles(archive: Archive, end: ReadTotals): Promise<void> {
    if (this.#state !== "complete") return;
    const { source, ...spec } = this.#spec;
    await writeIndexFiles(
      archive,
      source,
      { ...spec, format: CACHE_FORMAT },
      this.#frames,
      { ...end, passed: this.#count },
    );
  }

  /** Takes a game of the archive if it passes and has not been taken before. */
  take(
    number: number,
    badGames: number,
    verdict: number,
    text: Uint8Array,
  ): void {
    if (this.isFull || number < this.#gamesRead) return;
    this.#gamesRead = number + 1;
    this.#badGames = badGames;
    const field = rejectionField(verdict);
    if (field !== undefined) {
      this.#rejected[field] = (this.#rejected[field] ?? 0) + 1;
      return;
    }
    this.#spread?.add(text);
    const game = this.#spec.compact ? compactGame(text) : text;
    this.#waiting.push(game);
    this.waitingBytes += game.length;
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
      checkpoint: {
        ...(this.#spread === undefined
          ? {}
          : { histogram: this.#spread.histogram }),
        gamesRead: this.#gamesRead,
        badGames: this.#badGames,
        rejected: { ...this.#rejected },
        // The beginning needs no telling.
        ...(this.#frames.entries.length > 1
          ? { position: this.#position, frames: this.#frames.toJSON() }
          : {}),
      },
    });
    this.#waiting = [];
    this.waitingBytes = 0;
    // An error of a write shows in the writer too, at the next step.
    this.#written = written.then(() => {
      // A rebuild shows when it is whole, and not before.
      if (!this.#isBeside) this.#kept = count;
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
