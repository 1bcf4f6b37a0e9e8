/**
 * A process that scans an archive: `ARCHIVE THREADS OFFSET MAX-GAMES`, `none`
 * for no archive, and as many games as there are where their number is left out.
 */
import { GameLoader } from "../../mod.ts";

const [database, threads, offset = "0", maxGames] = Deno.args;
if (database !== "none") {
  const loader = new GameLoader(database, {
    cache: null,
    threads: Number(threads),
  });
  const filter = maxGames === undefined
    ? { playstyle: "tactical", minRating: 1800, ratingOf: "lower" } as const
    : {};
  let games = 0;
  for await (
    const _game of loader.loadGames({
      ...filter,
      offset: Number(offset),
      maxGames: maxGames === undefined ? undefined : Number(maxGames),
    })
  ) games++;
  console.log(games);
}
