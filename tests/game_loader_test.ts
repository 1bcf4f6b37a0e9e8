import assert from "node:assert/strict";
import { join } from "node:path";
import { ArchiveError } from "../src/archive/archive_error.ts";
import type { GameCache } from "../src/cache/game_cache.ts";
import { GameCacheError } from "../src/cache/game_cache_error.ts";
import { RedisGameCache } from "../src/cache/redis_game_cache.ts";
import { SqliteGameCache } from "../src/cache/sqlite_game_cache.ts";
import { indexGames } from "../src/game_indexer.ts";
import { GameLoader, type GameLoaderOptions } from "../src/game_loader.ts";
import type { GameQuery } from "../src/game_query.ts";
import {
  archiveText,
  errorOf,
  gameText,
  tempFolder,
  texts,
  warningsInto,
  watched,
  writeUnfinished,
} from "./_games.ts";
import { RedisServer } from "./_redis_server.ts";
import { archivePath } from "./_archives.ts";
import { concat, utf8, zstd } from "./archive/_make_archives.ts";
import { openFiles, STORES } from "./cache/_stores.ts";

/** An archive of 1000 games, a cache next to it, and what a loader over both gives and warns. */
async function setUp(text = archiveText(1000)) {
  const folder = await tempFolder();
  const path = folder.write("games.pgn", text);
  const cache = new SqliteGameCache(join(folder.path, "games.sqlite"));
  const warnings: string[] = [];
  return {
    folder,
    path,
    cache,
    warnings,
    loader: (options: GameLoaderOptions = {}, database = path) =>
      new GameLoader(database, {
        cache,
        ...warningsInto(warnings),
        ...options,
      }),
    load(query: GameQuery = {}, database = path, from: GameCache = cache) {
      return texts(this.loader({ cache: from }, database).loadGames(query));
    },
    archive: (query: GameQuery = {}) =>
      texts(new GameLoader(path, { cache: null }).loadGames(query)),
    async [Symbol.asyncDispose]() {
      await cache.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** A cache whose games all say that they came from it. */
function marked(cache: GameCache): GameCache {
  return new Proxy(cache, {
    get(target, name) {
      const mark = (games: readonly Uint8Array[]) =>
        games.map((game) => new Uint8Array([...game, 33]));
      if (name === "readGames") {
        return async function* (...args: Parameters<typeof cache.readGames>) {
          for await (const games of target.readGames(...args)) {
            yield mark(games);
          }
        };
      }
      if (name === "readGamesAt") {
        return async (...args: Parameters<typeof cache.readGamesAt>) =>
          mark(await target.readGamesAt(...args));
      }
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** Which of the games came from a marked cache: `c` for the cache, `a` for the archive. */
function origins(games: readonly string[]): string {
  return games.map((game) => game.endsWith("!") ? "c" : "a").join("")
    .replace(/(.)\1+/g, (run) => `${run[0]}${run.length} `).trim();
}

Deno.test("GameLoader throws bad values where they are given", () => {
  // deno-lint-ignore no-explicit-any
  const wrong: [any, RegExp][] = [
    [{ offset: -1 }, /offset must be a non-negative integer/],
    [{ offset: 1.5 }, /offset must be/],
    [{ offset: "1" }, /offset must be/],
    [{ maxGames: -1 }, /maxGames must be a non-negative integer/],
    [{ maxGames: NaN }, /maxGames must be/],
    [{ playstyle: "all" }, /playstyle must be one of tactical, positional/],
    [{ minRating: 0 }, /minRating must be a positive integer/],
    [{ eco: "Z00" }, /Z00/],
    [{ colour: "white" }, /"colour"/],
    [{ compact: "yes" }, /compact must be true or false/],
    [{ signal: "stop" }, /signal must be an AbortSignal/],
  ];
  const loader = new GameLoader("absent.pgn", { cache: null });
  for (const [query, message] of wrong) {
    assert.throws(() => loader.loadGames(query), { message });
  }
  // deno-lint-ignore no-explicit-any
  assert.throws(() => new GameLoader(5 as any), TypeError);
  assert.throws(() => new GameLoader([]), TypeError);
  assert.throws(() => new GameLoader("a.pgn", { maxGameLength: 0 }), {
    name: "RangeError",
    message: /maxGameLength must be a positive integer: current value is 0/,
  });
});

Deno.test("GameLoader opens nothing before the first read", async () => {
  const asked = watched(new SqliteGameCache("absent.sqlite"));
  const loader = new GameLoader("absent.pgn", { cache: asked });
  const stream = loader.loadGames();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(asked.calls, {});
  await stream.cancel();
  assert.deepEqual(asked.calls, {});
});

Deno.test("GameLoader gives no game for maxGames 0 and after the end", async () => {
  await using at = await setUp();
  for (const index of [false, true]) {
    if (index) {
      await indexGames(at.path, at.cache, [{ name: "all", filter: {} }]);
    }
    assert.deepEqual(await at.load({ maxGames: 0 }), []);
    assert.deepEqual(await at.load({ offset: 1000 }), []);
    assert.deepEqual(await at.load({ offset: 5000, minRating: 10 }), []);
    assert.equal((await at.load({ offset: 999 })).length, 1);
    assert.equal((await at.load({ offset: 990, maxGames: 20 })).length, 10);
  }
  assert.deepEqual(at.warnings, []);
});

Deno.test("GameLoader answers from the cache what it covers, and from the archive the rest", async () => {
  await using at = await setUp();
  const cache = marked(at.cache);
  const ask = async (query: GameQuery) =>
    origins(await at.load(query, at.path, cache));
  assert.equal(await ask({}), "a1000");
  await indexGames(at.path, at.cache, [
    { name: "tactical", filter: { playstyle: "tactical" } },
    { name: "some", filter: {}, maxGames: 300 },
  ]);
  assert.equal(await ask({ playstyle: "tactical" }), "c500");
  assert.equal(await ask({ playstyle: "tactical", minRating: 1 }), "c500");
  assert.equal(await ask({ eco: "B20", offset: 10, maxGames: 5 }), "c5");
  assert.equal(await ask({ playstyle: "positional" }), "c150 a350");
  assert.equal(await ask({}), "c300 a700");
  assert.equal(await ask({ offset: 299, maxGames: 3 }), "ca2");
  assert.equal(await ask({ offset: 300, maxGames: 3 }), "a3");
  assert.equal(await ask({ offset: 100, maxGames: 200 }), "c200");
  assert.deepEqual(at.warnings, []);
});

Deno.test("GameLoader reads no more of cache and archive than it gives", async () => {
  await using at = await setUp(archiveText(20_000));
  await indexGames(at.path, at.cache, [{ name: "all", filter: {} }]);
  for (const query of [{}, { eco: "B20" }]) {
    const asked = watched(at.cache);
    await at.load({ ...query, offset: 30, maxGames: 10 }, at.path, asked);
    assert.ok((asked.calls.batch ?? 0) <= 1, JSON.stringify(asked.calls));
  }
  // After the games that are wanted the archive is no archive any more.
  const damaged = at.folder.write(
    "damaged.pgn.zst",
    concat([zstd(utf8(archiveText(2000))), utf8("no frame")]),
  );
  assert.equal((await at.load({ maxGames: 2000 }, damaged)).length, 2000);
  await assert.rejects(at.load({ maxGames: 2001 }, damaged), ArchiveError);
});

Deno.test("GameLoader continues in the archive at the next game after a capped or unfinished set", async () => {
  await using at = await setUp();
  const filter = { playstyle: "tactical" } as const;
  const all = await at.archive(filter);
  await indexGames(at.path, at.cache, [{
    name: "capped",
    filter,
    maxGames: 211,
  }]);
  await writeUnfinished(
    at.cache,
    at.path,
    { name: "unfinished", filter },
    all.slice(0, 222),
  );
  for (const set of ["capped", "unfinished"]) {
    for (const offset of [0, 5, 210, 211, 212, 222, 223]) {
      for (const query of [filter, { ...filter, minRating: 100 }]) {
        const games = await at.load({ ...query, set, offset });
        assert.deepEqual(games, all.slice(offset), `${set} ${offset}`);
      }
    }
  }
  assert.deepEqual(at.warnings, []);
});

Deno.test("GameLoader ends with a capped set, and fails after an unfinished one, where there is no archive", async () => {
  await using at = await setUp();
  const filter = { playstyle: "tactical" } as const;
  const all = await at.archive(filter);
  await indexGames(at.path, at.cache, [{
    name: "capped",
    filter,
    maxGames: 9,
  }]);
  await writeUnfinished(
    at.cache,
    at.path,
    { name: "unfinished", filter },
    all.slice(0, 7),
  );
  await Deno.remove(at.path);
  assert.deepEqual(
    await at.load({ ...filter, set: "capped", offset: 2 }),
    all.slice(2, 9),
  );
  assert.deepEqual(
    await at.load({ ...filter, set: "unfinished", maxGames: 7 }),
    all.slice(0, 7),
  );
  const games: string[] = [];
  const error = await errorOf(async () => {
    const stream = at.loader().loadGames({ ...filter, set: "unfinished" });
    for await (const { pgn } of stream) games.push(pgn);
  });
  assert.deepEqual(games, all.slice(0, 7));
  assert.ok(error instanceof GameCacheError);
  assert.match(error.message, /unfinished.*: it holds 7 until now/);
});

Deno.test("GameLoader refuses a set by name that is missing or leaves games out", async () => {
  await using at = await setUp();
  await indexGames(at.path, at.cache, [
    { name: "tactical", filter: { playstyle: "tactical" } },
  ]);
  for (
    const query of [
      { set: "absent" },
      { set: "tactical" },
      { set: "tactical", playstyle: "positional" },
    ] as const
  ) {
    const error = await errorOf(() => at.load(query));
    assert.ok(error instanceof GameCacheError, JSON.stringify(query));
    assert.match(error.message, new RegExp(`from the set ${query.set}`));
  }
  const found = await at.load({
    set: "tactical",
    playstyle: "tactical",
    maxGames: 2,
  });
  assert.equal(found.length, 2);
  const without = new GameLoader(at.path, { cache: null });
  await assert.rejects(
    texts(without.loadGames({ set: "tactical", playstyle: "tactical" })),
    GameCacheError,
  );
});

Deno.test("GameLoader takes a copy under another name for the same archive, and another file of the same name for another", async () => {
  await using at = await setUp();
  const cache = marked(at.cache);
  await indexGames(at.path, at.cache, [{ name: "all", filter: {} }]);
  const copy = at.folder.write("copy.pgn", Deno.readTextFileSync(at.path));
  assert.equal(origins(await at.load({}, copy, cache)), "c1000");

  Deno.mkdirSync(join(at.folder.path, "other"));
  const other = at.folder.write("other/games.pgn", archiveText(1001));
  assert.equal(origins(await at.load({}, other, cache)), "a1001");

  // Not at hand: what it was called must be enough.
  const moved = join(at.folder.path, "nowhere/games.pgn");
  assert.equal(origins(await at.load({}, moved, cache)), "c1000");
  const unknown = join(at.folder.path, "nowhere/copy.pgn");
  const error = await errorOf(() => at.load({}, unknown, cache));
  assert.ok(error instanceof ArchiveError, String(error));
  assert.match(error.message, /copy\.pgn/);
  assert.deepEqual(at.warnings, []);
});

Deno.test("GameLoader takes several archives as one sequence", async () => {
  await using at = await setUp();
  const cache = marked(at.cache);
  const second = at.folder.write("second.pgn", archiveText(30));
  const both = [at.path, second];
  await indexGames(both, at.cache, [{ name: "both", filter: {} }]);
  const ask = async (database: string[]) =>
    origins(
      await texts(
        new GameLoader(database, { cache }).loadGames({ offset: 990 }),
      ),
    );
  assert.equal(await ask(both), "c40");
  assert.equal(await ask([second, at.path]), "a40");
  assert.equal(await ask([at.path]), "a10");
});

Deno.test("GameLoader takes no set of games of another length", async () => {
  await using at = await setUp();
  const cache = marked(at.cache);
  await indexGames(at.path, at.cache, [{ name: "all", filter: {} }]);
  const loader = at.loader({ cache, maxGameLength: 1000 });
  assert.equal(origins(await texts(loader.loadGames())), "a1000");
});

Deno.test("GameLoader reads games stored by hand only where the archive is not at hand", async () => {
  await using at = await setUp();
  const tactical = [gameText(0), gameText(2, { WhiteElo: "2500" })];
  await at.cache.storeGames("tactical", 0, tactical);
  await at.cache.storeGames("mine", 0, [gameText(7)]);
  const absent = join(at.folder.path, "absent.pgn");
  const query = { playstyle: "tactical" } as const;

  assert.equal((await at.load(query)).length, 500);
  assert.deepEqual(await at.load(query, absent), tactical);
  assert.deepEqual(
    await at.load({ ...query, minRating: 2000 }, absent),
    [tactical[1]],
  );
  assert.deepEqual(await at.load({ set: "mine" }, absent), [gameText(7)]);
  await assert.rejects(at.load({}, absent), ArchiveError);
  await assert.rejects(
    at.load({ playstyle: "positional" }, absent),
    ArchiveError,
  );
  assert.deepEqual(at.warnings, []);
});

for (const store of STORES) {
  Deno.test(`GameLoader continues in the archive where ${store.name} is damaged, and names the key`, async () => {
    await using at = await setUp();
    await using place = await store.start();
    const query = { eco: "B20" };
    const all = await at.archive(query);
    const damages: [string, (index: number) => Promise<void>][] = [
      ["deleted", (index) => place.deleteGame("all", index)],
      ["another game", (index) => place.overwriteGame("all", index, all[0])],
      ["no game", (index) => place.overwriteGame("all", index, "")],
    ];
    for (const [what, damage] of damages) {
      for (const index of [2, 250, 998]) {
        await using cache = place.open();
        await indexGames(at.path, cache, [
          { name: "all", filter: {} },
        ], { replace: true });
        await damage(index);
        const warnings: string[] = [];
        const loader = new GameLoader(at.path, {
          cache,
          ...warningsInto(warnings),
        });
        assert.deepEqual(await texts(loader.loadGames(query)), all, what);
        assert.equal(warnings.length, 1, what);
        assert.ok(
          warnings[0].includes(
            `${place.keyOf("all", index)} is missing or is not what was stored`,
          ),
          warnings[0],
        );
        assert.deepEqual(await texts(loader.loadGames(query)), all, what);
        assert.equal(warnings.length, 1, "The same fault is told once");

        const absent = new GameLoader(`absent/games.pgn`, { cache });
        const games: string[] = [];
        const error = await errorOf(async () => {
          for await (const game of absent.loadGames()) games.push(game.pgn);
        });
        assert.ok(error instanceof GameCacheError);
        assert.equal(error.fault, "damaged");
        assert.equal(error.key, place.keyOf("all", index));
        assert.equal(games.length, index);
      }
    }
  });

  Deno.test(`GameLoader continues in the archive when a set of ${store.name} is replaced in the middle`, async () => {
    await using at = await setUp();
    await using place = await store.start();
    await using cache = place.open();
    await using other = place.open();
    const sets = [{ name: "all", filter: {} }];
    const all = await at.archive();
    for (const isAtHand of [true, false]) {
      await indexGames(at.path, cache, sets, { replace: true });
      let isReplaced = false;
      const warnings: string[] = [];
      const loader = new GameLoader(isAtHand ? at.path : "absent/games.pgn", {
        cache: watched(cache, async (what) => {
          if (what !== "batch" || isReplaced) return;
          isReplaced = true;
          await indexGames(at.path, other, [
            { name: "all", filter: { eco: "D30" } },
          ], { replace: true });
        }),
        ...warningsInto(warnings),
      });
      const games: string[] = [];
      const reading = async () => {
        for await (const game of loader.loadGames()) games.push(game.pgn);
      };
      if (isAtHand) {
        await reading();
        assert.deepEqual(games, all);
        assert.equal(warnings.length, 1);
        assert.match(warnings[0], /rebuilt/);
      } else {
        const error = await errorOf(reading);
        assert.ok(error instanceof GameCacheError);
        assert.equal(error.fault, "replaced");
        assert.ok(games.length > 0);
        assert.deepEqual(games, all.slice(0, games.length));
      }
      assert.ok(isReplaced);
    }
  });
}

Deno.test("GameLoader continues in the archive where a key of Redis holds no game", async () => {
  await using at = await setUp();
  await using server = await RedisServer.start();
  await using cache = new RedisGameCache({ url: server.url });
  await indexGames(at.path, cache, [{ name: "all", filter: {} }]);
  const all = await at.archive();
  async function check(key: string): Promise<void> {
    const warnings: string[] = [];
    const options = { cache, ...warningsInto(warnings) };
    const games = await texts(new GameLoader(at.path, options).loadGames());
    assert.deepEqual(games, all);
    assert.equal(warnings.length, 1, key);
    assert.ok(warnings[0].includes(key), warnings[0]);
  }
  await server.cli("DEL", "chess:game:all:500");
  await server.cli("HSET", "chess:game:all:500", "a", "b");
  await check("chess:game:all:500");
  await indexGames(at.path, cache, [{ name: "all", filter: {} }], {
    replace: true,
  });
  const records = await server.cli("KEYS", "chess:records:all:*");
  await server.cli("DEL", records);
  await check(records);
  await server.cli("HSET", "chess:meta:all", "filter", "{");
  await check("chess:meta:all");
});

Deno.test("GameLoader warns once of a server that is not there, and leaves it alone for a while", async () => {
  await using at = await setUp();
  let url: string;
  {
    await using server = await RedisServer.start();
    url = server.url;
  }
  await using cache = new RedisGameCache({ url });
  const asked = watched(cache);
  const loader = at.loader({ cache: asked });
  for (const maxGames of [3, 4, 5]) {
    assert.equal(
      (await texts(loader.loadGames({ maxGames }))).length,
      maxGames,
    );
  }
  assert.equal(at.warnings.length, 1);
  assert.match(at.warnings[0], /connection refused/);
  assert.equal(asked.calls.sets, 1);

  // Also where a set is asked for by name.
  assert.equal(
    (await texts(loader.loadGames({ set: "all", maxGames: 2 }))).length,
    2,
  );
  const absent = new GameLoader("absent.pgn", { cache });
  const error = await errorOf(() => texts(absent.loadGames()));
  assert.ok(error instanceof GameCacheError);
  assert.equal(error.fault, "unreachable");
});

Deno.test("GameLoader says by itself on the console that it reads the archive", async () => {
  await using at = await setUp();
  const { warn } = console;
  const told: unknown[][] = [];
  console.warn = (...args) => void told.push(args);
  try {
    const other = at.folder.write("other.txt", "No database at all");
    const loader = new GameLoader(at.path, { cache: `sqlite:${other}` });
    assert.equal((await texts(loader.loadGames())).length, 1000);
    await loader[Symbol.asyncDispose]();
  } finally {
    console.warn = warn;
  }
  assert.equal(told.length, 1);
  assert.match(String(told[0][0]), /^Reading the archive instead of the cache/);
});

Deno.test("GameLoader asks no cache for an archive without identity", async () => {
  await using at = await setUp();
  await indexGames(at.path, at.cache, [{ name: "all", filter: {} }]);
  const text = Deno.readTextFileSync(at.path);
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () => new Response(text),
  );
  const asked = watched(at.cache);
  const url = `http://127.0.0.1:${server.addr.port}/games.pgn`;
  const loader = new GameLoader(url, { cache: asked });
  assert.equal((await texts(loader.loadGames())).length, 1000);
  assert.deepEqual(asked.calls, {});
  const error = await errorOf(() => texts(loader.loadGames({ set: "all" })));
  assert.match(error.message, /from the set all: nothing proves which/);
  const gone = at.loader({ cache: "redis://127.0.0.1:1" }, url);
  assert.equal((await texts(gone.loadGames())).length, 1000);
  assert.deepEqual(at.warnings, []);
});

Deno.test("GameLoader counts and reports bad games of the archive, and loads those after them", async () => {
  const long = gameText(1, {}, "1. e4 { " + "x".repeat(2000) + " }");
  await using at = await setUp(`${gameText(0)}\n\n${long}\n\n${gameText(2)}\n`);
  const errors: Error[] = [];
  const loader = at.loader({
    maxGameLength: 1000,
    onBadGame: (error) => errors.push(error),
  });
  assert.deepEqual(await texts(loader.loadGames()), [gameText(0), gameText(2)]);
  assert.equal(loader.badGames, 1);
  assert.equal(errors.length, 1);
  assert.deepEqual(at.warnings, []);
});

Deno.test("GameLoader stops with the reason of a signal", async () => {
  await using at = await setUp();
  await indexGames(at.path, at.cache, [{ name: "all", filter: {} }]);
  for (const cache of [at.cache, null]) {
    const reason = new Error("Enough");
    const before = AbortSignal.abort(reason);
    const loader = at.loader({ cache });
    await assert.rejects(texts(loader.loadGames({ signal: before })), reason);

    const stop = new AbortController();
    let games = 0;
    const error = await errorOf(async () => {
      for await (const _ of loader.loadGames({ signal: stop.signal })) {
        if (++games === 10) stop.abort(reason);
      }
    });
    assert.equal(error, reason);
    assert.ok(games >= 10);
  }
  assert.deepEqual(at.warnings, []);
});

/** Waits until as many files are open as at first, and fails if that never comes. */
async function assertClosed(files: number, what: string): Promise<void> {
  for (let i = 0; openFiles() > files && i < 1000; i++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.equal(openFiles(), files, what);
}

Deno.test({
  name: "GameLoader leaves no file open, however the reading ends",
  async fn() {
    const files = [
      "sample",
      "made/month.pgn.zst",
      "made/month.pgn.gz",
      "made/2021.pgn",
    ].map(archivePath);
    const ends: [string, (loader: GameLoader) => Promise<unknown>][] = [
      ["break", async (loader) => {
        for await (const _ of loader.loadGames()) break;
      }],
      ["cancel", async (loader) => {
        const reader = loader.loadGames().getReader();
        await reader.read();
        await reader.cancel();
      }],
      ["cancel while reading", async (loader) => {
        const reader = loader.loadGames({ minRating: 9000 }).getReader();
        const reading = reader.read();
        await new Promise((resolve) => setTimeout(resolve, 5));
        await reader.cancel();
        await reading;
      }],
      ["abort while reading", async (loader) => {
        const stop = new AbortController();
        const reading = texts(
          loader.loadGames({ minRating: 9000, signal: stop.signal }),
        );
        setTimeout(() => stop.abort(), 5);
        await reading.catch(() => {});
      }],
      ["abort, and no more reading", async (loader) => {
        const stop = new AbortController();
        const reader = loader.loadGames({ signal: stop.signal }).getReader();
        await reader.read();
        stop.abort();
      }],
      [
        "maxGames",
        (loader) => texts(loader.loadGames({ maxGames: 10, offset: 3 })),
      ],
    ];
    // Whatever is opened once and kept is opened now, for workers too.
    for (const file of [files[1], files[2]]) {
      await texts(new GameLoader(file, { cache: null }).loadGames());
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
    for (const file of files) {
      for (const [name, end] of ends) {
        const before = openFiles();
        await end(new GameLoader(file, { cache: null }));
        await assertClosed(before, `${name} of ${file}`);
      }
    }
  },
});

Deno.test("GameLoader leaves no connection open when it is disposed of", async () => {
  await using at = await setUp();
  await using server = await RedisServer.start();
  {
    await using cache = new RedisGameCache({ url: server.url });
    await indexGames(at.path, cache, [{ name: "all", filter: {} }]);
  }
  const before = openFiles();
  assert.equal(await server.clients(), 0);
  {
    await using one = at.loader({ cache: server.url });
    await using other = at.loader({ cache: new URL(server.url) });
    for await (const _ of one.loadGames()) break;
    const stop = new AbortController();
    const reader = other.loadGames({ signal: stop.signal }).getReader();
    await reader.read();
    stop.abort();
    await other.loadGames({ offset: 900 }).getReader().read();
    assert.equal(await server.clients(), 1, "They share one");
  }
  assert.equal(await server.clients(), 0);
  await assertClosed(before, "sockets");
  const again = at.loader({ cache: server.url });
  assert.equal((await texts(again.loadGames())).length, 1000);
  await again[Symbol.asyncDispose]();
  assert.equal((await texts(again.loadGames())).length, 1000);
  await again[Symbol.asyncDispose]();
  assert.equal(await server.clients(), 0);
  assert.deepEqual(at.warnings, []);
});
