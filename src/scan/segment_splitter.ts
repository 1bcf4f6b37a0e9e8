// Splits a segment of an archive's text, which may begin and end anywhere.
import type { BadGame } from "../pgn/splitter/bad_game.ts";
import { PgnSplitter } from "../pgn/splitter/pgn_splitter.ts";
import { firstSyncPoint, lastSyncPoint } from "../pgn/splitter/sync_point.ts";
import type { RawGame } from "../pgn/raw_game.ts";
import { HEADROOM } from "./text_chunks.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Text without a sync point grows to this length before it is given away. */
const MAX_CARRY = 64 * 1024;

/** It is given away in slices that do not take long to split. */
const MAX_BORDER_TEXT = 32 * 1024;

/** How much of a text is searched again for a sync point that was cut. */
const OVERLAP = 4096;

/** Text at a segment's border, which is split together with what it adjoins. */
export interface BorderText {
  readonly kind: "text";
  readonly bytes: Bytes;
}

/** What all games from one sync point of a segment to another have in common. */
export interface SyncedSpan {
  readonly kind: "games";
  /** Where they begin and end in the text of the segment. */
  readonly start: number;
  readonly end: number;
  /** Bytes between them. */
  readonly droppedBytes: number;
  /** Games that were skipped among them, by their offset in the segment. */
  readonly badGames: readonly BadGame[];
}

/** The games from one sync point to another, where they are in the text. */
export interface SplitGames extends SyncedSpan {
  readonly games: readonly RawGame[];
}

/** Splits one segment after the other. */
export class SegmentSplitter {
  readonly #splitter: PgnSplitter;
  #badGames: BadGame[] = [];
  /** What is left of the text before. */
  #carry: Bytes = new Uint8Array(0);
  /** How much of that holds no sync point after its beginning. */
  #searched = 0;
  /** Where it begins in the segment. */
  #offset = 0;
  /** Whether it begins at a sync point. */
  #isSynced = false;
  #skip = 0;

  /** Creates a splitter that reports the spans of these tags. */
  constructor(maxGameLength: number, tagNames: readonly string[]) {
    this.#splitter = new PgnSplitter({
      maxGameLength,
      tagNames,
      onBad: (bad) => this.#badGames.push(bad),
    });
  }

  /**
   * Begins a segment.
   *
   * @param skip How much of its text is passed over; a sync point follows.
   */
  begin(skip = 0): void {
    this.#carry = new Uint8Array(0);
    this.#searched = 0;
    this.#offset = 0;
    this.#skip = skip;
    this.#isSynced = skip > 0;
  }

  /**
   * Takes the next text.
   *
   * @param text A chunk of {@linkcode TextChunks}.
   * @returns What was found until now.
   */
  push(text: Bytes): (BorderText | SplitGames)[] {
    const skipped = Math.min(this.#skip, text.length);
    this.#skip -= skipped;
    this.#offset += skipped;
    return this.#scan(this.#withCarry(text.subarray(skipped)), false);
  }

  /** Ends the segment. */
  end(): (BorderText | SplitGames)[] {
    return this.#scan(this.#carry, true);
  }

  /** The text together with what is left of the one before. */
  #withCarry(text: Bytes): Bytes {
    const carry = this.#carry;
    if (carry.length === 0) return text;
    let all: Bytes;
    if (carry.length <= HEADROOM && text.byteOffset >= carry.length) {
      const start = text.byteOffset - carry.length;
      all = new Uint8Array(text.buffer, start, carry.length + text.length);
    } else {
      all = new Uint8Array(carry.length + text.length);
      all.set(text, carry.length);
    }
    all.set(carry);
    return all;
  }

  #scan(text: Bytes, isLast: boolean): (BorderText | SplitGames)[] {
    const found: (BorderText | SplitGames)[] = [];
    let searched = this.#searched;
    this.#carry = text;
    if (text.length === 0) return found;
    if (!this.#isSynced) {
      const start = nextSyncPoint(text, searched);
      const end = start !== -1
        ? start
        : isLast
        ? text.length
        : Math.max(0, text.length - OVERLAP);
      this.#giveText(text.subarray(0, end), found);
      text = this.#drop(text, end);
      searched = 0;
      if (start === -1) return found;
      this.#isSynced = true;
    }
    const end = lastSyncPointAfter(text, searched);
    if (end > 0 || found.length > 0) {
      found.push(this.#split(text.subarray(0, Math.max(0, end))));
      text = this.#drop(text, Math.max(0, end));
    }
    if (isLast || text.length >= MAX_CARRY) {
      this.#giveText(text, found);
      this.#drop(text, text.length);
      this.#isSynced = false;
    } else this.#searched = Math.max(0, text.length - OVERLAP);
    return found;
  }

  /** Splits text that begins at a sync point and ends before another. */
  #split(text: Bytes): SplitGames {
    const splitter = this.#splitter;
    const start = this.#offset;
    const { gameCount, droppedBytes } = splitter;
    let games: readonly RawGame[] = [];
    if (text.length > 0) {
      splitter.startAt(start);
      games = splitter.push(text);
      const last = splitter.endAtSyncPoint();
      if (last.length > 0) games = [...games, ...last];
    }
    const badGames = this.#badGames.map((bad) => ({
      ...bad,
      gamesBefore: bad.gamesBefore - gameCount,
    }));
    this.#badGames = [];
    return {
      kind: "games",
      games,
      start,
      end: start + text.length,
      droppedBytes: splitter.droppedBytes - droppedBytes,
      badGames,
    };
  }

  #giveText(text: Bytes, found: (BorderText | SplitGames)[]): void {
    for (let at = 0; at < text.length; at += MAX_BORDER_TEXT) {
      const bytes = text.slice(at, at + MAX_BORDER_TEXT);
      found.push({ kind: "text", bytes });
    }
  }

  /** Keeps what comes after `length` bytes. */
  #drop(text: Bytes, length: number): Bytes {
    this.#carry = text.subarray(length);
    this.#searched = 0;
    this.#offset += length;
    return this.#carry;
  }
}

/** Finds the first sync point after `from`, most likely near. */
function nextSyncPoint(text: Bytes, from: number): number {
  for (let reach = OVERLAP;; reach *= 8) {
    const start = firstSyncPoint(text.subarray(from, from + reach));
    if (start !== -1) return from + start;
    if (from + reach >= text.length) return -1;
  }
}

/** Finds the last sync point after `from`, most likely near the end. */
function lastSyncPointAfter(text: Bytes, from: number): number {
  for (let reach = OVERLAP / 4;; reach *= 8) {
    const near = Math.max(from, text.length - reach);
    const start = lastSyncPoint(text.subarray(near));
    if (start !== -1) return near + start;
    if (near === from) return -1;
  }
}
