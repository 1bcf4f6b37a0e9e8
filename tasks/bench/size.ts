import { type GameFilter, indexGames, RedisGameCache } from "../../mod.ts";
import {
  atMost,
  type BenchContext,
  type BenchGroup,
  type BenchReport,
  type Claim,
} from "./_bench.ts";
import type { BareClient } from "./_bare_client.ts";

/** What a game takes in Redis. */
export const group: BenchGroup = {
  name: "size",
  question: "How many bytes does a game take in Redis?",
  run,
};

const GAMES = 20_000;
/** Fewer say nothing about a game. */
const LEAST_GAMES = 1000;
/** Redis bytes over PGN bytes where games have clocks, as promised. */
const MOST_RATIO = 1.2;
/** Redis bytes a game over its PGN where it is short, with the 32 of its record. */
const MOST_OVER = 220;

async function run(bench: BenchContext): Promise<BenchReport> {
  const archive = await bench.corpus.enlarge({ games: GAMES }, "pzstd");
  const kinds: readonly [name: string, filter: GameFilter][] = [
    ["all", {}],
    ["with clocks", { hasClock: true }],
    ["without comments", { hasClock: false, hasEval: false }],
  ];
  const rows: (string | number)[][] = [];
  const claims: Claim[] = [];
  const notes: string[] = [];
  for (const [name, filter] of kinds) {
    const { client, url } = await bench.startRedis();
    const index = async (maxGames: number) => {
      await using cache = new RedisGameCache({ url });
      const sets = [{ name: "games", filter, maxGames }];
      await indexGames(archive.path, cache, sets, {
        replace: true,
        signal: bench.signal,
      });
    };
    // The server keeps statistics of each command from its first use on.
    await index(1);
    await client.sendCommand(["FLUSHALL"]);
    const before = await usedMemory(client);
    await index(GAMES);
    const after = await usedMemory(client);
    await using cache = new RedisGameCache({ url });
    const [{ count, textBytes }] = (await cache.stats()).sets;
    if (count < LEAST_GAMES) {
      notes.push(`Too few games ${name}: ${count}`);
      continue;
    }
    const bytes = after - before;
    const ratio = bytes / textBytes;
    const over = (bytes - textBytes) / count;
    rows.push([name, count, textBytes / count, bytes / count, over, ratio]);
    if (filter.hasClock === true) {
      claims.push(
        atMost("Redis bytes over PGN bytes, with clocks", ratio, MOST_RATIO),
      );
    }
    if (filter.hasClock === false) {
      claims.push(
        atMost(
          "Redis bytes a game over its PGN, without comments",
          over,
          MOST_OVER,
          "bytes",
        ),
      );
    }
  }
  notes.push("Without the 0.3 MB that a server takes once for its statistics.");
  return {
    tables: [{
      title: "Bytes a game, by used_memory before and after",
      columns: ["games", "count", "PGN", "Redis", "over PGN", "of PGN"],
      rows,
    }],
    claims,
    notes,
  };
}

/** What the server's data takes, once nothing is on its way any more. */
async function usedMemory(client: BareClient): Promise<number> {
  for (let last = 0;;) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    const info = String(await client.sendCommand(["INFO", "memory"]));
    const used = Number(info.match(/^used_memory:(\d+)/m)![1]);
    // A hash table that is still being moved exists twice.
    if (Math.abs(used - last) < 64 * 1024) return used;
    last = used;
  }
}
