import assert from "node:assert/strict";
import { SampleExtractor } from "../../mod.ts";
import { RedisServer } from "../_redis_server.ts";
import { runTask, SAMPLE, startTask, TestFolder } from "./_run_task.ts";

function linesOf(text: string): string[] {
  return text.split("\n").slice(0, -1);
}

Deno.test("deno task sample prints what the extractor gives, one JSON object a line", async () => {
  const { code, stdout, stderr } = await runTask("sample", [
    SAMPLE,
    "--playstyle",
    "tactical",
    "--min-rating",
    "1800",
    "--offset",
    "10",
    "--max-games",
    "20",
    "--skip-plies",
    "4",
    "--min-pieces",
    "8",
    "--sample-rate",
    "0.5",
    "--max-per-game",
    "7",
    "--seed",
    "3",
    "--castling",
    "king-takes-rook",
  ]);
  assert.equal(code, 0, stderr);
  await using extractor = new SampleExtractor(SAMPLE, {
    skipPlies: 4,
    minPieces: 8,
    sampleRate: 0.5,
    maxPerGame: 7,
    seed: 3,
    castling: "king-takes-rook",
  });
  const expected: string[] = [];
  const query = {
    playstyle: "tactical",
    minRating: 1800,
    offset: 10,
    maxGames: 20,
  } as const;
  for await (const sample of extractor.extractSamples(query)) {
    expected.push(JSON.stringify(sample));
  }
  assert.ok(expected.length > 50);
  assert.deepEqual(linesOf(stdout), expected);
  assert.match(stderr, /^\d+ samples of 20 games; /m);
});

Deno.test("deno task sample prints the same from a cache as from the archive", async () => {
  await using server = await RedisServer.start();
  const cache = ["--cache", server.url];
  const index = [SAMPLE, "--playstyle", "positional", ...cache];
  assert.equal((await runTask("index", index)).code, 0);
  const round = [SAMPLE, "--playstyle", "positional", "--max-games", "5"];
  await using folder = new TestFolder();
  const fromArchive = await runTask(
    "sample",
    [...round, "--cache", "sqlite:nowhere.sqlite"],
    { cwd: folder.path },
  );
  const before = await server.cli("INFO", "stats");
  const fromCache = await runTask("sample", [
    ...round,
    "--set",
    "positional",
    ...cache,
  ]);
  const hits = (info: string) => Number(info.match(/keyspace_hits:(\d+)/)?.[1]);
  assert.equal(fromCache.code, 0, fromCache.stderr);
  assert.equal(fromArchive.code, 0, fromArchive.stderr);
  assert.equal(fromCache.stdout, fromArchive.stdout);
  assert.ok(hits(await server.cli("INFO", "stats")) - hits(before) >= 5);
});

Deno.test("deno task sample --compact prints the same from a compact set as from the archive", async () => {
  await using folder = new TestFolder();
  const options = { cwd: folder.path };
  const cache = ["--cache", "sqlite:g.sqlite"];
  const set = ["--playstyle", "tactical", "--compact"];
  const index = await runTask("index", [SAMPLE, ...set, ...cache], options);
  assert.equal(index.code, 0, index.stderr);
  const stats = await runTask("stats", cache, options);
  assert.match(stats.stdout, /^tactical .*, complete, compact$/m);
  const round = [SAMPLE, ...set, "--max-games", "20"];
  const [fromSet, fromArchive] = await Promise.all([
    runTask("sample", [...round, "--set", "tactical", ...cache], options),
    runTask("sample", [...round, "--cache", "sqlite:nowhere.sqlite"], options),
  ]);
  assert.equal(fromSet.code, 0, fromSet.stderr);
  assert.equal(fromSet.stdout, fromArchive.stdout);
  assert.ok(linesOf(fromSet.stdout).length > 100);
  assert.ok(!fromSet.stdout.includes("clock"));
});

Deno.test("deno task sample continues from the archive where the cache does not answer", async () => {
  const { code, stdout, stderr } = await runTask("sample", [
    SAMPLE,
    "--max-games",
    "1",
    "--cache",
    "redis://:secret@127.0.0.1:1",
  ]);
  assert.equal(code, 0, stderr);
  assert.ok(linesOf(stdout).length > 10);
  assert.match(stderr, /refused/);
  assert.ok(!stderr.includes("secret"));
});

Deno.test("deno task sample --json ends with the counts", async () => {
  const ended = await runTask("sample", [
    SAMPLE,
    "--max-games",
    "3",
    "--json",
    "--cache",
    "sqlite:nowhere.sqlite",
  ]);
  assert.equal(ended.code, 0, ended.stderr);
  const { status, games, samples } = ended.json();
  assert.deepEqual([status, games], ["done", 3]);
  assert.equal(linesOf(ended.stdout).length, samples + 1);
});

Deno.test("deno task sample is quiet when its reader has enough", async () => {
  await using folder = new TestFolder();
  const child = startTask("sample", [SAMPLE], { cwd: folder.path });
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();
  const decoder = new TextDecoder();
  let stderr = "";
  for await (const chunk of child.stderr) stderr += decoder.decode(chunk);
  assert.equal(stderr, "");
  assert.equal((await child.status).code, 0);
});

Deno.test("deno task sample stops at SIGINT with status 130", async () => {
  await using folder = new TestFolder();
  const child = startTask("sample", [SAMPLE], { cwd: folder.path });
  const reader = child.stdout.getReader();
  await reader.read();
  child.kill("SIGINT");
  while (!(await reader.read()).done);
  const decoder = new TextDecoder();
  let stderr = "";
  for await (const chunk of child.stderr) stderr += decoder.decode(chunk);
  assert.equal((await child.status).code, 130);
  assert.match(stderr, /^Interrupted by SIGINT$/m);
});

Deno.test("deno task sample ends with status 1 where the archive cannot be read", async () => {
  const { code, stderr } = await runTask("sample", ["nowhere.pgn"]);
  assert.equal(code, 1);
  assert.match(stderr, /^error: .*nowhere\.pgn/m);
});

Deno.test("deno task sample refuses what it does not understand with status 2", async () => {
  for (
    const [args, message] of [
      [[], /Name a database/],
      [[SAMPLE, "--max-game", "1"], /did you mean --max-games\?/],
      [[SAMPLE, "--sample-rate", "2"], /from 0 to 1/],
      [[SAMPLE, "--sample-rate", "half"], /from 0 to 1/],
      [[SAMPLE, "--castling", "odd"], /king-takes-rook/],
      [[SAMPLE, "--playstyle", "all"], /tactical, positional/],
      [[SAMPLE, "--cache", "ftp://host"], /redis:/],
    ] as [string[], RegExp][]
  ) {
    const { code, stderr } = await runTask("sample", args);
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
  }
});

Deno.test("deno task sample --shuffle and --shard print the games of the order, in disjoint shards", async () => {
  const round = [
    SAMPLE,
    "--shuffle",
    "7:2",
    "--block",
    "4",
    "--max-per-game",
    "1",
  ];
  const gamesOf = async (...flags: string[]) => {
    const { code, stdout, stderr } = await runTask("sample", [
      ...round,
      "--max-games",
      "20",
      ...flags,
    ]);
    assert.equal(code, 0, stderr);
    return linesOf(stdout).map((line) => JSON.parse(line).gameIndex as number);
  };
  await using extractor = new SampleExtractor(SAMPLE, { maxPerGame: 1 });
  const expected: number[] = [];
  const query = {
    shuffle: { seed: 7, epoch: 2 },
    block: 4,
    shard: { index: 1, count: 3 },
    maxGames: 20,
  };
  for await (const { gameIndex } of extractor.extractSamples(query)) {
    expected.push(gameIndex);
  }
  assert.deepEqual(await gamesOf("--shard", "1/3"), expected);
  const other = await gamesOf("--shard", "2/3");
  assert.ok(expected.length > 10 && other.length > 10);
  assert.ok(other.every((game) => !expected.includes(game)));
  for (
    const wrong of [["--shard", "3"], ["--shuffle", "x"], ["--shard", "3/3"]]
  ) {
    const { code, stderr } = await runTask("sample", [SAMPLE, ...wrong]);
    assert.equal(code, 2);
    assert.match(
      stderr,
      /--shard takes I\/N|--shuffle takes SEED|index must be/,
    );
  }
});
