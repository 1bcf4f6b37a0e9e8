import assert from "node:assert/strict";
import { RedisGameCache, SqliteGameCache } from "../../mod.ts";
import { RedisServer } from "../_redis_server.ts";
import { runTask, SAMPLE, SAMPLE_GAMES, TestFolder } from "./_run_task.ts";

Deno.test("deno task clear removes one set, or all, and nothing else in that Redis", async () => {
  await using server = await RedisServer.start();
  const cache = ["--cache", server.url];
  const index = [SAMPLE, "--max-games", "30", ...cache];
  assert.equal((await runTask("index", index)).code, 0);
  await server.cli("SET", "chess:other", "stays");
  await server.cli("SET", "mine", "stays");

  const one = await runTask("clear", ["tactical", "--yes", "--json", ...cache]);
  assert.equal(one.code, 0, one.stderr);
  assert.equal(one.json().removedGames, 30);
  assert.deepEqual(one.json().removedSets, ["tactical"]);
  assert.equal((await server.cli("KEYS", "chess:*:tactical*")).trim(), "");
  {
    await using redis = new RedisGameCache({ url: server.url });
    assert.equal(await redis.getTotalGames("positional"), 30);
  }

  const all = await runTask("clear", ["--all", "--yes", ...cache]);
  assert.equal(all.code, 0, all.stderr);
  assert.match(all.stdout, /^Removed 30 games of positional from redis:/);
  assert.deepEqual(
    (await server.cli("KEYS", "*")).trim().split("\n").sort(),
    ["chess:other", "mine"],
  );
});

Deno.test("GameCache.clear() says of each step how many games it removed", async () => {
  await using folder = new TestFolder();
  await using server = await RedisServer.start();
  const games = Array(12_000).fill("1. e4 *");
  for (
    const cache of [
      new RedisGameCache({ url: server.url }),
      new SqliteGameCache(`${folder.path}/games.sqlite`),
    ]
  ) {
    await using _ = cache;
    await cache.storeGames("mine", 0, games);
    const steps: number[] = [];
    const removed = await cache.clear("mine", (games) => steps.push(games));
    assert.equal(removed, games.length);
    assert.ok(steps.length > 1);
    const sum = steps.reduce((sum, games) => sum + games, 0);
    assert.ok(sum >= games.length && sum < 2 * games.length, `${sum}`);
  }
});

Deno.test("deno task clear removes nothing without a terminal and --yes", async () => {
  await using server = await RedisServer.start();
  const cache = ["--cache", server.url];
  const index = [SAMPLE, "--max-games", "3", ...cache];
  assert.equal((await runTask("index", index)).code, 0);
  const { code, stderr } = await runTask("clear", ["tactical", ...cache]);
  assert.equal(code, 2);
  assert.match(stderr, /--yes/);
  await using redis = new RedisGameCache({ url: server.url });
  assert.equal(await redis.getTotalGames("tactical"), 3);
});

Deno.test("deno task clear asks on a terminal", async () => {
  await using server = await RedisServer.start();
  const cache = ["--cache", server.url];
  const index = [SAMPLE, "--max-games", "3", ...cache];
  assert.equal((await runTask("index", index)).code, 0);
  await using redis = new RedisGameCache({ url: server.url });
  for (const [answer, games] of [["n", 3], ["y", 0]] as const) {
    const deno = Deno.execPath();
    const command =
      `'${deno}' run --allow-read --allow-net --allow-env=GAME_CACHE_URL,REDIS_URL,INIT_CWD ` +
      `tasks/clear.ts tactical --cache ${server.url}`;
    // script(1) gives it a terminal.
    const child = new Deno.Command("script", {
      args: ["-qec", command, "/dev/null"],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(`${answer}\n`));
    const { code, stdout } = await child.output();
    await writer.close().catch(() => {});
    const text = new TextDecoder().decode(stdout);
    assert.equal(code, 0, text);
    assert.match(text, /Remove tactical \(3 games\) from redis:/);
    assert.match(text, games === 3 ? /Nothing was removed/ : /Removed 3 games/);
    assert.equal(await redis.getTotalGames("tactical"), games);
  }
});

Deno.test("deno task clear removes a set that is damaged", async () => {
  await using server = await RedisServer.start();
  const cache = ["--cache", server.url];
  const index = [SAMPLE, "--max-games", "3", ...cache];
  assert.equal((await runTask("index", index)).code, 0);
  await server.cli("HSET", "chess:meta:tactical", "count", "7");
  await server.cli("DEL", "chess:game:tactical:1");
  const { code, stderr } = await runTask("clear", [
    "tactical",
    "--yes",
    ...cache,
  ]);
  assert.equal(code, 0, stderr);
  assert.equal((await server.cli("KEYS", "chess:*:tactical*")).trim(), "");
  await using redis = new RedisGameCache({ url: server.url });
  assert.equal(await redis.getTotalGames("positional"), 3);
});

Deno.test("deno task clear removes games in batches, and never keeps the server busy with all keys at once", async () => {
  await using server = await RedisServer.start();
  const cache = ["--cache", server.url];
  const index = [SAMPLE, "--playstyle", "all", ...cache];
  assert.equal((await runTask("index", index)).code, 0);
  await server.cli("CONFIG", "RESETSTAT");
  assert.equal((await runTask("clear", ["all", "--yes", ...cache])).code, 0);
  const stats = await server.cli("INFO", "commandstats");
  const calls = (command: string) =>
    Number(stats.match(`cmdstat_${command}:calls=(\\d+)`)?.[1] ?? 0);
  assert.ok(calls("unlink") >= SAMPLE_GAMES / 1000, stats);
  for (const command of ["keys", "flushdb", "flushall"]) {
    assert.equal(calls(command), 0, stats);
  }
  assert.equal((await server.cli("DBSIZE")).trim(), "0");
});

Deno.test("deno task clear never touches keys of another program, and counts them", async () => {
  await using server = await RedisServer.start();
  const cache = ["--cache", server.url];
  const foreign = ["chess:game:tactical:0", "chess:game:bob:7"];
  for (const key of foreign) await server.cli("SET", key, "theirs");
  await server.cli("HSET", "chess:meta:users", "name", "theirs");
  const index = [SAMPLE, "--playstyle", "positional", "--max-games", "3"];
  assert.equal((await runTask("index", [...index, ...cache])).code, 0);

  const one = await runTask("clear", ["tactical", "--yes", ...cache]);
  assert.equal(one.code, 1);
  assert.match(one.stderr, /no such set\. Keys of other programs .*: 1$/m);
  const all = await runTask("clear", ["--all", "--yes", "--json", ...cache]);
  assert.equal(all.code, 0, all.stderr);
  const { removedGames, removedSets, foreignGames } = all.json();
  assert.deepEqual(
    [removedGames, removedSets, foreignGames],
    [3, ["positional"], 2],
  );
  for (const key of foreign) {
    assert.equal((await server.cli("GET", key)).trim(), "theirs");
  }
  assert.equal((await server.cli("DBSIZE")).trim(), "3");
});

Deno.test("deno task clear names a set that is not there", async () => {
  await using server = await RedisServer.start();
  const { code, stderr } = await runTask("clear", [
    "mine",
    "--yes",
    "--cache",
    server.url,
  ]);
  assert.equal(code, 1);
  assert.match(stderr, /^error: Cannot clear mine/m);
});

Deno.test("deno task clear wants one set, or --all", async () => {
  for (
    const args of [[], ["a", "b"], ["a", "--all"], ["a", "--al"], ["A B"]]
  ) {
    const { code } = await runTask("clear", [...args, "--yes"]);
    assert.equal(code, 2, args.join(" "));
  }
});
