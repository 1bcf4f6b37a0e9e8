/** A node that reads its slice once: `ARCHIVE OFFSET CACHE`, with `none` for no cache. */
import { GameLoader } from "../../mod.ts";

const [database, offset, cache] = Deno.args;
await using loader = new GameLoader(database, {
  cache: cache === "none" ? null : cache,
  onWarning: (warning) => {
    throw warning;
  },
});
let games = 0;
const query = { offset: Number(offset), maxGames: 100 };
for await (const { pgn } of loader.loadGames(query)) {
  if (pgn !== "") games++;
}
if (games !== 100) throw new Error(`${games} games instead of 100`);
