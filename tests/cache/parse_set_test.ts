import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { GameCache } from "../../src/cache/game_cache.ts";
import { newSetFields, parseSet } from "../../src/cache/parse_set.ts";
import { RedisGameCache } from "../../src/cache/redis_game_cache.ts";
import { CHECKED_FIELDS } from "../../src/cache/redis/redis_scripts.ts";
import { SqliteGameCache } from "../../src/cache/sqlite_game_cache.ts";
import { GameLoader } from "../../src/game_loader.ts";
import { indexGames } from "../../src/game_indexer.ts";
import { archiveText, tempFolder, texts } from "../_games.ts";
import { RedisServer } from "../_redis_server.ts";
import { pgns, read, spec, write } from "./_stores.ts";

/** Values that no field of that name may have, whoever has written them. */
const WRONG: readonly [field: string, value: string][] = [
  ["generation", "a\u001bb"],
  ["count", "-5"],
  ["count", "1e3"],
  ["count", "1000000000000000"],
  ["count", ""],
  ["state", "half"],
  ["filter", "null"],
  ["filter", "[]"],
  ["filter", "7"],
  ["filter", "{"],
  ["filter", '{"fieldOfANewerVersion":1}'],
  ["filter", '{"minRating":"high"}'],
  ["source", "null"],
  ["source", "{}"],
  ["source", "[null]"],
  ["source", '[{"fileName":1,"size":1,"hash":""}]'],
  ["source", '[{"fileName":"a","size":-1,"hash":""}]'],
  ["maxGameLength", "x"],
  ["maxGames", "-1"],
  ["compact", "yes"],
  ["checkpoint", "null"],
  ["checkpoint", '{"gamesRead":1}'],
  ["checkpoint", '{"gamesRead":1,"badGames":0,"rejected":[1]}'],
  ["checkpoint", '{"gamesRead":1,"badGames":0,"rejected":{},"position":7}'],
  ["checkpoint", '{"gamesRead":1,"badGames":0,"rejected":{},"histogram":{}}'],
  ["textBytes", "NaN"],
  ["createdAt", "99999999999999999"],
  ["updatedAt", "soon"],
  ["format", "two"],
];

Deno.test("parseSet() reads what newSetFields() made, and refuses every wrong value by its field's name", () => {
  const fields = {
    ...newSetFields(spec("all", { maxGames: 3, compact: true }), "capped"),
    createdAt: "1",
    updatedAt: "2",
  };
  const set = parseSet("all", fields);
  assert.deepEqual([set.count, set.maxGames, set.compact], [0, 3, true]);
  assert.deepEqual(set.filter, spec("all").filter);
  for (const [field, value] of WRONG) {
    assert.throws(
      () => parseSet("all", { ...fields, [field]: value }),
      (error) =>
        error instanceof TypeError && error.message.startsWith(`${field}: `),
      `${field} ${value}`,
    );
  }
});

/** Puts a value into the field of a stored set, so that it is found sound by its checksum. */
type Forge = (set: string, field: string, value: string) => Promise<void>;

async function withRedis(
  test: (cache: GameCache, forge: Forge) => Promise<void>,
): Promise<void> {
  await using server = await RedisServer.start();
  await using cache = new RedisGameCache({ url: server.url });
  await test(cache, async (set, field, value) => {
    const key = `chess:meta:${set}`;
    await server.cli("HSET", key, field, value);
    const check = createHash("sha1");
    for (const name of CHECKED_FIELDS) {
      check.update(await server.cli("HGET", key, name) + "\n");
    }
    await server.cli("HSET", key, "check", check.digest("hex"));
  });
}

async function withSqlite(
  test: (cache: GameCache, forge: Forge) => Promise<void>,
): Promise<void> {
  await using folder = await tempFolder();
  const path = join(folder.path, "games.sqlite");
  await using cache = new SqliteGameCache(path);
  await test(cache, (set, field, value) => {
    const database = new DatabaseSync(path);
    const column = field.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
    database.prepare(`UPDATE sets SET ${column} = ? WHERE name = ?`)
      .run(value, set);
    database.close();
    return Promise.resolve();
  });
}

for (
  const [store, withStore] of [["Redis", withRedis], [
    "SQLite",
    withSqlite,
  ]] as const
) {
  Deno.test(`A set in ${store} that is not understood is left out, reported, cleared and replaced`, async () => {
    await withStore(async (cache, forge) => {
      await using folder = await tempFolder();
      const path = folder.write("games.pgn", archiveText(60));
      await write(cache, spec("b"), pgns("b", 0, 3));
      await indexGames(path, cache, [{ name: "all", filter: {} }]);
      await using archive = new GameLoader(path, { cache: null });
      const expected = await texts(archive.loadGames());
      for (const [n, [field, value]] of WRONG.entries()) {
        // A column of numbers makes a number of it.
        if (store === "SQLite" && value === "1e3") continue;
        await forge("b", field, value);
        const what = `${field} ${value}`;
        const { sets, damaged } = await cache.stats();
        assert.deepEqual(sets.map(({ name }) => name), ["all"], what);
        assert.deepEqual(damaged.map(({ name }) => name), ["b"], what);
        const warnings: string[] = [];
        await using loader = new GameLoader(path, {
          cache,
          onWarning: ({ message }) => void warnings.push(message),
        });
        assert.deepEqual(await texts(loader.loadGames()), expected, what);
        assert.deepEqual(await texts(loader.loadGames()), expected, what);
        assert.equal(warnings.length, 1, what);
        assert(warnings[0].includes("b"), warnings[0]);
        // One way out, and the other.
        if (n % 2 === 0) {
          assert(await cache.clear("b") >= 0, what);
          assert.deepEqual((await cache.stats()).damaged, [], what);
          await write(cache, spec("b"), pgns("b", 0, 3));
        } else {
          await write(cache, spec("b"), pgns("b", 0, 3), { replace: true });
        }
        assert.deepEqual(await read(cache, "b"), pgns("b", 0, 3), what);
      }
      assert.equal(await cache.clearAll(), 63);
    });
  });
}

Deno.test("A cache believes no more names of sets than it can have, and clears those that are none", async () => {
  await using server = await RedisServer.start();
  await using cache = new RedisGameCache({ url: server.url });
  await write(cache, spec("all"), pgns("all", 0, 3));
  await server.cli("SADD", "chess:sets", "B bad", "x\u001b[2J");
  const { sets, damaged } = await cache.stats();
  assert.deepEqual(sets.map(({ name }) => name), ["all"]);
  assert.equal(damaged.length, 2);
  for (const { key, message } of damaged) {
    assert.equal(key, "chess:sets");
    assert.doesNotMatch(message, /\p{Cc}/u);
  }
  assert.equal(await cache.clearAll(), 3);
  assert.equal(await server.cli("DBSIZE"), "0");

  for (let n = 0; n < 20_000; n += 1000) {
    const names = Array.from({ length: 1000 }, (_, i) => `set${n + i}`);
    await server.cli("SADD", "chess:sets", ...names);
  }
  const started = performance.now();
  for (
    const act of [
      () => cache.sets(),
      () => cache.stats(),
      () => cache.clearAll(),
    ]
  ) {
    await assert.rejects(act(), { fault: "damaged", key: "chess:sets" });
  }
  assert(performance.now() - started < 2000);
  await server.cli("DEL", "chess:sets");
  await server.cli("SET", "chess:sets", "text");
  await assert.rejects(cache.sets(), { fault: "damaged", key: "chess:sets" });
});

Deno.test("A set that is made by another version is refused with the way out", async () => {
  for (const withStore of [withRedis, withSqlite]) {
    await withStore(async (cache, forge) => {
      await using folder = await tempFolder();
      const path = folder.write("games.pgn", archiveText(60));
      const sets = [{ name: "all", filter: {} }];
      await indexGames(path, cache, sets);
      await cache.storeGame("mine", 0, "1. e4 *");
      for (const name of ["all", "mine"]) await forge(name, "format", "1");
      const refused = { fault: "refused", message: /--replace/ };
      await assert.rejects(indexGames(path, cache, sets), refused);
      await assert.rejects(cache.storeGame("mine", 1, "1. d4 *"), refused);
      await assert.rejects(read(cache, "all"), refused);
      assert.equal((await cache.sets()).length, 2);
      await indexGames(path, cache, sets, { replace: true });
      assert.equal((await read(cache, "all")).length, 60);
      assert.equal(await cache.clear("mine"), 1);
    });
  }
});
