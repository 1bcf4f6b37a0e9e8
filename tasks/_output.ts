/** How much of some work is done. */
export interface Step {
  /** Games read until now. */
  readonly games: number;
  /** Bytes of text read until now. */
  readonly textBytes: number;
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
  /** Tells the time in milliseconds. @default {performance.now} */
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
      columns = () => Deno.consoleSize().columns,
      write = writeToStderr,
      now = () => performance.now(),
    } = options;
    this.#isTerminal = isTerminal;
    this.#columns = columns;
    this.#write = write;
    this.#now = now;
    this.#startedAt = this.#shownAt = now();
  }

  /** Shows a step, if the last one has been shown for long enough. */
  update(step: Step): void {
    const now = this.#now();
    const interval = this.#isTerminal ? TERMINAL_INTERVAL : LINE_INTERVAL;
    if (now - this.#shownAt < interval) return;
    this.#shownAt = now;
    const line = describeStep(step, (now - this.#startedAt) / 1000);
    if (this.#isTerminal) {
      // A line that is broken could not be written over.
      const columns = this.#columns();
      const bar = barOf(step);
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

function barOf({ done, total, doneBefore = 0 }: Step): string {
  if (done === undefined || total === undefined) return "";
  const filled = Math.round(fractionOf(doneBefore + done, total) * BAR_LENGTH);
  return `[${"#".repeat(filled)}${"-".repeat(BAR_LENGTH - filled)}] `;
}

function describeStep(step: Step, seconds: number): string {
  const { games, textBytes, done, total, doneBefore = 0 } = step;
  const parts = [
    `${formatNumber(games)} games`,
    // Those of an earlier run took no time in this one.
    ...doneBefore > 0
      ? []
      : [`${formatNumber(Math.round(games / seconds))} games/s`],
    `${(textBytes / seconds / 1e6).toFixed(1)} MB/s`,
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

function writeToStderr(text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) {
    at += Deno.stderr.writeSync(bytes.subarray(at));
  }
}

/**
 * Writes a whole number with its digits in groups of three.
 *
 * @param value The number.
 * @returns Such as `121,332`.
 */
export function formatNumber(value: number): string {
  return value.toLocaleString("en-US");
}

const BYTE_UNITS = ["bytes", "kB", "MB", "GB", "TB"];

/**
 * Writes a number of bytes for a person.
 *
 * @param bytes The number.
 * @returns Such as `17.8 MB`.
 */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${BYTE_UNITS[unit]}`;
}

/**
 * Writes a time span for a person.
 *
 * @param seconds The span.
 * @returns Such as `3 d 4 h`, `1 h 5 min`, `2 min 10 s`, `8 s` or `0.4 s`.
 */
export function formatSeconds(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole >= 48 * 3600) {
    const hours = Math.floor(whole / 3600);
    return `${Math.floor(hours / 24)} d ${hours % 24} h`;
  }
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor(whole % 3600 / 60)} min`;
}

/**
 * Sets words off, where the output is a terminal and `NO_COLOR` is not set.
 *
 * @param text The words.
 * @returns The words, in bold or as they are.
 */
export function bold(text: string): string {
  return Deno.noColor || !Deno.stdout.isTerminal()
    ? text
    : `\x1b[1m${text}\x1b[22m`;
}

/**
 * Hides the password of a URL.
 *
 * @param url A URL, or anything else.
 * @returns The URL with `***` for the password.
 */
export function maskPassword(url: string): string {
  return url.replace(/(:\/\/[^/?#@:]*):.*@/s, "$1:***@")
    // What stands alone is the user for some clients, the password for others.
    .replace(/^(rediss?:\/\/)[^/?#@:]+@/i, "$1***@");
}

/**
 * Hides the passwords of all URLs in a text.
 *
 * @param text The text.
 * @param urls URLs that may stand in it and hold what no URL should, as blanks.
 * @returns The text with `***` for each password.
 */
export function maskPasswords(
  text: string,
  urls: readonly string[] = [],
): string {
  let masked = text;
  for (const url of urls) masked = masked.replaceAll(url, maskPassword(url));
  return masked.replace(/[a-z][a-z0-9+.-]*:\/\/[^\s"'`]+/gi, maskPassword);
}
