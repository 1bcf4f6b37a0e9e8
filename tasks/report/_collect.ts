/** Reads the games of a report: the records of a set, or in one pass over archives. */
import {
  countGames,
  type GameCache,
  type GameFilter,
  indexGames,
  type IndexProgress,
  recordsOf,
  type SetInfo,
} from "../../mod.ts";
import { takingCache } from "../_dry_run.ts";
import type { Progress } from "../_progress.ts";
import { DrawnGames } from "./_drawn_games.ts";
import { type Statistics, StatisticsCounter } from "./_statistics.ts";

/** The most games that samples are made of. */
const MAX_DRAWN = 20_000;

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
  /** The texts of the games that were drawn. */
  readonly drawn: readonly Uint8Array[];
  /** Games of the archive that were read; those of a set's archive, for a set. */
  readonly gamesRead: number;
  /** Games that could not be read. */
  readonly badGames: number;
  readonly rules: readonly RuleCount[];
  /** How many games of a set pass the filter that was given, if one was. */
  readonly passing?: number;
}

/** Records, and texts, that are read with one request. */
const RECORDS_AT_ONCE = 20_000;
const TEXTS_AT_ONCE = 100;

/**
 * Reads the records of a set, and the texts of the games that are drawn. Of a
 * filter, it counts what each rule would reject.
 *
 * @throws {GameCacheError} If a record or a game that was drawn is damaged.
 */
export async function collectSet(
  cache: GameCache,
  set: SetInfo,
  filter: GameFilter,
  progress: Progress,
  signal: AbortSignal,
): Promise<Collected> {
  const games = new DrawnGames(MAX_DRAWN);
  const counter = new StatisticsCounter(
    set.name,
    (hash, index) => games.add(hash, index),
  );
  const texts = Math.min(set.count, MAX_DRAWN);
  // A text takes about as long as the records of ten games.
  const total = set.count + 10 * texts;
  for (let first = 0; first < set.count; first += RECORDS_AT_ONCE) {
    const end = Math.min(set.count, first + RECORDS_AT_ONCE);
    counter.add(await cache.readRecords(set, first, end, { signal }));
    progress.update({ games: end, done: end, total });
  }
  const drawn: Uint8Array[] = [];
  const numbers = games.games.map(({ index }) => index);
  while (drawn.length < numbers.length) {
    const some = numbers.slice(drawn.length, drawn.length + TEXTS_AT_ONCE);
    drawn.push(...await cache.readGamesAt(set, some, { signal }));
    const done = set.count + 10 * drawn.length;
    progress.update({ games: set.count, done, total });
  }
  const { rejected, gamesRead, badGames } = set.checkpoint;
  return {
    statistics: counter.statistics,
    drawn,
    gamesRead,
    badGames,
    ...Object.keys(filter).length > 0
      ? await countRules(cache, set, filter, signal)
      : {
        rules: Object.entries(rejected)
          .map(([rule, first]) => ({ rule, first })),
      },
  };
}

/** What each rule of a filter rejects of a set, and how many games pass them all. */
async function countRules(
  cache: GameCache,
  set: SetInfo,
  filter: GameFilter,
  signal: AbortSignal,
): Promise<{ rules: RuleCount[]; passing: number }> {
  const rules: RuleCount[] = [];
  let upTo: GameFilter = {};
  let passing = set.count;
  for (const rule of Object.keys(filter) as (keyof GameFilter)[]) {
    const only = { [rule]: filter[rule] };
    upTo = { ...upTo, ...only };
    const left = await countGames(cache, set, upTo, { signal });
    const alone = set.count - await countGames(cache, set, only, { signal });
    rules.push({ rule, first: passing - left, alone });
    passing = left;
  }
  return { rules, passing };
}

/** The name under which the games are counted; the others are rules alone. */
const ALL = "report";

/**
 * Reads the games of archives that pass a filter, in one pass that also counts
 * what each of its rules rejects.
 *
 * @throws {ArchiveError} If an archive cannot be read.
 */
export async function collectArchive(
  databases: readonly string[],
  filter: GameFilter,
  progress: Progress,
  signal: AbortSignal,
): Promise<Collected> {
  const games = new DrawnGames(MAX_DRAWN);
  let texts: readonly Uint8Array[] = [];
  let before = 0;
  const counter = new StatisticsCounter(
    ALL,
    (hash, index) => games.add(hash, index, texts[index - before]),
  );
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
    takingCache((name, some) => {
      if (name !== ALL) return;
      texts = some;
      counter.add(recordsOf(texts));
      before += texts.length;
    }),
    [
      { name: ALL, filter },
      ...rules.map((rule, k) => ({
        name: `rule-${k}`,
        filter: { [rule]: filter[rule] },
      })),
    ],
    { signal, onProgress, writeIndex: false },
  );
  return {
    statistics: counter.statistics,
    drawn: games.games.map(({ text }) => text!),
    gamesRead,
    badGames,
    rules: rules.map((rule, k) => ({
      rule,
      first: all.rejected[rule] ?? 0,
      alone: gamesRead - alone[k].kept,
    })),
  };
}
