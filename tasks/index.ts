/** `deno task index`: puts the games of archives into the cache. */
import {
  type GameFilter,
  indexGames,
  type IndexProgress,
  PLAYSTYLES,
} from "../mod.ts";
import { chooseOrMakeCache, type ChosenCache } from "./_cache.ts";
import {
  type Arguments,
  CACHE_FLAG,
  checkDatabases,
  checkSetName,
  type Command,
  filterFlags,
  readFilter,
  UsageError,
} from "./_flags.ts";
import {
  bold,
  formatBytes,
  formatNumber,
  formatSeconds,
  maskPassword,
  Progress,
} from "./_output.ts";
import { Interrupted, type Outcome, reportError, runTask } from "./_task.ts";
import { trainersProgram } from "./_trainer.ts";

/** A set to be made. */
interface NamedSet {
  readonly name: string;
  readonly filter: GameFilter;
  readonly maxGames?: number;
  readonly compact?: boolean;
}

const SAMPLE = new URL("../data/lichess_sample.pgn.zst", import.meta.url);

const COMMAND: Command = {
  name: "index",
  usage: "[DATABASE…] [flags]",
  summary:
    `Puts the games of an archive into the cache, once for everyone who trains.
Several archives are one sequence, in the order given; without any, the small
archive that comes with the project is taken. An archive is a file, a file: or
http(s): URL, or - for standard input; .pgn, .pgn.gz or .pgn.zst.
Run again, it goes on where it ended.`,
  flags: {
    Sets: [
      {
        name: "playstyle",
        value: "NAME",
        description: `Make one set: ${
          PLAYSTYLES.join(", ")
        }, or all for every game (default: one set of each playstyle)`,
      },
      {
        name: "set",
        value: "NAME",
        description: "Make one set under a name of your own",
      },
      {
        name: "max-games",
        value: "N",
        description: "Games in a set at most",
      },
      {
        name: "replace",
        description:
          "Make the sets anew where they exist; the old ones stay until then",
      },
      {
        name: "threads",
        value: "N",
        description:
          "Threads that read; 0 for the first alone, 8 at most by itself",
      },
      {
        name: "compact",
        description:
          "Keep moves and needed tags only, for queries with compact: true",
      },
    ],
    "Games to take": filterFlags().filter(({ name }) => name !== "playstyle"),
    Cache: [CACHE_FLAG, {
      name: "allow-eviction",
      description:
        "Also into a Redis that may throw games away when it is full",
    }],
  },
  examples: [
    ["deno task index", "The archive that comes with the project"],
    [
      "deno task index lichess_db.pgn.zst --min-rating 1800 --time-control blitz,rapid",
      "Both playstyles, from good games that were not too fast",
    ],
    [
      "deno task index a.pgn.zst b.pgn.zst --set najdorf --eco B90-B99 --cache redis://127.0.0.1:6379",
      "A set of your own, from two archives, into one cache",
    ],
  ],
};

async function index(args: Arguments, signal: AbortSignal): Promise<Outcome> {
  const sets = readSets(args);
  const replace = args.isOn("replace") ?? false;
  const databases = args.rest.length === 0 ? [SAMPLE.pathname] : [...args.rest];
  checkDatabases(databases);
  const chosen = await chooseOrMakeCache(args.text("cache"));
  await using cache = chosen.cache;

  const startedAt = performance.now();
  const progress = new Progress();
  let last: IndexProgress | undefined;
  let failure: unknown;
  try {
    await indexGames(databases, cache, sets, {
      replace,
      threads: args.integer("threads"),
      allowEviction: args.isOn("allow-eviction") ?? false,
      onWarning: ({ message }) => console.error(`warning: ${message}`),
      signal,
      onProgress(now) {
        last = now;
        const { gamesRead, textBytes, bytesRead, totalBytes, bytesSkipped } =
          now;
        progress.update({
          games: gamesRead,
          textBytes,
          done: bytesRead,
          total: totalBytes,
          doneBefore: bytesSkipped,
        });
      },
    });
  } catch (error) {
    failure = error;
  }
  progress.end();
  const seconds = (performance.now() - startedAt) / 1000;

  const isInterrupted = failure instanceof Interrupted;
  const facts: Facts = { databases, chosen, sets, last, seconds };
  const cacheBytes = await sizeOf(chosen);
  const json = { ...factsAsJson(facts), cacheBytes };
  if (failure === undefined) {
    return {
      status: 0,
      json: { status: "done", ...json },
      text: await describeDone(facts, cacheBytes),
    };
  }
  const error = isInterrupted
    ? (failure as Error).message
    : reportError(failure);
  if (isInterrupted) console.error(error);
  if (last !== undefined) {
    console.error(describeKept(last, databases, replace));
  }
  return isInterrupted
    ? { status: 130, json: { status: "interrupted", error, ...json }, text: "" }
    : { status: 1, json: { status: "failed", error, ...json }, text: "" };
}

/** What there is to tell at the end. */
interface Facts {
  readonly databases: readonly string[];
  readonly chosen: ChosenCache;
  readonly sets: readonly NamedSet[];
  readonly last: IndexProgress | undefined;
  readonly seconds: number;
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
    return undefined; // What failed before has been told.
  }
}

function factsAsJson({ databases, chosen, sets, last, seconds }: Facts) {
  return {
    databases: databases.map(maskPassword),
    cache: chosen.shown,
    gamesRead: last?.gamesRead ?? 0,
    badGames: last?.badGames ?? 0,
    droppedBytes: last?.droppedBytes ?? 0,
    bytesRead: last?.bytesRead ?? 0,
    bytesSkipped: last?.bytesSkipped ?? 0,
    textBytes: last?.textBytes ?? 0,
    seconds: Math.round(seconds * 1000) / 1000,
    sets: (last?.sets ?? []).map((set) => ({
      ...set,
      filter: sets.find(({ name }) => name === set.name)?.filter,
    })),
  };
}

async function describeDone(
  facts: Facts,
  cacheBytes: number | undefined,
): Promise<string> {
  const { chosen, last, seconds } = facts;
  const {
    gamesRead = 0,
    badGames = 0,
    textBytes = 0,
    droppedBytes = 0,
    bytesSkipped = 0,
  } = last ?? {};
  const size = cacheBytes === undefined ? "" : `, ${formatBytes(cacheBytes)}`;
  const textSpeed = `${(textBytes / seconds / 1e6).toFixed(1)} MB/s`;
  const gameSpeed = `${formatNumber(Math.round(gamesRead / seconds))} games/s`;
  const read = `${formatBytes(textBytes)} of text, in ${
    formatSeconds(seconds)
  }`;
  const lines = [
    gamesRead === 0 && last?.sets.every(({ continued }) => continued)
      ? `${bold("read")}  nothing, as all was there already`
      : bytesSkipped === 0
      ? `${bold("read")}  ${
        formatNumber(gamesRead)
      } games, ${read} (${gameSpeed}, ${textSpeed})`
      : `${bold("read")}  ${
        formatNumber(gamesRead)
      } games in all, by this run ${read} (${textSpeed})`,
    `${bold("bad")}  ${formatNumber(badGames)} games, skipped`,
    ...droppedBytes === 0 ? [] : [
      `${bold("dropped")}  ${formatBytes(droppedBytes)} between games`,
    ],
    ...(last?.sets ?? []).map((set) =>
      `${bold(set.name)}  ${describeSet(set)}`
    ),
    `${bold("cache")}  ${chosen.shown}${size}`,
  ];
  return [...lines, "", ...await describeTraining(facts)].join("\n");
}

async function describeTraining(
  { databases, chosen, sets }: Facts,
): Promise<string[]> {
  if (databases.includes("-")) {
    return [
      "Standard input cannot be known again: a trainer uses the cache only for " +
      "archives that were indexed under a name",
    ];
  }
  const { program, command } = await trainersProgram({
    module: new URL("../mod.ts", import.meta.url).href,
    databases,
    chosen,
    path: Deno.env.get("PATH") ?? "",
    set: sets[0],
  });
  return [
    "To train from them, put this into a file trainer.ts:",
    "",
    program,
    "",
    "and run it:",
    "",
    command,
  ];
}

function describeSet(set: IndexProgress["sets"][number]): string {
  const { kept, rejected, state, continued } = set;
  const rules = Object.entries(rejected).filter(([, games]) => games > 0).map((
    [rule, games],
  ) => `${formatNumber(games)} by ${rule}`);
  return [
    `${formatNumber(kept)} games, ${state}`,
    continued ? " (continued)" : "",
    rules.length === 0 ? "" : `; rejected ${rules.join(", ")}`,
  ].join("");
}

function describeKept(
  { sets }: IndexProgress,
  databases: readonly string[],
  replace: boolean,
): string {
  if (sets.every(({ kept }) => kept === 0)) {
    return replace
      ? "Nothing was replaced: what was there can be read as before"
      : "Nothing was kept";
  }
  const kept = sets.map(({ name, kept }) =>
    `${formatNumber(kept)} games of ${name}`
  );
  const next = replace || databases.includes("-")
    ? ""
    : ". The same command goes on from there";
  return `Kept ${kept.join(" and ")}: all of them can be read${next}`;
}

if (import.meta.main) await runTask(COMMAND, index);
