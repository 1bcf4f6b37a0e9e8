/** `deno task report`: shows the games of a set or an archive on one page. */
import { isSetName, maskPassword, SampleExtractor } from "../mod.ts";
import { chooseExistingCache } from "./_cache.ts";
import { filterFlags, readFilter } from "./_filter_flags.ts";
import {
  type Arguments,
  CACHE_FLAG,
  checkDatabases,
  type Command,
  UsageError,
} from "./_flags.ts";
import { formatBytes, formatNumber } from "./_output.ts";
import { printable } from "./_print.ts";
import { Progress } from "./_progress.ts";
import { readSampleConfig, SAMPLE_FLAGS } from "./_sample_flags.ts";
import { type Outcome, runTask, TaskError } from "./_task.ts";
import {
  collectArchive,
  type Collected,
  collectSet,
} from "./report/_collect.ts";
import { type Report, reportPage } from "./report/_page.ts";
import { countSamples } from "./report/_samples.ts";

const SAMPLE = new URL("../data/sample.pgn.zst", import.meta.url);

const COMMAND: Command = {
  name: "report",
  usage: "[SET | DATABASE…] [flags]",
  summary:
    `Shows games on one page that needs no network: ratings, speeds, openings, lengths,
what a filter rejects, which samples come of them, and a viewer. The games are those of
a cached SET, or of an archive, read once; without either, of the project's sample.`,
  flags: {
    "Games of an archive to take, or of a set to count": filterFlags(),
    "Samples of a game": SAMPLE_FLAGS,
    Cache: [CACHE_FLAG],
    Output: [{
      name: "out",
      value: "FILE",
      description: "File to write (default: report.html)",
    }],
  },
  examples: [
    ["deno task report tactical", "The games of a set"],
    [
      "deno task report lichess_db.pgn.zst --min-rating 2000 --out strong.html",
      "The games of an archive that pass a filter",
    ],
  ],
};

async function report(args: Arguments, signal: AbortSignal): Promise<Outcome> {
  const config = readSampleConfig(args);
  try {
    new SampleExtractor("-", config);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const source = args.rest.length === 0 ? [SAMPLE.pathname] : [...args.rest];
  const isSet = source.length === 1 && isSetName(source[0]);
  const out = args.text("out") ?? "report.html";
  // Made first: nobody wants to learn after an hour that it cannot be written.
  const part = `${out}.part`;
  await Deno.writeTextFile(part, "");
  let progress = new Progress();
  try {
    const { drawn, ...others } = isSet
      ? await readSet(args, source[0], progress, signal)
      : await readArchives(args, source, progress, signal);
    progress.end();
    progress = new Progress();
    const counted = await countSamples(drawn, config, progress, signal);
    const { games } = others.statistics;
    const { statistics, viewed } = counted;
    const found: Report = {
      source: source.map(nameOf).join(", "),
      ...others,
      drawn: statistics,
      samples: Math.round(
        statistics.samples / Math.max(1, statistics.games) * games,
      ),
      isEstimate: statistics.games < games,
    };
    const page = reportPage(found, viewed);
    await Deno.writeTextFile(part, page);
    const { size } = await Deno.stat(part);
    await Deno.rename(part, out);
    return {
      status: 0,
      json: { status: "done", out, ...found },
      text: `${formatNumber(games)} games: ${printable(out)} is written, ${
        formatBytes(size)
      }`,
    };
  } catch (error) {
    await Deno.remove(part);
    throw error;
  } finally {
    progress.end();
  }
}

async function readSet(
  args: Arguments,
  name: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<Collected> {
  const filter = readFilter(args);
  const { cache } = await chooseExistingCache(args.text("cache"));
  await using _ = cache;
  const sets = await cache.sets({ onDamaged() {} });
  const set = sets.find((set) => set.name === name);
  if (set === undefined) {
    throw new TaskError(
      `Cannot report on ${name} as there is no such set, and no archive has a name like it`,
    );
  }
  return await collectSet(cache, set, filter, progress, signal);
}

async function readArchives(
  args: Arguments,
  databases: string[],
  progress: Progress,
  signal: AbortSignal,
): Promise<Collected> {
  checkDatabases(databases);
  return await collectArchive(databases, readFilter(args), progress, signal);
}

/** Its name without the folders of this machine. */
function nameOf(source: string): string {
  const name = /^https?:/i.test(source)
    ? maskPassword(source)
    : source.slice(source.lastIndexOf("/") + 1);
  return printable(name);
}

if (import.meta.main) await runTask(COMMAND, report);
