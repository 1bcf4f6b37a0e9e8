import assert from "node:assert/strict";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import { ArchiveError } from "../src/archive/archive_error.ts";
import type { GameCache } from "../src/cache/game_cache.ts";
import { GameCacheError } from "../src/cache/game_cache_error.ts";
import { RedisGameCache } from "../src/cache/redis_game_cache.ts";
import { SqliteGameCache } from "../src/cache/sqlite_game_cache.ts";
import type { SetSpec } from "../src/cache/game_set.ts";
import {
  indexGames,
  type IndexOptions,
  type IndexProgress,
} from "../src/game_indexer.ts";
import { GameLoader } from "../src/game_loader.ts";
import {
  archiveText,
  errorOf,
  gameText,
  setOf,
  tempFolder,
  texts,
  writeWatched,
} from "./_games.ts";
import { seeded } from "./_pgn_data.ts";
import { RedisServer } from "./_redis_server.ts";
import { runScript } from "./_run_script.ts";
import { archivePath, readArchive } from "./_archives.ts";
import { STORES } from "./cache/_stores.ts";

/** An archive next to an empty cache. */
async function setUp(text = archiveText(1000)) {
  const folder = await tempFolder();
  const path = folder.write("games.pgn", text);
  const cache = new SqliteGameCache(join(folder.path, "games.sqlite"));
  return {
    folder,
    path,
    cache,
    index: (
      set: Partial<SetSpec> = {},
      options?: IndexOptions,
      database = path,
    ) =>
      indexGames(
        database,
        cache,
        [{ name: "some", filter: { playstyle: "tactical" }, ...set }],
        options,
      ),
    async [Symbol.asyncDispose]() {
      await cache.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** All that a set is and holds, but for when it was made. */
async function contents(cache: GameCache, name: string) {
  const { generation: _, createdAt: __, updatedAt: ___, ...set } = await setOf(
    cache,
    name,
  );
  // Where it would have resumed depends on where it was stopped.
  const { position: ____, ...checkpoint } = set.checkpoint;
  const games = await texts(cache.getGames(name, 0));
  return { set: { ...set, checkpoint }, games };
}

/** The games of an archive that pass, as the archive itself gives them. */
function archiveGames(path: string | string[], filter = {}): Promise<string[]> {
  return texts(new GameLoader(path, { cache: null }).loadGames(filter));
}

Deno.test("indexGames() throws wrong values where they are given", async () => {
  await using at = await setUp();
  const set = { name: "some", filter: {} };
  // deno-lint-ignore no-explicit-any
  const wrong: [any, RegExp][] = [
    [[], /no set is given/],
    [[set, set], /two sets have the same name/],
    [[{ ...set, name: "A B" }], /name must be 1 to 64 of/],
    [[{ ...set, filter: { minRating: -1 } }], /minRating must be/],
    [[{ ...set, maxGames: 0 }], /maxGames must be a positive integer/],
    [[{ ...set, maxGames: 1.5 }], /maxGames must be a positive integer/],
  ];
  for (const [sets, message] of wrong) {
    await assert.rejects(indexGames(at.path, at.cache, sets), { message });
  }
  await assert.rejects(
    indexGames(at.path, at.cache, [set], { signal: AbortSignal.abort() }),
    { name: "AbortError" },
  );
  await assert.rejects(indexGames([], at.cache, [set]), TypeError);
  assert.deepEqual(await at.cache.sets(), []);
});

Deno.test("indexGames() reports what it read, kept and rejected by which field", async () => {
  await using at = await setUp(
    archiveText(100, (i) => ({
      WhiteElo: i < 30 ? "1000" : "2000",
      Result: i % 10 === 0 ? "0-1" : "1-0",
    })) + gameText(100, {}, "{ " + "x".repeat(2000) + " }") + "\n\nnonsense\n",
  );
  const bad: Error[] = [];
  const { seconds, ...report } = await at.index(
    { filter: { minRating: 1600, result: "1-0", playstyle: "tactical" } },
    { maxGameLength: 1000, onBadGame: (error) => bad.push(error) },
  );
  assert.ok(seconds > 0 && seconds < 60);
  const { size } = Deno.statSync(at.path);
  assert.deepEqual(report, {
    bytesRead: size,
    totalBytes: size,
    textBytes: size,
    gamesRead: 100,
    badGames: 1,
    droppedBytes: "nonsense".length,
    sets: [{
      name: "some",
      kept: 28,
      rejected: { playstyle: 50, minRating: 15, result: 7 },
      state: "complete",
      continued: false,
    }],
  });
  assert.equal(bad.length, 1);
  const { set } = await contents(at.cache, "some");
  const { histogram, ...checkpoint } = set.checkpoint;
  assert.equal(histogram?.openings.B2, set.count);
  assert.deepEqual(checkpoint, {
    gamesRead: 100,
    badGames: 1,
    rejected: report.sets[0].rejected,
  });
  assert.equal(set.count, 28);
  assert.equal(set.lock, undefined);
});

Deno.test("indexGames() makes several sets in one pass as it makes each alone", async () => {
  const long = gameText(5000, {}, "{ " + "x".repeat(5000) + " }");
  await using at = await setUp(
    archiveText(3000) + long + "\n\n" + archiveText(3000) + long,
  );
  const sets: SetSpec[] = [
    { name: "tactical", filter: { playstyle: "tactical" } },
    { name: "all", filter: {}, maxGames: 700 },
    { name: "none", filter: { minRating: 3000 } },
    { name: "exact", filter: {}, maxGames: 6000 },
  ];
  const options = { maxGameLength: 4000 };
  const together = await indexGames(at.path, at.cache, sets, options);
  await using alone = new SqliteGameCache(
    join(at.folder.path, "alone.sqlite"),
  );
  for (const [i, set] of sets.entries()) {
    const { sets: [one] } = await indexGames(at.path, alone, [set], options);
    assert.deepEqual(together.sets[i], one);
    assert.deepEqual(
      await contents(at.cache, set.name),
      await contents(alone, set.name),
      set.name,
    );
  }
  const states = together.sets.map(({ kept, state }) => [kept, state]);
  assert.deepEqual(states, [
    [3000, "complete"],
    [700, "capped"],
    [0, "complete"],
    [6000, "capped"],
  ]);
});

for (const store of STORES) {
  Deno.test({
    name:
      `indexGames() goes on where it was stopped, to the same set in ${store.name}`,
    async fn() {
      const path = archivePath("made/long.pgn.zst");
      const sets: SetSpec[] = [
        { name: "strong", filter: { minRating: 1700, playstyle: "tactical" } },
        { name: "first", filter: { result: "0-1" }, maxGames: 3000 },
      ];
      await using place = await store.start();
      await using cache = place.open();
      await indexGames(path, cache, sets);
      const expected = await Promise.all(
        sets.map(({ name }) => contents(cache, name)),
      );
      await cache.clearAll();

      const random = seeded(7);
      let stops = 0;
      let counts = [0, 0];
      for (let runs = 0;; runs++) {
        assert.ok(runs < 40);
        const stop = new AbortController();
        const until = 1 + Math.floor(random() * 4);
        const stopping = writeWatched(cache, (batches) => {
          if (batches >= until) stop.abort();
        });
        try {
          await indexGames(path, stopping, sets, { signal: stop.signal });
          break;
        } catch (error) {
          if (!stop.signal.aborted) throw error;
          stops++;
        }
        for (const [i, { name }] of sets.entries()) {
          const { set, games } = await contents(cache, name);
          assert.equal(set.lock, undefined);
          assert.ok(set.count >= counts[i]);
          assert.deepEqual(games, expected[i].games.slice(0, set.count));
        }
        counts = (await cache.sets()).map(({ count }) => count).reverse();
      }
      assert.ok(stops >= 2, String(stops));
      for (const [i, { name }] of sets.entries()) {
        assert.deepEqual(await contents(cache, name), expected[i]);
      }
    },
  });
}

Deno.test("indexGames() leaves a set alone that is done", async () => {
  await using at = await setUp();
  await at.index({ maxGames: 10, name: "capped" });
  await at.index();
  const before = await at.cache.sets();
  const capped = await at.index({ maxGames: 10, name: "capped" });
  const complete = await at.index();
  assert.deepEqual(await at.cache.sets(), before);
  assert.deepEqual(complete.sets, [{
    name: "some",
    kept: 500,
    rejected: { playstyle: 500 },
    state: "complete",
    continued: true,
  }]);
  assert.equal(capped.sets[0].state, "capped");
  assert.equal(complete.gamesRead, 0);
  // Nothing more can come to it.
  assert.equal((await at.index({ maxGames: 5000 })).sets[0].state, "complete");
});

Deno.test("indexGames() continues with a capped set that may have more games", async () => {
  await using at = await setUp();
  const all = await archiveGames(at.path, { playstyle: "tactical" });
  for (const maxGames of [10, 11, 200, 500, undefined]) {
    const { sets: [{ kept, state, continued }] } = await at.index({ maxGames });
    assert.equal(kept, maxGames ?? 500);
    assert.equal(state, maxGames === undefined ? "complete" : "capped");
    assert.equal(continued, maxGames !== 10);
    const { set, games } = await contents(at.cache, "some");
    assert.deepEqual(games, all.slice(0, maxGames));
    assert.equal(set.maxGames, maxGames);
  }
  await using fresh = new SqliteGameCache(
    join(at.folder.path, "fresh.sqlite"),
  );
  await indexGames(at.path, fresh, [
    { name: "some", filter: { playstyle: "tactical" } },
  ]);
  assert.deepEqual(
    await contents(at.cache, "some"),
    await contents(fresh, "some"),
  );
});

Deno.test("indexGames() says why it does not continue with a set, and replaces it when told", async () => {
  await using at = await setUp();
  await at.index({ maxGames: 10 });
  const other = at.folder.write("other.pgn", archiveText(999));
  const attempts: [Partial<SetSpec>, IndexOptions, string, RegExp][] = [
    [{ filter: {} }, {}, at.path, /another filter/],
    [{}, {}, other, /another archive/],
    [{}, { maxGameLength: 5000 }, at.path, /games up to 1048576 bytes/],
    [{ maxGames: 9 }, {}, at.path, /already has 10 games, more than 9/],
  ];
  for (const [set, options, path, message] of attempts) {
    const before = await contents(at.cache, "some");
    const act = { maxGames: 20, ...set };
    const error = await errorOf(() => at.index(act, options, path));
    assert.ok(error instanceof GameCacheError);
    assert.equal(error.fault, "refused");
    assert.match(error.message, message);
    assert.match(error.message, /set some .*--replace/);
    assert.deepEqual(await contents(at.cache, "some"), before);

    const { generation } = await setOf(at.cache, "some");
    await at.index(act, { ...options, replace: true }, path);
    assert.notEqual((await setOf(at.cache, "some")).generation, generation);
    await at.index({ maxGames: 10 }, { replace: true });
    assert.deepEqual(await contents(at.cache, "some"), before);
  }
  await at.cache.storeGames("mine", 0, [gameText(1)]);
  await assert.rejects(at.index({ name: "mine" }), GameCacheError);
});

Deno.test("indexGames() keeps what came before the damage of an archive", async () => {
  const text = new TextEncoder().encode(archiveText(5000));
  const whole = zstdCompressSync(text);
  const cut = whole.subarray(0, whole.length - 200);
  await using at = await setUp();
  const path = at.folder.write("cut.pgn.zst", cut);
  let last: IndexProgress | undefined;
  const error = await errorOf(() =>
    at.index({}, { onProgress: (progress) => last = progress }, path)
  );
  assert.ok(error instanceof ArchiveError, String(error));
  assert.equal(error.offset, cut.length);
  assert.equal(error.source, path);
  const { set, games } = await contents(at.cache, "some");
  assert.equal(set.state, "unfinished");
  assert.ok(set.count > 1000 && set.count < 2500, String(set.count));
  assert.equal(last?.sets[0].kept, set.count);
  assert.equal(set.lock, undefined);
  const wholePath = at.folder.write("whole.pgn.zst", whole);
  const all = await archiveGames(wholePath, { playstyle: "tactical" });
  assert.deepEqual(games, all.slice(0, set.count));
});

Deno.test("indexGames() leaves a set as it is when the archive that should replace it is not there", async () => {
  await using at = await setUp();
  await at.index();
  const before = await at.cache.sets();
  const absent = join(at.folder.path, "absent.pgn");
  const foreign = at.folder.write("foreign.pgn", "PK\x03\x04and so on");
  for (const path of [absent, foreign]) {
    const error = await errorOf(() => at.index({}, { replace: true }, path));
    assert.ok(error instanceof ArchiveError, String(error));
    assert.deepEqual(await at.cache.sets(), before);
  }
  await assert.rejects(at.index({ name: "new" }, {}, absent), ArchiveError);
  assert.deepEqual(await at.cache.sets(), before);
});

Deno.test("indexGames() reports that Redis is full, with all kept games readable", async () => {
  await using folder = await tempFolder();
  const filler = "{ " + "x".repeat(1000) + " }";
  const path = folder.write(
    "games.pgn",
    Array.from({ length: 12_000 }, (_, i) => gameText(i, {}, filler))
      .join("\n\n"),
  );
  await using server = await RedisServer.start({
    args: ["--maxmemory", "9mb", "--maxmemory-policy", "noeviction"],
  });
  await using cache = new RedisGameCache({ url: server.url });
  let last: IndexProgress | undefined;
  const sets = [
    { name: "all", filter: {} },
    { name: "tactical", filter: { playstyle: "tactical" } },
  ] as const;
  const error = await errorOf(() =>
    indexGames(path, cache, sets, { onProgress: (value) => last = value })
  );
  assert.ok(error instanceof GameCacheError, String(error));
  assert.equal(error.fault, "full");
  let kept = 0;
  for (const [i, { name, filter }] of sets.entries()) {
    const { set, games } = await contents(cache, name);
    assert.equal(set.state, "unfinished");
    assert.equal(last?.sets[i].kept, games.length);
    assert.equal(games.length, set.count);
    assert.deepEqual(
      games,
      (await archiveGames(path, filter)).slice(0, set.count),
    );
    kept += set.count;
  }
  assert.ok(kept > 1000, String(kept));

  await server.cli("CONFIG", "SET", "maxmemory", "0");
  const report = await indexGames(path, cache, sets);
  assert.deepEqual(report.sets.map(({ kept }) => kept), [12_000, 6000]);
  for (const { name, filter } of sets) {
    const { games } = await contents(cache, name);
    assert.deepEqual(games, await archiveGames(path, filter));
  }
});

Deno.test("indexGames() fails when the server dies, with what was committed kept", async () => {
  await using folder = await tempFolder();
  const path = folder.write("games.pgn", archiveText(20_000));
  await using server = await RedisServer.start({
    args: ["--appendonly", "yes"],
  });
  await using cache = new RedisGameCache({ url: server.url });
  const sets = [{ name: "all", filter: {} }];
  let killed: Promise<void> | undefined;
  const error = await errorOf(() =>
    indexGames(
      path,
      writeWatched(cache, () => killed ??= server.kill()),
      sets,
    )
  );
  assert.ok(error instanceof GameCacheError, String(error));
  assert.equal(error.fault, "unreachable");
  await killed;
  await server.restart();
  const all = await archiveGames(path);
  const { set, games } = await contents(cache, "all");
  assert.deepEqual(games, all.slice(0, set.count));
  assert.ok(set.count > 0);
});

for (const store of STORES) {
  Deno.test(`indexGames() refuses a set of ${store.name} that is being written`, async () => {
    await using at = await setUp();
    await using place = await store.start();
    await using cache = place.open();
    await using other = place.open();
    const sets = [{ name: "all", filter: {} }];
    await indexGames(at.path, cache, [{ ...sets[0], maxGames: 10 }]);
    const before = await contents(cache, "all");
    // The first one waits in the middle of its work.
    const writer = cache.writer(before.set, {
      resume: await setOf(cache, "all"),
    }).getWriter();
    await writer.ready;
    for (const replace of [false, true]) {
      const error = await errorOf(() =>
        indexGames(at.path, other, sets, { replace })
      );
      assert.ok(error instanceof GameCacheError, String(error));
      assert.equal(error.fault, "locked");
    }
    await writer.close();
    assert.deepEqual(await contents(cache, "all"), before);
    await indexGames(at.path, other, sets);
    const { games } = await contents(cache, "all");
    assert.deepEqual(games, await archiveGames(at.path));
  });
}

Deno.test("indexGames() takes several archives as one sequence, and no game runs from one into the next", async () => {
  await using at = await setUp();
  const open = '[Event "open"]\n[Site "a"]\n\n1. e4 e5';
  const first = at.folder.write("1.pgn", `${gameText(1)}\n\n${open}`);
  const second = at.folder.write(
    "2.pgn.zst",
    zstdCompressSync(
      new TextEncoder().encode(`2. Nf3 *\n\n${archiveText(3)}`),
    ),
  );
  const report = await indexGames([first, second, at.path], at.cache, [
    { name: "all", filter: {} },
  ]);
  const { set, games } = await contents(at.cache, "all");
  assert.deepEqual(
    set.source.map(({ fileName }) => fileName),
    ["1.pgn", "2.pgn.zst", "games.pgn"],
  );
  const lone = await Promise.all(
    [first, second, at.path].map((path) => archiveGames(path)),
  );
  assert.deepEqual(games, lone.flat());
  assert.equal(games[1], open);
  assert.equal(report.gamesRead, games.length);
  assert.equal(
    report.bytesRead,
    [first, second, at.path].reduce(
      (bytes, path) => bytes + Deno.statSync(path).size,
      0,
    ),
  );
});

Deno.test("indexGames() makes a set of an archive without identity, and does not continue with it", async () => {
  await using at = await setUp();
  const text = Deno.readTextFileSync(at.path);
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () => new Response(text),
  );
  const url = `http://127.0.0.1:${server.addr.port}/games.pgn`;
  const report = await at.index({ maxGames: 10 }, {}, url);
  assert.equal(report.sets[0].kept, 10);
  const error = await errorOf(() => at.index({ maxGames: 20 }, {}, url));
  assert.match(error.message, /cannot be proved to be this one/);
  const again = await at.index({ maxGames: 20 }, { replace: true }, url);
  assert.equal(again.sets[0].kept, 20);
});

Deno.test("indexGames() takes standard input once, and GameLoader asks no cache for it", async () => {
  await using folder = await tempFolder();
  const input = new TextEncoder().encode(archiveText(1000));
  async function run(script: string) {
    const { code, stdout, stderr } = await runScript(
      folder.path,
      `
      import { GameLoader, indexGames, SqliteGameCache } from "@chess/game-cache";
      await using cache = new SqliteGameCache("games.sqlite");
      ${script}
      `,
      ["--no-check", "--allow-read=.", "--allow-write=."],
      { input },
    );
    assert.equal(code, 0, stderr);
    return stdout.trim();
  }
  const index = `await indexGames("-", cache, [{ name: "all", filter: {} }])`;
  assert.equal(
    await run(`console.log((await ${index}).sets[0].kept);`),
    "1000",
  );
  assert.match(
    await run(`await ${index}.catch(({ message }) => console.log(message));`),
    /^Cannot resume the set all as .* cannot be proved to be this one/,
  );
  const load = `
    cache.readGames = () => { throw new Error("It was asked"); };
    const stream = new GameLoader("-", { cache }).loadGames(QUERY);
    console.log((await Array.fromAsync(stream)).length);
  `;
  assert.equal(await run(load.replace("QUERY", "")), "1000");
  assert.equal(await run(load.replace("QUERY", "{ maxGames: 2 }")), "2");
});

Deno.test({
  name: "indexGames() reports its progress, in numbers that only grow",
  async fn() {
    const path = archivePath("made/month.pgn.zst");
    const { size } = await Deno.stat(path);
    await using at = await setUp();
    const told: IndexProgress[] = [];
    const { seconds: _, ...report } = await at.index(
      { filter: { minRating: 1900 } },
      { onProgress: (progress) => told.push(structuredClone(progress)) },
      path,
    );
    assert.ok(told.length >= 2, String(told.length));
    assert.deepEqual(told.at(-1), report);
    const keys = ["bytesRead", "textBytes", "gamesRead"] as const;
    for (const [i, progress] of told.entries()) {
      assert.equal(progress.totalBytes, size);
      assert.ok(progress.bytesRead <= progress.totalBytes!);
      if (i === 0) continue;
      for (const key of keys) assert.ok(progress[key] >= told[i - 1][key]);
      assert.ok(progress.sets[0].kept >= told[i - 1].sets[0].kept);
    }
    assert.equal(report.bytesRead, size);
    assert.equal(report.textBytes, readArchive("made/month").length);
    assert.equal(report.gamesRead, 120_000);
  },
});
