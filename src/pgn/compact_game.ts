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
 * @example Usage
 * ```ts
 * import { compactGame } from "@chess/game-cache";
 * import assert from "node:assert/strict";
 *
 * const game = new TextEncoder().encode("1. e4 { best by test } e5 *");
 * assert.equal(new TextDecoder().decode(compactGame(game)), "1. e4 e5 *");
 * ```
 *
 * @param game The game's text in UTF-8.
 * @returns The compact text in UTF-8.
 */
export function compactGame(game: Uint8Array): Uint8Array {
  const scanner = new TagScanner();
  scanner.begin(game, 0, game.length);
  const text = new CompactText(game);
  while (scanner.next()) {
    if (KEPT_TAGS.has(scanner.name.toLowerCase())) {
      text.addTag(scanner.tagStart, scanner.position);
    }
  }
  if (scanner.hasBrokenStart) return game;
  const start = skipSpace(game, scanner.position, game.length);
  if (!addMainline(text, game, start)) {
    text.dropMoves();
    const end = trimEnd(game, start, game.length);
    if (start < end) text.addMove(start, end);
  }
  const compact = text.bytes();
  return compact.length === 0 ? game : compact;
}

/** What is kept of a game, written as it is found: no object for each move. */
class CompactText {
  readonly #game: Uint8Array;
  readonly #bytes: Uint8Array;
  #length = 0;
  #tagsLength = 0;

  constructor(game: Uint8Array) {
    this.#game = game;
    this.#bytes = new Uint8Array(2 * game.length + 2); // a gap before each word
  }

  get hasMoves(): boolean {
    return this.#length > this.#tagsLength;
  }

  addTag(start: number, end: number): void {
    if (this.#length > 0) this.#bytes[this.#length++] = LINE;
    this.#copy(start, end);
    this.#tagsLength = this.#length;
  }

  /** Adds a word of the movetext, after an empty line where it is the first. */
  addMove(start: number, end: number): void {
    if (this.hasMoves) this.#bytes[this.#length++] = SPACE;
    else if (this.#length > 0) {
      this.#bytes[this.#length++] = LINE;
      this.#bytes[this.#length++] = LINE;
    }
    this.#copy(start, end);
  }

  dropMoves(): void {
    this.#length = this.#tagsLength;
  }

  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #copy(start: number, end: number): void {
    for (let at = start; at < end; at++) {
      this.#bytes[this.#length++] = this.#game[at];
    }
  }
}

/** Adds the moves and the result; `false` where there is a word that is none of them. */
function addMainline(
  text: CompactText,
  game: Uint8Array,
  first: number,
): boolean {
  READER.begin(game, first, game.length);
  for (;;) {
    const kind = READER.next();
    const { start, end } = READER;
    switch (kind) {
      case NUMBER:
        // Black's move is numbered again where a comment was before it.
        if (text.hasMoves && isNumberOfBlack(game, end)) continue;
        text.addMove(start, end);
        break;
      case WORD:
        if (READER.move !== NO_MOVE) text.addMove(start, end);
        else if (!text.hasMoves || !isAnnotation(game, start, end)) {
          return false;
        }
        break;
      case RESULT:
        text.addMove(start, end);
        return true;
      case END:
        return true;
      case UNCLOSED:
        return false;
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

const READER = new MovetextReader();
const LINE = 10;
const SPACE = 32;
const DOT = 46;
