import { indexGames, RedisGameCache } from "../../mod.ts";
import { formatNumber } from "../_output.ts";
import {
  atMost,
  type BenchContext,
  type BenchGroup,
  type BenchReport,
} from "./_bench.ts";
import { measureProcess } from "./_process.ts";
import { type Contestant, race } from "./_race.ts";

/** What a shared cache saves those who train side by side. */
export const group: BenchGroup = {
  name: "nodes",
  question: "How long do 8 nodes take that read their slices at once?",
  run,
};

const NODES = 8;
/** The share of the archive's time, both less that of the import. */
const MOST_SHARE = 1 / 3;

async function run(bench: BenchContext): Promise<BenchReport> {
  const { corpus, quick, rounds, signal } = bench;
  const archive = await corpus.enlarge(
    { textBytes: quick ? 60e6 : 500e6 },
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
    run: () =>
      Promise.all(Array.from({ length: NODES }, (_, k) => {
        const offset = Math.floor(k * archive.games / NODES);
        const args = [archive.path, String(offset), source];
        return runScript(script, args, signal);
      })),
  });
  const timings = await race([
    nodes("from the archive", "_nodes_round.ts", "none"),
    nodes("from Redis", "_nodes_round.ts", redis.url),
    nodes("mod.ts imported", "_nodes_import.ts", "none"),
  ], { rounds, warmUp: quick ? 0 : 1, signal });
  const [fromArchive, fromRedis, imported] = timings;
  const over = (timing: { best: number }) => timing.best - imported.best;
  return {
    tables: [{
      title: `${NODES} processes, each 100 games at k/${NODES} of ${
        formatNumber(archive.games)
      } games (${Math.round(archive.textBytes / 1e6)} MB of text, one frame)`,
      columns: [
        "",
        "best ms",
        "median ms",
        "ms over the import",
        "of the archive's, both over the import",
      ],
      rows: timings.map((timing) => [
        timing.name,
        timing.best,
        timing.median,
        over(timing),
        over(timing) / over(fromArchive),
      ]),
    }],
    claims: [
      atMost(
        "8 nodes from Redis, to the archive, both over the import",
        over(fromRedis) / over(fromArchive),
        MOST_SHARE,
      ),
    ],
  };
}

async function runScript(
  script: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const path = new URL(script, import.meta.url).pathname;
  await measureProcess(
    Deno.execPath(),
    ["run", "--no-lock", "--no-check", "--allow-read", "--allow-net", path]
      .concat(args),
    { signal },
  );
}
