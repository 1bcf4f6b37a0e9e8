import assert from "node:assert/strict";
import { join } from "node:path";
import { SeekIndex } from "../src/scan/seek_index.ts";
import type { GameCache } from "../src/cache/game_cache.ts";
import { SqliteGameCache } from "../src/cache/sqlite_game_cache.ts";
import { archiveText, setOf, tempFolder, texts } from "./_games.ts";
import { pzstd, seeded, utf8 } from "./archive/_make_archives.ts";
import { LONG } from "./_shared_data.ts";

const SETS = ["tactical", "positional"] as const;

/** Indexes in a process of its own; `ready` is printed when games are being read. */
const SCRIPT = `
  import { indexGames, SqliteGameCache } from "${new URL(
  "../mod.ts",
  import.meta.url,
)}";
  await using cache = new SqliteGameCache(Deno.args[1], { lockDuration: 50 });
  let said = false;
  const sets = ${JSON.stringify(SETS)}
    .map((playstyle) => ({ name: playstyle, filter: { playstyle } }));
  const report = await indexGames(Deno.args[0], cache, sets, {
    threads: 2,
    onBadGame() {
      if (!said) console.log("ready");
      said = true;
    },
  });
  console.log(JSON.stringify(report));
`;

async function contentOf(path: string) {
  await using cache: GameCache = new SqliteGameCache(path);
  const content = [];
  for (const name of SETS) {
    const { generation: _g, createdAt: _c, updatedAt: _u, lock: _l, ...set } =
      await setOf(cache, name);
    // The last seek point that was met depends on where reading began.
    const { position: _p, ...checkpoint } = set.checkpoint;
    const games = await texts(cache.getGames(name, 0));
    content.push({ set: { ...set, checkpoint }, games });
  }
  return content;
}

Deno.test("indexGames() continues after SIGKILL at any moment, to the same cache", async () => {
  await using folder = await tempFolder();
  const script = folder.write("index.ts", SCRIPT);
  const bad = '[Event "?"]\n[Site "?"]\n\n1. e4 { never closed\n\n';
  const text = Array.from({ length: 40 }, () => bad + archiveText(2000));
  const archive = folder.write("games.pgn.zst", pzstd(utf8(text.join(""))));
  const { size } = Deno.statSync(archive);

  /** Runs to the end, or is killed some time after reading has begun. */
  async function index(cache: string, killAfter?: number) {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-lock", "--no-config", "-A", script, archive, cache],
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const startedAt = performance.now();
    let output = "";
    let readyAt = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    for await (
      const some of child.stdout.pipeThrough(new TextDecoderStream())
    ) {
      output += some;
      if (readyAt > 0 || !output.includes("ready")) continue;
      readyAt = performance.now();
      if (killAfter !== undefined) {
        timer = setTimeout(() => {
          try {
            child.kill("SIGKILL");
          } catch {
            // It has ended by itself.
          }
        }, killAfter);
      }
    }
    clearTimeout(timer);
    const { success } = await child.status;
    const ms = performance.now() - (readyAt || startedAt);
    const line = output.trim().split("\n").at(-1)!;
    return { report: success ? JSON.parse(line) : undefined, ms };
  }

  const first = join(folder.path, "first.sqlite");
  const whole = await index(first);
  assert.equal(whole.report.bytesRead, size);
  const expected = await contentOf(first);
  assert.ok(expected[0].games.length > 10_000);

  const random = seeded(5);
  let killed = 0;
  let skipped = 0;
  for (let run = 0; run < (LONG ? 30 : 10); run++) {
    const path = join(folder.path, `${run}.sqlite`);
    const { report } = await index(path, whole.ms * random());
    if (report === undefined) killed++;
    let position: { offset: number } | undefined;
    {
      await using cache = new SqliteGameCache(path);
      for (const { checkpoint } of await cache.sets()) {
        const frames = SeekIndex.from(checkpoint.frames)?.entries ?? [];
        assert.ok(frames.every(({ games }) => games <= checkpoint.gamesRead));
        const { offset = 0 } = checkpoint.position ?? {};
        position = { offset: Math.min(position?.offset ?? Infinity, offset) };
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 60)); // the dead one's lock
    const again = (await index(path)).report;
    // Frames that were done are not read again.
    if (again.bytesRead > 0) {
      assert.equal(again.bytesSkipped ?? 0, position?.offset ?? 0);
      assert.equal(again.bytesRead + (again.bytesSkipped ?? 0), size);
    }
    skipped += again.bytesSkipped ?? 0;
    assert.deepEqual(await contentOf(path), expected, `run ${run}`);
  }
  assert.ok(killed >= 3, `${killed} were killed`);
  assert.ok(skipped > 0);
});
