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

/** A frame from whose beginning the games that follow can be read. */
export interface FrameStart {
  readonly kind: "frame";
  /** Where it begins in the archive. */
  readonly offset: number;
  /** Where its text begins in the text of the segment. */
  readonly textOffset: number;
}

type Found = BorderText | FrameStart | SplitGames;

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
  /** The frames before whose games none has been given out, in order. */
  #frames: FrameStart[] = [];

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
    this.#frames = [];
  }

  /** Learns of a frame before its text comes. */
  addFrame(offset: number, textOffset: number): void {
    // There may be any number of frames without text.
    if (this.#frames.at(-1)?.textOffset === textOffset) this.#frames.pop();
    this.#frames.push({ kind: "frame", offset, textOffset });
  }

  /**
   * Takes the next text.
   *
   * @param text A chunk of {@linkcode TextChunks}.
   * @returns What was found until now.
   */
  push(text: Bytes): Found[] {
    const skipped = Math.min(this.#skip, text.length);
    this.#skip -= skipped;
    this.#offset += skipped;
    const fresh = this.#offset + this.#carry.length;
    return this.#scan(this.#withCarry(text.subarray(skipped)), fresh, false);
  }

  /** Ends the segment. */
  end(): Found[] {
    return this.#scan(this.#carry, Infinity, true);
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

  #scan(text: Bytes, fresh: number, isLast: boolean): Found[] {
    const found: Found[] = [];
    let searched = this.#searched;
    this.#carry = text;
    if (text.length === 0) return found;
    if (!this.#isSynced) {
      const start = firstSyncPoint(text, searched);
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
    const end = lastSyncPoint(text, searched);
    if (end > 0) text = this.#splitAtFrame(text, end, fresh, found);
    else if (found.length > 0) found.push(this.#split(text.subarray(0, 0)));
    if (isLast || text.length >= MAX_CARRY) {
      this.#giveText(text, found);
      this.#drop(text, text.length);
      this.#isSynced = false;
    } else this.#searched = Math.max(0, text.length - OVERLAP);
    return found;
  }

  /** Splits text from one sync point to another, apart what a frame begins with. */
  #splitAtFrame(
    text: Bytes,
    end: number,
    fresh: number,
    found: Found[],
  ): Bytes {
    const last = this.#frames.findLastIndex(({ textOffset }) =>
      textOffset <= fresh
    );
    if (last !== -1) {
      const frame = this.#frames[last];
      const at = frame.textOffset - this.#offset;
      const start = at <= 0 ? 0 : firstSyncPoint(text, at);
      if (start !== -1 && start < end) {
        if (start > 0) found.push(this.#split(text.subarray(0, start)));
        text = this.#drop(text, start);
        end -= start;
        found.push(frame);
        this.#frames.splice(0, last + 1);
      }
    }
    found.push(this.#split(text.subarray(0, end)));
    return this.#drop(text, end);
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

  #giveText(text: Bytes, found: Found[]): void {
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
