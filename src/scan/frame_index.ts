import type { ArchivePosition, GameBatch } from "./game_joiner.ts";

/** A place to begin at, and how many games that pass a filter come before. */
export interface FrameIndexEntry extends ArchivePosition {
  readonly passed: number;
}

/** A frame index as JSON: for each column, the differences from row to row. */
export interface StoredFrameIndex {
  /** The least distance of two entries, in bytes of an archive. */
  readonly distance: number;
  /** The differences of each column. */
  readonly columns: readonly (readonly number[])[];
}

const COLUMNS = [
  "archive",
  "offset",
  "textOffset",
  "skip",
  "games",
  "badGames",
  "droppedBytes",
  "passed",
] as const;

/** Where there are more entries, every second is left out. */
const MAX_ENTRIES = 2048;

/**
 * The places in a sequence of archives at which reading can begin, and how
 * many games come before each: in all, and of those that pass one filter.
 */
export class FrameIndex {
  #entries: FrameIndexEntry[] = [];
  #distance = 1;

  /**
   * Reads what `toJSON()` gave.
   *
   * @param stored The value, from wherever it comes.
   * @returns The index, or `undefined` where it is none.
   */
  static from(stored: unknown): FrameIndex | undefined {
    const { distance, columns } = (stored ?? {}) as Partial<StoredFrameIndex>;
    if (!isCount(distance) || !Array.isArray(columns)) return undefined;
    const [first] = columns;
    if (
      columns.length !== COLUMNS.length ||
      !columns.every((column) =>
        Array.isArray(column) && column.length === first.length &&
        column.every(Number.isSafeInteger)
      )
    ) return undefined;
    const index = new FrameIndex();
    index.#distance = distance;
    const values = COLUMNS.map(() => 0);
    for (let row = 0; row < first.length; row++) {
      columns.forEach((column, i) => values[i] += column[row]);
      if (!values.every(isCount)) return undefined;
      index.#entries.push(
        Object.fromEntries(
          COLUMNS.map((name, i) => [name, values[i]]),
        ) as unknown as FrameIndexEntry,
      );
    }
    return index;
  }

  /** All entries, in order. */
  get entries(): readonly FrameIndexEntry[] {
    return this.#entries;
  }

  /** Adds an entry, unless it is too near to the last one or before it. */
  add(entry: FrameIndexEntry): void {
    const last = this.#entries.at(-1);
    if (last !== undefined && !this.#isFarEnough(last, entry)) return;
    this.#entries.push(entry);
    while (this.#entries.length > MAX_ENTRIES) {
      this.#distance *= 2;
      const all = this.#entries;
      this.#entries = [];
      for (const one of all) {
        const last = this.#entries.at(-1);
        if (last === undefined || this.#isFarEnough(last, one)) {
          this.#entries.push(one);
        }
      }
    }
  }

  #isFarEnough(last: FrameIndexEntry, next: FrameIndexEntry): boolean {
    return next.archive > last.archive ||
      next.archive === last.archive &&
        next.offset - last.offset >= this.#distance;
  }

  /** The last entry before which at most `count` games come. */
  find(
    by: "games" | "passed",
    count: number,
  ): FrameIndexEntry | undefined {
    return this.#entries.findLast((entry) => entry[by] <= count);
  }

  /** The index as plain data. */
  toJSON(): StoredFrameIndex {
    const entries = this.#entries;
    return {
      distance: this.#distance,
      columns: COLUMNS.map((name) =>
        entries.map((entry, row) =>
          entry[name] - (row === 0 ? 0 : entries[row - 1][name])
        )
      ),
    };
  }
}

/** Learns an index while the games of an archive are read from the beginning. */
export class FrameRecorder {
  readonly #filter: number;
  #passed = 0;
  readonly index: FrameIndex = new FrameIndex();

  /**
   * Creates a recorder.
   *
   * @param filter Which of the filters the index is for.
   */
  constructor(filter = 0) {
    this.#filter = filter;
  }

  /** Games that have passed. */
  get passed(): number {
    return this.#passed;
  }

  /** Takes the next batch. */
  take({ position, verdicts }: GameBatch): void {
    if (position !== undefined) {
      this.index.add({ ...position, passed: this.#passed });
    }
    const some = verdicts[this.#filter];
    for (let i = 0; i < some.length; i++) if (some[i] === 0) this.#passed++;
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
