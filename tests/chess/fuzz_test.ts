import assert from "node:assert/strict";
import { PgnError } from "../../src/chess/pgn_error.ts";
import { parseFen } from "../../src/chess/position.ts";
import { Game, gameFromUtf8, type Ply, replayGame } from "../../src/game.ts";
import { LONG } from "../_shared_data.ts";
import { seededRandom } from "../../tasks/bench/_random.ts";
import { playableGames } from "./_game_files.ts";

/** How a game ends, as one string. */
function end(game: Game): string {
  const replay = replayGame(game);
  let last: Ply | undefined;
  for (const ply of replay) last = ply;
  return `${replay.length} ${replay.result} ${last?.position.fen()}`;
}

const SCRAPS = [
  ...' \n{}();%$[]"\\.-+#=!?*0123456789abcdefghNBRQKOx\0\xe9\u{1f600}',
  "{[%eval 0.1]}",
  "(1. e4 (",
  " 1-0 ",
  "O-O",
  "0-0-0",
  "--",
  "e8=Q",
  "\n\n",
  '[FEN "8/8/8/8/8/8/8/8 w - - 0 1"]\n',
  '[Variant "Chess960"]\n',
  '[FEN "nrbkrqnb/pppppppp/8/8/8/8/PPPPPPPP/NRBKRQNB w KQkq - 0 1"]\n',
  "\r\n",
];

Deno.test({
  name: `Game throws nothing but PgnErrors for ${
    LONG ? "a million" : "20 000"
  } mutated games, and none changes the next`,
  fn() {
    const random = seededRandom(7);
    const below = (limit: number) => Math.floor(random() * limit);
    const games = playableGames(200, 8).filter((pgn) => pgn.length < 8000);
    const ends = games.map((pgn) => end(new Game(pgn)));
    const encoder = new TextEncoder();
    let good = 0;
    let slowest = 0;
    for (let i = 0; i < (LONG ? 1_000_000 : 20_000); i++) {
      let text = games[below(games.length)];
      for (let n = below(4); n >= 0; n--) {
        const at = below(text.length + 1);
        const to = Math.min(text.length, at + 1 + below(1 << below(9)));
        const scrap = SCRAPS[below(SCRAPS.length)];
        const other = games[below(games.length)];
        text = [
          () => text.slice(0, at) + text.slice(to),
          () => text.slice(0, at) + scrap + text.slice(at),
          () => text.slice(0, at) + scrap + text.slice(to),
          () => text.slice(0, to) + text.slice(at),
          () => text.slice(0, at),
          () => text.slice(0, at) + other.slice(below(other.length)),
        ][below(6)]();
      }
      const game = i % 2 === 0
        ? new Game(text)
        : gameFromUtf8(encoder.encode(text));
      const start = performance.now();
      try {
        let last: Ply | undefined;
        for (const ply of game.mainline()) {
          last = ply;
          // Read now and then, as a caller would.
          if (below(50) === 0) void [ply.san, ply.eval, ply.clock];
        }
        good++;
        // What was read is a game: its position is one, too.
        const fen = last?.position.fen();
        if (fen !== undefined) assert.equal(parseFen(fen).fen(), fen);
      } catch (error) {
        if (!(error instanceof PgnError)) {
          assert.fail(`${error} for ${JSON.stringify(text)}`);
        }
      }
      slowest = Math.max(
        slowest,
        (performance.now() - start) / (1000 + text.length),
      );
      if (i % 10 === 0) {
        const next = below(games.length);
        assert.equal(end(new Game(games[next])), ends[next]);
      }
    }
    assert.ok(good > 1000, `${good} mutants could be read`);
    // Milliseconds a character; a pause of the machine is no fault.
    assert.ok(slowest < 1, `${slowest} ms a character`);
  },
});
