import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { Archive } from "../../src/archive/archive.ts";
import { ArchiveError } from "../../src/archive/archive_error.ts";
import type { ReadCounters } from "../../src/scan/game_joiner.ts";
import { readGames } from "../../src/scan/read_games.ts";
import { GameLoader } from "../../src/game_loader.ts";
import {
  archiveText,
  errorOf,
  gameText,
  tempFolder,
  texts,
} from "../_games.ts";
import {
  archivePath,
  available,
  madeGames,
  readArchive,
} from "../_archives.ts";
import { LONG } from "../_shared_data.ts";
import {
  concat,
  LAYOUTS,
  pzstd,
  utf8,
  zstd,
} from "../archive/_make_archives.ts";

/** How many games each archive has. */
const FILES: readonly [name: string, games: number][] = [
  ["made/2013.pgn.zst", 2500],
  ["made/2021.pgn.gz", 1000],
  ["made/export.pgn", 1000],
  ["made/faults.pgn.zst", countMade("made/faults")],
  ["made/month.pgn.zst", 120_000],
  ["lichess/db_2013-01_first40000.pgn.zst", 40_000],
  ["lichess/db_2013-01_full_121332.pzstd-multiframe.pgn.zst", 121_332],
  ["lichess/db_2013-02_reprocessed_dups_2551.pgn.zst", 2551],
  ["lichess/db_2021-10_first999.concat-frames.pgn.zst", 999],
  ["lichess/db_2021-10_first999.multimember.pgn.gz", 999],
  ["lichess/db_2021-10_first999.pgn", 999],
  ["lichess/db_2021-10_first999.pgn.gz", 999],
  ["lichess/db_search_2017-05_no_event_tag.pgn", 298],
  ["lichess/export_eval_clk_2023-2024_1000.pgn.zst", 1000],
  ["lichess/user_export_clk_variants_2021_8000.pgn.zst", 8000],
];

/** Of archives longer than this, which are those of whole months, only the beginning is compressed anew. */
const LONG_TEXT = 25_000_000;
const PREFIX = 6_000_000;

/** The games that are not bad. */
function countMade(name: string): number {
  return madeGames(name).filter(({ fate }) => fate !== "bad").length;
}

function load(path: string): Promise<string[]> {
  return texts(new GameLoader(path, { cache: null }).loadGames());
}

/** As many whole games as fit into `length` bytes. */
function beginning(text: Uint8Array, length: number) {
  const end = Buffer.from(text.buffer, text.byteOffset, length)
    .lastIndexOf("\n\n[Event ");
  return text.slice(0, end);
}

/** The games of all of the text, each of which stands in it as it is. */
function assertGamesOf(text: string, games: readonly string[]): void {
  let at = 0;
  for (const [i, game] of games.entries()) {
    const start = text.indexOf(game, at);
    assert.ok(start >= at, `game ${i}`);
    assert.ok(text.slice(at, start).trim() === "", `before game ${i}`);
    at = start + game.length;
  }
  assert.ok(text.slice(at).trim() === "", "after the last game");
}

for (const [name, count] of FILES) {
  if (available([name]).length === 0) continue;
  Deno.test({
    name: `GameLoader gives the same games of ${name} in every layout`,
    async fn() {
      await using folder = await tempFolder();
      const whole = readArchive(name);
      const all = await load(archivePath(name));
      assert.equal(all.length, count);
      if (!name.includes("faults")) {
        assertGamesOf(new TextDecoder().decode(whole), all);
      }

      const text = whole.length <= LONG_TEXT || LONG
        ? Uint8Array.from(whole)
        : beginning(whole, PREFIX);
      let expected: string[] | undefined;
      for (const layout of [...LAYOUTS].reverse()) {
        const path = folder.write(
          `games${layout.extension}`,
          layout.make(text),
        );
        const games = await load(path);
        if (expected === undefined) {
          expected = games;
          if (name.includes("faults")) assert.deepEqual(games, all);
          else assertGamesOf(new TextDecoder().decode(text), games);
          assert.ok(games.length > 200);
        }
        assert.equal(games.length, expected.length, layout.name);
        assert.ok(
          games.every((game, i) => game === expected![i]),
          layout.name,
        );
      }
    },
  });
}

/** Reads everything with the counts at the end. */
async function readAll(paths: string | string[], signal?: AbortSignal) {
  const errors: Error[] = [];
  const batches = readGames(new Archive(paths), {
    filters: [{}],
    maxGameLength: 2000,
    onBadGame: (error) => errors.push(error),
    signal,
  });
  const decoder = new TextDecoder();
  const read: string[] = [];
  let counters: ReadCounters | undefined;
  for await (const batch of batches) {
    for (const text of batch.texts) read.push(decoder.decode(text));
    counters = batch.counters;
  }
  const { bytesRead = 0, textBytes = 0, badGames = 0, droppedBytes = 0 } =
    counters ?? {};
  return { read, errors, bytesRead, textBytes, badGames, droppedBytes };
}

Deno.test("readGames() counts bytes, bad games and what stands between them", async () => {
  await using folder = await tempFolder();
  const long = gameText(1, {}, "{ " + "x".repeat(3000) + " }");
  const text = utf8(`${gameText(0)}\n\nnonsense\n\n${long}\n\n${gameText(2)}`);
  const archive = pzstd(text);
  const path = folder.write("games.pgn.zst", archive);
  const { read, errors, ...counts } = await readAll(path);
  assert.deepEqual(read, [gameText(0), gameText(2)]);
  assert.deepEqual(counts, {
    bytesRead: archive.length,
    textBytes: text.length,
    badGames: 1,
    droppedBytes: 8,
  });
  assert.equal(errors.length, 1);
});

Deno.test("readGames() ends a game with its file, and continues in the next", async () => {
  await using folder = await tempFolder();
  const cut = '[Event "cut"]\n\n1. e4 { never closed';
  const one = folder.write("1.pgn", `${gameText(1)}\n\n${cut}`);
  const empty = folder.write("2.pgn", "");
  const two = folder.write("3.pgn.zst", zstd(utf8(`${gameText(2)}\n`)));
  const { read, badGames, bytesRead, textBytes } = await readAll([
    one,
    empty,
    two,
  ]);
  const lone = await readAll(one);
  assert.deepEqual(read, [...lone.read, gameText(2)]);
  assert.equal(badGames, lone.badGames);
  const sizes = [one, two].map((path) => Deno.statSync(path).size);
  assert.equal(bytesRead, sizes[0] + sizes[1]);
  assert.equal(textBytes, sizes[0] + gameText(2).length + 1);
});

Deno.test("readGames() gives all games before the damage", async () => {
  await using folder = await tempFolder();
  const frames = Array.from(
    { length: 4 },
    (_, i) => zstd(utf8(archiveText(100 * (i + 1)))),
  );
  const archive = concat(frames);
  const start = concat(frames.slice(0, 3)).length;
  archive[start + 20] ^= 0xff;
  const path = folder.write("games.pgn.zst", archive);
  const read: number[] = [];
  const batches = readGames(new Archive(path), {
    filters: [{}],
    maxGameLength: 1 << 20,
  });
  const error = await errorOf(async () => {
    for await (const batch of batches) read.push(batch.count);
  });
  assert.ok(error instanceof ArchiveError, String(error));
  assert.equal(error.source, path);
  assert.ok(error.offset >= start && error.offset <= archive.length);
  assert.ok(read.reduce((sum, count) => sum + count, 0) >= 600);
});

Deno.test("readGames() stops with the reason of its signal", async () => {
  await using folder = await tempFolder();
  const path = folder.write("games.pgn", archiveText(10));
  const reason = new Error("Enough");
  await assert.rejects(readAll(path, AbortSignal.abort(reason)), reason);
});

Deno.test("readGames() gives no game of an empty file", async () => {
  await using folder = await tempFolder();
  const { read } = await readAll(folder.write("empty.pgn.zst", ""));
  assert.deepEqual(read, []);
});
