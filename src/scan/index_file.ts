import { isGranted } from "../is_granted.ts";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import type { Archive, ArchiveIdentity } from "../archive/archive.ts";
import { FrameIndex, type FrameIndexEntry } from "./frame_index.ts";
import type { ReadTotals } from "./game_joiner.ts";

/** The version of the file; another one is ignored. */
const VERSION = 1;

/** So many filters' counts are kept in a file, the latest first. */
const MAX_INDEXES = 4;

/** What the games of an index depend on. */
export interface IndexKey {
  /** The version of how games are cut out. */
  readonly format: number;
  /** Longest game, in bytes. */
  readonly maxGameLength: number;
  /** The filter whose games are counted, in normal form. */
  readonly filter: object;
}

/** How many of each kind there are before a place. */
interface Counts {
  readonly games: number;
  readonly badGames: number;
  readonly droppedBytes: number;
  readonly passed: number;
}

/** One filter's index of a whole archive. */
interface FileIndex {
  readonly filter: string;
  readonly index: FrameIndex;
  readonly totals: Counts;
}

/**
 * Finds the last known place in a sequence of archives before which at most
 * `count` games come: of all games where the filter is empty, otherwise of
 * those that pass it.
 *
 * @param archive The archives; only local ones have files beside them.
 * @param identities What they are.
 * @param key What is counted.
 * @param count How many games may come before.
 * @returns The place, or `undefined` where nothing is known.
 */
export async function findInIndexFiles(
  archive: Archive,
  identities: readonly ArchiveIdentity[],
  key: IndexKey,
  count: number,
): Promise<FrameIndexEntry | undefined> {
  const filter = JSON.stringify(key.filter);
  const by = filter === "{}" ? "games" : "passed";
  let before: Counts = { games: 0, badGames: 0, droppedBytes: 0, passed: 0 };
  let found: FrameIndexEntry | undefined;
  for (const [i, { path }] of archive.sources.entries()) {
    if (i > 0) {
      const place = { archive: i, offset: 0, textOffset: 0, skip: 0 };
      found = { ...place, ...before };
    }
    if (path === undefined) break;
    const indexes = await readFile(path, identities[i], key);
    const known = indexes.find((one) => one.filter === filter) ??
      (by === "games" ? indexes[0] : undefined);
    if (known === undefined) break;
    const total = sum(before, known.totals);
    if (total[by] > count) {
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

/**
 * Writes what was learned of each local archive into a file beside it, where
 * that is permitted and possible; otherwise, in silence, nothing.
 *
 * @param archive The archives, read from their beginning to their end.
 * @param identities What they are.
 * @param key What was counted.
 * @param index What was learned.
 * @param end What there is in all.
 */
export async function writeIndexFiles(
  archive: Archive,
  identities: readonly ArchiveIdentity[],
  key: IndexKey,
  index: FrameIndex,
  end: Pick<ReadTotals, "games" | "badGames" | "droppedBytes"> & {
    readonly passed: number;
  },
): Promise<void> {
  const filter = JSON.stringify(key.filter);
  for (const [i, { path }] of archive.sources.entries()) {
    const [start, ...rest] = index.entries.filter(({ archive }) =>
      archive === i
    );
    const next = index.entries.find(({ archive }) => archive > i) ?? end;
    if (path === undefined || start?.offset !== 0 || rest.length === 0) {
      continue; // an archive of one frame has no other place to begin at
    }
    const own = new FrameIndex();
    for (const entry of [start, ...rest]) {
      own.add({ ...entry, ...difference(entry, start), archive: 0 });
    }
    const one = { filter, index: own, totals: difference(next, start) };
    try {
      const others = (await readFile(path, identities[i], key))
        .filter((other) => other.filter !== filter);
      await writeFile(path, identities[i], key, [one, ...others]);
    } catch {
      // Without the file, reading takes longer, and that is all.
    }
  }
}

/** The indexes in the file beside an archive; none where it is not about it. */
async function readFile(
  path: string,
  { size, hash }: ArchiveIdentity,
  { format, maxGameLength }: IndexKey,
): Promise<FileIndex[]> {
  try {
    if (!isGranted({ name: "read", path: indexPath(path) })) return [];
    const stored = JSON.parse(await Deno.readTextFile(indexPath(path)));
    const wanted = { version: VERSION, format, maxGameLength, size, hash };
    for (const [name, value] of Object.entries(wanted)) {
      if (stored[name] !== value) return [];
    }
    if (stored.check !== checkOf(stored.indexes)) return [];
    return stored.indexes.map((one: Record<string, unknown>) => {
      const index = FrameIndex.from(one.index);
      if (index === undefined) throw new TypeError("It is no index");
      return { filter: JSON.stringify(one.filter), index, totals: one.totals };
    });
  } catch {
    return []; // there is none, or it is not ours
  }
}

async function writeFile(
  path: string,
  { size, hash }: ArchiveIdentity,
  { format, maxGameLength }: IndexKey,
  indexes: readonly FileIndex[],
): Promise<void> {
  // Both names, as asking for a permission must never come of this.
  const target = indexPath(path);
  const temporary = `${target}.${crypto.randomUUID()}`;
  if (
    !isGranted({ name: "write", path: target }) ||
    !isGranted({ name: "write", path: temporary })
  ) return;
  if (await isReadOnly(dirname(target))) return;
  const kept = indexes.slice(0, MAX_INDEXES).map(
    ({ filter, index, totals }) => ({
      filter: JSON.parse(filter),
      totals,
      index,
    }),
  );
  const stored = {
    version: VERSION,
    format,
    maxGameLength,
    size,
    hash,
    check: checkOf(kept),
    indexes: kept,
  };
  try {
    await Deno.writeTextFile(temporary, JSON.stringify(stored));
    await Deno.rename(temporary, target);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
}

/**
 * Whether nobody may write to a folder, by its mode: the superuser could, but
 * it is not meant to be written to.
 */
async function isReadOnly(folder: string): Promise<boolean> {
  if (!isGranted({ name: "read", path: folder })) return false;
  const { mode } = await Deno.stat(folder);
  return mode !== null && (mode & 0o222) === 0;
}

/** A sum that shows whether a part of the file is not as it was written. */
function checkOf(indexes: unknown): number {
  return crc32(JSON.stringify(indexes));
}

function indexPath(path: string): string {
  return `${path}.idx`;
}

function sum(a: Counts, b: Counts): Counts {
  return {
    games: a.games + b.games,
    badGames: a.badGames + b.badGames,
    droppedBytes: a.droppedBytes + b.droppedBytes,
    passed: a.passed + b.passed,
  };
}

function difference(a: Counts, b: Counts): Counts {
  return {
    games: a.games - b.games,
    badGames: a.badGames - b.badGames,
    droppedBytes: a.droppedBytes - b.droppedBytes,
    passed: a.passed - b.passed,
  };
}
