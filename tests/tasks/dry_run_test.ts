import assert from "node:assert/strict";
import { RedisServer } from "../_redis_server.ts";
import { runTask, SAMPLE, TestFolder } from "./_run_task.ts";

/** The counts of an index: what was read, and each set. */
function countsOf(json: Record<string, unknown>) {
  const { gamesRead, badGames, droppedBytes, sets } = json;
  return { gamesRead, badGames, droppedBytes, sets };
}

async function writeArchives(folder: TestFolder): Promise<string[][]> {
  const sample = await Deno.readFile(SAMPLE);
  await Deno.writeFile(`${folder.path}/twice.pgn.zst`, sample);
  await Deno.writeFile(`${folder.path}/twice.pgn.zst`, sample, {
    append: true,
  });
  const games = ["e4 e5", "d4 d5", "Nxx"].map((moves, k) =>
    `[Event "${k}"]\n[ECO "B0${k}"]\n[WhiteElo "1900"]\n[BlackElo "2000"]\n\n1. ${moves} *\n`
  );
  await Deno.writeTextFile(`${folder.path}/few.pgn`, games.join("\nodd\n\n"));
  return [
    [SAMPLE],
    [SAMPLE, "--min-rating", "1800", "--time-control", "blitz,rapid"],
    ["twice.pgn.zst", "--playstyle", "all", "--compact"],
    ["twice.pgn.zst", "--set", "mine", "--eco", "B20-B99", "--max-games", "99"],
    ["few.pgn", SAMPLE, "--playstyle", "all"],
  ];
}

Deno.test("deno task index --dry-run writes nothing, and counts what the index then makes", async () => {
  await using folder = new TestFolder();
  for (const [k, args] of (await writeArchives(folder)).entries()) {
    const all = [...args, "--cache", `sqlite:${k}.sqlite`, "--json"];
    const options = { cwd: folder.path };
    const before = [...Deno.readDirSync(folder.path)].length;
    const plan = await runTask("index", [...all, "--dry-run"], options);
    assert.equal(plan.code, 0, plan.stderr);
    assert.equal([...Deno.readDirSync(folder.path)].length, before);
    const made = await runTask("index", all, options);
    assert.equal(made.code, 0, made.stderr);
    assert.deepEqual(countsOf(plan.json()), countsOf(made.json()));
    const [{ name, games, textBytes }] = plan.json().planned;
    const report = await runTask("report", [name, ...all.slice(-3)], options);
    const { statistics } = report.json();
    assert.deepEqual([statistics.games, statistics.textBytes], [
      games,
      textBytes,
    ]);
  }
});

Deno.test("deno task index --dry-run predicts the memory of a Redis within 10 %", async () => {
  await using folder = new TestFolder();
  const path = `${folder.path}/long.pgn.zst`;
  const sample = await Deno.readFile(SAMPLE);
  for (let k = 0; k < 4; k++) {
    await Deno.writeFile(path, sample, { append: true });
  }
  for (
    const flags of [
      [path],
      [path, "--compact", "--playstyle", "all"],
      [SAMPLE, "--compact", "--no-has-clock", "--set", "mine"],
    ]
  ) {
    await using server = await RedisServer.start();
    const memory = async () =>
      Number(
        (await server.cli("INFO", "memory")).match(/used_memory:(\d+)/)![1],
      );
    const args = [...flags, "--cache", server.url, "--json"];
    const plan = await runTask("index", [...args, "--dry-run"]);
    const before = await memory();
    assert.equal((await runTask("index", args)).code, 0);
    const taken = await memory() - before;
    const { redisBytes } = plan.json();
    assert.ok(Math.abs(redisBytes / taken - 1) < 0.1, `${redisBytes} ${taken}`);
  }
});

Deno.test("Tasks that write no file use a Redis by its Unix socket", async () => {
  await using folder = new TestFolder();
  const socket = `${folder.path}/redis.sock`;
  await using _ = await RedisServer.start({ args: ["--unixsocket", socket] });
  const cache = ["--cache", `redis+unix://${socket}`, "--json"];
  for (
    const [task, ...args] of [
      ["index", SAMPLE, "--max-games", "20", "--dry-run"],
      ["index", SAMPLE, "--max-games", "20"],
      ["stats"],
      ["verify", "tactical"],
      ["sample", SAMPLE, "--playstyle", "tactical", "--max-games", "1"],
    ]
  ) {
    const { code, stderr } = await runTask(task, [...args, ...cache]);
    assert.equal(code, 0, `${task}: ${stderr}`);
    assert.doesNotMatch(stderr, /write access|Reading the archive/);
  }
});
