import assert from "node:assert/strict";
import { GameLoader, SqliteGameCache } from "../../mod.ts";
import { RedisServer } from "../_redis_server.ts";
import { runTask, SAMPLE, TestFolder } from "./_run_task.ts";

Deno.test("deno task stats --json reports all about every set", async () => {
  await using server = await RedisServer.start({
    args: ["--maxmemory", "100mb"],
  });
  const cache = ["--cache", server.url];
  const index = [SAMPLE, "--min-rating", "1800", "--max-games", "50"];
  assert.equal((await runTask("index", [...index, ...cache])).code, 0);
  const ended = await runTask("stats", [...cache, "--json"]);
  assert.equal(ended.code, 0, ended.stderr);
  const stats = ended.json();
  assert.equal(stats.maxBytes, 100 * 1024 * 1024);
  assert.equal(stats.share, stats.bytes / stats.maxBytes);
  assert.deepEqual(
    stats.sets.map(({ name }: { name: string }) => name),
    ["positional", "tactical"],
  );
  const [set] = stats.sets;
  assert.equal(set.count, 50);
  assert.equal(set.state, "capped");
  assert.equal(set.maxGames, 50);
  assert.equal(set.filter.minRating, 1800);
  assert.equal(set.source[0].fileName, "sample.pgn.zst");
  assert.equal(set.source[0].size, (await Deno.stat(SAMPLE)).size);
  assert.match(set.generation, /^[0-9a-zA-Z-]+$/);
  assert.ok(set.ageSeconds >= 0 && set.ageSeconds < 60);
  assert.ok(Math.abs(Date.parse(set.updatedAt) - Date.now()) < 60_000);
  const lengths = await server.cli("STRLEN", "chess:game:positional:0");
  assert.ok(set.textBytes > Number(lengths) * 10);
  assert.equal(set.share, set.textBytes / stats.maxBytes);
  assert.equal(set.lock, undefined);
  assert.deepEqual(
    Object.keys(set.checkpoint).sort(),
    ["badGames", "gamesRead", "rejected"],
  );
});

Deno.test("deno task stats shows numbers to a person in groups of digits", async () => {
  await using folder = new TestFolder();
  const cache = ["--cache", "sqlite:g.sqlite"];
  const options = { cwd: folder.path };
  const index = ["--playstyle", "all", ...cache];
  assert.equal((await runTask("index", index, options)).code, 0);
  const { code, stdout, stderr } = await runTask("stats", cache, options);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^all {2}2,000 games, complete$/m);
  assert.match(stdout, /filter +none$/m);
  assert.match(stdout, /ratings +\d+ to \d+, half of them below \d+$/m);
  assert.match(stdout, /openings +[A-E]\d0-[A-E]\d9 \d+ %, /);
  assert.match(stdout, /age +begun \d\.\d s ago, last written \d\.\d s ago$/m);
  assert.match(stdout, /made from +sample\.pgn\.zst \(996 kB\)/);
  assert.match(stdout, /text +5\.5 MB$/m);
});

Deno.test("deno task stats shows how much of maxmemory is used, and a filter as it was given", async () => {
  await using server = await RedisServer.start();
  const cache = ["--cache", server.url];
  const index = [SAMPLE, "--playstyle", "tactical", "--min-rating", "1800"];
  assert.equal((await runTask("index", [...index, ...cache])).code, 0);
  const unlimited = await runTask("stats", cache);
  assert.match(unlimited.stdout, /^ {2}\d\.\d MB, without a maxmemory$/m);
  await server.cli("CONFIG", "SET", "maxmemory", "100mb");
  const { stdout } = await runTask("stats", cache);
  assert.match(stdout, /^ {2}\d\.\d MB, \d\.\d % of 105 MB$/m);
  assert.match(stdout, /^ {2}text +\d\.\d MB, \d\.\d % of 105 MB$/m);
  assert.match(
    stdout,
    /^ {2}filter +\{"playstyle":"tactical","minRating":1800\}$/m,
  );
});

Deno.test("deno task stats shows who is writing", async () => {
  await using folder = new TestFolder();
  await using cache = new SqliteGameCache(`${folder.path}/g.sqlite`);
  const writer = cache.writer({
    name: "mine",
    filter: {},
    source: [{ fileName: "a.pgn", size: 1, hash: "00" }],
    maxGameLength: 1024,
  }).getWriter();
  await writer.write({
    games: [new TextEncoder().encode('[Event "?"]\n\n1. e4 *')],
    checkpoint: { gamesRead: 1, badGames: 0, rejected: {} },
  });
  const args = ["--cache", "sqlite:g.sqlite"];
  const options = { cwd: folder.path };
  const ended = await runTask("stats", [...args, "--json"], options);
  const shown = await runTask("stats", args, options);
  await writer.close();
  assert.match(shown.stdout, /^ {2}written +since .+Z, held until .+Z$/m);
  assert.equal(ended.code, 0, ended.stderr);
  const [{ state, lock }] = ended.json().sets;
  assert.equal(state, "unfinished");
  assert.ok(Date.parse(lock.since) <= Date.now());
  assert.ok(Date.parse(lock.until) > Date.parse(lock.since));
});

Deno.test("deno task stats ends with status 1 where there is no cache, no server or a wrong password", async () => {
  await using server = await RedisServer.start({ password: "right" });
  const without = server.url.replace(":right@", "");
  const wrong = server.url.replace("right", "wrong");
  for (
    const [url, message] of [
      ["redis://:wrong@127.0.0.1:1", /refused/],
      [without, /password/],
      [wrong, /password/],
    ] as const
  ) {
    const ended = await runTask("stats", ["--cache", url, "--json"]);
    assert.equal(ended.code, 1);
    assert.match(ended.stderr, message);
    assert.match(ended.json().error, message);
    assert.ok(!(ended.stdout + ended.stderr).includes("wrong@"));
  }
  const ended = await runTask("stats", ["--cache", server.url, "--json"]);
  assert.equal(ended.code, 0, ended.stderr);
  assert.ok(!ended.stdout.includes("right"));
  assert.deepEqual(ended.json().sets, []);
});

Deno.test("deno task stats --count counts the games of each set that pass a filter", async () => {
  await using folder = new TestFolder();
  const path = `${folder.path}/g.sqlite`;
  const cache = ["--cache", `sqlite:${path}`];
  assert.equal((await runTask("index", [SAMPLE, ...cache])).code, 0);
  // None of these sets is made with this filter, nor implied by it.
  const filter = { minRating: 1700, timeControl: "blitz" } as const;
  const flags = ["--count", "--min-rating", "1700", "--time-control", "blitz"];
  await using loader = new GameLoader(SAMPLE, { cache: null, threads: 0 });
  const expected: [string, number][] = [];
  for (const playstyle of ["positional", "tactical"] as const) {
    const count = await loader.countGames({ ...filter, playstyle });
    expected.push([playstyle, count]);
  }
  const all = await runTask("stats", [...flags, ...cache, "--json"]);
  assert.equal(all.code, 0, all.stderr);
  assert.deepEqual(
    all.json().sets.map((
      { name, matching }: { name: string; matching: number },
    ) => [name, matching]),
    expected,
  );
  const [[name, count]] = expected;
  const one = await runTask("stats", [name, ...flags, ...cache]);
  assert.match(one.stdout, new RegExp(`passing +${count} games, \\d`));
  assert.ok(count > 10 && count < 1000 && !one.stdout.includes("tactical "));
  const without = await runTask("stats", [name, ...cache, "--json"]);
  assert.equal(without.json().sets[0].matching, undefined);
  const missing = await runTask("stats", ["mine", ...cache]);
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /no such set/);
});

Deno.test("deno task stats refuses what it does not understand with status 2", async () => {
  for (const args of [["a", "b"], ["A!"], ["--min-rating", "2000"]]) {
    assert.equal((await runTask("stats", args)).code, 2);
  }
  const { code, stderr } = await runTask("stats", ["--jsn"]);
  assert.equal(code, 2);
  assert.match(stderr, /did you mean --json\?/);
});
