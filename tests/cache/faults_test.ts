import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { gameCacheError } from "../../src/cache/faults.ts";
import {
  GameCacheError,
  type GameCacheFault,
} from "../../src/cache/game_cache_error.ts";

Deno.test("gameCacheError() reports what each answer of a server means", () => {
  const answers: [string, GameCacheFault][] = [
    ["NOAUTH Authentication required.", "denied"],
    ["ERR Protocol error: unauthenticated multibulk length", "denied"],
    ["WRONGPASS invalid username-password pair or user is disabled.", "denied"],
    ["ERR invalid password", "denied"],
    ["ERR AUTH <password> called without any password configured", "denied"],
    ["NOPERM this user has no permissions to run the 'mget' command", "denied"],
    ["DENIED Redis is running in protected mode", "denied"],
    ["LOADING Redis is loading the dataset in memory", "unreachable"],
    ["MASTERDOWN Link with MASTER is down", "unreachable"],
    ["CLUSTERDOWN Hash slot not served", "unreachable"],
    ["BUSY Redis is busy running a script.", "unreachable"],
    ["ERR max number of clients reached", "unreachable"],
    ["OOM command not allowed when used memory > 'maxmemory'.", "full"],
    ["READONLY You can't write against a read only replica.", "refused"],
    ["MOVED 3999 127.0.0.1:6381", "refused"],
    ["CROSSSLOT Keys in request don't hash to the same slot", "refused"],
    ["ERR DB index is out of range", "refused"],
    ["ERR something else", "refused"],
    ["WRONGTYPE Operation against a key", "damaged"],
    ["Socket closed unexpectedly", "unreachable"],
    ["Connection timeout", "unreachable"],
    ["The client is closed", "unreachable"],
  ];
  for (const [message, fault] of answers) {
    const cause = new Error(message);
    const error = gameCacheError("Cannot read the set all", cause);
    assert(error instanceof GameCacheError);
    assert.equal(error.fault, fault, message);
    assert.equal(error.cause, cause);
    assert(error.message.startsWith("Cannot read the set all: "));
  }
  assert.match(gameCacheError("A", new Error("ERR what")).message, /ERR what/);
});

Deno.test("gameCacheError() reports what becomes of a connection", () => {
  const code = (code: string) => Object.assign(new Error(""), { code });
  for (
    const error of [
      code("ECONNREFUSED"),
      code("ECONNRESET"),
      code("EPIPE"),
      code("ETIMEDOUT"),
      code("ENOTFOUND"),
      new AggregateError([code("ECONNREFUSED"), code("ECONNREFUSED")]),
      new DOMException("late", "TimeoutError"),
    ]
  ) {
    assert.equal(gameCacheError("A", error).fault, "unreachable", error.name);
  }
  for (
    const error of [
      new Deno.errors.NotCapable("Requires net access"),
      new Deno.errors.PermissionDenied("no"),
    ]
  ) {
    assert.equal(gameCacheError("A", error).fault, "denied");
  }
  assert.equal(gameCacheError("A", "odd").fault, "refused");
  assert.equal(gameCacheError("A", undefined).fault, "refused");
  assert.equal(gameCacheError("A", null).fault, "refused");
});

Deno.test("gameCacheError() passes on what is told already", () => {
  const error = new GameCacheError("The set is locked", { fault: "locked" });
  assert.equal(gameCacheError("Cannot write", error), error);
});

Deno.test("gameCacheError() never shows an argument of AUTH", () => {
  const error = gameCacheError(
    "A",
    new Error(
      "ERR unknown command 'AUTH', with args beginning with: 'hunter2' ",
    ),
  );
  assert.equal(error.message, "A: ERR unknown command 'AUTH'");
  assert(!Deno.inspect(error).includes("hunter2"));
});

Deno.test("gameCacheError() knows that a disk is full", () => {
  using database = new DatabaseSync(":memory:");
  database.exec("CREATE TABLE t (x); PRAGMA max_page_count = 3");
  const insert = database.prepare("INSERT INTO t VALUES (zeroblob(1000000))");
  assert.throws(() => insert.run(), (error) => {
    assert.equal(gameCacheError("A", error).fault, "full");
    return true;
  });
});
