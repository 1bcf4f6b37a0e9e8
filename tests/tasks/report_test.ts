import assert from "node:assert/strict";
import { runTask, SAMPLE, TestFolder } from "./_run_task.ts";

function sumOf(counts: Record<string, number>): number {
  return Object.values(counts).reduce((sum, value) => sum + value, 0);
}

Deno.test("deno task report counts the same games in a set as in its archive, and as the index keeps", async () => {
  await using folder = new TestFolder();
  const options = { cwd: folder.path };
  const filter = ["--min-rating", "1800", "--time-control", "blitz,rapid"];
  const cache = ["--cache", "sqlite:games.sqlite"];
  const set = ["--set", "mine", ...cache, "--json"];
  const index = await runTask("index", [SAMPLE, ...filter, ...set], options);
  assert.equal(index.code, 0, index.stderr);
  const [{ kept, rejected }] = index.json().sets;

  const archive = await runTask(
    "report",
    [SAMPLE, ...filter, "--json"],
    options,
  );
  assert.equal(archive.code, 0, archive.stderr);
  const { statistics, rules, gamesRead, drawn, samples } = archive.json();
  assert.equal(statistics.games, kept);
  assert.equal(gamesRead, index.json().gamesRead);
  for (const { rule, first, alone } of rules) {
    assert.equal(first, rejected[rule] ?? 0);
    const one = rule === "minRating" ? filter.slice(0, 2) : filter.slice(2);
    const only = await runTask(
      "index",
      [SAMPLE, ...one, "--playstyle", "all", ...cache, "--dry-run", "--json"],
      options,
    );
    assert.equal(alone, gamesRead - only.json().sets[0].kept, rule);
  }
  for (const name of ["speeds", "results", "terminations"]) {
    assert.equal(sumOf(statistics[name]), kept, name);
  }
  for (const name of ["byPly", "byPieces", "from", "to"]) {
    assert.equal(sumOf(drawn[name]), drawn.samples, name);
  }

  const sample = await runTask(
    "sample",
    [SAMPLE, ...filter, "--cache", "sqlite:none.sqlite", "--json"],
    options,
  );
  assert.equal(samples, sample.json().samples);

  const cached = await runTask("report", ["mine", ...cache, "--json"], options);
  assert.equal(cached.code, 0, cached.stderr);
  assert.deepEqual(cached.json().statistics, statistics);
  assert.deepEqual(cached.json().drawn, drawn);
});

Deno.test("deno task report writes its page and no other file", async () => {
  await using folder = new TestFolder();
  const options = { cwd: folder.path };
  await Deno.copyFile(SAMPLE, `${folder.path}/a.pgn.zst`);
  await Deno.writeTextFile(`${folder.path}/b.html`, "x".repeat(2e6));
  const ended = await runTask(
    "report",
    ["a.pgn.zst", "--out", "b.html"],
    options,
  );
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(ended.stdout, /^2,000 games: b\.html is written, \d+ kB$/m);
  const names = [...Deno.readDirSync(folder.path)].map(({ name }) => name);
  assert.deepEqual(names.sort(), ["a.pgn.zst", "b.html"]);
  const page = await Deno.readTextFile(`${folder.path}/b.html`);
  assert.match(page, /^<!DOCTYPE html>[^]*<\/html>\n$/);
});

Deno.test("deno task report shows what an archive holds as text, never as HTML", async () => {
  await using folder = new TestFolder();
  const evil = "</script><img src=x onerror=alert(1)>&\"'";
  await Deno.writeTextFile(
    `${folder.path}/evil.pgn`,
    `[Event "${evil.replace('"', "")}"]\n[White "${
      evil.replaceAll('"', "")
    }"]\n[Black "b"]\n[Result "1-0"]\n[Termination "${
      evil.replaceAll('"', "")
    }"]\n[Opening "<b>"]\n\n1. e4 e5 1-0\n`,
  );
  const options = { cwd: folder.path };
  const ended = await runTask(
    "report",
    ["evil.pgn", "--skip-plies", "0"],
    options,
  );
  assert.equal(ended.code, 0, ended.stderr);
  const page = await Deno.readTextFile(`${folder.path}/report.html`);
  assert.doesNotMatch(page, /<img|<b>/);
  assert.equal(page.match(/<\/script>/g)?.length, 2);
});

Deno.test("deno task report refuses what it cannot do", async () => {
  await using folder = new TestFolder();
  const options = { cwd: folder.path };
  const cache = ["--cache", "sqlite:games.sqlite"];
  await runTask("index", [SAMPLE, "--max-games", "3", ...cache], options);
  for (
    const [args, code, message] of [
      [["nosuch", ...cache], 1, /there is no such set/],
      [["tactical", "--min-rating", "1", ...cache], 2, /is for archives/],
      [[SAMPLE, "--sample-rate", "2"], 2, /sampleRate/],
      [[SAMPLE, "--out", "no/such/folder.html"], 1, /No such file/],
      [["nothere.pgn"], 1, /Cannot read the archive/],
    ] as const
  ) {
    const ended = await runTask("report", [...args], options);
    assert.equal(ended.code, code, ended.stderr);
    assert.match(ended.stderr, message);
  }
});
