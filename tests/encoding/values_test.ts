import assert from "node:assert/strict";
import { writeBullet } from "../../src/encoding/bulletformat.ts";
import { GrowingHistory } from "../../src/encoding/position_history.ts";
import {
  type ValueEncoding,
  winChance,
  writeValue,
} from "../../src/encoding/values.ts";
import { readFen } from "../../src/chess/fen.ts";
import { playGames } from "./_played_games.ts";

Deno.test("winChance() is Lichess' win chance for the side to move", () => {
  assert.equal(winChance({ cp: 0 }, true), 0);
  assert.ok(Object.is(winChance({ cp: 0 }, false), 0));
  const chance = (cp: number) => 2 / (1 + Math.exp(-0.00368208 * cp)) - 1;
  assert.equal(winChance({ cp: 17 }, true), chance(17));
  assert.equal(winChance({ cp: 17 }, false), chance(-17));
  assert.equal(winChance({ cp: -5000 }, true), chance(-1000));
  assert.equal(winChance({ mate: 3 }, true), chance(1000));
  assert.equal(winChance({ mate: -1 }, true), chance(-1000));
  assert.equal(winChance({ mate: -1 }, false), chance(1000));
});

Deno.test("writeValue() writes outcome, wdl, q and blends", () => {
  const value = (encoding: ValueEncoding, outcome: number, chance: number) => {
    const out = new Float32Array(4).fill(9);
    writeValue(encoding, outcome, chance, out, 1);
    return Array.from(out);
  };
  assert.deepEqual(value("outcome", -1, NaN), [9, -1, 9, 9]);
  assert.deepEqual(value("wdl", 1, NaN), [9, 1, 0, 0]);
  assert.deepEqual(value("wdl", 0, NaN), [9, 0, 1, 0]);
  assert.deepEqual(value("wdl", -1, NaN), [9, 0, 0, 1]);
  assert.deepEqual(value("q", 1, 0.3), [9, Math.fround(0.3), 9, 9]);
  const blended = Math.fround(0.7 * 0.3 + (1 - 0.7) * -1);
  assert.deepEqual(value({ blend: 0.7 }, -1, 0.3), [9, blended, 9, 9]);
  assert.deepEqual(value({ blend: 0.7 }, -1, NaN), [9, -1, 9, 9]);
});

Deno.test("writeBullet() writes the 32 bytes that its layout says", () => {
  for (const { fens } of playGames(46, 3)) {
    for (const fen of fens) {
      const bytes = new Uint8Array(34).fill(7);
      writeBullet(GrowingHistory.of(readFen(fen)), -1234, 1, bytes, 1);
      assert.deepEqual([bytes[0], bytes[33]], [7, 7]);
      assert.equal(decodeBullet(bytes.subarray(1, 33)), asSeen(fen));
      const view = new DataView(bytes.buffer, 1);
      assert.equal(view.getInt16(24, true), -1234);
      assert.deepEqual(Array.from(bytes.subarray(27, 28)), [2]);
      assert.deepEqual(Array.from(bytes.subarray(30, 33)), [0, 0, 0]);
    }
  }
});

/** The board that the mover sees, from a1 on, with the squares of both kings. */
function decodeBullet(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const occupied = view.getBigUint64(0, true);
  let text = "";
  let count = 0;
  for (let square = 0n; square < 64n; square++) {
    if ((occupied >> square & 1n) === 0n) {
      text += ".";
      continue;
    }
    const nibble = bytes[8 + (count >> 1)] >> (count % 2 * 4) & 15;
    text += "PNBRQK??pnbrqk"[nibble];
    count++;
  }
  return `${text} ${bytes[27]} ${bytes[28] ^ 56}`;
}

function asSeen(fen: string): string {
  const [board, side] = fen.split(" ");
  const ranks = board.replace(/\d/g, (n) => ".".repeat(Number(n))).split("/");
  if (side === "w") ranks.reverse();
  const text = Array.from(ranks.join(""), (letter) => {
    const upper = letter.toUpperCase();
    return side === "w" || letter === "."
      ? letter
      : letter === upper
      ? letter.toLowerCase()
      : upper;
  }).join("");
  return `${text} ${text.indexOf("K")} ${text.indexOf("k")}`;
}
