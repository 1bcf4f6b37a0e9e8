import assert from "node:assert/strict";
import { join } from "node:path";
import type { BatchCursor } from "../../src/batches/batch_cursor.ts";
import type { BatchQuery } from "../../src/batches/extract_batches.ts";
import type { SampleBatch } from "../../src/batches/sample_batch.ts";
import { RedisGameCache } from "../../src/cache/redis_game_cache.ts";
import { SqliteGameCache } from "../../src/cache/sqlite_game_cache.ts";
import type { GameCache } from "../../src/cache/game_cache.ts";
import { indexGames } from "../../src/game_indexer.ts";
import { GameLoader } from "../../src/game_loader.ts";
import { SampleExtractor } from "../../src/sample_extractor.ts";
import { SAMPLE } from "../_archives.ts";
import { tempFolder } from "../_games.ts";
import { seeded } from "../_pgn_data.ts";
import { RedisServer } from "../_redis_server.ts";
import { LONG } from "../_shared_data.ts";

const QUERY: BatchQuery = {
  minRating: 1800,
  shuffle: { seed: 11 },
  batchSize: 64,
  window: 32,
  maxPerBatch: 8,
};

const RUNS = LONG ? 100 : 3;

/** Few samples of each game, so that a run has many windows. */
function open(cache: GameCache | null): SampleExtractor {
  const loader = new GameLoader(SAMPLE, { cache, threads: 0 });
  return new SampleExtractor(loader, { sampleRate: 0.1 });
}

function keys({ gameIndex, ply }: SampleBatch): string[] {
  return Array.from(gameIndex, (game, row) => `${game}:${ply[row]}`);
}

Deno.test("batches are the same from archive, Redis and SQLite, also where the source changes at a cursor, and for other ranks", async () => {
  await using folder = await tempFolder();
  await using server = await RedisServer.start();
  await using redis = new RedisGameCache({ url: server.url });
  await using sqlite = new SqliteGameCache(join(folder.path, "games.sqlite"));
  for (const cache of [redis, sqlite]) {
    await indexGames(SAMPLE, cache, [{ name: "all", filter: {} }]);
  }
  const sources = [null, redis, sqlite];
  const query = { ...QUERY, shard: { index: 1, count: 2 } };
  const whole = await Array.fromAsync(open(null).extractBatches(query));
  assert.ok(whole.length > 10, `${whole.length}`);
  const random = seeded(7);
  for (let run = 0; run < RUNS; run++) {
    const given: SampleBatch[] = [];
    let resume: BatchCursor | undefined;
    // Stopped twice anywhere, and resumed from other sources: the last time
    // after the last batch.
    const stop = Math.ceil(random() * (whole.length - 1));
    for (const [i, end] of [stop, whole.length, Infinity].entries()) {
      const source = open(sources[(run + i) % 3]);
      const batches = source.extractBatches({ ...query, resume }).getReader();
      while (given.length < end) {
        const { done, value } = await batches.read();
        if (done) break;
        given.push(value);
        resume = JSON.parse(JSON.stringify(value.cursor));
      }
      await batches.cancel();
    }
    assert.deepEqual(given, whole);
  }

  const samples = open(null).extractSamples({ minRating: 1800 });
  const expected = (await Array.fromAsync(samples))
    .map(({ gameIndex, ply }) => `${gameIndex}:${ply}`);
  const given: string[] = [];
  let cursors: BatchCursor[] | undefined;
  for (const [i, ranks] of [4, 3, 2].entries()) {
    const next: BatchCursor[] = [];
    for (let index = 0; index < ranks; index++) {
      const batches = open(sources[i]).extractBatches({
        ...QUERY,
        shard: { index, count: ranks },
        resume: cursors,
      });
      let count = 0;
      for await (const batch of batches) {
        given.push(...keys(batch));
        next[index] = JSON.parse(JSON.stringify(batch.cursor));
        if (++count > index && ranks > 2) break;
      }
    }
    cursors = next;
  }
  assert.deepEqual(given.sort(), expected.sort());
});
