import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { GameCache } from "../../src/cache/game_cache.ts";
import type {
  Checkpoint,
  SetBatch,
  SetInfo,
  SetSpec,
} from "../../src/cache/game_set.ts";
import { RedisGameCache } from "../../src/cache/redis_game_cache.ts";
import { SqliteGameCache } from "../../src/cache/sqlite_game_cache.ts";
import { RedisServer } from "../_redis_server.ts";

/** A place that holds a cache, and ways to damage what it holds. */
export interface Store extends AsyncDisposable {
  /** Opens the cache once more. */
  open(options?: { lockDuration?: number }): GameCache;
  /** Removes a game without the cache. */
  deleteGame(set: string, index: number): Promise<void>;
  /** Puts another text in a game's place. */
  overwriteGame(set: string, index: number, text: string): Promise<void>;
  /** Makes what a set is unreadable, and gives the key that an error names. */
  damageSet(set: string): Promise<string>;
  /** How an error names a game. */
  keyOf(set: string, index: number): string;
  /** How many games are stored, admitted or not. */
  storedGames(): Promise<number>;
}

/** Both stores, for what must hold for each. */
export const STORES: readonly { name: string; start(): Promise<Store> }[] = [
  { name: "RedisGameCache", start: startRedis },
  { name: "SqliteGameCache", start: startSqlite },
];

async function startRedis(): Promise<Store> {
  const server = await RedisServer.start();
  return {
    open: (options) => new RedisGameCache({ url: server.url, ...options }),
    async deleteGame(set, index) {
      await server.cli("DEL", `chess:game:${set}:${index}`);
    },
    async overwriteGame(set, index, text) {
      await server.cli("SET", `chess:game:${set}:${index}`, text);
    },
    async damageSet(set) {
      await server.cli("HSET", `chess:meta:${set}`, "count", 2);
      return `chess:meta:${set}`;
    },
    keyOf: (set, index) => `chess:game:${set}:${index}`,
    async storedGames() {
      const keys = await server.cli("KEYS", "chess:*game:*");
      return keys === "" ? 0 : keys.split("\n").length;
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function startSqlite(): Promise<Store> {
  const folder = await Deno.makeTempDir({ prefix: "sqlite-" });
  const path = join(folder, "games.sqlite");
  function run<T>(act: (database: DatabaseSync) => T): T {
    const database = new DatabaseSync(path);
    try {
      return act(database);
    } finally {
      database.close();
    }
  }
  const id = "(SELECT series * 4294967296 FROM sets WHERE name = ?) + ?";
  return {
    open: (options) => new SqliteGameCache(path, options),
    deleteGame: (set, index) =>
      Promise.resolve(run((database) => {
        database.prepare(`DELETE FROM games WHERE id = ${id}`).run(set, index);
      })),
    overwriteGame: (set, index, text) =>
      Promise.resolve(run((database) => {
        database.prepare(`UPDATE games SET pgn = ? WHERE id = ${id}`)
          .run(new TextEncoder().encode(text), set, index);
      })),
    damageSet(set) {
      run((database) => {
        database.prepare("UPDATE sets SET filter = '{' WHERE name = ?")
          .run(set);
      });
      return Promise.resolve(set);
    },
    keyOf: (set, index) => `${set}:${index}`,
    storedGames: () =>
      Promise.resolve(
        run((database) =>
          Number(database.prepare("SELECT count(*) AS n FROM games").get()!.n)
        ),
      ),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** What a set is made of, for tests that do not care. */
export function spec(name: string, changes: Partial<SetSpec> = {}): SetSpec {
  return {
    name,
    filter: { minRating: 2000 },
    source: [{ fileName: "games.pgn.zst", size: 1234, hash: "0af3" }],
    maxGameLength: 1 << 20,
    ...changes,
  };
}

/** The text of a game that says which it is. */
export function pgn(set: string, index: number): string {
  return `[Event "${set} ${index}"]\n[White "Ødegård"]\n\n1. e4 e5 ${
    "2. Nf3 Nc6 ".repeat(index % 7)
  }*`;
}

/** Games `first` to `end - 1` of a set. */
export function pgns(set: string, first: number, end: number): string[] {
  return Array.from({ length: end - first }, (_, i) => pgn(set, first + i));
}

/** A batch of games. */
export function batch(texts: string[], gamesRead = 0): SetBatch {
  const encoder = new TextEncoder();
  return {
    games: texts.map((text) => encoder.encode(text)),
    checkpoint: checkpoint(gamesRead),
  };
}

/** A checkpoint after `gamesRead` games. */
export function checkpoint(gamesRead: number): Checkpoint {
  return { gamesRead, badGames: 1, rejected: { minRating: gamesRead >> 1 } };
}

/** Writes a whole set. */
export async function write(
  cache: GameCache,
  set: SetSpec,
  texts: string[],
  options?: { resume?: SetInfo; replace?: boolean },
): Promise<void> {
  const writer = cache.writer(set, options).getWriter();
  await writer.write(batch(texts, texts.length));
  await writer.close();
}

/** The texts of a set's games. */
export async function read(
  cache: GameCache,
  set: string,
  offset = 0,
  count?: number,
): Promise<string[]> {
  const texts: string[] = [];
  for await (const game of cache.getGames(set, offset, count)) {
    texts.push(game.pgn);
  }
  return texts;
}

/** A set, as the cache reports it. */
export async function info(cache: GameCache, name: string): Promise<SetInfo> {
  const set = (await cache.sets()).find((set) => set.name === name);
  if (set === undefined) throw new Error(`No set ${name}`);
  return set;
}

/** Open files, pipes and sockets of this process. */
export function openFiles(): number {
  return [...Deno.readDirSync("/proc/self/fd")].length;
}
