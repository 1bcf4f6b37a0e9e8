import assert from "node:assert/strict";
import { RedisServer } from "../_redis_server.ts";
import { runTask, SAMPLE, SAMPLE_GAMES, TestFolder } from "./_run_task.ts";

/** Numbers from 0 up to, but not including, 1: the same ones for the same seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

async function indexAll(server: RedisServer): Promise<string[]> {
  const cache = ["--cache", server.url];
  const ended = await runTask("index", [
    SAMPLE,
    "--playstyle",
    "all",
    ...cache,
  ]);
  assert.equal(ended.code, 0, ended.stderr);
  return cache;
}

Deno.test("deno task verify finds nothing on sound sets", async () => {
  await using server = await RedisServer.start();
  const cache = await indexAll(server);
  const ended = await runTask("verify", [
    "--against",
    SAMPLE,
    "--json",
    ...cache,
  ]);
  assert.equal(ended.code, 0, ended.stderr + ended.stdout);
  assert.equal(ended.json().checked, SAMPLE_GAMES);
  assert.deepEqual(ended.json().sets, [
    { set: "all", checked: SAMPLE_GAMES, notReplayed: 3, damaged: [] },
  ]);
});

Deno.test("deno task verify counts apart what cannot be replayed, and calls it no damage", async () => {
  await using folder = new TestFolder();
  await Deno.writeTextFile(
    `${folder.path}/a.pgn`,
    [
      '[Event "good"]\n\n1. e4 e5 2. Nf3 *',
      '[Event "illegal"]\n\n1. e4 e5 2. Ke3 *',
      '[Event "other"]\n[Variant "Atomic"]\n\n1. Nf3 f6 2. Nd4 e6 3. Nxe6 *',
      '[Event "unreadable"]\n\n1. e4 what *',
    ].join("\n\n"),
  );
  const cache = ["--cache", "sqlite:g.sqlite"];
  const options = { cwd: folder.path };
  const index = ["a.pgn", "--playstyle", "all", ...cache];
  assert.equal((await runTask("index", index, options)).code, 0);
  const verify = ["--against", "a.pgn", ...cache];
  const { code, stdout } = await runTask("verify", verify, options);
  assert.equal(code, 0, stdout);
  assert.equal(
    stdout,
    "all  4 games checked, 0 damaged, 3 cannot be replayed\n",
  );
});

Deno.test("deno task verify finds each of 50 damages", async () => {
  await using server = await RedisServer.start();
  const cache = await indexAll(server);
  const random = seeded(2026);
  const damaged = new Set<number>();
  const pick = () => {
    for (;;) {
      const index = Math.floor(random() * SAMPLE_GAMES);
      if (!damaged.has(index) && damaged.add(index)) return index;
    }
  };
  const keyOf = (index: number) => `chess:game:all:${index}`;
  for (let k = 0; k < 30; k++) {
    const key = keyOf(pick());
    if (k % 5 === 0) await server.cli("DEL", key);
    else if (k % 5 === 1) {
      await server.cli("DEL", key);
      await server.cli("RPUSH", key, "another type");
    } else {
      const length = Number(await server.cli("STRLEN", key));
      const offset = String(Math.floor(random() * length));
      await server.cli("SETRANGE", key, offset, "\x01");
    }
  }
  for (let k = 0; k < 10; k++) {
    const [a, b] = [keyOf(pick()), keyOf(pick())];
    await server.cli("RENAME", a, "spare");
    await server.cli("RENAME", b, a);
    await server.cli("RENAME", "spare", b);
  }
  assert.equal(damaged.size, 50);

  for (const against of [[], ["--against", SAMPLE]]) {
    const ended = await runTask("verify", ["--json", ...against, ...cache]);
    assert.equal(ended.code, 1, ended.stderr);
    const [finding] = ended.json().sets;
    assert.equal(ended.json().status, "damaged");
    assert.equal(finding.checked, SAMPLE_GAMES);
    assert.deepEqual(
      finding.damaged.map(({ index }: { index: number }) => index),
      [...damaged].sort((a, b) => a - b),
    );
  }
  const { code, stdout } = await runTask("verify", ["all", ...cache]);
  assert.equal(code, 1);
  for (const index of damaged) {
    assert.match(
      stdout,
      new RegExp(`^chess:game:all:${index} is damaged`, "m"),
    );
  }
  assert.match(stdout, /^all {2}2,000 games checked, 50 damaged, /m);
});

Deno.test("deno task verify finds a record that is not that of its game, also in a compact set", async () => {
  await using server = await RedisServer.start();
  const cache = ["--cache", server.url];
  const sets = ["whole", "small"] as const;
  for (const set of sets) {
    const flags = set === "small" ? ["--compact"] : [];
    const limit = ["--max-games", "1200", ...flags, ...cache];
    assert.equal(
      (await runTask("index", [SAMPLE, "--set", set, ...limit])).code,
      0,
    );
  }
  const sound = await runTask("verify", ["--json", ...cache]);
  assert.equal(sound.code, 0, sound.stdout);
  for (const set of sets) {
    // The rating of White, which no length and no sum is about.
    const keys = (await server.cli("KEYS", `chess:records:${set}:*:1`)).trim();
    await server.cli("SETRANGE", keys, 5 * 32 + 16, "x");
    const ended = await runTask("verify", [set, "--json", ...cache]);
    assert.equal(ended.code, 1);
    const [{ damaged }] = ended.json().sets as {
      damaged: { index: number }[];
    }[];
    assert.deepEqual(damaged.map(({ index }) => index), [1005]);
  }
});

Deno.test("deno task verify compares what only whole games show of a compact set with the archive", async () => {
  await using server = await RedisServer.start();
  await using folder = new TestFolder();
  // Without a name, so that the hash is of the whole text, and without moves.
  const games = Array.from(
    { length: 20 },
    (_, i) => `[Round "${i}"]\n\n1. e4 { [%clk 0:05:0${i % 10}] } e5 *`,
  );
  const path = `${folder.path}/games.pgn`;
  await Deno.writeTextFile(path, games.join("\n\n"));
  const cache = ["--cache", server.url];
  const index = [path, "--set", "small", "--compact", ...cache];
  assert.equal((await runTask("index", index)).code, 0);
  const [key] = (await server.cli("KEYS", "chess:records:small:*")).split("\n");
  const damaged = async (...flags: string[]) => {
    const ended = await runTask("verify", ["--json", ...flags, ...cache]);
    return ended.json().sets[0].damaged
      .map(({ index }: { index: number }) => index);
  };
  assert.deepEqual(await damaged(), []);
  assert.deepEqual(await damaged("--against", path), []);
  // There are no clocks, it says: standard chess, without an Event.
  await server.cli("SETRANGE", key, String(3 * 32 + 31), "\x30");
  await server.cli("SETRANGE", key, String(7 * 32 + 8), "hash");
  assert.deepEqual(await damaged(), []);
  assert.deepEqual(await damaged("--against", path), [3, 7]);
  // And now that it is of another variant.
  await server.cli("SETRANGE", key, String(3 * 32 + 31), " ");
  assert.deepEqual(await damaged(), [3]);
});

Deno.test("deno task verify finds a count that is too high, or too low", async () => {
  await using server = await RedisServer.start();
  const cache = await indexAll(server);
  const key = "chess:meta:all";
  for (const count of [SAMPLE_GAMES + 1, SAMPLE_GAMES - 1].map(String)) {
    await server.cli("HSET", key, "count", count);
    for (const args of [[], ["--against", SAMPLE], ["all"]]) {
      const ended = await runTask("verify", [...args, "--json", ...cache]);
      assert.equal(ended.code, 1, ended.stderr);
      assert.equal(ended.json().status, "damaged");
      assert.equal(ended.json().sets[0].damaged[0].name, key);
    }
  }
});

Deno.test("deno task verify checks the other sets where one cannot be read any more", async () => {
  await using server = await RedisServer.start();
  const cache = ["--cache", server.url];
  const index = [SAMPLE, "--max-games", "20", ...cache];
  assert.equal((await runTask("index", index)).code, 0);
  await server.cli("HSET", "chess:meta:positional", "count", "21");
  await server.cli("DEL", "chess:game:tactical:7");
  const namesIn = async (...args: string[]) => {
    const ended = await runTask("verify", [...args, "--json", ...cache]);
    assert.equal(ended.code, 1, ended.stderr);
    return ended.json().sets.flatMap((
      { damaged }: { damaged: { name: string }[] },
    ) => damaged.map(({ name }) => name));
  };
  const [meta, game] = ["chess:meta:positional", "chess:game:tactical:7"];
  assert.deepEqual(await namesIn(), [meta, game]);
  assert.deepEqual(await namesIn("--against", SAMPLE), [meta, game]);
  assert.deepEqual(await namesIn("positional"), [meta]);
  assert.deepEqual(await namesIn("tactical"), [game]);

  const stats = await runTask("stats", ["--json", ...cache]);
  assert.equal(stats.code, 0, stats.stderr);
  const [{ name, key }] = stats.json().damaged;
  assert.deepEqual([name, key], ["positional", meta]);
  assert.equal(stats.json().sets[0].name, "tactical");
  const shown = await runTask("stats", cache);
  assert.match(shown.stdout, /^positional {2}damaged$/m);
});

Deno.test("deno task verify --against compares an unfinished set as far as it goes, and finds another archive", async () => {
  await using folder = new TestFolder();
  const options = { cwd: folder.path };
  const sample = await Deno.readFile(SAMPLE);
  await Deno.writeFile(`${folder.path}/a.zst`, sample.subarray(0, 500_000));
  const cache = ["--cache", "sqlite:g.sqlite"];
  const index = ["a.zst", "--playstyle", "positional", ...cache];
  assert.equal((await runTask("index", index, options)).code, 1);
  const sound = await runTask(
    "verify",
    ["--against", SAMPLE, "--json", ...cache],
    options,
  );
  assert.equal(sound.code, 0, sound.stderr + sound.stdout);
  const { checked } = sound.json();
  assert.ok(checked > 100);

  const games = '[Event "?"]\n[ECO "A00"]\n\n1. g4 *\n';
  await Deno.writeTextFile(`${folder.path}/b.pgn`, games);
  const other = await runTask(
    "verify",
    ["--against", "b.pgn", "--json", ...cache],
    options,
  );
  assert.equal(other.code, 1);
  assert.equal(other.json().sets[0].damaged.length, checked);
});

Deno.test("deno task verify names a set that is not there, and refuses wrong flags", async () => {
  await using server = await RedisServer.start();
  const missing = await runTask("verify", ["mine", "--cache", server.url]);
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /^error: Cannot verify mine/m);
  const wrong = await runTask("verify", ["--agianst", SAMPLE]);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /did you mean --against\?/);
});
