/** Reads the games of a report: from a set, or in one pass over archives. */
import {
  type GameCache,
  GameCacheError,
  type GameFilter,
  indexGames,
  type IndexProgress,
  type SetBatch,
  type SetInfo,
  type SetSpec,
} from "../../mod.ts";
import { RedisMemory } from "../_redis_memory.ts";
import type { Progress } from "../_progress.ts";
import { type DrawnGame, DrawnGames } from "./_drawn_games.ts";
import { factsOf } from "./_game_facts.ts";
import { type Statistics, StatisticsCounter } from "./_statistics.ts";

/** The most games that samples are made of. */
export const MAX_DRAWN = 20_000;

/** How many games a rule of the filter rejects. */
export interface RuleCount {
  /** The field of the filter. */
  readonly rule: string;
  /** Games that it was the first to reject. */
  readonly first: number;
  /** Games that it would reject without the others; unknown for a set. */
  readonly alone?: number;
}

/** All that is known of the games of a report. */
export interface Collected {
  readonly statistics: Statistics;
  readonly drawn: readonly DrawnGame[];
  /** Games of the archive that were read; those of a set's archive, for a set. */
  readonly gamesRead: number;
  /** Games that could not be read. */
  readonly badGames: number;
  readonly rules: readonly RuleCount[];
  /** What the games take, or would, in the memory of a Redis. */
  readonly redisBytes: number;
}

/** Takes games one by one. */
class Collector {
  readonly #counter = new StatisticsCounter();
  readonly #drawn = new DrawnGames(MAX_DRAWN);
  readonly #memory: RedisMemory;
  #count = 0;

  constructor(set: string) {
    this.#memory = new RedisMemory(set);
  }

  add(text: Uint8Array): void {
    const facts = factsOf(text);
    this.#counter.add(facts);
    this.#drawn.add(facts.hash, this.#count++, text);
    this.#memory.add(text.length);
  }

  get collected() {
    return {
      statistics: this.#counter.statistics,
      drawn: this.#drawn.games,
      redisBytes: this.#memory.bytes,
    };
  }
}

/**
 * Reads the games of a set.
 *
 * @param cache The cache.
 * @param set The set.
 * @param progress Shows how far it has come.
 * @param signal Stops.
 * @returns What was found.
 * @throws {GameCacheError} If a game is damaged.
 */
export async function collectSet(
  cache: GameCache,
  set: SetInfo,
  progress: Progress,
  signal: AbortSignal,
): Promise<Collected> {
  const collector = new Collector(set.name);
  let games = 0;
  let textBytes = 0;
  for await (const batch of cache.readGames(set, 0, set.count, { signal })) {
    for (const text of batch) {
      if (text instanceof GameCacheError) throw text;
      collector.add(text);
      games++;
      textBytes += text.length;
      progress.update({ games, textBytes, done: games, total: set.count });
    }
  }
  const { rejected, gamesRead, badGames } = set.checkpoint;
  return {
    ...collector.collected,
    gamesRead,
    badGames,
    rules: Object.entries(rejected).map(([rule, first]) => ({ rule, first })),
  };
}

/** The name under which the games are counted; the others are rules alone. */
const ALL = "report";

/**
 * Reads the games of archives that pass a filter, in one pass that also counts
 * what each of its rules rejects.
 *
 * @param databases The archives.
 * @param filter The filter.
 * @param progress Shows how far it has come.
 * @param signal Stops.
 * @returns What was found.
 * @throws {ArchiveError} If an archive cannot be read.
 */
export async function collectArchive(
  databases: readonly string[],
  filter: GameFilter,
  progress: Progress,
  signal: AbortSignal,
): Promise<Collected> {
  const collector = new Collector(ALL);
  const rules = Object.keys(filter) as (keyof GameFilter)[];
  const onProgress = (now: IndexProgress) =>
    progress.update({
      games: now.gamesRead,
      textBytes: now.textBytes,
      done: now.bytesRead,
      total: now.totalBytes,
    });
  const { sets: [all, ...alone], gamesRead, badGames } = await indexGames(
    [...databases],
    takingCache((name, text) => {
      if (name === ALL) collector.add(text);
    }),
    [
      { name: ALL, filter },
      ...rules.map((rule, k) => ({
        name: `rule-${k}`,
        filter: { [rule]: filter[rule] },
      })),
    ],
    { signal, onProgress },
  );
  return {
    ...collector.collected,
    gamesRead,
    badGames,
    rules: rules.map((rule, k) => ({
      rule,
      first: all.rejected[rule] ?? 0,
      alone: gamesRead - alone[k].kept,
    })),
  };
}

/** A cache for `indexGames` that hands on what it is given, and keeps nothing. */
function takingCache(
  take: (set: string, text: Uint8Array) => void,
): GameCache {
  const cache: Pick<GameCache, "sets" | "stats" | "writer"> = {
    sets: () => Promise.resolve([]),
    stats: () => Promise.resolve({ sets: [], damaged: [], bytes: 0 }),
    writer: ({ name }: SetSpec) =>
      new WritableStream<SetBatch>({
        write({ games }) {
          for (const text of games) take(name, text);
        },
      }),
  };
  return cache as GameCache;
}
