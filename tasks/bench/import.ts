import {
  atMost,
  type BenchContext,
  type BenchGroup,
  type BenchReport,
} from "./_bench.ts";
import { cpuOfProcess } from "./_process.ts";
import { type Contestant, race } from "./_race.ts";

/** What a program pays for the import alone. */
export const group: BenchGroup = {
  name: "import",
  question: "How long does it take to import mod.ts?",
  run,
};

/** Over a process that does nothing, in milliseconds. */
const MOST_OVER = 120;

async function run({ rounds, signal }: BenchContext): Promise<BenchReport> {
  const timings = await race([
    importing("nothing", "_import_nothing.ts", signal),
    importing("mod.ts", "_nodes_import.ts", signal),
    importing("mod.ts and the Redis client", "_import_client.ts", signal),
  ], { rounds: rounds * 4, signal });
  const [nothing, mod] = timings;
  return {
    tables: [{
      title: "A process that imports",
      columns: ["", "best ms", "median ms", "CPU ms", "CPU over the first"],
      rows: timings.map(({ name, best, median, cpu }) => [
        name,
        best,
        median,
        cpu,
        cpu - nothing.cpu,
      ]),
    }],
    claims: [
      atMost(
        "importing mod.ts, over an empty process, in wall or CPU time",
        // Threads make the first shorter, a busy machine the second.
        Math.min(mod.best - nothing.best, mod.cpu - nothing.cpu),
        MOST_OVER,
        "ms",
      ),
    ],
  };
}

function importing(
  name: string,
  script: string,
  signal: AbortSignal,
): Contestant {
  const path = new URL(script, import.meta.url).pathname;
  const args = ["run", "--no-lock", "--no-check", "--allow-read", path];
  return { name, run: () => cpuOfProcess(Deno.execPath(), args, signal) };
}
