import assert from "node:assert/strict";
import { RedisServer } from "../_redis_server.ts";
import { runTask, SAMPLE } from "./_run_task.ts";

const META = "chess:meta:tactical";

/** What may be found in the meta of a set, written by anybody. */
const DAMAGES: Readonly<Record<string, string[]>> = {
  "a filter that is null": ["HSET", META, "filter", "null"],
  "a filter with a field of a newer version": [
    "HSET",
    META,
    "filter",
    '{"minStars":5}',
  ],
  "a source that is no list": ["HSET", META, "source", '"a.pgn"'],
  "JSON that does not parse": ["HSET", META, "filter", "{"],
};

for (const [damage, command] of Object.entries(DAMAGES)) {
  Deno.test(`Every task does what it can where a set has ${damage}`, async () => {
    await using server = await RedisServer.start();
    const cache = ["--cache", server.url];
    const index = [SAMPLE, "--max-games", "5", ...cache];
    assert.equal((await runTask("index", index)).code, 0);
    await server.cli(...command);

    const stats = await runTask("stats", [...cache, "--json"]);
    assert.equal(stats.code, 0, stats.stderr);
    const { sets, damaged } = stats.json();
    const namesOf = (all: { name: string }[]) => all.map(({ name }) => name);
    assert.deepEqual([namesOf(sets), namesOf(damaged)], [
      ["positional"],
      ["tactical"],
    ]);

    const verify = await runTask("verify", [...cache, "--json"]);
    assert.equal(verify.code, 1, verify.stdout);
    assert.equal(verify.json().status, "damaged");
    assert.equal((await runTask("verify", ["positional", ...cache])).code, 0);

    const round = [SAMPLE, "--playstyle", "tactical", "--max-games", "2"];
    const sample = await runTask("sample", [...round, ...cache]);
    assert.equal(sample.code, 0, sample.stderr);
    const archive = await runTask("sample", [...round, "--cache", "sqlite:-"]);
    assert.equal(sample.stdout, archive.stdout);

    const again = await runTask("index", [...index, "--replace"]);
    assert.equal(again.code, 0, again.stderr);
    assert.equal((await runTask("verify", cache)).code, 0);
    await server.cli(...command);
    const clear = await runTask("clear", ["tactical", "--yes", ...cache]);
    assert.equal(clear.code, 0, clear.stderr);
    assert.equal((await server.cli("KEYS", "*:tactical*")).trim(), "");
  });
}

Deno.test("deno task clear --all passes over a name that no set can have", async () => {
  await using server = await RedisServer.start();
  const cache = ["--cache", server.url];
  const index = [SAMPLE, "--max-games", "5", ...cache];
  assert.equal((await runTask("index", index)).code, 0);
  await server.cli("SADD", "chess:sets", "B bad");
  const stats = await runTask("stats", cache);
  assert.equal(stats.code, 0, stats.stderr);
  const clear = await runTask("clear", ["--all", "--yes", "--json", ...cache]);
  assert.equal(clear.code, 0, clear.stderr);
  assert.equal(clear.json().removedGames, 10);
});
