import { join } from "node:path";
import { indexGames, RedisGameCache, SqliteGameCache } from "../../mod.ts";
import { formatNumber } from "../_output.ts";
import {
  atMost,
  type BenchContext,
  type BenchGroup,
  type BenchReport,
} from "./_bench.ts";
import { measureProcess } from "./_process.ts";
import { summaryOf } from "./_race.ts";

/** What a node takes in a round, beside what the runtime takes anyway. */
export const group: BenchGroup = {
  name: "memory",
  question: "How much memory does a node need for a round of 100 games?",
  run,
};

/** A peak is that of a moment when no garbage was collected: the best of a few counts. */
const LEAST_ROUNDS = 5;

/** Megabytes over the process that is connected, as promised. */
const MOST_OVER = 40;

async function run(bench: BenchContext): Promise<BenchReport> {
  const { corpus, quick, rounds, folder, signal } = bench;
  const archive = await corpus.enlarge(
    { games: quick ? 10_000 : 40_000 },
    "pzstd",
  );
  const redis = await bench.startRedis();
  const file = `sqlite:${join(folder, "games.sqlite")}`;
  await using inRedis = new RedisGameCache({ url: redis.url });
  await using inSqlite = new SqliteGameCache(join(folder, "games.sqlite"));
  for (const cache of [inRedis, inSqlite]) {
    const sets = [{ name: "games", filter: {} }];
    await indexGames(archive.path, cache, sets, { signal });
  }
  const round = (cache: string) => [
    "_memory_round.ts",
    archive.path,
    String(archive.games >> 1),
    cache,
  ];
  const processes: readonly [name: string, args: readonly string[]][] = [
    ["the packages, connected", ["_memory_floor.ts", redis.url]],
    ["mod.ts imported", ["_memory_import.ts"]],
    ["a round from Redis", round(redis.url)],
    ["a round from SQLite", round(file)],
    ["a round from the archive", round("none")],
  ];
  const peaks = processes.map((): number[] => []);
  for (let i = 0; i < Math.max(rounds, LEAST_ROUNDS); i++) {
    for (const [n, [, args]] of processes.entries()) {
      signal.throwIfAborted();
      peaks[n].push(await peakOf(args, signal));
    }
  }
  const bests = peaks.map((values) => summaryOf(values));
  const [floor, , fromRedis] = bests;
  return {
    tables: [{
      title: `Peak resident memory, 100 games in the middle of ${
        formatNumber(archive.games)
      }`,
      columns: [
        "",
        "best MB",
        "median MB",
        "MB over the first",
        "of the first",
      ],
      rows: processes.map(([name], i) => [
        name,
        bests[i].best,
        bests[i].median,
        bests[i].best - floor.best,
        bests[i].best / floor.best,
      ]),
    }],
    claims: [
      atMost(
        "a round from Redis, over a process that is connected",
        fromRedis.best - floor.best,
        MOST_OVER,
        "MB",
      ),
    ],
  };
}

/** The peak of a Deno process that runs a script of this folder, in megabytes. */
export async function peakOf(
  [script, ...args]: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const path = new URL(script, import.meta.url).pathname;
  const { peakBytes } = await measureProcess(
    Deno.execPath(),
    ["run", "--allow-read", "--allow-net", path, ...args],
    { watchesMemory: true, signal },
  );
  if (peakBytes === undefined) {
    throw new Error("Cannot measure memory: this system has no /proc");
  }
  return peakBytes / 1e6;
}
