import assert from "node:assert/strict";
import { RedisGameCache } from "../../src/cache/redis_game_cache.ts";
import { indexGames } from "../../src/game_indexer.ts";
import { GameLoader } from "../../src/game_loader.ts";
import type { GameQuery } from "../../src/game_query.ts";
import { archiveText, tempFolder, texts } from "../_games.ts";
import { seeded } from "../_pgn_data.ts";
import { randomFilter } from "../_random_filter.ts";
import { RedisCluster } from "../_redis_cluster.ts";
import { runScript } from "./_script.ts";
import { batch, info, pgns, read, spec, write } from "./_stores.ts";

const QUERIES = 200;

Deno.test(`RedisGameCache on a cluster answers ${QUERIES} random queries as the archive, also while a master is killed`, async () => {
  await using cluster = await RedisCluster.start();
  await using folder = await tempFolder();
  const random = seeded(5);
  const path = folder.write(
    "games.pgn",
    archiveText(2500, () => {
      const rating = String(1200 + Math.floor(random() * 1400));
      return {
        WhiteElo: rating,
        BlackElo: rating,
        Result: random() < 0.5 ? "1-0" : "0-1",
        TimeControl: random() < 0.5 ? "60+0" : "600+5",
      };
    }),
  );
  await using cache = new RedisGameCache({
    url: cluster.url,
    commandTimeout: 6000,
  });
  await indexGames(path, cache, [
    { name: "all", filter: {} },
    { name: "good", filter: { minRating: 1800 } },
  ]);
  // The games are spread over all masters, and their replicas.
  for (const server of cluster.servers) {
    assert(Number(await server.cli("DBSIZE")) > 500);
  }
  await using archive = new GameLoader(path, { cache: null });
  await using loader = new GameLoader(path, {
    cache,
    onWarning: assert.fail,
  });
  for (let n = 0; n < QUERIES; n++) {
    const query: GameQuery = {
      ...n % 3 === 0 ? randomFilter(random) : {},
      ...n % 2 === 0 ? { minRating: 1800, ratingOf: "average" } : {},
      offset: Math.floor(random() * 300),
      maxGames: Math.floor(random() * 900),
    };
    const expected = await texts(archive.loadGames(query));
    if (n !== QUERIES >> 1) {
      assert.deepEqual(
        await texts(loader.loadGames(query)),
        expected,
        JSON.stringify(query),
      );
      continue;
    }
    // In the middle of an answer.
    const games: string[] = [];
    const whole = await texts(archive.loadGames());
    for await (const { pgn } of loader.loadGames()) {
      if (games.push(pgn) === 300) await cluster.masters[1].kill();
    }
    assert.deepEqual(games, whole);
  }
  // The replica has taken its place, and can be written to.
  await cluster.ready(2);
  await write(cache, spec("new"), pgns("new", 0, 500));
  assert.deepEqual(await read(cache, "new"), pgns("new", 0, 500));
  await cache.clearAll();
  assert.deepEqual(await cache.sets(), []);
  await cache.close();
});

Deno.test("RedisGameCache on a cluster rebuilds, clears, finds damage, reads replicas and lets the process end", async () => {
  await using cluster = await RedisCluster.start();
  await using cache = new RedisGameCache({ url: cluster.url });
  await write(cache, spec("all"), pgns("old", 0, 1500));
  await write(cache, spec("all"), pgns("new", 0, 1200), { replace: true });
  assert.equal((await info(cache, "all")).isUntidy, undefined);
  assert.deepEqual(await read(cache, "all"), pgns("new", 0, 1200));
  const writer = cache.writer(spec("b")).getWriter();
  await writer.write(batch(pgns("b", 0, 10)));
  await writer.abort();
  const { bytes, sets } = await cache.stats();
  assert.deepEqual(sets.map(({ name, count }) => [name, count]), [
    ["all", 1200],
    ["b", 10],
  ]);
  assert(bytes > 3_000_000);

  await using replicas = new RedisGameCache({
    url: cluster.url,
    useReplicas: true,
  });
  for (let n = 0; n < 3; n++) {
    assert.deepEqual(await read(replicas, "all"), pgns("new", 0, 1200));
  }
  const asked = await Promise.all(
    cluster.replicas.map((replica) => replica.cli("INFO", "commandstats")),
  );
  assert(asked.some((stats) => stats.includes("cmdstat_get:")));
  await replicas.close();

  const { code, stdout, stderr } = await runScript(
    `import { RedisGameCache } from "../../src/cache/redis_game_cache.ts";
    const cache = new RedisGameCache({ url: "${cluster.url}" });
    let count = 0;
    for await (const _ of cache.getGames("all", 0)) count++;
    console.log(count);`,
    ["--allow-net=127.0.0.1"],
  );
  assert.deepEqual([code, stdout.trim(), stderr], [0, "1200", ""]);

  // Of the node that the others name nobody is asked.
  const [first, second, third] = cluster.masters.map(({ port }) =>
    `127.0.0.1:${port}`
  );
  const denied = await runScript(
    `import { RedisGameCache } from "../../src/cache/redis_game_cache.ts";
    await using cache = new RedisGameCache({ url: "${cluster.url}" });
    for await (const _ of cache.getGames("all", 0));`,
    [`--allow-net=${first},${second}`],
  );
  assert.equal(denied.code, 1);
  assert.match(denied.stderr, new RegExp(`requires --allow-net=${third}\\b`));

  await Promise.all(
    cluster.masters.map((master) =>
      master.cli("DEL", "chess:game:all:700").catch(() => {})
    ),
  );
  await assert.rejects(read(cache, "all"), { key: "chess:game:all:700" });
  assert.equal(await cache.clearAll(), 1210);
  for (const master of cluster.masters) {
    assert.equal(await master.cli("DBSIZE"), "0");
  }
  await cache.close();
});
