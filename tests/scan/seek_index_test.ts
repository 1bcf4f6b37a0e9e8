import assert from "node:assert/strict";
import { crc32 } from "node:zlib";
import { Archive } from "../../src/archive/archive.ts";
import { SeekIndex } from "../../src/scan/seek_index.ts";
import { findSeekPoint } from "../../src/scan/find_seek_point.ts";
import type { SeekPoint } from "../../src/scan/seek_point.ts";
import type { GameCache } from "../../src/cache/game_cache.ts";
import { CACHE_FORMAT } from "../../src/cache/game_set.ts";
import { SqliteGameCache } from "../../src/cache/sqlite_game_cache.ts";
import {
  type GameFilter,
  normalizeFilter,
} from "../../src/filter/game_filter.ts";
import { indexGames, type IndexReport } from "../../src/game_indexer.ts";
import { GameLoader } from "../../src/game_loader.ts";
import { LONG } from "../_shared_data.ts";
import {
  archiveText,
  setOf,
  type TempFolder,
  tempFolder,
  texts,
} from "../_games.ts";
import {
  concat,
  gzip,
  pieces,
  pzstd,
  seeded,
  utf8,
  zstd,
} from "../archive/_make_archives.ts";

const TACTICAL: GameFilter = { playstyle: "tactical" };
const MAX_GAME_LENGTH = 1 << 20;

function position(archive: number, offset: number): SeekPoint {
  const [textOffset, skip, games] = [offset * 5, 7, offset];
  const [badGames, droppedBytes] = [0, 3];
  return {
    archive,
    offset,
    textOffset,
    skip,
    games,
    badGames,
    droppedBytes,
  };
}

Deno.test("SeekIndex finds the last entry before a game, also from JSON", () => {
  const index = new SeekIndex();
  for (const offset of [0, 100, 200, 300]) {
    index.add({ ...position(0, offset), matched: offset / 2 });
  }
  index.add({ ...position(0, 200), matched: 100 }); // not after the last one
  const copy = SeekIndex.from(JSON.parse(JSON.stringify(index)))!;
  assert.deepEqual(copy.entries, index.entries);
  for (const one of [index, copy]) {
    assert.equal(one.entries.length, 4);
    assert.equal(one.find("games", 199)?.offset, 100);
    assert.equal(one.find("games", 200)?.offset, 200);
    assert.equal(one.find("matched", 1000)?.offset, 300);
  }
});

Deno.test("SeekIndex stays small, alike where it is stored in between", () => {
  let index = new SeekIndex();
  const whole = new SeekIndex();
  for (let offset = 0; offset < 10_000_000; offset += 1000) {
    index.add({ ...position(0, offset), matched: 0 });
    whole.add({ ...position(0, offset), matched: 0 });
    if (offset % 77_000 === 0) {
      index = SeekIndex.from(JSON.parse(JSON.stringify(index)))!;
    }
  }
  assert.ok(whole.entries.length <= 2048 && whole.entries.length > 1000);
  assert.deepEqual(index.entries, whole.entries);
  assert.equal(whole.entries[0].offset, 0);
});

Deno.test("SeekIndex.from() refuses what is no index", () => {
  const good = JSON.parse(JSON.stringify(new SeekIndex()));
  assert.ok(SeekIndex.from(good));
  for (
    const bad of [
      undefined,
      null,
      "x",
      {},
      { ...good, distance: "1" },
      { ...good, columns: good.columns.slice(1) },
      { ...good, columns: good.columns.map(() => [1.5]) },
      { ...good, columns: good.columns.map(() => [-1]) },
      {
        ...good,
        columns: good.columns.map((_: unknown, i: number) =>
          [i, 1].slice(i % 2)
        ),
      },
    ]
  ) assert.equal(SeekIndex.from(bad), undefined, JSON.stringify(bad));
});

/** Two archives of several frames each, and a plain one between them. */
function sequence(folder: TempFolder): string[] {
  const text = (count: number, rating: number) =>
    utf8(archiveText(count, (i) => ({ WhiteElo: String(rating + i % 700) })));
  return [
    folder.write("1.pgn.zst", pzstd(text(3000, 1200))),
    folder.write("2.pgn", text(50, 1200)),
    folder.write(
      "3.pgn.zst",
      concat(pieces(text(2000, 1800), 50_000).map((piece) => zstd(piece))),
    ),
  ];
}

async function load(
  paths: string | string[],
  query: Parameters<GameLoader["loadGames"]>[0],
  cache: GameCache | null = null,
) {
  const loader = new GameLoader(paths, { cache, writeIndex: true });
  return await texts(loader.loadGames(query));
}

/** The seek point for the game of a number, of all games. */
async function seekPointOf(paths: string | string[], game: number) {
  const archive = new Archive(paths);
  const status = await archive.status();
  assert.ok(status.kind === "known");
  const key = { format: CACHE_FORMAT, maxGameLength: MAX_GAME_LENGTH };
  return await findSeekPoint(archive, status, { ...key, filter: {} }, game);
}

Deno.test("GameLoader reads the same with index files as without, and begins near the games wanted", async () => {
  await using folder = await tempFolder();
  const paths = sequence(folder);
  for (const filter of [{}, TACTICAL, { minRating: 1700 }]) {
    const all = await load(paths, filter);
    assert.ok(all.length > 700);
    assert.ok(Deno.statSync(`${paths[0]}.idx`).isFile);
    for (let offset = 0; offset < all.length + 50; offset += 97) {
      const some = await load(paths, { ...filter, offset, maxGames: 5 });
      assert.deepEqual(some, all.slice(offset, offset + 5), `${offset}`);
    }
    const point = await seekPointOf(paths, 4000);
    // The plain archive has no seek point of its own, but a file with its totals.
    assert.ok(Deno.statSync(`${paths[1]}.idx`).isFile);
    assert.equal(point?.archive, 2);
  }
  const [first] = paths;
  const all = await load(first, {});
  const point = await seekPointOf(first, 2900);
  assert.ok(point !== undefined && point.games <= 2900 && point.games > 2000);
  // It is the index that is used: with garbage before the seek point, nothing is missed.
  const bytes = Deno.readFileSync(first);
  bytes.fill(0, 100, point.offset - 100);
  const broken = folder.write("broken.pgn.zst", bytes);
  const status = await new Archive(broken).status();
  assert.ok(status.kind === "known");
  const [{ size, hash }] = status.identities;
  const [modifiedAt] = status.modifiedAt;
  const index = JSON.parse(Deno.readTextFileSync(`${first}.idx`));
  folder.write(
    "broken.pgn.zst.idx",
    JSON.stringify({ ...index, size, hash, modifiedAt }),
  );
  assert.deepEqual(
    await load(broken, { offset: 2900, maxGames: 9 }),
    all.slice(2900, 2909),
  );
  await assert.rejects(load(broken, { offset: 100, maxGames: 2000 }));
});

type Json = Record<string, unknown>;

/** Index files that are whole and lead elsewhere. */
function misleading(good: { indexes: Json[] } & Json): string[] {
  const [offset, skip] = [1, 3];
  const changed = (change: (index: { columns: number[][] }) => void) => {
    const { indexes: [first], ...file } = structuredClone(good);
    change(first.index as { columns: number[][] });
    const indexes = [first];
    const check = crc32(JSON.stringify(indexes));
    return JSON.stringify({ ...file, check, indexes });
  };
  const indexes = [{ ...good.indexes[0], totals: null }];
  const check = crc32(JSON.stringify(indexes));
  return [
    changed(({ columns }) => columns[offset][5] += 1), // inside a frame
    changed(({ columns }) => columns[offset][5] += 1e9), // after the end
    changed(({ columns }) => columns[skip][5] += 10), // inside a game
    JSON.stringify({ ...good, indexes, check }),
  ];
}

Deno.test("GameLoader ignores an index file that is not about the archive, or damaged", async () => {
  await using folder = await tempFolder();
  const text = utf8(archiveText(3000));
  const path = folder.write("games.pgn.zst", pzstd(text));
  const all = await load(path, {});
  const good = JSON.parse(Deno.readTextFileSync(`${path}.idx`));
  const wrong = structuredClone(good);
  wrong.indexes[0].index.columns[1][3] += 1;
  for (
    const bad of [
      "",
      "[]",
      "null",
      JSON.stringify(good).slice(0, -9),
      JSON.stringify({ ...good, version: 99 }),
      JSON.stringify({ ...good, format: -1 }),
      JSON.stringify({ ...good, size: good.size + 1 }),
      JSON.stringify({ ...good, hash: good.hash.replace(/./, "x") }),
      JSON.stringify({ ...good, maxGameLength: 5 }),
      JSON.stringify({ ...good, modifiedAt: good.modifiedAt + 1 }),
      ...misleading(good),
      JSON.stringify(wrong),
    ]
  ) {
    Deno.writeTextFileSync(`${path}.idx`, bad);
    const some = await load(path, { offset: 2500, maxGames: 7 });
    assert.deepEqual(some, all.slice(2500, 2507), bad.slice(0, 99));
  }
  await load(path, {});
  const again = JSON.parse(Deno.readTextFileSync(`${path}.idx`));
  assert.deepEqual(again, good);
});

Deno.test("GameLoader leaves out the index file where its folder cannot be written", async () => {
  await using folder = await tempFolder();
  const path = folder.write("games.pgn.zst", pzstd(utf8(archiveText(3000))));
  // A folder of that name stands in the way.
  Deno.mkdirSync(`${path}.idx`);
  const warnings: string[] = [];
  const loader = new GameLoader(path, {
    cache: null,
    writeIndex: true,
    onWarning: ({ message }) => void warnings.push(message),
  });
  assert.equal((await texts(loader.loadGames())).length, 3000);
  assert.deepEqual(warnings, []);
  assert.deepEqual(
    [...Deno.readDirSync(folder.path)].map(({ name }) => name).sort(),
    ["games.pgn.zst", "games.pgn.zst.idx"],
  );
});

Deno.test("GameLoader writes no index file into a folder that nobody may write to, also for root", async () => {
  await using folder = await tempFolder();
  const path = folder.write("games.pgn.zst", pzstd(utf8(archiveText(3000))));
  const namesInside = () =>
    [...Deno.readDirSync(folder.path)].map(({ name }) => name).sort();
  Deno.chmodSync(folder.path, 0o555);
  try {
    const loader = new GameLoader(path, { cache: null, writeIndex: true });
    assert.equal((await texts(loader.loadGames())).length, 3000);
    assert.deepEqual(namesInside(), ["games.pgn.zst"]);
  } finally {
    Deno.chmodSync(folder.path, 0o755);
  }
  const loader = new GameLoader(path, { cache: null, writeIndex: true });
  assert.equal((await texts(loader.loadGames())).length, 3000);
  assert.deepEqual(namesInside(), ["games.pgn.zst", "games.pgn.zst.idx"]);
});

Deno.test("GameLoader writes no file unless it is asked to; indexGames() does", async () => {
  await using folder = await tempFolder();
  const path = folder.write("games.pgn.zst", pzstd(utf8(archiveText(3000))));
  const all = await texts(new GameLoader(path, { cache: null }).loadGames());
  assert.equal(all.length, 3000);
  assert.deepEqual(
    [...Deno.readDirSync(folder.path)].map(({ name }) => name),
    ["games.pgn.zst"],
  );
  await using cache = new SqliteGameCache(`${folder.path}/games.sqlite`);
  await indexGames(path, cache, [{ name: "all", filter: {} }]);
  assert.ok(Deno.statSync(`${path}.idx`).isFile);
});

/** Counts the bytes that are read of files. */
function watchReads(): { bytes: number } & Disposable {
  const { prototype } = Deno.FsFile;
  const { read } = prototype;
  const watch = {
    bytes: 0,
    [Symbol.dispose]: () => void (prototype.read = read),
  };
  prototype.read = async function (buffer) {
    const length = await read.call(this, buffer);
    watch.bytes += length ?? 0;
    return length;
  };
  return watch;
}

const FILTERS: readonly GameFilter[] = [{}, TACTICAL, { minRating: 1700 }];

for (
  const [name, file, make] of [
    ["of one frame", "games.pgn.zst", zstd],
    ["of plain text", "games.pgn", (text: Uint8Array) => text],
    ["in gzip", "games.pgn.gz", gzip],
  ] as const
) {
  Deno.test(`indexGames() writes the totals of its filters next to an archive ${name}`, async () => {
    await using folder = await tempFolder();
    await using cache = new SqliteGameCache(`${folder.path}/games.sqlite`);
    const text = archiveText(
      900,
      (i) => ({ WhiteElo: `${1200 + i % 2 * 1800}` }),
    );
    const path = folder.write(file, make(utf8(text)));
    const { size } = Deno.statSync(path);

    /** The counts and shuffled games of a new loader, and what it reads for them. */
    async function observe() {
      await using loader = new GameLoader(path, { cache: null });
      await loader.countGames({ maxGames: 0 }); // it knows the archive now
      using counting = watchReads();
      const counts: number[] = [];
      for (const filter of FILTERS) {
        counts.push(await loader.countGames(filter));
      }
      const { bytes } = counting;
      using shuffling = watchReads();
      const query = { ...TACTICAL, shuffle: { seed: 1 } };
      const games = await texts(loader.loadGames(query));
      return { counts, games, counting: bytes, shuffling: shuffling.bytes };
    }

    const before = await observe();
    assert.ok(before.counting >= size * FILTERS.length);
    await indexGames(
      path,
      cache,
      FILTERS.map((filter, i) => ({ name: `set-${i}`, filter })),
    );
    const after = await observe();
    assert.equal(after.counting, 0);
    assert.ok(after.shuffling <= before.shuffling - size);
    assert.deepEqual(after.counts, before.counts);
    assert.deepEqual(after.games, before.games);
    const [all, tactical, strong] = after.counts;
    assert.equal(all, 900);
    assert.equal(tactical, after.games.length);
    assert.ok(strong > 0 && strong < all);

    // Changed later, the archive is counted again: by its time, and by its size.
    Deno.utimeSync(path, 1, 1);
    assert.ok((await observe()).counting >= size);
    folder.write(file, make(utf8(text.slice(text.indexOf("[Event", 10)))));
    assert.equal((await observe()).counts[0], 899);
  });
}

Deno.test("GameLoader begins where the index of a capped set says", async () => {
  await using folder = await tempFolder();
  await using cache = new SqliteGameCache(`${folder.path}/games.sqlite`);
  const path = folder.write("games.pgn.zst", pzstd(utf8(archiveText(4000))));
  const all = await load(path, TACTICAL);
  Deno.removeSync(`${path}.idx`);
  await indexGames(path, cache, [
    { name: "some", filter: TACTICAL, maxGames: 1500 },
  ]);
  const { checkpoint } = await setOf(cache, "some");
  assert.equal(checkpoint.frames, undefined); // they are next to the archive
  const archive = new Archive(path);
  const status = await archive.status();
  assert.ok(status.kind === "known");
  const key = { format: CACHE_FORMAT, maxGameLength: MAX_GAME_LENGTH };
  const filter = normalizeFilter(TACTICAL);
  const point = await findSeekPoint(archive, status, { ...key, filter }, 1499);
  assert.ok(point !== undefined && point.matched > 1200);
  for (const offset of [0, 700, 1400, 1499, 1500, 1600, 1990, 2100]) {
    const some = await load(path, { ...TACTICAL, offset, maxGames: 9 }, cache);
    assert.deepEqual(some, all.slice(offset, offset + 9), `${offset}`);
  }
});

/** What a set holds, apart from names, times and where it would have resumed. */
async function contentOf(cache: GameCache, name: string) {
  const { generation: _g, createdAt: _c, updatedAt: _u, ...set } = await setOf(
    cache,
    name,
  );
  const { position: _p, ...checkpoint } = set.checkpoint;
  return {
    set: { ...set, checkpoint },
    games: await texts(cache.getGames(name, 0)),
  };
}

for (const threads of [0, 2]) {
  Deno.test(`indexGames() continues at the frame where it stopped, with ${threads} threads`, async () => {
    await using folder = await tempFolder();
    const paths = sequence(folder);
    const bad = '[Event "?"]\n[Site "?"]\n\n1. e4 { never closed\n\n';
    const text = Array.from({ length: 50 }, () => archiveText(400) + bad);
    paths.push(folder.write("0.pgn.zst", pzstd(utf8(text.join("")))));
    paths.push(folder.write("4.pgn.gz", gzip(utf8(archiveText(500)))));
    const sets = [
      { name: "tactical", filter: TACTICAL },
      { name: "strong", filter: { minRating: 1700 } },
      { name: "capped", filter: {}, maxGames: 1000 },
    ];
    await using undisturbed = new SqliteGameCache(`${folder.path}/0.sqlite`);
    const whole = await indexGames(paths, undisturbed, sets, { threads });
    const expected = await Promise.all(
      sets.map(({ name }) => contentOf(undisturbed, name)),
    );
    let skipped = 0;
    for (let run = 0; run < (LONG ? 60 : 6); run++) {
      const random = seeded(run);
      await using cache = new SqliteGameCache(
        `${folder.path}/${run + 1}.sqlite`,
      );
      let report: IndexReport | undefined;
      while (report === undefined) {
        const stop = new AbortController();
        const { signal } = stop;
        let left = Math.floor(random() * whole.badGames * 1.2);
        try {
          report = await indexGames(paths, cache, sets, {
            threads,
            signal,
            onBadGame: () => void (left-- === 0 && stop.abort()),
          });
        } catch (error) {
          assert.equal((error as Error).name, "AbortError");
        }
      }
      const { bytesRead, bytesSkipped = 0, totalBytes = 0 } = report;
      // What stands in the last group of frames is read again.
      assert.ok(bytesRead + bytesSkipped <= totalBytes, `run ${run}`);
      assert.ok(bytesRead + bytesSkipped > totalBytes * 0.9, `run ${run}`);
      skipped += bytesSkipped;
      assert.equal(report.badGames, whole.badGames);
      for (const [i, { name }] of sets.entries()) {
        assert.deepEqual(
          await contentOf(cache, name),
          expected[i],
          `run ${run}`,
        );
      }
    }
    assert.ok(skipped > 0);
  });
}

Deno.test("GameLoader asks a web server only for the frames that it needs", async () => {
  await using folder = await tempFolder();
  await using cache = new SqliteGameCache(`${folder.path}/games.sqlite`);
  const random = seeded(3);
  const archive = pzstd(
    utf8(archiveText(20_000, () => ({ Opening: random().toString(36) }))),
  );
  const path = folder.write("games.pgn.zst", archive);
  const all = await load(path, {});
  let sent = 0;
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => {
      const [, from, to] =
        /^bytes=(\d+)-(\d*)$/.exec(request.headers.get("range") ?? "") ??
          ["", "0", ""];
      const end = to === "" ? archive.length : Number(to) + 1;
      const part = archive.slice(Number(from), end);
      sent += part.length;
      return new Response(part, {
        status: request.headers.has("range") ? 206 : 200,
        headers: {
          "content-range": `bytes ${from}-${end - 1}/${archive.length}`,
        },
      });
    },
  );
  const url = `http://127.0.0.1:${server.addr.port}/games.pgn.zst`;
  await indexGames(url, cache, [{ name: "rare", filter: { eco: "A00" } }]);
  sent = 0;
  await load(url, { maxGames: 1 }, cache);
  const identifying = sent;
  for (const offset of [0, 9000, 19_990]) {
    sent = 0;
    const some = await load(url, { offset, maxGames: 5 }, cache);
    assert.deepEqual(some, all.slice(offset, offset + 5));
    const share = 1 - offset / all.length;
    // Whether it is the same archive takes as much as always; where a seek point
    // leads is looked at before it is read from.
    assert.ok(
      sent <= Math.min(identifying, archive.length) +
          2 * archive.length * share + 100_000,
      `${offset}: ${sent}`,
    );
  }
});
