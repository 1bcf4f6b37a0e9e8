// What filters ask of a movetext: how many half-moves it has, and whether evaluations and clocks.
import { readClock, readEvaluation } from "../pgn/movetext/comments.ts";
import { NO_MOVE } from "../pgn/movetext/move_word.ts";
import {
  COMMENT,
  END,
  MovetextReader,
  RESULT,
  UNCLOSED,
  WORD,
} from "../pgn/movetext/movetext_reader.ts";
import { MOVETEXT_WASM } from "./movetext_wasm.ts";
import { openAssembly } from "../pgn/open_assembly.ts";
import { type RawGame, utf8Bytes } from "../pgn/raw_game.ts";
import { OPENING_BRACE } from "../pgn/syntax.ts";
import { TagScanner } from "../pgn/tags.ts";

/** Reads the movetext of a game, see {@linkcode factsFrom}. */
export function movetextFacts(
  game: RawGame,
  enough?: "hasEvaluation" | "hasClock",
) {
  // What is no UTF-8 has other white space and letters than it will have then.
  const bytes = utf8Bytes(game);
  SCANNER.begin(bytes, 0, bytes.length);
  while (SCANNER.next());
  return factsFrom(bytes, SCANNER.position, enough);
}

/**
 * Reads the movetext from `start` on, in UTF-8: how many half-moves its mainline
 * has, and whether an evaluation and a clock are among the comments of that. What
 * is `enough` is only looked for until it is found.
 */
export function factsFrom(
  bytes: Uint8Array,
  start: number,
  enough?: "hasEvaluation" | "hasClock",
) {
  // Nearly all games are plain.
  const plain = enough === undefined ? readPlain(bytes, start) : undefined;
  if (plain !== undefined) return plain;
  const reader = READER;
  let plies = 0;
  let hasEvaluation = false;
  let hasClock = false;
  reader.begin(bytes, start, bytes.length, true);
  for (;;) {
    const kind = reader.next();
    if (kind === WORD) {
      if (reader.move !== NO_MOVE) plies++;
    } else if (kind === COMMENT) {
      const first = reader.start + 1;
      const last = bytes[first - 1] === OPENING_BRACE
        ? reader.end - 1
        : reader.end;
      hasEvaluation ||= readEvaluation(bytes, first, last) !== undefined;
      hasClock ||= readClock(bytes, first, last) !== undefined;
      if (enough === "hasClock" ? hasClock : enough && hasEvaluation) break;
    } else if (kind === END || kind === RESULT || kind === UNCLOSED) break;
  }
  return { plies, hasEvaluation, hasClock };
}

/**
 * Reads a plain movetext, as nearly all are, in a fraction of the time that the
 * reader of all movetexts takes, and to the same end: moves in SAN without more
 * than they need, each with white space after it, their numbers with dots,
 * annotations as numbers (`$1`), comments in braces with evaluations and clocks
 * as Lichess writes them, and a result.
 *
 * @returns `undefined` where anything else is there.
 */
function readPlain(bytes: Uint8Array, start: number) {
  assembly ??= open();
  const { exports, text, maxLength, other, evaluation, clock } = assembly;
  const length = bytes.length - start;
  if (length > maxLength) return undefined;
  text.set(start === 0 ? bytes : bytes.subarray(start));
  text.fill(0, length, length + text.length - maxLength);
  const facts = exports.read(length);
  if (facts === other) return undefined;
  return {
    plies: facts & 0xffff,
    hasEvaluation: (facts & evaluation) !== 0,
    hasClock: (facts & clock) !== 0,
  };
}

let assembly: ReturnType<typeof open> | undefined;

function open() {
  const { exports, constant, region } = openAssembly<
    { read(length: number): number }
  >(MOVETEXT_WASM);
  const maxLength = constant("TEXT_SIZE");
  return {
    exports,
    text: region("TEXT", maxLength + constant("GUARD_LENGTH")),
    maxLength,
    other: constant("OTHER"),
    evaluation: constant("EVALUATION"),
    clock: constant("CLOCK"),
  };
}

const SCANNER = new TagScanner();
const READER = new MovetextReader();
