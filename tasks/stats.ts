/** `deno task stats`: shows what a cache holds and how full it is. */
import {
  type CacheStats,
  countGames,
  type GameFilter,
  maskPassword,
  normalizeFilter,
  PLAYSTYLES,
  type SetHistogram,
  type SetInfo,
} from "../mod.ts";
import { chooseExistingCache, giveUpWriting } from "./_cache.ts";
import { filterFlags, readFilter } from "./_filter_flags.ts";
import {
  type Arguments,
  CACHE_FLAG,
  checkSetName,
  type Command,
  UsageError,
} from "./_flags.ts";
import { bold, formatBytes, formatNumber, formatSeconds } from "./_output.ts";
import { printable } from "./_print.ts";
import { type Outcome, runTask, TaskError } from "./_task.ts";

const COMMAND: Command = {
  name: "stats",
  usage: "[SET] [flags]",
  summary:
    `Shows which sets a cache holds, or one of them, what they were made of, and how full
the cache is. --count also counts the games of each set that pass a filter.`,
  maxArguments: 1,
  flags: {
    Counting: [
      {
        name: "count",
        description: "Count the games that pass the filter of these flags",
      },
      ...filterFlags(),
    ],
    Cache: [CACHE_FLAG],
  },
  examples: [
    ["deno task stats", "The cache that is found by itself"],
    [
      "deno task stats --cache redis://127.0.0.1:6379 --json",
      "One that is named, for a program",
    ],
    [
      "deno task stats tactical --count --min-rating 2200",
      "How many games of a set a query would give",
    ],
  ],
};

async function stats(args: Arguments, signal: AbortSignal): Promise<Outcome> {
  const [name] = args.rest;
  if (name !== undefined) checkSetName(name);
  const filter = readFilter(args);
  const counts = args.isOn("count") ?? false;
  if (!counts && Object.keys(filter).length > 0) {
    throw new UsageError("The flags of a filter need --count");
  }
  await giveUpWriting(args.text("cache"));
  const chosen = await chooseExistingCache(args.text("cache"));
  await using cache = chosen.cache;
  const stats = oneOf(await cache.stats(), name);
  const matching = new Map<string, number>();
  for (const set of counts ? stats.sets : []) {
    matching.set(set.name, await countGames(cache, set, filter, { signal }));
  }
  const now = Date.now();
  return {
    status: 0,
    json: {
      status: "done",
      cache: chosen.shown,
      bytes: stats.bytes,
      maxBytes: stats.maxBytes,
      share: shareOf(stats.bytes, stats),
      damaged: stats.damaged,
      sets: stats.sets.map((set) => ({
        ...set,
        // Where reading can begin is of use to the cache alone, and long.
        checkpoint: {
          gamesRead: set.checkpoint.gamesRead,
          badGames: set.checkpoint.badGames,
          rejected: set.checkpoint.rejected,
        },
        source: set.source.map((archive) => ({
          ...archive,
          fileName: maskPassword(archive.fileName),
        })),
        createdAt: new Date(set.createdAt).toISOString(),
        updatedAt: new Date(set.updatedAt).toISOString(),
        ageSeconds: ageOf(set, now),
        matching: matching.get(set.name),
        share: shareOf(set.textBytes, stats),
        lock: set.lock === undefined ? undefined : {
          since: new Date(set.lock.since).toISOString(),
          until: new Date(set.lock.until).toISOString(),
        },
      })),
    },
    text: [
      `${bold("cache")}  ${chosen.shown}`,
      `  ${formatBytes(stats.bytes)}${
        stats.maxBytes === undefined && chosen.shown.startsWith("redis")
          ? ", without a maxmemory"
          : ofMaximum(stats.bytes, stats)
      }`,
      ...stats.sets.flatMap((set) => [
        "",
        ...describeSet(set, stats, now),
        ...describeMatching(set, matching.get(set.name)),
      ]),
      ...stats.damaged.flatMap(({ name, message }) => [
        "",
        `${bold(name)}  damaged`,
        `  ${message}`,
      ]),
      ...stats.sets.length + stats.damaged.length === 0 ? ["  no sets"] : [],
    ].join("\n"),
  };
}

/** What is reported of the cache, of the sets only the one that is named. */
function oneOf(stats: CacheStats, name: string | undefined): CacheStats {
  if (name === undefined) return stats;
  const sets = stats.sets.filter((set) => set.name === name);
  const damaged = stats.damaged.filter((set) => set.name === name);
  if (sets.length + damaged.length > 0) return { ...stats, sets, damaged };
  throw new TaskError(`Cannot show ${name} as there is no such set`);
}

function describeMatching(
  { count }: SetInfo,
  matching: number | undefined,
): string[] {
  if (matching === undefined) return [];
  const share = count === 0 ? "" : `, ${(matching / count * 100).toFixed(1)} %`;
  return [`  passing     ${formatNumber(matching)} games${share}`];
}

function describeSet(set: SetInfo, stats: CacheStats, now: number): string[] {
  const { name, count, state, filter, source, generation, textBytes } = set;
  const made = source.length === 0
    ? "by hand"
    : source.map(({ fileName, size }) =>
      `${printable(maskPassword(fileName))} (${formatBytes(size)})`
    ).join(", ");
  const limit = set.maxGames === undefined
    ? ""
    : `, of at most ${formatNumber(set.maxGames)}`;
  const { isUntidy = false } = set;
  const lines = [
    `${bold(name)}  ${formatNumber(count)} games, ${state}${limit}${
      set.compact ? ", compact" : ""
    }`,
    `  filter      ${describeFilter(filter)}`,
    `  made from   ${made}`,
    `  age         begun ${formatSeconds(secondsSince(set.createdAt, now))} ` +
    `ago, last written ${formatSeconds(ageOf(set, now))} ago`,
    `  generation  ${generation}`,
    `  text        ${formatBytes(textBytes)}${ofMaximum(textBytes, stats)}`,
    ...describeSpread(set.checkpoint.histogram),
  ];
  if (set.lock !== undefined) {
    lines.push(
      `  written     since ${new Date(set.lock.since).toISOString()}, ` +
        `held until ${new Date(set.lock.until).toISOString()}`,
    );
  }
  if (isUntidy && set.lock === undefined) {
    lines.push(
      "  leftovers   of a rebuild that was interrupted: deno task index removes them",
    );
  }
  return lines;
}

/** From where to where its ratings go, and its most frequent openings. */
function describeSpread(spread: SetHistogram | undefined): string[] {
  if (spread === undefined) return [];
  const lines: string[] = [];
  const ratings = Object.entries(spread.ratings).map((
    [hundreds, games],
  ) => [Number(hundreds) * 100, games]).toSorted(([a], [b]) => a - b);
  if (ratings.length > 0) {
    const half = ratings.reduce((sum, [, games]) => sum + games, 0) / 2;
    let below = 0;
    const [middle] = ratings.find(([, games]) => (below += games) >= half)!;
    lines.push(
      `  ratings     ${ratings[0][0]} to ${ratings.at(-1)![0] + 99}, ` +
        `half of them below ${middle + 100}`,
    );
  }
  const openings = Object.entries(spread.openings)
    .toSorted(([, a], [, b]) => b - a);
  if (openings.length > 0) {
    const all = openings.reduce((sum, [, games]) => sum + games, 0);
    const most = openings.slice(0, 5).map(([eco, games]) =>
      `${eco}0-${eco}9 ${(games / all * 100).toFixed(0)} %`
    );
    lines.push(`  openings    ${most.join(", ")}`);
  }
  return lines;
}

/** As a person would have given it: a playstyle is stored as its ECO codes. */
function describeFilter(filter: GameFilter): string {
  const { eco, ...others } = filter;
  const playstyle = PLAYSTYLES.find((playstyle) =>
    JSON.stringify(normalizeFilter({ playstyle }).eco) === JSON.stringify(eco)
  );
  const shown = playstyle === undefined ? filter : { playstyle, ...others };
  return Object.keys(shown).length === 0 ? "none" : JSON.stringify(shown);
}

function ageOf({ updatedAt }: SetInfo, now: number): number {
  return secondsSince(updatedAt, now);
}

function secondsSince(time: number, now: number): number {
  return Math.max(0, Math.round((now - time) / 1000));
}

function shareOf(bytes: number, { maxBytes }: CacheStats): number | undefined {
  return maxBytes === undefined ? undefined : bytes / maxBytes;
}

function ofMaximum(bytes: number, stats: CacheStats): string {
  const share = shareOf(bytes, stats);
  return share === undefined
    ? ""
    : `, ${(share * 100).toFixed(1)} % of ${formatBytes(stats.maxBytes!)}`;
}

if (import.meta.main) await runTask(COMMAND, stats);
