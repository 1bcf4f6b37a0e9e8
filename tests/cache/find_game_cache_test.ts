import assert from "node:assert/strict";
import { join } from "node:path";
import {
  findGameCache,
  shareGameCache,
} from "../../src/cache/find_game_cache.ts";
import { RedisGameCache } from "../../src/cache/redis_game_cache.ts";
import { SqliteGameCache } from "../../src/cache/sqlite_game_cache.ts";
import { indexGames } from "../../src/game_indexer.ts";
import { archiveText, tempFolder } from "../_games.ts";
import { RedisServer } from "../_redis_server.ts";
import { environment, runScript } from "../_run_script.ts";

/** Loads ten games and reports where they came from. */
const TRAINER = `
import { findGameCache, GameLoader } from "@chess/game-cache";
const found = await findGameCache();
const loader = new GameLoader("games.pgn");
const games = await Array.fromAsync(loader.loadGames({ maxGames: 10 }));
console.log(games.length, found?.by ?? "none");
`;

/** What a trainer prints that has these permissions and this environment. */
async function train(
  folder: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<string> {
  const { code, stdout, stderr } = await runScript(
    folder,
    TRAINER,
    ["--no-check", ...args],
    { env },
  );
  assert.equal(code, 0, stderr);
  assert.doesNotMatch(stderr, /permission|prompt|allow/i);
  return (stdout + stderr).trim();
}

Deno.test("findGameCache() takes what the environment names, as far as it may be read", async () => {
  await using folder = await tempFolder();
  const path = folder.write("games.pgn", archiveText(20));
  await using server = await RedisServer.start();
  {
    await using cache = new RedisGameCache({ url: server.url });
    await indexGames(path, cache, [{ name: "all", filter: {} }]);
  }
  const file = `sqlite:${join(folder.path, "named.sqlite")}`;
  const net = `--allow-net=127.0.0.1:${server.port}`;
  const both = { GAME_CACHE_URL: file, REDIS_URL: server.url };
  const answers: [string[], Record<string, string>, string][] = [
    [["--allow-read", "--allow-env"], both, "10 GAME_CACHE_URL"],
    [["--allow-read", net, "--allow-env=REDIS_URL"], both, "10 REDIS_URL"],
    [
      ["--allow-read", net, "--allow-env"],
      { REDIS_URL: server.url, GAME_CACHE_URL: "" },
      "10 REDIS_URL",
    ],
    [["--allow-read"], both, "10 none"],
    [["--allow-read", "--allow-env=HOME"], both, "10 none"],
    [["--allow-read", "--no-prompt"], both, "10 none"],
  ];
  for (const [args, env, expected] of answers) {
    assert.equal(await train(folder.path, args, env), expected, args.join(" "));
  }
});

Deno.test("findGameCache() takes the SQLite file next to the program, if it may read it", async () => {
  await using folder = await tempFolder();
  const path = folder.write("games.pgn", archiveText(20));
  {
    const cache = new SqliteGameCache(
      join(folder.path, "storage/games.sqlite"),
    );
    await indexGames(path, cache, [{ name: "all", filter: {} }]);
    await cache.close();
  }
  assert.equal(await train(folder.path, ["--allow-read"]), "10 sqlite");
  assert.equal(
    await train(folder.path, ["--allow-read=games.pgn"]),
    "10 none",
  );
  // Where the archive may not be read, the cache answers alone.
  assert.equal(
    await train(folder.path, ["--allow-read=storage"]),
    "10 sqlite",
  );
  await Deno.remove(join(folder.path, "storage"), { recursive: true });
  assert.equal(await train(folder.path, ["--allow-read"]), "10 none");
});

Deno.test("findGameCache() takes a URL at its word, and the loader reads the archive where nothing answers", async () => {
  await using folder = await tempFolder();
  folder.write("games.pgn", archiveText(20));
  let url: string;
  {
    await using server = await RedisServer.start();
    url = server.url;
  }
  const args = ["--allow-read", "--allow-net=127.0.0.1", "--allow-env"];
  const output = await train(folder.path, args, { REDIS_URL: url });
  assert.match(
    output,
    /^10 REDIS_URL\nReading the archive instead of the cache: .*connection refused$/,
  );
  const wrong = await train(folder.path, args, { REDIS_URL: "nonsense" });
  assert.match(
    wrong,
    /^10 REDIS_URL\nReading the archive instead of the cache/,
  );
});

Deno.test("findGameCache() takes Redis where it is looked for if it may and it answers in time", async () => {
  await using folder = await tempFolder();
  await using server = await RedisServer.start();
  /** Looks there in a process that may connect to `net`. */
  const find = async (url: string, net: string) => {
    const { code, stdout, stderr } = await runScript(
      folder.path,
      `import { findGameCache } from "@chess/game-cache";
      const started = performance.now();
      const found = await findGameCache(${JSON.stringify(url)});
      console.log(JSON.stringify([found ?? null, performance.now() - started]));`,
      ["--no-check", `--allow-net=${net}`],
    );
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout);
  };
  const [found] = await find(server.url, `127.0.0.1:${server.port}`);
  assert.deepEqual(found, { url: server.url, by: "redis" });
  const [forbidden] = await find(server.url, `127.0.0.1:${server.port + 1}`);
  assert.equal(forbidden, null);

  // One that accepts and never answers is none, after half a second.
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = silent.addr;
  const [none, time] = await find(
    `redis://127.0.0.1:${port}`,
    `127.0.0.1:${port}`,
  );
  assert.equal(none, null);
  assert.ok(time > 450 && time < 2000, String(time));
});

Deno.test({
  name: "findGameCache() causes no prompt on a terminal",
  ignore: !hasScriptCommand(),
  async fn() {
    await using folder = await tempFolder();
    folder.write("games.pgn", archiveText(20));
    folder.write(
      "trainer.ts",
      TRAINER.replace(
        "@chess/game-cache",
        new URL("../../mod.ts", import.meta.url).href,
      ),
    );
    const cases: [permissions: string, url: string, answer: RegExp][] = [
      ["", "", /^10 none$/],
      // What the environment names is used only as far as that is granted.
      [
        "--allow-env",
        "redis://127.0.0.1:1",
        /requires --allow-net\s+10 GAME_CACHE_URL$/,
      ],
      [
        "--allow-env",
        "sqlite:other.sqlite",
        /requires --allow-read\s+10 GAME_CACHE_URL$/,
      ],
      [
        "--allow-env",
        "redis+unix:///x.sock",
        /requires --allow-read\s+10 GAME_CACHE_URL$/,
      ],
      [
        "--allow-env --allow-net=127.0.0.1:1",
        "redis+cluster://127.0.0.1:1,127.0.0.1:2",
        /requires --allow-net\s+10 GAME_CACHE_URL$/,
      ],
    ];
    for (const [permissions, url, answer] of cases) {
      const command =
        `"${Deno.execPath()}" run --quiet --no-check --no-lock --no-config ` +
        `--allow-read=games.pgn ${permissions} trainer.ts`;
      const { code, stdout } = await new Deno.Command("script", {
        args: ["-qec", command, "/dev/null"],
        cwd: folder.path,
        clearEnv: true,
        env: { ...environment(), NO_COLOR: "1", GAME_CACHE_URL: url },
        stdin: "null",
        signal: AbortSignal.timeout(30_000),
      }).output();
      assert.match(new TextDecoder().decode(stdout).trim(), answer);
      assert.equal(code, 0);
    }
  },
});

/** Whether there is a command that runs another one on a terminal. */
function hasScriptCommand(): boolean {
  try {
    const args = ["-qec", "test -t 0", "/dev/null"];
    return new Deno.Command("script", { args, stdin: "null" }).outputSync()
      .success;
  } catch {
    return false;
  }
}

Deno.test("findGameCache() reads the environment of this process", async () => {
  const { GAME_CACHE_URL, REDIS_URL } = Deno.env.toObject();
  try {
    Deno.env.delete("GAME_CACHE_URL");
    Deno.env.set("REDIS_URL", "redis://127.0.0.1:1");
    assert.deepEqual(await findGameCache(), {
      url: "redis://127.0.0.1:1",
      by: "REDIS_URL",
    });
    Deno.env.set("GAME_CACHE_URL", "sqlite:a.sqlite");
    assert.deepEqual(await findGameCache(), {
      url: "sqlite:a.sqlite",
      by: "GAME_CACHE_URL",
    });
  } finally {
    for (const [name, value] of Object.entries({ GAME_CACHE_URL, REDIS_URL })) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  }
});

Deno.test("shareGameCache() gives one cache to all, and closes it after the last", async () => {
  await using server = await RedisServer.start();
  const first = shareGameCache(server.url);
  const second = shareGameCache(server.url);
  assert.equal(first.cache, second.cache);
  await first.cache.sets();
  assert.equal(await server.clients(), 1);
  await first[Symbol.asyncDispose]();
  assert.deepEqual(await second.cache.sets(), []);
  await second[Symbol.asyncDispose]();
  assert.equal(await server.clients(), 0);
  await using third = shareGameCache(server.url);
  assert.notEqual(third.cache, first.cache);
  assert.deepEqual(await third.cache.sets(), []);
});

Deno.test("GameLoader lets the process end that never disposes of it", async () => {
  await using folder = await tempFolder();
  const path = folder.write("games.pgn", archiveText(2000));
  await using server = await RedisServer.start();
  {
    await using cache = new RedisGameCache({ url: server.url });
    await indexGames(path, cache, [{ name: "all", filter: {} }]);
  }
  for (const ending of ["", "break;"]) {
    const { code, stdout, stderr } = await runScript(
      folder.path,
      `
      import { GameLoader } from "@chess/game-cache";
      const loader = new GameLoader("games.pgn");
      let games = 0;
      for await (const game of loader.loadGames()) { games++; ${ending} }
      console.log(games);
      `,
      [
        "--no-check",
        `--allow-net=127.0.0.1:${server.port}`,
        "--allow-read=games.pgn",
        "--allow-env=REDIS_URL",
      ],
      { env: { REDIS_URL: server.url }, seconds: 10 },
    );
    assert.equal(code, 0, stderr);
    assert.equal(stdout + stderr, ending === "" ? "2000\n" : "1\n");
  }
});
