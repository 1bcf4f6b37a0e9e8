// Leaves of a game what filters and samples use: some of its tags, and the moves of its mainline.
import { isAnnotation, NO_MOVE } from "./movetext/move_word.ts";
import {
  COMMENT,
  END,
  MovetextReader,
  NAG,
  NUMBER,
  RESULT,
  UNCLOSED,
  VARIATION,
  WORD,
} from "./movetext/movetext_reader.ts";
import { skipSpace, trimEnd } from "./syntax.ts";
import { TagScanner } from "./tags.ts";

/** The tags that filters and samples look at, in lower case. */
const KEPT_TAGS: ReadonlySet<string> = new Set([
  "event",
  "site",
  "gameid",
  "date",
  "utcdate",
  "result",
  "whiteelo",
  "blackelo",
  "whitetitle",
  "blacktitle",
  "eco",
  "opening",
  "timecontrol",
  "termination",
  "variant",
  "setup",
  "fen",
]);

/**
 * Leaves of a game what filters and samples use: the moves of its mainline, and
 * some of its tags. Comments, variations and annotations (`$1`) go; so the
 * fields `hasEval` and `hasClock` of a filter are judged before. A movetext that
 * contains anything else is left as it is, and so is a game whose start position
 * cannot be read.
 *
 * What is left has the same moves and passes the same filters; made compact
 * once more, it stays as it is.
 *
 * @param game The game's text in UTF-8.
 * @returns The compact text in UTF-8.
 */
export function compactGame(game: Uint8Array): Uint8Array {
  const scanner = new TagScanner();
  scanner.begin(game, 0, game.length);
  const kept: Span[] = [];
  while (scanner.next()) {
    if (KEPT_TAGS.has(scanner.name.toLowerCase())) {
      kept.push({ start: scanner.tagStart, end: scanner.position, gap: LINE });
    }
  }
  if (scanner.hasBrokenStart) return game;
  const start = skipSpace(game, scanner.position, game.length);
  const moves = mainlineOf(game, start) ??
    restOf(game, start);
  if (kept.length > 0 && moves.length > 0) {
    moves.unshift({ start: 0, end: 0, gap: LINE });
  }
  const compact = joinSpans(game, kept.concat(moves));
  return compact.length === 0 ? game : compact;
}

/** All that comes after the tags, if anything does. */
function restOf(game: Uint8Array, start: number): Span[] {
  const end = trimEnd(game, start, game.length);
  return start < end ? [{ start, end, gap: LINE }] : [];
}

/** A part of the text that is kept, and what is written before it. */
interface Span {
  readonly start: number;
  readonly end: number;
  readonly gap: number;
}

/** The moves and the result; `undefined` where there is a word that is none of them. */
function mainlineOf(game: Uint8Array, start: number): Span[] | undefined {
  const spans: Span[] = [];
  READER.begin(game, start, game.length);
  for (;;) {
    const kind = READER.next();
    const { start, end } = READER;
    const gap = spans.length === 0 ? LINE : SPACE;
    switch (kind) {
      case NUMBER:
        // Black's move is numbered again where a comment was before it.
        if (spans.length > 0 && isNumberOfBlack(game, end)) continue;
        spans.push({ start, end, gap });
        break;
      case WORD:
        if (READER.move !== NO_MOVE) spans.push({ start, end, gap });
        else if (spans.length === 0 || !isAnnotation(game, start, end)) {
          return undefined;
        }
        break;
      case RESULT:
        spans.push({ start, end, gap });
        return spans;
      case END:
        return spans;
      case UNCLOSED:
        return undefined;
      case COMMENT:
      case VARIATION:
      case NAG:
        break;
    }
  }
}

/** Whether the number that ends at `end` has more than one dot. */
function isNumberOfBlack(game: Uint8Array, end: number): boolean {
  return game[end - 1] === DOT && game[end - 2] === DOT ||
    game[end - 1] >= 0x80;
}

/** Joins parts of a text with what is before each but the first. */
function joinSpans(game: Uint8Array, spans: readonly Span[]): Uint8Array {
  const bytes = new Uint8Array(
    spans.reduce((sum, { start, end }) => sum + end - start + 1, 0),
  );
  let at = 0;
  for (const { start, end, gap } of spans) {
    if (at > 0) bytes[at++] = gap;
    bytes.set(game.subarray(start, end), at);
    at += end - start;
  }
  return bytes.slice(0, at);
}

const READER = new MovetextReader();
const LINE = 10;
const SPACE = 32;
const DOT = 46;
