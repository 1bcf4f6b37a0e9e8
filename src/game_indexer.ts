// Reads an archive once and keeps the games that match in sets of a cache.
import {
  Archive,
  type ArchiveIdentity,
  type ArchiveStatus,
} from "./archive/archive.ts";
import { ArchiveError } from "./archive/archive_error.ts";
import type { HttpTimeouts } from "./archive/http_source.ts";
import { isSameSource } from "./cache/choose_set.ts";
import type { GameCache } from "./cache/game_cache.ts";
import type { SetSpec } from "./cache/game_set.ts";
import { GameCacheError } from "./cache/game_cache_error.ts";
import { normalizeFilter } from "./filter/game_filter.ts";
import { RECORD_BYTES } from "./filter/game_record.ts";
import { headroomWarning } from "./headroom.ts";
import { MAX_GAME_LENGTH } from "./pgn/splitter/bad_game.ts";
import type { GameBatch, ReadCounters } from "./scan/game_joiner.ts";
import { checkThreads, DEFAULT_THREADS, readGames } from "./scan/read_games.ts";
import type { SeekPoint } from "./scan/seek_point.ts";
import { checkContinues, SetIndexer, type SetProgress } from "./set_indexer.ts";

/** Options of {@linkcode indexGames}. */
export interface IndexOptions {
  /** Replace sets that exist. @default {false} */
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
   * Write a file next to a local archive, `.idx`, so that later queries begin
   * near their games and counting them reads nothing.
   *
   * @default {true}
   */
  writeIndex?: boolean;
  /**
   * How many threads read an archive that is zstd and not short, this one among
   * them; 0 and 1 mean this one alone. Others require the permission to read
   * this module's files.
   *
   * @default {the number of cores, at most 8}
   */
  threads?: number;
  /** How long the server of an archive may take. */
  timeouts?: HttpTimeouts;
}

/** How far the indexing has come. See {@linkcode indexGames}. */
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

/** What was done, when it is done. See {@linkcode indexGames}. */
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
 * been read. Run again after an interruption, it resumes there, where
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
 * @param options Whether to replace sets, and what is called as it goes on.
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
    writeIndex = true,
    threads = DEFAULT_THREADS,
    timeouts,
  } = options;
  checkSets(sets);
  checkThreads(threads);
  signal?.throwIfAborted();

  const archive = new Archive(database, timeouts);
  const status = await statusOf(archive, signal);
  const source = sourceOf(archive, status);
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
      replaced: replace ? present.find((set) => set.name === name) : undefined,
      allowEviction,
      onWarning,
      isLocal: archive.sources.every(({ path }) => path !== undefined),
    });
  });
  const totalBytes = status.size;
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
  let counters: ReadCounters = { ...NOTHING_READ, ...countsOf(from) };
  const progress = (): IndexProgress => ({
    bytesRead: counters.bytesRead,
    ...(bytesSkipped === 0 ? {} : { bytesSkipped }),
    totalBytes,
    textBytes: counters.textBytes,
    gamesRead: counters.games,
    badGames: counters.badGames,
    droppedBytes: counters.droppedBytes,
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
        makesRecords: true,
        threads,
        from,
        onBadGame,
        signal,
      });
      for await (const batch of batches) {
        // The writers wait for the first games: an archive that cannot be read
        // at all changes nothing.
        await Promise.all(indexers.map((indexer) => indexer.open()));
        takeBatch(indexers, batch, counters);
        counters = batch.counters;
        const now = performance.now();
        if (
          now - committedAt > COMMIT_INTERVAL ||
          indexers.some(({ waitingBytes }) => waitingBytes >= COMMIT_BYTES)
        ) {
          committedAt = now;
          await Promise.all(
            indexers.map((indexer) => indexer.commit(counters.badGames)),
          );
        }
        if (now - shownAt > PROGRESS_INTERVAL) {
          shownAt = now;
          onProgress?.(progress());
        }
        if (indexers.every(({ isFull }) => isFull)) break;
      }
      checkReplaces(indexers, counters);
      await checkUnchanged(archive, status, signal);
      await Promise.all(
        indexers.map((indexer) => indexer.close(counters.badGames)),
      );
      if (status.kind === "known" && writeIndex) {
        // In turn, as each adds to the same files.
        for (const indexer of indexers) {
          await indexer.writeIndex(archive, status, counters);
        }
      }
    }
  } catch (error) {
    await Promise.all(
      indexers.map((indexer) => indexer.abort(counters.badGames, error)),
    );
    throw error;
  } finally {
    onProgress?.(progress());
  }
  return { ...progress(), seconds: (performance.now() - startedAt) / 1000 };
}

/** What the archive is; what keeps it from being read is thrown. */
async function statusOf(
  archive: Archive,
  signal: AbortSignal | undefined,
): Promise<Exclude<ArchiveStatus, { kind: "absent" }>> {
  for (;;) {
    const status = await archive.status(signal);
    if (status.kind !== "absent") return status;
    if (status.fault !== undefined) throw status.fault;
    // Reading it says why, or is permitted now.
    for (const source of archive.sources) {
      for await (const _ of source.read({ signal })) break;
    }
  }
}

/** What a set is recorded to be made of; a stream has no hash. */
function sourceOf(
  archive: Archive,
  status: ArchiveStatus,
): readonly ArchiveIdentity[] {
  return status.kind === "known"
    ? status.identities
    : archive.fileNames.map((fileName) => ({ fileName, size: 0, hash: "" }));
}

/** Throws where the archive is not the one any more that was begun with. */
async function checkUnchanged(
  archive: Archive,
  before: ArchiveStatus,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (before.kind !== "known") return;
  const after = await archive.status(signal);
  if (
    after.kind === "known" &&
    isSameSource(after.identities, before.identities) &&
    after.stamps.every((stamp, i) => stamp === before.stamps[i])
  ) return;
  throw new ArchiveError(
    "Cannot index the archive: it was changed while it was read",
    { offset: 0, source: archive.names.join(", ") },
  );
}

/** Throws where sets that have games would be replaced by nothing at all. */
function checkReplaces(
  indexers: readonly SetIndexer[],
  { games, badGames }: ReadCounters,
): void {
  const replaced = indexers.find(({ losesAll }) => losesAll);
  if (games > 0 || badGames === 0 || replaced === undefined) return;
  throw new GameCacheError(
    `Cannot replace the set ${replaced.name} as no game of the archive can be read`,
    { fault: "refused" },
  );
}

const NOTHING_READ: ReadCounters = {
  bytesRead: 0,
  textBytes: 0,
  games: 0,
  badGames: 0,
  droppedBytes: 0,
};

/** Where reading must begin so that no set misses a game; `undefined` at the beginning. */
function firstPosition(
  indexers: readonly SetIndexer[],
): SeekPoint | undefined {
  const positions = indexers.filter(({ isFull }) => !isFull)
    .map(({ position }) => position);
  if (positions.length === 0 || positions.includes(undefined)) return undefined;
  return positions.reduce((a, b) => a!.games <= b!.games ? a : b);
}

function countsOf(
  from: SeekPoint | undefined,
): Pick<ReadCounters, "games" | "badGames" | "droppedBytes"> {
  const { games = 0, badGames = 0, droppedBytes = 0 } = from ?? {};
  return { games, badGames, droppedBytes };
}

/** Gives each set the games of a batch. */
function takeBatch(
  indexers: readonly SetIndexer[],
  { count, rejections, texts, records, badGames, seekPoint }: GameBatch,
  before: ReadCounters,
): void {
  if (seekPoint !== undefined) {
    for (const indexer of indexers) indexer.passSeekPoint(seekPoint);
  }
  let text = 0;
  let bad = 0;
  for (let i = 0; i < count; i++) {
    while (bad < badGames.length && badGames[bad] <= i) bad++;
    let passes = false;
    for (let k = 0; k < indexers.length; k++) { // no closure for each game
      const indexer = indexers[k];
      const verdict = rejections[k][i];
      const number = before.games + i;
      if (indexer.pass(number, before.badGames + bad, verdict)) {
        const at = text * RECORD_BYTES;
        indexer.take(texts[text], records.subarray(at, at + RECORD_BYTES));
      }
      if (verdict === 0) passes = true;
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
