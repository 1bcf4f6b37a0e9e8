import assert from "node:assert/strict";
import type { GameCache } from "../src/cache/game_cache.ts";
import { RedisGameCache } from "../src/cache/redis_game_cache.ts";
import type { GameFilter } from "../src/filter/game_filter.ts";
import { indexGames } from "../src/game_indexer.ts";
import { GameLoader } from "../src/game_loader.ts";
import type { GameQuery } from "../src/game_query.ts";
import {
  startCaches,
  texts,
  warningsInto,
  watched,
  writeUnfinished,
} from "./_games.ts";
import { archivePath, available, readArchive } from "./_archives.ts";
import { seeded } from "./_pgn_data.ts";
import { LONG } from "./_shared_data.ts";

type Random = () => number;

/** What the queries of one archive are drawn from. */
interface Plan {
  readonly file: string;
  readonly queries: number;
  readonly ratings: readonly [number, number];
  readonly days: readonly string[];
}

const ALL_PLANS: readonly Plan[] = [
  {
    file: "made/2013.pgn.zst",
    queries: LONG ? 400 : 25,
    ratings: [1100, 2100],
    days: ["2021-01-02", "2021-01-04", "2021-01-06", "2021-01-09"],
  },
  {
    file: "made/2021.pgn.gz",
    queries: LONG ? 400 : 25,
    ratings: [1000, 2300],
    days: ["2021-01-01", "2021-01-02", "2021-01-03"],
  },
  {
    file: "made/export.pgn",
    queries: LONG ? 400 : 25,
    ratings: [1500, 2600],
    days: ["2021-01-01", "2021-01-02", "2021-01-03"],
  },
  {
    file: "made/faults.pgn.zst",
    queries: LONG ? 400 : 25,
    ratings: [1100, 2100],
    days: ["2021-01-02", "2021-01-03", "2021-01-04"],
  },
  {
    file: "sample",
    queries: LONG ? 400 : 25,
    ratings: [1400, 2600],
    days: ["2021-01-01", "2023-01-01", "2025-01-01"],
  },
  {
    file: "lichess/db_2013-02_reprocessed_dups_2551.pgn.zst",
    queries: LONG ? 400 : 25,
    ratings: [1100, 2100],
    days: ["2013-01-30", "2013-01-31", "2013-02-01", "2013-02-02"],
  },
  {
    file: "lichess/db_2021-10_first999.concat-frames.pgn.zst",
    queries: LONG ? 400 : 25,
    ratings: [1000, 2300],
    days: ["2021-09-30", "2021-10-01", "2021-10-02"],
  },
  {
    file: "lichess/export_eval_clk_2023-2024_1000.pgn.zst",
    queries: LONG ? 400 : 25,
    ratings: [1500, 2600],
    days: ["2023-06-01", "2023-12-31", "2024-02-29"],
  },
  {
    file: "lichess/user_export_clk_variants_2021_8000.pgn.zst",
    queries: LONG ? 100 : 12,
    ratings: [1700, 2500],
    days: ["2021-05-01", "2021-07-04", "2021-09-01"],
  },
];

/** Whether an archive is read in a moment, so that many queries may fail on it. */
function isFast({ file }: Plan): boolean {
  return /2013|2021|2023|sample/.test(file) && !file.includes("user");
}

const PLANS = ALL_PLANS.filter(({ file }) => available([file]).length > 0);

function oneOf<T>(random: Random, items: readonly T[]): T {
  return items[Math.floor(random() * items.length)];
}

/** Some of the items, at least one of them. */
function someOf<T>(random: Random, items: readonly T[]): T | T[] {
  const some = items.filter(() => random() < 0.4);
  return some.length > 0 ? some : oneOf(random, items);
}

function randomCodes(random: Random): string {
  const letter = oneOf(random, ["A", "B", "B", "C", "C", "D"]);
  const first = Math.floor(random() * 90);
  const code = (number: number) => letter + String(number).padStart(2, "0");
  return `${code(first)}-${code(first + 5 + Math.floor(random() * 5))}`;
}

/** How each field may be chosen. */
const FIELDS: readonly ((random: Random, plan: Plan) => GameFilter)[] = [
  (random) => ({ playstyle: oneOf(random, ["tactical", "positional"]) }),
  (random) => ({
    eco: Array.from({ length: 1 + random() * 4 }, () => randomCodes(random)),
  }),
  (random, { ratings: [low, high] }) => ({
    minRating: Math.round(low + random() * (high - low) / 2),
    ratingOf: oneOf(random, [undefined, "average", "lower", "higher"]),
  }),
  (random, { ratings: [low, high] }) => ({
    maxRating: Math.round(high - random() * (high - low) / 2),
  }),
  (random) => ({
    timeControl: someOf(
      random,
      ["bullet", "blitz", "rapid", "classical"] as const,
    ),
  }),
  (random) => ({
    result: someOf(random, ["1-0", "0-1", "1/2-1/2", "*"] as const),
  }),
  (random) => ({ rated: random() < 0.8 }),
  (random) => ({
    termination: someOf(random, ["Normal", "Time forfeit"] as const),
  }),
  (random, { days }) => ({ since: oneOf(random, days) }),
  (random, { days }) => ({ until: oneOf(random, days) }),
  () => ({ titles: "no-bots" }),
  (random) => ({ minPlies: 1 + Math.floor(random() * 80) }),
  (random) => ({ hasEval: random() < 0.5 }),
  (random) => ({ hasClock: random() < 0.8 }),
  (random) => ({ split: oneOf(random, [[0, 0.7], [0.3, 1], [0.2, 0.9]]) }),
];

function randomFilter(random: Random, plan: Plan, most: number): GameFilter {
  const filter: GameFilter = {};
  for (let n = Math.floor(random() * (most + 1)); n > 0; n--) {
    Object.assign(filter, oneOf(random, FIELDS)(random, plan));
  }
  return filter;
}

function randomQuery(
  random: Random,
  plan: Plan,
  sets: readonly GameFilter[],
): GameQuery {
  const extra = randomFilter(random, plan, 3);
  // Half of the queries ask for less than some set holds, or for just that.
  const filter = random() < 0.5 ? extra : {
    ...random() < 0.5 ? {} : extra,
    ...oneOf(random, sets),
  };
  const counts = [0, 1, 3, 20, 199, 200, 201, 450, 3000];
  return {
    ...filter,
    ...random() < 0.6 ? { offset: oneOf(random, counts) } : {},
    ...random() < 0.6 ? { maxGames: oneOf(random, counts) } : {},
  };
}

/** Makes sets with random filters: complete, capped and unfinished ones. */
async function makeSets(
  random: Random,
  plan: Plan,
  path: string,
  caches: readonly GameCache[],
): Promise<GameFilter[]> {
  const sets = Array.from({ length: 9 }, (_, i) => ({
    name: `set-${i}`,
    filter: randomFilter(random, plan, i === 0 ? 0 : 2),
    maxGames: i % 3 === 1 ? 1 + Math.floor(random() * 500) : undefined,
  }));
  const archive = new GameLoader(path, { cache: null });
  for (const cache of caches) {
    await indexGames(path, cache, sets.filter((_, i) => i % 3 !== 2));
  }
  for (const { name, filter } of sets.filter((_, i) => i % 3 === 2)) {
    const maxGames = Math.floor(random() * 500);
    const games = await texts(archive.loadGames({ ...filter, maxGames }));
    for (const cache of caches) {
      await writeUnfinished(cache, path, { name, filter }, games);
    }
  }
  return sets.map(({ filter }) => filter);
}

for (const [number, plan] of PLANS.entries()) {
  Deno.test({
    name:
      `GameLoader gives the same games from archive, Redis and SQLite: ${plan.queries} random queries of ${plan.file}`,
    async fn() {
      const path = archivePath(plan.file);
      const random = seeded(2013 + number);
      await using caches = await startCaches();
      const stores = [caches.redis, caches.sqlite];
      const sets = await makeSets(random, plan, path, stores);
      const watchers = stores.map((cache) => watched(cache));
      const warnings: string[] = [];
      const loaders = watchers.map((cache) =>
        new GameLoader(path, { cache, ...warningsInto(warnings) })
      );
      const archive = new GameLoader(path, { cache: null });
      let games = 0;
      for (let i = 0; i < plan.queries; i++) {
        const query = randomQuery(random, plan, sets);
        const expected = await texts(archive.loadGames(query));
        games += expected.length;
        for (const loader of loaders) {
          const actual = await texts(loader.loadGames(query));
          assert.deepEqual(
            actual.length,
            expected.length,
            JSON.stringify(query),
          );
          assert.ok(
            actual.every((text, i) => text === expected[i]),
            JSON.stringify(query),
          );
        }
      }
      assert.deepEqual(warnings, []);
      assert.ok(games > plan.queries * 10);
      // The caches have been asked, and have answered the same queries.
      const [ofRedis, ofSqlite] = watchers.map(({ calls }) => calls);
      const { readGames = 0, readGamesAt = 0 } = ofRedis;
      const reads = `${readGames} and ${readGamesAt}`;
      assert.ok(readGames + readGamesAt > plan.queries / 3, reads);
      assert.equal(ofSqlite.readGames, readGames);
      assert.equal(ofSqlite.readGamesAt, readGamesAt);
    },
  });
}

for (const [number, plan] of PLANS.filter(isFast).entries()) {
  Deno.test({
    name:
      `GameLoader goes on in the archive at the next game when Redis is killed in the middle of an answer from ${plan.file}`,
    async fn() {
      const path = archivePath(plan.file);
      const random = seeded(2016 + number);
      await using caches = await startCaches();
      const { server, redis } = caches;
      const sets = await makeSets(random, plan, path, [redis]);
      const archive = new GameLoader(path, { cache: null });
      let broken = 0;
      for (let i = 0; broken < (LONG ? 60 : 6); i++) {
        assert.ok(i < 500);
        const query = randomQuery(random, plan, sets);
        delete query.maxGames;
        const expected = await texts(archive.loadGames(query));
        const warnings: string[] = [];
        await using cache = new RedisGameCache({ url: server.url });
        let batches = Math.floor(random() * 3);
        let killed = false;
        const loader = new GameLoader(path, {
          cache: watched(cache, async (what) => {
            if (what === "sets" || killed || batches-- > 0) return;
            killed = true;
            await server.kill();
          }),
          ...warningsInto(warnings),
        });
        const actual = await texts(loader.loadGames(query));
        assert.ok(
          actual.length === expected.length &&
            actual.every((text, i) => text === expected[i]),
          `${JSON.stringify(query)}: ${actual.length} of ${expected.length}`,
        );
        if (killed) await server.restart();
        // What was under way already may have been all that was wanted.
        assert.ok(warnings.length <= 1, warnings.join("\n"));
        broken += warnings.length;
        if (warnings.length > 0) {
          assert.match(
            warnings[0],
            /^Reading the archive instead of the cache: .*: (the connection broke|connection refused)$/,
          );
        }
      }
    },
  });
}

const MONTHS = available([
  "made/month.pgn.zst",
  "lichess/db_2013-01_full_121332.pzstd-multiframe.pgn.zst",
]);

for (const file of MONTHS) {
  Deno.test(`indexGames keeps as many tactical games rated 1800 as the text has of ${file}`, async () => {
    const tactical =
      /^(A5[12]|A(5[6-9]|[6-9].)|B0.|B[2-9].|C[23].|C4[045]|C5.|C63|C[89].|D0[89]|E[6-9].)$/;
    let expected = 0;
    let all = 0;
    let first = "";
    const text = new TextDecoder().decode(readArchive(file));
    for (const game of text.trimEnd().split(/\n\n(?=\[Event )/)) {
      all++;
      const tag = (name: string) =>
        game.match(new RegExp(`^\\[${name} "(.*)"\\]$`, "m"))?.[1] ?? "";
      const white = Number(tag("WhiteElo"));
      const black = Number(tag("BlackElo"));
      if (
        white > 0 && black > 0 && white + black >= 3600 &&
        tactical.test(tag("ECO"))
      ) {
        if (expected === 0) first = game;
        expected++;
      }
    }
    assert.ok(expected > 1000);

    await using caches = await startCaches();
    const report = await indexGames(archivePath(file), caches.redis, [
      { name: "tactical", filter: { playstyle: "tactical", minRating: 1800 } },
    ]);
    assert.equal(report.gamesRead, all);
    assert.equal(report.sets[0].kept, expected);
    assert.equal(
      await caches.server.cli("GET", "chess:game:tactical:0"),
      first,
    );
    assert.equal(
      await caches.server.cli("EXISTS", `chess:game:tactical:${expected - 1}`),
      "1",
    );
    assert.equal(
      await caches.server.cli("EXISTS", `chess:game:tactical:${expected}`),
      "0",
    );
  });
}
