import { indexGames, RedisGameCache } from "../../mod.ts";
import { formatNumber } from "../_output.ts";
import {
  atLeast,
  type BenchContext,
  type BenchGroup,
  type BenchReport,
  type BenchTable,
} from "./_bench.ts";
import { type Contestant, race, type Timing } from "./_race.ts";
import type { BenchRedis } from "./_redis_server.ts";

/** What the cache costs beside the client that it uses. */
export const group: BenchGroup = {
  name: "read",
  question: "How fast is getGames() beside a bare MGET loop?",
  run,
};

const GAMES = 20_000;
/** The share of the bare loop's speed that is promised. */
const LEAST_SHARE = 0.6;

async function run(bench: BenchContext): Promise<BenchReport> {
  const { corpus, rounds, signal } = bench;
  const archive = await corpus.enlarge({ games: GAMES }, "pzstd");
  const redis = await bench.startRedis();
  await using cache = new RedisGameCache({ url: redis.url });
  await indexGames(archive.path, cache, [
    { name: "games", filter: {}, maxGames: GAMES },
  ], { signal });
  const contestants: Contestant[] = [
    mgetLoop(redis, 100, "bytes"),
    mgetLoop(redis, 200, "bytes"),
    { name: "getGames()", run: () => getGames(cache, () => 1) },
    mgetLoop(redis, 100, "text"),
    mgetLoop(redis, 200, "text"),
    {
      name: "getGames(), pgn",
      run: () => getGames(cache, ({ pgn }) => pgn.length),
    },
  ];
  // The games are read in a few hundredths of a second: many rounds cost little.
  const timings = await race(contestants, { rounds: rounds * 6, signal });
  const asBytes = timings.slice(0, 3);
  const asText = timings.slice(3);
  const count = `${formatNumber(GAMES)} games in order`;
  return {
    tables: [
      tableOf(`${count}, their texts left as bytes`, asBytes),
      tableOf(`${count}, each text read`, asText),
    ],
    claims: [
      atLeast("getGames() to MGET, as bytes", shareOf(asBytes), LEAST_SHARE),
      atLeast("getGames() to MGET, as text", shareOf(asText), LEAST_SHARE),
    ],
  };
}

function tableOf(title: string, timings: readonly Timing[]): BenchTable {
  return {
    title,
    columns: [
      "",
      "best ms",
      "median ms",
      "CPU ms",
      "games/s",
      "of the first's speed",
    ],
    rows: timings.map(({ name, best, median, cpu }) => [
      name,
      best,
      median,
      cpu,
      GAMES / best * 1000,
      timings[0].best / best,
    ]),
  };
}

/** The speed of the last one, of the first one's. */
function shareOf(timings: readonly Timing[]): number {
  return timings[0].best / timings.at(-1)!.best;
}

/** Reads all games with the client alone, one request after the other. */
function mgetLoop(
  { client }: BenchRedis,
  size: number,
  as: "text" | "bytes",
): Contestant {
  return {
    name: `MGET of ${size}`,
    async run() {
      let count = 0;
      for (let first = 0; first < GAMES; first += size) {
        const keys: string[] = [];
        for (let i = first; i < Math.min(GAMES, first + size); i++) {
          keys.push(`chess:game:games:${i}`);
        }
        const games =
          await (as === "text" ? client.mGet(keys) : client.mGetBytes(keys));
        for (const game of games) if (game !== null) count++;
      }
      check(count);
    },
  };
}

async function getGames(
  cache: RedisGameCache,
  use: (game: { pgn: string }) => number,
): Promise<void> {
  let count = 0;
  for await (const game of cache.getGames("games", 0, GAMES)) {
    if (use(game) > 0) count++;
  }
  check(count);
}

function check(count: number): void {
  if (count !== GAMES) {
    throw new Error(`${count} games were read instead of ${GAMES}`);
  }
}
