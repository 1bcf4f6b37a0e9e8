/** A node that loads games shuffled: `ARCHIVE CACHE GAMES`, with `none` for no cache. */
import { GameLoader } from "../../mod.ts";

const [database, cache, games] = Deno.args;
await using loader = new GameLoader(database, {
  cache: cache === "none" ? null : cache,
  onWarning: (warning) => {
    throw warning;
  },
});
let loaded = 0;
const query = { shuffle: { seed: 1 }, maxGames: Number(games) };
for await (const _ of loader.loadGames(query)) loaded++;
if (loaded !== Number(games)) throw new Error(`${loaded} games were loaded`);
// Until the peak has been read once more.
await new Promise((resolve) => setTimeout(resolve, 100));
