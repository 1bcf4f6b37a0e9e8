import assert from "node:assert/strict";
import type { SetInfo } from "../../src/cache/game_set.ts";
import { readSetInOrder } from "../../src/loader/read_set_in_order.ts";

const SET = {} as SetInfo;

/** A set whose game i is i as text; some games are missing. */
function fakeCache(missing: readonly number[] = [], length = 8) {
  const cache = {
    requests: [] as number[],
    open: 0,
    mostOpen: 0,
    async readGamesAt(
      _: SetInfo,
      numbers: readonly number[],
      { signal }: { signal?: AbortSignal } = {},
    ): Promise<Uint8Array[]> {
      cache.requests.push(numbers.length);
      cache.mostOpen = Math.max(cache.mostOpen, ++cache.open);
      try {
        await new Promise((resolve) => setTimeout(resolve, 1));
        signal?.throwIfAborted();
        return numbers.map((number) => {
          if (missing.includes(number)) throw new Error(`${number} is gone`);
          return new TextEncoder().encode(String(number).padEnd(length));
        });
      } finally {
        cache.open--;
      }
    },
  };
  return cache;
}

async function numbersOf(
  games: AsyncIterable<readonly Uint8Array[]>,
  into: number[] = [],
): Promise<number[]> {
  for await (const batch of games) {
    for (const game of batch) into.push(Number(new TextDecoder().decode(game)));
  }
  return into;
}

Deno.test("readSetInOrder() gives the games in the order asked for, several requests in flight", async () => {
  for (const [length, most] of [[8, 128], [40_000, 13], [900_000, 1]]) {
    const numbers = Array.from({ length: 600 }, (_, i) => i * 7 % 601);
    const cache = fakeCache([], length);
    assert.deepEqual(
      await numbersOf(readSetInOrder(cache, SET, numbers.values())),
      numbers,
    );
    assert.equal(cache.open, 0);
    assert.equal(cache.mostOpen, 4);
    // Once the length of games is known, requests are as large as is right.
    assert.ok(cache.requests.slice(4).every((games) => games <= most));
  }
});

Deno.test("readSetInOrder() throws the error of a game after the batches before it, and leaves nothing open", async () => {
  const cache = fakeCache([500]);
  const numbers = Array.from({ length: 1000 }, (_, i) => i);
  const given: number[] = [];
  await assert.rejects(
    numbersOf(readSetInOrder(cache, SET, numbers.values()), given),
    /500 is gone/,
  );
  assert.deepEqual(given, numbers.slice(0, given.length));
  assert.ok(given.length > 300 && given.length <= 500);
  assert.equal(cache.open, 0);
});

Deno.test("readSetInOrder() leaves nothing open when it is stopped", async () => {
  const cache = fakeCache();
  const numbers = Array.from({ length: 1000 }, (_, i) => i * 2);
  for await (const _ of readSetInOrder(cache, SET, numbers.values())) break;
  assert.equal(cache.open, 0);

  const stop = new AbortController();
  const reason = new Error("Enough");
  const games = readSetInOrder(cache, SET, numbers.values(), stop.signal);
  await assert.rejects(async () => {
    for await (const _ of games) stop.abort(reason);
  }, reason);
  assert.equal(cache.open, 0);
});
