import assert from "node:assert/strict";
import { RedisServer } from "../_redis_server.ts";
import { LONG } from "../_shared_data.ts";
import {
  type Ended,
  endOf,
  PROJECT,
  runTask,
  SAMPLE,
  startTask,
  TestFolder,
  until,
} from "./_run_task.ts";

/** Each task that uses a cache, with what it needs to begin. */
const WITH_CACHE: Readonly<Record<string, string[]>> = {
  index: [SAMPLE, "--max-games", "20"],
  stats: [],
  verify: [],
  clear: ["--all", "--yes"],
  sample: [SAMPLE, "--max-games", "1"],
};

/** Runs each of these tasks, all at the same time. */
function runEach(
  tasks: readonly string[],
  ...args: string[]
): Promise<[name: string, ended: Ended][]> {
  return Promise.all(tasks.map(async (
    name,
  ) => [name, await runTask(name, [...WITH_CACHE[name], ...args])]));
}

const NAMES = Object.keys(WITH_CACHE);
const NEED_CACHE = NAMES.filter((name) => name !== "sample");

/** Writes an archive that takes a while to index. */
async function writeLongArchive(folder: TestFolder): Promise<string> {
  const path = `${folder.path}/long.pgn.zst`;
  const sample = await Deno.readFile(SAMPLE);
  for (let k = 0; k < 12; k++) {
    await Deno.writeFile(path, sample, { append: true });
  }
  return path;
}

/** Waits until the set `all` has games. */
async function untilGames(server: RedisServer): Promise<void> {
  await until(async () =>
    Number(await server.cli("HGET", "chess:meta:all", "count")) > 0
  );
}

/** What a game is replaced by. */
const OTHER_GAME = '[Event "?"]\n\n1. g4 *';

Deno.test("Every task has a --help with examples that name it", async () => {
  const tasks = [...NAMES, "export", "report", "bench", "test"];
  const pages = await Promise.all(
    tasks.map((name) => runTask(name, ["--help"])),
  );
  for (const [k, { code, stdout, stderr }] of pages.entries()) {
    const name = tasks[k];
    assert.equal(code, 0, stderr);
    assert.ok(stdout.startsWith(`deno task ${name} `), stdout);
    const [, examples] = stdout.split("\nExamples:\n");
    assert.match(
      examples,
      new RegExp(`^(?:  # .+\n  deno task ${name}\\b.*\n)+$`),
    );
    assert.equal(stderr, "");
  }
});

Deno.test("Every task names the nearest flag for a wrong one, with status 2", async () => {
  for (const name of [...NAMES, "report", "bench"]) {
    const ended = await runTask(name, ["--jsno", "--json"]);
    assert.equal(ended.code, 2, name);
    const error = "There is no flag --jsno: did you mean --json?";
    assert.equal(
      ended.stderr,
      `error: ${error}\ndeno task ${name} --help shows all flags\n`,
    );
    assert.deepEqual(ended.json(), { status: "usage", error });
  }
});

Deno.test("Every task refuses what cannot name an archive or a cache with status 2", async () => {
  const cases: [string, string[]][] = NAMES.map((
    name,
  ) => [name, [...WITH_CACHE[name], "--cache", "ftp://me:s3cret@host"]]);
  for (const url of ["ftp://me:s3cret@host/a", "http://me:s3cret@host:99999"]) {
    cases.push(
      ["index", [url]],
      ["sample", [url]],
      ["verify", ["--against", url]],
    );
  }
  await Promise.all(cases.map(async ([name, args]) => {
    const ended = await runTask(name, [...args, "--json"]);
    assert.equal(ended.code, 2, name + ended.stderr);
    assert.equal(ended.json().status, "usage");
    assert.doesNotMatch(ended.stderr, /^ +at /m);
    assert.ok(!(ended.stdout + ended.stderr).includes("s3cret"), ended.stderr);
  }));
});

Deno.test("Every task that needs a server ends with status 1 where there is none, or with a wrong password", async () => {
  await using server = await RedisServer.start({ password: "right" });
  for (
    const [url, message] of [
      ["redis://user:s3cret@127.0.0.1:1", "connection refused"],
      [
        server.url.replace("right", "s3cret"),
        "the password or user is wrong",
      ],
      [
        server.url.replace(":right@", ""),
        "the server asks for a password",
      ],
    ]
  ) {
    const all = await runEach(NEED_CACHE, "--cache", url, "--json");
    for (const [name, { code, stdout, stderr, json }] of all) {
      assert.equal(code, 1, name);
      assert.match(stderr, new RegExp(`^error: .*: ${message}$`, "m"));
      assert.equal(json().status, "failed");
      assert.ok(json().error.endsWith(message), json().error);
      assert.ok(!(stdout + stderr).includes("s3cret"));
    }
    const [[, plain]] = await runEach(["stats"], "--cache", url);
    assert.deepEqual([plain.code, plain.stdout], [1, ""]);
    const [[, sample]] = await runEach(["sample"], "--cache", url, "--json");
    assert.equal(sample.code, 0, sample.stderr);
    assert.equal(sample.json().games, 1);
    const warnings = sample.stderr.split("\n").filter((line) =>
      line.startsWith("Reading the archive instead of the cache: ")
    );
    assert.equal(warnings.length, 1);
    assert.ok(warnings[0].endsWith(message), warnings[0]);
  }
});

Deno.test("No task ever shows a password", async () => {
  const secrets = ["p@ss", "p%40ss", "p ss", "p%20ss", "ss@", "12/ss", "12#ss"];
  await using server = await RedisServer.start({ password: "p@ss" });
  const urls = [
    server.url.replace("redis://:", "redis://default:"),
    "rediss://user:p%40ss@127.0.0.1:1",
    "rediss://user:p@ss@127.0.0.1:1",
    "redis://:p ss@127.0.0.1:1",
    "redis://user:12/ss@127.0.0.1:1",
    "redis://user:12#ss@127.0.0.1:1",
    "redis://user:%zzss@127.0.0.1:1",
    "redis://user:p%40ss@127.0.0.1:99999",
    "redis://user:p%40ss@127.0.0.1:1/db",
    "redis://p%40ss@127.0.0.1:1",
    "valkey://user:p%40ss@127.0.0.1:1",
  ];
  for (const url of urls) {
    const isSound = url === urls[0];
    const runs = [
      runTask("stats", ["--cache", url]),
      // Another message reports one that is found.
      runTask("stats", ["--json"], { env: { GAME_CACHE_URL: url } }),
    ];
    if (LONG || isSound || url === urls[1]) {
      for (const name of NAMES) {
        const run = runTask(name, [
          ...WITH_CACHE[name],
          "--cache",
          url,
          "--json",
        ]);
        // Those that succeed would come into each other's way.
        if (isSound) await run;
        runs.push(run);
      }
    }
    const ended = await Promise.all(runs);
    for (const { code, stdout, stderr } of ended) {
      const shown = stdout + stderr;
      for (const secret of secrets) {
        assert.ok(!shown.includes(secret), `${url}: ${shown}`);
      }
      if (isSound) assert.equal(code, 0, stderr);
    }
  }
});

Deno.test("No task ever shows the password of an archive's URL", async () => {
  await using folder = new TestFolder();
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("No", { status: 403 }),
  );
  const { port } = server.addr as Deno.NetAddr;
  const cache = ["--cache", "sqlite:g.sqlite", "--json"];
  const options = { cwd: folder.path };
  for (const host of [`127.0.0.1:${port}`, "127.0.0.1:1"]) {
    const url = `http://me:s3c%40ret@${host}/a.pgn`;
    for (const name of ["index", "sample"]) {
      const ended = await runTask(name, [url, ...cache], options);
      assert.equal(ended.code, 1, name);
      assert.equal(ended.json().status, "failed");
      assert.match(ended.stderr, /^error: Cannot read the archive: /m);
      assert.doesNotMatch(ended.stdout + ended.stderr, /s3c|ret@/);
    }
  }
});

for (
  const [damage, ...commands] of [
    ["is deleted", ["DEL", "KEY"]],
    ["holds another game", ["SET", "KEY", OTHER_GAME]],
    ["holds another type", ["DEL", "KEY"], ["RPUSH", "KEY", "x"]],
  ] as [string, ...string[][]][]
) {
  Deno.test(`Every task does what it can where the key of a game ${damage}`, async () => {
    await using server = await RedisServer.start();
    const cache = ["--cache", server.url];
    const index = [SAMPLE, "--playstyle", "tactical", "--max-games", "20"];
    assert.equal((await runTask("index", [...index, ...cache])).code, 0);
    const key = "chess:game:tactical:7";
    for (const command of commands) {
      await server.cli(...command.map((word) => word === "KEY" ? key : word));
    }

    const stats = await runTask("stats", [...cache, "--json"]);
    assert.equal(stats.code, 0, stats.stderr);
    assert.equal(stats.json().sets[0].count, 20);

    const verify = await runTask("verify", [...cache, "--json"]);
    assert.equal(verify.code, 1, verify.stderr);
    const { status, checked, sets: [{ damaged }] } = verify.json();
    assert.deepEqual([status, checked], ["damaged", 20]);
    assert.deepEqual(
      damaged.map(({ name, index }: { name: string; index: number }) => [
        name,
        index,
      ]),
      [[key, 7]],
    );

    const round = [SAMPLE, "--playstyle", "tactical", "--max-games", "15"];
    const sample = await runTask("sample", [...round, ...cache]);
    assert.equal(sample.code, 0, sample.stderr);
    const warnings = sample.stderr.match(/^Reading the archive instead .*$/gm);
    assert.equal(warnings?.length, 1, sample.stderr);
    assert.ok(warnings![0].includes(key), warnings![0]);
    const archive = await runTask("sample", [...round, "--cache", "sqlite:-"]);
    assert.equal(sample.stdout, archive.stdout);

    const again = await runTask("index", [...index, ...cache, "--replace"]);
    assert.equal(again.code, 0, again.stderr);
    assert.equal((await runTask("verify", cache)).code, 0);
  });
}

Deno.test("Every task knows a set whose index was interrupted", async () => {
  await using server = await RedisServer.start();
  await using folder = new TestFolder();
  const long = await writeLongArchive(folder);
  const cache = ["--cache", server.url];
  const index = [long, "--playstyle", "all", "--json", ...cache];
  const child = startTask("index", index);
  await untilGames(server);
  child.kill("SIGINT");
  const interrupted = await endOf(child);
  assert.equal(interrupted.code, 130, interrupted.stderr);
  assert.match(
    interrupted.stderr,
    /^Kept [\d,]+ games of all: all of them can be read\. The same command resumes from there$/m,
  );
  const [{ kept }] = interrupted.json().sets;

  const stats = await runTask("stats", [...cache, "--json"]);
  const [set] = stats.json().sets;
  assert.deepEqual(
    [set.count, set.state, set.lock],
    [kept, "unfinished", undefined],
  );
  const verify = await runTask("verify", ["--against", long, ...cache]);
  assert.equal(verify.code, 0, verify.stdout + verify.stderr);

  const round = [long, "--offset", String(kept - 5), "--max-games", "10"];
  const samples = await runTask("sample", [...round, ...cache]);
  assert.equal(samples.code, 0, samples.stderr);
  const archive = await runTask("sample", [...round, "--cache", "sqlite:-"]);
  assert.equal(samples.stdout, archive.stdout);

  assert.equal((await runTask("index", index)).code, 0);
  const done = await runTask("index", index);
  assert.equal(done.code, 0, done.stderr);
  const { gamesRead, bytesRead, sets: [{ continued, state }] } = done.json();
  assert.deepEqual(
    [gamesRead, bytesRead, continued, state],
    [0, 0, true, "complete"],
  );
  const again = await runTask("index", index.filter((arg) => arg !== "--json"));
  assert.match(again.stdout, /^read {2}nothing, as all was there already$/m);

  const clients = await server.clients();
  const reading = startTask("verify", [...cache, "--json"]);
  await until(async () => await server.clients() > clients);
  reading.kill("SIGINT");
  const stopped = await endOf(reading);
  assert.equal(stopped.code, 130, stopped.stderr);
  assert.equal(stopped.json().status, "interrupted");
});

Deno.test("A task ends at once when it is interrupted twice", async () => {
  await using server = await RedisServer.start();
  await using folder = new TestFolder();
  const long = await writeLongArchive(folder);
  const args = [long, "--playstyle", "all", "--cache", server.url];
  const child = startTask("index", args);
  await untilGames(server);
  // A server that hangs would be waited for when the games are committed.
  Deno.kill(server.pid, "SIGSTOP");
  const start = performance.now();
  child.kill("SIGINT");
  await new Promise((resolve) => setTimeout(resolve, 100));
  child.kill("SIGINT");
  const { code } = await endOf(child);
  Deno.kill(server.pid, "SIGCONT");
  assert.equal(code, 130);
  assert.ok(performance.now() - start < 1500);
});

Deno.test("Ctrl-C on a terminal, which every process of deno task hears, stops cleanly", async () => {
  await using folder = new TestFolder();
  const long = await writeLongArchive(folder);
  const deno = `'${Deno.execPath()}' task --config '${PROJECT}deno.json'`;
  const command =
    `${deno} index ${long} --playstyle all --cache sqlite:g.sqlite`;
  // script(1) gives it a terminal.
  const child = new Deno.Command("script", {
    args: ["-qec", command, "/dev/null"],
    cwd: folder.path,
    env: { NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of child.stdout) {
    text += decoder.decode(chunk, { stream: true });
    if (/ games\/s/.test(text) && !text.includes("^C")) {
      await writer.write(new Uint8Array([3])).catch(() => {});
    }
  }
  await writer.close().catch(() => {});
  assert.equal((await child.status).code, 130, text);
  assert.match(text, /Interrupted by SIGINT/);
  assert.match(text, /Kept [\d,]+ games of all: all of them can be read/);
});

Deno.test({
  name: "A task without a terminal writes a line every few seconds",
  ignore: !LONG,
  async fn() {
    await using folder = new TestFolder();
    const child = startTask(
      "index",
      ["-", "--playstyle", "all", "--cache", "sqlite:g.sqlite"],
      { cwd: folder.path, stdin: "piped" },
    );
    const writer = child.stdin.getWriter();
    const games = new TextEncoder().encode(`${OTHER_GAME}\n\n`.repeat(5000));
    for (let k = 0; k < 60; k++) {
      await writer.write(games);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    await writer.close();
    const { code, stderr } = await endOf(child);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^([\d,]+ games, [\d,]+ games\/s, .* MB\/s\n){2}$/);
  },
});
