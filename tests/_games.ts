import { join } from "node:path";
import { Archive, type ArchiveIdentity } from "../src/archive/archive.ts";
import type { GameCache } from "../src/cache/game_cache.ts";
import type { SetBatch, SetInfo } from "../src/cache/game_set.ts";
import { RedisGameCache } from "../src/cache/redis_game_cache.ts";
import { SqliteGameCache } from "../src/cache/sqlite_game_cache.ts";
import type { Game } from "../src/game.ts";
import { RedisServer } from "./_redis_server.ts";

/** A folder of the test's own. */
export interface TempFolder extends AsyncDisposable {
  readonly path: string;
  /** Writes a file and gives its path. */
  write(name: string, content: string | Uint8Array): string;
}

/** Makes a folder that is removed with all that is in it. */
export async function tempFolder(): Promise<TempFolder> {
  const path = await Deno.makeTempDir({ prefix: "games-" });
  return {
    path,
    write(name, content) {
      const file = join(path, name);
      if (typeof content === "string") Deno.writeTextFileSync(file, content);
      else Deno.writeFileSync(file, content);
      return file;
    },
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

/** A game with the tags that filters look at. */
export function gameText(
  number: number,
  tags: Record<string, string> = {},
  moves = "1. e4 e5 2. Nf3 Nc6 3. Bb5 a6",
): string {
  const all = {
    Event: "Rated Blitz game",
    Site: `https://lichess.org/${String(number).padStart(8, "0")}`,
    White: `white ${number}`,
    Black: "black",
    Result: "1-0",
    UTCDate: "2013.01.05",
    WhiteElo: "1500",
    BlackElo: "1500",
    ECO: number % 2 === 0 ? "B20" : "D30",
    TimeControl: "300+0",
    Termination: "Normal",
    ...tags,
  };
  const lines = Object.entries(all).map(([name, value]) =>
    `[${name} "${value}"]\n`
  );
  return `${lines.join("")}\n${moves} ${all.Result}`;
}

/** The text of an archive of `count` games. */
export function archiveText(
  count: number,
  tags: (number: number) => Record<string, string> = () => ({}),
): string {
  return Array.from(
    { length: count },
    (_, i) => gameText(i, tags(i)) + "\n\n",
  ).join("");
}

/** The texts of a stream's games. */
export async function texts(stream: ReadableStream<Game>): Promise<string[]> {
  const result: string[] = [];
  for await (const game of stream) result.push(game.pgn);
  return result;
}

/** The error that `act` throws or rejects with; fails where there is none. */
export async function errorOf(
  act: () => unknown,
): Promise<Error & Record<string, unknown>> {
  try {
    await act();
  } catch (error) {
    return error as Error & Record<string, unknown>;
  }
  throw new Error("Nothing was thrown");
}

/** What a loader is created with to gather its warnings. */
export function warningsInto(warnings: string[]) {
  return { onWarning: ({ message }: Error) => void warnings.push(message) };
}

/** Stores of both kinds that are empty. */
export interface Caches extends AsyncDisposable {
  readonly server: RedisServer;
  readonly redis: RedisGameCache;
  readonly sqlite: SqliteGameCache;
  readonly sqlitePath: string;
}

/** Starts a server that keeps what it holds over a restart, and opens both caches. */
export async function startCaches(): Promise<Caches> {
  const server = await RedisServer.start({
    args: ["--appendonly", "yes", "--appendfsync", "always"],
  });
  const folder = await tempFolder();
  const sqlitePath = join(folder.path, "games.sqlite");
  const redis = new RedisGameCache({ url: server.url });
  const sqlite = new SqliteGameCache(sqlitePath);
  return {
    server,
    redis,
    sqlite,
    sqlitePath,
    async [Symbol.asyncDispose]() {
      await redis.close();
      await sqlite.close();
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** The set of this name as the cache reports it. */
export async function setOf(cache: GameCache, name: string): Promise<SetInfo> {
  const set = (await cache.sets()).find((set) => set.name === name);
  if (set === undefined) throw new Error(`There is no set ${name}`);
  return set;
}

/** What archives are known by. */
export async function identitiesOf(
  paths: ConstructorParameters<typeof Archive>[0],
): Promise<readonly ArchiveIdentity[]> {
  const status = await new Archive(paths).status();
  if (status.kind !== "known") throw new Error(`It is ${status.kind}`);
  return status.identities;
}

/** Writes a set of these games, made of the archive at `path`, and stops before its end. */
export async function writeUnfinished(
  cache: GameCache,
  path: string,
  set: Pick<SetInfo, "name" | "filter">,
  games: readonly string[],
): Promise<void> {
  const source = await identitiesOf(path);
  const writer = cache.writer({ ...set, source, maxGameLength: 1 << 20 })
    .getWriter();
  const encoder = new TextEncoder();
  await writer.write({
    games: games.map((game) => encoder.encode(game)),
    checkpoint: { gamesRead: games.length, badGames: 0, rejected: {} },
  });
  await writer.abort();
}

/** A cache that counts how often it is asked, and may do something before it answers. */
export function watched(
  cache: GameCache,
  before: (what: string) => unknown = () => {},
): GameCache & { readonly calls: Record<string, number> } {
  const calls: Record<string, number> = {};
  async function told(what: string): Promise<void> {
    calls[what] = (calls[what] ?? 0) + 1;
    await before(what);
  }
  return new Proxy(cache, {
    get(target, name) {
      if (name === "calls") return calls;
      const value = Reflect.get(target, name, target);
      switch (name) {
        case "sets":
          return (...args: Parameters<typeof cache.sets>) =>
            told("sets").then(() => target.sets(...args));
        case "readGamesAt":
          return async (...args: Parameters<typeof cache.readGamesAt>) => {
            await told("readGamesAt");
            const games = await target.readGamesAt(...args);
            await told("batch");
            return games;
          };
        case "readGames":
          return async function* (...args: Parameters<typeof cache.readGames>) {
            await told("readGames");
            for await (const games of target.readGames(...args)) {
              yield games;
              await told("batch");
            }
          };
      }
      return typeof value === "function" ? value.bind(target) : value;
    },
  }) as GameCache & { readonly calls: Record<string, number> };
}

/** A cache that reports how many batches have been written to it. */
export function writeWatched(
  cache: GameCache,
  told: (batches: number) => unknown,
): GameCache {
  let batches = 0;
  return new Proxy(cache, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (name !== "writer") {
        return typeof value === "function" ? value.bind(target) : value;
      }
      return (...args: Parameters<typeof cache.writer>) => {
        const writer = target.writer(...args).getWriter();
        writer.closed.catch(() => {});
        return new WritableStream<SetBatch>({
          start: () => writer.ready,
          async write(batch) {
            await writer.write(batch);
            await told(++batches);
          },
          close: () => writer.close(),
          abort: (reason) => writer.abort(reason),
        });
      };
    },
  });
}
