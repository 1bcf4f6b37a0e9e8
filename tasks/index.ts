/** `deno task index`: puts the games of archives into the cache. */
import {
  type GameCache,
  indexGames,
  type IndexProgress,
  PLAYSTYLES,
} from "../mod.ts";
import {
  chooseOrMakeCache,
  type ChosenCache,
  giveUpWriting,
} from "./_cache.ts";
import { Plan, takingCache } from "./_dry_run.ts";
import { filterFlags, readFilter } from "./_filter_flags.ts";
import {
  type Arguments,
  CACHE_FLAG,
  checkDatabases,
  checkSetName,
  type Command,
  UsageError,
} from "./_flags.ts";
import {
  describeDone,
  describeKept,
  describePlan,
  type IndexFacts,
  indexJson,
  type NamedSet,
} from "./_index_report.ts";
import { Progress } from "./_progress.ts";
import { SERVER_BYTES } from "./_redis_memory.ts";
import {
  Interrupted,
  note,
  type Outcome,
  reportError,
  runTask,
} from "./_task.ts";

const SAMPLE = new URL("../data/sample.pgn.zst", import.meta.url);

const COMMAND: Command = {
  name: "index",
  usage: "[DATABASE…] [flags]",
  summary:
    `Reads an archive once and puts its games into the cache, for everyone who trains.
DATABASE is a file, a file: or http(s): URL, or - for standard input; .pgn, .pgn.gz
or .pgn.zst. Several are one sequence; without one, the project's sample is taken.
The same command resumes an index that was interrupted.`,
  flags: {
    Sets: [
      {
        name: "playstyle",
        value: "NAME",
        description: `Make one set: ${
          PLAYSTYLES.join(", ")
        }, or all (default: one set of each playstyle)`,
      },
      {
        name: "set",
        value: "NAME",
        description: "Make one set under a name of your own",
      },
      {
        name: "max-games",
        value: "N",
        description: "At most N games in a set",
      },
      {
        name: "compact",
        description: "Keep moves and needed tags only, without comments",
      },
      {
        name: "replace",
        description: "Make sets anew; the old ones can be read until then",
      },
    ],
    "Games to take": filterFlags().filter(({ name }) => name !== "playstyle"),
    Cache: [CACHE_FLAG, {
      name: "allow-eviction",
      description: "Also use a Redis that evicts games when it is full",
    }],
    Run: [
      {
        name: "dry-run",
        description:
          "Read everything and write nothing: exact counts, bytes and time",
      },
      {
        name: "threads",
        value: "N",
        description: "Threads that read (default: the cores, at most 8)",
      },
    ],
  },
  examples: [
    ["deno task index", "The archive that comes with the project"],
    [
      "deno task index lichess_db.pgn.zst --min-rating 1800 --time-control blitz,rapid",
      "Both playstyles, from good games that were not too fast",
    ],
    [
      "deno task index a.pgn.zst b.pgn.zst --set najdorf --eco B90-B99 --dry-run",
      "What a set of your own, from two archives, would be",
    ],
  ],
};

async function index(args: Arguments, signal: AbortSignal): Promise<Outcome> {
  const sets = readSets(args);
  const databases = args.rest.length === 0 ? [SAMPLE.pathname] : [...args.rest];
  checkDatabases(databases);
  const isDry = args.isOn("dry-run") ?? false;
  // Whatever a plan does, it cannot write.
  if (isDry) await giveUpWriting(args.text("cache"));
  const chosen = await chooseOrMakeCache(args.text("cache"));
  await using cache = chosen.cache;
  const plan = new Plan();
  const run: IndexRun = {
    args,
    sets,
    databases,
    chosen,
    cache: isDry
      ? takingCache((set, games) => plan.add(set, games), cache)
      : cache,
    before: await generationsOf(cache),
  };
  const { failure, facts } = await runIndex(run, signal);
  const json = indexJson(facts);
  if (failure !== undefined) return await failed(run, facts, failure);
  if (isDry) {
    const planned = plan.sets;
    const redisBytes = planned.reduce(
      (sum, set) => sum + set.redisBytes,
      run.before.size === 0 ? SERVER_BYTES : 0,
    );
    return {
      status: 0,
      json: { status: "done", dryRun: true, ...json, planned, redisBytes },
      text: describePlan(facts, planned, redisBytes),
    };
  }
  const cacheBytes = await sizeOf(chosen);
  return {
    status: 0,
    json: { status: "done", ...json, cacheBytes },
    text: await describeDone(facts, cacheBytes),
  };
}

/** What an index works with. */
interface IndexRun {
  readonly args: Arguments;
  readonly sets: readonly NamedSet[];
  readonly databases: readonly string[];
  readonly chosen: ChosenCache;
  /** The cache that is written, or that counts only. */
  readonly cache: GameCache;
  /** The sets that were there, by name. */
  readonly before: ReadonlyMap<string, string>;
}

async function runIndex(
  { args, sets, databases, chosen, cache }: IndexRun,
  signal: AbortSignal,
): Promise<{ failure: unknown; facts: IndexFacts }> {
  const startedAt = performance.now();
  const progress = new Progress();
  let last: IndexProgress | undefined;
  let failure: unknown;
  try {
    await indexGames([...databases], cache, sets, {
      replace: args.isOn("replace") ?? false,
      threads: args.integer("threads"),
      writeIndex: !args.isOn("dry-run"),
      allowEviction: args.isOn("allow-eviction") ?? false,
      onWarning: ({ message }) => note(`warning: ${message}`),
      signal,
      onProgress(now) {
        last = now;
        progress.update({
          games: now.gamesRead,
          textBytes: now.textBytes,
          done: now.bytesRead,
          total: now.totalBytes,
          doneBefore: now.bytesSkipped,
        });
      },
    });
  } catch (error) {
    failure = error;
  }
  progress.end();
  const seconds = (performance.now() - startedAt) / 1000;
  return { failure, facts: { databases, chosen, sets, last, seconds } };
}

async function failed(
  run: IndexRun,
  facts: IndexFacts,
  failure: unknown,
): Promise<Outcome> {
  const isInterrupted = failure instanceof Interrupted;
  const error = isInterrupted ? failure.message : reportError(failure);
  if (isInterrupted) note(error);
  if (facts.last !== undefined) note(await describeEnd(run, facts.last));
  const json = {
    error,
    ...indexJson(facts),
    cacheBytes: await sizeOf(run.chosen),
  };
  return isInterrupted
    ? { status: 130, json: { status: "interrupted", ...json }, text: "" }
    : { status: 1, json: { status: "failed", ...json }, text: "" };
}

/** What an index that did not come to its end has left. */
async function describeEnd(
  { args, chosen, databases, sets, before }: IndexRun,
  last: IndexProgress,
): Promise<string> {
  if (args.isOn("dry-run")) return "Nothing was written";
  const replaced = sets.map(({ name }) => name)
    .filter((name) => before.has(name));
  if (!args.isOn("replace") || replaced.length === 0) {
    const isNext = !args.isOn("replace") && !databases.includes("-");
    return describeKept(last, isNext);
  }
  let now: ReadonlyMap<string, string>;
  try {
    now = await generationsOf(chosen.cache);
  } catch {
    return "Whether a set was replaced is not known: deno task stats shows it";
  }
  const published = replaced.filter((name) =>
    now.get(name) !== before.get(name)
  );
  return published.length === 0
    ? "Nothing was replaced: what was there can be read as before"
    : `Replaced ${published.join(" and ")}: all of their games can be read`;
}

async function generationsOf(
  cache: GameCache,
): Promise<ReadonlyMap<string, string>> {
  const sets = await cache.sets({ onDamaged() {} });
  return new Map(sets.map(({ name, generation }) => [name, generation]));
}

function readSets(args: Arguments): NamedSet[] {
  const filter = readFilter(args, ["playstyle"]);
  const playstyle = args.text("playstyle");
  const set = args.text("set");
  const maxGames = args.integer("max-games");
  if (maxGames === 0) throw new UsageError("--max-games must be 1 or more");
  if (set !== undefined) checkSetName(set);
  const style = PLAYSTYLES.find((name) => name === playstyle);
  if (playstyle !== undefined && playstyle !== "all" && style === undefined) {
    throw new UsageError(
      `--playstyle must be one of ${
        PLAYSTYLES.join(", ")
      }, all: current value is ${playstyle}`,
    );
  }
  const limit = {
    ...maxGames === undefined ? {} : { maxGames },
    ...args.isOn("compact") ? { compact: true } : {},
  };
  if (playstyle === undefined && set === undefined) {
    return PLAYSTYLES.map((style) => ({
      name: style,
      filter: { playstyle: style, ...filter },
      ...limit,
    }));
  }
  return [{
    name: set ?? playstyle!,
    filter: style === undefined ? filter : { playstyle: style, ...filter },
    ...limit,
  }];
}

async function sizeOf({ cache }: ChosenCache): Promise<number | undefined> {
  try {
    return (await cache.stats()).bytes;
  } catch {
    return undefined; // A cache that failed was reported before.
  }
}

if (import.meta.main) await runTask(COMMAND, index);
