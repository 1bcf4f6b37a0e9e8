import assert from "node:assert/strict";
import { checkOrder, GameOrder } from "../../src/order/game_order.ts";
import {
  type ArchiveGames,
  readArchiveInOrder,
} from "../../src/loader/read_archive_in_order.ts";
import { seeded } from "../_pgn_data.ts";

/** An archive whose game i is i as text, with as many bytes as `lengthOf` says. */
function fakeArchive(
  count: number,
  seekPoints: number[],
  lengthOf: (game: number) => number = () => 8,
) {
  const reads: { point: number; points: number; games: number }[] = [];
  const archive: ArchiveGames = {
    seekPoints,
    async *read(point, points) {
      const read = { point, points, games: 0 };
      reads.push(read);
      const random = seeded(point);
      for (let next = seekPoints[point]; next < count;) {
        const size = Math.min(count - next, Math.floor(random() * 9));
        const batch = Array.from(
          { length: size },
          (_, i) =>
            new TextEncoder().encode(
              String(next + i).padEnd(lengthOf(next + i)),
            ),
        );
        read.games += size;
        next += size;
        yield await batch;
      }
    },
  };
  return { archive, reads };
}

const copy = (bytes: Uint8Array) => bytes;

async function numbersOf(
  games: AsyncIterable<readonly Uint8Array[]>,
  into: number[] = [],
): Promise<number[]> {
  for await (const batch of games) {
    for (const game of batch) into.push(Number(new TextDecoder().decode(game)));
  }
  return into;
}

Deno.test("readArchiveInOrder() gives the games in the order asked for, for any seek points", async () => {
  const random = seeded(80);
  for (let i = 0; i < 40; i++) {
    const count = 1 + Math.floor(random() * 800);
    const seekPoints = [0];
    const most = Math.floor(random() * 30);
    for (let j = 0; j < most; j++) {
      seekPoints.push(Math.floor(random() * count));
    }
    seekPoints.sort((a, b) => a - b);
    const order = new GameOrder(
      count,
      checkOrder({
        shuffle: { seed: i },
        block: 1 + Math.floor(random() * 20),
      }),
    );
    const expected = order.slice(Math.floor(random() * 20), Infinity);
    const { archive } = fakeArchive(count, seekPoints, () => 1 + i);
    const windowBytes = random() < 0.5 ? 1000 : undefined;
    assert.deepEqual(
      await numbersOf(
        readArchiveInOrder(archive, expected.values(), { copy, windowBytes }),
      ),
      expected,
    );
  }
});

Deno.test("readArchiveInOrder() reads only spans that are wanted, and those next to each other at once", async () => {
  const seekPoints = Array.from({ length: 64 }, (_, i) => i * 100);
  const { archive, reads } = fakeArchive(6400, seekPoints);
  const wanted = [2016, 2017, 5100, 350, 351, 420, 610, 2250];
  await numbersOf(readArchiveInOrder(archive, wanted.values(), { copy }));
  assert.deepEqual(
    reads.map(({ point, points }) => [point, points]),
    [[3, 2], [6, 1], [20, 1], [22, 1], [51, 1]],
  );
  for (const { points, games } of reads) assert.ok(games < points * 100 + 10);
});

Deno.test("readArchiveInOrder() begins with a small window where there are seek points, and doubles it", async () => {
  const seekPoints = Array.from({ length: 10 }, (_, i) => i * 1000);
  const { archive, reads } = fakeArchive(10_000, seekPoints);
  const order = new GameOrder(10_000, checkOrder({ shuffle: { seed: 1 } }));
  const games = readArchiveInOrder(
    archive,
    order.slice(0, Infinity).values(),
    { copy },
  );
  let given = 0;
  const readsAt: number[] = [];
  for await (const batch of games) {
    given += batch.length;
    readsAt[given] = reads.length;
  }
  assert.equal(given, 10_000);
  assert.equal(readsAt[64], readsAt[256]);
  assert.ok(readsAt[320] > readsAt[256]);
  assert.equal(readsAt[320], readsAt[768]);
  assert.ok(readsAt[832] > readsAt[768]);
});

Deno.test("readArchiveInOrder() holds no more than it may, and passes over an archive of one span as seldom as it can", async () => {
  const { archive, reads } = fakeArchive(4000, [0], (game) => 4 + game % 97);
  const order = new GameOrder(4000, checkOrder({ shuffle: { seed: 2 } }));
  const expected = order.slice(0, Infinity);
  const texts: number[] = [];
  const given: number[] = [];
  for await (
    const batch of readArchiveInOrder(archive, expected.values(), {
      copy,
      windowBytes: 50_000,
    })
  ) {
    for (const game of batch) {
      texts.push(Number(new TextDecoder().decode(game)));
      given[reads.length] = (given[reads.length] ?? 0) + game.length;
    }
  }
  assert.deepEqual(texts, expected);
  assert.ok(given.every((bytes) => bytes <= 50_000));
  const bytes = expected.reduce((sum, game) => sum + 4 + game % 97, 0);
  assert.equal(reads.length, Math.ceil(bytes / 50_000));
});

Deno.test("readArchiveInOrder() gives a game that is larger than all it may hold", async () => {
  const { archive } = fakeArchive(20, [0], () => 100);
  const wanted = [7, 3, 19];
  const games = readArchiveInOrder(archive, wanted.values(), {
    copy,
    windowBytes: 10,
  });
  assert.deepEqual(await numbersOf(games), wanted);
});

Deno.test("readArchiveInOrder() gives the games before one that cannot be read, then the error", async () => {
  const broken = new Error("Broken");
  const { archive } = fakeArchive(300, [0, 100, 200]);
  const breaking: ArchiveGames = {
    ...archive,
    async *read(point, points) {
      if (point === 2) throw broken;
      yield* archive.read(point, points);
    },
  };
  const given: number[] = [];
  await assert.rejects(
    numbersOf(
      readArchiveInOrder(breaking, [5, 1, 99, 250, 6].values(), { copy }),
      given,
    ),
    broken,
  );
  assert.deepEqual(given, [5, 1, 99]);
  given.length = 0;
  await assert.rejects(
    numbersOf(readArchiveInOrder(archive, [5, 300].values(), { copy }), given),
    /ends before game 300/,
  );
  assert.deepEqual(given, [5]);
});
