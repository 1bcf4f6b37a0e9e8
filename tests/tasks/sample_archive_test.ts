import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { compressInFrames, sampleText } from "../../data/make_sample.ts";
import { sharedData } from "../_shared_data.ts";

const SAMPLE = new URL("../../data/lichess_sample.pgn.zst", import.meta.url);

async function run(command: string, ...args: string[]): Promise<Uint8Array> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args })
    .output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return stdout;
}

Deno.test("the sample archive is whole, for zstd and for pzstd", async () => {
  await run("zstd", "-tq", SAMPLE.pathname);
  const byZstd = await run("zstd", "-dcq", SAMPLE.pathname);
  const byPzstd = await run("pzstd", "-dcq", SAMPLE.pathname);
  assert.equal(Buffer.compare(byPzstd, byZstd), 0);
});

Deno.test("the sample archive is laid out as Lichess lays out its dumps", async () => {
  const bytes = await Deno.readFile(SAMPLE);
  const view = new DataView(bytes.buffer);
  let frames = 0;
  for (let at = 0; at < bytes.length; frames++) {
    assert.equal(view.getUint32(at, true), 0x184d2a50);
    assert.equal(view.getUint32(at + 4, true), 4);
    const length = view.getUint32(at + 8, true);
    assert.equal(view.getUint32(at + 12, true), 0xfd2fb528);
    // Neither one segment nor the content's size; a checksum; 8 MiB of window.
    assert.equal(view.getUint8(at + 16), 0b0000_0100);
    assert.equal(view.getUint8(at + 17), (23 - 10) << 3);
    at += 12 + length;
  }
  assert.equal(frames, 10);
  assert.ok(bytes.length < 1_100_000);
});

Deno.test("the sample archive holds what its page says", async () => {
  const text = new TextDecoder().decode(
    await run("zstd", "-dcq", SAMPLE.pathname),
  );
  const games = text.split(/^(?=\[Event ")/m);
  const page = await Deno.readTextFile(
    new URL("README.md", new URL("./", SAMPLE)),
  );
  const said = (pattern: RegExp) => Number(page.match(pattern)?.[1]);
  assert.equal(games.length, said(/holds (\d+) real games/));
  assert.equal(
    games.filter((game) => game.includes("[%eval")).length,
    said(/(\d+) have evaluations/),
  );
  assert.equal(
    games.filter((game) => game.includes("[%clk")).length,
    said(/(\d+) have clocks/),
  );
  assert.equal(
    games.filter((game) => game.includes('[Variant "Chess960"]')).length,
    said(/(\d+) of them Chess960/),
  );
  assert.equal(
    Math.round((await Deno.stat(SAMPLE)).size / 1024),
    said(/(\d+) KiB, for/),
  );
  const sites = games.map((game) => game.match(/^\[Site "(.*)"\]$/m)?.[1]);
  assert.equal(new Set(sites).size, games.length);
});

Deno.test({
  name: "the sample archive is what its script makes",
  ignore: sharedData === undefined,
  async fn() {
    const text = await sampleText(`${sharedData}/lichess`);
    const made = await compressInFrames(new TextEncoder().encode(text));
    assert.equal(Buffer.compare(made, await Deno.readFile(SAMPLE)), 0);
  },
});
