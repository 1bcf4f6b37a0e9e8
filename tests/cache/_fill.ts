/*
 * Fills the SQLite file that is its argument until it fails or is killed, and
 * then prints the fault and how many games were committed.
 */
import { GameCacheError } from "../../src/cache/game_cache_error.ts";
import { SqliteGameCache } from "../../src/cache/sqlite_game_cache.ts";
import { batch, pgn, spec } from "./_stores.ts";

await using cache = new SqliteGameCache(Deno.args[0]);
const writer = cache.writer(spec("all")).getWriter();
let count = 0;
try {
  for (; count < 100_000; count += 100) {
    const texts = Array.from(
      { length: 100 },
      (_, i) => pgn("all", count + i) + "{ full }".repeat(250),
    );
    await writer.write(batch(texts, count + 100));
    if (count === 0) console.log();
  }
} catch (error) {
  if (!(error instanceof GameCacheError)) throw error;
  console.log(error.fault, count);
}
