import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { Chess } from "npm:chess.js@1.4.0";
import { remakeSample } from "../../data/make_sample.ts";
import { type Game, GameLoader, SampleExtractor } from "../../mod.ts";
import type { GameQuery } from "../../mod.ts";
import { LONG } from "../_shared_data.ts";
import { SAMPLE, SAMPLE_GAMES, TestFolder } from "./_run_task.ts";

async function run(command: string, ...args: string[]): Promise<Uint8Array> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args })
    .output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return stdout;
}

async function loadGames(query: GameQuery = {}): Promise<Game[]> {
  await using loader = new GameLoader(SAMPLE, { cache: null });
  return await Array.fromAsync(loader.loadGames(query));
}

async function count(query: GameQuery): Promise<number> {
  return (await loadGames(query)).length;
}

Deno.test("the sample archive is whole, for zstd and for pzstd", async () => {
  await run("zstd", "-tq", SAMPLE);
  const byZstd = await run("zstd", "-dcq", SAMPLE);
  const byPzstd = await run("pzstd", "-dcq", SAMPLE);
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
  assert.ok(frames > 5, `${frames}`);
  assert.ok(bytes.length < 1_100_000, `${bytes.length}`);
});

Deno.test("the sample archive is what its script makes again from the games in it", async () => {
  const bytes = await Deno.readFile(SAMPLE);
  const made = await remakeSample(bytes);
  await using folder = new TestFolder();
  await Deno.writeFile(`${folder.path}/made.zst`, made);
  const text = await run("zstd", "-dcq", `${folder.path}/made.zst`);
  const sample = await run("zstd", "-dcq", SAMPLE);
  assert.equal(Buffer.compare(text, sample), 0);
  // Another version of Deno may have another zstd, which compresses otherwise.
  if (Deno.version.deno === "2.9.6") {
    assert.equal(Buffer.compare(made, bytes), 0);
  }
});

Deno.test("the sample archive holds enough games of every kind", async () => {
  const wanted: [number, GameQuery][] = [
    [400, { playstyle: "tactical" }],
    [400, { playstyle: "positional" }],
    [150, { playstyle: "tactical", minRating: 2000 }],
    [150, { playstyle: "positional", minRating: 2000 }],
    [600, { hasEval: true }],
    [1200, { hasClock: true }],
    [20, { maxRating: 1400 }],
    [20, { minRating: 2700 }],
    [20, { timeControl: "ultraBullet" }],
    [100, { timeControl: "bullet" }],
    [100, { timeControl: "blitz" }],
    [100, { timeControl: "rapid" }],
    [100, { timeControl: "classical" }],
    [20, { timeControl: "correspondence" }],
    [100, { result: "1/2-1/2" }],
    [5, { result: "*" }],
    [100, { termination: "Time forfeit" }],
    [10, { termination: "Abandoned" }],
    [5, { termination: "Unterminated" }],
    [5, { termination: "Rules infraction" }],
    [5, { termination: "Insufficient material" }],
    [100, { rated: false }],
    ...["A", "B", "C", "D", "E"].map((volume): [number, GameQuery] => [
      100,
      { eco: `${volume}00-${volume}99` },
    ]),
  ];
  for (const [least, query] of wanted) {
    const found = await count(query);
    assert.ok(found >= least, `${found} games ${JSON.stringify(query)}`);
  }
});

Deno.test("the sample archive holds what its page says, of engines alone", async () => {
  const games = await loadGames();
  assert.equal(games.length, SAMPLE_GAMES);
  const withText = (pattern: RegExp) =>
    games.filter(({ pgn }) => pattern.test(pgn)).length;
  const page = await Deno.readTextFile(
    new URL("README.md", `file://${SAMPLE}`),
  );
  const size = Math.round((await Deno.stat(SAMPLE)).size / 1024);
  const found: [RegExp, number][] = [
    [/holds (\d+) games/, games.length],
    [/games, (\d+) KiB/, size],
    [/\| +(\d+) \| with evaluations/, await count({ hasEval: true })],
    [/\| +(\d+) \| with clocks/, await count({ hasClock: true })],
    [/\| +(\d+) \| tactical/, await count({ playstyle: "tactical" })],
    [/\| +(\d+) \| positional/, await count({ playstyle: "positional" })],
    [/\| +(\d+) \| with variations/, withText(/\(\d+\.+ /)],
    [/\| +(\d+) \| with `GameId`/, withText(/\[GameId /)],
    [/\| +(\d+) \| of bots/, withText(/Title "BOT"\]/)],
    [/\| +(\d+) \| of Chess960/, withText(/\[Variant "Chess960"\]/)],
    [/\| +(\d+) \| from a position/, withText(/\[Variant "From Position"\]/)],
    [/\| +(\d+) \| without a move/, withText(/\n\n [01*]/)],
  ];
  for (const [pattern, number] of found) {
    assert.equal(Number(page.match(pattern)?.[1]), number, `${pattern}`);
  }
  assert.equal(withText(/\[Variant "Chess960"\]/), 20);

  assert.equal(new Set(games.map(({ tags }) => tags.Site)).size, games.length);
  for (const { tags } of games) {
    assert.match(tags.Site!, /^https:\/\/chess\.example\/[0-9A-Za-z]{8}$/);
    for (const name of [tags.White!, tags.Black!]) {
      assert.match(name, /^stockfish(?:-\d{4})?$/);
    }
    if (tags.GameId !== undefined) assert.ok(tags.Site!.endsWith(tags.GameId));
  }
});

Deno.test("the sample archive is legal, but for the games that its page names", async () => {
  const page = await Deno.readTextFile(
    new URL("README.md", `file://${SAMPLE}`),
  );
  const named = [...page.matchAll(/^\| `(\w{8})` +\|/gm)].map(([, id]) => id);
  assert.equal(named.length, 3);
  const bad: string[] = [];
  const extractor = new SampleExtractor(
    new GameLoader(SAMPLE, { cache: null }),
    { onBadGame: ({ message }) => bad.push(message) },
  );
  for await (const _ of extractor.extractSamples());
  assert.equal(extractor.counts.badGames, 3);
  for (const id of named) {
    assert.ok(bad.some((message) => message.includes(id)), `${bad}`);
  }

  for (const [index, game] of (await loadGames()).entries()) {
    const { Site, Variant, FEN } = game.tags;
    // Other rules are too slow for all games of it.
    if (Variant === "Chess960" || index % 10 !== 0 && !LONG) continue;
    if (named.includes(Site!.slice(-8))) continue;
    const chess = FEN === undefined ? new Chess() : new Chess(FEN);
    for (const { san } of game.mainline()) {
      assert.equal(chess.move(san).san, san, game.pgn);
    }
  }
});
