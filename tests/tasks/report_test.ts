import assert from "node:assert/strict";
import {
  type GameCache,
  RECORD_BYTES,
  RECORD_FIELDS,
  type SetInfo,
} from "../../mod.ts";
import { Progress } from "../../tasks/_progress.ts";
import { collectSet } from "../../tasks/report/_collect.ts";
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
  for (const { rule, first } of rules) {
    assert.equal(first, rejected[rule] ?? 0);
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

  const all = [SAMPLE, "--set", "every", ...cache];
  assert.equal((await runTask("index", all, options)).code, 0);
  const counted = await runTask(
    "report",
    ["every", ...filter, ...cache, "--json"],
    options,
  );
  assert.deepEqual(counted.json().rules, rules);
  assert.equal(counted.json().passing, kept);
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

Deno.test("deno task report that fails leaves the page that was there, and no other file", async () => {
  await using folder = new TestFolder();
  const options = { cwd: folder.path };
  const archive = await Deno.readFile(SAMPLE);
  await Deno.writeFile(`${folder.path}/cut.pgn.zst`, archive.slice(0, 900_000));
  await Deno.writeTextFile(`${folder.path}/report.html`, "old");
  const ended = await runTask("report", ["cut.pgn.zst"], options);
  assert.equal(ended.code, 1, ended.stderr);
  const names = [...Deno.readDirSync(folder.path)].map(({ name }) => name);
  assert.deepEqual(names.sort(), ["cut.pgn.zst", "report.html"]);
  assert.equal(await Deno.readTextFile(`${folder.path}/report.html`), "old");
});

Deno.test("collectSet() counts records, and reads the texts of the 20,000 games with the least hashes", async () => {
  const count = 50_000;
  const records = new Uint8Array(count * RECORD_BYTES);
  const view = new DataView(records.buffer);
  const hashOf = (game: number) =>
    BigInt.asUintN(64, BigInt(game >> 1) * 0x9e3779b97f4a7c15n);
  for (let game = 0; game < count; game++) {
    const at = game * RECORD_BYTES;
    view.setUint32(at + RECORD_FIELDS.length, 1000, true);
    view.setBigUint64(at + RECORD_FIELDS.hash, hashOf(game), true);
    view.setUint16(at + RECORD_FIELDS.whiteElo, 1500, true);
    view.setUint16(at + RECORD_FIELDS.blackElo, game % 2 * 1700, true);
    view.setUint16(at + RECORD_FIELDS.eco, game % 2 * 499, true);
    view.setUint32(at + RECORD_FIELDS.day, 20211031, true);
  }
  const asked: number[] = [];
  const cache: Pick<GameCache, "readRecords" | "readGamesAt"> = {
    readRecords: (_, first, end) =>
      Promise.resolve(
        records.subarray(first * RECORD_BYTES, end * RECORD_BYTES),
      ),
    readGamesAt(_, numbers) {
      asked.push(...numbers);
      return Promise.resolve(numbers.map((number) => Uint8Array.of(number)));
    },
  };
  const set = {
    name: "mine",
    count,
    checkpoint: { gamesRead: count, badGames: 0, rejected: {} },
  } as unknown as SetInfo;
  const { statistics, drawn } = await collectSet(
    cache as GameCache,
    set,
    {},
    new Progress({ write() {} }),
    new AbortController().signal,
  );
  assert.equal(statistics.games, count);
  assert.equal(statistics.textBytes, 1000 * count);
  assert.deepEqual(statistics.ratings, { 1600: count / 2 });
  assert.deepEqual(statistics.openings, { A00: count / 2, E99: count / 2 });
  assert.deepEqual(statistics.months, { "2021-10": count });
  assert.equal(statistics.repeated, count / 2);
  assert.equal(statistics.notStandard, count);
  assert.equal(drawn.length, 20_000);
  const least = Array.from({ length: count }, (_, game) => game)
    .sort((a, b) => hashOf(a) < hashOf(b) ? -1 : hashOf(a) > hashOf(b) ? 1 : 0)
    .slice(0, 20_000).sort((a, b) => a - b);
  assert.deepEqual(asked, least);
});
