import assert from "node:assert/strict";
import { encodeInput } from "../../src/encoding/encode.ts";
import { ENCODINGS, INPUTS } from "../../src/encoding/encodings.ts";
import { parseFen } from "../../src/chess/position.ts";
import {
  az,
  features,
  lc0,
  maia2,
  maia3,
  planes12,
  searchless,
} from "./_by_definition.ts";
import { type PlayedGame, playGames, USUAL_START } from "./_played_games.ts";

const isLong = Deno.env.has("GAME_CACHE_LONG_TESTS");
const GAMES = isLong ? 1000 : 46;
const games = [...playGames(GAMES, 1)];

/** The planes of each encoding by definition. */
const PLANES = {
  "planes-12": planes12,
  "maia2-18": maia2,
  "lc0-112": (game: PlayedGame, ply: number) => lc0(game, ply),
  "az-119": az,
} as const;

Deno.test("the games of these tests have all that is rare", () => {
  const count = { repeated: 0, thrice: 0, castled: 0, passed: 0, promoted: 0 };
  for (const { fens, moves, isChess960 } of games) {
    const keys = fens.map((fen) => fen.split(" ").slice(0, 4).join(" "));
    keys.forEach((key, ply) => {
      const before = keys.slice(0, ply).filter((other) => other === key).length;
      if (before > 0) count.repeated++;
      if (before > 1) count.thrice++;
      const move = moves[ply];
      if (/[rbn]$/.test(move)) count.promoted++;
      if (move.slice(2, 4) === fens[ply].split(" ")[3]) count.passed++;
      if (!isChess960 && /^e[18][gc]/.test(move)) count.castled++;
    });
  }
  for (const [what, times] of Object.entries(count)) {
    assert.ok(times >= 2, `${what}: ${times}`);
  }
});

for (const [name, byDefinition] of Object.entries(PLANES)) {
  Deno.test(`encodeInput() gives ${name} as its definition, in every layout and type`, () => {
    const encoding = name as keyof typeof PLANES;
    let samples = 0;
    for (const game of games) {
      for (const { ply, position } of game.game.mainline()) {
        const planes = byDefinition(game, ply);
        const bytes = encodeInput(position, encoding);
        const expected = planes.flat().map((value) => Math.min(255, value));
        assert.ok(bytes instanceof Uint8Array);
        assertSame(bytes, expected, game, ply);
        if (++samples % 7 !== 0) continue;
        const floats = encodeInput(position, encoding, { dtype: "float32" });
        assert.ok(floats instanceof Float32Array);
        assertSame(floats, planes.flat(), game, ply);
        const halves = encodeInput(position, encoding, {
          dtype: "float16",
          layout: "nhwc",
        });
        assert.ok(halves instanceof Float16Array);
        assert.deepEqual(
          Array.from(halves),
          Array.from(
            { length: 64 },
            (_, square) => planes.map((plane) => plane[square]),
          ).flat(),
        );
        const bits = encodeInput(position, encoding, { bits: true });
        assert.equal(bits.length, planes.length * 8);
        const counts = ENCODINGS[encoding].counts!;
        const unpacked = planes.map((_, plane) =>
          Array.from(
            { length: 64 },
            (_, square) => bits[plane * 8 + (square >> 3)] >> (square & 7) & 1,
          )
        );
        const isCount = (plane: number) => counts.includes(plane);
        const dense = planes.map((plane, i) => isCount(i) ? ZEROS : plane);
        assertSame(unpacked.flat(), dense.flat(), game, ply);
      }
    }
    assert.ok(samples > GAMES * 10);
  });
}

Deno.test("encodeInput() gives lc0-112 with zero history and rule-50 over 99", () => {
  for (const game of games) {
    for (const { ply, position } of game.game.mainline()) {
      if (ply > 9) break;
      assertSame(
        encodeInput(position, "lc0-112", { history: "zero" }),
        lc0(game, ply, "zero").flat(),
        game,
        ply,
      );
      assertSame(
        encodeInput(position, "lc0-112", { rule50: "99", dtype: "float32" }),
        Float32Array.from(lc0(game, ply, "fen", 99).flat()),
        game,
        ply,
      );
    }
  }
});

Deno.test("encodeInput() gives maia3-64x96 as its definition", () => {
  for (const game of games) {
    for (const { ply, position } of game.game.mainline()) {
      assertSame(
        encodeInput(position, "maia3-64x96"),
        squaresFirst(maia3(game, ply)),
        game,
        ply,
      );
    }
  }
});

Deno.test("encodeInput() gives searchless-77 as its definition", () => {
  for (const game of games) {
    for (const { ply, position } of game.game.mainline()) {
      const tokens = encodeInput(position, "searchless-77");
      assert.ok(tokens instanceof Uint8Array);
      const expected = searchless(game, ply);
      // A capital file of Chess960 has no token in the original.
      if (expected.includes(-1)) continue;
      assertSame(tokens, expected, game, ply);
    }
  }
});

for (
  const encoding of [
    "halfkav2_hm-22528",
    "halfkav2_hm-24576",
    "chess768",
  ] as const
) {
  Deno.test(`encodeInput() gives ${encoding} as its definition`, () => {
    for (const game of games) {
      for (const { ply, position } of game.game.mainline()) {
        const indices = encodeInput(position, encoding);
        assert.ok(indices instanceof Int32Array);
        assertSame(indices, features(game, ply, encoding), game, ply);
      }
    }
  });
}

Deno.test("lc0-112 and az-119 differ where an en passant capture is pinned", () => {
  // After e2-e4 the pawn on d4 attacks e3 and is pinned; then both kings go and come back.
  const position = parseFen("8/8/8/8/k2p3R/8/4P3/4K3 w - - 0 1");
  for (const move of ["e2e4", "a4a5", "e1d1", "a5a4", "d1e1"]) {
    position.play(move);
  }
  const repeated = (encoding: "lc0-112" | "az-119") =>
    encodeInput(position, encoding)[12 * 64];
  assert.equal(position.repetitionCount, 2);
  assert.equal(repeated("az-119"), 1);
  assert.equal(repeated("lc0-112"), 0);
});

Deno.test("encodeInput() looks back over moves that were played on a clone", () => {
  const position = parseFen(USUAL_START);
  for (const move of ["e4", "e5", "Nf3", "Nc6"]) position.play(move);
  const before = encodeInput(position, "lc0-112");
  const clone = position.clone();
  clone.play("Bb5");
  assert.deepEqual(encodeInput(position, "lc0-112"), before);
  // Four plies ago White's pawn was on e4, which Black sees as e5.
  const theirPawns = (13 * 4 + 6) * 64;
  assert.equal(encodeInput(clone, "lc0-112")[theirPawns + 36], 1);
});

Deno.test("encodeInput() refuses what an encoding cannot give", () => {
  const position = parseFen(USUAL_START);
  const refused = (
    encoding: string,
    options: Parameters<typeof encodeInput>[2],
    pattern: RegExp,
  ) =>
    assert.throws(
      () => encodeInput(position, encoding as "planes-12", options),
      (error) => error instanceof RangeError && pattern.test(error.message),
    );
  refused("planes-13", {}, /inputs must be one of planes-12/);
  refused("lc0-112", { rule50: "99" }, /needs a dtype of floats/);
  refused("planes-12", { rule50: "99", dtype: "float32" }, /only lc0-112/);
  refused("az-119", { history: "zero" }, /only lc0-112/);
  refused("chess768", { dtype: "float32" }, /always int32/);
  refused("searchless-77", { bits: true }, /always uint8/);
  refused("planes-12", { bits: true, dtype: "float32" }, /bits are uint8/);
  refused("planes-12", { dtype: "int8" as "uint8" }, /dtype must be one of/);
  const full = "qqqqqqqk/qqqqqqqq/8/8/8/8/QQQQQQQQ/KQQQQQQQ w - - 0 1";
  const more = full.replace("/8/", "/q7/");
  assert.doesNotThrow(() => encodeInput(parseFen(full), "chess768"));
  assert.throws(
    () => encodeInput(parseFen(more), "chess768"),
    /more than 32 pieces/,
  );
  assert.throws(
    () => encodeInput({ ...position } as typeof position, "planes-12"),
    TypeError,
  );
});

Deno.test("ENCODINGS describes every input", () => {
  for (const [name, { shape }] of Object.entries(INPUTS)) {
    const described = ENCODINGS[name as keyof typeof INPUTS];
    assert.equal(described.name, name);
    assert.equal(described.kind, "input");
    assert.match(described.source, /\.$/);
    const length = shape.reduce((product, size) => product * size);
    const position = parseFen(USUAL_START);
    const array = encodeInput(position, name as keyof typeof INPUTS);
    assert.equal(array.length, length);
    assert.equal(
      array.constructor.name,
      described.dtype === "int32" ? "Int32Array" : "Uint8Array",
    );
  }
  assert.equal(ENCODINGS["halfkav2_hm-22528"].size, 22_528);
  assert.equal(ENCODINGS["halfkav2_hm-24576"].size, 24_576);
});

const ZEROS: number[] = Array(64).fill(0);

function squaresFirst(planes: number[][]): number[] {
  return Array.from(
    { length: 64 },
    (_, square) => planes.map((plane) => plane[square]),
  ).flat();
}

/** Compares thousands of numbers, which `deepEqual` does slowly. */
function assertSame(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { fens, start }: PlayedGame,
  ply: number,
): void {
  const where = `ply ${ply} of a game from ${start}: ${fens[ply]}`;
  assert.equal(actual.length, expected.length, where);
  for (let i = 0; i < expected.length; i++) {
    if (actual[i] !== expected[i]) {
      assert.equal(actual[i], expected[i], `number ${i}, ${where}`);
    }
  }
}
