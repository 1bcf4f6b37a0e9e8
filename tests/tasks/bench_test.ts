import assert from "node:assert/strict";
import type { BenchTable, Claim } from "../../tasks/bench/_bench.ts";
import {
  endOf,
  runTask,
  SAMPLE,
  SAMPLE_GAMES,
  startTask,
  TestFolder,
} from "./_run_task.ts";

/** What every group must be. */
interface Group {
  name: string;
  question: string;
  error?: string;
  tables: BenchTable[];
  claims: Claim[];
}

/** Ids of the processes that work in the folder, as its servers do. */
function processesIn(folder: string): string[] {
  return [...Deno.readDirSync("/proc")]
    .map(({ name }) => name)
    .filter((name) => /^\d+$/.test(name))
    .filter((id) => {
      try {
        return Deno.readLinkSync(`/proc/${id}/cwd`).startsWith(folder);
      } catch {
        return false; // It has ended meanwhile, or is not ours.
      }
    });
}

/** Puts programs, by their own names, into a folder to stand as `PATH`. */
async function linkPrograms(folder: string, names: string[]): Promise<string> {
  const path = `${folder}/bin`;
  await Deno.mkdir(path);
  const places = Deno.env.get("PATH")!.split(":");
  for (const name of names) {
    const place = places.find((place) => {
      try {
        return Deno.statSync(`${place}/${name}`).isFile;
      } catch {
        return false;
      }
    });
    await Deno.symlink(`${place}/${name}`, `${path}/${name}`);
  }
  return path;
}

/** A game without clocks and evaluations of about 1100 bytes, for which Redis takes 1280. */
const WASTEFUL_GAME = `[Event "Rated"]
[White "A"]
[Black "B"]
[Result "1-0"]

1. e4 { ${"word ".repeat(204)} } 1-0
`;

Deno.test("bench measures groups and prints one object", async () => {
  await using folder = new TestFolder();
  await using files = new TestFolder();
  const args = ["--quick", "--rounds", "1", "--group", "size,index", "--json"];
  const { code, stdout, stderr, json } = await runTask("bench", [
    ...args,
    ...["--out", "run.json", "--svg", "charts"],
  ], { cwd: files.path, env: { TMPDIR: folder.path } });

  assert.equal(code, 0, stderr);
  assert.equal(stdout.trimEnd().split("\n").length, 1);
  const { status, quick, rounds, corpus, versions, cores, groups } = json();
  assert.deepEqual([status, quick, rounds], ["done", true, 1]);
  assert.equal(corpus.name, "sample.pgn.zst");
  assert.equal(corpus.games, SAMPLE_GAMES);
  assert.equal(corpus.bytes, (await Deno.stat(SAMPLE)).size);
  assert.equal(versions.deno, Deno.version.deno);
  for (const name of ["v8", "redis", "zstd", "@redis/client", "chess.js"]) {
    assert.match(versions[name], /^\d+\./, name);
  }
  assert.ok(cores >= 1);
  assert.deepEqual(groups.map(({ name }: Group) => name), ["size", "index"]);
  for (const { name, question, tables } of groups as Group[]) {
    assert.ok(question.endsWith("?"), name);
    for (const { columns, rows } of tables) {
      assert.ok(rows.length > 1, name);
      for (const row of rows) {
        assert.equal(row.length, columns.length);
        assert.equal(typeof row[0], "string");
        for (const cell of row.slice(1)) assert.ok(Number(cell) > 0, `${row}`);
      }
    }
  }
  // A baseline is once as slow as itself.
  assert.equal(groups[1].tables[0].rows[0].at(-1), 1);

  const written = await Deno.readTextFile(`${files.path}/run.json`);
  assert.deepEqual(JSON.parse(written), json());
  const charts = [...Deno.readDirSync(`${files.path}/charts`)];
  assert.deepEqual(charts.map(({ name }) => name), ["bench-indexing.svg"]);
  const chart = await Deno.readTextFile(
    `${files.path}/charts/bench-indexing.svg`,
  );
  const widths = [...chart.matchAll(/<rect [^>]*width="([\d.]+)"/g)]
    .map(([, width]) => Number(width));
  const speeds = groups[1].tables[0].rows.map((row: number[]) => row[4]);
  const most = Math.max(...speeds);
  for (const [i, speed] of speeds.entries()) {
    assert.ok(Math.abs(widths[i] / Math.max(...widths) - speed / most) < 0.01);
  }
  assert.match(chart, /prefers-color-scheme: dark/);

  assert.deepEqual([...Deno.readDirSync(folder.path)], []);
  assert.deepEqual(processesIn(folder.path), []);
});

Deno.test("bench prints tables, and with --check a broken promise is a failure", async () => {
  await using folder = new TestFolder();
  const archive = `${folder.path}/wasteful.pgn`;
  await Deno.writeTextFile(archive, WASTEFUL_GAME);
  const args = ["wasteful.pgn", "--quick", "--group", "size"];
  const run = (...more: string[]) =>
    runTask("bench", [...args, ...more], { cwd: folder.path });
  const [plain, checked] = await Promise.all([run(), run("--check", "--json")]);

  assert.equal(plain.code, 0, plain.stderr);
  assert.match(plain.stdout, /^corpus {4}wasteful\.pgn: 1 games/m);
  assert.match(plain.stdout, /^versions {2}deno \d/m);
  assert.match(plain.stdout, /^cores {5}\d/m);
  assert.match(plain.stdout, /^size: How many bytes/m);
  assert.match(plain.stdout, /^ {2}without comments {2}20,000 /m);
  assert.match(
    plain.stdout,
    /^FAILS {2}Redis bytes a game over its PGN, without comments: \d+ bytes, must be at most 220 bytes$/m,
  );
  assert.match(plain.stdout, /^0 of 1 promises are kept$/m);
  // deno-lint-ignore no-control-regex -- there must be none
  assert.doesNotMatch(plain.stdout, /\x1b/);

  assert.equal(checked.code, 1, checked.stderr);
  const { status, groups: [{ claims: [claim] }] } = checked.json();
  assert.equal(status, "failed");
  assert.equal(claim.holds, false);
  assert.equal(claim.must, "be at most");
  assert.ok(claim.measured > claim.bound);
});

Deno.test("bench says which program is missing, and measures the other groups", async () => {
  await using folder = new TestFolder();
  const PATH = await linkPrograms(folder.path, ["pzstd", "zstd"]);
  const { code, stderr, json } = await runTask("bench", [
    "--quick",
    "--rounds",
    "1",
    "--group",
    "size,memory",
    "--json",
  ], { env: { PATH, TMPDIR: folder.path } });

  assert.equal(code, 1);
  assert.match(
    stderr,
    /^error: Cannot find redis-server: on Debian, sudo apt-get install -y redis-server installs it$/m,
  );
  const { status, versions, groups } = json();
  assert.equal(status, "failed");
  assert.equal(versions.redis, "not installed");
  assert.deepEqual(groups.map(({ name }: Group) => name), ["size", "memory"]);
  for (const { error } of groups) assert.match(error, /redis-server/);
});

Deno.test("bench ends when it is interrupted, and leaves nothing running", async () => {
  await using folder = new TestFolder();
  const args = ["--group", "round", "--rounds", "1000", "--json"];
  const child = startTask("bench", args, { env: { TMPDIR: folder.path } });
  const ended = endOf(child);
  try {
    const start = Date.now();
    while (processesIn(folder.path).length === 0) {
      assert.ok(Date.now() - start < 20_000, "no server was started");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    // It has answered, and games are on their way into it.
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.equal(processesIn(folder.path).length, 1);
  } finally {
    child.kill("SIGINT");
    await ended;
  }

  const { code, json } = await ended;
  assert.equal(code, 130);
  assert.equal(json().status, "interrupted");
  assert.deepEqual([...Deno.readDirSync(folder.path)], []);
  assert.deepEqual(processesIn(folder.path), []);
});

Deno.test("bench reports its groups in the help, and which there are for a wrong one", async () => {
  const [help, wrong, none] = await Promise.all([
    runTask("bench", ["--help"]),
    runTask("bench", ["--group", "sise"]),
    runTask("bench", ["--rounds", "0"]),
  ]);
  const groups = [
    "batches",
    "chain",
    "export",
    "filter",
    "import",
    "index",
    "memory",
    "order",
    "read",
    "replay",
    "round",
    "size",
  ];

  assert.equal(help.code, 0);
  for (const group of groups) {
    assert.match(help.stdout, new RegExp(`^  ${group} +.+\\?$`, "m"));
    assert.match(wrong.stderr, new RegExp(`\\b${group}\\b`));
  }
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /^error: There is no group sise: there are /m);
  assert.equal(none.code, 2);
  assert.match(none.stderr, /^error: --rounds must be 1 or more$/m);
});

Deno.test("bench leaves no server running when it is interrupted twice", async () => {
  await using folder = new TestFolder();
  const args = ["--group", "round", "--rounds", "1000"];
  const child = startTask("bench", args, { env: { TMPDIR: folder.path } });
  const ended = endOf(child);
  const start = Date.now();
  while (
    processesIn(folder.path).length === 0 && Date.now() - start < 20_000
  ) await new Promise((resolve) => setTimeout(resolve, 50));
  const servers = processesIn(folder.path);
  child.kill("SIGINT");
  child.kill("SIGTERM");
  const { code } = await ended;

  assert.equal(servers.length, 1);
  assert.equal(code, 130);
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.deepEqual(processesIn(folder.path), []);
});
