import assert from "node:assert/strict";
import { Archive } from "../../src/archive/archive.ts";
import { workerCounts, WorkerPool } from "../../src/scan/worker_pool.ts";
import type { GameBatch } from "../../src/scan/game_joiner.ts";
import { readGames, type ReadGamesOptions } from "../../src/scan/read_games.ts";
import { badGameError } from "../../src/pgn/splitter/bad_game.ts";
import { PgnSplitter } from "../../src/pgn/splitter/pgn_splitter.ts";
import { copyUtf8 } from "../../src/pgn/raw_game.ts";
import { recordsOf } from "../../src/filter/game_record.ts";
import type { GameFilter } from "../../src/filter/game_filter.ts";
import { GameMatcher } from "../../src/filter/game_matcher.ts";
import { gameText, type TempFolder, tempFolder } from "../_games.ts";
import { latin1, randomPgn } from "../_pgn_data.ts";
import { LONG } from "../_shared_data.ts";
import {
  announcement,
  type Bytes,
  concat,
  frame,
  gzip,
  seeded,
  skippable,
  zstd,
} from "../archive/_make_archives.ts";

const FILTERS: readonly GameFilter[] = [
  {},
  { playstyle: "tactical", minRating: 1500 },
  { result: "1-0" },
];

const MAX_GAME_LENGTH = 3000;

/** All that a reading gives. */
interface Answer {
  readonly games: string[];
  readonly verdicts: number[][];
  readonly errors: string[];
  /** For each bad game, how many games come before. */
  readonly bad: number[];
  readonly droppedBytes: number;
  readonly textBytes: number;
}

/** Splits and judges whole texts, without any of what is tested here. */
function expected(texts: readonly Uint8Array[]): Answer {
  const errors: string[] = [];
  const bad: number[] = [];
  const splitter = new PgnSplitter({
    maxGameLength: MAX_GAME_LENGTH,
    isStepwise: true,
    onBad(one) {
      bad.push(one.gamesBefore);
      errors.push(badGameError(one, MAX_GAME_LENGTH).message);
    },
  });
  const judges = FILTERS.map((filter) => new GameMatcher(filter));
  const games: string[] = [];
  const verdicts: number[][] = FILTERS.map(() => []);
  for (const text of texts) {
    for (const game of [...splitter.push(text), ...splitter.end()]) {
      games.push(new TextDecoder().decode(copyUtf8(game)));
      judges.forEach((judge, i) => verdicts[i].push(judge.rejection(game)));
    }
  }
  const textBytes = texts.reduce((sum, text) => sum + text.length, 0);
  const { droppedBytes } = splitter;
  return { games, verdicts, errors, bad, droppedBytes, textBytes };
}

function holdsNoGame(text: Uint8Array): boolean {
  const { games, bad, droppedBytes } = expected([text]);
  return games.length + bad.length === 0 && droppedBytes > 0;
}

/** Reads with all that is tested here; also reports the places to begin at. */
async function read(
  paths: string | string[],
  options: Partial<ReadGamesOptions> = {},
): Promise<Answer & { batches: GameBatch[] }> {
  const errors: string[] = [];
  const bad: number[] = [];
  const games: string[] = [];
  const verdicts: number[][] = FILTERS.map(() => []);
  const batches: GameBatch[] = [];
  const before = workerCounts.started - workerCounts.ended;
  let count = options.from?.games ?? 0;
  let badGames = options.from?.badGames ?? 0;
  const scan = {
    filters: FILTERS,
    maxGameLength: MAX_GAME_LENGTH,
    makesRecords: true,
  };
  const pool = new WorkerPool(options.threads ?? 0, scan);
  await pool.whenReady(); // so that they take over at the second frame
  for await (
    const batch of readGames(new Archive(paths), {
      ...scan,
      pool,
      onBadGame: ({ message }) => errors.push(message),
      ...options,
    })
  ) {
    batches.push(batch);
    assert.deepEqual(batch.records, recordsOf(batch.texts));
    for (const text of batch.texts) games.push(new TextDecoder().decode(text));
    batch.rejections.forEach((some, i) => {
      assert.equal(some.length, batch.count);
      verdicts[i].push(...some);
    });
    if (batch.seekPoint !== undefined) {
      assert.equal(batch.seekPoint.games, count);
      assert.equal(batch.seekPoint.badGames, badGames);
    }
    bad.push(...batch.badGames.map((games) => games + count));
    count += batch.count;
    badGames += batch.badGames.length;
    assert.equal(batch.counters.games, count);
    assert.equal(batch.counters.badGames, badGames);
  }
  assert.equal(workerCounts.started - workerCounts.ended, before);
  const { droppedBytes = 0, textBytes = 0 } = batches.at(-1)?.counters ?? {};
  return { games, verdicts, errors, bad, droppedBytes, textBytes, batches };
}

/** A text of games, torn apart by whatever is found in archives. */
function randomText(random: () => number): Bytes {
  const parts: string[] = [];
  const pick = (values: readonly string[]) =>
    values[Math.floor(random() * values.length)];
  for (let i = Math.floor(random() * 40); i >= 0; i--) {
    const kind = random();
    if (kind < 0.2) parts.push(randomPgn(random));
    else if (kind < 0.3) {
      parts.push(
        pick([
          "{ never closed\n\n",
          "; a line\n",
          "% a line\n",
          "\n\n\n",
          "text\n\n",
          "\0\0\0\n\n",
          "\xef\xbb\xbf",
          '[Event "alone"]\n\n',
          '[Event "x\n\n',
          '(\n\n[Event "in a variation"]\n[Site "?"]\n\n',
          '{\n\n[Event "in a comment"]\n',
        ]),
      );
    } else {
      const moves = pick([
        "1. e4 e5 2. Nf3 Nc6 3. Bb5 a6",
        "1. e4 { a comment\n\nwith an empty line } e5 ( 1... c5 )",
        '1. e4 { [Event "x"] } e5',
        `1. e4 { ${"x".repeat(Math.floor(random() * 4000))} }`,
        "1. e4 { never closed ",
        "",
      ]);
      let game = gameText(i, {
        White: pick(["Jos\xe9", "J\xc3\xb3zsef", "\xe4\xb8\xad", "(x)"]),
        WhiteElo: pick(["1400", "1600", "?", "2000"]),
        Result: pick(["1-0", "0-1", "*", "1/2-1/2"]),
      }, moves);
      if (random() < 0.1) game = game.replace("\n\n", "\n");
      parts.push(game + pick(["\n\n", "\n\n", "\n\n", "\n\n\n", "\n", ""]));
    }
  }
  const text = parts.join("");
  const pgn = random() < 0.2 ? text.replaceAll("\n", "\r\n") : text;
  return Uint8Array.from(latin1(pgn));
}

/** Compresses a text into frames of all kinds, cut anywhere. */
function randomArchive(text: Bytes, random: () => number): Bytes {
  const count = 1 + Math.floor(random() * 40);
  const cuts = Array.from(
    { length: count - 1 },
    () => Math.floor(random() * (text.length + 1)),
  ).sort((a, b) => a - b);
  const parts: Bytes[] = [];
  for (const [i, end] of [...cuts, text.length].entries()) {
    const piece = text.slice(i === 0 ? 0 : cuts[i - 1], end);
    const made = random() < 0.7
      ? zstd(piece, {
        checksum: random() < 0.5,
        contentSize: random() < 0.5,
        level: random() < 0.5 ? 1 : 19,
      })
      : frame(
        // Raw blocks, and runs of one byte where the text has them.
        Array.from(piece.slice(0, 128 * 1024)).length === piece.length
          ? blocksOf(piece)
          : [{ raw: piece }],
        {
          checksum: random() < 0.5,
          contentSize: random() < 0.5 ? piece.length : undefined,
          windowLog: 17 + Math.floor(random() * 11),
        },
      );
    if (random() < 0.3) {
      const junk = Math.floor(random() * 16);
      parts.push(skippable(new Uint8Array(junk * 3), junk));
    }
    if (random() < 0.3) parts.push(announcement(made.length));
    parts.push(made);
  }
  return concat(parts);
}

function blocksOf(piece: Bytes) {
  const blocks: ({ raw: Bytes } | { byte: number; times: number })[] = [];
  let at = 0;
  while (at < piece.length) {
    let end = at + 1;
    while (end < piece.length && piece[end] === piece[at]) end++;
    if (end - at > 3) {
      blocks.push({ byte: piece[at], times: end - at });
    } else {
      end = Math.min(piece.length, at + 500);
      blocks.push({ raw: piece.slice(at, end) });
    }
    at = end;
  }
  return blocks.length > 0 ? blocks : [{ raw: piece }];
}

async function assertSame(
  folder: TempFolder,
  texts: readonly Bytes[],
  archives: readonly Bytes[],
  threads: readonly number[],
  what: string,
): Promise<void> {
  const paths = archives.map((bytes, i) => folder.write(`${i}.pgn.zst`, bytes));
  const answer = expected(texts);
  for (const count of threads) {
    const { batches, ...given } = await read(paths, { threads: count });
    assert.deepEqual(given, answer, `${what}, ${count} threads`);
    // Every place that was told leads to the same games again.
    for (const { seekPoint: position } of batches) {
      if (position === undefined || count > 0) continue;
      const rest = await read(paths, { threads: 0, from: position });
      assert.deepEqual(
        rest.games,
        answer.games.slice(position.games),
        `${what}, ${JSON.stringify(position)}`,
      );
      assert.deepEqual(rest.bad, answer.bad.slice(position.badGames));
      assert.deepEqual(rest.errors, answer.errors.slice(position.badGames));
      assert.equal(rest.droppedBytes, answer.droppedBytes);
    }
  }
}

Deno.test("readGames() gives the same of any archive for any number of threads", async () => {
  await using folder = await tempFolder();
  for (let seed = 0; seed < (LONG ? 600 : 40); seed++) {
    const random = seeded(seed);
    const files = random() < 0.2 ? 3 : 1;
    const texts = Array.from({ length: files }, () => {
      let text = randomText(random);
      while (holdsNoGame(text)) text = randomText(random); // that is an error
      return text;
    });
    const archives = texts.map((text) => {
      const kind = random();
      return text.length === 0 || kind < 0.8
        ? randomArchive(text, random)
        : kind < 0.9
        ? gzip(text)
        : text;
    });
    const threads = seed % 4 === 0 ? [0, 1, 2, 4] : [0, 1 + seed % 2];
    await assertSame(folder, texts, archives, threads, `seed ${seed}`);
  }
});

Deno.test("readGames() finds a seek point in each frame that is not tiny, also where workers scan several at once", async () => {
  await using folder = await tempFolder();
  const frames = Array.from({ length: 30 }, (_, i) => {
    const games = Array.from(
      { length: 60 + i },
      (_, k) =>
        gameText(100 * i + k, {}, "1. e4 e5 2. Nf3 Nc6 ".repeat(40)) + "\n\n",
    );
    return Uint8Array.from(latin1(games.join("")));
  });
  const text = concat(frames);
  // Cut between games, and inside of games.
  for (const shift of [0, 500]) {
    const cuts = frames.map((_, i) =>
      frames.slice(0, i).reduce((sum, { length }) => sum + length, 0) +
      (i === 0 ? 0 : shift)
    );
    const offsets: number[] = [];
    let length = 0;
    const archive = concat(cuts.map((cut, i) => {
      const made = zstd(text.slice(cut, cuts[i + 1]));
      offsets.push(length);
      length += made.length;
      return made;
    }));
    const path = folder.write(`${shift}.pgn.zst`, archive);
    for (const threads of [0, 1, 3]) {
      const { batches } = await read(path, { threads });
      const found = batches.flatMap(({ seekPoint }) => seekPoint ?? []);
      const what = `${shift}, ${threads} threads`;
      assert.deepEqual(
        [...new Set(found.map((one) => one.offset))],
        offsets,
        what,
      );
      for (const { skip } of found) assert.ok(skip <= 5000, what);
    }
  }
});
