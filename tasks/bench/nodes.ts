import { indexGames, RedisGameCache } from "../../mod.ts";
import { formatNumber } from "../_output.ts";
import {
  atMost,
  type BenchContext,
  type BenchGroup,
  type BenchReport,
} from "./_bench.ts";
import { QUICK_GAMES } from "./_corpus.ts";
import { cpuOfProcess } from "./_process.ts";
import { type Contestant, race } from "./_race.ts";

/** What a shared cache saves those who train side by side. */
export const group: BenchGroup = {
  name: "nodes",
  question: "How long do 8 nodes take that read their slices at once?",
  run,
};

const NODES = 8;
/** Less text is read from the archive as soon as a connection is made. */
const LEAST_TEXT = 400e6;
/** The share of the archive's time, both less that of the import. */
const MOST_SHARE = 1 / 3;

async function run(bench: BenchContext): Promise<BenchReport> {
  const { corpus, quick, rounds, signal } = bench;
  const archive = await corpus.enlarge(
    quick ? { games: QUICK_GAMES } : { textBytes: 500e6 },
    "one frame",
  );
  const redis = await bench.startRedis();
  await using cache = new RedisGameCache({ url: redis.url });
  await indexGames(archive.path, cache, [{ name: "games", filter: {} }], {
    signal,
  });
  const nodes = (
    name: string,
    script: string,
    source: string,
  ): Contestant => ({
    name,
    run: async () => {
      const times = await Promise.all(Array.from({ length: NODES }, (_, k) => {
        const offset = Math.floor(k * archive.games / NODES);
        const args = [archive.path, String(offset), source];
        return runScript(script, args, signal);
      }));
      return times.reduce((sum, time) => sum + time, 0);
    },
  });
  const timings = await race([
    nodes("from the archive", "_nodes_round.ts", "none"),
    nodes("from Redis", "_nodes_round.ts", redis.url),
    nodes("mod.ts imported", "_nodes_import.ts", "none"),
  ], { rounds, warmUp: quick ? 0 : 1, signal });
  const [fromArchive, fromRedis, imported] = timings;
  // Eight processes wait for two cores: what they take of them decides.
  const over = (timing: { cpu: number }) => timing.cpu - imported.cpu;
  return {
    tables: [{
      title: `${NODES} processes, each 100 games at k/${NODES} of ${
        formatNumber(archive.games)
      } games (${Math.round(archive.textBytes / 1e6)} MB of text, one frame)`,
      columns: [
        "",
        "best ms",
        "median ms",
        "CPU ms",
        "CPU over the import",
        "of the archive's, both over the import",
      ],
      rows: [imported, fromArchive, fromRedis].map((timing) => [
        timing.name,
        timing.best,
        timing.median,
        timing.cpu,
        over(timing),
        over(timing) / over(fromArchive),
      ]),
    }],
    claims: archive.textBytes < LEAST_TEXT ? [] : [
      atMost(
        "CPU of 8 nodes from Redis, to the archive, both over the import",
        over(fromRedis) / over(fromArchive),
        MOST_SHARE,
      ),
    ],
    notes: archive.textBytes < LEAST_TEXT
      ? ["Nodes are judged on at least 400 MB of text: start-up counts here."]
      : [],
  };
}

async function runScript(
  script: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const path = new URL(script, import.meta.url).pathname;
  return await cpuOfProcess(
    Deno.execPath(),
    ["run", "--no-lock", "--no-check", "--allow-read", "--allow-net", path]
      .concat(args),
    signal,
  );
}
