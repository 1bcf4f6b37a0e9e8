import assert from "node:assert/strict";
import { Archive } from "../../src/archive/archive.ts";
import { ArchiveError } from "../../src/archive/archive_error.ts";
import { workerCounts, WorkerPool } from "../../src/scan/worker_pool.ts";
import { readGames, type ReadGamesOptions } from "../../src/scan/read_games.ts";
import { archiveText, errorOf, gameText, tempFolder } from "../_games.ts";
import { runScript } from "../_run_script.ts";
import { archivePath } from "../_archives.ts";
import { LONG } from "../_shared_data.ts";
import {
  announcement,
  type Bytes,
  concat,
  pieces,
  pzstd,
  seeded,
  utf8,
  zstd,
} from "../archive/_make_archives.ts";

const SCAN = { filters: [{}], maxGameLength: 1 << 20 };

/** Workers that are ready at once. */
async function readyPool(threads = 0): Promise<WorkerPool> {
  const pool = new WorkerPool(threads, SCAN);
  await pool.whenReady();
  return pool;
}

/** Reads to the end or to the error, with workers from the second frame on. */
async function read(
  path: string,
  options: Partial<ReadGamesOptions> = {},
): Promise<{ games: string[]; error?: unknown }> {
  const games: string[] = [];
  const decoder = new TextDecoder();
  try {
    for await (
      const { texts } of readGames(new Archive(path), {
        filters: [{}],
        maxGameLength: 1 << 20,
        pool: await readyPool(options.threads),
        ...options,
      })
    ) games.push(...texts.map((text) => decoder.decode(text)));
    return { games };
  } catch (error) {
    return { games, error };
  }
}

function assertPrefix(some: string[], all: string[], what: string): void {
  assert.ok(some.length <= all.length, what);
  some.forEach((game, i) => assert.equal(game, all[i], what));
}

/** Fails where a worker is left over. */
function assertNoWorker(): void {
  assert.equal(workerCounts.started, workerCounts.ended);
}

Deno.test("readGames() reports where an archive is cut off, at every byte", async () => {
  await using folder = await tempFolder();
  const frames = pieces(utf8(archiveText(30)), 2000).map((text) =>
    zstd(text, { level: 19 })
  );
  const archive = concat(
    frames.flatMap((one) => [announcement(one.length), one]),
  );
  const path = folder.write("games.pgn.zst", archive);
  const { games: all } = await read(path, { threads: 0 });
  assert.equal(all.length, 30);
  const ends = new Set<number>([0]);
  let end = 0;
  for (const one of frames) ends.add(end += 12 + one.length);
  for (let length = 1; length < archive.length; length++) {
    if (ends.has(length)) continue;
    folder.write("games.pgn.zst", archive.subarray(0, length));
    // Workers are slow to start: not at every place, unless there is time.
    const isTurn = LONG || length % 97 === 0;
    for (const threads of isTurn ? [0, 2] : [0]) {
      const { games, error } = await read(path, { threads });
      const what = `${length} bytes, ${threads} threads`;
      assert.ok(error instanceof ArchiveError, `${what}: ${error}`);
      assert.ok(error.offset > 0 && error.offset <= length, what);
      assert.equal(error.source, path);
      assertPrefix(games, all, what);
    }
  }
  assertNoWorker();
});

Deno.test("readGames() never gives other games where bits are flipped", async () => {
  await using folder = await tempFolder();
  const archive = pzstd(utf8(archiveText(400)), {
    frameSize: 16_000,
    level: 3,
  });
  const path = folder.write("games.pgn.zst", archive);
  const { games: all } = await read(path);
  const random = seeded(1);
  let errors = 0;
  const count = LONG ? 2000 : 200;
  for (let i = 0; i < count; i++) {
    const broken = archive.slice();
    const bit = Math.floor(random() * archive.length * 8);
    broken[bit >> 3] ^= 1 << (bit & 7);
    folder.write("games.pgn.zst", broken);
    const threads = i % 4 === 0 ? 2 : 0;
    const { games, error } = await read(path, { threads });
    const what = `bit ${bit}, ${threads} threads`;
    if (error === undefined) assert.deepEqual(games, all, what);
    else {
      errors++;
      assert.ok(error instanceof ArchiveError, `${what}: ${error}`);
      assert.ok(error.offset <= archive.length, what);
      assertPrefix(games, all, what);
    }
  }
  assert.ok(errors > count * 0.9);
  assertNoWorker();
});

/** An archive of several mebibytes in one frame, or in many. */
function longArchive(frameSize?: number): Bytes {
  const random = seeded(7);
  const noise = () =>
    Array.from({ length: 25 }, () => random().toString(36).slice(2)).join(" ");
  const text = utf8(
    Array.from(
      { length: 20_000 },
      (_, i) => gameText(i, { Opening: noise() }) + "\n\n",
    ).join(""),
  );
  return frameSize === undefined ? zstd(text) : pzstd(text, { frameSize });
}

for (const [layout, frameSize] of [["many frames", 1 << 18], ["one frame"]]) {
  const size = frameSize as number | undefined;
  Deno.test(`readGames() ends its workers however the reading of ${layout} ends`, async () => {
    await using folder = await tempFolder();
    const archive = longArchive(size);
    const path = folder.write("games.pgn.zst", archive);
    const options = async () => ({ ...SCAN, pool: await readyPool(2) });
    const started = workerCounts.started;
    for await (const _ of readGames(new Archive(path), await options())) break;
    assertNoWorker();
    const batches = readGames(new Archive(path), await options());
    for await (const { counters } of batches) {
      if (counters.games > 12_000) break;
    }
    assert.ok(workerCounts.started > started);
    assertNoWorker();

    for (const ms of [0, 5, 20, 60]) {
      const reason = new Error("Enough");
      const stop = new AbortController();
      setTimeout(() => stop.abort(reason), ms);
      const { error } = await read(path, { threads: 2, signal: stop.signal });
      assert.ok(error === reason || error === undefined, String(error));
      assertNoWorker();
    }

    archive[archive.length >> 1] ^= 1;
    folder.write("games.pgn.zst", archive);
    const { error } = await read(path, { threads: 2 });
    assert.ok(error instanceof ArchiveError);
    assertNoWorker();
  });

  Deno.test(`readGames() waits for a slow reader of ${layout}`, async () => {
    await using folder = await tempFolder();
    const path = folder.write("games.pgn.zst", longArchive(size));
    const all = (await read(path, { threads: 0 })).games;
    const given: string[] = [];
    let games = 0;
    for await (
      const { count, texts, counters } of readGames(new Archive(path), {
        ...SCAN,
        pool: await readyPool(2),
      })
    ) {
      games += count;
      assert.equal(counters.games, games);
      for (const text of texts) given.push(new TextDecoder().decode(text));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    assert.equal(games, 20_000);
    assert.ok(given.every((game, i) => game === all[i]));
    assertNoWorker();
  });
}

Deno.test("readGames() can be left while it waits for bytes that do not come", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await using folder = await tempFolder();
  const archive = folder.write("games.pgn.zst", longArchive(1 << 18));
  for (const threads of [0, 1, 2, 4]) {
    const path = folder.write(`${threads}.pipe`, new Uint8Array());
    await Deno.remove(path);
    await new Deno.Command("mkfifo", { args: [path] }).output();
    // All bytes come but the last ones, and the pipe stays open.
    await using _writer = new Deno.Command("sh", {
      args: [
        "-c",
        'exec 3> "$2"; head -c -1000 "$1" >&3; exec sleep 60',
        "sh",
        archive,
        path,
      ],
    }).spawn();
    let games = 0;
    const reading = (async () => {
      for await (
        const { count } of readGames(new Archive(path), {
          ...SCAN,
          pool: await readyPool(threads),
        })
      ) {
        games += count;
        if (games >= 15_000) break;
      }
      return true;
    })();
    const { promise: late, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), 10_000);
    assert.ok(await Promise.race([reading, late]), `${threads} threads`);
    clearTimeout(timer);
    assert.ok(games >= 15_000);
    assertNoWorker();
  }
});

Deno.test({
  name: "readGames() does not take workers' memory for all of the archive",
  async fn() {
    await using folder = await tempFolder();
    const path = archivePath("made/month.pgn.zst");
    const source = `
      import { GameLoader } from "@chess/game-cache";
      const loader = new GameLoader(${JSON.stringify(path)}, {
        cache: null,
        threads: 2,
      });
      let count = 0;
      for await (const _ of loader.loadGames({ minRating: 2000 })) {
        if (++count === 3) await new Promise((done) => setTimeout(done, 500));
      }
      const status = Deno.readTextFileSync("/proc/self/status");
      console.log(count, status.match(/VmHWM:\\s+(\\d+)/)[1]);
    `;
    const { code, stdout, stderr } = await runScript(folder.path, source, [
      "--allow-all",
    ]);
    assert.equal(stderr, "");
    assert.equal(code, 0);
    const [count, kilobytes] = stdout.trim().split(" ").map(Number);
    assert.ok(count > 100);
    assert.ok(kilobytes < 300_000, stdout);
  },
});

/** Serves this module's files, as a web server would. */
function serveModule(): { url: string; server: Deno.HttpServer } {
  const root = new URL("../../", import.meta.url);
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      try {
        const file = await Deno.readFile(new URL(`.${pathname}`, root));
        const type = pathname.endsWith(".json")
          ? "application/json"
          : "application/typescript";
        return new Response(file, { headers: { "content-type": type } });
      } catch {
        return new Response(null, { status: 404 });
      }
    },
  );
  return { url: `http://127.0.0.1:${server.addr.port}`, server };
}

Deno.test({
  name:
    "GameLoader uses workers where mod.ts is imported by URL, and none where their files may not be read",
  async fn() {
    const { url, server } = serveModule();
    await using _server = server;
    await using folder = await tempFolder();
    const path = archivePath("made/month.pgn.zst");
    const root = new URL("../../", import.meta.url).href;
    const { host } = new URL(url);
    for (
      const [base, args, isUsed] of [
        [url, ["--allow-read", "--allow-sys", `--allow-import=${host}`], true],
        [`${root}.`, [`--allow-read=${path}`], false],
        [`${root}.`, ["--allow-read"], true],
      ] as const
    ) {
      const source = `
        import { GameLoader } from "${base}/mod.ts";
        import { workerCounts } from "${base}/src/scan/worker_pool.ts";
        const loader = new GameLoader(${JSON.stringify(path)}, {
          cache: null,
          threads: 2,
        });
        let count = 0;
        for await (const _ of loader.loadGames({ minRating: 1800 })) count++;
        console.log(count, workerCounts.started, workerCounts.ended);
        // A reading that is given up keeps no process alive.
        const reader = loader.loadGames({ minRating: 2200 }).getReader();
        await reader.read();
      `;
      const { code, stdout, stderr } = await runScript(folder.path, source, [
        "--no-prompt",
        ...args,
      ], { seconds: 60 });
      const [count, started, ended] = stdout.trim().split(" ").map(Number);
      assert.ok(count > 1000, stderr);
      assert.equal(code, 0, stderr);
      assert.equal(started > 0, isUsed, `${base} ${args}: ${stdout} ${stderr}`);
      assert.equal(started, ended);
    }
  },
});

Deno.test("readGames() says what is wrong with a number of threads", async () => {
  const { GameLoader } = await import("../../src/game_loader.ts");
  for (const threads of [-1, 1.5, NaN]) {
    const error = await errorOf(() => new GameLoader("x", { threads }));
    assert.equal(error.name, "RangeError");
  }
});
