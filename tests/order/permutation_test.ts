import assert from "node:assert/strict";
import { Permutation } from "../../src/order/permutation.ts";
import { seeded } from "../_pgn_data.ts";

function orderOf(size: number, key: readonly number[]): number[] {
  const permutation = new Permutation(size, key);
  return Array.from({ length: size }, (_, place) => permutation.at(place));
}

Deno.test("Permutation gives the known answers", () => {
  const known: [number, number[], number[]][] = [
    [10, [1, 0], [1, 3, 6, 2, 0, 8, 9, 7, 4, 5]],
    [10, [1, 1], [3, 8, 4, 5, 1, 7, 6, 0, 9, 2]],
    [16, [7, 2, 5], [6, 5, 11, 13, 12, 9, 3, 1, 0, 14]],
    [257, [0, 0], [151, 60, 176, 143, 218, 114, 94, 9, 184, 232]],
    [1000, [42, 3], [182, 683, 552, 176, 700, 769, 536, 199, 567, 220]],
    [
      2 ** 20,
      [42, 3],
      [811007, 913039, 1048574, 707751, 370315, 570542, 20609, 1014014],
    ],
    [
      10 ** 9,
      [-5, 1],
      [930290586, 199632282, 951477448, 33622047, 194939359, 918066028],
    ],
    [2 ** 40, [2 ** 50, 9], [923234300445, 568589063052, 801381628760]],
  ];
  for (const [size, key, expected] of known) {
    const permutation = new Permutation(size, key);
    assert.deepEqual(expected.map((_, i) => permutation.at(i)), expected);
  }
});

Deno.test("Permutation is a bijection for all sizes to 2000 and ten to 2^20", () => {
  const sizes = Array.from({ length: 2000 }, (_, i) => i + 1);
  const random = seeded(14);
  for (let i = 0; i < 9; i++) sizes.push(Math.ceil(random() * 2 ** 20));
  sizes.push(2 ** 20);
  for (const size of sizes) {
    const permutation = new Permutation(size, [size, 3]);
    const seen = new Uint8Array(size);
    for (let place = 0; place < size; place++) seen[permutation.at(place)]++;
    assert.equal(seen.indexOf(0), -1, `size ${size}`);
  }
});

Deno.test("Permutation.placeOf() is its inverse at 10,000 places of sizes to 2^40", () => {
  const random = seeded(15);
  for (let i = 0; i < 1000; i++) {
    const size = Math.ceil(2 ** (random() * 40));
    const permutation = new Permutation(size, [i, 2 ** 40 + i]);
    for (let j = 0; j < 10; j++) {
      const place = Math.floor(random() * size);
      const number = permutation.at(place);
      assert.ok(number >= 0 && number < size);
      assert.equal(permutation.placeOf(number), place);
    }
  }
});

/** How far a chi-square of so many degrees of freedom is from its mean, in standard deviations. */
function deviation(
  counts: Iterable<number>,
  expected: number,
  freedom: number,
) {
  let sum = 0;
  for (const count of counts) sum += (count - expected) ** 2 / expected;
  return (sum - freedom) / Math.sqrt(2 * freedom);
}

Deno.test("Permutation takes every order of few numbers alike over 10,000 keys", () => {
  for (const [size, orders] of [[2, 2], [3, 6], [4, 24], [5, 120]]) {
    for (const epochs of [false, true]) {
      const counts = new Map<string, number>();
      for (let i = 0; i < 10_000; i++) {
        const order = orderOf(size, epochs ? [7, i] : [i, 7]).join();
        counts.set(order, (counts.get(order) ?? 0) + 1);
      }
      assert.equal(counts.size, orders);
      const far = deviation(counts.values(), 10_000 / orders, orders - 1);
      assert.ok(Math.abs(far) < 4, `size ${size}: ${far}`);
    }
  }
});

Deno.test("Permutation puts every number at every place alike over 10,000 keys", () => {
  for (const size of [7, 16, 17, 100, 256, 257, 300]) {
    const counts = new Uint32Array(size * size);
    for (let i = 0; i < 10_000; i++) {
      const permutation = new Permutation(size, [i, 7]);
      for (let place = 0; place < size; place++) {
        counts[place * size + permutation.at(place)]++;
      }
    }
    const far = deviation(counts, 10_000 / size, (size - 1) ** 2);
    assert.ok(Math.abs(far) < 4, `size ${size}: ${far}`);
  }
});

Deno.test("Permutation distinguishes keys by each number, by its upper half and by their count", () => {
  const keys = [[], [0], [0, 0], [1], [0, 1], [1, 0], [2 ** 32], [-1]];
  for (const size of [100, 1000]) {
    const orders = new Set(keys.map((key) => orderOf(size, key).join()));
    assert.equal(orders.size, keys.length);
  }
});

Deno.test("Permutation refuses sizes, keys and places that are none", () => {
  for (const size of [-1, 1.5, NaN, 2 ** 40 + 1]) {
    assert.throws(() => new Permutation(size, [1]), RangeError);
  }
  for (const number of [0.5, NaN, 2 ** 53]) {
    assert.throws(() => new Permutation(9, [number]), RangeError);
  }
  assert.equal(new Permutation(0, [1]).size, 0);
  for (const size of [0, 9, 999]) {
    const permutation = new Permutation(size, [1]);
    for (const place of [-1, 0.5, size]) {
      assert.throws(() => permutation.at(place), RangeError);
      assert.throws(() => permutation.placeOf(place), RangeError);
    }
  }
});
