import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { GameCacheError } from "../../src/cache/game_cache_error.ts";
import { SqliteGameCache } from "../../src/cache/sqlite_game_cache.ts";
import { runScript } from "./_script.ts";
import { batch, info, pgn, pgns, read, spec, write } from "./_stores.ts";

Deno.test("SqliteGameCache makes its file and folder only to write", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "new", "games.sqlite");
  await using cache = new SqliteGameCache(pathToFileURL(path));
  assert.deepEqual(await cache.sets(), []);
  assert.deepEqual(await cache.stats(), {
    sets: [],
    damaged: [],
    bytes: 0,
  });
  assert.deepEqual(await read(cache, "all"), []);
  assert.equal(await cache.clear("all"), 0);
  assert.equal(await cache.clearAll(), 0);
  assert.deepEqual([...Deno.readDirSync(folder.path)], []);

  // A file that was begun and never written to holds nothing either.
  await Deno.mkdir(join(folder.path, "new"));
  await Deno.writeFile(path, new Uint8Array());
  assert.deepEqual(await cache.sets(), []);

  await write(cache, spec("all"), pgns("all", 0, 10));
  assert.deepEqual(await read(cache, "all"), pgns("all", 0, 10));
  assert.deepEqual(
    [...Deno.readDirSync(join(folder.path, "new"))].map(({ name }) => name),
    ["games.sqlite"],
  );
  assert.throws(() => new SqliteGameCache(""), TypeError);
  assert.throws(
    () => new SqliteGameCache(path, { busyTimeout: 0 }),
    RangeError,
  );
});

Deno.test("SqliteGameCache reads with --allow-read alone and lets the process end", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "games.sqlite");
  await using cache = new SqliteGameCache(path);
  await write(cache, spec("all"), pgns("all", 0, 3000));
  await cache.close();
  await Deno.chmod(folder.path, 0o500);
  const { code, stdout, stderr } = await runScript(
    `import { SqliteGameCache } from "../../src/cache/sqlite_game_cache.ts";
    const cache = new SqliteGameCache(${JSON.stringify(path)});
    let count = 0;
    for await (const game of cache.getGames("all", 0)) count += game.pgn.length > 0 ? 1 : 0;
    for await (const _ of cache.getGames("all", 10)) break;
    await cache.storeGame("mine", 0, "*").catch((error) => console.log(error.fault));
    console.log(count, (await cache.sets())[0].state);`,
    [`--allow-read=${path}`],
  );
  await Deno.chmod(folder.path, 0o700);
  assert.deepEqual(
    [code, stdout.trim(), stderr],
    [0, "denied\n3000 complete", ""],
  );
  const denied = await runScript(
    `import { SqliteGameCache } from "../../src/cache/sqlite_game_cache.ts";
    await using cache = new SqliteGameCache(${JSON.stringify(path)});
    await cache.sets().catch((error) => console.log(error.fault));`,
    [],
  );
  assert.deepEqual([denied.code, denied.stdout.trim()], [0, "denied"]);
});

Deno.test("SqliteGameCache refuses a file that is not one of ours", async () => {
  await using folder = await temporaryFolder();
  const text = join(folder.path, "text");
  await Deno.writeTextFile(text, "1. e4 e5 ".repeat(1000));
  const other = join(folder.path, "other.sqlite");
  const database = new DatabaseSync(other);
  database.exec("CREATE TABLE sets (x)");
  database.close();
  for (const path of [text, other]) {
    const before = await Deno.readFile(path);
    await using cache = new SqliteGameCache(path);
    await rejectsWith("damaged", cache.sets());
    await rejectsWith("damaged", read(cache, "all"));
    await rejectsWith("damaged", cache.storeGame("mine", 0, "*"));
    await rejectsWith("damaged", cache.clearAll());
    assert.deepEqual(await Deno.readFile(path), before);
  }
  await using cache = new SqliteGameCache(folder.path);
  await rejectsWith("unreachable", cache.sets());
});

Deno.test("SqliteGameCache distinguishes a damaged page from a wrong game", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "games.sqlite");
  {
    await using cache = new SqliteGameCache(path);
    await write(cache, spec("all"), pgns("all", 0, 3000));
  }
  const bytes = await Deno.readFile(path);
  let damaged = 0;
  for (let at = 8192 + 100; at < bytes.length; at += 16_411) {
    const copy = bytes.slice();
    copy.fill(copy[at] ^ 0xff, at, at + 40);
    await Deno.writeFile(path, copy);
    await using cache = new SqliteGameCache(path);
    const given: string[] = [];
    try {
      for await (const game of cache.getGames("all", 0)) given.push(game.pgn);
    } catch (error) {
      assert(error instanceof GameCacheError);
      assert(["damaged", "replaced"].includes(error.fault), error.message);
      damaged++;
    }
    assert.deepEqual(given, pgns("all", 0, given.length));
  }
  assert(damaged > 10, String(damaged));
});

Deno.test("SqliteGameCache waits for another process only so long", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "games.sqlite");
  await using cache = new SqliteGameCache(path, { busyTimeout: 100 });
  await write(cache, spec("all"), pgns("all", 0, 10));
  const other = new DatabaseSync(path);
  other.exec("BEGIN EXCLUSIVE");
  const start = performance.now();
  await rejectsWith("unreachable", read(cache, "all"));
  await rejectsWith("unreachable", cache.storeGame("mine", 0, "*"));
  const took = performance.now() - start;
  assert(took > 190 && took < 1500, `${took} ms`);
  other.exec("ROLLBACK");
  other.close();
  assert.deepEqual(await read(cache, "all"), pgns("all", 0, 10));
});

Deno.test("SqliteGameCache.writer() keeps what was committed when the disk fails", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "games.sqlite");
  // No file of the process may be larger than 2 MB.
  const { stdout } = await new Deno.Command("sh", {
    args: [
      "-c",
      `trap "" XFSZ; ulimit -f 4096; exec "$0" run -A --no-check --no-lock "$1" "$2"`,
      Deno.execPath(),
      new URL("./_fill.ts", import.meta.url).pathname,
      path,
    ],
    env: { NO_COLOR: "1" },
  }).output();
  const [fault, kept] = new TextDecoder().decode(stdout).trim().split(" ");
  assert.equal(fault, "unreachable");
  assert(Number(kept) >= 100, kept);
  await using cache = new SqliteGameCache(path);
  const set = await info(cache, "all");
  assert.equal(set.count, Number(kept));
  assert.equal(set.checkpoint.gamesRead, Number(kept));
  assert.deepEqual(
    await read(cache, "all"),
    pgns("all", 0, set.count).map((text) => text + "{ full }".repeat(250)),
  );
});

Deno.test("SqliteGameCache shows a prefix after its writer was killed", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "games.sqlite");
  for (const after of [0, 5, 10, 20, 40]) {
    const process = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--no-check",
        "--no-lock",
        new URL("./_fill.ts", import.meta.url).pathname,
        path,
      ],
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const reader = process.stdout.getReader();
    await reader.read();
    await new Promise((resolve) => setTimeout(resolve, after));
    process.kill("SIGKILL");
    await reader.cancel();
    await process.status;
    await using cache = new SqliteGameCache(path);
    const set = await info(cache, "all");
    assert.equal(set.state, "unfinished");
    assert.equal(set.checkpoint.gamesRead, set.count);
    const games = await read(cache, "all");
    assert.equal(games.length, set.count);
    for (const [i, game] of games.entries()) {
      assert(game.startsWith(pgn("all", i)));
    }
    await cache.close();
    await Deno.remove(path);
  }
});

Deno.test("SqliteGameCache undoes an interrupted write where it may", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "games.sqlite");
  {
    await using cache = new SqliteGameCache(path);
    await write(cache, spec("all"), pgns("all", 0, 1000));
  }
  await runScript(
    `import { DatabaseSync } from "node:sqlite";
    const database = new DatabaseSync(${JSON.stringify(path)});
    database.exec("PRAGMA cache_size = 2; BEGIN; UPDATE games SET pgn = zeroblob(2000)");
    Deno.kill(Deno.pid, "SIGKILL");`,
    ["-A"],
  );
  assert((await Deno.stat(path + "-journal")).size > 0);
  const denied = await runScript(
    `import { SqliteGameCache } from "../../src/cache/sqlite_game_cache.ts";
    await using cache = new SqliteGameCache(${JSON.stringify(path)});
    await cache.sets().catch((error) => console.log(error.fault, error.message));`,
    ["--allow-read"],
  );
  assert.match(denied.stdout, /^denied .*a write was interrupted/);
  await using cache = new SqliteGameCache(path);
  assert.deepEqual(await read(cache, "all"), pgns("all", 0, 1000));
});

Deno.test("SqliteGameCache gives room back, and takes over what was left", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "games.sqlite");
  await using cache = new SqliteGameCache(path);
  await write(cache, spec("all"), pgns("all", 0, 20_000));
  const full = (await Deno.stat(path)).size;
  const database = new DatabaseSync(path);
  database.exec("DELETE FROM sets");
  database.close();
  const writer = cache.writer(spec("b")).getWriter();
  await writer.write(batch(pgns("b", 0, 10)));
  await writer.close();
  assert.deepEqual(await read(cache, "b"), pgns("b", 0, 10));
  assert.equal(await cache.clear("all"), 0);
  assert((await Deno.stat(path)).size < full / 10);
  assert.deepEqual(await read(cache, "b"), pgns("b", 0, 10));
});

Deno.test("SqliteGameCache lets timers run while it reads", async () => {
  await using folder = await temporaryFolder();
  await using cache = new SqliteGameCache(join(folder.path, "games.sqlite"));
  await write(cache, spec("all"), pgns("all", 0, 30_000));
  const signal = AbortSignal.timeout(10);
  const set = await info(cache, "all");
  await assert.rejects(async () => {
    for (;;) {
      for await (const games of cache.readGames(set, 0, Infinity, { signal })) {
        assert(games.length > 0);
      }
    }
  }, (error) => error === signal.reason);
});

Deno.test({
  name: "SqliteGameCache.clear() makes room on a disk that is full",
  ignore: !canMount(),
  async fn() {
    await using folder = await temporaryFolder();
    assert(
      mount("mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", folder.path),
    );
    try {
      const path = join(folder.path, "games.sqlite");
      await using cache = new SqliteGameCache(path);
      await write(cache, spec("small"), pgns("small", 0, 100));
      const writer = cache.writer(spec("all")).getWriter();
      const texts = Array.from({ length: 200 }, () => "1. e4 e5 ".repeat(200));
      await rejectsWith(
        "full",
        (async () => {
          for (;;) await writer.write(batch(texts));
        })(),
      );
      const { count } = await info(cache, "all");
      assert(count > 1000, String(count));
      using rest = await Deno.create(join(folder.path, "rest"));
      await assert.rejects(async () => {
        for (;;) await rest.write(new Uint8Array(4096));
      });

      const full = (await Deno.stat(path)).size;
      assert.equal(await cache.clear("all"), count);
      assert((await Deno.stat(path)).size < full / 10);
      assert.deepEqual(await read(cache, "small"), pgns("small", 0, 100));
      await write(cache, spec("b"), pgns("b", 0, 2000));
      assert.deepEqual(await read(cache, "b"), pgns("b", 0, 2000));
    } finally {
      mount("umount", folder.path);
    }
  },
});

Deno.test({
  name: "SqliteGameCache does not wait for a pipe",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "games.sqlite");
    assert(mount("mkfifo", path));
    await using cache = new SqliteGameCache(path);
    await rejectsWith("unreachable", cache.sets());
    await rejectsWith("unreachable", cache.storeGame("mine", 0, "*"));
  },
});

function mount(command: string, ...args: string[]): boolean {
  try {
    return new Deno.Command(command, { args, stderr: "null" }).outputSync()
      .success;
  } catch {
    return false;
  }
}

function canMount(): boolean {
  const folder = Deno.makeTempDirSync({ prefix: "mount-" });
  const can = mount("mount", "-t", "tmpfs", "tmpfs", folder);
  if (can) mount("umount", folder);
  Deno.removeSync(folder);
  return can;
}

async function rejectsWith(
  fault: GameCacheError["fault"],
  promise: Promise<unknown>,
): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert(error instanceof GameCacheError, String(error));
    assert.equal(error.fault, fault, error.message);
    return true;
  });
}

async function temporaryFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ prefix: "sqlite-" });
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}
