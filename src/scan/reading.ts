import type { ArchivePool } from "./archive_pool.ts";
import type { Step } from "./game_joiner.ts";
import type { GameScanner, ScannedPart, ScanOptions } from "./game_scanner.ts";
import { requireText } from "../archive/open_archive.ts";

/** What the reading of a sequence of archives needs. */
export interface Reading {
  readonly signal: AbortSignal | undefined;
  readonly pool: ArchivePool;
  /** Which games are looked for, and what finds them in this thread. */
  readonly scan: ScanOptions;
  readonly scanner: GameScanner;
  /** After how many bytes of text workers take part. */
  readonly useThreadsAfter: number;
  readonly onBytesRead: (bytes: number) => void;
  /** Bytes of text that have been read in this thread. */
  textHere: number;
}

/** Where and how the reading of an archive begins. */
export interface ReadingStart {
  /** The archive's name, for errors. */
  readonly name: string;
  /** The first byte that is read. */
  readonly offset: number;
  /** How much of the text is passed over. */
  readonly skip: number;
  /** Whether the text begins with the archive's own beginning. */
  readonly isWhole: boolean;
  /** Whether a sync point stands behind what is passed over. */
  readonly isCertain: boolean;
}

/** Finds the games in text in this thread, stretch by stretch. */
export class TextHere {
  readonly #reading: Reading;
  readonly #start: ReadingStart;
  #isChecked: boolean;
  #isOpen = false;
  #skip: number;
  #textBytes = 0;

  constructor(start: ReadingStart, reading: Reading) {
    this.#start = start;
    this.#reading = reading;
    this.#skip = start.skip;
    this.#isChecked = !start.isWhole;
  }

  /** Ends the stretch before and begins one, see {@linkcode Step}. */
  *begin(offset?: number): Generator<Step> {
    yield* this.end();
    yield { kind: "begin", offset };
    this.#reading.scanner.begin();
    this.#textBytes = 0;
    this.#isOpen = true;
  }

  /** Goes on with text, which is not kept. */
  *push(text: Uint8Array<ArrayBuffer>): Generator<Step> {
    this.#check(text);
    const { scanner } = this.#reading;
    this.#reading.textHere += text.length;
    this.#textBytes += text.length;
    if (this.#skip > 0) {
      const skipped = Math.min(this.#skip, text.length);
      text = text.subarray(skipped);
      this.#skip -= skipped;
      if (this.#skip > 0) return;
      scanner.begin(this.#textBytes - text.length, this.#start.isCertain);
    }
    yield* stepsOf(scanner.push(text));
  }

  /** Ends the stretch, if one is open. */
  *end(): Generator<Step> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    yield* stepsOf(this.#reading.scanner.end());
    yield { kind: "end", textBytes: this.#textBytes };
  }

  /** Whether workers can take part: what is passed over must be so already. */
  get isBehindSkip(): boolean {
    return this.#skip === 0 && this.#isChecked;
  }

  /** Refuses what is no text, at its beginning. */
  #check(text: Uint8Array<ArrayBuffer>): void {
    if (this.#isChecked || text.length === 0) return;
    requireText(text, this.#start.name);
    this.#isChecked = true;
  }
}

/** Gives out parts as steps. */
export function* stepsOf(parts: readonly ScannedPart[]): Generator<Step> {
  for (const part of parts) yield { kind: "part", part };
}
