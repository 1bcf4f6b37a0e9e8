/** `deno task clear`: removes sets from a cache, and nothing else. */
import { chooseExistingCache } from "./_cache.ts";
import {
  type Arguments,
  CACHE_FLAG,
  checkSetName,
  type Command,
  UsageError,
} from "./_flags.ts";
import { formatNumber } from "./_output.ts";
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
  const [set] = args.rest;
  const all = args.isOn("all") ?? false;
  if (all === (set !== undefined)) {
    throw new UsageError("Name one set, or give --all");
  }
  if (set !== undefined) checkSetName(set);
  const mayAsk = Deno.stdin.isTerminal();
  if (!args.isOn("yes") && !mayAsk) {
    throw new UsageError("--yes is needed, as there is no terminal to ask on");
  }
  const chosen = await chooseExistingCache(args.text("cache"));
  await using cache = chosen.cache;
  const damaged: string[] = [];
  const known = await cache.sets({
    onDamaged: ({ key }) => void damaged.push(key!),
  });
  const sets = known.filter(({ name }) => all || name === set);
  if (!args.isOn("yes")) {
    const games = sets.map(({ name, count }) =>
      `${name} (${formatNumber(count)} games)`
    );
    const what = games.length === 0 ? set ?? "all sets" : games.join(", ");
    if (!confirm(`Remove ${what} from ${chosen.shown}?`)) {
      return {
        ...outcomeOf(chosen.shown, 0, []),
        text: "Nothing was removed",
      };
    }
  }
  // Also where no set can be read: leftovers of one that was begun may be there.
  const removed = all ? await cache.clearAll() : await cache.clear(set);
  const isNone = sets.length === 0 && damaged.length === 0 && removed === 0;
  if (!all && isNone) {
    throw new TaskError(`Cannot clear ${set} as there is no such set`);
  }
  return outcomeOf(chosen.shown, removed, sets.map(({ name }) => name));
}

function outcomeOf(cache: string, games: number, sets: string[]): Outcome {
  const names = sets.length === 0 ? "" : ` of ${sets.join(", ")}`;
  return {
    status: 0,
    json: { status: "done", cache, removedGames: games, removedSets: sets },
    text: `Removed ${formatNumber(games)} games${names} from ${cache}`,
  };
}

if (import.meta.main) await runTask(COMMAND, clear);
