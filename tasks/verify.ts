/** `deno task verify`: reads every cached game, checks and replays it. */
import {
  compactGame,
  Game,
  type GameCache,
  GameCacheError,
  GameLoader,
  isRecordOf,
  PgnError,
  RECORD_BYTES,
  type SetInfo,
} from "../mod.ts";
import { chooseExistingCache, giveUpWriting } from "./_cache.ts";
import {
  type Arguments,
  CACHE_FLAG,
  checkDatabases,
  checkSetName,
  type Command,
} from "./_flags.ts";
import { formatNumber } from "./_output.ts";
import { Progress } from "./_progress.ts";
import {
  Interrupted,
  note,
  type Outcome,
  runTask,
  TaskError,
} from "./_task.ts";

const COMMAND: Command = {
  name: "verify",
  usage: "[SET] [flags]",
  summary:
    `Reads every cached game of a set, or of all sets, checks it against its record and
replays it. The exit status is 1 if anything is damaged. A game that cannot be
replayed, of another variant or with an illegal move, is counted and is no damage.`,
  maxArguments: 1,
  flags: {
    Checks: [{
      name: "against",
      value: "DATABASE",
      several: true,
      description: "Compare each byte with the archive the games are from",
    }],
    Cache: [CACHE_FLAG],
  },
  examples: [
    ["deno task verify", "Every set, against its records"],
    [
      "deno task verify tactical --against lichess_db.pgn.zst",
      "One set, against its archive as well",
    ],
  ],
};

/** Something that is not what it should be. */
interface Damage {
  /** The key, or which game it is. */
  readonly name: string;
  /** The game's number, where it is one. */
  readonly index?: number;
  readonly problem: string;
}

/** What was found out about a set. */
interface Finding {
  readonly set: string;
  readonly checked: number;
  readonly notReplayed: number;
  readonly damaged: readonly Damage[];
}

async function verify(args: Arguments, signal: AbortSignal): Promise<Outcome> {
  const [name] = args.rest;
  if (name !== undefined) checkSetName(name);
  const against = args.texts("against");
  if (against !== undefined) checkDatabases(against);
  await giveUpWriting(args.text("cache"));
  const chosen = await chooseExistingCache(args.text("cache"));
  await using cache = chosen.cache;
  const findings: Finding[] = [];
  const known = await cache.sets({
    onDamaged(error) {
      // What the set is made of is not known, so that none of it can be checked.
      const set = error.set!;
      if (name !== undefined && set !== name) return;
      const damaged = [{ name: error.key!, problem: error.message }];
      findings.push({ set, checked: 0, notReplayed: 0, damaged });
    },
  });
  const sets = known.filter((set) => name === undefined || set.name === name);
  if (name !== undefined && sets.length + findings.length === 0) {
    throw new TaskError(`Cannot verify ${name} as there is no such set`);
  }
  try {
    for (const set of sets) {
      findings.push(await verifySet(cache, set, against, signal));
    }
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    note(error.message);
    return { ...outcomeOf(chosen.shown, findings, "interrupted"), status: 130 };
  }
  const isSound = findings.every(({ damaged }) => damaged.length === 0);
  return isSound
    ? outcomeOf(chosen.shown, findings, "done")
    : { ...outcomeOf(chosen.shown, findings, "damaged"), status: 1 };
}

/** Where more than these are damaged, a set is not read any further. */
const MAX_DAMAGED = 10_000;

async function verifySet(
  cache: GameCache,
  set: SetInfo,
  databases: string[] | undefined,
  signal: AbortSignal,
): Promise<Finding> {
  const damaged: Damage[] = [];
  const blame = (
    index: number,
    problem: string,
    name = `game ${index} of ${set.name}`,
  ) => damaged.push({ name, index, problem });
  await using original = databases === undefined
    ? undefined
    : new Original(databases, set, signal);
  const progress = new Progress();
  let checked = 0;
  let notReplayed = 0;
  let textBytes = 0;
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });
  try {
    for await (const [game, record] of everyGame(cache, set, signal)) {
      const index = checked++;
      progress.update({
        games: checked,
        textBytes,
        done: checked,
        total: set.count,
      });
      const expected = await original?.next();
      if (game instanceof GameCacheError) {
        blame(index, game.message, game.key);
        if (damaged.length < MAX_DAMAGED) continue;
        blame(index, `and more: it has ${set.count} games`, set.name);
        break;
      }
      textBytes += game.length;
      let pgn: string;
      try {
        // What can be decoded is equal as text only where it is as bytes.
        pgn = decoder.decode(game);
      } catch {
        blame(index, "it is not UTF-8");
        continue;
      }
      if (original !== undefined && pgn !== expected?.pgn) {
        blame(
          index,
          expected === undefined
            ? "it is not in the archive"
            : "it is another game in the archive",
        );
      } else if (
        !isRecordOf(record, game, set.compact ? expected?.whole : game)
      ) {
        blame(index, "its record is not that of its text");
      } else if (!canBeReplayed(pgn)) {
        notReplayed++;
      }
    }
    if (set.state === "complete" && await original?.next() !== undefined) {
      blame(checked, "the archive has more games");
    }
  } finally {
    progress.end();
  }
  return { set: set.name, checked, notReplayed, damaged };
}

/** The games of a set in order with their records, or with what is wrong in a game's place. */
async function* everyGame(
  cache: GameCache,
  set: SetInfo,
  signal: AbortSignal,
): AsyncGenerator<[Uint8Array | GameCacheError, record: Uint8Array]> {
  let index = 0;
  while (index < set.count) {
    try {
      for await (
        const batch of cache.readGames(set, index, set.count, { signal })
      ) {
        const end = index + batch.length;
        const records = await cache.readRecords(set, index, end, { signal });
        for (const [i, game] of batch.entries()) {
          index++;
          const at = i * RECORD_BYTES;
          yield [game, records.subarray(at, at + RECORD_BYTES)];
        }
      }
    } catch (error) {
      // A set of another version is none that can be read.
      if (error instanceof GameCacheError && error.fault === "refused") {
        return yield [error, NO_RECORD];
      }
      // All games before the damaged one have been given by then.
      if (!isDamage(error)) throw error;
      index++;
      yield [error, NO_RECORD];
    }
  }
}

const NO_RECORD = new Uint8Array();

function isDamage(error: unknown): error is GameCacheError {
  return error instanceof GameCacheError && error.fault === "damaged";
}

/** The games that a set should hold, one by one. */
class Original implements AsyncDisposable {
  readonly #isCompact: boolean;
  readonly #loader: GameLoader;
  readonly #reader: ReadableStreamDefaultReader<Game>;

  constructor(databases: string[], set: SetInfo, signal: AbortSignal) {
    const { maxGameLength, compact = false } = set;
    this.#isCompact = compact;
    this.#loader = new GameLoader(databases, {
      cache: null,
      ...set.source.length === 0 ? {} : { maxGameLength },
    });
    this.#reader = this.#loader.loadGames({ ...set.filter, signal })
      .getReader();
  }

  /** The next game, as it should be stored and in full; `undefined` after the last. */
  async next(): Promise<{ pgn: string; whole: Uint8Array } | undefined> {
    const { value } = await this.#reader.read();
    if (value === undefined) return undefined;
    const { pgn } = value;
    const whole = new TextEncoder().encode(pgn);
    return this.#isCompact
      ? { pgn: new TextDecoder().decode(compactGame(whole)), whole }
      : { pgn, whole };
  }

  async [Symbol.asyncDispose]() {
    await this.#reader.cancel();
    await this.#loader[Symbol.asyncDispose]();
  }
}

function canBeReplayed(pgn: string): boolean {
  try {
    for (const _ of new Game(pgn).mainline());
    return true;
  } catch (error) {
    if (error instanceof PgnError) return false;
    throw error;
  }
}

function outcomeOf(
  cache: string,
  findings: readonly Finding[],
  status: string,
): Outcome {
  const lines = findings.flatMap(({ set, checked, notReplayed, damaged }) => [
    ...damaged.map(({ name, problem }) => `${name} is damaged: ${problem}`),
    `${set}  ${formatNumber(checked)} games checked, ` +
    `${formatNumber(damaged.length)} damaged, ` +
    `${formatNumber(notReplayed)} cannot be replayed`,
  ]);
  return {
    status: 0,
    json: {
      status,
      cache,
      checked: findings.reduce((sum, { checked }) => sum + checked, 0),
      sets: findings,
    },
    text: lines.length === 0 ? "There are no sets" : lines.join("\n"),
  };
}

if (import.meta.main) await runTask(COMMAND, verify);
