// Finds and reads the games of an archive that match a filter by their numbers.

import type { Archive, ArchiveStatus } from "../archive/archive.ts";
import type { ByteSource } from "../archive/byte_source.ts";
import { OpenSource } from "../archive/open_source.ts";
import { openArchive } from "../archive/open_archive.ts";
import {
  type KnownGames,
  knownInFiles,
  type OtherIndex,
} from "../scan/find_seek_point.ts";
import type { IndexKey } from "../scan/index_file.ts";
import { readGames } from "../scan/read_games.ts";
import { type SeekIndexEntry, SeekIndexRecorder } from "../scan/seek_index.ts";
import { type ScanOptions, SegmentScanner } from "../scan/scan_stream.ts";
import { SeekPointError } from "../scan/text_start.ts";
import { type ArchiveGames, LONG_RUN } from "./read_archive_in_order.ts";

/** Bad games of which it is remembered that they have been reported. */
const MAX_REPORTED = 10_000;

/** How archives are read. */
export interface SeekableGamesOptions {
  /** Which games, and how they are split. */
  readonly key: IndexKey;
  readonly status: ArchiveStatus;
  /** What is known of the archives from sets of a cache. */
  readonly others: readonly OtherIndex[];
  /** What was known of them before. */
  readonly known: KnownGames | undefined;
  readonly threads: number;
  readonly onBadGame: (error: Error) => void;
  readonly signal: AbortSignal;
}

/** The games of archives that match a filter, and where reading can begin. */
export class SeekableGames implements ArchiveGames, Disposable {
  readonly #archive: Archive;
  readonly #options: SeekableGamesOptions;
  readonly #scan: ScanOptions;
  /** The archives, for short runs; files stay open meanwhile. */
  readonly #sources: readonly (ByteSource | OpenSource)[];
  /** Those that scan no run now. */
  readonly #scanners: SegmentScanner[] = [];
  readonly #reported = new Set<string>();
  #known: KnownGames = { entries: [BEGINNING], total: undefined };
  #seekPoints: readonly number[] | undefined;

  /**
   * Names the games. Nothing is read before {@linkcode SeekableGames.find}.
   *
   * @param archive The archives.
   * @param options How they are read.
   */
  constructor(archive: Archive, options: SeekableGamesOptions) {
    this.#archive = archive;
    this.#sources = archive.sources.map((source) =>
      source.path === undefined ? source : new OpenSource(source)
    );
    this.#options = options;
    const { filter, maxGameLength } = options.key;
    this.#scan = { filters: [filter], maxGameLength };
  }

  get seekPoints(): readonly number[] {
    return this.#seekPoints ??= this.#known.entries.map((entry) =>
      entry.matched
    );
  }

  /** Frees the decoders and closes files. */
  [Symbol.dispose](): void {
    for (const source of this.#sources) {
      if (source instanceof OpenSource) source[Symbol.dispose]();
    }
    for (const scanner of this.#scanners) scanner[Symbol.dispose]();
  }

  /** What is known: the seek points, and how many games there are. */
  get known(): KnownGames {
    return this.#known;
  }

  /** Finds what is known without reading the archives. */
  async find(): Promise<void> {
    const { key, status, others, known } = this.#options;
    if (status.kind !== "known") return;
    if (known !== undefined) {
      this.#known = known;
      return;
    }
    const { entries, total } = await knownInFiles(
      this.#archive,
      status,
      key,
      others,
    );
    this.#known = { entries: withBeginning(entries), total };
  }

  /** How many games match: as it is known, or else by one pass over the archives. */
  async count(): Promise<number> {
    const { total } = this.#known;
    if (total !== undefined) return total;
    const recorder = new SeekIndexRecorder();
    for await (const batch of this.#batches()) {
      recorder.take(batch);
    }
    const { matched, index } = recorder;
    this.#known = { entries: withBeginning(index.entries), total: matched };
    this.#seekPoints = undefined;
    return matched;
  }

  /** Whether reading can begin only where a compressed archive does. */
  async isSlow(): Promise<boolean> {
    const { sources } = this.#archive;
    if (this.#known.entries.length > sources.length) return false;
    const { signal } = this.#options;
    for (const source of sources) {
      const opened = await openArchive(source, { signal });
      await opened?.close();
      if (opened !== undefined && opened.kind !== "plain") return true;
    }
    return false;
  }

  async *read(
    point: number,
    points: number,
  ): AsyncGenerator<readonly Uint8Array[]> {
    const from = this.#known.entries[point];
    if (!UNSOUND.has(from)) {
      const start = point === 0 ? undefined : from;
      const scanner = points < LONG_RUN
        ? this.#scanners.pop() ?? new SegmentScanner(this.#scan)
        : undefined;
      try {
        const batches = this.#batches(start, scanner);
        for await (const { texts } of batches) yield texts;
        return;
      } catch (error) {
        if (!(error instanceof SeekPointError)) throw error;
        UNSOUND.add(from);
      } finally {
        if (scanner !== undefined) this.#scanners.push(scanner);
      }
    }
    // What is before the first game that is wanted is passed over.
    let left = from.matched;
    for await (const { texts } of this.#batches()) {
      if (left < texts.length) yield texts.slice(left);
      left = Math.max(0, left - texts.length);
    }
  }

  /** Reads with threads, or on demand with a scanner of an earlier run. */
  #batches(from?: SeekIndexEntry, scanner?: SegmentScanner) {
    const { threads, signal } = this.#options;
    const isOnDemand = scanner !== undefined;
    const archive = isOnDemand ? { sources: this.#sources } : this.#archive;
    return readGames(archive, {
      ...this.#scan,
      threads: isOnDemand ? 0 : threads,
      isOnDemand,
      scanner,
      from,
      onBadGame: (error) => this.#report(error),
      signal,
    });
  }

  /** Reports a bad game once, however often it is read. */
  #report(error: Error): void {
    if (this.#reported.has(error.message)) return;
    if (this.#reported.size < MAX_REPORTED) this.#reported.add(error.message);
    this.#options.onBadGame(error);
  }
}

/** The seek points that were found to lead to no game. */
const UNSOUND = new WeakSet<SeekIndexEntry>();

const BEGINNING: SeekIndexEntry = {
  archive: 0,
  offset: 0,
  textOffset: 0,
  skip: 0,
  games: 0,
  badGames: 0,
  droppedBytes: 0,
  matched: 0,
};

/** The first seek point is where everything begins. */
function withBeginning(
  entries: readonly SeekIndexEntry[],
): readonly SeekIndexEntry[] {
  const [first] = entries;
  return first?.archive === 0 && first.offset === 0
    ? [BEGINNING, ...entries.slice(1)]
    : [BEGINNING, ...entries];
}
