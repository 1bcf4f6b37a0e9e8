// Checks the first text that is read of an archive: at its beginning, or at a seek point.
import { requireText } from "../archive/open_archive.ts";
import { isSyncPoint } from "../pgn/splitter/sync_point.ts";
import { LINE_FEED } from "../pgn/syntax.ts";
import type { SeekPoint } from "./seek_point.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** How much text from a seek point on shows that a game begins there. */
const SHOWN = 4096;

/** A seek point at which no game begins, as far as the archive shows it. */
export class SeekPointError extends Error {
  /** Says why. */
  constructor(options?: ErrorOptions) {
    super("Cannot read games from a seek point as none begins there", options);
    this.name = "SeekPointError";
  }
}

/** Takes the first text until it shows that reading may go on. */
export class TextStart {
  readonly #source: string;
  /** What a seek point leads to; `undefined` at an archive's beginning. */
  readonly #shown: Bytes | undefined;
  #length = 2; // as if a line were empty before it
  #skip: number;
  #isChecked = false;

  /**
   * Prepares for the first text.
   *
   * @param source The archive's name, for errors.
   * @param from Where reading begins. @default {the archive's beginning}
   */
  constructor(source: string, from?: SeekPoint) {
    this.#source = source;
    this.#skip = from?.skip ?? 0;
    if (from !== undefined && from.offset + from.skip > 0) {
      this.#shown = new Uint8Array(2 + SHOWN);
      this.#shown.fill(LINE_FEED, 0, 2);
    }
  }

  /** Whether it is not known yet that the seek point leads to a game. */
  get isUnknown(): boolean {
    return this.#shown !== undefined && !this.#isChecked;
  }

  /**
   * Takes the next text.
   *
   * @throws {ArchiveError} If it is no text.
   * @throws {SeekPointError} If no game begins at the seek point.
   */
  take(text: Bytes): void {
    if (this.#isChecked || text.length === 0) return;
    if (this.#shown === undefined) requireText(text, this.#source);
    else if (!this.#leadsToGame(text, this.#shown)) return;
    this.#isChecked = true;
  }

  /** Whether a game begins at the seek point; `false` where more text must come first. */
  #leadsToGame(text: Bytes, shown: Bytes): boolean {
    const some = text.subarray(this.#skip)
      .subarray(0, shown.length - this.#length);
    this.#skip -= Math.min(this.#skip, text.length);
    shown.set(some, this.#length);
    this.#length += some.length;
    if (isSyncPoint(shown, 2)) return true;
    const lineEnd = shown.indexOf(LINE_FEED, 2);
    const hasTwoLines = lineEnd !== -1 &&
      shown.indexOf(LINE_FEED, lineEnd + 1) !== -1;
    if (hasTwoLines || this.#length === shown.length) {
      throw new SeekPointError();
    }
    return false;
  }
}
