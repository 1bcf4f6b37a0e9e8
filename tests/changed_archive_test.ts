import assert from "node:assert/strict";
import { SqliteGameCache } from "../src/cache/sqlite_game_cache.ts";
import { indexGames } from "../src/game_indexer.ts";
import { GameLoader } from "../src/game_loader.ts";
import {
  archiveText,
  errorOf,
  gameText,
  setOf,
  tempFolder,
  texts,
} from "./_games.ts";
import { gzip, utf8, zstd } from "./archive/_make_archives.ts";

const ALL = [{ name: "all", filter: {} }];

async function setUp() {
  const folder = await tempFolder();
  const cache = new SqliteGameCache(`${folder.path}/games.sqlite`);
  const path = folder.write("games.pgn", archiveText(3000));
  return {
    folder,
    cache,
    path,
    async [Symbol.asyncDispose]() {
      await cache.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

Deno.test("indexGames() completes no set of an archive that changes while it is read", async () => {
  const changes: Record<string, (path: string) => void> = {
    appended: (path) =>
      Deno.writeTextFileSync(path, `\n\n${gameText(3000)}`, { append: true }),
    "of the same length": (path) => {
      const file = Deno.openSync(path, { write: true });
      file.seekSync(1000, Deno.SeekMode.Start);
      file.writeSync(utf8("x"));
      file.close();
    },
  };
  for (const [name, change] of Object.entries(changes)) {
    await using at = await setUp();
    const games = Deno.readTextFileSync(at.path);
    Deno.writeTextFileSync(
      at.path,
      `[Event "?"]\n[Site "?"]\n\n1. e4 { never closed\n\n${games}`,
    );
    let isChanged = false;
    const error = await errorOf(() =>
      indexGames(at.path, at.cache, ALL, {
        onBadGame() { // it is reported while the archive is read
          if (!isChanged) change(at.path);
          isChanged = true;
        },
      })
    );
    assert.ok(isChanged);
    assert.match(error.message, /it was changed while it was read/, name);
    const set = (await at.cache.sets()).find(({ name }) => name === "all");
    assert.notEqual(set?.state, "complete", name);
  }
});

Deno.test("GameLoader takes no set of an archive whose middle was changed", async () => {
  await using at = await setUp();
  await indexGames(at.path, at.cache, ALL);
  const text = Deno.readTextFileSync(at.path);
  const at1 = text.indexOf("Nf3", text.length >> 1);
  Deno.writeTextFileSync(
    at.path,
    text.slice(0, at1) + "Nh3" + text.slice(at1 + 3),
  );
  const games = await texts(
    new GameLoader(at.path, { cache: at.cache }).loadGames(),
  );
  assert.equal(games.filter((game) => game.includes("Nh3")).length, 1);
});

Deno.test("GameLoader serves a complete set where the archive's server fails, and warns once", async () => {
  await using at = await setUp();
  await indexGames(at.path, at.cache, ALL);
  const all = await texts(at.cache.getGames("all", 0));
  let status = 429;
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("no", { status }),
  );
  const url = `http://127.0.0.1:${server.addr.port}/games.pgn`;
  const warnings: string[] = [];
  const onWarning = ({ message }: Error) => void warnings.push(message);
  const loader = new GameLoader(url, { cache: at.cache, onWarning });
  for (status of [429, 500, 503]) {
    warnings.length = 0;
    for (let i = 0; i < 2; i++) {
      const some = await texts(loader.loadGames({ offset: 2990 }));
      assert.deepEqual(some, all.slice(2990));
    }
    assert.equal(warnings.length, 1, String(status));
    assert.match(warnings[0], new RegExp(`instead of the archive.*${status}`));
  }
  const alone = new GameLoader(url, { cache: null });
  await assert.rejects(texts(alone.loadGames()), /answered 503/);
  await server.shutdown();
  warnings.length = 0;
  assert.equal((await texts(loader.loadGames())).length, 3000);
  assert.equal(warnings.length, 1);
});

Deno.test("indexGames() replaces no games by a text that has none", async () => {
  await using at = await setUp();
  await indexGames(at.path, at.cache, ALL);
  const page = utf8("<html><body>Log in</body></html>\n".repeat(9));
  const bad = utf8('[Event "x"]\n[Site "y"]\n\n1. e4 { never closed\n');
  for (const bytes of [page, zstd(page), gzip(page), bad]) {
    const other = at.folder.write("other.pgn.zst", bytes);
    await errorOf(() => indexGames(other, at.cache, ALL, { replace: true }));
    const set = await setOf(at.cache, "all");
    assert.deepEqual([set.count, set.state], [3000, "complete"]);
  }
  const empty = at.folder.write("empty.pgn", "");
  await indexGames(empty, at.cache, ALL, { replace: true });
  assert.equal((await setOf(at.cache, "all")).count, 0);
});

Deno.test("indexGames() says that an archive is not there, also where a set exists", async () => {
  await using at = await setUp();
  await indexGames(at.path, at.cache, ALL);
  const path = `${at.folder.path}/nothere.pgn.zst`;
  const error = await errorOf(() => indexGames(path, at.cache, ALL));
  assert.equal(error.name, "ArchiveError");
  assert.match(error.message, /No such file/);
});
