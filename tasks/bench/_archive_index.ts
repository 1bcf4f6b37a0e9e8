/** A process that indexes as `deno task index` does: `ARCHIVE CACHE`. */
import { indexGames, SqliteGameCache } from "../../mod.ts";

const [database, path] = Deno.args;
await using cache = new SqliteGameCache(path);
await indexGames(database, cache, [
  { name: "tactical", filter: { playstyle: "tactical", minRating: 1800 } },
], { threads: 2 });
