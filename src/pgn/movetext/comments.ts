// Reads what comments say: evaluations, clocks, and the comments themselves.
import { ascii, OPENING_BRACE, spaceLength, startsWith } from "../syntax.ts";
import {
  COMMENT,
  END,
  MovetextReader,
  RESULT,
  UNCLOSED,
} from "./movetext_reader.ts";

/**
 * What an engine thought of a position: in centipawns, or moves to mate. From White's view.
 *
 * See {@linkcode Ply}.
 */
export type Evaluation =
  | { readonly cp: number }
  | { readonly mate: number };

/** Reads the comments of the mainline in a part of a movetext; variations are passed over. */
export class CommentReader {
  readonly #reader = new MovetextReader();

  /**
   * The first evaluation among the comments from `start` to `end` that can be
   * read: `{ [%eval 0.17] }`, `{ [%eval #-3,20] }`.
   */
  evaluation(
    bytes: Uint8Array,
    start: number,
    end: number,
  ): Evaluation | undefined {
    return this.#first(bytes, start, end, readEvaluation);
  }

  /** The seconds of the first clock among them that can be read: `{ [%clk 0:05:00.1] }`. */
  clock(bytes: Uint8Array, start: number, end: number): number | undefined {
    return this.#first(bytes, start, end, readClock);
  }

  /** All of them, without their braces. */
  texts(bytes: Uint8Array, start: number, end: number): string[] {
    const texts: string[] = [];
    this.#first(bytes, start, end, (bytes, first, last) => {
      const text = DECODER.decode(bytes.subarray(first, last)).trim();
      if (text !== "") texts.push(text);
      return undefined;
    });
    return texts;
  }

  /** What `read` gives for the first comment for which it gives anything. */
  #first<T>(
    bytes: Uint8Array,
    start: number,
    end: number,
    read: (bytes: Uint8Array, first: number, last: number) => T | undefined,
  ): T | undefined {
    const reader = this.#reader;
    reader.begin(bytes, start, end);
    for (;;) {
      const kind = reader.next();
      if (kind === END || kind === RESULT || kind === UNCLOSED) {
        return undefined;
      }
      if (kind !== COMMENT) continue;
      const isBraced = bytes[reader.start] === OPENING_BRACE;
      const value = read(
        bytes,
        reader.start + 1,
        isBraced ? reader.end - 1 : reader.end,
      );
      if (value !== undefined) return value;
    }
  }
}

/** Reads the first evaluation in the comment from `start` to `end`. */
export function readEvaluation(
  bytes: Uint8Array,
  start: number,
  end: number,
): Evaluation | undefined {
  return readCommand(bytes, start, end, EVAL, (value) => {
    const match = EVALUATION_REGEXP.exec(value);
    if (match === null) return undefined;
    // Adding 0 makes 0 of -0.
    if (match[1] !== undefined) return { mate: Number(match[1]) + 0 };
    return { cp: Math.round(Number(match[2]) * 100) + 0 };
  });
}

/** Reads the first clock in the comment from `start` to `end`, in seconds. */
export function readClock(
  bytes: Uint8Array,
  start: number,
  end: number,
): number | undefined {
  return readCommand(bytes, start, end, CLK, (value) => {
    const match = CLOCK_REGEXP.exec(value);
    if (match === null) return undefined;
    const [, minus, hours = "0", minutes, seconds] = match;
    const total = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
    return minus === "-" ? -total : total;
  });
}

/** Reads the first command of a name, such as `[%clk …]`, whose value can be read. */
function readCommand<T>(
  bytes: Uint8Array,
  start: number,
  end: number,
  { head, steps }: Command,
  read: (value: string) => T | undefined,
): T | undefined {
  // Most comments have no such command: as many bytes as can be are passed over.
  for (let last = start + head.length - 1; last < end;) {
    const step = steps[bytes[last]];
    last += step || 1;
    if (
      step > 0 || !startsWith(bytes, last - head.length, head) ||
      spaceLength(bytes, last) === 0
    ) continue;
    const value = readValue(bytes, last, end);
    const result = value === undefined ? undefined : read(value);
    if (result !== undefined) return result;
  }
  return undefined;
}

/** A command's beginning, and how far it can be at least from each byte that is met. */
interface Command {
  readonly head: Uint8Array;
  readonly steps: Uint8Array;
}

function command(name: string): Command {
  const head = ascii(`[%${name}`);
  const steps = new Uint8Array(256).fill(head.length);
  head.forEach((byte, i) => steps[byte] = head.length - 1 - i);
  return { head, steps };
}

/** The value of a command up to its bracket, without white space. */
function readValue(
  bytes: Uint8Array,
  start: number,
  end: number,
): string | undefined {
  let value = "";
  const limit = Math.min(end, start + MAX_VALUE_LENGTH);
  for (let at = start; at < limit;) {
    if (bytes[at] === CLOSING_BRACKET) return value;
    const length = spaceLength(bytes, at);
    if (length === 0) value += String.fromCharCode(bytes[at]);
    at += length || 1;
  }
  return undefined;
}

const EVALUATION_REGEXP =
  /^(?:#([+-]?\d{1,6})|([+-]?(?:\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})))(?:,\d+)?$/;
const CLOCK_REGEXP = /^(-?)(?:(\d{1,9}):)?(\d{1,9}):(\d{1,9}(?:\.\d{0,9})?)$/;
const MAX_VALUE_LENGTH = 64;
const CLOSING_BRACKET = 93;
const EVAL = command("eval");
const CLK = command("clk");
const DECODER = new TextDecoder();
