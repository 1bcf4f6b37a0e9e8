import assert from "node:assert/strict";
import { PgnError, type PgnErrorReason } from "../../src/chess/pgn_error.ts";
import { Game, replayGame } from "../../src/game.ts";

function moves(movetext: string): string {
  return Array.from(new Game(movetext).mainline(), ({ san }) => san).join(" ");
}

Deno.test("MovetextReader passes over all that is no move of the mainline", () => {
  for (
    const movetext of [
      "1. e4 e5 2. Nf3 Nc6 *",
      "1.e4 e5 2.Nf3 Nc6",
      "e4 e5 Nf3 Nc6 1-0 e4 nonsense",
      "1. e4 1... e5 2. Nf3 2... Nc6 0-1",
      "1e4 e5 2 Nf3 Nc6 1/2-1/2",
      "1 . e4 . . . e5 2 ... Nf3 Nc6 1/2",
      "1. e4 {a {b (c) ; %} e5 {(} 2. Nf3 {)} {;} Nc6",
      "{before} (d4) 1. e4 (1. d4 (1. c4 {)} (b3) $1) d5) e5 2. Nf3 Nc6",
      "1. e4 ; comment } ( { 1-0\n1... e5 (2. d4 ;)\n) 2. Nf3 Nc6",
      "1. e4\n% escaped { ( e5\n1... e5 2. Nf3 (2. d4\n%)\n) Nc6",
      "%escaped\n1. e4 e5 2. Nf3 Nc6",
      "1. e4 $1 $139 $ e5$2 2. Nf3! ? Nc6 !?",
      "1. e4! e5? 2. Nf3!? Nc6?!+-",
      "\ufeff1. e4 e5\0\0\0 2. Nf3\tNc6\r\n\v\f",
      "1. e4{x}e5(d5)2. Nf3;x\nNc6*",
      "1. e4 e5 ep 2. Nf3 e.p. Nc6 ep",
      '[Event "x"] [Site "y"] 1. e4 e5 2. Nf3 Nc6',
      '[Event "a ] b"]\n[Site "1-0 {"]\n\n1. e4 e5 2. Nf3 Nc6',
    ]
  ) assert.equal(moves(movetext), "e4 e5 Nf3 Nc6", movetext);
});

Deno.test("MovetextReader takes no moves for a game without moves", () => {
  for (
    const movetext of [
      "",
      " ",
      " 0-1",
      "1-0",
      "*",
      "1.",
      "{x}",
      '[A "b"]',
      '[A "b"]\n\n 0-1',
    ]
  ) assert.equal(moves(movetext), "", movetext);
});

Deno.test("MovetextReader distinguishes castling with zeros from results", () => {
  const start = '[FEN "r3k2r/8/8/8/8/8/8/R3K2R w KQkq - 0 1"]\n\n';
  assert.equal(moves(`${start}1. 0-0 0-0-0 1-0`), "O-O O-O-O");
  assert.equal(moves(`${start}1. 0-0-0 0-0 0-1`), "O-O-O O-O");
  assert.equal(replayGame(new Game(`${start}1. 0-0 0-1`)).result, "0-1");
  assert.equal(replayGame(new Game("1/2-1/2")).result, "1/2-1/2");
  assert.equal(replayGame(new Game("1. e4 1/2")).result, "1/2-1/2");
  assert.equal(replayGame(new Game("1. e4")).result, undefined);
});

Deno.test("MovetextReader reads null moves, coordinates and long moves", () => {
  assert.equal(moves("1. e2e4 -- 2. g1f3 Z0 3. Bf1-b5"), "e4 -- Nf3 -- Bb5");
  assert.equal(
    moves("1. e2-e4 e7-e5 2. Ng1-f3 d7-d5 3. e4xd5"),
    "e4 e5 Nf3 d5 exd5",
  );
});

Deno.test("MovetextReader says where and why a game cannot be read", () => {
  const cases: [string, number, string, PgnErrorReason][] = [
    ["1. e4 e5 2. Ke3", 2, "Ke3", "illegal"],
    ["1. e4 e5 2. Nf3 {c} Nc3?? {d}", 3, "Nc3??", "illegal"],
    ["1. Nf3 e5 2. Nc3 d5 3. Ne2", 4, "Ne2", "illegal"],
    [
      "1. Nf3 e5 2. Nd4 d5 3. Nc3 a6 4. Nb5 h6",
      6,
      "Nb5",
      "ambiguous",
    ],
    ["1. e4 hello", 1, "hello", "unreadable"],
    ["1. e4 Nf", 1, "Nf", "unreadable"],
    ["ep 1. e4", 0, "ep", "unreadable"],
    ["1. e4 epd", 1, "epd", "unreadable"],
    ["1. e4 e5 {never closed", 2, "{never", "unreadable"],
    ["1. e4 e5 (2. d4 {)} ", 2, "(2.", "unreadable"],
    ["1. e4 e5 (2. d4 {)", 2, "(2.", "unreadable"],
    ["1. e4 5 1-0", 1, "5", "unreadable"],
    ["1. e4 % e5", 1, "%", "unreadable"],
    ["1. e4 10-0", 1, "10-0", "unreadable"],
    ['1. e4\n[Event "x"]', 1, "[Event", "unreadable"],
    ["1. é4", 0, "é4", "unreadable"],
    ["1. e4 " + "x".repeat(100), 1, "x".repeat(33), "unreadable"],
  ];
  for (const [movetext, ply, text, reason] of cases) {
    const game = new Game(movetext);
    assert.throws(() => replayGame(game), (error) => {
      assert.ok(error instanceof PgnError && error instanceof SyntaxError);
      assert.deepEqual(
        [error.ply, error.text, error.reason, error.gameId],
        [ply, text, reason, undefined],
        movetext,
      );
      return true;
    });
    let seen = 0;
    assert.throws(() => {
      for (const _ of game.mainline()) seen++;
    }, PgnError);
    assert.equal(seen, ply, "the moves before the bad one are given");
  }
});

Deno.test("MovetextReader takes linear time for hostile texts", () => {
  const size = 4_000_000;
  for (
    const unit of [
      "(",
      "{",
      "1",
      "0",
      ")",
      "}",
      ";",
      "%\n",
      "$",
      "-",
      "(;\n",
      "({",
      "({}",
      "({})",
      "[",
      '["',
      '[A "',
      '[A "\\',
      '[A "]"',
      '[A "b"]',
      "1.",
      "0-",
      "O-O-O",
      "e",
      "e4",
      " ",
      "\0",
      "\n",
      "*",
      "!",
      "é",
      "\ud800",
    ]
  ) {
    const text = unit.repeat(size / unit.length);
    const part = text.slice(0, size / 10);
    for (const pgn of [text, `1. e4 ${part}`, `1. e4 {${part}} e5`]) {
      const start = performance.now();
      try {
        replayGame(new Game(pgn));
      } catch (error) {
        assert.ok(error instanceof PgnError, String(error));
      }
      const time = performance.now() - start;
      assert.ok(time < 2000, `${JSON.stringify(unit)} took ${time} ms`);
    }
  }
});

Deno.test("MovetextReader plays as many moves as there are", () => {
  const cycle = "Nf3 Nf6 Ng1 Ng8 ";
  const game = new Game(cycle.repeat(25_000));
  assert.equal(replayGame(game).length, 100_000);
  let plies = 0;
  for (const { ply } of game.mainline()) {
    assert.equal(ply, plies++);
  }
  assert.equal(plies, 100_000);
});
