import { indexGames, RedisGameCache } from "../../mod.ts";
import type { BenchContext } from "./_bench.ts";
import type { BenchArchive } from "./_corpus.ts";

/** An archive whose games are in a Redis server too. */
export interface CachedArchive extends BenchArchive {
  /** The URL of the server. */
  readonly url: string;
}

/**
 * Makes an archive of at least so many games, and a Redis server of the group's
 * own that holds them as one set.
 */
export async function cacheArchive(
  { corpus, startRedis, signal }: BenchContext,
  games: number,
): Promise<CachedArchive> {
  const archive = await corpus.enlarge({ games }, "pzstd");
  const { url } = await startRedis();
  await using cache = new RedisGameCache({ url });
  await indexGames(archive.path, cache, [{ name: "games", filter: {} }], {
    signal,
  });
  return { ...archive, url };
}
