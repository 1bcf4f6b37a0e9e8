import type { Archive } from "./archive/archive.ts";
import { ArchiveError } from "./archive/archive_error.ts";
import { readGames } from "./scan/read_games.ts";
import type { CacheStats, GameCache } from "./cache/game_cache.ts";
import { GameCacheError } from "./cache/game_cache_error.ts";
import { compactGame } from "./pgn/compact_game.ts";
import type { GameFilter } from "./filter/game_filter.ts";

/** How much text of an archive is looked at. */
const SAMPLE_BYTES = 4 << 20;

/** What a server needs for a game beside its text, and for each byte of that. */
const BYTES_PER_GAME = 130;
const BYTES_PER_BYTE = 1.08;

/** A set that is to be made, and what an archive is known to be. */
export interface HeadroomQuestion {
  /** The sets that are to be made, or gone on with. */
  readonly sets: readonly {
    readonly name: string;
    readonly filter: GameFilter;
    readonly maxGames?: number;
    readonly compact?: boolean;
  }[];
  /** Whether they are made anew where they exist, beside what is there. */
  readonly replace: boolean;
  /** The archive's bytes. */
  readonly totalBytes: number | undefined;
  /** Longest game. */
  readonly maxGameLength: number;
  /** Stops. */
  readonly signal?: AbortSignal;
}

/**
 * Predicts from a sample of an archive whether its games will fit into a cache
 * that may hold only so much.
 *
 * @param archive The archive.
 * @param cache The cache.
 * @param question What is to be made.
 * @returns What to warn of, or `undefined` where they will fit, or nothing is
 * known.
 */
export async function headroomWarning(
  archive: Archive,
  cache: GameCache,
  question: HeadroomQuestion,
): Promise<Error | undefined> {
  const { sets, totalBytes } = question;
  if (totalBytes === undefined || sets.length === 0) return undefined;
  let stats: CacheStats;
  let needed: number;
  try {
    stats = await cache.stats();
    if (stats.maxBytes === undefined) return undefined;
    needed = await predict(archive, stats, question, totalBytes);
  } catch (error) {
    // What is wrong with either shows at the first real step.
    if (error instanceof GameCacheError || error instanceof ArchiveError) {
      return undefined;
    }
    throw error;
  }
  const free = Math.max(0, stats.maxBytes - stats.bytes);
  if (needed <= free) return undefined;
  return new Error(
    `The games will hardly fit into the cache: they need about ${
      megabytes(needed)
    }, and ${megabytes(free)} of ${megabytes(stats.maxBytes)} are free` +
      (question.replace
        ? " beside the sets that are to be replaced, which stay until the new ones are whole"
        : ""),
  );
}

async function predict(
  archive: Archive,
  { sets: present }: CacheStats,
  { sets, replace, maxGameLength, signal }: HeadroomQuestion,
  totalBytes: number,
): Promise<number> {
  const games = sets.map(() => 0);
  const bytes = sets.map(() => 0);
  let share = 1;
  const batches = readGames(archive, {
    filters: sets.map(({ filter }) => filter),
    maxGameLength,
    signal,
  });
  for await (const { count, rejections, texts, counters } of batches) {
    let text = 0;
    for (let i = 0; i < count; i++) {
      let passes = false;
      sets.forEach(({ compact }, k) => {
        if (rejections[k][i] !== 0) return;
        passes = true;
        games[k]++;
        bytes[k] += compact
          ? compactGame(texts[text]).length
          : texts[text].length;
      });
      if (passes) text++;
    }
    // At the archive's end all has been read, whatever was counted before.
    share = counters.bytesRead / totalBytes;
    if (counters.textBytes >= SAMPLE_BYTES && share < 1) break;
    share = 1;
  }
  return sets.reduce((sum, { name, maxGames = Infinity }, k) => {
    if (games[k] === 0) return sum;
    const before = replace
      ? undefined
      : present.find((set) => set.name === name);
    const count = Math.min(maxGames, games[k] / share) - (before?.count ?? 0);
    const each = bytes[k] / games[k] * BYTES_PER_BYTE + BYTES_PER_GAME;
    return sum + Math.max(0, count) * each;
  }, 0);
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
