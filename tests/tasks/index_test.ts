import assert from "node:assert/strict";
import { RedisGameCache, SqliteGameCache } from "../../mod.ts";
import { RedisServer } from "../_redis_server.ts";
import { archivePath } from "../_archives.ts";
import {
  endOf,
  PROJECT,
  runTask,
  SAMPLE,
  SAMPLE_GAMES,
  startTask,
  TestFolder,
  until,
} from "./_run_task.ts";

/** Cuts a text into games on its own, without what is tested here. */
async function gamesOf(archive: string): Promise<string[]> {
  const { stdout, success } = await new Deno.Command("zstd", {
    args: ["-dcq", archive],
  }).output();
  assert.ok(success);
  return new TextDecoder().decode(stdout).trim().split(/\n\n+(?=\[Event ")/);
}

function tagOf(game: string, name: string): string {
  return game.match(new RegExp(`^\\[${name} "(.*)"\\]$`, "m"))?.[1] ?? "";
}

const TACTICAL_RANGES =
  "A51-A52 A56-A99 B00-B09 B20-B99 C20-C40 C44-C45 C50-C59 C63-C63 C80-C99 D08-D09 E60-E99"
    .split(" ").map((range) => range.split("-"));

function isTactical(game: string): boolean {
  const eco = tagOf(game, "ECO");
  return /^[A-E]\d\d$/.test(eco) &&
    TACTICAL_RANGES.some(([first, last]) => first <= eco && eco <= last);
}

function isPositional(game: string): boolean {
  return /^[A-E]\d\d$/.test(tagOf(game, "ECO")) && !isTactical(game);
}

function isRatedAtLeast(game: string, rating: number): boolean {
  const white = tagOf(game, "WhiteElo");
  const black = tagOf(game, "BlackElo");
  return /^\d+$/.test(white) && /^\d+$/.test(black) &&
    Math.floor((Number(white) + Number(black)) / 2) >= rating;
}

async function readSet(
  cache: RedisGameCache | SqliteGameCache,
  set: string,
): Promise<string[]> {
  const games: string[] = [];
  for await (const game of cache.getGames(set, 0)) games.push(game.pgn);
  return games;
}

Deno.test({
  name:
    "deno task index makes both playstyles in ./storage, and a program that trains from them",
  async fn() {
    await using folder = new TestFolder();
    const { code, stdout, stderr } = await runTask("index", [], {
      cwd: folder.path,
    });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^read {2}2,000 games, 5\.5 MB of text/m);

    const games = await gamesOf(SAMPLE);
    const path = `${folder.path}/storage/games.sqlite`;
    await using cache = new SqliteGameCache(path);
    assert.deepEqual(
      await readSet(cache, "tactical"),
      games.filter(isTactical),
    );
    assert.deepEqual(
      await readSet(cache, "positional"),
      games.filter(isPositional),
    );

    assert.ok(stdout.includes(path));
    assert.match(await runTrainer(stdout, "--check"), THREE_AND_COUNT_REGEXP);
  },
});

const THREE_AND_COUNT_REGEXP =
  /^(.+ [wb] .+ [a-h][1-8][a-h][1-8][qrbn]? -?[01]\n){3}\d{4} samples\n$/;

/** Pastes the program that an index printed into a file, and runs it as shown. */
async function runTrainer(
  printed: string,
  check: "--check" | "--no-check" = "--no-check",
): Promise<string> {
  const [, program, flags] = printed.match(
    /file trainer\.ts:\n\n([^]+)\n\nand run it:\n\n(?:deno|npx --yes deno@\S+) run (.+)\n$/,
  )!;
  await using folder = new TestFolder();
  await Deno.writeTextFile(`${folder.path}/trainer.ts`, program);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", check, "--no-prompt", ...flags.split(" ")],
    cwd: folder.path,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  assert.equal(code, 0, decoder.decode(stderr));
  return decoder.decode(stdout);
}

Deno.test("deno task index prints a program that reads the cache, also where the archive is not", async () => {
  await using server = await RedisServer.start();
  for (const cache of ["sqlite:g.sqlite", server.url]) {
    await using folder = new TestFolder();
    await Deno.copyFile(SAMPLE, `${folder.path}/mine.pgn.zst`);
    const { code, stdout, stderr } = await runTask(
      "index",
      ["mine.pgn.zst", "--min-rating", "1500", "--cache", cache],
      { cwd: folder.path },
    );
    assert.equal(code, 0, stderr);
    await Deno.remove(`${folder.path}/mine.pgn.zst`);
    assert.match(await runTrainer(stdout), THREE_AND_COUNT_REGEXP);
  }
});

Deno.test("deno task index --json ends with one object, its counts are those of the text", async () => {
  await using folder = new TestFolder();
  const ended = await runTask(
    "index",
    [
      "--cache",
      "sqlite:games.sqlite",
      "--min-rating",
      "2000",
      "--json",
    ],
    { cwd: folder.path },
  );
  assert.equal(ended.code, 0, ended.stderr);
  assert.equal(ended.stdout.trimEnd().split("\n").length, 1);
  const report = ended.json();
  const games = (await gamesOf(SAMPLE)).filter((game) =>
    isRatedAtLeast(game, 2000)
  );
  assert.equal(report.status, "done");
  assert.equal(report.gamesRead, SAMPLE_GAMES);
  assert.equal(report.badGames, 0);
  assert.deepEqual(
    report.sets.map((
      { name, kept, state }: { name: string; kept: number; state: string },
    ) => ({ name, kept, state })),
    [
      {
        name: "tactical",
        kept: games.filter(isTactical).length,
        state: "complete",
      },
      {
        name: "positional",
        kept: games.filter(isPositional).length,
        state: "complete",
      },
    ],
  );
  for (const { kept, rejected } of report.sets) {
    const counts = Object.values<number>(rejected);
    assert.equal(
      counts.reduce((sum, count) => sum + count, kept),
      SAMPLE_GAMES,
    );
  }
  assert.equal(
    report.cacheBytes,
    (await Deno.stat(`${folder.path}/games.sqlite`)).size,
  );
});

Deno.test("deno task index --playstyle all takes every game, --set names it, --max-games caps it", async () => {
  await using folder = new TestFolder();
  const index = async (...args: string[]) => {
    const all = [...args, "--cache", "sqlite:games.sqlite", "--json"];
    const ended = await runTask("index", all, { cwd: folder.path });
    assert.equal(ended.code, 0, ended.stderr);
    return ended.json().sets;
  };
  const [all] = await index("--playstyle", "all");
  assert.equal(all.name, "all");
  assert.equal(all.kept, SAMPLE_GAMES);
  const [quick] = await index("--set", "quick", "--time-control", "bullet");
  assert.equal(quick.name, "quick");
  assert.equal(quick.state, "complete");
  const [few] = await index(
    "--set",
    "few",
    "--playstyle",
    "positional",
    "--max-games",
    "7",
  );
  assert.deepEqual([few.name, few.kept, few.state], ["few", 7, "capped"]);

  await using cache = new SqliteGameCache(`${folder.path}/games.sqlite`);
  const games = await gamesOf(SAMPLE);
  assert.deepEqual(await readSet(cache, "all"), games);
  assert.deepEqual(
    await readSet(cache, "few"),
    games.filter(isPositional).slice(0, 7),
  );
});

Deno.test("deno task index run again says that all is there, and asks for --replace for another filter", async () => {
  await using folder = new TestFolder();
  const index = (...args: string[]) =>
    runTask(
      "index",
      [...args, "--playstyle", "tactical", "--cache", "sqlite:g.sqlite"],
      { cwd: folder.path },
    );
  assert.equal((await index("--json")).code, 0);
  const again = await index("--json");
  assert.equal(again.code, 0, again.stderr);
  const [set] = again.json().sets;
  assert.equal(set.state, "complete");
  assert.equal(set.continued, true);

  const other = await index("--min-rating", "1800", "--json");
  assert.equal(other.code, 1);
  assert.match(other.stderr, /^error: .*--replace/m);
  assert.equal(other.json().status, "failed");
  assert.match(other.json().error, /--replace/);

  const replaced = await index("--min-rating", "1800", "--replace", "--json");
  assert.equal(replaced.code, 0, replaced.stderr);
  assert.ok(replaced.json().sets[0].kept < set.kept);
});

Deno.test("deno task index stores in Redis the games as the archive has them", async () => {
  await using server = await RedisServer.start();
  const ended = await runTask("index", [
    SAMPLE,
    "--playstyle",
    "tactical",
    "--min-rating",
    "1800",
    "--cache",
    server.url,
    "--json",
  ]);
  assert.equal(ended.code, 0, ended.stderr);
  const games = (await gamesOf(SAMPLE)).filter((game) =>
    isTactical(game) && isRatedAtLeast(game, 1800)
  );
  assert.equal(ended.json().sets[0].kept, games.length);
  await using cache = new RedisGameCache({ url: server.url });
  assert.deepEqual(await readSet(cache, "tactical"), games);
  assert.equal(
    (await server.cli("GET", "chess:game:tactical:0")).trimEnd(),
    games[0],
  );
});

Deno.test({
  name: "deno task index counts a whole month as an independent count does",
  async fn() {
    await using server = await RedisServer.start();
    const archive = archivePath("made/month.pgn.zst");
    const ended = await runTask("index", [
      archive,
      "--playstyle",
      "tactical",
      "--min-rating",
      "1800",
      "--cache",
      server.url,
      "--json",
    ]);
    assert.equal(ended.code, 0, ended.stderr);
    const games = (await gamesOf(archive)).filter((game) =>
      isRatedAtLeast(game, 1800) && isTactical(game)
    );
    assert.equal(ended.json().gamesRead, 120_000);
    assert.equal(ended.json().sets[0].kept, games.length);
    assert.equal(
      (await server.cli("GET", "chess:game:tactical:0")).trimEnd(),
      games[0],
    );
  },
});

Deno.test("deno task index takes the cache that the environment names", async () => {
  await using server = await RedisServer.start();
  const ended = await runTask("index", ["--max-games", "10", "--json"], {
    env: { GAME_CACHE_URL: server.url },
  });
  assert.equal(ended.code, 0, ended.stderr);
  await using cache = new RedisGameCache({ url: server.url });
  assert.equal(await cache.getTotalGames("positional"), 10);
});

Deno.test("deno task index ends with status 1 where a cache that was named does not answer", async () => {
  await using folder = new TestFolder();
  const url = "redis://:secret@127.0.0.1:1";
  const named = await runTask("index", ["--cache", url, "--json"], {
    cwd: folder.path,
  });
  const byName = await runTask("index", ["--json"], {
    cwd: folder.path,
    env: { REDIS_URL: url },
  });
  for (const { code, stdout, stderr, json } of [named, byName]) {
    assert.equal(code, 1);
    assert.match(stderr, /^error: .*refused/m);
    assert.equal(json().status, "failed");
    assert.ok(!(stdout + stderr).includes("secret"));
  }
  assert.deepEqual([...Deno.readDirSync(folder.path)], []);
});

Deno.test("deno task index ends with status 1 where Redis is full, with what was kept", async () => {
  await using server = await RedisServer.start({
    args: ["--maxmemory", "3mb"],
  });
  const ended = await runTask("index", [
    "--playstyle",
    "all",
    "--cache",
    server.url,
    "--json",
  ]);
  assert.equal(ended.code, 1);
  assert.match(ended.stderr, /^error: .*full/m);
  const [{ name, kept }] = ended.json().sets;
  assert.equal(name, "all");
  assert.match(
    ended.stderr,
    new RegExp(`Kept ${kept.toLocaleString("en-US")} games of all`),
  );
  await using cache = new RedisGameCache({ url: server.url });
  const games = await readSet(cache, "all");
  assert.equal(games.length, kept);
  assert.deepEqual(games, (await gamesOf(SAMPLE)).slice(0, kept));
});

Deno.test("deno task index ends with status 1 at a broken archive, with what was kept", async () => {
  await using folder = new TestFolder();
  const bytes = await Deno.readFile(SAMPLE);
  const cut = `${folder.path}/cut.pgn.zst`;
  await Deno.writeFile(cut, bytes.subarray(0, bytes.length - 1000));
  const ended = await runTask(
    "index",
    [
      "cut.pgn.zst",
      "--playstyle",
      "all",
      "--cache",
      "sqlite:g.sqlite",
      "--json",
    ],
    { cwd: folder.path },
  );
  assert.equal(ended.code, 1);
  assert.match(ended.stderr, /^error: .*cut\.pgn\.zst, byte \d+\)/m);
  const [{ kept }] = ended.json().sets;
  await using cache = new SqliteGameCache(`${folder.path}/g.sqlite`);
  assert.equal(await cache.getTotalGames("all"), kept);
  assert.ok(kept > 1000);
});

Deno.test("deno task index names a database that is not there", async () => {
  await using folder = new TestFolder();
  const { code, stderr } = await runTask(
    "index",
    ["nowhere.pgn", "--cache", "sqlite:g.sqlite"],
    { cwd: folder.path },
  );
  assert.equal(code, 1);
  assert.match(stderr, /^error: .*nowhere\.pgn/m);
});

/** Enough of the sample that an index of it takes a while. */
const COPIES = 24;

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`deno task index stops at ${signal}, keeps what was committed, and resumes from there`, async () => {
    await using folder = new TestFolder();
    const sample = await Deno.readFile(SAMPLE);
    const long = `${folder.path}/long.pgn.zst`;
    for (let k = 0; k < COPIES; k++) {
      await Deno.writeFile(long, sample, { append: true });
    }
    const args = ["long.pgn.zst", "--playstyle", "all", "--json"];
    args.push("--cache", "sqlite:g.sqlite");
    const child = startTask("index", args, { cwd: folder.path });
    await using cache = new SqliteGameCache(`${folder.path}/g.sqlite`);
    await until(() => cache.hasGames("all"));
    child.kill(signal);
    const ended = await endOf(child);
    assert.equal(ended.code, 130, ended.stderr);
    assert.match(ended.stderr, new RegExp(`^Interrupted by ${signal}$`, "m"));
    const { status, sets: [{ kept }] } = ended.json();
    assert.equal(status, "interrupted");
    assert.ok(kept > 0 && kept < COPIES * SAMPLE_GAMES);
    const games = await readSet(cache, "all");
    assert.equal(games.length, kept);

    const again = await runTask("index", args, { cwd: folder.path });
    assert.equal(again.code, 0, again.stderr);
    assert.equal(again.json().sets[0].continued, true);
    const text = await gamesOf(SAMPLE);
    assert.deepEqual(
      await readSet(cache, "all"),
      Array.from({ length: COPIES }, () => text).flat(),
    );
  });
}

Deno.test("deno task index --replace leaves the old set where it is interrupted", async () => {
  await using server = await RedisServer.start();
  await using folder = new TestFolder();
  const set = ["--playstyle", "all", "--cache", server.url];
  assert.equal((await runTask("index", [SAMPLE, ...set])).code, 0);
  const sample = await Deno.readFile(SAMPLE);
  const long = `${folder.path}/long.pgn.zst`;
  for (let k = 0; k < COPIES; k++) {
    await Deno.writeFile(long, sample, { append: true });
  }
  const child = startTask("index", [long, "--replace", "--json", ...set]);
  await until(async () =>
    await server.cli("HGET", "chess:meta:all", "token") !== ""
  );
  child.kill("SIGINT");
  const ended = await endOf(child);
  assert.equal(ended.code, 130, ended.stderr);
  assert.match(
    ended.stderr,
    /^Nothing was replaced: what was there can be read as before$/m,
  );
  assert.equal(ended.json().sets[0].kept, 0);
  const verify = ["--against", SAMPLE, "--cache", server.url, "--json"];
  const sound = await runTask("verify", verify);
  assert.equal(sound.code, 0, sound.stderr);
  assert.equal(sound.json().checked, SAMPLE_GAMES);
});

Deno.test("deno task index refuses what it does not understand with status 2", async () => {
  const cases: [string[], RegExp][] = [
    [["--min-ratng", "1800"], /did you mean --min-rating\?/],
    [["--min-rating", "high"], /--min-rating must be a non-negative integer/],
    [["--min-rating"], /--min-rating needs a value/],
    [["--playstyle", "wild"], /tactical, positional, all/],
    [["--set", "My Set"], /1 to 64 of a-z.*My Set/],
    [["--max-games", "0"], /--max-games must be/],
    [["--time-control", "fast"], /ultraBullet, bullet, blitz/],
    [["--cache", "ftp://host"], /ftp/],
  ];
  const ended = await Promise.all(
    cases.map(([args]) => runTask("index", [...args, "--json"])),
  );
  for (const [k, { code, stderr, json }] of ended.entries()) {
    const [args, message] = cases[k];
    assert.equal(code, 2, args.join(" "));
    assert.match(stderr, message);
    assert.match(stderr, /deno task index --help/);
    assert.equal(json().status, "usage");
  }
});

Deno.test("deno task index --help shows flags and examples, and does nothing", async () => {
  await using folder = new TestFolder();
  const { code, stdout, stderr } = await runTask("index", ["--help"], {
    cwd: folder.path,
  });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^deno task index \[DATABASE…\]/);
  assert.match(stdout, /^ {2}--time-control NAME/m);
  assert.match(stdout, /^ {2}deno task index .*--min-rating 1800/m);
  assert.equal(stderr, "");
  assert.deepEqual([...Deno.readDirSync(folder.path)], []);
});

Deno.test("deno task index reads standard input, and prints no program for it", async () => {
  await using folder = new TestFolder();
  const args = ["-", "--playstyle", "all", "--cache", "sqlite:g.sqlite"];
  const child = startTask("index", args, { cwd: folder.path, stdin: "piped" });
  await using sample = await Deno.open(SAMPLE);
  await sample.readable.pipeTo(child.stdin);
  const { code, stdout, stderr } = await endOf(child);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^all {2}2,000 games, complete$/m);
  assert.match(stdout, /^Standard input cannot be known again/m);
  assert.ok(!stdout.includes("trainer.ts"));
});

Deno.test("deno task index reads paths from the caller's folder", async () => {
  await using folder = new TestFolder();
  await Deno.copyFile(SAMPLE, `${folder.path}/mine.pgn.zst`);
  const command = new Deno.Command(Deno.execPath(), {
    args: [
      "task",
      "--quiet",
      "--config",
      `${PROJECT}deno.json`,
      "index",
      "mine.pgn.zst",
      "--cache=sqlite:mine.sqlite",
      "--max-games=3",
      "--json",
    ],
    cwd: folder.path,
    stdin: "null",
  });
  const { code, stderr } = await command.output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  await using cache = new SqliteGameCache(`${folder.path}/mine.sqlite`);
  assert.equal(await cache.getTotalGames("tactical"), 3);
});

Deno.test("deno task index --compact makes a set for compact queries, and verify knows it", async () => {
  await using folder = new TestFolder();
  const options = { cwd: folder.path };
  const cache = ["--cache", "sqlite:g.sqlite"];
  const args = ["--playstyle", "all", "--max-games", "300", ...cache];
  const full = await runTask(
    "index",
    ["--set", "full", ...args.slice(2)],
    options,
  );
  assert.equal(full.code, 0, full.stderr);
  const compact = await runTask("index", ["--compact", ...args], options);
  assert.equal(compact.code, 0, compact.stderr);
  assert.match(compact.stdout, /compact: true/);
  const verify = ["--against", SAMPLE, ...cache];
  const { code, stdout } = await runTask("verify", verify, options);
  assert.equal(code, 0, stdout);
  const stats = await runTask("stats", [...cache, "--json"], options);
  const [all, whole] = stats.json().sets;
  assert.equal(all.compact, true);
  assert.ok(all.textBytes < 0.9 * whole.textBytes);
});
