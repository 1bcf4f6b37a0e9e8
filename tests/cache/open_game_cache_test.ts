import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { openGameCache } from "../../src/cache/open_game_cache.ts";
import { RedisGameCache } from "../../src/cache/redis_game_cache.ts";
import { SqliteGameCache } from "../../src/cache/sqlite_game_cache.ts";

Deno.test("openGameCache() opens what the scheme says", async () => {
  for (
    const url of [
      "redis://127.0.0.1:6379",
      "rediss://user:password@redis.example.org/2",
      new URL("redis://[::1]:6380"),
      "redis:",
    ]
  ) {
    await using cache = openGameCache(url);
    assert(cache instanceof RedisGameCache, String(url));
  }
  for (const url of ["sqlite:games.sqlite", new URL("sqlite:///tmp/games")]) {
    await using cache = openGameCache(url);
    assert(cache instanceof SqliteGameCache, String(url));
  }
});

Deno.test("openGameCache() takes every form of a file's path", async () => {
  const folder = await Deno.makeTempDir({ prefix: "a b%-" });
  const path = join(folder, "100% games.sqlite");
  {
    await using cache = new SqliteGameCache(path);
    await cache.storeGame("mine", 0, "1. e4 *");
  }
  const { pathname } = pathToFileURL(path);
  const relative = join(
    "..".concat("/..".repeat(Deno.cwd().split("/").length)),
    path,
  );
  for (
    const url of [
      `sqlite:${pathname}`,
      `sqlite://${pathname}`,
      `SQLITE:${pathname}`,
      new URL(`sqlite://${pathname}`),
      `sqlite:${relative.replaceAll("%", "%25")}`,
    ]
  ) {
    await using cache = openGameCache(url);
    assert.equal(await cache.getTotalGames("mine"), 1, String(url));
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("openGameCache() says which URLs it takes, and shows no password", () => {
  const secret = "hunter2";
  for (
    const [url, message] of [
      [`redis+cluster://:${secret}@host:7000,host:70010`, /host:port/],
      [`http://:${secret}@host/`, /redis:, rediss:, .* or sqlite:/],
      [`rediss://:${secret}@host:x`, /no URL/],
      [`redis://user:12/${secret}@host`, /%2F/],
      [`redis://user:12#${secret}@host`, /%23/],
      [`redis://user:12?${secret}@host`, /%3F/],
      ["games.sqlite", /redis:, rediss:, .* or sqlite:/],
      ["", /redis:, rediss:, .* or sqlite:/],
      ["sqlite:", /path/],
      ["sqlite://host/games", /sqlite:\/\/\/path/],
      ["sqlite:%zz", /sqlite:\/\/\/path/],
    ] as const
  ) {
    assert.throws(
      () => openGameCache(url),
      (error) =>
        error instanceof TypeError && message.test(error.message) &&
        !Deno.inspect(error).includes(secret),
      url,
    );
  }
});

Deno.test("openGameCache() takes no database that nobody sees again", () => {
  for (const url of ["sqlite::memory:", "sqlite:file:x?mode=memory"]) {
    assert.throws(() => openGameCache(url), {
      name: "TypeError",
      message: /must be that of a file/,
    });
  }
});
