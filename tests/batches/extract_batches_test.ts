import assert from "node:assert/strict";
import type { BatchCursor } from "../../src/batches/batch_cursor.ts";
import type { BatchQuery } from "../../src/batches/extract_batches.ts";
import type { SampleBatch } from "../../src/batches/sample_batch.ts";
import {
  encodeInput,
  encodeMove,
  legalMoveMask,
} from "../../src/encoding/encode.ts";
import {
  type InputEncoding,
  INPUTS,
  POLICIES,
  type PolicyEncoding,
} from "../../src/encoding/encodings.ts";
import { Game } from "../../src/game.ts";
import { GameLoader } from "../../src/game_loader.ts";
import { SampleExtractor } from "../../src/sample_extractor.ts";
import type { TrainingSample } from "../../src/sample/training_sample.ts";
import { SAMPLE } from "../_archives.ts";

const MAX_GAMES = 20;

/** What a sample is by its own and by its game's text, apart from any batch. */
interface Expected {
  readonly sample: TrainingSample;
  readonly inputs: ArrayLike<number>;
  readonly policy: number;
  readonly legalMoves: Uint8Array;
}

function open(config = {}): SampleExtractor {
  return new SampleExtractor(
    new GameLoader(SAMPLE, { cache: null, threads: 0 }),
    config,
  );
}

/** The samples of the first games by `gameIndex:ply`, encoded one by one. */
async function expectedSamples(
  inputs: InputEncoding,
  policy: PolicyEncoding,
  options: Parameters<typeof encodeInput>[2] = {},
): Promise<Map<string, Expected>> {
  const found = new Map<string, Expected>();
  const query = { maxGames: MAX_GAMES };
  const loader = new GameLoader(SAMPLE, { cache: null, threads: 0 });
  const games = await Array.fromAsync(loader.loadGames(query));
  const samples = await Array.fromAsync(open().extractSamples(query));
  for (const [gameIndex, game] of games.entries()) {
    const own = samples.filter((sample) => sample.gameIndex === gameIndex);
    for (const { ply, position, uci } of own.length ? game.mainline() : []) {
      const sample = own.find((one) => one.ply === ply);
      if (sample === undefined) continue;
      found.set(`${gameIndex}:${ply}`, {
        sample,
        inputs: encodeInput(position, inputs, options),
        policy: encodeMove(uci, position, policy),
        legalMoves: legalMoveMask(position, policy),
      });
    }
  }
  return found;
}

function keys({ gameIndex, ply }: SampleBatch): string[] {
  return Array.from(gameIndex, (game, row) => `${game}:${ply[row]}`);
}

const pairs = Object.keys(INPUTS).map((inputs, i) =>
  [
    inputs as InputEncoding,
    Object.keys(POLICIES)[i % 7] as PolicyEncoding,
  ] as const
);

for (const [inputs, policy] of pairs) {
  Deno.test(`extractBatches() gives ${inputs} and ${policy} as single samples are encoded`, async () => {
    const expected = await expectedSamples(inputs, policy);
    const seen = new Set<string>();
    const batches = open().extractBatches({
      maxGames: MAX_GAMES,
      batchSize: 100,
      window: 16,
      inputs,
      policy,
      legalMoves: true,
      reuseBuffers: true,
    });
    for await (const batch of batches) {
      const { size, shape } = batch;
      const length = batch.inputs.length / size;
      assert.equal(shape.reduce((a, b) => a * b), batch.inputs.length);
      for (const [row, key] of keys(batch).entries()) {
        const { sample, ...encoded } = expected.get(key)!;
        seen.add(key);
        const some = batch.inputs.subarray(row * length, (row + 1) * length);
        assert.ok(isSame(some, encoded.inputs), `${key} of ${inputs}`);
        assert.equal(batch.policy[row], encoded.policy);
        const bytes = encoded.legalMoves.length;
        const mask = batch.legalMoves!.subarray(row * bytes, (row + 1) * bytes);
        assert.ok(isSame(mask, encoded.legalMoves));
        assert.equal(batch.value[row], sample.outcome);
        assert.equal(batch.whiteElo[row], sample.whiteElo ?? 0);
        assert.equal(batch.blackElo[row], sample.blackElo ?? 0);
      }
    }
    assert.equal(seen.size, expected.size);
  });
}

Deno.test("extractBatches() gives floats, nhwc and bits with their counts apart", async () => {
  for (
    const options of [
      { dtype: "float32", layout: "nhwc", rule50: "99" },
      { dtype: "float16", history: "zero" },
      { bits: true },
    ] as const
  ) {
    const expected = await expectedSamples("lc0-112", "az-4672", options);
    const clocks = await expectedSamples("lc0-112", "az-4672");
    const query: BatchQuery = {
      maxGames: MAX_GAMES,
      batchSize: 64,
      inputs: "lc0-112",
      policy: "az-4672",
      ...options,
    };
    for await (const batch of open().extractBatches(query)) {
      const length = batch.inputs.length / batch.size;
      for (const [row, key] of keys(batch).entries()) {
        const some = batch.inputs.subarray(row * length, (row + 1) * length);
        assert.ok(isSame(some, expected.get(key)!.inputs), key);
        if (batch.counts !== undefined) {
          assert.equal(batch.counts[row], clocks.get(key)!.inputs[109 * 64]);
        }
      }
      assert.equal(batch.counts !== undefined, "bits" in options);
      assert.equal(
        batch.inputs.constructor.name,
        "dtype" in options
          ? options.dtype === "float32" ? "Float32Array" : "Float16Array"
          : "Uint8Array",
      );
    }
  }
});

Deno.test("extractBatches() gives window 0 in the order of extractSamples()", async () => {
  const query = { maxGames: 100 };
  const samples = await Array.fromAsync(open().extractSamples(query));
  const batches = await Array.fromAsync(
    open().extractBatches({ ...query, batchSize: 512, window: 0 }),
  );
  assert.deepEqual(
    batches.flatMap(keys),
    samples.map(({ gameIndex, ply }) => `${gameIndex}:${ply}`),
  );
});

Deno.test("extractBatches() gives values of evaluations, and skips samples without for q", async () => {
  const query = { hasEval: true, maxGames: 30 };
  const samples = await Array.fromAsync(open().extractSamples(query));
  assert.ok(samples.some(({ evalBefore }) => evalBefore !== undefined));
  const chance = ({ evalBefore, fen }: TrainingSample) => {
    if (evalBefore === undefined) return undefined;
    const cp = "cp" in evalBefore
      ? Math.max(-1000, Math.min(1000, evalBefore.cp))
      : Math.sign(evalBefore.mate) * 1000;
    const turned = fen.split(" ")[1] === "w" ? cp : -cp;
    return 2 / (1 + Math.exp(-0.00368208 * turned)) - 1;
  };
  const values = async (value: BatchQuery["value"]) => {
    const stream = open().extractBatches({
      ...query,
      batchSize: 300,
      window: 0,
      value,
    });
    const batches = await Array.fromAsync(stream);
    return batches.flatMap((batch) => Array.from(batch.value));
  };
  assert.deepEqual(
    await values("q"),
    samples.map(chance).filter((one) => one !== undefined).map(Math.fround),
  );
  assert.deepEqual(
    await values({ blend: 0.25 }),
    samples.map((sample) => {
      const q = chance(sample);
      return Math.fround(
        q === undefined ? sample.outcome : 0.25 * q + 0.75 * sample.outcome,
      );
    }),
  );
  assert.deepEqual(
    await values("wdl"),
    samples.flatMap(({ outcome }) =>
      [1, 0, -1].map((one) => Number(outcome === one))
    ),
  );
});

Deno.test("extractBatches() gives the same batches with any number of threads", async () => {
  const query: BatchQuery = {
    maxGames: 60,
    batchSize: 128,
    window: 20,
    inputs: "lc0-112",
    dtype: "float32",
  };
  const alone = await Array.fromAsync(open().extractBatches(query));
  for (const threads of [2, 4]) {
    const batches = open().extractBatches({ ...query, threads });
    assert.deepEqual(await Array.fromAsync(batches), alone);
  }
  // Stopping early ends the threads: the test would not end otherwise.
  const reader = open().extractBatches({ ...query, threads: 3 }).getReader();
  assert.equal((await reader.read()).value?.size, 128);
  await reader.cancel();
});

Deno.test("extractBatches() resumes after any batch, with all arrays the same", async () => {
  for (const maxPerBatch of [undefined, 3]) {
    const query: BatchQuery = {
      maxGames: 90,
      batchSize: 200,
      window: 32,
      epochs: 2,
      maxPerBatch,
      legalMoves: true,
    };
    const whole = await Array.fromAsync(open().extractBatches(query));
    for (const at of [0, 3, whole.length >> 1, whole.length - 1]) {
      const resume: BatchCursor = JSON.parse(JSON.stringify(whole[at].cursor));
      const rest = open().extractBatches({ ...query, resume });
      assert.deepEqual(await Array.fromAsync(rest), whole.slice(at + 1));
    }
  }
});

Deno.test("extractBatches() refuses a cursor of another query, config or window", async () => {
  const query: BatchQuery = { maxGames: 20, batchSize: 50 };
  const reader = open().extractBatches(query).getReader();
  const { cursor: resume } = (await reader.read()).value!;
  await reader.cancel();
  const refused = (extractor: SampleExtractor, other: object, what: RegExp) =>
    assert.throws(
      () => extractor.extractBatches({ ...query, resume, ...other }),
      (error) => error instanceof TypeError && what.test(error.message),
    );
  refused(open(), { maxGames: 21 }, /maxGames is 20 there and 21 here/);
  refused(open(), { minRating: 1500 }, /minRating is omitted there/);
  refused(open(), { window: 100 }, /window is 256 there and 100 here/);
  refused(open(), { maxPerBatch: 2 }, /maxPerBatch/);
  refused(open({ skipPlies: 3 }), {}, /skipPlies is 10 there and 3 here/);
  refused(open(), { resume: { ...resume, of: "games" } }, /no cursor/);
});

Deno.test("extractBatches() refuses values that are not allowed at once", () => {
  const refused = (options: object, pattern: RegExp) =>
    assert.throws(
      () => open().extractBatches({ batchSize: 8, ...options }),
      (error) => error instanceof RangeError && pattern.test(error.message),
    );
  refused({ batchSize: 0 }, /batchSize must be a positive integer/);
  refused({ batchSize: undefined }, /batchSize/);
  refused({ window: -1 }, /window must be a non-negative integer/);
  refused({ maxPerBatch: 0 }, /maxPerBatch/);
  refused({ epochs: 0.5 }, /epochs/);
  refused({ value: "w" }, /value must be outcome, wdl, q or a blend/);
  refused({ value: { blend: 2 } }, /blend must be a number from 0 to 1/);
  refused({ dropLast: 1 }, /dropLast must be true or false/);
  refused({ inputs: "lc0-113" }, /inputs must be one of/);
  refused({ policy: "lc0" }, /policy must be one of/);
  refused({ window: 0, maxPerBatch: 1 }, /maxPerBatch needs a window/);
  assert.throws(
    () => open().extractBatches({ batchSize: 8, colour: 1 } as BatchQuery),
    TypeError,
  );
});

Deno.test("describe() names the arrays that batches have, with their bytes", async () => {
  const query: BatchQuery = {
    maxGames: 20,
    batchSize: 64,
    inputs: "az-119",
    bits: true,
    value: "wdl",
    legalMoves: true,
  };
  const { arrays, bytes } = open().describe(query);
  const reader = open().extractBatches(query).getReader();
  const batch = (await reader.read()).value!;
  await reader.cancel();
  assert.equal(batch.size, 64);
  let sum = 0;
  for (const { name, shape, ...array } of arrays) {
    const own = batch[name as "inputs"];
    assert.equal(own.length, shape.reduce((a, b) => a * b), name);
    assert.equal(own.byteLength, array.bytes, name);
    sum += array.bytes;
  }
  assert.equal(bytes, sum);
  const lc0 = open().describe({
    batchSize: 1,
    inputs: "lc0-112",
    bits: true,
    value: "wdl",
  });
  assert.ok(lc0.bytes <= 940, `${lc0.bytes}`);
});

function isSame(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

Deno.test("extractBatches() takes the games of a loader of the caller's own", async () => {
  const loader = new GameLoader(SAMPLE, { cache: null, threads: 0 });
  const games = await Array.fromAsync(
    loader.loadGames({ maxGames: MAX_GAMES }),
  );
  class OwnLoader extends GameLoader {
    override loadGames(): ReadableStream<Game> {
      return ReadableStream.from(games.map(({ pgn }) => new Game(pgn)));
    }
  }
  const own = new SampleExtractor(new OwnLoader("-", { cache: null }));
  const options = { batchSize: 100, maxGames: MAX_GAMES };
  const [expected, given] = await Promise.all(
    [open(), own].map((one) => Array.fromAsync(one.extractBatches(options))),
  );
  assert.deepEqual(
    given.map(({ cursor: _, ...batch }) => batch),
    expected.map(({ cursor: _, ...batch }) => batch),
  );
});

Deno.test("firstCursor() resumes a rank that had no batch, also where the ranks have changed before", async () => {
  const query = { split: [0, 0.02] as [number, number], block: 4 };
  const options = { batchSize: 64, shuffle: { seed: 5 }, window: 8 };
  const samples = await Array.fromAsync(open().extractSamples(query));
  const given: string[] = [];
  let resume: BatchCursor[] | undefined;
  for (const batches of [[2, 0, 1], [0, 1], [99]]) {
    const next: BatchCursor[] = [];
    for (let index = 0; index < batches.length; index++) {
      const shard = { index, count: batches.length };
      const ranks = { ...query, ...options, shard, resume };
      next[index] = await open().firstCursor(ranks);
      const own = open().extractBatches({ ...ranks, resume: next[index] });
      const reader = own.getReader();
      for (let left = batches[index]; left > 0; left--) {
        const { value } = await reader.read();
        if (value === undefined) break;
        next[index] = JSON.parse(JSON.stringify(value.cursor));
        value.ply.forEach((ply, row) =>
          given.push(`${value.gameIndex[row]}:${ply}`)
        );
      }
      await reader.cancel();
    }
    resume = next;
  }
  assert.ok(samples.length > 1500, `${samples.length}`);
  assert.deepEqual(
    given.sort(),
    samples.map(({ gameIndex, ply }) => `${gameIndex}:${ply}`).sort(),
  );
});
