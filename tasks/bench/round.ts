import { join } from "node:path";
import {
  type GameCache,
  GameLoader,
  type GameQuery,
  indexGames,
  RedisGameCache,
  SampleExtractor,
  SqliteGameCache,
} from "../../mod.ts";
import { formatBytes, formatNumber } from "../_output.ts";
import {
  atMost,
  type BenchContext,
  type BenchGroup,
  type BenchReport,
  type BenchTable,
} from "./_bench.ts";
import { type Contestant, race, type Timing } from "./_race.ts";

/** A training round, near the start of an archive and far into it. */
export const group: BenchGroup = {
  name: "round",
  question: "How long does a node wait for the samples of 100 games?",
  run,
};

/** A round takes milliseconds, which much disturbs: the best of a few says little. */
const LEAST_ROUNDS = 15;
const MAX_GAMES = 100;
/** Where a round begins, as a share of the games. */
const OFFSETS = [0, 0.25, 0.5, 0.75, 1];
/** The sets, as a share of the games: the last rounds of each cost the same. */
const SETS = [0.01, 0.1, 1];
/** How many times as long a round may take at the end of a set as at its beginning. */
const MOST_OF_BEGINNING = 1.5;

async function run(bench: BenchContext): Promise<BenchReport> {
  const { corpus, quick, rounds, folder, signal, note } = bench;
  const archive = await corpus.enlarge(
    { games: quick ? 10_000 : 40_000 },
    "pzstd",
  );
  const redis = await bench.startRedis();
  await using inSqlite = new SqliteGameCache(join(folder, "games.sqlite"));
  await using inRedis = new RedisGameCache({ url: redis.url });
  note(`indexing ${formatNumber(archive.games)} games`);
  const sizes = SETS.map((share) => Math.round(archive.games * share));
  const sets = sizes.map((size) => ({
    name: `games-${size}`,
    filter: {},
    // The whole set must be a complete one: it is the one to answer by itself.
    ...size < archive.games ? { maxGames: size } : {},
  }));
  for (const cache of [inSqlite, inRedis]) {
    await indexGames(archive.path, cache, sets, { signal });
  }
  const caches = [
    ["archive", null],
    ["SQLite", inSqlite],
    ["Redis", inRedis],
  ] as const;
  const offsets = OFFSETS.map((share) =>
    Math.round((archive.games - MAX_GAMES) * share)
  );
  const counts = new Map<number, number>();
  const contestants = offsets.flatMap((offset) =>
    caches.map(([name, cache]) =>
      roundOf(name, archive.path, cache, { offset }, counts)
    )
  );
  const ofSets = sets.flatMap(({ name: set }, i) =>
    caches.slice(1).map(([name, cache]) => {
      const query = { set, offset: sizes[i] - MAX_GAMES };
      return roundOf(name, archive.path, cache, query, counts);
    })
  );
  note("measuring");
  const times = await race([...contestants, ...ofSets], {
    rounds: Math.max(rounds, LEAST_ROUNDS),
    signal,
  });
  const timings = times.slice(0, contestants.length);
  const setTimings = times.slice(contestants.length);
  const at = (i: number) =>
    timings.slice(i * caches.length, (i + 1) * caches.length);
  const last = offsets.length - 1;
  const all = formatNumber(archive.games);
  return {
    tables: [
      ...[0, last].map((i) =>
        tableOf(
          `${MAX_GAMES} games at offset ${formatNumber(offsets[i])} of ${all}`,
          at(i),
          counts.get(offsets[i])!,
        )
      ),
      {
        title: `${MAX_GAMES} games by offset, best ms`,
        columns: ["offset", ...caches.map(([name]) => name)],
        rows: offsets.map((offset, i) => [
          formatNumber(offset),
          ...at(i).map(({ best }) => best),
        ]),
      },
      {
        title: `The last ${MAX_GAMES} games of sets, best ms`,
        columns: ["a set of", "SQLite", "Redis"],
        rows: sizes.map((size, i) => [
          formatNumber(size),
          ...setTimings.slice(2 * i, 2 * i + 2).map(({ best }) => best),
        ]),
      },
    ],
    claims: [
      atMost(
        "CPU of 100 games from Redis at the end, of those at the beginning, per sample",
        at(last)[2].cpu / counts.get(offsets[last])! /
          (at(0)[2].cpu / counts.get(0)!),
        MOST_OF_BEGINNING,
      ),
    ],
    notes: [
      "In a process that has done it before, connected to the caches; the archive " +
      `holds ${formatBytes(archive.textBytes)} of text in ${
        formatBytes(archive.bytes)
      }.`,
    ],
  };
}

/** A round with one source; every source must give as many samples. */
function roundOf(
  name: string,
  database: string,
  cache: GameCache | null,
  query: GameQuery & { offset: number },
  counts: Map<number, number>,
): Contestant {
  const loader = new GameLoader(database, {
    cache,
    onWarning: (warning) => {
      throw warning;
    },
  });
  const extractor = new SampleExtractor(loader);
  return {
    name,
    async run() {
      let count = 0;
      for await (
        const { fen } of extractor.extractSamples({
          ...query,
          maxGames: MAX_GAMES,
        })
      ) {
        if (fen !== "") count++;
      }
      const expected = counts.get(query.offset) ?? count;
      if (count !== expected) {
        throw new Error(`${name} gave ${count} samples instead of ${expected}`);
      }
      counts.set(query.offset, count);
    },
  };
}

function tableOf(
  title: string,
  timings: readonly Timing[],
  samples: number,
): BenchTable {
  return {
    title: `${title}: ${formatNumber(samples)} samples`,
    columns: [
      "",
      "best ms",
      "median ms",
      "CPU ms",
      "samples/s",
      "of the archive's time",
    ],
    rows: timings.map(({ name, best, median, cpu }) => [
      name,
      best,
      median,
      cpu,
      samples / best * 1000,
      best / timings[0].best,
    ]),
  };
}
