import assert from "node:assert/strict";
import { join } from "node:path";
import type { GameCache } from "../src/cache/game_cache.ts";
import type { SetInfo } from "../src/cache/game_set.ts";
import { GameCacheError } from "../src/cache/game_cache_error.ts";
import { RedisGameCache } from "../src/cache/redis_game_cache.ts";
import { SqliteGameCache } from "../src/cache/sqlite_game_cache.ts";
import type { GameFilter } from "../src/filter/game_filter.ts";
import { indexGames } from "../src/game_indexer.ts";
import { GameLoader } from "../src/game_loader.ts";
import { archiveText, type TempFolder, tempFolder, texts } from "./_games.ts";
import { seeded } from "./_pgn_data.ts";
import { RedisServer } from "./_redis_server.ts";
import { LONG } from "./_shared_data.ts";

const WRITERS_KILLED = LONG ? 100 : 10;
const SERVERS_KILLED = LONG ? 30 : 3;
const REBUILDS = 20;

const FILTERS: readonly GameFilter[] = [{ minRating: 1600 }, {
  maxRating: 2200,
}];

Deno.test(`indexGames() killed at ${WRITERS_KILLED} moments leaves a prefix, and resumes from it`, async () => {
  await using folder = await tempFolder();
  const { path, expected } = await archiveIn(folder, 20_000);
  await using server = await RedisServer.start();
  await using cache = new RedisGameCache({ url: server.url });
  const random = seeded(6);
  const seen = { none: 0, unfinished: 0, complete: 0, capped: 0, untidy: 0 };
  let longest = 0;
  for (let n = 0; n <= WRITERS_KILLED; n++) {
    const [before] = await cache.sets();
    const present = before === undefined ? 0 : filterNumber(before);
    // Every third one makes the set anew, with the other filter.
    const replace = before !== undefined && random() < 0.4;
    const filter = replace ? 1 - present : present;
    const writer = new Writer(path, server.url, FILTERS[filter], replace);
    if (n === 0 || n === WRITERS_KILLED) {
      longest = Math.max(longest, await writer.ended());
      const [set] = await cache.sets();
      assert.equal(set.state, "complete");
      if (n === 0) await cache.clear("set");
    } else {
      await writer.kill(random() * longest * 1.1);
    }
    const [set] = await cache.sets();
    seen[set?.state ?? "none"]++;
    if (set?.isUntidy) seen.untidy++;
    if (set !== undefined) await assertPrefix(cache, set, expected);
  }
  const [set] = await cache.sets();
  assert.equal(set.count, expected[filterNumber(set)].length);
  // Nothing is left of those that were killed.
  const blocks = Math.ceil(set.count / 1000);
  assert.equal(await server.cli("DBSIZE"), String(set.count + blocks + 2));
  if (LONG) assert(Object.values(seen).filter((n) => n > 0).length >= 4);
});

Deno.test(`indexGames() continues after Redis was killed at ${SERVERS_KILLED} moments`, async () => {
  await using folder = await tempFolder();
  const { path, expected } = await archiveIn(folder, 6000);
  const sets = [{ name: "set", filter: FILTERS[0] }];
  const random = seeded(7);
  await using server = await RedisServer.start({
    args: ["--appendonly", "yes"],
  });
  await using cache = new RedisGameCache({
    url: server.url,
    lockDuration: 300,
    commandTimeout: 500,
  });
  const start = performance.now();
  await indexGames(path, cache, sets);
  const longest = performance.now() - start;
  for (let n = 0; n < SERVERS_KILLED; n++) {
    const replace = n % 2 === 0;
    if (!replace) await cache.clear("set");
    const indexing = indexGames(path, cache, sets, { replace }).then(
      () => undefined,
      (error) => error,
    );
    await delay(random() * longest);
    await server.restart();
    const error = await indexing;
    if (error !== undefined) {
      assert(error instanceof GameCacheError, String(error));
      const faults = ["unreachable", "replaced"];
      assert(faults.includes(error.fault), error.message);
    }
    // A server that is killed may forget the last second of what it was told.
    const [kept] = await cache.sets();
    if (kept !== undefined) await assertPrefix(cache, kept, expected);
    await indexGames(path, cache, sets);
    const [set] = await cache.sets();
    assert.deepEqual([set.state, set.isUntidy], ["complete", undefined]);
    assert.deepEqual(await gamesOf(cache, set), expected[0]);
    const blocks = Math.ceil(set.count / 1000);
    assert.equal(await server.cli("DBSIZE"), String(set.count + blocks + 2));
  }
});

for (const kind of ["RedisGameCache", "SqliteGameCache"]) {
  Deno.test(`Readers of ${kind} see one generation each while a set is rebuilt ${REBUILDS} times`, async () => {
    await using folder = await tempFolder();
    const { path, expected } = await archiveIn(folder, 1500);
    await using server = await RedisServer.start();
    const open = (): GameCache =>
      kind === "RedisGameCache"
        ? new RedisGameCache({ url: server.url })
        : new SqliteGameCache(join(folder.path, "games.sqlite"));
    await using cache = open();
    const index = (filter: number) =>
      indexGames(path, cache, [{ name: "set", filter: FILTERS[filter] }], {
        replace: true,
      });
    await index(0);
    let isDone = false;
    const whole = [0, 0];
    let replaced = 0;

    async function readAgainAndAgain(): Promise<void> {
      await using reader = open();
      while (!isDone) {
        const sets = await reader.sets();
        assert.equal(sets.length, 1);
        const [set] = sets;
        const which = filterNumber(set);
        assert.equal(set.state, "complete");
        assert.equal(set.count, expected[which].length);
        const given: string[] = [];
        try {
          for await (const batch of reader.readGames(set, 0, Infinity)) {
            given.push(...batch.map((game) => new TextDecoder().decode(game)));
            await delay(1);
          }
          assert.equal(given.length, set.count);
          whole[which]++;
        } catch (error) {
          assert(error instanceof GameCacheError, String(error));
          assert.equal(error.fault, "replaced", error.message);
          replaced++;
        }
        assert.deepEqual(given, expected[which].slice(0, given.length));
      }
    }

    async function loadAgainAndAgain(): Promise<void> {
      await using reader = open();
      await using loader = new GameLoader(path, {
        cache: reader,
        onWarning: () => {},
      });
      while (!isDone) {
        for (const [which, filter] of FILTERS.entries()) {
          const games = await texts(loader.loadGames(filter));
          assert.deepEqual(games, expected[which]);
        }
        await delay(1);
      }
    }

    const readers = [
      readAgainAndAgain(),
      readAgainAndAgain(),
      loadAgainAndAgain(),
    ].map((reader) =>
      reader.catch((error) => {
        isDone = true;
        throw error;
      })
    );
    for (let n = 1; n <= REBUILDS && !isDone; n++) {
      await index(n % 2);
      await delay(20);
    }
    isDone = true;
    await Promise.all(readers);
    assert(whole[0] > 0 && whole[1] > 0, `${whole}`);
    assert(replaced > 0 || whole[0] + whole[1] > REBUILDS, `${replaced}`);
  });
}

/** An indexer in a process of its own. */
class Writer {
  readonly #process: Deno.ChildProcess;
  readonly #started: Promise<unknown>;

  constructor(
    path: string,
    url: string,
    filter: GameFilter,
    replace: boolean,
  ) {
    const root = new URL("../src/", import.meta.url).href;
    const script = `
      import { indexGames } from "${root}game_indexer.ts";
      import { RedisGameCache } from "${root}cache/redis_game_cache.ts";
      await using cache = new RedisGameCache({
        url: ${JSON.stringify(url)},
        lockDuration: 200,
      });
      await cache.sets();
      console.log("started");
      const sets = [{ name: "set", filter: ${JSON.stringify(filter)} }];
      await indexGames(${JSON.stringify(path)}, cache, sets, {
        replace: ${replace},
      });`;
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-lock", "--no-check", "--ext=ts", script],
      env: { NO_COLOR: "1" },
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const reader = this.#process.stdout.getReader();
    this.#started = reader.read();
    this.#started.then(() => reader.cancel());
  }

  /** Kills it some time after it began. */
  async kill(after: number): Promise<void> {
    await this.#started;
    await delay(after);
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It was done.
    }
    await this.#process.status;
  }

  /** Waits until it is done; gives how long that took. */
  async ended(): Promise<number> {
    await this.#started;
    const start = performance.now();
    assert.equal((await this.#process.status).code, 0);
    return performance.now() - start;
  }
}

/** An archive, and which of its games pass each filter. */
async function archiveIn(
  folder: TempFolder,
  games: number,
): Promise<{ path: string; expected: string[][] }> {
  const random = seeded(games);
  const path = folder.write(
    "games.pgn",
    archiveText(games, () => {
      const rating = String(1500 + Math.floor(random() * 900));
      return { WhiteElo: rating, BlackElo: rating };
    }),
  );
  await using loader = new GameLoader(path, { cache: null });
  const expected: string[][] = [];
  for (const filter of FILTERS) {
    expected.push(await texts(loader.loadGames(filter)));
  }
  return { path, expected };
}

function filterNumber({ filter }: SetInfo): number {
  return FILTERS.findIndex((one) =>
    JSON.stringify(one) === JSON.stringify(filter)
  );
}

async function assertPrefix(
  cache: GameCache,
  set: SetInfo,
  expected: string[][],
): Promise<void> {
  const games = await gamesOf(cache, set);
  assert.equal(games.length, set.count);
  assert.deepEqual(games, expected[filterNumber(set)].slice(0, set.count));
  if (set.state === "complete") {
    assert.equal(set.count, expected[filterNumber(set)].length);
  }
}

async function gamesOf(cache: GameCache, set: SetInfo): Promise<string[]> {
  const decoder = new TextDecoder();
  const games: string[] = [];
  for await (const batch of cache.readGames(set, 0, Infinity)) {
    games.push(...batch.map((game) => decoder.decode(game)));
  }
  return games;
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
