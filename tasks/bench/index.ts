import { join } from "node:path";
import {
  type GameCache,
  GameLoader,
  indexGames,
  RedisGameCache,
  SqliteGameCache,
} from "../../mod.ts";
import { formatNumber } from "../_output.ts";
import type { BenchContext, BenchGroup, BenchReport } from "./_bench.ts";
import { type Contestant, race } from "./_race.ts";

/** Reading an archive once into a cache. */
export const group: BenchGroup = {
  name: "index",
  question: "How long does indexing take beside reading alone?",
  run,
};

/** What `deno task index` makes by itself. */
const SETS = [
  { name: "tactical", filter: { playstyle: "tactical" } },
  { name: "positional", filter: { playstyle: "positional" } },
] as const;

async function run(bench: BenchContext): Promise<BenchReport> {
  const { corpus, quick, rounds, folder, signal } = bench;
  const archive = await corpus.enlarge(
    { games: quick ? 10_000 : 40_000 },
    "pzstd",
  );
  const redis = await bench.startRedis();
  await using inRedis = new RedisGameCache({ url: redis.url });
  const indexInto = async (cache: GameCache) => {
    const { gamesRead } = await indexGames(archive.path, cache, SETS, {
      signal,
    });
    if (gamesRead !== archive.games) {
      throw new Error(`${gamesRead} games read instead of ${archive.games}`);
    }
  };
  let files = 0;
  const contestants: Contestant[] = [
    { name: "reading alone", run: () => readAll(archive.path) },
    {
      name: "into SQLite",
      async run() {
        const path = join(folder, `${files++}.sqlite`);
        await using cache = new SqliteGameCache(path);
        await indexInto(cache);
      },
    },
    {
      name: "into Redis",
      prepare: () => redis.client.sendCommand(["FLUSHALL"]),
      run: () => indexInto(inRedis),
    },
  ];
  const timings = await race(contestants, { rounds, signal });
  return {
    tables: [{
      title: `${formatNumber(archive.games)} games, two sets in one pass`,
      columns: [
        "",
        "best ms",
        "median ms",
        "CPU ms",
        "games/s",
        "MB/s",
        "of reading",
      ],
      rows: timings.map(({ name, best, median, cpu }) => [
        name,
        best,
        median,
        cpu,
        archive.games / best * 1000,
        archive.textBytes / best / 1000,
        best / timings[0].best,
      ]),
    }],
    notes: ["MB/s are of the archive's text."],
  };
}

/** Goes through all games that an index run would keep. */
async function readAll(database: string): Promise<void> {
  const loader = new GameLoader(database, { cache: null });
  for await (const _game of loader.loadGames()) {
    // The games need only be cut out.
  }
}
