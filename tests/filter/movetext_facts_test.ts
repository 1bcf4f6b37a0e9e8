import assert from "node:assert/strict";
import { factsFrom } from "../../src/filter/movetext_facts.ts";
import { seeded } from "../_pgn_data.ts";

function facts(moves: string) {
  return factsFrom(new TextEncoder().encode(moves), 0);
}

/** What the reader of all movetexts finds: with such a comment none is plain. */
function factsByReader(moves: string) {
  return facts(`; a comment\n${moves}`);
}

const PLAIN: readonly string[] = [
  ..."e4 exd5 e8=Q e8=Q+ dxe8=N# a1 h8 Nf3 Nbd7 R1a3 Qh4e1 Nxd5 Nbxd2 R1xa3 $1"
    .split(" "),
  ..."Qh4xe1+ Kxe2!? Bb5?? O-O O-O-O O-O+ O-O-O# 1. 12. 3... $139 {x}"
    .split(" "),
  "{ [%clk 0:05:00] }",
  "{ [%eval 0.17] [%clk 0:03:00] }",
  "{ [%eval #-3] }",
  "{ of 100 % }",
  "{[%csl Ga1][%eval 1]}",
  "(e4 { [%clk 0:01:00] ) } (d4 d5))",
  "\n",
];
const OTHER: readonly string[] = [
  ..."e2e4 e8Q ed5 b8b7 Nd Nxx Nxxd5 O-O-O-O 0-0 e9 i4 Kx 4e5 N4 P e4ep -- 0000"
    .split(" "),
  ..."1 12 1-0 0-1 1/2-1/2 1/2 * 1-0-1 e4} e4) (e4 (;e4 (% ; % e4; e4* =Q e=Q +="
    .split(" "),
  ..."$ $1x 1.e4 1...e5 e4{x} e4\u00a0e5 ½-½ e4… {open {[%clk {%clk [%clk"
    .split(" "),
  "{ [%clk x] }",
  "{ [%clk 5:00] }",
  "{ [%clk 0:05:00.5] }",
  "{ [%clk -0:05:00] }",
  "{ [%clk  0:05:00 ] }",
  "{ [%clk 0:0500000000000:00] }",
  "{ [%eval 0.17,20] }",
  "{ [%eval #1234567] }",
  "{ [%eval .5] [%eval 5.] }",
  "{ [%eval 5.] }",
  "{ [%evalx 0.17] [%eval\t1] }",
];

Deno.test("factsFrom() finds in plain movetexts what the reader of all movetexts finds", () => {
  const random = seeded(8);
  const pick = <T>(values: readonly T[]): T =>
    values[Math.floor(random() * values.length)];
  const seen = new Set<string>();
  for (let i = 0; i < 20_000; i++) {
    const share = pick([0, 0, 0.1, 0.5]);
    const words = Array.from(
      { length: Math.floor(random() * 12) },
      () => pick(random() < share ? OTHER : PLAIN),
    );
    const end = pick([" 1-0", " *", " 1/2-1/2", "", " 0-1\n", " 1-0 e5"]);
    const moves = words.join(" ") + end;
    const found = facts(moves);
    assert.deepEqual(found, factsByReader(moves), JSON.stringify(moves));
    seen.add(JSON.stringify(found));
  }
  assert.ok(seen.size > 30, `${seen.size}`);
  // Each word alone, and with each of its letters changed.
  for (const word of [...PLAIN, ...OTHER]) {
    for (let at = 0; at < word.length; at++) {
      for (const letter of "aeNxO1808-=+# \n*{}.%$()[]:") {
        const changed = word.slice(0, at) + letter + word.slice(at + 1);
        const moves = `1. d4 ${changed} d5 1-0`;
        assert.deepEqual(facts(moves), factsByReader(moves), moves);
      }
    }
  }
  // What a longer text has left behind is not read.
  facts(`${"e4 ".repeat(1000)}{ [%clk 0:05:00] } 1-0`);
  for (
    const moves of ["e4 e5", "e4 {", "(e4", "e4 1-", "e4 $", "1", "{ [%clk"]
  ) {
    assert.deepEqual(facts(moves), factsByReader(moves), moves);
  }
  const long = "e4 ".repeat(40_000) + "*";
  assert.equal(facts(long).plies, 40_000);
});
