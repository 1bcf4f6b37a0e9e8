import assert from "node:assert/strict";
import { compactGame } from "../../src/pgn/compact_game.ts";
import { Game } from "../../src/game.ts";
import { GameMatcher } from "../../src/filter/game_matcher.ts";
import { indexGames } from "../../src/game_indexer.ts";
import { GameLoader } from "../../src/game_loader.ts";
import type { GameQuery } from "../../src/game_query.ts";
import { PgnError } from "../../src/chess/pgn_error.ts";
import { errorOf, setOf, startCaches, tempFolder, texts } from "../_games.ts";
import { rawOf, seeded } from "../_pgn_data.ts";
import { randomFilter } from "../_random_filter.ts";
import { archivePath, available } from "../_archives.ts";

const FILES = available([
  "made/2013.pgn",
  "made/2021.pgn.zst",
  "made/export.pgn",
  "lichess/db_2013-02_reprocessed_dups_2551.pgn.zst",
  "lichess/db_2021-10_first999.concat-frames.pgn.zst",
  "lichess/export_eval_clk_2023-2024_1000.pgn.zst",
]);

Deno.test("compactGame() keeps the moves and the tags that are looked at", () => {
  const tags = '[Event "Rated Blitz game"]\n[White "Ødegård"]\n' +
    '[ECO "B20"]\n[UTCTime "10:00:00"]\n[WhiteElo "1900"]\n\n';
  const kept = '[Event "Rated Blitz game"]\n[ECO "B20"]\n[WhiteElo "1900"]\n\n';
  for (
    const [movetext, compact] of [
      ["1. e4 { [%clk 0:01:00] } 1... e5 2. Nf3 *", "1. e4 e5 2. Nf3 *"],
      [
        "1. e4! $1 (1. d4 {a (b} d5 (1... Nf6)) 1... e5?! 1-0",
        "1. e4! e5?! 1-0",
      ],
      ["1. e4 1...e5 2. O-O-O+ exd8=Q# 0-1", "1. e4 e5 2. O-O-O+ exd8=Q# 0-1"],
      [" 0-1", "0-1"],
      ["{ before } 1... Nf6 { x }\n\n2. c4 1/2-1/2", "1... Nf6 2. c4 1/2-1/2"],
      ["", ""],
      ["1. e4 ; rest { of line\n1... e5 { a } *", "1. e4 e5 *"],
      ["1. e4) 1... e5 += *", "1. e4 e5 *"],
      ["1. e4 -- { a } 2. d4 *", "1. e4 -- 2. d4 *"],
      // Left as they are: what is not understood.
      ["1. e4 { open", ""],
      ["1. e4 (1. d4 1... e5 *", ""],
      ["1. e4 odd { a } *", ""],
    ]
  ) {
    assert.equal(
      compactText(tags + movetext),
      (kept + (compact || movetext)).trim(),
    );
  }
  assert.equal(compactText('[Annotator "x"]\n'), '[Annotator "x"]\n');
  assert.equal(
    compactText('[ECO "A00"] [White "]"] [ECO "B00"]\n; line\n1. e4 *'),
    '[ECO "A00"]\n[ECO "B00"]\n\n1. e4 *',
  );
});

for (const file of FILES) {
  Deno.test({
    name:
      `compactGame() leaves moves and filters of games as they are: ${file}`,
    async fn() {
      const random = seeded(4);
      const judges = Array.from({ length: 20 }, () => {
        const filter = randomFilter(random);
        return new GameMatcher({
          ...filter,
          hasEval: undefined,
          hasClock: undefined,
        });
      });
      await using loader = new GameLoader(archivePath(file), {
        cache: null,
      });
      let before = 0;
      let after = 0;
      for await (const game of loader.loadGames({ maxGames: 400 })) {
        const compact = compactText(game.pgn);
        before += game.pgn.length;
        after += compact.length;
        assert.equal(compactText(compact), compact);
        assert.deepEqual(movesOf(compact), movesOf(game.pgn));
        for (const judge of judges) {
          assert.equal(
            judge.rejectedBy(rawOf(compact)),
            judge.rejectedBy(rawOf(game.pgn)),
            game.pgn,
          );
        }
      }
      const hasClocks = !file.includes("2013");
      assert(after / before < (hasClocks ? 0.45 : 0.9), String(after / before));
    },
  });
}

Deno.test("GameLoader gives the same compact games from archive and caches, and never from a set of the other kind", async () => {
  await using folder = await tempFolder();
  await using caches = await startCaches();
  const games: string[] = [];
  for (let i = 0; i < 900; i++) {
    const comment = i % 3 === 0
      ? "{ [%eval 0.1] }"
      : i % 3 === 1
      ? "{ [%clk 0:01:00] }"
      : "{ good }";
    games.push(
      `[Event "Rated game"]\n[White "w${i}"]\n[WhiteElo "${1500 + i}"]\n` +
        `[BlackElo "${1500 + i}"]\n[ECO "${i % 2 ? "B20" : "D30"}"]\n\n` +
        `1. e4 ${comment} 1... e5 (1... c5) 2. Nf3 *\n\n`,
    );
  }
  const path = folder.write("games.pgn", games.join(""));
  const plain = { minRating: 1600 };
  const withEval = { minRating: 1600, hasEval: true };
  const queries: GameQuery[] = [
    plain,
    { ...plain, offset: 100, maxGames: 350 },
    { minRating: 1900, offset: 20, maxGames: 100 },
    { ...plain, minPlies: 3, playstyle: "tactical" },
    { ...plain, minPlies: 4 },
    withEval,
    { ...withEval, minRating: 1800, offset: 7 },
    { ...plain, hasClock: true },
    { ...plain, hasClock: false, hasEval: false },
    { ...withEval, hasClock: false },
  ];
  await using archive = new GameLoader(path, { cache: null });
  for (const cache of [caches.redis, caches.sqlite]) {
    await indexGames(path, cache, [
      { name: "full", filter: plain },
      { name: "compact", filter: plain, compact: true },
      { name: "evals", filter: withEval, compact: true },
    ]);
    assert.equal((await setOf(cache, "compact")).compact, true);
    assert.equal((await setOf(cache, "full")).compact, undefined);
    await using loader = new GameLoader(path, {
      cache,
      onWarning: assert.fail,
    });
    const { hits } = GameLoader.counts;
    for (const query of queries) {
      for (const compact of [false, true]) {
        assert.deepEqual(
          await texts(loader.loadGames({ ...query, compact })),
          await texts(archive.loadGames({ ...query, compact })),
          JSON.stringify({ ...query, compact }),
        );
      }
    }
    // Compact sets answer by their records what their texts cannot tell.
    assert.equal(GameLoader.counts.hits - hits, 2 * queries.length);
    const wrong = { ...plain, set: "full", compact: true };
    const error = await errorOf(() => texts(loader.loadGames(wrong)));
    assert.equal(error.name, "GameCacheError");
    await assert.rejects(
      indexGames(path, cache, [{ name: "full", filter: plain, compact: true }]),
      /it was made not compact/,
    );
  }
  const [game] = await texts(archive.loadGames({ maxGames: 1, compact: true }));
  assert(game.endsWith("\n\n1. e4 e5 2. Nf3 *"), game);
});

function compactText(text: string): string {
  return new TextDecoder().decode(compactGame(new TextEncoder().encode(text)));
}

/** The moves, and what is wrong with the one that cannot be played. */
function movesOf(text: string): string[] {
  const moves: string[] = [];
  try {
    for (const { uci } of new Game(text).mainline()) moves.push(uci);
  } catch (error) {
    assert(error instanceof PgnError);
    moves.push(`${error.reason} at ${error.ply}`);
  }
  return moves;
}
