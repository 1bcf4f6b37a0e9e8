import {
  GameFilterStream,
  GameLoader,
  indexGames,
  RedisGameCache,
} from "../../mod.ts";
import { formatNumber } from "../_output.ts";
import {
  atLeast,
  atMost,
  type BenchContext,
  type BenchGroup,
  type BenchReport,
} from "./_bench.ts";
import { QUICK_GAMES } from "./_corpus.ts";
import { measureProcess } from "./_process.ts";

/** A query that a few games of a set match. */
export const group: BenchGroup = {
  name: "filter",
  question: "What does a filter cost that is narrower than its set?",
  run,
};

const GAMES = 200_000;
/** How many of the games match. */
const SHARE = 0.05;
/** Bounds of a round, of one on a set that was made with exactly the filter. */
const MOST_OF_FIRST = 8;
const MOST_OF_LATER = 1.3;
/** How many times as fast as reading all games a round is. */
const LEAST_OF_READING = 20;
const MOST_COUNTING = 60;

async function run(bench: BenchContext): Promise<BenchReport> {
  const { corpus, quick, rounds, signal, note } = bench;
  const games = quick ? QUICK_GAMES : GAMES;
  const archive = await corpus.enlarge({ games }, "pzstd");
  const redis = await bench.startRedis();
  await using cache = new RedisGameCache({ url: redis.url });
  note("indexing");
  await indexGames(archive.path, cache, [
    { name: "all", filter: {} },
    { name: "warm", filter: {}, maxGames: 1000 },
  ], { signal });
  await using loader = new GameLoader(archive.path, { cache });
  const { minRating, count } = await findRating(loader, games * SHARE);
  await indexGames(archive.path, cache, [
    { name: "exact", filter: { minRating } },
  ], { signal });
  const offset = Math.floor(count * 0.9);

  note("measuring");
  const exact = { first: Infinity, later: Infinity };
  const narrow = { ...exact };
  for (let i = 0; i < rounds; i++) {
    for (const [set, best] of [["exact", exact], ["all", narrow]] as const) {
      const query = { set, minRating, offset };
      const { first, later } = await roundOf(
        bench,
        redis.url,
        archive.path,
        query,
      );
      best.first = Math.min(best.first, first);
      best.later = Math.min(best.later, later);
    }
  }
  const reading = await readAndMatch(cache, minRating, offset + 100);
  const counting = await timeCounts(loader, minRating, rounds);

  const isLong = games >= GAMES;
  return {
    tables: [{
      title: `100 games at offset ${formatNumber(offset)} of the ${
        formatNumber(count)
      } that match, of ${formatNumber(games)}`,
      columns: ["", "ms", "of the exact set's"],
      rows: [
        ["first round, a set of exactly this filter", exact.first, 1],
        [
          "first round, a set of all games",
          narrow.first,
          narrow.first / exact.first,
        ],
        ["later rounds, a set of exactly this filter", exact.later, 1],
        [
          "later rounds, a set of all games",
          narrow.later,
          narrow.later / exact.later,
        ],
        ["reading all games", reading, reading / exact.first],
        ["countGames()", counting, counting / exact.first],
      ],
    }],
    claims: [
      ...(isLong
        ? [
          atMost(
            "the first round, of one on the exact set",
            narrow.first / exact.first,
            MOST_OF_FIRST,
          ),
          atLeast(
            "the first round, to reading all games",
            reading / narrow.first,
            LEAST_OF_READING,
            "times",
          ),
          atMost("countGames()", counting, MOST_COUNTING, "ms"),
        ]
        : []),
      atMost(
        "later rounds, of those on the exact set",
        narrow.later / exact.later,
        MOST_OF_LATER,
      ),
    ],
    notes: isLong
      ? []
      : [`First rounds are judged on ${formatNumber(GAMES)} games.`],
  };
}

/** The rating above which about so many games are. */
async function findRating(
  loader: GameLoader,
  wanted: number,
): Promise<{ minRating: number; count: number }> {
  let [low, high] = [1, 4000];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (await loader.countGames({ minRating: middle }) > wanted) low = middle;
    else high = middle;
  }
  const count = await loader.countGames({ minRating: low });
  return { minRating: low, count };
}

async function roundOf(
  { signal }: BenchContext,
  url: string,
  database: string,
  { set, minRating, offset }: {
    set: string;
    minRating: number;
    offset: number;
  },
): Promise<{ first: number; later: number }> {
  const script = new URL("_filter_round.ts", import.meta.url).pathname;
  const { stdout } = await measureProcess(
    Deno.execPath(),
    ["run", "--no-lock", "--no-check", "--allow-read", "--allow-net", script]
      .concat(database, url, set, String(minRating), String(offset)),
    { stdout: "piped", signal },
  );
  return JSON.parse(stdout);
}

/** Reads all games of the set and looks at each, up to so many that match. */
async function readAndMatch(
  cache: RedisGameCache,
  minRating: number,
  count: number,
): Promise<number> {
  const start = performance.now();
  const games = cache.getGames("all", 0)
    .pipeThrough(new GameFilterStream({ minRating }));
  for await (const { pgn } of games) {
    if (pgn !== "" && --count === 0) break;
  }
  return performance.now() - start;
}

/** Counts all games of the set by filters that have not been counted before. */
async function timeCounts(
  loader: GameLoader,
  minRating: number,
  rounds: number,
): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const start = performance.now();
    await loader.countGames({ set: "all", minRating, maxRating: 3900 - i });
    times.push(performance.now() - start);
  }
  return Math.min(...times);
}
