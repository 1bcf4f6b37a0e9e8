import assert from "node:assert/strict";
import {
  checkOrder,
  GameOrder,
  type OrderOptions,
} from "../../src/order/game_order.ts";
import { seeded } from "../_pgn_data.ts";
import { byDefinition } from "./_by_definition.ts";

function orderOf(games: number, options: OrderOptions): GameOrder {
  return new GameOrder(games, checkOrder(options));
}

function numbersOf(games: number, options: OrderOptions): number[] {
  return orderOf(games, options).slice(0, Infinity);
}

Deno.test("GameOrder is what its definition says, for 2000 random orders", () => {
  const random = seeded(40);
  const below = (limit: number) => Math.floor(random() * limit);
  for (let i = 0; i < 2000; i++) {
    const games = below(i % 10 === 0 ? 5000 : 400);
    const count = 1 + below(12);
    const options: OrderOptions = {
      shuffle: random() < 0.7 ? { seed: i, epoch: below(3) } : undefined,
      block: random() < 0.2 ? undefined : 1 + below(40),
      shard: random() < 0.3 ? undefined : { index: below(count), count },
    };
    const expected = byDefinition(games, options);
    const order = orderOf(games, options);
    assert.equal(order.size, expected.length);
    const first = below(expected.length + 2);
    const end = first + below(60);
    assert.deepEqual(order.slice(first, end), expected.slice(first, end));
    assert.deepEqual(order.slice(0, Infinity), expected);
  }
});

Deno.test("GameOrder gives everything once over the shards of any count", () => {
  const counts = [1, 2, 3, 4, 5, 6, 7, 8, 9, 17, 64, 1000];
  for (const games of [0, 1, 15, 16, 17, 1000, 1607]) {
    for (const block of [1, 16, 100]) {
      for (const shuffle of [undefined, { seed: 3, epoch: 1 }]) {
        for (const count of counts) {
          const all: number[] = [];
          for (let index = 0; index < count; index++) {
            const shard = { index, count };
            all.push(...numbersOf(games, { shuffle, block, shard }));
          }
          assert.equal(all.length, games);
          assert.equal(new Set(all).size, games);
          assert.ok(all.every((number) => number < games));
        }
      }
    }
  }
});

Deno.test("GameOrder deals out blocks alike, whatever the seed", () => {
  for (let seed = 0; seed < 50; seed++) {
    const sizes = Array.from(
      { length: 7 },
      (_, index) =>
        orderOf(1001, { shuffle: { seed }, shard: { index, count: 7 } }).size,
    );
    assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 16);
  }
});

Deno.test("GameOrder continues without end where the number of games is not known", () => {
  const order = orderOf(Infinity, { block: 3, shard: { index: 1, count: 4 } });
  assert.equal(order.size, Infinity);
  assert.deepEqual(order.slice(1, 7), [4, 5, 15, 16, 17, 27]);
});

Deno.test("GameOrder gives another order for each epoch, and keeps blocks together", () => {
  const epochs = [0, 1, 2].map((epoch) =>
    numbersOf(1600, { shuffle: { seed: 9, epoch } })
  );
  assert.equal(new Set(epochs.map(String)).size, 3);
  assert.deepEqual(epochs[0], numbersOf(1600, { shuffle: { seed: 9 } }));
  for (const numbers of epochs) {
    for (let i = 0; i < 1600; i += 16) {
      const blocks = numbers.slice(i, i + 16).map((n) => Math.floor(n / 16));
      assert.equal(new Set(blocks).size, 1);
    }
  }
});

Deno.test("GameOrder gives the known answers", () => {
  assert.deepEqual(
    numbersOf(100, { shuffle: { seed: 7, epoch: 2 } }).slice(0, 20),
    // deno-fmt-ignore
    [25, 21, 31, 28, 18, 26, 19, 30, 22, 29, 27, 24, 16, 23, 20, 17, 39, 44, 42, 43],
  );
});

Deno.test("checkOrder() refuses what is no order, and says why", () => {
  // deno-lint-ignore no-explicit-any
  const wrong: [any, RegExp][] = [
    [{ block: 0 }, /block must be a positive integer: current value is 0/],
    [{ block: 1.5 }, /block must be/],
    [{ shuffle: 7 }, /shuffle must be an object: current value is 7/],
    [{ shuffle: null }, /shuffle must be an object/],
    [{ shuffle: {} }, /seed must be an integer: current value is undefined/],
    [{ shuffle: { seed: 0.5 } }, /seed must be an integer/],
    [{ shuffle: { seed: 1, epoch: -1 } }, /epoch must be a non-negative/],
    [{ shuffle: { seed: 1, epochs: 1 } }, /shuffle has no field epochs/],
    [{ shard: { index: 0 } }, /count must be a positive integer/],
    [{ shard: { index: 0, count: 0 } }, /count must be/],
    [{ shard: { index: 3, count: 3 } }, /index must be an integer from 0 to 2/],
    [{ shard: { index: -1, count: 3 } }, /index must be/],
    [{ shard: { index: 0, count: 1, of: 1 } }, /shard has no field of/],
    [{ shard: "0/8" }, /shard must be an object/],
  ];
  for (const [options, message] of wrong) {
    assert.throws(() => checkOrder(options), { message });
  }
});
