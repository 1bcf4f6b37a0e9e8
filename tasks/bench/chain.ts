import {
  GameFilterStream,
  GameLoader,
  PgnSplitterStream,
  ZstdDecompressionStream,
} from "../../mod.ts";
import { formatNumber } from "../_output.ts";
import {
  atMost,
  type BenchContext,
  type BenchGroup,
  type BenchReport,
} from "./_bench.ts";
import { QUICK_GAMES } from "./_corpus.ts";
import { race } from "./_race.ts";

/** The stages that users pipe together themselves. */
export const group: BenchGroup = {
  name: "chain",
  question: "How fast is the chain of public stages beside the loader?",
  run,
};

/** How many times as much CPU as the loader the chain may take. */
const MOST_OF_LOADER = 1.35;
/** Less text says little. */
const LEAST_TEXT = 50e6;
const FILTER = { playstyle: "tactical", minRating: 1800 } as const;

async function run(bench: BenchContext): Promise<BenchReport> {
  const { corpus, quick, rounds, signal } = bench;
  const size = quick ? { games: QUICK_GAMES } : { textBytes: 100e6 };
  const { path, textBytes, games } = await corpus.enlarge(size, "one frame");
  const counts = new Set<number>();
  const timings = await race([
    {
      name: "GameLoader, this thread alone",
      async run() {
        await using loader = new GameLoader(path, { cache: null, threads: 0 });
        counts.add(await count(loader.loadGames(FILTER)));
      },
    },
    {
      name: "the chain of stages",
      async run() {
        const file = await Deno.open(path);
        counts.add(
          await count(
            file.readable
              .pipeThrough(new ZstdDecompressionStream())
              .pipeThrough(new PgnSplitterStream())
              .pipeThrough(new GameFilterStream(FILTER)),
          ),
        );
      },
    },
  ], { rounds, signal });
  if (counts.size !== 1) {
    throw new Error(`The games differ: ${[...counts].join(", ")}`);
  }
  const [loader, chain] = timings;
  const isLong = textBytes >= LEAST_TEXT;
  return {
    tables: [{
      title: `${formatNumber(games)} games, ${
        Math.round(textBytes / 1e6)
      } MB of text, one frame`,
      columns: ["", "best ms", "median ms", "CPU ms", "MB/s", "of the loader"],
      rows: timings.map(({ name, best, median, cpu }) => [
        name,
        best,
        median,
        cpu,
        textBytes / best / 1000,
        cpu / loader.cpu,
      ]),
    }],
    claims: isLong
      ? [
        atMost(
          "CPU of the chain, of the loader's",
          chain.cpu / loader.cpu,
          MOST_OF_LOADER,
        ),
      ]
      : [],
    notes: isLong ? [] : ["The chain is judged on at least 50 MB of text."],
  };
}

async function count(games: ReadableStream<unknown>): Promise<number> {
  let count = 0;
  for await (const _game of games) count++;
  return count;
}
