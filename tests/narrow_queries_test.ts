import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { GameCache } from "../src/cache/game_cache.ts";
import { RedisGameCache } from "../src/cache/redis_game_cache.ts";
import { SqliteGameCache } from "../src/cache/sqlite_game_cache.ts";
import { indexGames } from "../src/game_indexer.ts";
import { GameLoader } from "../src/game_loader.ts";
import type { GameQuery } from "../src/game_query.ts";
import { pgns, read, spec, write } from "./cache/_stores.ts";
import { gameText, tempFolder, texts, warningsInto } from "./_games.ts";
import { seeded } from "./_pgn_data.ts";
import { randomFilter } from "./_random_filter.ts";
import { RedisCluster } from "./_redis_cluster.ts";
import { RedisServer } from "./_redis_server.ts";
import { LONG } from "./_shared_data.ts";

const QUERIES = LONG ? 300 : 30;
const GAMES = 1500;
/** What is done in the middle of every tenth answer from on the third, the sixth and the ninth. */
const EVENTS: Readonly<Record<number, Event>> = {
  3: "damage",
  6: "rebuild",
  9: "kill",
};

type Event = "damage" | "rebuild" | "kill";
type Random = () => number;

/** A cache, and what may happen to it. */
interface Source {
  readonly cache: GameCache;
  /** Does it, to the game of this number where it is damage; whether it matters. */
  does(event: Event, game: number): Promise<boolean>;
}

/** A text of which every field of a filter asks something. */
function randomGame(random: Random, number: number): string {
  const pick = (...values: string[]) =>
    values[Math.floor(random() * values.length)];
  const rating = () => String(800 + Math.floor(random() * 1700));
  const move = pick("Nf3", "Nf3 { [%clk 0:01:00] }", "Nf3 { [%eval 0.1] }");
  const moves = Array.from(
    { length: Math.floor(random() * 30) },
    (_, i) => `${i + 1}. ${i % 2 === 0 ? `${move} Nf6` : "Ng1 Ng8"}`,
  );
  return gameText(number, {
    Event: pick("Rated Blitz game", "Casual game"),
    Result: pick("1-0", "0-1", "1/2-1/2", "*"),
    UTCDate: pick("2013.01.07", "2017.05.23", "2021.10.15", "????.??.??"),
    WhiteElo: random() < 0.02 ? "70000" : rating(), // records tell no such
    BlackElo: rating(),
    ECO: pick("B20", "B90", "C33", "D02", "E60", "?"),
    TimeControl: pick("15+0", "60+0", "180+2", "600+5", "1800+0", "-"),
    Termination: pick("Normal", "Time forfeit", "Abandoned", "Odd"),
    ...random() < 0.1 ? { WhiteTitle: "BOT" } : {},
  }, moves.join(" "));
}

/** Loads; in the middle of the answer something is done to its source. */
async function answer(
  path: string,
  { cache, does }: Source,
  query: GameQuery,
  event: Event | undefined,
  game: number,
): Promise<{ games: string[]; warnings: string[]; matters: boolean }> {
  const warnings: string[] = [];
  const games: string[] = [];
  let matters = false;
  await using loader = new GameLoader(path, {
    cache,
    ...warningsInto(warnings),
  });
  for await (const { pgn } of loader.loadGames(query)) {
    if (games.push(pgn) === 5 && event !== undefined) {
      matters = await does(event, game);
    }
  }
  return { games, warnings, matters };
}

Deno.test(`GameLoader answers ${QUERIES} random queries narrower than their set alike from archive, Redis, SQLite and a cluster, also when games are damaged, sets rebuilt and servers killed in mid-answer`, async () => {
  await using cluster = await RedisCluster.start();
  await using server = await RedisServer.start();
  await using folder = await tempFolder();
  const random = seeded(5);
  const all = Array.from({ length: GAMES }, (_, i) => randomGame(random, i));
  const path = folder.write("games.pgn", all.join("\n\n"));
  const sqlitePath = `${folder.path}/games.sqlite`;
  await using redis = new RedisGameCache({ url: server.url });
  await using sqlite = new SqliteGameCache(sqlitePath);
  await using clustered = new RedisGameCache({
    url: cluster.url,
    commandTimeout: 6000,
  });
  const sets = [{ name: "all", filter: {} }];
  const rebuild = (cache: GameCache) =>
    indexGames(path, cache, sets, { replace: true, threads: 0 });
  let isMasterKilled = false;
  const sources: Source[] = [
    {
      cache: redis,
      async does(event, game) {
        if (event === "rebuild") await rebuild(redis);
        else if (event === "kill") await server.kill();
        else await server.cli("DEL", `chess:game:all:${game}`);
        return true;
      },
    },
    {
      cache: sqlite,
      async does(event, game) {
        if (event === "rebuild") await rebuild(sqlite);
        if (event !== "damage") return event === "rebuild";
        using database = new DatabaseSync(sqlitePath);
        database.prepare(
          "UPDATE games SET pgn = ? WHERE id = " +
            "(SELECT series * 4294967296 FROM sets WHERE name = 'all') + ?",
        ).run(new TextEncoder().encode(all[(game + 1) % GAMES]), game);
        return true;
      },
    },
    {
      cache: clustered,
      async does(event, game) {
        if (event === "rebuild") await rebuild(clustered);
        else if (event === "damage") {
          const key = `chess:game:all:${game}`;
          for (const server of cluster.servers) {
            await server.cli("SET", key, "another").catch(() => {});
          }
        } else if (!isMasterKilled) {
          isMasterKilled = true;
          await cluster.masters[1].kill();
          return false; // its replica answers
        }
        return event !== "kill";
      },
    },
  ];
  for (const { cache } of sources) await indexGames(path, cache, sets);
  // The games are spread over all masters, and their replicas.
  for (const server of cluster.servers) {
    assert.ok(Number(await server.cli("DBSIZE")) > GAMES / 5);
  }

  await using archive = new GameLoader(path, { cache: null, threads: 0 });
  let given = 0;
  const seen = new Set<string>();
  for (let n = 0; n < QUERIES; n++) {
    const event = EVENTS[n % 10];
    const filter = event === undefined
      ? randomFilter(random)
      : { minRating: 1200 + Math.floor(random() * 200) };
    for (const field of Object.keys(filter)) seen.add(field);
    const matching = await texts(archive.loadGames(filter));
    const offset = event === undefined
      ? Math.floor(random() * (matching.length + 2))
      : n;
    const maxGames = event === undefined && random() < 0.5
      ? Math.floor(random() * 400)
      : undefined;
    const expected = matching.slice(offset, offset + (maxGames ?? GAMES));
    const query = { set: "all", ...filter, offset, maxGames };
    const told = `${n}, ${event}: ${JSON.stringify(query)}`;
    const alone = archive.loadGames({ ...query, set: undefined });
    assert.deepEqual(await texts(alone), expected, told);
    given += expected.length;
    const last = all.indexOf(expected.at(-1) ?? "");
    for (const [i, source] of sources.entries()) {
      const { games, warnings, matters } = await answer(
        path,
        source,
        query,
        event,
        last,
      );
      assert.deepEqual(games, expected, `source ${i}, ${told}`);
      assert.equal(warnings.length, matters ? 1 : 0, `${warnings} ${told}`);
      if (!matters) continue;
      if (event === "kill") await server.restart();
      if (event !== "rebuild") await rebuild(source.cache);
    }
  }
  assert.ok(given > QUERIES * 100, `${given}`);
  // Each field of a filter was asked for.
  assert.equal(seen.size, LONG ? 16 : seen.size);
  assert.ok(seen.size > 12, [...seen].join());

  // The replica has taken its master's place, and can be written to.
  await cluster.ready(2);
  await write(clustered, spec("new"), pgns("new", 0, 500));
  assert.deepEqual(await read(clustered, "new"), pgns("new", 0, 500));
  await clustered.clearAll();
  assert.deepEqual(await clustered.sets(), []);
});
