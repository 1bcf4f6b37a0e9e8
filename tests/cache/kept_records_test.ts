import assert from "node:assert/strict";
import type { CacheStore } from "../../src/cache/cache_store.ts";
import { KeptRecords } from "../../src/cache/set_reader.ts";
import {
  RECORD_BYTES,
  RECORDS_PER_BLOCK,
} from "../../src/filter/game_record.ts";

const BLOCKS = 200;

/** Records whose lengths are one more than the games' numbers, and what is asked for. */
class FakeStore implements Pick<CacheStore, "records"> {
  readonly asked: string[] = [];
  /** Games from here on have no record. */
  end = BLOCKS * RECORDS_PER_BLOCK;

  records(_: unknown, first: number, end: number): Promise<Uint8Array> {
    this.asked.push(`${first}-${end}`);
    const last = Math.max(first, Math.min(this.end, end));
    const records = new Uint8Array((last - first) * RECORD_BYTES);
    const view = new DataView(records.buffer);
    for (let game = first; game < last; game++) {
      view.setUint32((game - first) * RECORD_BYTES, game + 1, true);
    }
    return Promise.resolve(records);
  }
}

function setUp(blocks: number) {
  const fake = new FakeStore();
  const kept = new KeptRecords();
  const set = {
    name: "a",
    generation: "1",
    count: blocks * RECORDS_PER_BLOCK,
  };
  const read = async (numbers: number[], generation = "1") => {
    fake.asked.length = 0;
    const store = fake as unknown as CacheStore;
    const records = await kept.read(store, { ...set, generation }, numbers);
    numbers.forEach((game, i) => {
      assert.equal(records.has(i), game < fake.end);
      if (game < fake.end) assert.equal(records.lengthOf(i), game + 1);
    });
    return [...fake.asked];
  };
  return { fake, read };
}

Deno.test("KeptRecords asks for whole blocks once, of a set that fits whole", async () => {
  const { read } = setUp(2);
  assert.deepEqual(await read([5, 7, 1500]), ["0-1000", "1000-2000"]);
  assert.deepEqual(await read([0, 999, 1999]), []);
  assert.deepEqual(await read([5], "2"), ["0-1000"]);
});

Deno.test("KeptRecords keeps of a larger set the blocks of which much is needed", async () => {
  const { read } = setUp(BLOCKS);
  assert.deepEqual(await read([5, 7, 1100, 1900]), ["5-8", "1000-2000"]);
  assert.deepEqual(await read([5, 1000, 1999]), ["5-6"]);
  // The block that was used longest ago makes room.
  for (let block = 2; block < 129; block++) {
    const first = block * RECORDS_PER_BLOCK;
    const whole = `${first}-${first + RECORDS_PER_BLOCK}`;
    assert.deepEqual(await read([first, first + 999]), [whole]);
  }
  assert.deepEqual(await read([1000, 1999]), []);
  assert.deepEqual(await read([129_000, 129_999]), ["129000-130000"]);
  assert.deepEqual(await read([2000, 2999]), ["2000-3000"]);
  assert.deepEqual(await read([1000]), []);
});

Deno.test("KeptRecords keeps no block that is not whole", async () => {
  const { fake, read } = setUp(2);
  fake.end = 1200;
  assert.deepEqual(await read([1100, 1500]), ["1000-2000"]);
  fake.end = 2000;
  assert.deepEqual(await read([1100, 1500]), ["1000-2000"]);
  assert.deepEqual(await read([1100, 1500]), []);
});
