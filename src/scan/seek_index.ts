// Collects the seek points of a sequence of archives, and counts what comes before each.
import type { GameBatch } from "./game_joiner.ts";
import type { SeekPoint } from "./seek_point.ts";

/** A seek point, and how many games that match a filter come before. */
export interface SeekIndexEntry extends SeekPoint {
  readonly matched: number;
}

/**
 * A seek index as JSON: for each column, the differences from row to row.
 *
 * See {@linkcode Checkpoint}.
 */
export interface StoredSeekIndex {
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
  "matched",
] as const;

/** Where there are more entries, every second is left out. */
const MAX_ENTRIES = 2048;

/**
 * The seek points of a sequence of archives, and how many games come before
 * each: in all, and of those that match one filter.
 */
export class SeekIndex {
  #entries: SeekIndexEntry[] = [];
  #distance = 1;

  /**
   * Reads what `toJSON()` has written.
   *
   * @param stored The value, from wherever it comes.
   * @returns The index, or `undefined` where it is none.
   */
  static from(stored: unknown): SeekIndex | undefined {
    const { distance, columns } = (stored ?? {}) as Partial<StoredSeekIndex>;
    if (!isCount(distance) || !Array.isArray(columns)) return undefined;
    const [first] = columns;
    if (
      columns.length !== COLUMNS.length ||
      !columns.every((column) =>
        Array.isArray(column) && column.length === first.length &&
        column.every(Number.isSafeInteger)
      )
    ) return undefined;
    const index = new SeekIndex();
    index.#distance = distance;
    const values = COLUMNS.map(() => 0);
    for (let row = 0; row < first.length; row++) {
      columns.forEach((column, i) => values[i] += column[row]);
      if (!values.every(isCount)) return undefined;
      index.#entries.push(
        Object.fromEntries(
          COLUMNS.map((name, i) => [name, values[i]]),
        ) as unknown as SeekIndexEntry,
      );
    }
    return index;
  }

  /** All entries, in order. */
  get entries(): readonly SeekIndexEntry[] {
    return this.#entries;
  }

  /** Adds an entry, unless it is too near to the last one or before it. */
  add(entry: SeekIndexEntry): void {
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

  #isFarEnough(last: SeekIndexEntry, next: SeekIndexEntry): boolean {
    return next.archive > last.archive ||
      next.archive === last.archive &&
        next.offset - last.offset >= this.#distance;
  }

  /** The last entry before which at most `count` games come. */
  find(
    by: "games" | "matched",
    count: number,
  ): SeekIndexEntry | undefined {
    return this.#entries.findLast((entry) => entry[by] <= count);
  }

  /** The index as plain data. */
  toJSON(): StoredSeekIndex {
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

/** Collects an index while the games of an archive are read from the beginning. */
export class SeekIndexRecorder {
  readonly #filter: number;
  #matched = 0;
  readonly index: SeekIndex = new SeekIndex();

  /**
   * Creates a recorder.
   *
   * @param filter Which of the filters the index is for.
   */
  constructor(filter = 0) {
    this.#filter = filter;
  }

  /** Games that have matched. */
  get matched(): number {
    return this.#matched;
  }

  /** Takes the next batch. */
  take({ seekPoint, rejections }: GameBatch): void {
    if (seekPoint !== undefined) {
      this.index.add({ ...seekPoint, matched: this.#matched });
    }
    const some = rejections[this.#filter];
    for (let i = 0; i < some.length; i++) if (some[i] === 0) this.#matched++;
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
