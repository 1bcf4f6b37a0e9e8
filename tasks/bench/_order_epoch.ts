/**
 * A process that loads a shuffled epoch from a cache and prints its peak memory
 * at half of it and at the end, in bytes: `ARCHIVE CACHE GAMES`.
 */
import { GameLoader } from "../../mod.ts";

const [database, cache, count] = Deno.args;
await using loader = new GameLoader(database, {
  cache,
  onWarning: (warning) => {
    throw warning;
  },
});

function peakBytes(): number {
  const status = Deno.readTextFileSync("/proc/self/status");
  return Number(status.match(/^VmHWM:\s+(\d+) kB$/m)![1]) * 1024;
}

let games = 0;
let half = 0;
for await (const { pgn } of loader.loadGames({ shuffle: { seed: 1 } })) {
  if (pgn !== "" && ++games === Number(count) >> 1) half = peakBytes();
}
if (games !== Number(count)) {
  throw new Error(`${games} games instead of ${count}`);
}
console.log(JSON.stringify({ half, end: peakBytes() }));
