import assert from "node:assert/strict";
import { type Evaluation, Game } from "../../src/game.ts";

function evaluation(movetext: string): Evaluation | undefined {
  return [...new Game(movetext).mainline()][0].eval;
}

function clock(movetext: string): number | undefined {
  return [...new Game(movetext).mainline()][0].clock;
}

Deno.test("readEvaluation() reads pawns and mates", () => {
  const cases: [string, Evaluation | undefined][] = [
    ["[%eval 0.17]", { cp: 17 }],
    ["[%eval -0.29]", { cp: -29 }],
    ["[%eval 1.15]", { cp: 115 }],
    ["[%eval 8.2]", { cp: 820 }],
    ["[%eval 3]", { cp: 300 }],
    ["[%eval +0.5]", { cp: 50 }],
    ["[%eval .5]", { cp: 50 }],
    ["[%eval 0.0]", { cp: 0 }],
    ["[%eval -0.00]", { cp: 0 }],
    ["[%eval 153.05]", { cp: 15305 }],
    ["[%eval #3]", { mate: 3 }],
    ["[%eval #-3]", { mate: -3 }],
    ["[%eval #0]", { mate: 0 }],
    ["[%eval 0.17,20]", { cp: 17 }],
    ["[%eval #-3,31]", { mate: -3 }],
    ["[%eval\n0.17]", { cp: 17 }],
    ["best [%clk 0:01:00] [%eval 0.17] by far", { cp: 17 }],
    ["[%eval 0.1] [%eval 0.2]", { cp: 10 }],
    ["[%eval]", undefined],
    ["[%eval x]", undefined],
    ["[%eval 1.2.3]", undefined],
    ["[%eval 1", undefined],
    ["[%eval " + "9".repeat(1000) + "]", undefined],
    ["[%evaluation 0.17]", undefined],
    ["%eval 0.17", undefined],
    ["[%clk 0:05:00]", undefined],
    ["", undefined],
  ];
  for (const [comment, expected] of cases) {
    assert.deepEqual(evaluation(`1. e4 {${comment}} e5`), expected, comment);
  }
});

Deno.test("readClock() reads seconds", () => {
  const cases: [string, number | undefined][] = [
    ["[%clk 0:05:00]", 300],
    ["[%clk 1:57:03]", 7023],
    ["[%clk 0:00:09.7]", 9.7],
    ["[%clk 0:00:00]", 0],
    ["[%clk 05:00]", 300],
    ["[%clk 120:00:00]", 432000],
    ["[%eval 0.3] [%clk 0:05:00]", 300],
    ["[%clk\n0:05:00]", 300],
    ["[%emt 0:05:00]", undefined],
    ["[%clk 5]", undefined],
    ["[%clk x]", undefined],
    ["[%clk 1:2:3:4]", undefined],
  ];
  for (const [comment, expected] of cases) {
    assert.equal(clock(`1. e4 {${comment}} e5`), expected, comment);
  }
});

Deno.test("Ply.eval and Ply.clock belong to the move before the comment", () => {
  const game = new Game(
    `{[%eval 9.99]} 1. {[%eval 8.88]} e4 {A} {[%eval 0.1]} 1... {[%clk 0:00:01]}
    e5 (1... c5 {[%eval 7.77] [%clk 9:09:09]} (1... c6 ;[%eval 6.66]
    )) {[%clk 0:00:02]} 2. Nf3 ; [%eval 0.3]
    2... Nc6 (
%)
) {[%eval #2]} {[%clk 0:00:04]} 1-0 {[%eval 5.55]}`,
  );
  assert.deepEqual(
    Array.from(game.mainline(), (ply) => [ply.san, ply.eval, ply.clock]),
    [
      ["e4", { cp: 10 }, 1],
      ["e5", undefined, 2],
      ["Nf3", { cp: 30 }, undefined],
      ["Nc6", { mate: 2 }, 4],
    ],
  );
});
