// Finds out where in an archive to begin for the games from a number on.
import type { Archive } from "../archive/archive.ts";
import {
  combine,
  type GameCounters,
  type IndexKey,
  type KnownArchive,
  readIndexFile,
} from "./index_file.ts";
import type { SeekIndex, SeekIndexEntry } from "./seek_index.ts";

/** What is known of a sequence of archives from elsewhere. */
export interface OtherIndex {
  readonly index: SeekIndex | undefined;
  /** The filter whose games it counts, as JSON of its normal form. */
  readonly filter: string;
}

/**
 * Finds the last known seek point before which at most `count` games come that
 * match a filter. Whether a game begins there is found out when it is read.
 *
 * @param archive The archives; only local ones have files next to them.
 * @param status What they are.
 * @param key What is counted.
 * @param count How many games may come before.
 * @param others What is known from elsewhere.
 * @returns The seek point, or `undefined` where nothing is known.
 */
export async function findSeekPoint(
  archive: Archive,
  status: KnownArchive,
  key: IndexKey,
  count: number,
  others: readonly OtherIndex[] = [],
): Promise<SeekIndexEntry | undefined> {
  const filter = JSON.stringify(key.filter);
  const found = [await findInFiles(archive, status, key, count)];
  for (const one of others) {
    if (one.filter === filter) found.push(one.index?.find("matched", count));
    else if (filter === "{}") found.push(one.index?.find("games", count));
  }
  const last = found.filter((entry) => entry !== undefined)
    .sort((a, b) => b.games - a.games).at(0);
  if (last === undefined) return undefined;
  // Where every game matches, the seek points of other filters will do.
  return filter === "{}" ? { ...last, matched: last.games } : last;
}

/** What is known of the games of archives that match a filter. */
export interface KnownGames {
  /** The seek points in order, each with the number of games before it. */
  readonly entries: readonly SeekIndexEntry[];
  /** How many games there are, where that is known. */
  readonly total: number | undefined;
}

/**
 * Finds all seek points that are known without a gap from the beginning.
 *
 * @param archive The archives; only local ones have files next to them.
 * @param status What they are.
 * @param key What is counted.
 * @param others What is known from elsewhere.
 * @returns What is known by the files, or by what knows more seek points.
 */
export async function knownInFiles(
  archive: Archive,
  status: KnownArchive,
  key: IndexKey,
  others: readonly OtherIndex[] = [],
): Promise<KnownGames> {
  const filter = JSON.stringify(key.filter);
  // Where every game matches, the seek points of other filters will do.
  const countAll = (entry: SeekIndexEntry) =>
    filter === "{}" ? { ...entry, matched: entry.games } : entry;
  let entries: readonly SeekIndexEntry[] = await entriesInFiles(
    archive,
    status,
    key,
  );
  for (const { index, filter: other } of others) {
    if (other !== filter && filter !== "{}") continue;
    const more = index?.entries ?? [];
    if (more.length > entries.length) entries = more;
  }
  const total = await countInFiles(archive, status, key);
  return { entries: entries.map(countAll), total };
}

async function entriesInFiles(
  archive: Archive,
  status: KnownArchive,
  key: IndexKey,
): Promise<SeekIndexEntry[]> {
  const filter = JSON.stringify(key.filter);
  const entries: SeekIndexEntry[] = [];
  let before: GameCounters = {
    games: 0,
    badGames: 0,
    droppedBytes: 0,
    matched: 0,
  };
  for (const [i, { path }] of archive.sources.entries()) {
    const start = { archive: i, offset: 0, textOffset: 0, skip: 0 };
    entries.push({ ...start, ...before });
    if (path === undefined) break;
    const indexes = await readIndexFile(path, status, i, key);
    const known = indexes.find((one) => one.filter === filter) ??
      (filter === "{}" ? indexes[0] : undefined);
    for (const entry of known?.index.entries ?? []) {
      if (entry.offset === 0) continue; // its beginning is there already
      entries.push({ ...entry, ...sum(before, entry), archive: i });
    }
    if (known?.totals === undefined) break;
    before = sum(before, known.totals);
  }
  return entries;
}

/**
 * Counts the games of archives by the files next to them.
 *
 * @returns How many games match the filter, or `undefined` where the files do
 * not say.
 */
export async function countInFiles(
  archive: Archive,
  status: KnownArchive,
  key: IndexKey,
): Promise<number | undefined> {
  const filter = JSON.stringify(key.filter);
  let count = 0;
  for (const [i, { path }] of archive.sources.entries()) {
    if (path === undefined) return undefined;
    const indexes = await readIndexFile(path, status, i, key);
    const own = indexes.find((one) => one.filter === filter && one.totals);
    const any = indexes.find(({ totals }) => totals);
    if (own !== undefined) count += own.totals!.matched;
    else if (filter === "{}" && any !== undefined) count += any.totals!.games;
    else return undefined;
  }
  return count;
}

async function findInFiles(
  archive: Archive,
  status: KnownArchive,
  key: IndexKey,
  count: number,
): Promise<SeekIndexEntry | undefined> {
  const filter = JSON.stringify(key.filter);
  const by = filter === "{}" ? "games" : "matched";
  let before: GameCounters = {
    games: 0,
    badGames: 0,
    droppedBytes: 0,
    matched: 0,
  };
  let found: SeekIndexEntry | undefined;
  for (const [i, { path }] of archive.sources.entries()) {
    if (i > 0) {
      const start = { archive: i, offset: 0, textOffset: 0, skip: 0 };
      found = { ...start, ...before };
    }
    if (path === undefined) break;
    const indexes = await readIndexFile(path, status, i, key);
    const known = indexes.find((one) => one.filter === filter) ??
      (by === "games" ? indexes[0] : undefined);
    if (known === undefined) break;
    const total = known.totals && sum(before, known.totals);
    if (total === undefined || total[by] > count) {
      const entry = known.index.find(by, count - before[by]);
      if (entry !== undefined) {
        found = { ...entry, ...sum(before, entry), archive: i };
      }
      break;
    }
    before = total;
  }
  return found;
}

function sum(a: GameCounters, b: GameCounters): GameCounters {
  return combine(a, b, (a, b) => a + b);
}
