import type { GameFilter } from "../filter/game_filter.ts";
import { GameMatcher } from "../filter/game_matcher.ts";
import { type BadGame, PgnSplitter } from "../pgn/splitter/pgn_splitter.ts";
import { firstSyncPoint, lastSyncPoint } from "../pgn/splitter/sync_point.ts";
import { type RawGame, utf8Bytes } from "../pgn/raw_game.ts";

/** Text is scanned in pieces of this length, small enough for the nearest memory. */
const BLOCK_SIZE = 128 * 1024;

/** A piece without a sync point grows to this length before it is given away. */
const MAX_BLOCK_SIZE = 1024 * 1024;

/** So much of a text is looked at again for a sync point that was cut. */
const OVERLAP = 4096;

/** Which games are looked for. */
export interface ScanOptions {
  /** The filters by which each game is judged. */
  readonly filters: readonly GameFilter[];
  /** Longest game, in bytes. */
  readonly maxGameLength: number;
}

/** Games in order, judged; of those that pass no filter nothing else is kept. */
export interface JudgedGames {
  /** How many games they are. */
  readonly count: number;
  /** For each filter, a verdict on each game, see `GameMatcher.rejection()`. */
  readonly verdicts: readonly Uint8Array[];
  /**
   * The texts, in UTF-8, of the games that pass any of the filters. They may
   * share memory: who keeps one for long must copy it, see `ownBytes()`.
   */
  readonly texts: readonly Uint8Array[];
}

/** What stands in a stretch of text, in order. */
export type ScannedPart =
  /** Text that goes on behind, or before, what stands in the stretch beside it. */
  | { readonly kind: "text"; readonly bytes: Uint8Array }
  /** The games from one sync point to another, or none between. */
  | GamesPart;

/** The games from one sync point to another. */
export interface GamesPart extends JudgedGames {
  readonly kind: "games";
  /** Where they begin and end in the text of the stretch. */
  readonly start: number;
  readonly end: number;
  /** Bytes between them. */
  readonly droppedBytes: number;
  /** Games that were skipped among them, by their place in the stretch. */
  readonly badGames: readonly BadGame[];
}

/** About how many bytes a part takes until it is used. */
export function partSize(part: ScannedPart): number {
  if (part.kind === "text") return part.bytes.length;
  return part.texts.reduce((sum, { length }) => sum + length, 64 + part.count);
}

/** Judges games, and copies those that pass. */
export class GamePicker {
  readonly #judges: readonly GameMatcher[];
  #verdicts: Uint8Array[];
  #count = 0;
  /** The texts of games that pass, one behind the other, and where each ends. */
  #texts = new Uint8Array(BLOCK_SIZE / 2);
  #ends: number[] = [];
  /** The tags that games are judged by. */
  readonly tagNames: readonly string[];

  constructor(filters: readonly GameFilter[]) {
    this.#judges = filters.map((filter) => new GameMatcher(filter));
    this.#verdicts = filters.map(() => new Uint8Array(256));
    this.tagNames = [
      ...new Set(this.#judges.flatMap(({ tagNames }) => tagNames)),
    ];
  }

  /** Takes games in. */
  add(games: readonly RawGame[]): void {
    const judges = this.#judges;
    for (let i = 0; i < games.length; i++) { // no iterator result for each game
      const game = games[i];
      if (this.#count === this.#verdicts[0]?.length) this.#grow();
      let passes = false;
      for (let k = 0; k < judges.length; k++) {
        const verdict = judges[k].rejection(game);
        this.#verdicts[k][this.#count] = verdict;
        if (verdict === 0) passes = true;
      }
      this.#count++;
      if (passes) this.#keep(utf8Bytes(game));
    }
  }

  /** Gives out the games taken in since the last time. */
  take(): JudgedGames {
    const count = this.#count;
    const ends = this.#ends;
    this.#count = 0;
    this.#ends = [];
    const verdicts = this.#verdicts.map((all) => all.slice(0, count));
    const bytes = this.#texts.slice(0, ends.at(-1) ?? 0);
    const texts = ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
    return { count, verdicts, texts };
  }

  #keep(text: Uint8Array): void {
    const start = this.#ends.at(-1) ?? 0;
    const end = start + text.length;
    if (end > this.#texts.length) {
      const longer = new Uint8Array(end * 2);
      longer.set(this.#texts.subarray(0, start));
      this.#texts = longer;
    }
    this.#texts.set(text, start);
    this.#ends.push(end);
  }

  #grow(): void {
    this.#verdicts = this.#verdicts.map((verdicts) => {
      const longer = new Uint8Array(verdicts.length * 2);
      longer.set(verdicts);
      return longer;
    });
  }
}

/**
 * Finds the games in a stretch of text that may begin and end anywhere. What
 * stands before its first sync point and behind its last one is given out
 * as text, to be joined with its neighbours.
 */
export class GameScanner {
  readonly #splitter: PgnSplitter;
  readonly #picker: GamePicker;
  #bad: BadGame[] = [];
  #buffer = new Uint8Array(BLOCK_SIZE);
  #length = 0;
  /** Where the buffer begins in the stretch. */
  #offset = 0;
  /** Whether the buffer begins at a sync point. */
  #isAtStart = false;

  constructor({ filters, maxGameLength }: ScanOptions) {
    this.#picker = new GamePicker(filters);
    const { tagNames } = this.#picker;
    this.#splitter = new PgnSplitter({
      maxGameLength,
      tagNames,
      reusesGames: true,
      onBad: (bad) => this.#bad.push(bad),
    });
  }

  /**
   * Begins a stretch.
   *
   * @param offset The number of its first byte.
   * @param isSyncPoint Whether a sync point is known to be there.
   */
  begin(offset = 0, isSyncPoint = false): void {
    if (this.#buffer.length > BLOCK_SIZE) {
      this.#buffer = new Uint8Array(BLOCK_SIZE);
    }
    this.#length = 0;
    this.#offset = offset;
    this.#isAtStart = isSyncPoint;
  }

  /** Where text may be written before it is pushed, so that it is not copied. */
  room(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(this.#length);
  }

  /**
   * Takes the next text.
   *
   * @param text The text; it is not kept.
   * @returns The parts that were found in what has come until now.
   */
  push(text: Uint8Array): ScannedPart[] {
    const parts: ScannedPart[] = [];
    for (let at = 0; at < text.length;) {
      const room = this.#buffer.length - this.#length;
      const some = text.subarray(at, at + room);
      if (!this.#isInPlace(some)) this.#buffer.set(some, this.#length);
      this.#length += some.length;
      at += some.length;
      if (some.length === room) this.#scan(false, parts);
    }
    return parts;
  }

  /**
   * Ends the stretch.
   *
   * @returns The rest of its parts.
   */
  end(): ScannedPart[] {
    const parts: ScannedPart[] = [];
    if (this.#length > 0) this.#scan(true, parts);
    return parts;
  }

  #isInPlace({ buffer, byteOffset }: Uint8Array): boolean {
    return buffer === this.#buffer.buffer && byteOffset === this.#length;
  }

  #scan(isLast: boolean, parts: ScannedPart[]): void {
    if (!this.#isAtStart) {
      const start = this.#firstStart();
      if (start === -1) {
        this.#giveText(isLast ? this.#length : this.#length - OVERLAP, parts);
        return;
      }
      this.#giveText(start, parts);
      this.#isAtStart = true;
    }
    const end = this.#lastStart();
    if (end > 0) this.#giveGames(end, parts);
    if (isLast || this.#length >= MAX_BLOCK_SIZE) {
      if (end <= 0) this.#giveGames(0, parts);
      this.#giveText(this.#length, parts);
      this.#isAtStart = false;
    } else if (this.#length === this.#buffer.length) {
      const longer = new Uint8Array(this.#length * 2);
      longer.set(this.#buffer);
      this.#buffer = longer;
    }
  }

  /** Finds the first sync point in the buffer, most likely near its beginning. */
  #firstStart(): number {
    for (let reach = OVERLAP;; reach *= 8) {
      const start = firstSyncPoint(
        this.#buffer.subarray(0, Math.min(reach, this.#length)),
      );
      if (start !== -1 || reach >= this.#length) return start;
    }
  }

  /** Finds the last sync point in the buffer, most likely near its end. */
  #lastStart(): number {
    for (let reach = OVERLAP / 4;; reach *= 8) {
      const from = Math.max(0, this.#length - reach);
      const start = lastSyncPoint(
        this.#buffer.subarray(from, this.#length),
      );
      if (start !== -1 || from === 0) return from + start;
    }
  }

  /** Gives out all games up to `length` of the buffer, where one begins. */
  #giveGames(length: number, parts: ScannedPart[]): void {
    const splitter = this.#splitter;
    const start = this.#offset;
    const { gameCount, droppedBytes } = splitter;
    if (length > 0) {
      splitter.startAt(start);
      this.#picker.add(splitter.push(this.#buffer.subarray(0, length)));
      this.#picker.add(splitter.endAtSyncPoint());
    }
    const bad = this.#bad;
    this.#bad = [];
    parts.push({
      kind: "games",
      ...this.#picker.take(),
      start,
      end: start + length,
      droppedBytes: splitter.droppedBytes - droppedBytes,
      badGames: bad.map((bad) => ({
        ...bad,
        gamesBefore: bad.gamesBefore - gameCount,
      })),
    });
    this.#drop(length);
  }

  #giveText(length: number, parts: ScannedPart[]): void {
    if (length <= 0) return;
    parts.push({ kind: "text", bytes: this.#buffer.slice(0, length) });
    this.#drop(length);
  }

  #drop(length: number): void {
    this.#buffer.copyWithin(0, length, this.#length);
    this.#offset += length;
    this.#length -= length;
  }
}
