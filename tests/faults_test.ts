import assert from "node:assert/strict";
import { GameCacheError } from "../src/cache/game_cache_error.ts";
import { RedisGameCache } from "../src/cache/redis_game_cache.ts";
import { indexGames } from "../src/game_indexer.ts";
import { GameLoader } from "../src/game_loader.ts";
import type { GameQuery } from "../src/game_query.ts";
import { type Fault, type FaultKind, FaultProxy } from "./_fault_proxy.ts";
import { archiveText, tempFolder, texts } from "./_games.ts";
import { RedisServer } from "./_redis_server.ts";
import { LONG } from "./_shared_data.ts";

const FAULTS = LONG ? 300 : 60;

/** Longest that one answer may take, in milliseconds, with a read of the archive. */
const BOUND = 6000;

const TIMEOUTS = { connectTimeout: 200, commandTimeout: 300 };

const KINDS: readonly FaultKind[] = [
  "cut",
  "truncate",
  "freeze",
  "delay",
  "drip",
  "corrupt",
  "corrupt",
  "corrupt",
  "lose",
  "die",
];

/** What a node asks in a training round. */
const QUERIES: readonly GameQuery[] = [
  { minRating: 1600 },
  { minRating: 1600, offset: 700, maxGames: 100 },
  { minRating: 1600, offset: 1990, maxGames: 450 },
  { minRating: 1600, timeControl: "blitz", offset: 300, maxGames: 250 },
  { minRating: 2100, result: "1-0" },
  { minRating: 1600, set: "good", offset: 10, maxGames: 600 },
];

Deno.test(`GameLoader gives the archive's games under ${FAULTS} faults between it and Redis`, async () => {
  await using folder = await tempFolder();
  const path = folder.write("games.pgn", archiveText(3200, tagsOf));
  const absent = `${folder.path}/elsewhere/games.pgn`;
  await using server = await RedisServer.start();
  await using proxy = FaultProxy.start(server.port);
  const url = `redis://127.0.0.1:${proxy.port}`;
  {
    await using cache = new RedisGameCache({ url });
    const sets = [{ name: "good", filter: { minRating: 1600 } }];
    await indexGames(path, cache, sets);
  }
  const expected: string[][] = [];
  const replies: number[] = [];
  for (const query of QUERIES) {
    await using archive = new GameLoader(path, { cache: null });
    const plain = archive.loadGames({ ...query, set: undefined });
    expected.push(await texts(plain));
    await using cache = new RedisGameCache({ url, ...TIMEOUTS });
    proxy.fault = undefined;
    const { games, warnings } = await answer(path, cache, query);
    assert.deepEqual([games, warnings], [expected.at(-1), []]);
    replies.push(proxy.passed.server);
  }
  assert(expected.every((games) => games.length > 90));
  await closed(server, proxy);

  const ended = { whole: 0, continued: 0, failed: 0 };
  for (let seed = 0; seed < FAULTS; seed++) {
    const random = randomFrom(seed);
    const which = Math.floor(random() * QUERIES.length);
    const query = QUERIES[which];
    // Most of the bytes are games; what leads to them is tried as often.
    const most = random() < 0.5 ? 3000 : replies[which];
    const fault: Fault = {
      kind: KINDS[seed % KINDS.length],
      of: random() < 0.85 ? "server" : "client",
      at: Math.floor(random() * most),
      flip: 1 + Math.floor(random() * 255),
    };
    const isAtHand = random() < 0.75;
    const told = `seed ${seed}: ${JSON.stringify({ fault, query, isAtHand })}`;

    await using cache = new RedisGameCache({ url, ...TIMEOUTS });
    proxy.fault = fault;
    const start = performance.now();
    const { games, warnings, error } = await answer(
      isAtHand ? path : absent,
      cache,
      query,
    );
    const took = performance.now() - start;
    assert(took < BOUND, `${took} ms: ${told}`);
    if (error === undefined) {
      assert.deepEqual(games, expected[which], told);
      assert(warnings.length <= 1, `${warnings.length} warnings: ${told}`);
      ended[warnings.length === 0 ? "whole" : "continued"]++;
    } else {
      assert(!isAtHand, `${error}: ${told}`);
      assert(error.message.length > 20 && error.message.length < 400, told);
      assert.deepEqual(games, expected[which].slice(0, games.length), told);
      ended.failed++;
    }

    // Once all is well again, so is the cache.
    proxy.fault = undefined;
    if (fault.kind === "die") reviveIfDead(proxy);
    const healed = await answer(path, cache, query);
    assert.deepEqual(healed.games, expected[which], told);
    // A command that lost its end waits for that of the next one.
    const isLate = fault.of === "client" || fault.kind === "lose";
    assert(healed.warnings.length <= (isLate ? 1 : 0), told);
  }
  // Each kind of end is met.
  assert(
    Object.values(ended).every((count) => count > 0),
    JSON.stringify(ended),
  );
  await closed(server, proxy);
});

Deno.test("GameLoader continues in the archive at the next game, whatever happens between two batches", async () => {
  await using folder = await tempFolder();
  const path = folder.write("games.pgn", archiveText(1500, tagsOf));
  await using server = await RedisServer.start({
    args: ["--appendonly", "yes", "--appendfsync", "always"],
  });
  const { url } = server;
  const query = { minRating: 1600 };
  const sets = [{ name: "good", filter: query }];
  await using archive = new GameLoader(path, { cache: null });
  const expected = await texts(archive.loadGames(query));
  const keyOf = (index: number) => `chess:game:good:${index}`;
  const acts: [RegExp, () => Promise<unknown>][] = [
    [/connection broke|connection refused/, () => server.restart()],
    [/rebuilt, continued or cleared/, () => server.cli("FLUSHALL")],
    [/good:1100 is missing/, () => server.cli("DEL", keyOf(1100))],
    [
      /good:900 is missing/,
      async () => {
        await server.cli("DEL", keyOf(900));
        await server.cli("LPUSH", keyOf(900), "a list");
      },
    ],
    [
      /good:901 is missing or is not what/,
      () => server.cli("SET", keyOf(901), expected[900]),
    ],
  ];
  for (const [reason, act] of acts) {
    {
      await using cache = new RedisGameCache({ url });
      await indexGames(path, cache, sets, { replace: true });
    }
    await using cache = new RedisGameCache({ url });
    const warnings: string[] = [];
    await using loader = new GameLoader(path, {
      cache,
      onWarning: ({ message }) => void warnings.push(message),
    });
    const games: string[] = [];
    for await (const game of loader.loadGames(query)) {
      if (games.push(game.pgn) === 1) await act();
    }
    assert.deepEqual(games, expected, String(reason));
    // A server that is back soon enough is not missed.
    if (warnings.length > 0 || acts[0][0] !== reason) {
      assert.equal(warnings.length, 1, String(reason));
      assert.match(warnings[0], reason);
    }
  }
});

Deno.test("GameLoader distinguishes what a server answers, and leaves one alone that cannot be reached", async () => {
  await using folder = await tempFolder();
  const path = folder.write("games.pgn", archiveText(50, tagsOf));
  const answers: [string, RegExp, boolean][] = [
    ["LOADING Redis is loading the dataset in memory", /loading/, true],
    ["MASTERDOWN Link with MASTER is down", /lost its master/, true],
    ["CLUSTERDOWN The cluster is down", /cluster is down/, true],
    ["BUSY Redis is busy running a script.", /busy running/, true],
    ["NOAUTH Authentication required.", /asks for a password/, false],
    ["MOVED 3999 127.0.0.1:6381", /one node of a Redis Cluster/, false],
    ["READONLY You can't write", /read-only replica/, false],
    ["OOM command not allowed", /memory is full/, false],
  ];
  for (const [reply, words, isGone] of answers) {
    await using server = new RefusingServer(reply);
    const warnings: string[] = [];
    await using loader = new GameLoader(path, {
      cache: `redis://127.0.0.1:${server.port}`,
      onWarning: ({ message }) => void warnings.push(message),
    });
    let askedAtFirst = 0;
    for (let round = 0; round < 3; round++) {
      assert.equal((await texts(loader.loadGames())).length, 50);
      askedAtFirst ||= server.asked;
    }
    assert.equal(warnings.length, 1, reply);
    assert.match(warnings[0], words);
    assert(askedAtFirst > 0);
    assert.equal(server.asked === askedAtFirst, isGone, reply);

    await using absent = new GameLoader(`${path}.zst`, {
      cache: `redis://127.0.0.1:${server.port}`,
    });
    await assert.rejects(
      texts(absent.loadGames()),
      (error) => error instanceof GameCacheError && words.test(error.message),
    );
  }
});

/** Answers every command with one error. */
class RefusingServer implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #served: Promise<void>;
  asked = 0;

  constructor(reply: string) {
    this.#served = this.#serve(new TextEncoder().encode(`-${reply}\r\n`));
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  async #serve(reply: Uint8Array): Promise<void> {
    const serving: Promise<void>[] = [];
    for await (const connection of this.#listener) {
      serving.push(
        (async () => {
          using _ = connection;
          const buffer = new Uint8Array(65536);
          while (await connection.read(buffer) !== null) {
            this.asked++;
            await connection.write(reply);
          }
        })().catch(() => {}),
      );
    }
    await Promise.all(serving);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#served;
  }
}

/** The games of a query up to its end or its first error. */
async function answer(
  database: string,
  cache: RedisGameCache,
  query: GameQuery,
): Promise<{ games: string[]; warnings: string[]; error?: Error }> {
  const games: string[] = [];
  const warnings: string[] = [];
  await using loader = new GameLoader(database, {
    cache,
    onWarning: ({ message }) => void warnings.push(message),
  });
  try {
    for await (const game of loader.loadGames(query)) games.push(game.pgn);
  } catch (error) {
    assert(
      error instanceof GameCacheError ||
        (error as Error).name === "ArchiveError",
      String(error),
    );
    return { games, warnings, error: error as Error };
  }
  return { games, warnings };
}

function reviveIfDead(proxy: FaultProxy): void {
  try {
    proxy.revive();
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
  }
}

/** Asserts that no connection is left. */
async function closed(server: RedisServer, proxy: FaultProxy): Promise<void> {
  for (const start = Date.now(); proxy.open > 0;) {
    assert(Date.now() - start < 2000, `${proxy.open} connections`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.equal(await server.clients(), 0);
}

function tagsOf(number: number): Record<string, string> {
  const random = randomFrom(number);
  const rating = String(1500 + Math.floor(random() * 900));
  return {
    WhiteElo: rating,
    BlackElo: rating,
    TimeControl: random() < 0.5 ? "300+0" : "60+0",
    Result: random() < 0.5 ? "1-0" : "0-1",
  };
}

function randomFrom(seed: number): () => number {
  let state = seed * 2654435761 + 12345 >>> 0;
  return () => {
    state = Math.imul(state ^ state >>> 15, 2246822507) + 1 >>> 0;
    state = Math.imul(state ^ state >>> 13, 3266489909) >>> 0;
    return ((state ^ state >>> 16) >>> 0) / 2 ** 32;
  };
}
