import assert from "node:assert/strict";
import { join } from "node:path";
import { SqliteGameCache } from "../src/cache/sqlite_game_cache.ts";
import { Game } from "../src/game.ts";
import { indexGames } from "../src/game_indexer.ts";
import { GameLoader } from "../src/game_loader.ts";
import type { GameQuery } from "../src/game_query.ts";
import { tempFolder } from "./_games.ts";

/** Games without GameId and Site, whose hash is that of their text; the others have one. */
const GAMES: readonly string[] = Array.from({ length: 60 }, (_, i) => {
  const name = i % 3 === 1
    ? `[GameId "g${i}"]\n`
    : i % 3 === 2
    ? `[Site "https://lichess.org/abcdef${10 + i}"]\n`
    : "";
  const end = i % 2 === 0 ? "Normal" : "Another";
  return `[Event "Rated Blitz game"]\n${name}[Round "${i}"]\n` +
    `[WhiteElo "${1500 + i}"]\n[BlackElo "1500"]\n[Termination "${end}"]\n` +
    `[UTCDate "0000.00.00"]\n\n1. e4 { [%clk 0:05:${10 + i % 50}] } e5 1-0`;
});
const HASHES: readonly bigint[] = GAMES.map((game) => new Game(game).hash);

const QUERIES: readonly GameQuery[] = [
  {},
  { minRating: 1501 },
  { shuffle: { seed: 7 } },
  { minRating: 1501, shuffle: { seed: 7 }, shard: { index: 1, count: 2 } },
  { split: [0, 0.5] },
  { split: [0.25, 0.75], until: "2030-01-01" },
];

Deno.test("A compact game has the hash of the whole one, from an archive and from a set", async () => {
  await using folder = await tempFolder();
  const path = folder.write("games.pgn", GAMES.join("\n\n") + "\n");
  await using cache = new SqliteGameCache(join(folder.path, "games.sqlite"));
  await indexGames(path, cache, [{ name: "all", filter: {}, compact: true }]);
  await using archive = new GameLoader(path, { cache: null });
  await using cached = new GameLoader(path, { cache });
  for (const query of QUERIES) {
    const whole = await Array.fromAsync(archive.loadGames(query));
    assert.ok(whole.length > 5);
    const expected = whole.map(({ hash }) => hash);
    for (const hash of expected) assert.ok(HASHES.includes(hash));
    for (const loader of [archive, cached]) {
      const { hits } = GameLoader.counts;
      const games = await Array.fromAsync(
        loader.loadGames({ ...query, compact: true }),
      );
      assert.deepEqual(games.map(({ hash }) => hash), expected);
      // A hash of what is left would be another.
      assert.ok(games.some(({ pgn, hash }) => new Game(pgn).hash !== hash));
      assert.equal(GameLoader.counts.hits > hits, loader === cached);
    }
  }
  const games = await Array.fromAsync(cache.getGames("all", 0));
  assert.deepEqual(games.map(({ hash }) => hash), HASHES);
});
