import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import {
  endOfTag,
  endOfTags,
  isTagHead,
  MAX_TAG_HEAD_LENGTH,
  MAX_TAG_LENGTH,
  readTags,
  TagReader,
} from "../src/tags.ts";
import { copyUtf8, PgnSplitter } from "../src/archive/pgn_splitter.ts";
import { latin1, randomPgn, readRawGames, seeded } from "./_pgn_data.ts";
import { sharedData } from "./_shared_data.ts";

/** Games of tags alone, and what is read from them. */
const CASES: [claim: string, text: string, tags: Record<string, string>][] = [
  ["reads tags", '[Event "A"]\n[Site "B C"]\n', { Event: "A", Site: "B C" }],
  ["finds none in nothing", "", {}],
  ["reads empty values", '[White ""]', { White: "" }],
  ["reads CRLF", '[A "1"]\r\n[B "2"]\r\n\r\n', { A: "1", B: "2" }],
  ["reads several a line", '[A "1"][B "2"]  [C "3"]\t', {
    A: "1",
    B: "2",
    C: "3",
  }],
  [
    "takes blanks in every place",
    ' \t[ \tA \t "1" \t] \n\n \0\n[B"2"]',
    { A: "1", B: "2" },
  ],
  ["takes the last of doubled tags", '[A "1"]\n[B "x"]\n[A "2"]\n', {
    A: "2",
    B: "x",
  }],
  ["tells names apart by case", '[eco "1"]\n[ECO "2"]', { eco: "1", ECO: "2" }],
  ["takes digits and signs in names", '[X_1+#=:- "1"]\n[9 "2"]', {
    "X_1+#=:-": "1",
    9: "2",
  }],
  [
    "unescapes quotes and backslashes",
    '[A "\\"q\\" \\\\ \\n"]\n[B "\\\\"]\n[C "\\\\\\""]',
    { A: '"q" \\ \\n', B: "\\", C: '\\"' },
  ],
  [
    "takes quotes that are not escaped",
    '[A "x "y" z"]\n[B ""q""]\n[C ""]\n[D """]',
    { A: 'x "y" z', B: '"q"', C: "", D: '"' },
  ],
  [
    "takes a backslash for itself where the tag would not end otherwise",
    '[A "C:\\"]\n[B "\\"]\n[C "a\\\\b\\"] \n[D "1"]',
    { A: "C:\\", B: "\\", C: "a\\\\b\\", D: "1" },
  ],
  [
    "takes brackets and braces in values",
    '[A "[x]"]\n[B "{"]\n[C "]"]\n[D "; % ("]',
    { A: "[x]", B: "{", C: "]", D: "; % (" },
  ],
  [
    "passes over the line of a tag that does not end",
    '[A "1]\n[B 2"]\n[C]\n[D "4" x]\n[E "5"]\n[] x\n[F "6',
    { E: "5" },
  ],
  [
    "passes over lines of comment",
    '% [A "1"]\n; [B "2"]\n[C "3"] ; [D "4"]\n%[E "5"]\n[F "6"]',
    { C: "3", F: "6" },
  ],
  ["stops where the moves begin", '[A "1"]\n\n1. e4\n[B "2"]\n', { A: "1" }],
  ["stops at a comment in braces", '[A "1"]\n{\n[B "2"]\n}\n', { A: "1" }],
  ["takes any letters in values", '[A "é Ё\u2028 😀\x85"]', {
    A: "é Ё\u2028 😀\x85",
  }],
];

for (const [claim, text, tags] of CASES) {
  Deno.test(`readTags() ${claim}`, () => {
    assert.deepEqual({ ...readTags(text) }, tags);
    assertReadAlike(text);
  });
}

function valuesOf(reader: TagReader, count: number): (string | undefined)[] {
  return Array.from({ length: count }, (_, index) => reader.value(index));
}

/** Asserts that a TagReader reads the same tags, also within a longer text. */
function assertReadAlike(text: string): void {
  const tags = readTags(text);
  const names = [...Object.keys(tags), "Absent", "A", "B"].slice(0, 32);
  const reader = new TagReader(names);
  const values = names.map((name) => tags[name]);
  reader.read(text, 0, text.length);
  assert.deepEqual(valuesOf(reader, names.length), values);
  const before = '[A "before"]\n\n1. e4 *\n';
  reader.read(
    `${before}${text}\n[B "behind"]\n`,
    before.length,
    before.length + text.length,
  );
  assert.deepEqual(valuesOf(reader, names.length), values);
}

Deno.test("readTags() gives an object without prototype", () => {
  const tags = readTags('[A "1"]');
  assert.equal(Object.getPrototypeOf(tags), null);
  assert.equal(tags.toString, undefined);
  assert.equal(tags.constructor, undefined);
});

Deno.test("readTags() takes __proto__ for a name like any other", () => {
  const tags = readTags('[__proto__ "x"]\n[constructor "y"]\n');
  assert.deepEqual(Object.entries(tags), [["__proto__", "x"], [
    "constructor",
    "y",
  ]]);
  assert.equal(Object.getPrototypeOf(tags), null);
});

Deno.test("readTags() takes tags of up to 64 KiB and names of up to 255", () => {
  for (const extra of [-1, 0, 1]) {
    const value = "v".repeat(MAX_TAG_LENGTH - '[A ""]'.length + extra);
    assert.equal(
      readTags(`[A "${value}"]\n[B "1"]`).A,
      extra > 0 ? undefined : value,
    );
    assert.equal(readTags(`[A "${value}"]\n[B "1"]`).B, "1");
    const escaped = "\\".repeat(MAX_TAG_LENGTH - '[A ""]'.length + extra);
    assert.equal(readTags(`[A "${escaped}"]`).A === undefined, extra > 0);

    const name = "n".repeat(255 + extra);
    assert.equal(readTags(`[${name} "1"]`)[name], extra > 0 ? undefined : "1");
    const blanks = " ".repeat(MAX_TAG_HEAD_LENGTH - '[A"'.length + extra);
    assert.equal(readTags(`[A${blanks}"1"]`).A, extra > 0 ? undefined : "1");
  }
});

Deno.test("isTagHead() asks for bracket, name and quote", () => {
  for (const text of ['[A "', '[ A"', '[A-b\t"x', '[%x [A "'.slice(4)]) {
    assert.equal(isTagHead(text, 0), true, text);
  }
  for (
    const text of [
      "",
      "[",
      "[A",
      "[A ",
      '["',
      '[ "x"]',
      'A "x"]',
      "[%clk 0:05:00]",
      '[%clk "x"]',
      '[A B "x"]',
      '[A\n"x"]',
      '[É "x"]',
    ]
  ) assert.equal(isTagHead(text, 0), false, text);
  assert.equal(isTagHead('x [A "', 2), true);
});

Deno.test("endOfTag() tells where a tag ends on its line", () => {
  assert.equal(endOfTag('[A "1"] [B "2"]', 0), 7);
  assert.equal(endOfTag('[A "1"] [B "2"]', 8), 15);
  assert.equal(endOfTag('[A "1" ]x', 0), 8);
  assert.equal(endOfTag('[A "\\"]"]', 0), 9);
  for (
    const text of ['[A "1"', '[A "1\n"]', '[A "1\r\n"]', '[A "1"\n]', "[A 1]"]
  ) {
    assert.equal(endOfTag(text, 0), -1, text);
  }
});

Deno.test("endOfTags() tells where the moves begin", () => {
  for (
    const [tags, moves] of [
      ['[A "1"]\n[B "2"]\n\n', "1. e4 *"],
      ['[A "1"] ', "1. e4 *"],
      ['[A "1"]\r\n\r\n', "{ [%eval 0] } 1. e4"],
      ['[A "1"]\n\n; [%eval 1]\n% x\n ', "0-1"],
      ['[A "1"]\n', ""],
      ["", "1. e4 *"],
      ["; x", ""],
    ]
  ) assert.equal(endOfTags(tags + moves), tags.length, tags + moves);
});

Deno.test("TagReader forgets the game before", () => {
  const reader = new TagReader(["A", "B"]);
  const text = '[A "1"]\n[B "2"]\n\n*\n\n[B "3"]\n\n*';
  reader.read(text, 0, 18);
  assert.deepEqual(valuesOf(reader, 2), ["1", "2"]);
  reader.read(text, 20, text.length);
  assert.deepEqual(valuesOf(reader, 2), [undefined, "3"]);
});

Deno.test("TagReader tells apart 32 names alike in length and letter", () => {
  const names = Array.from({ length: 32 }, (_, i) => `N${10 + i}`);
  const reader = new TagReader(names);
  const text = names.map((name) => `[${name} "${name}"]\n`).join("");
  reader.read(text + '[N42 "x"]', 0, text.length + 9);
  assert.deepEqual(valuesOf(reader, names.length), names);
});

Deno.test("TagReader gives a tag to each of doubled names", () => {
  const reader = new TagReader(["ECO", "Event", "ECO"]);
  reader.read('[ECO "A00"]', 0, 11);
  assert.deepEqual(valuesOf(reader, 3), ["A00", undefined, "A00"]);
});

Deno.test("TagReader reads plain tags", () => {
  const before = '[A "before"]\n\n*\n';
  const tags = '[A "1"]\n[AB "2"]\n[B ""]\n[A "[ B] "]\n\n';
  const text = `${before}${tags}1. e4 {[C "x"]} *\n[C "3"]\n`;
  const reader = new TagReader(["A", "AB", "B", "C"]);
  const end = before.length + tags.length;
  reader.read(text, before.length, text.length, end);
  assert.deepEqual(valuesOf(reader, 4), [
    "[ B] ",
    "2",
    "",
    undefined,
  ]);
});

Deno.test("TagReader and readTags() agree on texts at random", () => {
  const random = seeded(1);
  const names = ["Event", "Site", "A"];
  const reader = new TagReader(names);
  let games = 0;
  for (let i = 0; i < 4000; i++) {
    const splitter = new PgnSplitter();
    const bytes = latin1(randomPgn(random));
    for (const game of [...splitter.push(bytes), ...splitter.end()]) {
      const tags = readTags(game.text.slice(game.start, game.end));
      const values = names.map((name) => tags[name]);
      for (const plainTagsEnd of [game.plainTagsEnd, -1]) {
        reader.read(game.text, game.start, game.end, plainTagsEnd);
        assert.deepEqual(valuesOf(reader, names.length), values);
      }
      games++;
    }
  }
  assert.ok(games > 4000, `${games} games`);
});

Deno.test({
  name: "TagReader and readTags() agree on real games",
  ignore: sharedData === undefined,
  fn() {
    const names = Deno.readTextFileSync(sharedData + "MANIFEST.tsv").split("\n")
      .map((line) => line.split("\t")[0])
      .filter((name) => /^(lichess|masters|torture)/.test(name))
      .filter((name) => !/_full_|first40000|\.gz$|concat/.test(name));
    const wanted = [
      "Event",
      "White",
      "Black",
      "Result",
      "UTCDate",
      "Date",
      "ECO",
      "Opening",
      "TimeControl",
      "Termination",
      "FEN",
      "Variant",
      "WhiteElo",
    ];
    const reader = new TagReader(wanted);
    let games = 0;
    let plainGames = 0;
    for (const name of names) {
      for (const game of readRawGames(name)) {
        const text = game.text.slice(game.start, game.end);
        const tags = readTags(text);
        // As plain tags, where they are, and as any others.
        for (const plainTagsEnd of [game.plainTagsEnd, -1]) {
          reader.read(game.text, game.start, game.end, plainTagsEnd);
          assert.deepEqual(
            valuesOf(reader, wanted.length),
            wanted.map((tag) => tags[tag]),
          );
        }
        if (game.plainTagsEnd !== -1) plainGames++;
        // Bytes taken for Latin-1 have the same tags as what they say.
        if (/[^\0-\x7f]/.test(text)) {
          const decoded = readTags(new TextDecoder().decode(copyUtf8(game)));
          assert.deepEqual(Object.keys(tags), Object.keys(decoded));
          assert.equal(
            Buffer.from(tags.White ?? "", "latin1").toString().length,
            Buffer.from(decoded.White ?? "").toString().length,
          );
        }
        games++;
      }
    }
    assert.ok(games > 20_000, `${games} games`);
    assert.ok(plainGames > 5_000, `${plainGames} plain games`);
  },
});
