import assert from "node:assert/strict";
import { RedisGameCache } from "../src/cache/redis_game_cache.ts";
import { indexGames } from "../src/game_indexer.ts";
import { GameLoader } from "../src/game_loader.ts";
import { archiveText, setOf, tempFolder, texts } from "./_games.ts";
import { RedisServer } from "./_redis_server.ts";
import { runScript } from "./_run_script.ts";

const NODES = 8;

Deno.test(`GameLoader gives ${NODES} processes their slices at once from one server`, async () => {
  await using folder = await tempFolder();
  const path = folder.write("games.pgn", archiveText(4000));
  await using server = await RedisServer.start();
  await using cache = new RedisGameCache({ url: server.url });
  await indexGames(path, cache, [{ name: "all", filter: {} }]);
  await using archive = new GameLoader(path, { cache: null });
  const expected = await texts(archive.loadGames());
  // The nodes do not have the archive: all they know is its name.
  const slices = await Promise.all(
    Array.from({ length: NODES }, async (_, k) => {
      await using own = await tempFolder();
      const { code, stdout, stderr } = await runScript(
        own.path,
        `import { GameLoader } from "@chess/game-cache";
      const loader = new GameLoader("games.pgn");
      const size = Math.ceil(4000 / ${NODES});
      const query = { offset: ${k} * size, maxGames: size };
      const games = [];
      for await (const { pgn } of loader.loadGames(query)) games.push(pgn);
      const { hits, misses, fallbacks } = GameLoader.counts;
      console.log(JSON.stringify({ games, counts: [hits, misses, fallbacks] }));`,
        [
          "--allow-net=127.0.0.1",
          "--allow-read=.",
          "--allow-env=GAME_CACHE_URL",
        ],
        { env: { GAME_CACHE_URL: server.url } },
      );
      assert.equal(code, 0, stderr);
      assert.equal(stderr, "");
      const { games, counts } = JSON.parse(stdout);
      assert.deepEqual(counts, [1, 0, 0]);
      return games as string[];
    }),
  );
  assert.deepEqual(slices.flat(), expected);
  await cache.close();
});

Deno.test("GameLoader.counts reports hits, misses and fallbacks", async () => {
  await using folder = await tempFolder();
  const path = folder.write("games.pgn", archiveText(1000));
  await using server = await RedisServer.start();
  await using cache = new RedisGameCache({ url: server.url });
  await indexGames(path, cache, [{ name: "all", filter: { minRating: 1000 } }]);
  const options = { cache, onWarning: () => {} };
  await using loader = new GameLoader(path, options);
  const told = async (act: () => Promise<unknown>) => {
    const { hits, misses, fallbacks } = GameLoader.counts;
    await act();
    const now = GameLoader.counts;
    return [now.hits - hits, now.misses - misses, now.fallbacks - fallbacks];
  };
  const load = (query = {}) => texts(loader.loadGames(query));
  assert.deepEqual(await told(() => load({ minRating: 1000 })), [1, 0, 0]);
  assert.deepEqual(await told(() => load()), [0, 1, 0]);
  await server.cli("DEL", "chess:game:all:500");
  assert.deepEqual(await told(() => load({ minRating: 1000 })), [1, 0, 1]);
  await server.kill();
  assert.deepEqual(await told(() => load({ minRating: 1000 })), [0, 0, 1]);
  assert.deepEqual(await told(() => load({ minRating: 1000 })), [0, 0, 1]);
});

Deno.test("indexGames() counts a set's games by rating and opening, also when it continues", async () => {
  await using folder = await tempFolder();
  const text = archiveText(900, (number) => ({
    WhiteElo: String(1400 + number % 300),
    BlackElo: number % 10 === 0 ? "?" : String(1400 + number % 300),
    ECO: number % 3 === 0 ? "B20" : number % 3 === 1 ? "C65" : "?",
  }));
  const path = folder.write("games.pgn", text);
  await using server = await RedisServer.start();
  await using cache = new RedisGameCache({ url: server.url });
  for (const maxGames of [200, 900]) {
    await indexGames(path, cache, [{ name: "all", filter: {}, maxGames }]);
  }
  assert.deepEqual((await setOf(cache, "all")).checkpoint.histogram, {
    ratings: { 14: 270, 15: 270, 16: 270 },
    openings: { B2: 300, C6: 300 },
  });
});
