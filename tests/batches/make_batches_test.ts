import assert from "node:assert/strict";
import type { BatchCursor } from "../../src/batches/batch_cursor.ts";
import { seeded } from "../_pgn_data.ts";
import {
  allNames,
  type NumberedBatch,
  numberedBatches,
  type Run,
  samplesOf,
} from "./_numbered_games.ts";

/** Options that make all kinds of pools. */
const KINDS: Run["options"][] = [
  { batchSize: 64 },
  { batchSize: 100, window: 32 },
  { batchSize: 5000, window: 16 },
  { batchSize: 7, window: 0 },
  { batchSize: 64, window: 64, maxPerBatch: 1 },
  { batchSize: 100, window: 32, maxPerBatch: 3 },
];

async function all(run: Run): Promise<NumberedBatch[]> {
  return await Array.fromAsync(numberedBatches(run));
}

function names(batches: readonly NumberedBatch[]): string[] {
  return batches.flatMap(({ names }) => [...names]);
}

for (const options of KINDS) {
  const title = JSON.stringify(options);

  Deno.test(`batches have every sample once an epoch: ${title}`, async () => {
    const run = { games: 333, block: 16, options: { ...options, epochs: 3 } };
    const batches = await all(run);
    for (let epoch = 0; epoch < 3; epoch++) {
      const some = batches.filter(({ cursor }) => cursor.epoch === epoch);
      assert.deepEqual(names(some).sort(), allNames(333).sort());
      const isFull = ({ names }: NumberedBatch) =>
        names.length === options.batchSize;
      if (options.maxPerBatch === undefined) {
        assert.ok(some.slice(0, -1).every(isFull));
      }
    }
    const dropped = await all({
      ...run,
      options: { ...run.options, dropLast: true },
    });
    assert.ok(dropped.every(({ names }) => names.length === options.batchSize));
    assert.ok(options.batchSize > 1000 || dropped.length > 20);
  });

  Deno.test(`batches are resumed after any of them: ${title}`, async () => {
    const random = seeded(options.batchSize);
    for (let i = 0; i < 18; i++) {
      const run: Run = {
        games: 150 + Math.floor(random() * 50),
        block: [1, 16, 50][i % 3],
        options: { ...options, epochs: 2 },
        ranks: 1 + i % 3,
        rank: i % (1 + i % 3),
        offset: i % 4 === 0 ? 5 : 0,
        maxGames: i % 5 === 0 ? 90 : Infinity,
      };
      const whole = await all(run);
      assert.ok(whole.length > 0);
      let at = Math.floor(random() * whole.length);
      // The second time from what the resumed run gave, and at the very end.
      let rest = await resumed(run, whole[at].cursor);
      assert.deepEqual(rest, whole.slice(at + 1));
      if (rest.length > 0) {
        const next = Math.floor(random() * rest.length);
        at += 1 + next;
        rest = await resumed(run, rest[next].cursor);
        assert.deepEqual(rest, whole.slice(at + 1));
      }
      assert.deepEqual(await resumed(run, whole.at(-1)!.cursor), []);
    }
  });

  Deno.test(`8, then 5, then 3 ranks have every sample of an epoch once: ${title}`, async () => {
    const random = seeded(7 + options.batchSize);
    for (let i = 0; i < 3; i++) {
      const run: Run = { games: 700, block: [16, 1, 20][i % 3], options };
      const given: string[] = [];
      let cursors: BatchCursor[] | undefined;
      for (const ranks of [8, 5, 3]) {
        const next: BatchCursor[] = [];
        const before = cursors;
        for (let rank = 0; rank < ranks; rank++) {
          const share = {
            ...run,
            rank,
            ranks,
            options: { ...options, resume: before },
          };
          const batches = await all(share);
          // The same cursors, the same batches.
          if (rank === 1) assert.deepEqual(await all(share), batches);
          const count = ranks === 3
            ? batches.length
            : Math.min(batches.length, 1 + Math.floor(random() * 8));
          given.push(...names(batches.slice(0, count)));
          if (batches.length > 0) next.push(batches[count - 1].cursor);
        }
        if (next.length < ranks) break; // A rank without a batch has no cursor.
        cursors = next;
      }
      const found = new Set(given);
      assert.equal(found.size, given.length);
      if (options.batchSize < 1000) {
        assert.equal(found.size, allNames(700).length);
      }
    }
  });
}

Deno.test("all ranks' cursors resume the same number of ranks as their own do", async () => {
  const run: Run = { games: 400, block: 16, options: KINDS[0] };
  const halves = await Promise.all([0, 1].map(async (rank) => {
    const batches = await all({ ...run, rank, ranks: 2 });
    return { cursor: batches[2].cursor, rest: batches.slice(3) };
  }));
  const resume = halves.map(({ cursor }) => cursor);
  const options = { ...run.options, resume };
  for (const rank of [0, 1]) {
    const rest = await all({ ...run, rank, ranks: 2, options });
    assert.deepEqual(rest, halves[rank].rest);
  }
});

Deno.test("maxPerBatch bounds the samples of a game in every batch", async () => {
  for (const maxPerBatch of [1, 2, 5]) {
    const counts = { short: 0 };
    const options = { batchSize: 64, window: 70, maxPerBatch };
    const run = { games: 500, block: 16, options };
    let batches = 0;
    for await (const { games } of numberedBatches(run, counts)) {
      batches++;
      const byGame = new Map<number, number>();
      for (const game of games) byGame.set(game, (byGame.get(game) ?? 0) + 1);
      assert.ok(Math.max(...byGame.values()) <= maxPerBatch);
      assert.ok(games.length === 64 || batches > 100);
    }
    assert.equal(counts.short > 0, true);
  }
});

Deno.test("a batch of 512 with maxPerBatch 1 and window 512 has 512 games", async () => {
  const options = {
    batchSize: 512,
    window: 512,
    maxPerBatch: 1,
    dropLast: true,
  };
  let batches = 0;
  for await (
    const batch of numberedBatches({ games: 2000, block: 16, options })
  ) {
    assert.equal(new Set(batch.games).size, 512);
    batches++;
  }
  assert.ok(batches > 60);
});

Deno.test("windows interleave their games; window 0 leaves them in order", async () => {
  const run = { games: 300, block: 16, options: { batchSize: 50 } };
  const [first] = await all({
    ...run,
    options: { batchSize: 50, window: 256 },
  });
  assert.ok(new Set(first.games).size > 35);
  const inOrder = names(
    await all({ ...run, options: { batchSize: 50, window: 0 } }),
  );
  let last = "";
  for (const name of inOrder) {
    const [game, sample] = name.split(":");
    const [lastGame, lastSample] = last.split(":");
    if (game === lastGame) assert.equal(Number(sample), Number(lastSample) + 1);
    else assert.equal(sample, "0");
    last = name;
  }
});

Deno.test("cursors stay small", async () => {
  for (const options of KINDS) {
    const batches = await all({ games: 2000, block: 16, options });
    const sizes = batches.map(({ cursor }) => JSON.stringify(cursor).length);
    assert.ok(Math.max(...sizes) < 2000, `${Math.max(...sizes)}`);
  }
});

Deno.test("cursors are refused where they do not fit", async () => {
  const run: Run = {
    games: 200,
    block: 16,
    options: { batchSize: 64 },
    ranks: 2,
  };
  const [{ cursor }] = await all(run);
  const refused = async (resume: unknown, ranks: number, pattern: RegExp) =>
    await assert.rejects(
      all({
        ...run,
        ranks,
        options: { batchSize: 64, resume: resume as BatchCursor },
      }),
      (error) => error instanceof TypeError && pattern.test(error.message),
    );
  await refused(
    cursor,
    3,
    /cursors of all 2 ranks are needed: there are those of 0/,
  );
  await refused([cursor, cursor], 3, /all 2 ranks/);
  await refused([], 3, /ranks are needed: there are those of none/);
  await refused({}, 2, /no cursor of batches/);
  await refused({ ...cursor, from: -2 }, 2, /no cursor of batches/);
  assert.equal(samplesOf(1), samplesOf(1));
});

async function resumed(run: Run, resume: BatchCursor) {
  return await all({ ...run, options: { ...run.options, resume } });
}
