import { join } from "node:path";
import {
  type GameCache,
  GameLoader,
  indexGames,
  RedisGameCache,
  SampleExtractor,
  SqliteGameCache,
} from "../../mod.ts";
import { formatBytes, formatNumber } from "../_output.ts";
import type {
  BenchContext,
  BenchGroup,
  BenchReport,
  BenchTable,
} from "./_bench.ts";
import { type Contestant, race, type Timing } from "./_race.ts";

/** A training round, near the start of an archive and far into it. */
export const group: BenchGroup = {
  name: "round",
  question: "How long does a node wait for the samples of 100 games?",
  run,
};

const MAX_GAMES = 100;

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
  for (const cache of [inSqlite, inRedis]) {
    const sets = [{ name: "games", filter: {} }];
    await indexGames(archive.path, cache, sets, { signal });
  }
  const caches = [
    ["archive", null],
    ["SQLite", inSqlite],
    ["Redis", inRedis],
  ] as const;
  const offsets = [0, archive.games - MAX_GAMES];
  const counts = new Map<number, number>();
  const contestants = offsets.flatMap((offset) =>
    caches.map(([name, cache]) =>
      roundOf(name, archive.path, cache, offset, counts)
    )
  );
  note("measuring");
  const timings = await race(contestants, { rounds, signal });
  return {
    tables: offsets.map((offset, i) =>
      tableOf(
        `${MAX_GAMES} games at offset ${formatNumber(offset)} of ${
          formatNumber(archive.games)
        }`,
        timings.slice(i * caches.length, (i + 1) * caches.length),
        counts.get(offset)!,
      )
    ),
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
  offset: number,
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
      const query = { offset, maxGames: MAX_GAMES };
      for await (const { fen } of extractor.extractSamples(query)) {
        if (fen !== "") count++;
      }
      const expected = counts.get(offset) ?? count;
      if (count !== expected) {
        throw new Error(`${name} gave ${count} samples instead of ${expected}`);
      }
      counts.set(offset, count);
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
