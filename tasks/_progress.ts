/** Shows how far a task has come, and how long it still takes. */
import { formatNumber, formatSeconds } from "./_output.ts";
import { writeError } from "./_print.ts";

/** How much of some work is done. */
export interface ProgressUpdate {
  /** Games read until now. */
  readonly games: number;
  /** What is counted instead of games. @default {"games"} */
  readonly noun?: string;
  /** Bytes of text read until now; no speeds are shown where none are. */
  readonly textBytes?: number;
  /** How much is done, and of how much, in any unit; unknown where it is left out. */
  readonly done?: number;
  /** How much there is to do. */
  readonly total?: number;
  /** How much of that an earlier run has done; its games are among `games`. @default {0} */
  readonly doneBefore?: number;
}

/** Options of {@linkcode Progress}. */
export interface ProgressOptions {
  /** Whether a line can be written over. @default {Deno.stderr.isTerminal()} */
  isTerminal?: boolean;
  /** Characters in a line of the terminal. @default as it is now */
  columns?: () => number;
  /** Takes what is to be shown. @default standard error */
  write?: (text: string) => void;
  /** Returns the time in milliseconds. @default {performance.now} */
  now?: () => number;
}

/** A line over itself ten times a second, or a new line every five seconds. */
const TERMINAL_INTERVAL = 100;
const LINE_INTERVAL = 5000;
const BAR_LENGTH = 24;

/**
 * Shows on standard error how far a task has come: a bar on a terminal, a line
 * every few seconds elsewhere.
 */
export class Progress {
  readonly #isTerminal: boolean;
  readonly #columns: () => number;
  readonly #write: (text: string) => void;
  readonly #now: () => number;
  readonly #startedAt: number;
  #shownAt: number;
  #isBarShown = false;

  /** Begins to measure the time; nothing is shown yet. */
  constructor(options: ProgressOptions = {}) {
    const {
      isTerminal = Deno.stderr.isTerminal(),
      columns = () => Deno.consoleSize().columns || 80,
      write = writeError,
      now = () => performance.now(),
    } = options;
    this.#isTerminal = isTerminal;
    this.#columns = columns;
    this.#write = write;
    this.#now = now;
    this.#startedAt = this.#shownAt = now();
  }

  /** Shows an update, if the last one has been shown for long enough. */
  update(update: ProgressUpdate): void {
    const now = this.#now();
    const interval = this.#isTerminal ? TERMINAL_INTERVAL : LINE_INTERVAL;
    if (now - this.#shownAt < interval) return;
    this.#shownAt = now;
    const line = describeUpdate(update, (now - this.#startedAt) / 1000);
    if (this.#isTerminal) {
      // A line that is broken could not be written over.
      const columns = this.#columns();
      const bar = barOf(update);
      const shown = bar.length + line.length < columns ? bar + line : line;
      this.#write(`\r\x1b[K${shown.slice(0, columns - 1)}`);
      this.#isBarShown = true;
    } else {
      this.#write(`${line}\n`);
    }
  }

  /** Wipes the bar away, so that other words can follow. */
  end(): void {
    if (this.#isBarShown) this.#write("\r\x1b[K");
    this.#isBarShown = false;
  }
}

function barOf({ done, total, doneBefore = 0 }: ProgressUpdate): string {
  if (done === undefined || total === undefined) return "";
  const filled = Math.round(fractionOf(doneBefore + done, total) * BAR_LENGTH);
  return `[${"#".repeat(filled)}${"-".repeat(BAR_LENGTH - filled)}] `;
}

function describeUpdate(update: ProgressUpdate, seconds: number): string {
  const { games, noun = "games", textBytes, done, total, doneBefore = 0 } =
    update;
  const parts = [
    `${formatNumber(games)} ${noun}`,
    // Those of an earlier run took no time in this one.
    ...doneBefore > 0 || textBytes === undefined
      ? []
      : [`${formatNumber(Math.round(games / seconds))} ${noun}/s`],
    ...textBytes === undefined
      ? []
      : [`${(textBytes / seconds / 1e6).toFixed(1)} MB/s`],
  ];
  if (done !== undefined && total !== undefined) {
    const fraction = fractionOf(doneBefore + done, total);
    parts.unshift(`${Math.floor(fraction * 100)} %`);
    if (done > 0) {
      const left = Math.max(0, total - doneBefore - done);
      parts.push(`${formatSeconds(seconds / done * left)} left`);
    }
  }
  return parts.join(", ");
}

function fractionOf(done: number, total: number): number {
  return total === 0 ? 1 : Math.min(1, done / total);
}
