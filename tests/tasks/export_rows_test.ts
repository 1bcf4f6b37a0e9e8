import assert from "node:assert/strict";
import { readParquet } from "npm:parquet-wasm@0.8.0/node";
import { tableFromIPC } from "npm:@uwdata/flechette@2.3.0";
import { GameLoader, SampleExtractor, type TrainingSample } from "../../mod.ts";
import { exportSample, filesIn } from "./_export.ts";
import {
  endOf,
  PROJECT,
  runTask,
  SAMPLE,
  startTask,
  TestFolder,
  until,
} from "./_run_task.ts";

const GAMES = 80;

async function samplesOf(): Promise<TrainingSample[]> {
  await using loader = new GameLoader(SAMPLE, { cache: null });
  await using extractor = new SampleExtractor(loader);
  return await Array.fromAsync(extractor.extractSamples({ maxGames: GAMES }));
}

/** Exports the first games in small shards, and joins the shards. */
async function exportJoined(
  format: string,
  shardSize: number,
): Promise<Uint8Array[]> {
  await using folder = new TestFolder();
  const out = `${folder.path}/out`;
  const { shards } = await exportSample(
    out,
    ...["--format", format, "--shard-size", String(shardSize)],
    ...["--max-games", String(GAMES)],
  );
  assert.ok(shards > 2);
  const verified = await runTask("export", ["--verify", out]);
  assert.equal(verified.code, 0, verified.stderr);
  return [...filesIn(out)].filter(([path]) => path.startsWith("shard-"))
    .map(([, text]) => Uint8Array.fromBase64(text));
}

function textOf(shards: readonly Uint8Array[]): string {
  return shards.map((bytes) => new TextDecoder().decode(bytes)).join("");
}

Deno.test("deno task export --format jsonl writes the samples of extractSamples()", async () => {
  const text = textOf(await exportJoined("jsonl", 1000));
  const samples = await samplesOf();
  assert.equal(
    text,
    samples.map((sample) => `${JSON.stringify(sample)}\n`).join(""),
  );
});

Deno.test("deno task export --format fen writes White's score and result of positions with a score", async () => {
  const lines = textOf(await exportJoined("fen", 500)).trimEnd().split("\n");
  const samples = (await samplesOf())
    .filter(({ evalBefore }) => evalBefore !== undefined);
  assert.equal(lines.length, samples.length);
  samples.forEach(({ fen, evalBefore, outcome }, i) => {
    const [shownFen, score, result] = lines[i].split(" | ");
    assert.equal(shownFen, fen);
    assert.equal(Number(score), scoreOf(evalBefore!));
    const white = fen.split(" ")[1] === "w" ? outcome : -outcome;
    assert.equal(result, ["0.0", "0.5", "1.0"][white + 1]);
  });
  assert.ok(samples.some(({ evalBefore }) => "mate" in evalBefore!));
});

function scoreOf(evaluation: NonNullable<TrainingSample["evalBefore"]>) {
  if ("cp" in evaluation) return evaluation.cp;
  const { mate } = evaluation;
  return mate > 0 ? 32000 - mate : -32000 - mate;
}

Deno.test("deno task export --format bulletformat writes positions that its layout gives back", async () => {
  const shards = await exportJoined("bulletformat", 500);
  const positions = shards.flatMap((bytes) => {
    assert.equal(bytes.length % 32, 0);
    return Array.from(
      { length: bytes.length / 32 },
      (_, i) => decode(bytes.slice(32 * i, 32 * i + 32)),
    );
  });
  const samples = (await samplesOf())
    .filter(({ evalBefore }) => evalBefore !== undefined);
  assert.deepEqual(
    positions,
    samples.map(({ fen, evalBefore, outcome }) => {
      const [board, turn] = fen.split(" ");
      const isWhite = turn === "w";
      const squares = squaresOf(board, isWhite);
      const score = scoreOf(evalBefore!);
      return {
        squares,
        score: isWhite ? score : 0 - score,
        result: outcome + 1,
        ownKing: squares.indexOf("K"),
        theirKing: squares.indexOf("k") ^ 56,
      };
    }),
  );
});

/** Reads the 32 bytes of a position by their layout. */
function decode(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer);
  const occupied = view.getBigUint64(0, true);
  let squares = "";
  let count = 0;
  for (let square = 0n; square < 64n; square++) {
    if ((occupied >> square & 1n) === 0n) {
      squares += ".";
      continue;
    }
    const nibble = bytes[8 + (count >> 1)] >> (count % 2 === 0 ? 0 : 4) & 15;
    squares += nibble < 8 ? "PNBRQK"[nibble] : "pnbrqk"[nibble - 8];
    count++;
  }
  assert.deepEqual([...bytes.slice(29)], [0, 0, 0]);
  return {
    squares,
    score: view.getInt16(24, true),
    result: bytes[26],
    ownKing: bytes[27],
    theirKing: bytes[28],
  };
}

/** The squares from a1 as the mover sees them, the mover's pieces in capitals. */
function squaresOf(board: string, isWhite: boolean): string {
  const ranks = board.replace(/\d/g, (n) => ".".repeat(Number(n))).split("/");
  if (isWhite) return ranks.reverse().join("");
  return ranks.join("").replace(
    /[a-z]/gi,
    (piece) =>
      piece === piece.toLowerCase() ? piece.toUpperCase() : piece.toLowerCase(),
  );
}

for (const format of ["pgn", "pgn.zst"]) {
  Deno.test(`deno task export --format ${format} writes games that are read again as they were`, async () => {
    await using folder = new TestFolder();
    const out = `${folder.path}/out`;
    const flags = ["--min-rating", "1500", "--format", format];
    await exportSample(out, ...flags, "--shard-size", "100");
    const files = [...Deno.readDirSync(out)].map(({ name }) => name).sort()
      .filter((name) => name.endsWith(`.${format}`));
    assert.ok(files.length > 2);
    await using again = new GameLoader(
      files.map((name) => `${out}/${name}`),
      { cache: null },
    );
    await using loader = new GameLoader(SAMPLE, { cache: null });
    const pgn = ({ pgn }: { pgn: string }) => pgn;
    assert.deepEqual(
      (await Array.fromAsync(again.loadGames())).map(pgn),
      (await Array.fromAsync(loader.loadGames({ minRating: 1500 }))).map(pgn),
    );
  });
}

/** The rows of parquet files as another program reads them. */
function rowsOf(shards: readonly Uint8Array[]): Record<string, unknown>[] {
  return shards.flatMap((bytes) =>
    tableFromIPC(readParquet(bytes).intoIPCStream()).toArray()
  );
}

Deno.test("deno task export --format parquet writes samples as typed columns", async () => {
  const rows = rowsOf(await exportJoined("parquet", 1000));
  const samples = await samplesOf();
  assert.equal(rows.length, samples.length);
  samples.forEach((sample, i) => {
    const { evalBefore, evalAfter, ...fields } = JSON.parse(
      JSON.stringify(sample),
    );
    for (const [name, value] of Object.entries(fields)) {
      assert.equal(rows[i][name], value, name);
    }
    const expected = {
      evalBeforeCp: evalBefore?.cp,
      evalBeforeMate: evalBefore?.mate,
      evalAfterCp: evalAfter?.cp,
      evalAfterMate: evalAfter?.mate,
    };
    for (const [name, value] of Object.entries(expected)) {
      assert.equal(rows[i][name], value ?? null, name);
    }
    assert.equal(
      Object.values(rows[i]).filter((value) => value !== null).length,
      Object.keys(fields).length +
        Object.values(expected).filter((value) => value !== undefined).length,
    );
  });
});

Deno.test("deno task export --format parquet-games writes tags as columns, and moves in UCI", async () => {
  const rows = rowsOf(await exportJoined("parquet-games", 30));
  await using loader = new GameLoader(SAMPLE, { cache: null });
  const games = await Array.fromAsync(loader.loadGames({ maxGames: GAMES }));
  assert.equal(rows.length, games.length);
  games.forEach((game, i) => {
    const { otherTags, moves, pgn, ...tags } = rows[i];
    assert.equal(pgn, game.pgn);
    assert.equal(
      moves,
      [...game.mainline()].map(({ uci }) => uci).join(" "),
    );
    const shown = Object.fromEntries(
      Object.entries(tags).filter(([, value]) => value !== null),
    );
    assert.deepEqual(
      { ...shown, ...JSON.parse(otherTags as string ?? "{}") },
      { ...game.tags },
    );
  });
});

for (const format of ["jsonl", "parquet", "bulletformat", "pgn.zst"]) {
  Deno.test(`deno task export --format ${format}, killed and run again, writes the same files`, async () => {
    await using folder = new TestFolder();
    const size = format === "pgn.zst" ? "20" : "1400";
    const flags = ["--format", format, "--shard-size", size];
    const more = ["--max-games", "300"];
    await exportSample(`${folder.path}/whole`, ...flags, ...more);
    const out = `${folder.path}/out`;
    const child = startTask("export", [
      SAMPLE,
      "--out",
      out,
      ...flags,
      ...more,
    ]);
    const ended = endOf(child);
    await until(() => Promise.resolve(shardsIn(out) > 1), 60);
    child.kill("SIGKILL");
    assert.equal((await ended).code, 137);
    assert.ok(!filesIn(out).has("manifest.json"));
    await exportSample(out, ...flags, ...more);
    assert.deepEqual(filesIn(out), filesIn(`${folder.path}/whole`));
  });
}

function shardsIn(folder: string): number {
  try {
    return [...Deno.readDirSync(folder)]
      .filter(({ name }) => /^shard-\d+\.[a-z.]+$/.test(name)).length;
  } catch {
    return 0;
  }
}

Deno.test("Only deno task export downloads what writes parquet", async () => {
  const packagesOf = async (lock: string) => {
    const { npm } = JSON.parse(await Deno.readTextFile(`${PROJECT}${lock}`));
    return npm as Record<string, unknown>;
  };
  const all = await packagesOf("deno.lock");
  const {
    "hyparquet-writer@0.17.0": writer,
    "hyparquet@1.31.5": reader,
    ...same
  } = await packagesOf("tasks/export/deno.lock");
  assert.ok(writer && reader);
  assert.deepEqual(same, all);
});
