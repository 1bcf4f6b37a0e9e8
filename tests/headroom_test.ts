import assert from "node:assert/strict";
import { GameCacheError } from "../src/cache/game_cache_error.ts";
import { gameKey, metaKey, nextKey } from "../src/cache/redis/redis_keys.ts";
import { RedisGameCache } from "../src/cache/redis_game_cache.ts";
import { indexGames } from "../src/game_indexer.ts";
import { archiveText, setOf, tempFolder } from "./_games.ts";
import { RedisServer } from "./_redis_server.ts";

const LONG_GAME = "{ a comment of some length } ".repeat(30);

Deno.test("indexGames() warns beforehand of games that will not fit, and keeps what fits", async () => {
  await using folder = await tempFolder();
  const path = folder.write(
    "games.pgn",
    archiveText(30_000, (number) => ({
      Annotator: LONG_GAME.slice(0, 1000),
      WhiteElo: String(1500 + number % 1000),
      BlackElo: "2000",
    })),
  );
  await using server = await RedisServer.start({
    args: ["--maxmemory", "20mb"],
  });
  await using cache = new RedisGameCache({ url: server.url });
  const warnings: string[] = [];
  const onWarning = ({ message }: Error) => void warnings.push(message);
  const options = { onWarning, threads: 0 };

  // A third of the games fits, and half of them as often again.
  const good = [{ name: "good", filter: { minRating: 2150 } }];
  await indexGames(path, cache, good, options);
  assert.deepEqual(warnings, []);
  const { count } = await setOf(cache, "good");
  const used = (await cache.stats()).bytes;

  const half = [{ name: "half", filter: { minRating: 1950 } }];
  await assert.rejects(indexGames(path, cache, half, options), (error) => {
    assert(error instanceof GameCacheError);
    return error.fault === "full";
  });
  assert.equal(warnings.length, 1);
  assert.match(
    warnings[0],
    /hardly fit .* about \d+ MB, and \d+ MB of 21 MB are free$/,
  );
  assert((await setOf(cache, "half")).count > 100);
  await cache.clear("half");

  // A rebuild needs room next to the set in use.
  await server.cli("CONFIG", "SET", "maxmemory", Math.round(used * 1.5));
  warnings.length = 0;
  const rebuild = indexGames(path, cache, good, { ...options, replace: true });
  await assert.rejects(rebuild, GameCacheError);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0], /beside the sets that are to be replaced/);
  const { count: kept, isUntidy } = await setOf(cache, "good");
  assert.deepEqual([kept, isUntidy], [count, undefined]);
  // Nothing is to be made, and nothing to be warned of.
  warnings.length = 0;
  await indexGames(path, cache, good, options);
  await indexGames(path, cache, [{ ...good[0], name: "few", maxGames: 100 }], {
    ...options,
  });
  assert.deepEqual(warnings, []);
});

Deno.test("RedisGameCache.clear() makes room on a server that is full", async () => {
  await using folder = await tempFolder();
  const path = folder.write("games.pgn", archiveText(3000));
  await using server = await RedisServer.start();
  await using cache = new RedisGameCache({ url: server.url });
  const games = { name: "games", filter: {} };
  await indexGames(path, cache, [games]);
  // One that was interrupted, with a rebuild beside it.
  const { generation, count } = await setOf(cache, "games");
  const notes = { next: 100, moving: 50, stale: `${generation} other` };
  const fields = Object.entries(notes).flat();
  await server.cli("HSET", metaKey("games"), ...fields);
  for (const i of [20, 70]) {
    await server.cli("SET", nextKey(gameKey("games", i)), "a game");
  }
  await server.cli("CONFIG", "SET", "maxmemory", "1mb");
  await assert.rejects(
    indexGames(path, cache, [{ name: "more", filter: {} }], {
      onWarning() {},
    }),
    /the server's memory is full/,
  );
  assert.equal(await cache.clear("games"), count);
  assert.equal(await server.cli("DBSIZE"), "0");
  await server.cli("CONFIG", "SET", "maxmemory", "100mb");
  await indexGames(path, cache, [games]);
  assert.equal(await cache.getTotalGames("games"), count);
});

Deno.test("RedisGameCache.writer() refuses a server that may throw games away, unless asked to", async () => {
  await using server = await RedisServer.start({
    args: ["--maxmemory", "50mb", "--maxmemory-policy", "allkeys-lru"],
  });
  await using folder = await tempFolder();
  const path = folder.write("games.pgn", archiveText(10));
  await using cache = new RedisGameCache({ url: server.url });
  const sets = [{ name: "all", filter: {} }];
  await assert.rejects(indexGames(path, cache, sets), (error) => {
    assert(error instanceof GameCacheError);
    assert.equal(error.fault, "refused");
    return error.message.includes("allkeys-lru");
  });
  assert.equal(await server.cli("DBSIZE"), "0");
  await indexGames(path, cache, sets, { allowEviction: true });
  assert.equal(await cache.getTotalGames("all"), 10);
  // These throw away only what may expire, and games never do.
  for (const policy of ["volatile-lru", "noeviction"]) {
    await server.cli("CONFIG", "SET", "maxmemory-policy", policy);
    await indexGames(path, cache, [{ name: policy, filter: {} }]);
  }
});
