import assert from "node:assert/strict";
import { RedisGameCache } from "../../src/cache/redis_game_cache.ts";
import { RedisCluster } from "../_redis_cluster.ts";
import { runScript } from "./_script.ts";
import { batch, info, pgns, read, spec, write } from "./_stores.ts";

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
