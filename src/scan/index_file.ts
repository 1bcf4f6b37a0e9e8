// Reads and writes the file next to an archive that says where its games are.
import { dirname } from "node:path";
import type { Archive, ArchiveStatus } from "../archive/archive.ts";
import { crc32 } from "../filter/game_record.ts";
import { isGranted } from "../is_granted.ts";
import type { ReadCounters } from "./game_joiner.ts";
import { SeekIndex } from "./seek_index.ts";

/** The version of the file; another one is ignored. */
const VERSION = 2;

/** How many filters' counts are kept in a file, the latest first. */
const MAX_INDEXES = 8;

/** What the games of an index depend on. */
export interface IndexKey {
  /** The version of how games are cut out. */
  readonly format: number;
  /** Longest game, in bytes. */
  readonly maxGameLength: number;
  /** The filter whose games are counted, in normal form. */
  readonly filter: object;
}

/** How many of each kind there are. */
export interface GameCounters {
  readonly games: number;
  readonly badGames: number;
  readonly droppedBytes: number;
  readonly matched: number;
}

/** One filter's index of an archive. */
export interface FileIndex {
  /** The filter as JSON. */
  readonly filter: string;
  readonly index: SeekIndex;
  /** What the whole archive has; `undefined` where only its beginning was read. */
  readonly totals?: GameCounters;
}

/** An archive that is known by what it holds. */
export type KnownArchive = Extract<ArchiveStatus, { kind: "known" }>;

/**
 * Writes what was learned of each local archive into a file next to it, where
 * that is permitted and possible; otherwise, in silence, nothing. Of an archive
 * without other seek points than its beginning the file has the totals alone.
 *
 * @param archive The archives, read from their beginning.
 * @param status What they are.
 * @param key What was counted.
 * @param index What was learned.
 * @param end What there is in all; `undefined` where reading ended before.
 */
export async function writeIndexFiles(
  archive: Archive,
  status: KnownArchive,
  key: IndexKey,
  index: SeekIndex,
  end:
    | Omit<ReadCounters, "bytesRead" | "textBytes"> & { matched: number }
    | undefined,
): Promise<void> {
  const filter = JSON.stringify(key.filter);
  for (const [i, { path }] of archive.sources.entries()) {
    const [start, ...rest] = index.entries.filter(({ archive }) =>
      archive === i
    );
    const next = index.entries.find(({ archive }) => archive > i) ?? end;
    const isUnknown = rest.length === 0 && next === undefined;
    if (path === undefined || start?.offset !== 0 || isUnknown) continue;
    const own = new SeekIndex();
    for (const entry of [start, ...rest]) {
      own.add({ ...entry, ...difference(entry, start), archive: 0 });
    }
    const totals = next && difference(next, start);
    try {
      const file = fileOf(status, i, key);
      const others = (await readIndexFile(path, status, i, key))
        .filter((other) => other.filter !== filter);
      await writeFile(path, file, [{ filter, index: own, totals }, ...others]);
    } catch {
      // Without the file, reading takes longer, and that is all.
    }
  }
}

/**
 * Reads the file next to an archive.
 *
 * @param path The archive.
 * @param status What the sequence of archives is that it belongs to.
 * @param i Which of them it is.
 * @param key What the games depend on.
 * @returns The indexes in it; none where it is not about this archive.
 */
export async function readIndexFile(
  path: string,
  status: KnownArchive,
  i: number,
  key: IndexKey,
): Promise<FileIndex[]> {
  try {
    if (!isGranted({ name: "read", path: indexPath(path) })) return [];
    const stored = JSON.parse(await Deno.readTextFile(indexPath(path)));
    for (const [name, value] of Object.entries(fileOf(status, i, key))) {
      if (stored[name] !== value) return [];
    }
    if (stored.check !== checkOf(stored.indexes)) return [];
    return stored.indexes.map((one: Record<string, unknown>) => {
      const index = SeekIndex.from(one.index);
      const { totals } = one;
      const { size } = status.identities[i];
      if (
        index === undefined || totals !== undefined && !isCounters(totals) ||
        index.entries.some(({ offset }) => offset >= size)
      ) throw new TypeError("It is no index");
      return { filter: JSON.stringify(one.filter), index, totals };
    });
  } catch {
    return []; // there is none, or it is not ours
  }
}

/** What a file says of the archive that it is about. */
function fileOf(
  { identities, modifiedAt }: KnownArchive,
  i: number,
  { format, maxGameLength }: IndexKey,
) {
  const { size, hash } = identities[i];
  const file = { version: VERSION, format, maxGameLength, size, hash };
  return { ...file, modifiedAt: modifiedAt[i] };
}

async function writeFile(
  path: string,
  file: ReturnType<typeof fileOf>,
  indexes: readonly FileIndex[],
): Promise<void> {
  const target = indexPath(path);
  const temporary = `${target}.${crypto.randomUUID()}`;
  // Both names, as asking for a permission must never come of this.
  const paths = [target, temporary];
  if (paths.some((path) => !isGranted({ name: "write", path }))) return;
  if (await isReadOnly(dirname(target))) return;
  const kept = indexes.slice(0, MAX_INDEXES)
    .map((one) => ({ ...one, filter: JSON.parse(one.filter) }));
  const stored = { ...file, check: checkOf(kept), indexes: kept };
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

/** A sum that shows whether the file is as it was written. */
function checkOf(indexes: unknown): number {
  return crc32(JSON.stringify(indexes));
}

function indexPath(path: string): string {
  return `${path}.idx`;
}

const COUNTERS = ["games", "badGames", "droppedBytes", "matched"] as const;

function isCounters(value: unknown): value is GameCounters {
  return COUNTERS.every((name) => {
    const count = (value as GameCounters | null)?.[name];
    return Number.isSafeInteger(count) && count! >= 0;
  });
}

/** Combines counters one by one. */
export function combine(
  a: GameCounters,
  b: GameCounters,
  one: (a: number, b: number) => number,
): GameCounters {
  return {
    games: one(a.games, b.games),
    badGames: one(a.badGames, b.badGames),
    droppedBytes: one(a.droppedBytes, b.droppedBytes),
    matched: one(a.matched, b.matched),
  };
}

function difference(a: GameCounters, b: GameCounters): GameCounters {
  return combine(a, b, (a, b) => a - b);
}
