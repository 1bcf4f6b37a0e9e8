/** `deno task clear`: removes sets from a cache, and nothing else. */
import type { GameCache } from "../mod.ts";
import { chooseExistingCache } from "./_cache.ts";
import {
  type Arguments,
  CACHE_FLAG,
  checkSetName,
  type Command,
  UsageError,
} from "./_flags.ts";
import { formatNumber } from "./_output.ts";
import { Progress } from "./_progress.ts";
import { type Outcome, runTask, TaskError } from "./_task.ts";

const COMMAND: Command = {
  name: "clear",
  usage: "SET | --all [flags]",
  summary:
    "Removes a set from a cache, or all of them: their games and records.",
  maxArguments: 1,
  flags: {
    Sets: [
      { name: "all", description: "Remove every set" },
      {
        name: "yes",
        description: "Do not ask; needed where nobody can answer",
      },
    ],
    Cache: [CACHE_FLAG],
  },
  examples: [
    ["deno task clear tactical", "Remove one set, after a question"],
    [
      "deno task clear --all --yes --cache redis://127.0.0.1:6379",
      "Remove all sets, without a question",
    ],
  ],
};

async function clear(args: Arguments): Promise<Outcome> {
  const set = readSet(args);
  const chosen = await chooseExistingCache(args.text("cache"));
  await using cache = chosen.cache;
  const sets = await setsOf(cache, set);
  if (!args.isOn("yes") && !confirm(questionOf(sets, set, chosen.shown))) {
    return {
      status: 0,
      json: {
        status: "done",
        cache: chosen.shown,
        removedGames: 0,
        removedSets: [],
      },
      text: "Nothing was removed",
    };
  }
  // Also where no set can be read: leftovers of one that was begun may be there.
  const progress = new Progress();
  const total = sets.reduce((sum, { count = 0 }) => sum + count, 0);
  let games = 0;
  const onRemoved = (some: number) => {
    games = Math.min(total, games + some);
    progress.update({ games, done: games, total });
  };
  const removed =
    await (set === undefined
      ? cache.clearAll(onRemoved)
      : cache.clear(set, onRemoved)).finally(() => progress.end());
  const foreign = await cache.countForeignGames(set);
  const others = foreign === 0
    ? ""
    : "Keys of other programs that look like games of a set, and stay: " +
      formatNumber(foreign);
  if (set !== undefined && sets.length === 0 && removed === 0) {
    throw new TaskError(
      `Cannot clear ${set} as there is no such set${
        others === "" ? "" : `. ${others}`
      }`,
    );
  }
  const names = sets.map(({ name }) => name);
  const text = `Removed ${formatNumber(removed)} games${
    names.length === 0 ? "" : ` of ${names.join(", ")}`
  } from ${chosen.shown}`;
  return {
    status: 0,
    json: {
      status: "done",
      cache: chosen.shown,
      removedGames: removed,
      removedSets: names,
      foreignGames: foreign,
    },
    text: others === "" ? text : `${text}\n${others}`,
  };
}

/** The set to remove; `undefined` for all. */
function readSet(args: Arguments): string | undefined {
  const [set] = args.rest;
  if ((args.isOn("all") ?? false) === (set !== undefined)) {
    throw new UsageError("Name one set, or give --all");
  }
  if (!args.isOn("yes") && !Deno.stdin.isTerminal()) {
    throw new UsageError("--yes is needed, as there is no terminal to ask on");
  }
  return set === undefined ? undefined : checkSetName(set);
}

/** A set that is to be removed; its count is not known where it is damaged. */
interface FoundSet {
  readonly name: string;
  readonly count?: number;
}

async function setsOf(
  cache: GameCache,
  name: string | undefined,
): Promise<FoundSet[]> {
  const damaged: FoundSet[] = [];
  const sets = await cache.sets({
    onDamaged: ({ set }) => {
      if (set !== undefined) damaged.push({ name: set });
    },
  });
  return [...sets, ...damaged].filter((set) =>
    name === undefined || set.name === name
  );
}

function questionOf(
  sets: readonly FoundSet[],
  set: string | undefined,
  cache: string,
): string {
  const games = sets.map(({ name, count }) =>
    `${name} (${
      count === undefined ? "damaged" : `${formatNumber(count)} games`
    })`
  );
  const what = games.length === 0 ? set ?? "all sets" : games.join(", ");
  return `Remove ${what} from ${cache}?`;
}

if (import.meta.main) await runTask(COMMAND, clear);
