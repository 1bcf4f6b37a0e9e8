import assert from "node:assert/strict";
import { crc32 } from "node:zlib";
import { createClient } from "npm:@redis/client@6.3.1";
import { GameCacheError } from "../../src/cache/game_cache_error.ts";
import { RedisGameCache } from "../../src/cache/redis_game_cache.ts";
import { RedisServer } from "../_redis_server.ts";
import { runScript } from "./_script.ts";
import { batch, info, pgn, pgns, read, spec, write } from "./_stores.ts";

Deno.test("RedisGameCache stores games for any program to read", async () => {
  await using server = await RedisServer.start();
  await using cache = new RedisGameCache({ url: server.url });
  const texts = pgns("tactical", 0, 1002);
  await write(cache, spec("tactical"), texts);
  const { generation } = await info(cache, "tactical");

  assert.equal(await server.cli("GET", "chess:game:tactical:0"), texts[0]);
  assert.equal(
    await server.cli("HGET", "chess:meta:tactical", "count"),
    "1002",
  );
  assert.equal(
    await server.cli("HGET", "chess:meta:tactical", "state"),
    "complete",
  );
  const others = (await server.cli("KEYS", "*")).split("\n")
    .filter((key) => !key.startsWith("chess:game:tactical:")).sort();
  assert.deepEqual(others, [
    "chess:meta:tactical",
    `chess:records:tactical:${generation}:0`,
    `chess:records:tactical:${generation}:1`,
    "chess:sets",
  ]);

  await using client = await clientOf(server);
  const records = await client.sendCommand(
    ["GET", `chess:records:tactical:${generation}:1`],
    { typeMapping: { 36: Buffer } },
  ) as unknown as Uint8Array;
  assert.equal(records.length, 64);
  const view = new DataView(records.buffer, records.byteOffset);
  const bytes = new TextEncoder().encode(texts[1001]);
  assert.equal(view.getUint32(32, true), bytes.length);
  assert.equal(view.getUint32(36, true), crc32(bytes));
});

Deno.test("RedisGameCache logs in with what its URL says", async () => {
  const password = "p@ss:w/rd%20é";
  await using server = await RedisServer.start({ password: "s3cret" });
  await server.cli(
    "ACL",
    "SETUSER",
    "trainer%1",
    "on",
    `>${password}`,
    "~chess:*",
    "+@all",
  );
  const host = `127.0.0.1:${server.port}`;
  const login = `trainer%251:${encodeURIComponent(password)}`;
  {
    await using cache = new RedisGameCache({
      url: `redis://${login}@${host}/3`,
    });
    await cache.storeGame("mine", 0, "1. e4 *");
    assert.deepEqual(await read(cache, "mine"), ["1. e4 *"]);
    assert.match(await server.cli("INFO", "keyspace"), /^db3:keys=4/m);
  }
  for (
    const url of [
      `redis://trainer%251:wrong-s3cret@${host}`,
      `redis://:wrong-s3cret@${host}`,
      `redis://${host}`,
      new URL(`redis://nobody:wrong-s3cret@${host}/2`),
    ]
  ) {
    await using cache = new RedisGameCache({ url });
    for (
      const act of [
        () => cache.sets(),
        () => read(cache, "mine"),
        () => cache.storeGame("mine", 0, "*"),
        () => cache.writer(spec("all")).close(),
      ]
    ) {
      await rejectsWith("denied", act(), (error) => {
        assert(!Deno.inspect(error).includes("wrong-s3cret"), error.message);
        assert(error.message.includes(host), error.message);
      });
    }
  }
  // A command that the user has no right to.
  await server.cli("ACL", "SETUSER", "trainer%1", "-mget");
  await using cache = new RedisGameCache({ url: `redis://${login}@${host}/3` });
  await rejectsWith("denied", read(cache, "mine"));
});

Deno.test("RedisGameCache takes a password for a server without one as denied", async () => {
  await using server = await RedisServer.start();
  const url = `redis://:hunter2@127.0.0.1:${server.port}`;
  await using cache = new RedisGameCache({ url });
  await rejectsWith("denied", cache.sets(), (error) => {
    assert(!Deno.inspect(error).includes("hunter2"));
  });
});

Deno.test("new RedisGameCache() takes no wrong option and shows no password", () => {
  const secret = "hunter2";
  for (
    const url of [
      `redis://:${secret}@host:99999`,
      `http://:${secret}@host`,
      `redis://:${secret}@host/games`,
      `redis://%:${secret}%@host`,
      "127.0.0.1:6379",
      "",
    ]
  ) {
    assert.throws(
      () => new RedisGameCache({ url }),
      (error) =>
        error instanceof TypeError && !Deno.inspect(error).includes(secret),
      url,
    );
  }
  for (const number of [0, -1, NaN, Infinity]) {
    for (const name of ["connectTimeout", "commandTimeout", "lockDuration"]) {
      assert.throws(() => new RedisGameCache({ [name]: number }), RangeError);
    }
  }
  assert.throws(() => new RedisGameCache({ client: {} as never }), TypeError);
});

Deno.test("RedisGameCache reports at once that nobody listens", async () => {
  const server = await RedisServer.start();
  await server[Symbol.asyncDispose]();
  // The first of all calls loads the client as well.
  await using first = new RedisGameCache({ url: server.url });
  await rejectsWith("unreachable", first.sets());
  for (const host of ["127.0.0.1", "localhost"]) {
    const url = `redis://${host}:${server.port}`;
    await using cache = new RedisGameCache({ url });
    await within(0, 500, async () => {
      await rejectsWith("unreachable", cache.sets(), (error) => {
        assert.match(error.message, /connection refused/);
        assert(error.message.includes(url));
      });
    });
  }
});

Deno.test("RedisGameCache waits no longer than it is told to", async () => {
  // Accepts and never answers.
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted: Deno.Conn[] = [];
  const accepting = (async () => {
    for await (const connection of listener) accepted.push(connection);
  })();
  const host = `127.0.0.1:${listener.addr.port}`;
  for (const login of ["", ":password@"]) {
    const url = `redis://${login}${host}`;
    await using cache = new RedisGameCache({ url, connectTimeout: 200 });
    await within(190, 700, () =>
      Promise.all([
        rejectsWith("unreachable", cache.sets(), (error) => {
          assert.match(error.message, /no answer in time/);
        }),
        rejectsWith("unreachable", read(cache, "all")),
      ]));
  }
  listener.close();
  await accepting;
  for (const connection of accepted) connection.close();

  // Answers, then stands still.
  await using server = await RedisServer.start();
  await using cache = new RedisGameCache({
    url: server.url,
    commandTimeout: 200,
  });
  await write(cache, spec("all"), pgns("all", 0, 2000));
  const given: string[] = [];
  const start = performance.now();
  await rejectsWith(
    "unreachable",
    (async () => {
      for await (const game of cache.getGames("all", 0)) {
        if (given.push(game.pgn) === 1) Deno.kill(server.pid, "SIGSTOP");
      }
    })(),
    (error) => assert.match(error.message, /no answer in time/),
  );
  assert(performance.now() - start < 1000);
  assert.deepEqual(given, pgns("all", 0, given.length));
  Deno.kill(server.pid, "SIGCONT");
  assert.equal(await cache.getTotalGames("all"), 2000);
});

Deno.test("RedisGameCache gives up a server that does not speak its language", async () => {
  for (
    const [greeting, answer] of [
      ["HTTP/1.1 400 Bad Request\r\n\r\n", ""],
      ["+PONG\r\n", "HTTP/1.1 400 Bad Request\r\n\r\n"],
      ["+PONG\r\n", ":1\r\n"],
      ["+PONG\r\n", "*1\r\n*0\r\n"],
    ]
  ) {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const serving = (async () => {
      using connection = await listener.accept();
      const replies = [greeting, answer];
      const buffer = new Uint8Array(65536);
      while (await connection.read(buffer)) {
        await connection.write(new TextEncoder().encode(replies.shift() ?? ""));
      }
    })().catch(() => {});
    const url = `redis://127.0.0.1:${listener.addr.port}`;
    const cache = new RedisGameCache({ url, commandTimeout: 200 });
    await assert.rejects(cache.getTotalGames("all"), GameCacheError, answer);
    await cache.close();
    await serving;
    listener.close();
  }
});

Deno.test("RedisGameCache does not take time that the process is busy for the server's", async () => {
  await using server = await RedisServer.start();
  await using cache = new RedisGameCache({
    url: server.url,
    commandTimeout: 50,
  });
  await write(cache, spec("all"), pgns("all", 0, 1000));
  for await (const _ of cache.getGames("all", 0)) {
    const start = performance.now();
    while (performance.now() - start < 0.2);
  }
  const sets = cache.sets();
  const start = performance.now();
  while (performance.now() - start < 200);
  await sets;
});

Deno.test("RedisGameCache gives what it had when the server dies, and finds it again", async () => {
  await using server = await RedisServer.start({
    args: ["--appendonly", "yes", "--appendfsync", "always"],
  });
  await using cache = new RedisGameCache({ url: server.url });
  await write(cache, spec("all"), pgns("all", 0, 3000));
  const given: string[] = [];
  await rejectsWith(
    "unreachable",
    (async () => {
      for await (const game of cache.getGames("all", 0)) {
        if (given.push(game.pgn) === 500) await server.kill();
      }
    })(),
  );
  assert(given.length >= 500 && given.length < 3000);
  assert.deepEqual(given, pgns("all", 0, given.length));
  await rejectsWith("unreachable", cache.sets());

  const writer = cache.writer(spec("other")).getWriter();
  await rejectsWith("unreachable", writer.write(batch(["*"])));
  await server.restart();
  assert.equal((await read(cache, "all")).length, 3000);
});

Deno.test("RedisGameCache reads on over a server's restart between two batches", async () => {
  await using server = await RedisServer.start({
    args: ["--appendonly", "yes", "--appendfsync", "always"],
  });
  await using cache = new RedisGameCache({ url: server.url });
  await write(cache, spec("all"), pgns("all", 0, 1000));
  const set = await info(cache, "all");
  for await (const [first] of cache.readGames(set, 0, 150)) {
    assert(first);
    await server.restart();
  }
  assert.deepEqual(await read(cache, "all", 900), pgns("all", 900, 1000));
});

Deno.test("RedisGameCache.writer() keeps what was committed when the server is full", async () => {
  await using server = await RedisServer.start({
    args: ["--maxmemory", "20mb", "--maxmemory-policy", "noeviction"],
  });
  await using cache = new RedisGameCache({ url: server.url });
  const text = (i: number) => pgn("all", i) + "{ full }".repeat(250);
  const writer = cache.writer(spec("all")).getWriter();
  let committed = 0;
  await rejectsWith(
    "full",
    (async () => {
      for (; committed < 20_000; committed += 1000) {
        const texts = Array.from(
          { length: 1000 },
          (_, i) => text(committed + i),
        );
        await writer.write(batch(texts, committed + 1000));
      }
    })(),
  );
  assert(committed >= 4000 && committed < 12_000, String(committed));
  const set = await info(cache, "all");
  assert.equal(set.count, committed);
  assert.equal(set.checkpoint.gamesRead, committed);
  assert.equal(set.state, "unfinished");
  assert.equal(set.lock, undefined);
  let i = 0;
  for await (const game of cache.getGames("all", 0)) {
    assert.equal(game.pgn, text(i++));
  }
  assert.equal(i, committed);
  const { bytes, maxBytes } = await cache.stats();
  assert.equal(maxBytes, 20 * 1024 * 1024);
  // What was not admitted has been taken away.
  assert(bytes < maxBytes, String(bytes));
  assert.equal(Number(await server.cli("EXISTS", `chess:game:all:${i}`)), 0);

  // With more room it continues.
  await server.cli("CONFIG", "SET", "maxmemory", "100mb");
  await write(cache, spec("all"), [text(i)], { resume: set });
  assert.equal(await cache.getTotalGames("all"), committed + 1);
});

Deno.test("RedisGameCache names the key that is damaged", async () => {
  await using server = await RedisServer.start();
  await using cache = new RedisGameCache({ url: server.url });
  await write(cache, spec("all"), pgns("all", 0, 2300));
  const { generation } = await info(cache, "all");

  await server.cli("SET", `chess:records:all:${generation}:2`, "short");
  await damaged(`chess:records:all:${generation}:2`, 2000);
  await server.cli("DEL", `chess:records:all:${generation}:2`);
  await damaged(`chess:records:all:${generation}:2`, 2000);
  await server.cli("HSET", `chess:records:all:${generation}:2`, "a", "b");
  await damaged(`chess:records:all:${generation}:2`, 2000);
  await server.cli("DEL", "chess:game:all:1500");
  await server.cli("LPUSH", "chess:game:all:1500", pgn("all", 1500));
  await damaged("chess:game:all:1500", 1500);
  for (const [field, value] of [["count", "2299"], ["state", "capped"]]) {
    const old = await server.cli("HGET", "chess:meta:all", field);
    await server.cli("HSET", "chess:meta:all", field, value);
    await rejectsWith("damaged", cache.sets(), (error) => {
      assert.equal(error.key, "chess:meta:all");
    });
    await server.cli("HSET", "chess:meta:all", field, old);
  }
  await cache.sets();
  await server.cli("SET", "chess:meta:all", "text");
  await rejectsWith("damaged", cache.sets(), (error) => {
    assert.equal(error.key, "chess:meta:all");
  });
  assert.equal(await cache.clear("all"), 0);
  assert.equal(await server.cli("DBSIZE"), "0");

  async function damaged(key: string, index: number) {
    const given: string[] = [];
    await rejectsWith(
      "damaged",
      (async () => {
        for await (const game of cache.getGames("all", 0)) given.push(game.pgn);
      })(),
      (error) => {
        assert.equal(error.key, key);
        assert(error.message.includes(key));
      },
    );
    assert.deepEqual(given, pgns("all", 0, index));
  }
});

Deno.test("RedisGameCache reads on when only the meta is gone, and knows a flush", async () => {
  await using server = await RedisServer.start();
  await using cache = new RedisGameCache({ url: server.url });
  await write(cache, spec("all"), pgns("all", 0, 3000));
  const given: string[] = [];
  for await (const game of cache.getGames("all", 0, 1500)) {
    if (given.push(game.pgn) === 1) await server.cli("DEL", "chess:meta:all");
  }
  assert.deepEqual(given, pgns("all", 0, 1500));
  assert.deepEqual(await cache.sets(), []);

  await write(cache, spec("all"), pgns("all", 0, 3000));
  given.length = 0;
  await rejectsWith(
    "replaced",
    (async () => {
      for await (const game of cache.getGames("all", 0)) {
        if (given.push(game.pgn) === 1) await server.cli("FLUSHALL");
      }
    })(),
  );
  assert.deepEqual(given, pgns("all", 0, given.length));

  const writer = cache.writer(spec("all")).getWriter();
  await writer.write(batch(["1"]));
  await server.cli("FLUSHALL");
  await rejectsWith("replaced", writer.write(batch(["2"])));
  assert.deepEqual(await cache.sets(), []);
});

Deno.test("RedisGameCache finds a game where a rebuild keeps it", async () => {
  await using server = await RedisServer.start();
  await using cache = new RedisGameCache({ url: server.url });
  const texts = pgns("all", 0, 500);
  await write(cache, spec("all"), texts);
  for (const i of [0, 7, 499]) {
    const key = `chess:game:all:${i}`;
    await server.cli("RENAME", key, `chess:next:{${key}}`);
    if (i === 7) await server.cli("SET", key, pgn("old", 7));
  }
  assert.deepEqual(await read(cache, "all"), texts);
});

Deno.test("RedisGameCache.writer() refuses one whose lock ran out and was taken", async () => {
  await using server = await RedisServer.start();
  await using slow = new RedisGameCache({ url: server.url });
  await using cache = new RedisGameCache({ url: server.url });
  const writer = slow.writer(spec("all")).getWriter();
  await writer.write(batch(pgns("all", 0, 2)));
  const resume = await info(cache, "all");
  // As if its process had been stopped for long.
  await server.cli("HSET", "chess:meta:all", "until", 0);
  const heir = cache.writer(spec("all"), { resume }).getWriter();
  await heir.write(batch(pgns("all", 2, 3)));
  await rejectsWith("locked", writer.write(batch(["late"])));
  await heir.write(batch(pgns("all", 3, 4)));
  await heir.close();
  assert.deepEqual(await read(cache, "all"), pgns("all", 0, 4));
});

Deno.test("RedisGameCache reads a rebuilt set before and while its games are moved, and the next writer finishes that", async () => {
  await using server = await RedisServer.start();
  await using cache = new RedisGameCache({ url: server.url });
  await write(cache, spec("all"), pgns("old", 0, 3500));
  const old = await info(cache, "all");
  const reader = cache.readGames(old, 0, old.count)[Symbol.asyncIterator]();
  const first = (await reader.next()).value!.length;
  // A user who may not rename: published, and nothing moved.
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
  const url = `redis://mover:x@127.0.0.1:${server.port}`;
  await using mover = new RedisGameCache({ url });
  const rebuilt = write(mover, spec("all"), pgns("new", 0, 2500), {
    replace: true,
  });
  await rejectsWith("denied", rebuilt);
  assert.equal((await info(cache, "all")).isUntidy, true);
  assert.deepEqual(await read(cache, "all"), pgns("new", 0, 2500));
  assert.equal(
    await server.cli("GET", "chess:game:all:7"),
    pgn("old", 7),
  );
  // One who reads the old one reads on for as long as it is there.
  for (let given = first; given < 3500;) {
    const texts = (await reader.next()).value!.map((game: Uint8Array) =>
      new TextDecoder().decode(game)
    );
    assert.deepEqual(texts, pgns("old", given, given + texts.length));
    given += texts.length;
  }

  // Half of them are moved, and a hole is left where one was before.
  for (let i = 0; i < 1300; i++) {
    const key = `chess:game:all:${i}`;
    await server.cli("RENAME", `chess:next:{${key}}`, key);
  }
  assert.deepEqual(await read(cache, "all"), pgns("new", 0, 2500));
  await cache.writer(spec("all"), { resume: await info(cache, "all") }).close();
  const { isUntidy, generation } = await info(cache, "all");
  assert.equal(isUntidy, undefined);
  assert.deepEqual(await read(cache, "all"), pgns("new", 0, 2500));
  assert.equal(await server.cli("GET", "chess:game:all:7"), pgn("new", 7));
  assert.equal(await server.cli("DBSIZE"), String(2500 + 3 + 2));
  assert.equal(
    await server.cli("EXISTS", `chess:records:all:${generation}:2`),
    "1",
  );
});

Deno.test("RedisGameCache.clear() removes what is noted of a set, and nothing else", async () => {
  await using server = await RedisServer.start();
  await using cache = new RedisGameCache({ url: server.url });
  const foreign = [
    "chess",
    "chess:game:all2:1",
    "chess:game:all:77",
    "chess:game:all:x",
    "chess:game:lost:1",
    "chess:meta:users",
    "chess:next:{chess:game:all:3}",
    "chess:other:all:1",
    "chess:records:all:0123-ab:0",
    "session:all:1",
  ];
  await write(cache, spec("all"), pgns("all", 0, 10));
  for (const key of foreign) await server.cli("SET", key, "theirs");
  assert.equal(await cache.countForeignGames("all"), 1);
  assert.equal(await cache.countForeignGames(), 3);
  assert.equal(await cache.clear("all"), 10);
  assert.equal(await cache.clear("users"), 0);
  assert.equal(await cache.clear("lost"), 0);
  assert.deepEqual(await keysOf(server), foreign);
  await write(cache, spec("b"), pgns("b", 0, 10));
  await write(cache, spec("c"), pgns("c", 0, 1010));
  assert.equal(await cache.clearAll(), 1020);
  assert.deepEqual(await keysOf(server), foreign);
});

Deno.test("RedisGameCache.clear() removes what interrupted writers have left", async () => {
  await using server = await RedisServer.start();
  const open = () => new RedisGameCache({ url: server.url, lockDuration: 50 });
  /** Stops right after a batch is stored and before it is admitted, and never comes back. */
  async function interrupt(replace: boolean): Promise<void> {
    await server.cli("ACL", "SETUSER", "dying", "on", ">x", "~*", "+@all");
    const url = `redis://dying:x@127.0.0.1:${server.port}`;
    const dying = new RedisGameCache({ url, lockDuration: 50 });
    const writer = dying.writer(spec("all"), { replace }).getWriter();
    await writer.write(batch(pgns("new", 0, 1500)));
    await server.cli("ACL", "SETUSER", "dying", "-hset", "-eval");
    await assert.rejects(writer.write(batch(pgns("new", 1500, 1700))));
    await dying.close();
  }
  for (const replace of [false, true]) {
    await using cache = open();
    if (replace) await write(cache, spec("all"), pgns("all", 0, 1100));
    await interrupt(replace);
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.equal(await cache.clear("all"), replace ? 1100 : 1500);
    assert.deepEqual(await keysOf(server), []);
  }
});

Deno.test("RedisGameCache writes over nothing that another program has stored", async () => {
  await using server = await RedisServer.start();
  await using cache = new RedisGameCache({ url: server.url });
  for (const index of [0, 1, 2, 7]) {
    await server.cli("SET", `chess:game:bob:${index}`, `theirs ${index}`);
  }
  await server.cli("SET", "chess:game:bob:007", "theirs");
  const before = await keysOf(server);
  const isTheirs = (error: GameCacheError) => {
    assert.match(error.key!, /^chess:game:bob:\d+$/);
    assert(error.message.includes(error.key!), error.message);
    assert.match(error.message, /--replace/);
  };
  await rejectsWith(
    "refused",
    write(cache, spec("bob"), pgns("bob", 0, 3)),
    isTheirs,
  );
  await rejectsWith("refused", cache.storeGame("bob", 0, "1. e4 *"), isTheirs);
  assert.deepEqual(await keysOf(server), before);
  assert.equal(await server.cli("GET", "chess:game:bob:0"), "theirs 0");

  // Also where it may not be looked for them, and where they come later.
  await server.cli(
    "ACL",
    "SETUSER",
    "blind",
    "on",
    ">x",
    "~*",
    "+@all",
    "-scan",
  );
  const url = `redis://blind:x@127.0.0.1:${server.port}`;
  await using blind = new RedisGameCache({ url });
  await rejectsWith(
    "refused",
    write(blind, spec("bob"), pgns("bob", 0, 3)),
    isTheirs,
  );
  await cache.clear("bob");
  assert.deepEqual(await keysOf(server), before);
  await write(cache, spec("eve"), pgns("eve", 0, 3));
  await server.cli("SET", "chess:game:eve:4", "theirs");
  const resume = await info(cache, "eve");
  await rejectsWith(
    "refused",
    write(cache, spec("eve"), pgns("eve", 3, 6), { resume }),
    (error) => assert.equal(error.key, "chess:game:eve:4"),
  );
  assert.equal(await server.cli("GET", "chess:game:eve:4"), "theirs");
  assert.deepEqual(await read(cache, "eve"), pgns("eve", 0, 3));
  await cache.clear("eve");
  assert.equal(await server.cli("GET", "chess:game:eve:4"), "theirs");

  // `replace` is the word for all of them.
  await write(cache, spec("bob"), pgns("bob", 0, 2), { replace: true });
  assert.deepEqual(await read(cache, "bob"), pgns("bob", 0, 2));
  const keys = await keysOf(server);
  assert.deepEqual(keys.filter((key) => key.startsWith("chess:game:bob:")), [
    "chess:game:bob:0",
    "chess:game:bob:1",
  ]);
});

Deno.test("RedisGameCache leaves a key alone that is where a set's own would be", async () => {
  await using server = await RedisServer.start();
  await using cache = new RedisGameCache({ url: server.url });
  await server.cli("HSET", "chess:meta:users", "count", 7);
  await server.cli("SET", "chess:meta:text", "theirs");
  const before = await keysOf(server);
  for (const name of ["users", "text"]) {
    for (const replace of [false, true]) {
      await rejectsWith(
        "refused",
        write(cache, spec(name), pgns(name, 0, 3), { replace }),
        (error) => assert.equal(error.key, `chess:meta:${name}`),
      );
    }
    assert.equal(await cache.clear(name), 0);
  }
  assert.equal(await cache.clearAll(), 0);
  assert.deepEqual(await keysOf(server), before);
});

Deno.test("RedisGameCache serves many readers at once over one connection", async () => {
  await using server = await RedisServer.start();
  await using cache = new RedisGameCache({ url: server.url });
  const texts = pgns("all", 0, 2500);
  await write(cache, spec("all"), texts);
  await Promise.all(Array.from({ length: 20 }, async (_, i) => {
    assert.deepEqual(
      await read(cache, "all", i * 100, 700),
      texts.slice(i * 100, i * 100 + 700),
    );
  }));
  assert.equal(await server.clients(), 1);
  await cache.close();
  await until(async () => await server.clients() === 0);
});

Deno.test("RedisGameCache uses a client as it is and leaves it open", async () => {
  await using server = await RedisServer.start();
  const texts = pgns("all", 0, 1200);
  await using client = await clientOf(server);
  {
    await using cache = new RedisGameCache({ client });
    await write(cache, spec("all"), texts);
    assert.deepEqual(await read(cache, "all"), texts);
    assert.equal(await server.clients(), 1);
  }
  assert.equal(await client.sendCommand(["PING"]), "PONG");

  // The other shape: a command, its arguments, and how to give bulk replies.
  const other = {
    isConnected: true,
    sendCommand: (
      command: string,
      args: (string | Uint8Array)[] = [],
      options: { returnUint8Arrays?: boolean } = {},
    ): Promise<unknown> =>
      client.sendCommand(
        [
          command,
          ...args.map((arg) =>
            typeof arg === "string" ? arg : Buffer.from(arg)
          ),
        ],
        { typeMapping: options.returnUint8Arrays ? { 36: Buffer } : {} },
      ),
  };
  {
    await using cache = new RedisGameCache({ client: other });
    assert.deepEqual(await read(cache, "all"), texts);
    await write(cache, spec("b"), texts.slice(0, 3));
    assert.equal(await cache.clearAll(), 1203);
  }

  // One that gives text alone, and its own kinds of arrays and numbers.
  const textual = {
    isConnected: true,
    sendCommand: (command: string, args: (string | Uint8Array)[] = []) =>
      client.sendCommand([
        command,
        ...args.map((arg) => typeof arg === "string" ? arg : Buffer.from(arg)),
      ]),
  };
  // And one that speaks the newer protocol.
  await using newer = await clientOf(server, 3);
  for (const client of [textual, newer]) {
    await using cache = new RedisGameCache({ client });
    await write(cache, spec("all"), texts);
    assert.deepEqual(await read(cache, "all"), texts);
    assert.deepEqual(
      await read(cache, "all", 950, 120),
      texts.slice(950, 1070),
    );
    await server.cli("SET", "chess:game:all:1100", texts[1101]);
    await rejectsWith("damaged", read(cache, "all"));
    await write(cache, spec("all"), texts, { replace: true });
    assert.deepEqual(await read(cache, "all"), texts);
    assert.equal((await cache.stats()).sets[0].count, 1200);
    assert.equal(await cache.clearAll(), 1200);
  }
  assert.equal(await newer.sendCommand(["PING"]), "PONG");

  // A client that nobody serves any more is not waited for.
  await using cache = new RedisGameCache({ client, commandTimeout: 200 });
  Deno.kill(server.pid, "SIGSTOP");
  await within(150, 800, () => rejectsWith("unreachable", cache.sets()));
  Deno.kill(server.pid, "SIGCONT");
});

Deno.test({
  name: "RedisGameCache speaks with a server over TLS, if it trusts it",
  ignore: !hasOpenssl(),
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "tls-" });
    const [key, cert] = [`${folder}/key.pem`, `${folder}/cert.pem`];
    const made = await new Deno.Command("openssl", {
      args: [
        ..."req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
          .split(" "),
        "-addext",
        "subjectAltName=DNS:localhost,IP:127.0.0.1",
        "-keyout",
        key,
        "-out",
        cert,
      ],
      stderr: "null",
    }).output();
    assert(made.success);
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    listener.close();
    await using server = await RedisServer.start({
      args: [
        ...["--tls-port", String(port), "--tls-auth-clients", "no"],
        ...["--tls-cert-file", cert, "--tls-key-file", key],
      ],
      password: "s3cret",
    });
    assert(server.port > 0);
    const url = `rediss://:s3cret@127.0.0.1:${port}`;
    const ca = await Deno.readTextFile(cert);
    await Deno.remove(folder, { recursive: true });
    {
      await using cache = new RedisGameCache({ url, ca });
      await write(cache, spec("all"), pgns("all", 0, 1500));
      assert.deepEqual(await read(cache, "all"), pgns("all", 0, 1500));
    }
    await using stranger = new RedisGameCache({ url });
    await rejectsWith("denied", stranger.sets(), (error) => {
      assert.match(error.message, /no secure connection/);
    });
    // One that speaks openly is not taken for one that does not.
    const open = `rediss://:s3cret@127.0.0.1:${server.port}`;
    await using wrong = new RedisGameCache({ url: open, ca });
    await assert.rejects(wrong.sets(), GameCacheError);
  },
});

Deno.test("RedisGameCache reads over a socket of this machine", async () => {
  const folder = await Deno.makeTempDir({ prefix: "socket-" });
  const path = `${folder}/redis sock`;
  await using _ = await RedisServer.start({ args: ["--unixsocket", path] });
  const url = `redis+unix://${encodeURI(path)}?db=3`;
  {
    await using cache = new RedisGameCache({ url });
    await write(cache, spec("all"), pgns("all", 0, 1500));
    assert.deepEqual(await read(cache, "all"), pgns("all", 0, 1500));
  }
  await using absent = new RedisGameCache({ url: `${url}`.replace("%20", "") });
  await rejectsWith("unreachable", absent.sets());
  for (const wrong of ["redis+unix://host/path", `redis+unix:///x?db=a`]) {
    assert.throws(() => new RedisGameCache({ url: wrong }), TypeError);
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("RedisGameCache reads from a replica and is refused to write there", async () => {
  await using master = await RedisServer.start({
    args: ["--repl-diskless-sync-delay", "0"],
  });
  await using server = await RedisServer.start({
    args: ["--replicaof", "127.0.0.1", String(master.port)],
  });
  await using cache = new RedisGameCache({ url: master.url });
  await write(cache, spec("all"), pgns("all", 0, 10));
  await using replica = new RedisGameCache({ url: server.url });
  await until(async () =>
    await replica.getTotalGames("all").catch(() => 0) === 10
  );
  assert.deepEqual(await read(replica, "all"), pgns("all", 0, 10));
  await rejectsWith("refused", write(replica, spec("b"), []), (error) => {
    assert.match(error.message, /read-only replica/);
  });
});

Deno.test("RedisGameCache keeps a process alive only while it is waited for", async () => {
  await using server = await RedisServer.start();
  await using cache = new RedisGameCache({ url: server.url });
  await write(cache, spec("all"), pgns("all", 0, 3000));
  const { code, stdout, stderr } = await runScript(
    `import { RedisGameCache } from "../../src/cache/redis_game_cache.ts";
    const cache = new RedisGameCache({ url: "${server.url}" });
    let count = 0;
    for await (const game of cache.getGames("all", 0)) count += game.pgn.length > 0 ? 1 : 0;
    for await (const _ of cache.getGames("all", 10)) break;
    console.log(count, await cache.hasGames("all"));`,
    [`--allow-net=127.0.0.1:${server.port}`],
  );
  assert.deepEqual([code, stdout.trim(), stderr], [0, "3000 true", ""]);
  await until(async () => await server.clients() === 1);
});

Deno.test("RedisGameCache without permission is denied", async () => {
  const { code, stdout } = await runScript(
    `import { RedisGameCache } from "../../src/cache/redis_game_cache.ts";
    await using cache = new RedisGameCache();
    await cache.sets().catch((error) => console.log(error.fault));`,
    [],
  );
  assert.deepEqual([code, stdout.trim()], [0, "denied"]);
});

async function rejectsWith(
  fault: GameCacheError["fault"],
  promise: Promise<unknown>,
  check: (error: GameCacheError) => void = () => {},
): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert(error instanceof GameCacheError, String(error));
    assert.equal(error.fault, fault, error.message);
    check(error);
    return true;
  });
}

function hasOpenssl(): boolean {
  try {
    return new Deno.Command("openssl", { args: ["version"] }).outputSync()
      .success;
  } catch {
    return false;
  }
}

async function clientOf(server: RedisServer, RESP: 2 | 3 = 2) {
  const client = createClient({
    url: server.url,
    RESP,
    maintNotifications: "disabled",
  });
  client.on("error", () => {});
  await client.connect();
  return Object.assign(client, {
    [Symbol.asyncDispose]: () => client.close(),
  });
}

/** Runs `act` and asserts how many milliseconds it took. */
async function within(
  least: number,
  most: number,
  act: () => Promise<unknown>,
): Promise<void> {
  const start = performance.now();
  await act();
  const took = performance.now() - start;
  assert(took >= least && took <= most, `${took} ms`);
}

/** Waits until `holds`, for five seconds at most. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const start = Date.now(); !await holds();) {
    assert(Date.now() - start < 5000, "it never happened");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function keysOf(server: RedisServer): Promise<string[]> {
  const keys = await server.cli("KEYS", "*");
  return keys === "" ? [] : keys.split("\n").sort();
}
