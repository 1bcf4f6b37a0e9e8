// Odd texts and what is read from them, the same on every way that a game can take.
import assert from "node:assert/strict";
import { GameMatcher } from "../../src/filter/game_matcher.ts";
import { Game, gameFromUtf8 } from "../../src/game.ts";
import { compactGame } from "../../src/pgn/compact_game.ts";
import { copyUtf8, rawGame } from "../../src/pgn/raw_game.ts";
import { PgnSplitter } from "../../src/pgn/splitter/pgn_splitter.ts";
import { ALL_CASES } from "../_pgn_cases.ts";

/** Splits a text cut in two, and copies its games. */
function split(
  bytes: Uint8Array,
  cut: number,
  isStepwise: boolean,
): Uint8Array[] {
  const splitter = new PgnSplitter({ isStepwise });
  return [
    ...splitter.push(bytes.subarray(0, cut)).map(copyUtf8),
    ...splitter.push(bytes.subarray(cut)).map(copyUtf8),
    ...splitter.end().map(copyUtf8),
  ];
}

function play(game: Uint8Array): string | null {
  try {
    return Array.from(gameFromUtf8(game).mainline(), ({ uci }) => uci).join(
      " ",
    );
  } catch {
    return null;
  }
}

for (const [claim, text, games] of ALL_CASES) {
  Deno.test(`PGN: ${claim}`, () => {
    const bytes = new TextEncoder().encode(text);
    for (let cut = 0; cut <= bytes.length; cut++) {
      for (const isStepwise of [false, true]) {
        assert.deepEqual(
          split(bytes, cut, isStepwise).map(play),
          games,
          `cut at ${cut}`,
        );
      }
    }
    for (const game of split(bytes, 0, false)) {
      const compact = compactGame(game);
      assert.equal(play(compact), play(game));
      assert.deepEqual(compactGame(compact), compact);
      const plies = play(game)?.split(" ").length;
      if (plies === undefined) continue;
      for (const one of [game, compact]) {
        const passes = (minPlies: number) =>
          new GameMatcher({ minPlies }).rejection(rawGame(one)) === 0;
        assert.ok(passes(plies) && !passes(plies + 1));
      }
    }
  });
}

Deno.test("PGN: a command is read alike over lines, by Game and by filters", () => {
  const pgn =
    "1. e4 {[%clk\n0:05:00]} e5 {[%clk \r\n 0:04:59 ]} (2. d4 {[%eval 1]}) 1-0";
  const clocks = Array.from(new Game(pgn).mainline(), ({ clock }) => clock);
  assert.deepEqual(clocks, [300, 299]);
  const game = rawGame(new TextEncoder().encode(pgn));
  assert.equal(new GameMatcher({ hasClock: true }).rejection(game), 0);
  assert.equal(new GameMatcher({ hasEval: false }).rejection(game), 0);
});
