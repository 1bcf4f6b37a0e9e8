import assert from "node:assert/strict";
import { Game } from "../src/game.ts";
import { GameFilterStream } from "../src/game_filter_stream.ts";

Deno.test("GameFilterStream passes on the same games in order", async () => {
  const given = ["B90", "D37", "?", "C50", "b20"].map((code) =>
    new Game(`[ECO "${code}"]\n\n1. e4 *`)
  );
  const games = await Array.fromAsync(
    ReadableStream.from(given).pipeThrough(
      new GameFilterStream({ playstyle: "tactical" }),
    ),
  );
  assert.equal(games.length, 3);
  assert.equal(games[0], given[0]);
  assert.equal(games[1], given[3]);
  assert.equal(games[2], given[4]);
});

Deno.test("GameFilterStream passes every game by an empty filter", async () => {
  const given = [new Game('[ECO "B90"]\n\n*'), new Game("")];
  const games = ReadableStream.from(given).pipeThrough(
    new GameFilterStream({}),
  );
  assert.equal((await Array.fromAsync(games)).length, 2);
});

Deno.test("GameFilterStream passes nothing of nothing", async () => {
  const games = ReadableStream.from<Game>([]).pipeThrough(
    new GameFilterStream({ eco: "B90" }),
  );
  assert.deepEqual(await Array.fromAsync(games), []);
});

Deno.test("GameFilterStream throws at once at a bad filter", () => {
  assert.throws(() => new GameFilterStream({ minRating: 0 }), RangeError);
  assert.throws(() => new GameFilterStream({ elo: 1 } as never), TypeError);
});

Deno.test("GameFilterStream stops its source when it is stopped", async () => {
  let pulled = 0;
  const { promise: cancelled, resolve } = Promise.withResolvers();
  const endless = new ReadableStream<Game>({
    pull(controller) {
      controller.enqueue(new Game(`[Round "${++pulled}"]\n[ECO "B90"]\n\n*`));
    },
    cancel: resolve,
  }, { highWaterMark: 0 });
  const reader = endless.pipeThrough(new GameFilterStream({ eco: "B90" }))
    .getReader();
  assert.equal((await reader.read()).value?.tags.Round, "1");
  await reader.cancel("enough");
  assert.equal(await cancelled, "enough");
  assert.ok(pulled < 10, `${pulled} pulled`);
});

Deno.test("GameFilterStream hands on the error of its source", async () => {
  const broken = new ReadableStream<Game>({
    pull(controller) {
      controller.error(new TypeError("broken"));
    },
  });
  await assert.rejects(
    Array.fromAsync(broken.pipeThrough(new GameFilterStream({}))),
    { name: "TypeError", message: "broken" },
  );
});
