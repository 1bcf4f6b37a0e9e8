// The stage of a chain that passes on the games of a filter.
import { type Game, gameRaw } from "./game.ts";
import type { GameFilter } from "./filter/game_filter.ts";
import { GameMatcher } from "./filter/game_matcher.ts";

/**
 * Passes on the games that pass a filter, in order.
 *
 * @example Usage
 * ```ts
 * import { Game, GameFilterStream } from "@chess/game-cache";
 * import assert from "node:assert/strict";
 *
 * const games = ReadableStream.from([
 *   new Game(`[ECO "B90"]\n\n1. e4 c5 1-0`),
 *   new Game(`[ECO "D37"]\n\n1. d4 d5 0-1`),
 * ]).pipeThrough(new GameFilterStream({ playstyle: "tactical" }));
 *
 * const codes = (await Array.fromAsync(games)).map((game) => game.tags.ECO);
 * assert.deepEqual(codes, ["B90"]);
 * ```
 */
export class GameFilterStream extends TransformStream<Game, Game> {
  /**
   * Creates a stage that lets games through by a filter.
   *
   * @param filter Which games pass.
   * @throws {TypeError} If a field is unknown or of the wrong type.
   * @throws {RangeError} If a value is not allowed.
   */
  constructor(filter: GameFilter) {
    const matcher = new GameMatcher(filter);
    super({
      transform(game, controller) {
        if (matcher.rejection(gameRaw(game)) === 0) controller.enqueue(game);
      },
    });
  }
}
