import assert from "node:assert/strict";
import type { GameCache } from "../src/cache/game_cache.ts";
import { SqliteGameCache } from "../src/cache/sqlite_game_cache.ts";
import type { GameFilter } from "../src/filter/game_filter.ts";
import { indexGames } from "../src/game_indexer.ts";
import { GameLoader } from "../src/game_loader.ts";
import { archiveText, tempFolder, texts, watched } from "./_games.ts";

const NARROW: GameFilter[] = [
  { minRating: 1700 },
  { eco: "B00-B99", result: "1-0" },
  { minRating: 9000 },
  { since: "2013-01-10", maxRating: 1600, titles: "no-bots" },
  { minPlies: 3 },
  { hasEval: false },
];

async function setUp(count = 3500) {
  const folder = await tempFolder();
  const path = folder.write(
    "games.pgn",
    archiveText(count, (i) => ({ WhiteElo: String(1200 + i * 7 % 900) })),
  );
  const cache = new SqliteGameCache(`${folder.path}/games.sqlite`);
  return {
    path,
    cache,
    async [Symbol.asyncDispose]() {
      await cache.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

function loader(path: string, cache: GameCache | null): GameLoader {
  return new GameLoader(path, {
    cache,
    onWarning: (warning) => assert.fail(warning),
  });
}

Deno.test("GameLoader reads of a wider set only the games that match, at any offset", async () => {
  await using at = await setUp();
  await indexGames(at.path, at.cache, [{ name: "all", filter: {} }]);
  const asked = watched(at.cache);
  for (const filter of NARROW) {
    const all = await texts(loader(at.path, null).loadGames(filter));
    const cached = loader(at.path, asked);
    for (const offset of [0, 1, 99, 100, 731, all.length - 3, all.length + 9]) {
      if (offset < 0) continue;
      const query = { ...filter, offset, maxGames: 150 };
      const some = await texts(cached.loadGames(query));
      assert.deepEqual(some, all.slice(offset, offset + 150), `${offset}`);
    }
    assert.deepEqual(await texts(cached.loadGames(filter)), all);
    assert.equal(await cached.countGames(filter), all.length);
    const part = { ...filter, offset: 5, maxGames: 20 };
    const rest = Math.max(0, Math.min(20, all.length - 5));
    assert.equal(await cached.countGames(part), rest);
    assert.equal(await loader(at.path, null).countGames(filter), all.length);
  }
});

Deno.test("GameLoader reads records once for a set and a filter", async () => {
  await using at = await setUp();
  await indexGames(at.path, at.cache, [{ name: "all", filter: {} }]);
  const [set] = await at.cache.sets();
  let read = 0;
  const readRecords = at.cache.readRecords.bind(at.cache);
  at.cache.readRecords = (set, first, end, options) => {
    read += end - first;
    return readRecords(set, first, end, options);
  };
  const query = { minRating: 1650, maxGames: 10 };
  const cached = loader(at.path, at.cache);
  await texts(cached.loadGames(query));
  assert.equal(read, 1000); // as far as it was needed
  await texts(cached.loadGames({ ...query, offset: 20 }));
  assert.equal(read, 1000);
  await cached.countGames({ minRating: 1650 });
  assert.equal(read, set.count);
  await texts(loader(at.path, at.cache).loadGames({ minRating: 1650 }));
  assert.equal(read, set.count);
});

Deno.test("GameLoader counts on where a set has grown, and anew where it was replaced", async () => {
  await using at = await setUp();
  const filter = { minRating: 1700 };
  const all = await texts(loader(at.path, null).loadGames(filter));
  for (const maxGames of [1500, 2700, undefined]) {
    await indexGames(at.path, at.cache, [
      { name: "all", filter: {}, maxGames },
    ]);
    const cached = loader(at.path, at.cache);
    assert.equal(await cached.countGames(filter), all.length);
    assert.deepEqual(await texts(cached.loadGames(filter)), all);
  }
  await indexGames(at.path, at.cache, [{ name: "all", filter: {} }], {
    replace: true,
  });
  assert.equal(await loader(at.path, at.cache).countGames(filter), all.length);
});

Deno.test("GameLoader asks compact sets for evaluations and clocks, by their records", async () => {
  await using folder = await tempFolder();
  const games = Array.from({ length: 50 }, (_, i) => {
    const clock = i % 3 === 0 ? " { [%clk 0:03:00] }" : "";
    return `[Event "e"]\n[Site "s${i}"]\n[Result "1-0"]\n\n1. e4${clock} e5 1-0`;
  });
  const path = folder.write("games.pgn", games.join("\n\n"));
  await using cache = new SqliteGameCache(`${folder.path}/games.sqlite`);
  await indexGames(path, cache, [{ name: "all", filter: {}, compact: true }]);
  const query = { hasClock: true, compact: true };
  const cached = new GameLoader(path, { cache });
  const before = GameLoader.counts;
  const some = await texts(cached.loadGames({ ...query, set: "all" }));
  assert.equal(GameLoader.counts.hits, before.hits + 1);
  const alone = new GameLoader(path, { cache: null });
  assert.deepEqual(some, await texts(alone.loadGames(query)));
  assert.equal(some.length, 17);
});

Deno.test("GameLoader.countGames() refuses standard input", async () => {
  const input = new GameLoader("-", { cache: null });
  await assert.rejects(input.countGames(), { name: "TypeError" });
});
