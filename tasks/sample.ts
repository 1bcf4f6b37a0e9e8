/** `deno task sample`: prints training samples, one JSON object a line. */
import { GameLoader, SampleExtractor } from "../mod.ts";
import { giveUpWriting, openNamed } from "./_cache.ts";
import { filterFlags } from "./_filter_flags.ts";
import {
  type Arguments,
  CACHE_FLAG,
  checkDatabases,
  type Command,
  UsageError,
} from "./_flags.ts";
import { GAME_FLAGS, ORDER_FLAGS, readGames } from "./_order_flags.ts";
import { formatNumber } from "./_output.ts";
import { readSampleConfig, SAMPLE_FLAGS } from "./_sample_flags.ts";
import { Interrupted, note, type Outcome, runTask } from "./_task.ts";

const CHARACTERS_PER_WRITE = 32_768;

const COMMAND: Command = {
  name: "sample",
  usage: "DATABASE… [flags]",
  summary:
    `Prints training samples, one JSON object a line. The games come from the cache
where it holds them, else from the archive: a file, a file: or http(s): URL, or -
for standard input; .pgn, .pgn.gz or .pgn.zst.`,
  flags: {
    "Games to take": [
      ...filterFlags(),
      ...GAME_FLAGS,
    ],
    "Order of games": ORDER_FLAGS,
    "Samples of a game": SAMPLE_FLAGS,
    Cache: [CACHE_FLAG],
  },
  examples: [
    [
      "deno task sample data/sample.pgn.zst --max-games 1",
      "Everything from the first game",
    ],
    [
      "deno task sample lichess_db.pgn.zst --playstyle tactical --offset 100 --max-games 100 --sample-rate 0.1",
      "A tenth of the positions of a round",
    ],
  ],
};

async function sample(args: Arguments, signal: AbortSignal): Promise<Outcome> {
  if (args.rest.length === 0) throw new UsageError("Name a database");
  checkDatabases(args.rest);
  const query = readGames(args, signal);
  const config = readSampleConfig(args);
  const url = args.text("cache");
  await giveUpWriting(url);
  await using cache = url === undefined ? undefined : openNamed(url).cache;
  await using loader = new GameLoader([...args.rest], {
    cache,
    onWarning: ({ message }) => note(message),
  });
  let extractor: SampleExtractor;
  let samples: ReturnType<SampleExtractor["extractSamples"]>;
  try {
    extractor = new SampleExtractor(loader, config);
    samples = extractor.extractSamples(query);
  } catch (error) {
    // Nothing was read yet: a value of a flag is not allowed.
    throw new UsageError((error as Error).message);
  }
  try {
    await writeLines(samples);
  } catch (error) {
    // Whoever reads has enough, as head does.
    if (error instanceof Deno.errors.BrokenPipe) Deno.exit(0);
    if (!(error instanceof Interrupted)) throw error;
    note(error.message);
    return {
      status: 130,
      json: { status: "interrupted", ...extractor.counts },
      text: "",
    };
  }
  const { games, samples: count, unfinished, otherVariants, badGames } =
    extractor.counts;
  note(
    `${formatNumber(count)} samples of ${formatNumber(games)} games; ` +
      `none of ${formatNumber(unfinished)} unfinished, ` +
      `${formatNumber(otherVariants)} of other variants, ` +
      `${formatNumber(badGames)} that cannot be replayed`,
  );
  return {
    status: 0,
    json: { status: "done", ...extractor.counts },
    text: "",
  };
}

/** Writes them as lines of JSON, many at once; also those before an error. */
async function writeLines(samples: AsyncIterable<unknown>): Promise<void> {
  let text = "";
  try {
    for await (const sample of samples) {
      text += `${JSON.stringify(sample)}\n`;
      if (text.length < CHARACTERS_PER_WRITE) continue;
      await write(text);
      text = "";
    }
  } finally {
    await write(text);
  }
}

async function write(text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) {
    at += await Deno.stdout.write(bytes.subarray(at));
  }
}

if (import.meta.main) await runTask(COMMAND, sample);
