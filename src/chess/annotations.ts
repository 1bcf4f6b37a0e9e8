import { endOfAside } from "./movetext.ts";

/** What an engine thought of a position: in centipawns, or moves to mate. From White's view. */
export type Evaluation =
  | { readonly cp: number }
  | { readonly mate: number };

/**
 * Reads the evaluation among the comments from `start` to `end`:
 * `{ [%eval 0.17] }`, `{ [%eval #-3,20] }`.
 */
export function readEvaluation(
  text: Uint8Array,
  start: number,
  end: number,
): Evaluation | undefined {
  const match = EVALUATION_REGEXP.exec(readCommand(text, start, end, EVAL));
  if (match === null) return undefined;
  // Adding 0 makes 0 of -0.
  if (match[1] !== undefined) return { mate: Number(match[1]) + 0 };
  return { cp: Math.round(Number(match[2]) * 100) + 0 };
}

/** Reads the seconds on the clock among the comments: `{ [%clk 0:05:00.1] }`. */
export function readClock(
  text: Uint8Array,
  start: number,
  end: number,
): number | undefined {
  const match = CLOCK_REGEXP.exec(readCommand(text, start, end, CLK));
  if (match === null) return undefined;
  const [, minus, hours = "0", minutes, seconds] = match;
  const total = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return minus === "-" ? -total : total;
}

/** The comments on the mainline from `start` to `end`, without their braces. */
export function readComments(
  text: Uint8Array,
  start: number,
  end: number,
): string[] {
  const comments: string[] = [];
  visitComments(text, start, end, (first, last) => {
    comments.push(DECODER.decode(text.subarray(first, last)).trim());
    return false;
  });
  return comments.filter((comment) => comment !== "");
}

/** The value of the first command of a name, such as `[%clk …]`, or "". */
function readCommand(
  text: Uint8Array,
  start: number,
  end: number,
  command: readonly number[],
): string {
  let value = "";
  visitComments(text, start, end, (first, last) => {
    for (let offset = first; offset < last; offset++) {
      if (text[offset] !== PERCENT || text[offset - 1] !== BRACKET) continue;
      let i = 0;
      while (i < command.length && text[offset + 1 + i] === command[i]) i++;
      if (i < command.length || text[offset + 1 + i] > SPACE) continue;
      let valueEnd = offset + 1 + i;
      while (valueEnd < last && text[valueEnd] !== CLOSING_BRACKET) valueEnd++;
      if (valueEnd === last) return false;
      const limit = Math.min(valueEnd, offset + MAX_COMMAND_LENGTH);
      for (let at = offset + 1 + i; at < limit; at++) {
        if (text[at] > SPACE) value += String.fromCharCode(text[at]);
      }
      return true;
    }
    return false;
  });
  return value;
}

/** Calls `visit` with the borders of each comment outside of variations until it returns true. */
function visitComments(
  text: Uint8Array,
  start: number,
  end: number,
  visit: (first: number, last: number) => boolean,
): void {
  let offset = start;
  while (offset < end) {
    const code = text[offset];
    if (
      code === BRACE || code === SEMICOLON || code === PARENTHESIS ||
      code === PERCENT && (offset === 0 || text[offset - 1] === NEWLINE)
    ) {
      const next = endOfAside(text, offset, end);
      if (next < 0) return;
      if (code === BRACE && visit(offset + 1, next - 1)) return;
      if (code === SEMICOLON && visit(offset + 1, next)) return;
      offset = next;
    } else offset++;
  }
}

const EVALUATION_REGEXP =
  /^(?:#([+-]?\d{1,6})|([+-]?(?:\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})))(?:,\d+)?$/;
const CLOCK_REGEXP = /^(-?)(?:(\d{1,9}):)?(\d{1,9}):(\d{1,9}(?:\.\d{0,9})?)$/;
const DECODER = new TextDecoder();

const MAX_COMMAND_LENGTH = 64;
const EVAL = codes("eval");
const CLK = codes("clk");
const NEWLINE = 10;
const SPACE = 32;
const PERCENT = 37;
const PARENTHESIS = 40;
const SEMICOLON = 59;
const BRACKET = 91;
const CLOSING_BRACKET = 93;
const BRACE = 123;

function codes(text: string): readonly number[] {
  return Array.from(text, (letter) => letter.charCodeAt(0));
}
