import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { Game } from "../src/game.ts";
import { PgnSplitterStream } from "../src/pgn_splitter_stream.ts";
import { latin1, readArchive } from "./_pgn_data.ts";

const TEXT = `\ufeff[Event "A"]\r
[White "Ефим é"]\r
\r
1. e4 { € } e5 1-0\r
\r
junk\r
[Event "B"]\r
\r
1. d4 {never closed\r
\r
[Event "C"]\r
[White "B"]\r
\r
 0-1`;

const GAMES = [
  '[Event "A"]\r\n[White "Ефим é"]\r\n\r\n1. e4 { € } e5 1-0',
  '[Event "C"]\r\n[White "B"]\r\n\r\n 0-1',
];

async function split(
  chunks: Iterable<Uint8Array>,
  options?: ConstructorParameters<typeof PgnSplitterStream>[0],
): Promise<string[]> {
  const games = await Array.fromAsync(
    ReadableStream.from(chunks).pipeThrough(new PgnSplitterStream(options)),
  );
  return games.map((game) => {
    assert.ok(game instanceof Game);
    return game.pgn;
  });
}

Deno.test("PgnSplitterStream gives one game a chunk", async () => {
  assert.deepEqual(await split([new TextEncoder().encode(TEXT)]), GAMES);
});

Deno.test("PgnSplitterStream gives no game of nothing", async () => {
  assert.deepEqual(await split([]), []);
  assert.deepEqual(await split([new Uint8Array(), new Uint8Array()]), []);
});

Deno.test("PgnSplitterStream gives the same wherever it is cut", async () => {
  const bytes = new TextEncoder().encode(TEXT);
  for (let cut = 0; cut <= bytes.length; cut++) {
    assert.deepEqual(
      await split([bytes.subarray(0, cut), bytes.subarray(cut)]),
      GAMES,
    );
  }
  const single = Array.from(bytes, (byte) => Uint8Array.of(byte));
  assert.deepEqual(await split(single), GAMES);
});

Deno.test("PgnSplitterStream reports each game that it skips", async () => {
  const errors: Error[] = [];
  const onBadGame = (error: Error) => errors.push(error);
  const bytes = new TextEncoder().encode(TEXT);
  await split([bytes], { onBadGame });
  assert.deepEqual(errors.map(({ name }) => name), ["SyntaxError"]);
  const short = GAMES[1].length;
  assert.deepEqual(await split([bytes], { maxGameLength: short, onBadGame }), [
    GAMES[1],
  ]);
  assert.deepEqual(errors.map(({ name }) => name), [
    "SyntaxError",
    "RangeError",
    "SyntaxError",
  ]);
});

Deno.test("PgnSplitterStream refuses a bad maxGameLength at once", () => {
  assert.throws(() => new PgnSplitterStream({ maxGameLength: 0 }), RangeError);
});

Deno.test("PgnSplitterStream reads bytes that are no UTF-8 as windows-1252", async () => {
  const text =
    '[White "M\xfcller \x80\x9f"]\n\n*\n\n[White "M\xc3\xbcller"]\n\n*';
  assert.deepEqual(await split([latin1(text)]), [
    '[White "Müller €Ÿ"]\n\n*',
    '[White "Müller"]\n\n*',
  ]);
});

Deno.test("PgnSplitterStream gives a game before its input ends", async () => {
  const { readable, writable } = new PgnSplitterStream();
  const writer = writable.getWriter();
  const reader = readable.getReader();
  const written = writer.write(latin1('[Event "A"]\n\n1. e4 1-0\n\n[Ev'));
  assert.equal((await reader.read()).value?.pgn, '[Event "A"]\n\n1. e4 1-0');
  await written;
  const closed = writer.close();
  assert.equal((await reader.read()).done, true);
  await closed;
});

Deno.test("PgnSplitterStream stops its source when it is stopped", async () => {
  let pulled = 0;
  const { promise: cancelled, resolve } = Promise.withResolvers();
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulled++;
      controller.enqueue(latin1(`[Event "${pulled}"]\n\n1. e4 1-0\n\n`));
    },
    cancel: resolve,
  }, { highWaterMark: 0 });
  const reader = endless.pipeThrough(new PgnSplitterStream()).getReader();
  assert.equal((await reader.read()).value?.tags.Event, "1");
  await reader.cancel("enough");
  assert.equal(await cancelled, "enough");
  assert.ok(pulled < 10, `${pulled} pulled`);
});

Deno.test("PgnSplitterStream hands on the error of its source", async () => {
  const { readable, writable } = new PgnSplitterStream();
  const read = Array.fromAsync(readable);
  const aborted = writable.abort(new TypeError("broken"));
  await assert.rejects(read, { name: "TypeError", message: "broken" });
  await aborted;
});

Deno.test({
  name: "PgnSplitterStream gives the bytes of an archive",
  async fn() {
    const bytes = readArchive("made/2021");
    const games = await split(
      Array.from(
        { length: Math.ceil(bytes.length / 50_000) },
        (_, i) => bytes.subarray(i * 50_000, (i + 1) * 50_000),
      ),
    );
    assert.equal(games.length, 1000);
    // Not assert.equal(): it would print both texts.
    assert.ok(games.join("\n\n") + "\n" === Buffer.from(bytes).toString());
  },
});
