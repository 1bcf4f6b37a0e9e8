import assert from "node:assert/strict";
import { join } from "node:path";
import { SqliteGameCache } from "../../src/cache/sqlite_game_cache.ts";
import { indexGames } from "../../src/game_indexer.ts";
import { SAMPLE } from "../_archives.ts";
import { tempFolder } from "../_games.ts";

const PROJECT = new URL("../..", import.meta.url);

Deno.test("docs/training.md: a net learns from batches out of the cache, better than by move frequencies", async () => {
  const page = Deno.readTextFileSync(new URL("docs/training.md", PROJECT));
  const chapter = page.slice(page.indexOf("### jax-js"));
  const [, program] = chapter.match(/^```ts ignore\n(.*?)^```$/ms)!;
  await using folder = await tempFolder();
  const imports = { "@chess/game-cache": new URL("mod.ts", PROJECT).href };
  folder.write("deno.json", JSON.stringify({ imports }));
  folder.write("train.ts", program);
  const file = join(folder.path, "games.sqlite");
  {
    await using cache = new SqliteGameCache(file);
    await indexGames(SAMPLE, cache, [{ name: "all", filter: {} }]);
  }
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--no-check", "--no-lock", "train.ts", SAMPLE],
    cwd: folder.path,
    env: { GAME_CACHE_URL: `sqlite:${file}` },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assert.equal(code, 0, decode(stderr));
  const { net, frequencies } = JSON.parse(decode(stdout));
  assert.ok(net < frequencies - 0.15, `${net} to ${frequencies}`);
});
