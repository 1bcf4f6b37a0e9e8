import assert from "node:assert/strict";
import { archiveOf, makeGames } from "../tasks/bench/_make_games.ts";
import { RedisGameCache } from "../src/cache/redis_game_cache.ts";
import type { GameCache } from "../src/cache/game_cache.ts";
import { rawGame } from "../src/pgn/raw_game.ts";
import type { GameFilter } from "../src/filter/game_filter.ts";
import { GameMatcher } from "../src/filter/game_matcher.ts";
import { indexGames } from "../src/game_indexer.ts";
import { type Cursor, GameLoader, type GameQuery } from "../mod.ts";
import { SampleExtractor } from "../src/sample_extractor.ts";
import {
  errorOf,
  startCaches,
  tempFolder,
  texts,
  warningsInto,
  watched,
  writeUnfinished,
} from "./_games.ts";
import { seeded } from "./_pgn_data.ts";
import { RedisCluster } from "./_redis_cluster.ts";
import { RedisServer } from "./_redis_server.ts";
import { LONG } from "./_shared_data.ts";
import { gzip, pzstd, zstd } from "./archive/_make_archives.ts";
import { byDefinition } from "./order/_by_definition.ts";

const QUERIES = LONG ? 200 : 20;
const KILLS = LONG ? 40 : 6;
const COUNT = 2200;

const FILTERS: readonly GameFilter[] = [
  {},
  { playstyle: "tactical" },
  { playstyle: "positional", minRating: 1500 },
  { minRating: 1700 },
  { result: ["1-0", "0-1"], maxRating: 1900 },
  { eco: "B20-B99" },
  { minRating: 3900 },
];

function isMatch(matcher: GameMatcher, game: string): boolean {
  return matcher.rejectedBy(rawGame(new TextEncoder().encode(game))) ===
    undefined;
}

function oneOf<T>(random: () => number, values: readonly T[]): T {
  return values[Math.floor(random() * values.length)];
}

function randomQuery(random: () => number): GameQuery {
  const count = oneOf(random, [1, 2, 3, 5, 8, 9, 17, 64, 1000]);
  const isShuffled = random() < 0.75;
  return {
    ...oneOf(random, FILTERS),
    ...isShuffled
      ? {
        shuffle: {
          seed: Math.floor(random() * 100),
          epoch: Math.floor(random() * 3),
        },
      }
      : {},
    ...random() < 0.6 || !isShuffled
      ? { shard: { index: Math.floor(random() * count), count } }
      : {},
    ...random() < 0.6 ? { block: oneOf(random, [1, 7, 16, 100, 5000]) } : {},
    ...random() < 0.4 ? { offset: oneOf(random, [1, 16, 100, 333]) } : {},
    ...random() < 0.5 ? { maxGames: oneOf(random, [0, 1, 40, 100, 256]) } : {},
  };
}

/** The same games as archives of every layout, and what a query gives of them. */
async function setUp() {
  const folder = await tempFolder();
  const made = archiveOf(makeGames({ count: COUNT, seed: 14 }));
  const paths = {
    plain: folder.write("games.pgn", made),
    frames: folder.write("frames.pgn.zst", pzstd(made)),
    oneFrame: folder.write("one_frame.pgn.zst", zstd(made)),
    gzip: folder.write("games.pgn.gz", gzip(made)),
  };
  const all = await texts(
    new GameLoader(paths.plain, { cache: null }).loadGames(),
  );
  assert.equal(all.length, COUNT);
  return {
    folder,
    paths,
    all,
    expect(query: GameQuery): string[] {
      const { shuffle, block, shard, offset = 0, maxGames, ...filter } = query;
      const matcher = new GameMatcher(filter);
      const passing = all.filter((game) => isMatch(matcher, game));
      return byDefinition(passing.length, { shuffle, block, shard })
        .map((number) => passing[number])
        .slice(offset, maxGames === undefined ? undefined : offset + maxGames);
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** Fills a cache with sets that are equal, wider, capped and unfinished. */
async function fill(cache: GameCache, path: string, all: readonly string[]) {
  await indexGames(path, cache, [
    { name: "wide", filter: {} },
    { name: "tactical", filter: { playstyle: "tactical" } },
    { name: "capped", filter: { minRating: 1700 }, maxGames: 300 },
  ]);
  const filter = { eco: "B20-B99" };
  const matcher = new GameMatcher(filter);
  const some = all.filter((game) => isMatch(matcher, game)).slice(0, 50);
  await writeUnfinished(cache, path, { name: "unfinished", filter }, some);
}

Deno.test(`GameLoader gives the same games for ${QUERIES} random orders from every archive, Redis, SQLite and a cluster`, async () => {
  await using at = await setUp();
  const { paths, all, expect } = at;
  await using caches = await startCaches();
  await using cluster = await RedisCluster.start();
  await using clusterCache = new RedisGameCache({ url: cluster.url });
  const warnings: string[] = [];
  const loaders = new Map<string, GameLoader>();
  const watchers: ReturnType<typeof watched>[] = [];
  for (const [name, path] of Object.entries(paths)) {
    const options = { cache: null, onWarning: () => {} };
    loaders.set(name, new GameLoader(path, options));
  }
  for (
    const [name, cache] of Object.entries({
      Redis: caches.redis,
      SQLite: caches.sqlite,
      cluster: clusterCache,
    })
  ) {
    await fill(cache, paths.frames, all);
    const watcher = watched(cache);
    watchers.push(watcher);
    const options = { cache: watcher, ...warningsInto(warnings) };
    loaders.set(name, new GameLoader(paths.frames, options));
  }
  const random = seeded(140);
  let games = 0;
  for (let i = 0; i < QUERIES; i++) {
    const query = randomQuery(random);
    const expected = expect(query);
    games += expected.length;
    // A set that is capped or unfinished answers only where it is named.
    const set = query.minRating === 1700
      ? "capped"
      : query.eco === undefined
      ? undefined
      : "unfinished";
    for (const [name, loader] of loaders) {
      const told = `${name}: ${JSON.stringify(query)}`;
      const isCached = /^[RSc]/.test(name);
      const actual = await texts(
        loader.loadGames(isCached ? { ...query, set } : query),
      );
      assert.equal(actual.length, expected.length, told);
      assert.ok(actual.every((game, i) => game === expected[i]), told);
      if (i % 4 === 0 && (!isCached || set === undefined)) {
        assert.equal(await loader.countGames(query), expected.length, told);
      }
    }
  }
  assert.ok(games > 20 * QUERIES);
  for (const { calls } of watchers) assert.ok(calls.readGamesAt > QUERIES / 2);
  assert.deepEqual(warnings, []);
});

Deno.test(`GameLoader continues at the next game of the order where the server is killed, ${KILLS} times`, async () => {
  await using at = await setUp();
  const { paths, all, expect } = at;
  await using server = await RedisServer.start({
    args: ["--appendonly", "yes", "--appendfsync", "always"],
  });
  {
    await using cache = new RedisGameCache({ url: server.url });
    await fill(cache, paths.frames, all);
  }
  const random = seeded(141);
  let fallbacks = 0;
  for (let i = 0; i < KILLS; i++) {
    const query = { ...randomQuery(random), maxGames: undefined };
    delete query.maxGames;
    await using cache = new RedisGameCache({
      url: server.url,
      connectTimeout: 300,
      commandTimeout: 500,
    });
    const killAt = 1 + Math.floor(random() * 2); // later ones are under way by then
    let batches = 0;
    const killing = watched(cache, async (what) => {
      if (what === "batch" && ++batches === killAt) await server.kill();
    });
    const warnings: string[] = [];
    const loader = new GameLoader(paths.frames, {
      cache: killing,
      ...warningsInto(warnings),
    });
    const actual = await texts(loader.loadGames(query));
    assert.deepEqual(actual, expect(query), JSON.stringify({ query, killAt }));
    assert.ok(warnings.length <= 1, warnings.join("\n"));
    fallbacks += warnings.length;
    await server.restart();
  }
  assert.ok(fallbacks > KILLS / 4, `${fallbacks} were killed in the middle`);
});

Deno.test("GameLoader continues from the archive, in the same order, where a set is rebuilt in the middle", async () => {
  await using at = await setUp();
  const { paths, all, expect } = at;
  await using caches = await startCaches();
  for (const cache of [caches.redis, caches.sqlite]) {
    await fill(cache, paths.frames, all);
    let isRebuilt = false;
    const rebuilding = watched(cache, async (what) => {
      if (what !== "batch" || isRebuilt) return;
      isRebuilt = true;
      const sets = [{ name: "wide", filter: { minRating: 1600 } }];
      await indexGames(paths.plain, cache, sets, { replace: true });
    });
    const warnings: string[] = [];
    const loader = new GameLoader(paths.frames, {
      cache: rebuilding,
      ...warningsInto(warnings),
    });
    const query = { shuffle: { seed: 3 }, shard: { index: 1, count: 2 } };
    assert.deepEqual(await texts(loader.loadGames(query)), expect(query));
    assert.ok(isRebuilt);
    assert.equal(warnings.length, 1);
  }
});

Deno.test("GameLoader shuffles what a set has where the archive is not available, and says so", async () => {
  await using at = await setUp();
  const { paths, all, folder } = at;
  await using caches = await startCaches();
  const cache = caches.sqlite;
  await fill(cache, paths.frames, all);
  const warnings: string[] = [];
  const loader = new GameLoader(`${folder.path}/gone/frames.pgn.zst`, {
    cache,
    ...warningsInto(warnings),
  });
  const shuffle = { seed: 5 };
  assert.deepEqual(
    await texts(loader.loadGames({ shuffle })),
    at.expect({ shuffle }),
  );
  assert.deepEqual(warnings, []);

  const capped = { set: "capped", minRating: 1700 };
  const passing = at.expect({ minRating: 1700 }).slice(0, 300);
  for (let i = 0; i < 2; i++) {
    assert.deepEqual(
      await texts(loader.loadGames({ ...capped, shuffle })),
      byDefinition(300, { shuffle }).map((number) => passing[number]),
    );
  }
  assert.equal(warnings.length, 1);
  assert.match(warnings[0], /only the 300 games of the set capped/);
  const shard = { index: 1, count: 3 };
  assert.deepEqual(
    await texts(loader.loadGames({ ...capped, shard })),
    byDefinition(300, { shard }).map((number) => passing[number]),
  );

  const unfinished = { set: "unfinished", eco: "B20-B99" };
  const error = await errorOf(() =>
    texts(loader.loadGames({ ...unfinished, shuffle }))
  );
  assert.match(error.message, /set unfinished as it is unfinished/);
  const given: string[] = [];
  await errorOf(async () => {
    for await (const game of loader.loadGames({ ...unfinished, shard })) {
      given.push(game.pgn);
    }
  });
  const first = at.expect({ eco: "B20-B99" }).slice(0, 50);
  assert.deepEqual(
    given,
    byDefinition(50, { shard }).map((number) => first[number]),
  );
});

Deno.test("GameLoader warns once that an archive without frames is slow to shuffle", async () => {
  await using at = await setUp();
  for (const [name, path] of Object.entries(at.paths)) {
    const warnings: string[] = [];
    const loader = new GameLoader(path, {
      cache: null,
      ...warningsInto(warnings),
    });
    for (let epoch = 0; epoch < 2; epoch++) {
      const query = { shuffle: { seed: 1, epoch }, maxGames: 20 };
      assert.deepEqual(await texts(loader.loadGames(query)), at.expect(query));
    }
    await texts(loader.loadGames({ shard: { index: 0, count: 2 } }));
    const isSlow = name === "oneFrame" || name === "gzip";
    assert.equal(warnings.length, isSlow ? 1 : 0, name);
    if (isSlow) assert.match(warnings[0], /shuffled order is slow .* pzstd/);
  }
});

Deno.test("GameLoader shuffles no standard input, and streams its shards", () => {
  const loader = new GameLoader("-", { cache: null });
  assert.throws(() => loader.loadGames({ shuffle: { seed: 1 } }), {
    name: "TypeError",
    message: /standard input as it can be read only once/,
  });
  loader.loadGames({ shard: { index: 0, count: 2 } });
});

Deno.test("GameLoader.cursorOf() resumes after any game, twice in a row, at the end, and from other sources", async () => {
  await using at = await setUp();
  const { paths, all } = at;
  await using caches = await startCaches();
  await fill(caches.redis, paths.frames, all);
  await fill(caches.sqlite, paths.frames, all);
  const sources = [
    () => new GameLoader(paths.frames, { cache: caches.redis }),
    () => new GameLoader(paths.frames, { cache: caches.sqlite }),
    () => new GameLoader(paths.frames, { cache: null }),
  ];
  const random = seeded(142);
  for (let i = 0; i < (LONG ? 100 : 15); i++) {
    const query = randomQuery(random);
    const expected = at.expect(query);
    const given: string[] = [];
    let resume: Cursor | undefined;
    for (let stops = 0; stops < 4; stops++) {
      const loader = oneOf(random, sources)();
      let left = stops === 3
        ? Infinity
        : Math.floor(random() * (expected.length - given.length + 1));
      if (left === 0 && stops < 2) left = 1;
      for await (const game of loader.loadGames({ ...query, resume })) {
        given.push(game.pgn);
        resume = JSON.parse(JSON.stringify(loader.cursorOf(game)));
        if (--left <= 0) break;
      }
    }
    const told = JSON.stringify(query);
    assert.equal(given.length, expected.length, told);
    assert.ok(given.every((game, i) => game === expected[i]), told);
    if (resume === undefined) continue;
    const [first] = sources;
    const after = await texts(first().loadGames({ ...query, resume }));
    assert.deepEqual(after, [], told);
  }
});

Deno.test("SampleExtractor.cursorOf() resumes after any sample, from any source", async () => {
  await using at = await setUp();
  const { paths, all } = at;
  await using caches = await startCaches();
  await fill(caches.sqlite, paths.frames, all);
  const config = { sampleRate: 0.2, maxPerGame: 6, seed: 4 };
  const open = [caches.sqlite, null].map((cache) => () =>
    new SampleExtractor(new GameLoader(paths.frames, { cache }), config)
  );
  const query = {
    shuffle: { seed: 8, epoch: 1 },
    shard: { index: 1, count: 3 },
    maxGames: 60,
  };
  const whole = await Array.fromAsync(open[1]().extractSamples(query));
  const expected = whole.map((sample) => JSON.stringify(sample));
  assert.ok(expected.length > 200);
  assert.ok(whole.every((sample) => !JSON.stringify(sample).includes("place")));
  const indexes = [...new Set(whole.map(({ gameIndex }) => gameIndex))];
  const order = byDefinition(COUNT, query).slice(0, 60);
  assert.deepEqual(indexes, order.filter((index) => indexes.includes(index)));

  for (let stop = 1; stop <= expected.length; stop += LONG ? 1 : 23) {
    const given: string[] = [];
    let resume: Cursor | undefined;
    for (const [i, end] of [stop, stop + 1, Infinity].entries()) {
      const extractor = open[i % 2]();
      assert.equal(
        await extractor.countSamples({ ...query, resume }),
        expected.length - given.length,
      );
      for await (const one of extractor.extractSamples({ ...query, resume })) {
        given.push(JSON.stringify(one));
        resume = JSON.parse(JSON.stringify(extractor.cursorOf(one)));
        if (given.length >= end) break;
      }
    }
    assert.deepEqual(given, expected);
  }
});

Deno.test("Cursors are refused with what differs", async () => {
  await using at = await setUp();
  const { paths, folder } = at;
  const loader = new GameLoader(paths.frames, { cache: null });
  const query = { shuffle: { seed: 1 }, minRating: 1500, maxGames: 50 };
  const [game] = await Array.fromAsync(loader.loadGames(query));
  const resume = loader.cursorOf(game);
  assert.ok(JSON.stringify(resume).length < 400);
  const refused = (other: GameQuery) => {
    try {
      loader.loadGames({ ...query, resume, ...other });
    } catch (error) {
      assert.ok(error instanceof TypeError);
      return error.message;
    }
    throw new Error("It was taken");
  };
  assert.match(
    refused({ minRating: 1600 }),
    /another query: minRating is 1500 there and 1600 here$/,
  );
  assert.match(refused({ eco: "B20" }), /eco is omitted there/);
  assert.match(
    refused({ shuffle: { seed: 1, epoch: 1 }, block: 3 }),
    /block is 16 there and 3 here, shuffle is {"seed":1,"epoch":0} there/,
  );
  assert.match(refused({ shuffle: undefined }), /shuffle is .* omitted here/);
  assert.match(refused({ shard: { index: 0, count: 2 } }), /shard is /);
  assert.match(refused({ offset: 1 }), /offset is omitted there and 1 here/);
  assert.match(refused({ maxGames: 51 }), /maxGames is 50 there and 51 here/);
  assert.match(refused({ compact: true }), /compact is omitted there/);
  for (const none of [{}, null, 7, "x", { ...resume, place: -1 }, []]) {
    assert.match(refused({ resume: none as Cursor }), /is no cursor/);
  }

  // A copy under another name is the same source; other bytes are not.
  const copy = folder.write("copy.pgn.zst", Deno.readFileSync(paths.frames));
  const same = new GameLoader(copy, { cache: null });
  assert.deepEqual(
    await texts(same.loadGames({ ...query, resume })),
    at.expect(query).slice(1),
  );
  const other = new GameLoader(paths.plain, { cache: null });
  const error = await errorOf(() =>
    texts(other.loadGames({ ...query, resume }))
  );
  assert.match(error.message, /cursor is of another archive/);

  const extractor = new SampleExtractor(loader, { seed: 1 });
  const [sample] = await Array.fromAsync(extractor.extractSamples(query));
  const ofSample = extractor.cursorOf(sample);
  assert.throws(
    () =>
      new SampleExtractor(loader, { seed: 2, skipPlies: 4 })
        .extractSamples({ ...query, resume: ofSample }),
    /another config: seed is 1 there and 2 here, skipPlies is 10 there and 4/,
  );
  assert.throws(
    () => loader.loadGames({ ...query, resume: ofSample }),
    /one of samples: games were asked for/,
  );
  assert.throws(
    () => extractor.extractSamples({ ...query, resume }),
    /one of games: samples were asked for/,
  );
  assert.throws(
    () => extractor.cursorOf(JSON.parse(JSON.stringify(sample))),
    /not given by an extractor/,
  );
});
