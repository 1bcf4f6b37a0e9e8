// Matches games against filters and keeps the texts of those that pass.
import type { GameMatcher } from "../filter/game_matcher.ts";
import { RECORD_BYTES, writeRecord } from "../filter/game_record.ts";
import { type RawGame, utf8Bytes } from "../pgn/raw_game.ts";
import type { SyncedSpan } from "./segment_splitter.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Games in order, matched; of those that pass no filter nothing else is kept. */
export interface MatchedGames {
  /** How many games they are. */
  readonly count: number;
  /** For each filter and each game 0, or the field that rejects it, see `rejectionField()`. */
  readonly rejections: readonly Uint8Array[];
  /** The texts, in UTF-8, of the games that pass any of the filters. */
  readonly bytes: Bytes;
  /** Where each of these texts ends. */
  readonly ends: Uint32Array;
  /** The records of these games, where they were asked for. */
  readonly records: Bytes;
}

/** The games from one sync point to another, matched. */
export interface PickedGames extends SyncedSpan, MatchedGames {}

/** Texts in memory that they share; whoever keeps one for long must copy it. */
export function textsOf({ bytes, ends }: MatchedGames): Uint8Array[] {
  return Array.from(ends, (end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
}

/** Matches games, and copies those that pass. */
export class GamePicker {
  readonly #matchers: readonly GameMatcher[];
  #rejections: Uint8Array[];
  #count = 0;
  #bytes: Bytes = new Uint8Array(0);
  #ends: number[] = [];
  readonly #makesRecords: boolean;
  #records: Bytes = new Uint8Array(0);
  #view = new DataView(this.#records.buffer);
  /** The tags that games are matched by. */
  readonly tagNames: readonly string[];

  /** Creates a picker for some filters, which may make the games' records too. */
  constructor(matchers: readonly GameMatcher[], makesRecords = false) {
    this.#makesRecords = makesRecords;
    this.#matchers = matchers;
    this.#rejections = matchers.map(() => new Uint8Array(256));
    this.tagNames = [
      ...new Set(matchers.flatMap(({ tagNames }) => tagNames)),
    ];
  }

  /** About how many bytes the games take that have not been taken yet. */
  get size(): number {
    return this.#count + (this.#ends.at(-1) ?? 0);
  }

  /** Takes games in. */
  add(games: readonly RawGame[]): void {
    const matchers = this.#matchers;
    for (let i = 0; i < games.length; i++) { // no iterator result for each game
      const game = games[i];
      if (this.#count === this.#rejections[0]?.length) this.#grow();
      let passes = false;
      for (let k = 0; k < matchers.length; k++) {
        const rejection = matchers[k].rejection(game);
        this.#rejections[k][this.#count] = rejection;
        if (rejection === 0) passes = true;
      }
      this.#count++;
      if (passes) this.#keep(utf8Bytes(game));
    }
  }

  /**
   * Gives out the games taken in since the last time.
   *
   * @param isLent Whether their texts are read before the next games are taken in.
   */
  take(isLent = false): MatchedGames {
    const count = this.#count;
    const ends = Uint32Array.from(this.#ends);
    const length = ends.at(-1) ?? 0;
    const bytes = this.#bytes.subarray(0, length);
    // Given away; the next ones will need about as much.
    if (!isLent) this.#bytes = new Uint8Array(length + (length >> 2));
    const records = this.#records.subarray(
      0,
      this.#makesRecords ? ends.length * RECORD_BYTES : 0,
    );
    this.#useRecords(
      new Uint8Array(ends.length === 0 ? 0 : this.#records.length),
    );
    this.#count = 0;
    this.#ends = [];
    const rejections = this.#rejections.map((all) => all.slice(0, count));
    return { count, rejections, bytes, ends, records };
  }

  #keep(text: Uint8Array): void {
    const start = this.#ends.at(-1) ?? 0;
    const end = start + text.length;
    // Never full: a text would be taken for the owner of its memory.
    if (end >= this.#bytes.length) this.#bytes = longer(this.#bytes, end);
    this.#bytes.set(text, start);
    if (this.#makesRecords) {
      const at = this.#ends.length * RECORD_BYTES;
      if (at === this.#records.length) {
        this.#useRecords(longer(this.#records, at + RECORD_BYTES));
      }
      writeRecord(this.#view, at, text);
    }
    this.#ends.push(end);
  }

  #useRecords(records: Bytes): void {
    this.#records = records;
    this.#view = new DataView(records.buffer);
  }

  #grow(): void {
    this.#rejections = this.#rejections.map((all) => longer(all, all.length));
  }
}

/** A copy with twice the room that is needed. */
function longer(bytes: Uint8Array, needed: number): Bytes {
  const copy = new Uint8Array(Math.max(4096, needed * 2));
  copy.set(bytes);
  return copy;
}
