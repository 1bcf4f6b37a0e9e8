/** Reports what an index has read and kept, or would. */
import { type GameFilter, type IndexProgress, maskPassword } from "../mod.ts";
import type { ChosenCache } from "./_cache.ts";
import type { PlannedSet } from "./_dry_run.ts";
import { readVariable } from "./_environment.ts";
import { bold, formatBytes, formatNumber, formatSeconds } from "./_output.ts";
import { printable } from "./_print.ts";
import { trainersProgram } from "./_trainer.ts";

/** A set to be made. */
export interface NamedSet {
  readonly name: string;
  readonly filter: GameFilter;
  readonly maxGames?: number;
  readonly compact?: boolean;
}

/** What is known when an index ends. */
export interface IndexFacts {
  readonly databases: readonly string[];
  readonly chosen: ChosenCache;
  readonly sets: readonly NamedSet[];
  readonly last: IndexProgress | undefined;
  readonly seconds: number;
}

/** Puts the facts into the fields of `--json`. */
export function indexJson(facts: IndexFacts): Record<string, unknown> {
  const { databases, chosen, sets, last, seconds } = facts;
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

/** Describes an index that is done, and how to train from it. */
export async function describeDone(
  facts: IndexFacts,
  cacheBytes: number | undefined,
): Promise<string> {
  const { chosen, last } = facts;
  const size = cacheBytes === undefined ? "" : `, ${formatBytes(cacheBytes)}`;
  const lines = [
    ...describeReading(facts),
    ...(last?.sets ?? []).map((set) =>
      `${bold(set.name)}  ${describeSet(set, last)}`
    ),
    `${bold("cache")}  ${chosen.shown}${size}`,
  ];
  return [...lines, "", ...await describeTraining(facts)].join("\n");
}

/** Describes what an index would do. */
export function describePlan(
  facts: IndexFacts,
  planned: readonly PlannedSet[],
  redisBytes: number,
): string {
  const { chosen, last, seconds } = facts;
  const textBytes = planned.reduce((sum, set) => sum + set.textBytes, 0);
  return [
    ...describeReading(facts),
    ...(last?.sets ?? []).map((set) => {
      const { games = 0, textBytes = 0 } = planned.find(({ name }) =>
        name === set.name
      ) ?? {};
      return `${bold(set.name)}  ${describeSet(set, last)}; to be written: ${
        formatNumber(games)
      } games, ${formatBytes(textBytes)}`;
    }),
    `${bold("cache")}  ${chosen.shown}: about ${formatBytes(redisBytes)} in ` +
    `a Redis, ${formatBytes(textBytes * SQLITE_OVERHEAD)} in an SQLite file`,
    `${bold("time")}  about ${
      formatSeconds(seconds + textBytes / WRITTEN_PER_SECOND)
    }`,
    "",
    "Nothing was written: the same command without --dry-run does it",
  ].join("\n");
}

/** Bytes of an SQLite file for each byte of text in it. */
const SQLITE_OVERHEAD = 1.05;
/** Bytes of games that a cache takes in a second; of use for the size of a number. */
const WRITTEN_PER_SECOND = 200e6;

/** Describes what an index that ended early has kept. */
export function describeKept({ sets }: IndexProgress, next: boolean): string {
  if (sets.every(({ kept }) => kept === 0)) return "Nothing was kept";
  const kept = sets.map(({ name, kept }) =>
    `${formatNumber(kept)} games of ${name}`
  );
  return `Kept ${kept.join(" and ")}: all of them can be read${
    next ? ". The same command resumes from there" : ""
  }`;
}

function describeReading({ last, seconds }: IndexFacts): string[] {
  const {
    gamesRead = 0,
    badGames = 0,
    textBytes = 0,
    droppedBytes = 0,
    bytesSkipped = 0,
  } = last ?? {};
  const games = `${formatNumber(gamesRead)} games`;
  const text = textBytes === 0
    ? `in ${formatSeconds(seconds)}`
    : `${formatBytes(textBytes)} of text, in ${formatSeconds(seconds)}`;
  const speeds = [
    // Those of an earlier run took no time in this one.
    ...bytesSkipped > 0
      ? []
      : [`${formatNumber(Math.round(gamesRead / seconds))} games/s`],
    ...textBytes === 0
      ? []
      : [`${(textBytes / seconds / 1e6).toFixed(1)} MB/s`],
  ];
  const isNothing = gamesRead === 0 && last !== undefined &&
    last.sets.every(({ continued }) => continued);
  return [
    `${bold("read")}  ${
      isNothing
        ? "nothing, as all was there already"
        : `${games}${bytesSkipped > 0 ? " in all, by this run" : ","} ${text}${
          speeds.length === 0 ? "" : ` (${speeds.join(", ")})`
        }`
    }`,
    `${bold("bad")}  ${formatNumber(badGames)} games, skipped`,
    ...droppedBytes === 0 ? [] : [
      `${bold("dropped")}  ${formatBytes(droppedBytes)} between games`,
    ],
  ];
}

function describeSet(
  { kept, rejected, state, continued }: IndexProgress["sets"][number],
  { textBytes = 0 }: Partial<IndexProgress> = {},
): string {
  const rules = Object.entries(rejected).filter(([, games]) => games > 0)
    .map(([rule, games]) => `${formatNumber(games)} by ${rule}`);
  return [
    `${formatNumber(kept)} games, ${state}`,
    continued && textBytes > 0 ? " (resumed)" : "",
    rules.length === 0 ? "" : `; rejected ${rules.join(", ")}`,
  ].join("");
}

async function describeTraining(
  { databases, chosen, sets }: IndexFacts,
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
    path: readVariable("PATH") ?? "",
    set: sets[0],
  });
  return [
    "To train from them, put this into a file trainer.ts:",
    "",
    program,
    "",
    "and run it:",
    "",
    printable(command),
  ];
}
