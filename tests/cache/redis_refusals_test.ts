import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { Redis as Ioredis } from "npm:ioredis@5.8.2";
import { Redis as Iovalkey } from "npm:iovalkey@0.3.3";
import {
  createClient,
  createCluster,
  createSentinel,
} from "npm:@redis/client@6.3.1";
import { gameCacheError } from "../../src/cache/faults.ts";
import type { RedisCommands } from "../../src/cache/redis/redis_commands.ts";
import { RedisGameCache } from "../../src/cache/redis_game_cache.ts";
import { indexGames } from "../../src/game_indexer.ts";
import { GameLoader } from "../../src/game_loader.ts";
import { archiveText, tempFolder, texts } from "../_games.ts";
import { RedisServer } from "../_redis_server.ts";
import { info, pgns, read, spec, write } from "./_stores.ts";

Deno.test("RedisGameCache reads from a server that cannot save, and says why it takes nothing", async () => {
  await using folder = await tempFolder();
  await using server = await RedisServer.start({
    args: ["--dir", folder.path, "--dbfilename", "x.rdb"],
  });
  const { url } = server;
  const path = folder.write("games.pgn", archiveText(60));
  {
    await using cache = new RedisGameCache({ url });
    await indexGames(path, cache, [{ name: "all", filter: {} }]);
  }
  // A snapshot cannot be written where a folder is.
  await server.cli("CONFIG", "SET", "save", "3600 1");
  await Deno.mkdir(`${folder.path}/x.rdb`);
  await server.cli("SET", "something", "to save");
  await server.cli("BGSAVE");
  for (let n = 0; n < 100; n++) {
    if (
      (await server.cli("INFO", "persistence")).includes(
        "rdb_last_bgsave_status:err",
      )
    ) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await using cache = new RedisGameCache({ url });
  await using loader = new GameLoader(path, { cache, onWarning: assert.fail });
  assert.equal((await texts(loader.loadGames())).length, 60);
  assert.equal((await cache.stats()).sets[0].count, 60);
  await assert.rejects(cache.storeGame("mine", 0, "1. e4 *"), {
    fault: "full",
    message: /cannot save to its disk/,
  });
});

Deno.test("RedisGameCache needs no PING, INFO, CONFIG or SCAN", async () => {
  await using server = await RedisServer.start();
  const rights = [
    "-ping",
    "-info",
    "-config",
    "-scan",
    "-client",
    "-hello",
    "-command",
  ];
  await server.cli(
    "ACL",
    "SETUSER",
    "limited",
    "on",
    ">x",
    "~*",
    "+@all",
    ...rights,
  );
  const url = `redis://limited:x@127.0.0.1:${server.port}`;
  await using cache = new RedisGameCache({ url });
  await using folder = await tempFolder();
  const path = folder.write("games.pgn", archiveText(60));
  const sets = [{ name: "all", filter: {} }, {
    name: "b",
    filter: { result: "1-0" as const },
  }];
  for (const replace of [false, true]) {
    const warnings: string[] = [];
    await using cache = new RedisGameCache({ url });
    await indexGames(path, cache, sets, {
      replace,
      onWarning: ({ message }) => void warnings.push(message),
    });
    assert.equal(warnings.length, 1, warnings.join("\n"));
    assert.match(warnings[0], /Cannot check .*NOPERM.*--allow-eviction/);
  }
  assert.equal((await read(cache, "all")).length, 60);
  const { sets: found, bytes, maxBytes } = await cache.stats();
  assert.equal(bytes, found[0].textBytes + found[1].textBytes);
  assert.equal(maxBytes, undefined);
  assert.equal(await cache.countForeignGames(), 0);
  assert.equal(await cache.clearAll(), found[0].count + found[1].count);
  assert.equal(await server.cli("DBSIZE"), "0");
});

Deno.test("RedisGameCache knows that a server may evict by any policy that is not known to be harmless", async () => {
  await using server = await RedisServer.start();
  await using client = await clientOf(server);
  for (
    const [policy, isSafe] of [
      ["noeviction", true],
      ["volatile-lru", true],
      ["volatile-ttl", true],
      ["allkeys-lfu", false],
      ["eviction", false],
      ["something-new", false],
    ] as const
  ) {
    const pretending = {
      sendCommand: (args: string[], options: object) =>
        args[0] === "INFO"
          ? Promise.resolve(
            `used_memory:1\r\nmaxmemory:1000000\r\nmaxmemory_policy:${policy}\r\n`,
          )
          : client.sendCommand(args, options),
    };
    await using cache = new RedisGameCache({
      client: pretending as RedisCommands,
    });
    const written = write(cache, spec("all"), pgns("all", 0, 3), {
      replace: true,
    });
    if (isSafe) await written;
    else {await assert.rejects(written, {
        fault: "refused",
        message: new RegExp(policy),
      });}
  }
});

Deno.test("gameCacheError() understands errors that begin with a minus, and closed clients", () => {
  class EOFError extends Error {}
  class ErrorReplyError extends Error {}
  for (
    const [text, fault] of [
      ["NOPERM no permissions", "denied"],
      ["NOAUTH Authentication required.", "denied"],
      ["WRONGPASS invalid", "denied"],
      ["WRONGTYPE Operation against a key", "damaged"],
      ["READONLY You can't write", "refused"],
      ["CROSSSLOT Keys in request", "refused"],
      ["MOVED 1 127.0.0.1:1", "refused"],
      ["LOADING Redis is loading", "unreachable"],
      ["OOM command not allowed", "full"],
      ["MISCONF Redis is configured to save RDB snapshots", "full"],
      ["ERR max number of clients reached", "unreachable"],
    ]
  ) {
    for (const sign of ["", "-"]) {
      const error = gameCacheError("A", new ErrorReplyError(sign + text));
      assert.equal(error.fault, fault, sign + text);
    }
    assert.equal(
      gameCacheError("A", new ErrorReplyError(`-${text}`)).message,
      gameCacheError("A", new ErrorReplyError(text)).message,
    );
  }
  for (
    const error of [
      new EOFError(),
      new Deno.errors.BadResource("Bad resource ID"),
    ]
  ) {
    assert.equal(gameCacheError("A", error).fault, "unreachable");
  }
});

Deno.test("RedisGameCache works over a client whose errors begin with a minus, as over others", async () => {
  await using server = await RedisServer.start();
  await using client = await clientOf(server);
  let isClosed = false;
  const minus = {
    isConnected: true,
    async sendCommand(
      command: string,
      args: (string | Uint8Array)[] = [],
      options: { returnUint8Arrays?: boolean } = {},
    ): Promise<unknown> {
      if (isClosed) throw new Deno.errors.BadResource("Bad resource ID");
      const words = args.map((arg) =>
        typeof arg === "string" ? arg : Buffer.from(arg)
      );
      try {
        return await client.sendCommand([command, ...words], {
          typeMapping: options.returnUint8Arrays ? { 36: Buffer } : {},
        });
      } catch (error) {
        throw new Error(`-${(error as Error).message}`);
      }
    },
  };
  await using cache = new RedisGameCache({ client: minus });
  await write(cache, spec("all"), pgns("all", 0, 1500));
  await write(cache, spec("all"), pgns("new", 0, 1200), { replace: true });
  assert.deepEqual(await read(cache, "all"), pgns("new", 0, 1200));
  await server.cli("DEL", "chess:game:all:7");
  await server.cli("LPUSH", "chess:game:all:7", "x");
  await assert.rejects(read(cache, "all"), {
    fault: "damaged",
    key: "chess:game:all:7",
  });
  const { generation } = await info(cache, "all");
  await server.cli("DEL", `chess:records:all:${generation}:0`);
  await server.cli("LPUSH", `chess:records:all:${generation}:0`, "x");
  await assert.rejects(read(cache, "all"), {
    fault: "damaged",
    key: `chess:records:all:${generation}:0`,
  });
  await server.cli("SET", "chess:meta:all", "x");
  await assert.rejects(cache.sets(), {
    fault: "damaged",
    key: "chess:meta:all",
  });
  assert.equal(await cache.clearAll(), 0);
  assert.equal(await server.cli("DBSIZE"), "0");
  isClosed = true;
  await assert.rejects(cache.sets(), { fault: "unreachable" });
});

Deno.test("RedisGameCache refuses clients that take commands in another way, and says which do", async () => {
  await using server = await RedisServer.start();
  const advice = /npm:redis .*jsr:@db\/redis/;
  const options = { lazyConnect: true, retryStrategy: () => null };
  const node = createClient({
    url: server.url,
    maintNotifications: "disabled",
  });
  for (
    const client of [
      new Ioredis(server.url, options),
      new Iovalkey(server.url, options),
      createCluster({ rootNodes: [{ url: server.url }] }),
      createSentinel({
        name: "x",
        sentinelRootNodes: [{ host: "127.0.0.1", port: 1 }],
      }),
      {},
      null,
      "redis://127.0.0.1",
    ]
  ) {
    assert.throws(
      () => new RedisGameCache({ client: client as unknown as RedisCommands }),
      (error) => error instanceof TypeError && advice.test(error.message),
    );
  }
  await node.connect();
  assert.throws(
    () =>
      new RedisGameCache({ client: node.legacy() as unknown as RedisCommands }),
    (error) => error instanceof TypeError && advice.test(error.message),
  );
  // What is none of these is found out at the first call.
  const silent = { sendCommand() {} } as unknown as RedisCommands;
  await using cache = new RedisGameCache({ client: silent });
  await assert.rejects(cache.sets(), { fault: "refused", message: advice });
  await node.close();
});

Deno.test("RedisGameCache says that no node of a cluster answers, and that a server has too many clients", async () => {
  await using down = new RedisGameCache({
    url: "redis+cluster://127.0.0.1:1,127.0.0.1:2",
    connectTimeout: 5000,
  });
  await assert.rejects(down.sets(), {
    fault: "unreachable",
    message: /no node of the cluster/,
  });

  await using server = await RedisServer.start();
  await using client = await clientOf(server);
  await client.sendCommand(["CONFIG", "SET", "maxclients", "1"]);
  await using cache = new RedisGameCache({
    url: server.url,
    connectTimeout: 5000,
  });
  await assert.rejects(cache.sets(), {
    fault: "unreachable",
    message: /too many clients/,
  });
  await client.sendCommand(["CONFIG", "SET", "maxclients", "100"]);
});

Deno.test("RedisGameCache logs in over a socket with a password", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/redis.sock`;
  await using _ = await RedisServer.start({
    args: ["--unixsocket", path],
    password: "p:w",
  });
  await using cache = new RedisGameCache({
    url: `redis+unix://:p%3Aw@${path}`,
  });
  await cache.storeGame("mine", 0, "1. e4 *");
  await using wrong = new RedisGameCache({
    url: `redis+unix://:hunter2@${path}?db=1`,
  });
  await assert.rejects(wrong.sets(), (error: Error) => {
    assert.doesNotMatch(Deno.inspect(error), /hunter2/);
    return error.message.includes(`redis+unix://:***@${path}`);
  });
});

Deno.test("RedisGameCache gives up a server that sends without end", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    using connection = await listener.accept();
    const buffer = new Uint8Array(65536);
    await connection.read(buffer);
    await connection.write(new TextEncoder().encode("+PONG\r\n"));
    await connection.read(buffer);
    await connection.write(new TextEncoder().encode("*1000000000\r\n"));
    const element = new TextEncoder().encode("$1\r\nx\r\n");
    for (;;) {
      await connection.write(element);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  })().catch(() => {});
  await using cache = new RedisGameCache({
    url: `redis://127.0.0.1:${listener.addr.port}`,
    commandTimeout: 300,
  });
  const started = performance.now();
  await assert.rejects(cache.sets(), { fault: "unreachable" });
  assert(performance.now() - started < 4000);
  await serving;
});

Deno.test("indexGames() says that a set was replaced, where the connection breaks while its games are moved", async () => {
  await using server = await RedisServer.start();
  await using folder = await tempFolder();
  const path = folder.write("games.pgn", archiveText(60));
  await using cache = new RedisGameCache({ url: server.url });
  await write(cache, spec("all"), pgns("old", 0, 1500));
  await server.cli(
    "ACL",
    "SETUSER",
    "mover",
    "on",
    ">x",
    "~*",
    "+@all",
    "-rename",
  );
  await using mover = new RedisGameCache({
    url: `redis://mover:x@127.0.0.1:${server.port}`,
  });
  let kept = 0;
  await assert.rejects(
    indexGames(path, mover, [{ name: "all", filter: {} }], {
      replace: true,
      onProgress: ({ sets: [set] }) => void (kept = set.kept),
    }),
    {
      fault: "denied",
      isCommitted: true,
      message: /was replaced and can be read/,
    },
  );
  assert.equal(kept, 60);
  assert.equal((await read(cache, "all")).length, 60);
});

/** What becomes of the command that publishes a rebuild, and whether its writer can ask again. */
const LOSSES = [
  { isDone: "at once", answers: true },
  { isDone: "at once", answers: false },
  { isDone: "never", answers: true },
  { isDone: "never", answers: false },
  // It is still on its way when the writer asks again.
  { isDone: "later", answers: true },
] as const;

for (const { isDone, answers } of LOSSES) {
  const what = `done ${isDone}, ${answers ? "and" : "but"} ` +
    `${answers ? "asks again" : "cannot ask again"}`;
  Deno.test(`A writer knows whether a rebuild was published when the connection breaks at that: ${what}`, async () => {
    await using server = await RedisServer.start();
    await using folder = await tempFolder();
    const path = folder.write("games.pgn", archiveText(60));
    await using cache = new RedisGameCache({ url: server.url });
    await indexGames(path, cache, [{ name: "all", filter: {}, maxGames: 9 }]);
    await using real = await clientOf(server);
    const broken = () =>
      Promise.reject(new Error("Socket closed unexpectedly"));
    let late: (() => Promise<unknown>) | undefined;
    const client = {
      sendCommand(args: string[], options?: Record<string, unknown>) {
        const send = () => real.sendCommand(args, options);
        if (late !== undefined && !answers) return broken();
        if (!String(args[1]).includes("'moving', '0'")) return send();
        late = isDone === "later" ? send : () => Promise.resolve();
        return isDone === "at once" ? send().then(broken) : broken();
      },
    };
    await using writing = new RedisGameCache({ client, lockDuration: 300 });
    const sets = [{ name: "all", filter: {} }];
    const index = indexGames(path, writing, sets, { replace: true });
    if (isDone === "at once" && answers) {
      const { sets: [{ kept }] } = await index;
      assert.equal(kept, 60);
    } else await assert.rejects(index, { fault: "unreachable" });
    await late!();
    const games = isDone === "at once" ? 60 : 9;
    assert.equal((await read(cache, "all")).length, games);
    if (answers) {
      // Nothing is left of it.
      const keys = (await server.cli("KEYS", "chess:*")).trim().split("\n");
      assert.equal(keys.length, games + 3);
    }
    await indexGames(path, cache, sets, { replace: true });
    assert.equal((await read(cache, "all")).length, 60);
    const keys = (await server.cli("KEYS", "chess:*")).trim().split("\n");
    assert.equal(keys.length, 60 + 3);
  });
}

async function clientOf(server: RedisServer) {
  const client = createClient({
    url: server.url,
    maintNotifications: "disabled",
  });
  client.on("error", () => {});
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() });
}
