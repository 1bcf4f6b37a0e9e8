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
import { type RawGame, utf8Bytes } from "../pgn/raw_game.ts";
import { OPENING_BRACE } from "../pgn/syntax.ts";
import { TagScanner } from "../pgn/tags.ts";

/** What a movetext says of a game, without its moves being played. */
export interface MovetextFacts {
  /** How many half-moves its mainline has. */
  readonly plies: number;
  /** Whether an evaluation is among the comments of the mainline. */
  readonly hasEvaluations: boolean;
  /** Whether a clock is among them. */
  readonly hasClocks: boolean;
}

/** Reads all of it in one pass. */
export function movetextFacts(game: RawGame): MovetextFacts {
  let plies = 0;
  let hasEvaluations = false;
  let hasClocks = false;
  walk(game, (kind, bytes) => {
    if (kind === WORD) plies += +(READER.move !== NO_MOVE);
    else if (kind === COMMENT) {
      hasEvaluations ||= hasCommand(kind, bytes, readEvaluation);
      hasClocks ||= hasCommand(kind, bytes, readClock);
    }
    return false;
  });
  return { plies, hasEvaluations, hasClocks };
}

/** Counts the half-moves of a game's mainline. */
export function countPlies(game: RawGame): number {
  return movetextFacts(game).plies;
}

/** Whether an evaluation is among the comments of a game's mainline. */
export function hasEvaluation(game: RawGame): boolean {
  return walk(game, (kind, bytes) => hasCommand(kind, bytes, readEvaluation));
}

/** Whether a clock is among them. */
export function hasClock(game: RawGame): boolean {
  return walk(game, (kind, bytes) => hasCommand(kind, bytes, readClock));
}

function hasCommand(
  kind: number,
  bytes: Uint8Array,
  read: typeof readClock | typeof readEvaluation,
): boolean {
  if (kind !== COMMENT) return false;
  const { start, end } = READER;
  const last = bytes[start] === OPENING_BRACE ? end - 1 : end;
  return read(bytes, start + 1, last) !== undefined;
}

/** Goes through the tokens of a movetext until `isFound` returns true. */
function walk(
  game: RawGame,
  isFound: (kind: number, bytes: Uint8Array) => boolean,
): boolean {
  // What is no UTF-8 has other white space and letters than it will have then.
  const bytes = utf8Bytes(game);
  SCANNER.begin(bytes, 0, bytes.length);
  while (SCANNER.next());
  READER.begin(bytes, SCANNER.position, bytes.length);
  for (;;) {
    const kind = READER.next();
    if (isFound(kind, bytes)) return true;
    if (kind === END || kind === RESULT || kind === UNCLOSED) return false;
  }
}

const SCANNER = new TagScanner();
const READER = new MovetextReader();
