import assert from "node:assert/strict";
import process from "node:process";
import { Archive } from "../../src/archive/archive.ts";
import { readGames } from "../../src/scan/read_games.ts";
import { archiveText, errorOf, tempFolder } from "../_games.ts";
import {
  type Bytes,
  concat,
  frame,
  gzip,
  skippable,
  utf8,
  zstd,
} from "../archive/_make_archives.ts";

const MB = 1 << 20;

/** The longest stretch without a turn of the event loop, in milliseconds of CPU. */
const LONGEST_BLOCK = 50;

/** How soon an abort must be heard, in milliseconds. */
const SOON = 200;

function repeated(text: string, length: number): Bytes {
  return utf8(text.repeat(Math.floor(length / text.length)));
}

/** A gibibyte of one byte, in some thousand bytes. */
function bomb(byte: number): Bytes {
  const block = { byte, times: 128 * 1024 };
  return frame(Array(8192).fill(block), { windowLog: 18 });
}

/** Archives that are short and take long, or look like many games and are none. */
const HOSTILE: Record<string, () => Bytes> = {
  "a gibibyte of one letter": () => bomb(65),
  "a gibibyte of spaces": () => bomb(32),
  "a gibibyte of line feeds": () => bomb(10),
  "brackets": () => zstd(repeated("[", 64 * MB)),
  "brackets, not compressed": () => repeated("[", 64 * MB),
  "braces": () => zstd(repeated("{", 64 * MB)),
  "parentheses": () => zstd(repeated("(", 32 * MB)),
  "halves of tags": () => zstd(repeated('\n[Event "', 32 * MB)),
  "games of one tag": () => zstd(repeated('\n\n[Event "x"]\n', 32 * MB)),
  "one game of tags": () => zstd(repeated('[A "b"]\n', 32 * MB)),
  "tags that never end": () => zstd(repeated('[A "\\', 32 * MB)),
  "comments that never end": () => zstd(repeated("{\n\n", 32 * MB)),
  "results": () => zstd(repeated("1-0 1. e4\n", 32 * MB)),
  "stars": () => zstd(repeated("*", 32 * MB)),
  "gzip of one letter": () => gzip(new Uint8Array(256 * MB).fill(65)),
  "empty gzip members": () =>
    concat(Array(200_000).fill(gzip(new Uint8Array(0)))),
  "empty zstd frames": () =>
    concat(
      Array(300_000).fill(zstd(new Uint8Array(0), { checksum: false })),
    ),
  "skippable frames": () => concat(Array(400_000).fill(skippable(utf8("x")))),
};

/**
 * The milliseconds of the processor that this thread has used, to a few of
 * them. Where the system does not tell, those of the whole process: then
 * threads that collect garbage and compile count too.
 */
function threadTime(): number {
  try {
    const path = "/proc/thread-self/schedstat";
    return Number(Deno.readTextFileSync(path).split(" ", 1)[0]) / 1e6;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  }
}

/** Reads for a while; reports the longest block, and how late the abort was heard. */
async function readAndAbort(path: string, after: number) {
  const stop = new AbortController();
  let longest = 0;
  let last = threadTime();
  const turn = () => {
    const now = threadTime();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const turns = setInterval(turn, 1);
  let abortedAt = Infinity;
  const timer = setTimeout(() => {
    abortedAt = performance.now();
    stop.abort("enough");
  }, after);
  try {
    const { signal } = stop;
    const options = { filters: [{}], maxGameLength: MB, signal };
    for await (const _ of readGames(new Archive(path), options));
  } catch (error) {
    const isOver = error === "enough" ||
      (error as Error).name === "ArchiveError";
    assert.ok(isOver, String(error));
  } finally {
    turn();
    clearInterval(turns);
    clearTimeout(timer);
  }
  return { longest, late: performance.now() - abortedAt };
}

for (const [name, make] of Object.entries(HOSTILE)) {
  Deno.test(`readGames() blocks for no longer than 50 ms and hears an abort in ${name}`, async () => {
    await using folder = await tempFolder();
    const path = folder.write("hostile", make());
    await readAndAbort(path, 50); // what is compiled once is compiled now
    const runs = [];
    for (let i = 0; i < 3; i++) runs.push(await readAndAbort(path, 300));
    const longest = Math.min(...runs.map(({ longest }) => longest));
    const late = Math.min(...runs.map(({ late }) => late));
    assert.ok(longest <= LONGEST_BLOCK, `blocked for ${longest} ms`);
    assert.ok(late <= SOON, `heard after ${late} ms`);
  });
}

Deno.test("readGames() takes time linear in the length of a text without games", async () => {
  await using folder = await tempFolder();
  const units = ["[", "{", "(", "*", '\n[Event "', '[A "\\', "1. e4 ", ";\n"];
  for (const unit of units) {
    const measure = async (size: number) => {
      const path = folder.write(`${size}`, repeated(unit, size * MB));
      const before = threadTime();
      await errorOf(async () => {
        const options = { filters: [{}], maxGameLength: MB };
        for await (const _ of readGames(new Archive(path), options));
        throw new Error("It was read"); // where there is a game in it
      });
      return threadTime() - before;
    };
    await measure(1);
    const short = await measure(2);
    const long = await measure(4);
    assert.ok(long <= 2.6 * short + 100, `${unit}: ${short}, ${long} ms`);
  }
});

Deno.test("readGames() refuses a text that has no game, and reads one that has", async () => {
  await using folder = await tempFolder();
  const html = "<!DOCTYPE html>\n<html><body>Log in</body></html>\n";
  for (const make of [(bytes: Bytes) => bytes, zstd, gzip]) {
    const path = folder.write("page", make(utf8(html.repeat(20))));
    const error = await errorOf(async () => {
      const options = { filters: [{}], maxGameLength: MB };
      for await (const _ of readGames(new Archive(path), options));
    });
    assert.match(error.message, /its text holds no game/);
  }
  const path = folder.write("games", utf8(html + "\n" + archiveText(3)));
  let games = 0;
  const options = { filters: [{}], maxGameLength: MB };
  for await (const batch of readGames(new Archive(path), options)) {
    games += batch.count;
  }
  assert.equal(games, 3);
});

Deno.test(
  "readGames() leaves a pipe that nobody writes to when it is aborted",
  {
    ignore: Deno.build.os === "windows",
  },
  async () => {
    await using folder = await tempFolder();
    const path = `${folder.path}/pipe`;
    await new Deno.Command("mkfifo", { args: [path] }).output();
    const { late } = await readAndAbort(path, 50);
    assert.ok(late <= SOON, `heard after ${late} ms`);
    // Whoever opened it in vain is let go.
    const file = await Deno.open(path, { write: true });
    file.close();
  },
);
