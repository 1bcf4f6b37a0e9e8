// The stage of a chain that cuts bytes into games.
import { isUtf8 } from "node:buffer";
import { FILTER_TAGS } from "./filter/game_matcher.ts";
import { type Game, gameFromRaw, gameFromUtf8 } from "./game.ts";
import type { PgnSplitterOptions } from "./pgn/splitter/bad_game.ts";
import { PgnSplitter } from "./pgn/splitter/pgn_splitter.ts";
import { copyUtf8, type RawGame } from "./pgn/raw_game.ts";

/**
 * Cuts the bytes of a PGN file into games, one a chunk, wherever the chunks of
 * bytes are cut.
 *
 * A game begins with its first tag, or without tags with the first move
 * number. It ends with its result, or where a line begins with a tag of the
 * next game; an empty line alone does not end it. White space around a game is
 * left out, and other text between games is dropped.
 *
 * It tolerates CRLF, a byte order mark, `%` lines, `;` comments, nested
 * variations, empty lines and tags in comments, missing empty lines, several
 * tags on a line, moves on a tag's line, NUL bytes, and games without tags,
 * moves or result. A game whose bytes are no UTF-8 is read as windows-1252. A
 * game with a comment that is never closed, and one longer than
 * `maxGameLength`, is skipped and reported to `onBadGame`.
 *
 * @example Usage
 * ```ts
 * import { PgnSplitterStream } from "@chess/game-cache";
 * import assert from "node:assert/strict";
 *
 * const pgn = `[Event "A"]\n\n1. e4 1-0\n\n[Event "B"]\n\n1. d4 *\n`;
 * const games = await Array.fromAsync(
 *   new Blob([pgn]).stream().pipeThrough(new PgnSplitterStream()),
 * );
 *
 * assert.deepEqual(games.map((game) => game.tags.Event), ["A", "B"]);
 * assert.equal(games[0].pgn, `[Event "A"]\n\n1. e4 1-0`);
 * ```
 */
export class PgnSplitterStream extends TransformStream<Uint8Array, Game> {
  /**
   * Creates a stage that cuts bytes into games.
   *
   * @param options The longest game, and who is told of games skipped.
   * @throws {RangeError} If `maxGameLength` is not a positive integer.
   */
  constructor(options: PgnSplitterOptions = {}) {
    // A filter that follows finds its tags where the splitter has seen them.
    const splitter = new PgnSplitter({ ...options, tagNames: FILTER_TAGS });
    super({
      transform(bytes, controller) {
        enqueueAll(splitter.push(bytes), controller);
      },
      flush(controller) {
        enqueueAll(splitter.end(), controller);
      },
    });
  }
}

function enqueueAll(
  games: readonly RawGame[],
  controller: TransformStreamDefaultController<Game>,
): void {
  for (let first = 0; first < games.length;) {
    let next = first;
    let size = 0;
    while (next < games.length && size < SLAB_SIZE) {
      size += games[next].end - games[next].start;
      next++;
    }
    enqueueSlab(games.slice(first, next), size, controller);
    first = next;
  }
}

/** Copies a few games into memory of their own, which they share. */
function enqueueSlab(
  games: readonly RawGame[],
  size: number,
  controller: TransformStreamDefaultController<Game>,
): void {
  const slab = new Uint8Array(size);
  let at = 0;
  for (const { bytes, start, end } of games) {
    slab.set(bytes.subarray(start, end), at);
    at += end - start;
  }
  if (!isUtf8(slab)) {
    for (const game of games) controller.enqueue(gameFromUtf8(copyUtf8(game)));
    return;
  }
  at = 0;
  for (const { start, end, spans, index } of games) {
    const next = at + end - start;
    controller.enqueue(
      gameFromRaw({ bytes: slab, start: at, end: next, spans, index }),
    );
    at = next;
  }
}

/** A game that is kept holds on to no more bytes of others than these. */
const SLAB_SIZE = 8192;
