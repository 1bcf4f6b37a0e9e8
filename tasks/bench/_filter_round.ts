/**
 * A process that times rounds of a query and prints them as JSON, after one of
 * another set: `ARCHIVE CACHE SET MIN-RATING OFFSET`.
 */
import { GameLoader } from "../../mod.ts";

const [database, cache, set, minRating, offset] = Deno.args;
await using loader = new GameLoader(database, {
  cache,
  onWarning: (warning) => {
    throw warning;
  },
});
const query = { set, minRating: Number(minRating) };

async function round(some: Parameters<typeof loader.loadGames>[0]) {
  const start = performance.now();
  let games = 0;
  for await (const { pgn } of loader.loadGames({ ...some, maxGames: 100 })) {
    if (pgn !== "") games++;
  }
  if (games !== 100) throw new Error(`${games} games instead of 100`);
  return performance.now() - start;
}

for (let i = 0; i < 5; i++) await round({ set: "warm", offset: 100 });
const first = await round({ ...query, offset: Number(offset) });
const later: number[] = [];
for (let i = 0; i < 10; i++) {
  later.push(await round({ ...query, offset: Number(offset) - i }));
}
console.log(JSON.stringify({ first, later: Math.min(...later) }));
