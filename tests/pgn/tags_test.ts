import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import {
  MAX_TAG_HEAD_LENGTH,
  MAX_TAG_LENGTH,
  readTags as readTagsOf,
  TagReader,
  type Tags,
  TagScanner,
} from "../../src/pgn/tags.ts";
import { copyUtf8, type RawGame, rawGame } from "../../src/pgn/raw_game.ts";
import {
  latin1,
  randomPgn,
  rawGames,
  rawOf,
  readRawGames,
  seeded,
} from "../_pgn_data.ts";
import { available } from "../_archives.ts";
import { sharedData } from "../_shared_data.ts";

/** The tags of a text. */
function readTags(text: string): Tags {
  return readTagsOf(rawOf(text));
}

const scanner = new TagScanner();

function begin(text: string): TagScanner {
  const { bytes, start, end } = rawOf(text);
  scanner.begin(bytes, start, end);
  return scanner;
}

function isTagHead(text: string, at: number): boolean {
  return begin(text).isHead(at);
}

function endOfTag(text: string, at: number): number {
  return begin(text).endOfTag(at);
}

function endOfTags(text: string): number {
  begin(text);
  while (scanner.next());
  return scanner.position;
}

/** What is read from bytes that are given as Latin-1. */
function decode(text: string): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(latin1(text));
}

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

/** What a reader reads of a game. */
function valuesOf(
  reader: TagReader,
  game: RawGame,
  count: number,
): (string | undefined)[] {
  reader.read(game);
  return Array.from({ length: count }, (_, index) => reader.value(index));
}

/** The game as one of which it is not known where its tags stand. */
function withoutPlaces(game: RawGame): RawGame {
  return { ...game, spans: undefined };
}

/** Asserts that a TagReader reads the same tags, also within a longer text. */
function assertReadAlike(text: string): void {
  const bytes = Buffer.from(text);
  const before = Buffer.from('[A "before"]\n\n1. e4 *\n');
  const game: RawGame = {
    bytes: Buffer.concat([before, bytes, Buffer.from('\n[B "behind"]\n')]),
    start: before.length,
    end: before.length + bytes.length,
    spans: undefined,
    index: 0,
  };
  for (const given of [rawOf(text), game]) {
    const tags = readTagsOf(given);
    const names = [...Object.keys(tags), "Absent", "A", "B"].slice(0, 32);
    assert.deepEqual(
      valuesOf(new TagReader(names), given, names.length),
      names.map((name) => tags[name]),
    );
  }
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

Deno.test("TagScanner.isHead() asks for bracket, name and quote", () => {
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

Deno.test("TagScanner.endOfTag() finds where a tag ends on its line", () => {
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

Deno.test("TagScanner.next() stops where the moves begin", () => {
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
  const text = '[A "1"]\n[B "2"]\n\n*\n\n[B "3"]\n\n*\n';
  const games = rawGames(latin1(text), { tagNames: ["A", "B"] });
  const ways = [(game: RawGame) => game, withoutPlaces];
  for (const first of ways) {
    for (const second of ways) {
      const reader = new TagReader(["A", "B"]);
      assert.deepEqual(valuesOf(reader, first(games[0]), 2), ["1", "2"]);
      assert.deepEqual(valuesOf(reader, second(games[1]), 2), [undefined, "3"]);
    }
  }
});

/** Plain games, names, and the values of the tags that have them. */
const PLAIN_CASES: {
  claim: string;
  text: string;
  names: string[];
  values: (string | undefined)[];
}[] = [
  {
    claim: "takes the last of doubled tags",
    text: '[A "1"]\n[B "x"]\n[A "2"]\n\n*\n',
    names: ["A", "B"],
    values: ["2", "x"],
  },
  {
    claim: "takes the last of doubled tags though it is empty",
    text: '[A "1"]\n[A ""]\n\n*\n',
    names: ["A"],
    values: [""],
  },
  {
    claim: "distinguishes empty values from tags that are not there",
    text: '[A ""]\r\n[B ""]\r\n\r\n1. e4 *\r\n',
    names: ["B", "C", "A"],
    values: ["", undefined, ""],
  },
  {
    claim: "distinguishes names that begin alike",
    text: '[AB "1"]\n[A "2"]\n[ABC "3"]\n\n*\n',
    names: ["A", "AB", "ABC", "ABCD"],
    values: ["2", "1", "3", undefined],
  },
  {
    claim: "distinguishes names that share length and first letter",
    text: '[WhiteElo "1"]\n[WhiteElp "2"]\n[WhitfElo "3"]\n\n*\n',
    names: ["WhitfElo", "WhiteElo", "WhiteEla", "WhiteElp"],
    values: ["3", "1", undefined, "2"],
  },
  {
    claim: "distinguishes names by case",
    text: '[eco "1"]\n[ECO "2"]\n\n*\n',
    names: ["ECO", "eco", "Eco"],
    values: ["2", "1", undefined],
  },
  {
    claim: "takes names of up to sixteen letters, and longer ones next to them",
    text:
      '[N234567890123456 "1"]\n[N2345678901234567 "2"]\n[N23456789012345 "3"]\n\n*\n',
    names: ["N23456789012345", "N234567890123456"],
    values: ["3", "1"],
  },
  {
    claim: "takes any bytes in values",
    text: '[A "\0\t\x7f\x80\xe9\xff]{}();*-"]\n[B "1-0 * "]\n\n*\n',
    names: ["A", "B"],
    values: ["\0\t\x7f\x80\xe9\xff]{}();*-", "1-0 * "],
  },
  {
    claim: "takes no tags in comments or after the game",
    text: '[A "1"]\n\n1. e4 {[B "2"]} [A "3"] * [A "4"]\n\n*\n',
    names: ["A", "B"],
    values: ["1", undefined],
  },
  {
    claim: "takes a long value",
    text: `[A "${"x".repeat(30_000)}"]\n\n*\n`,
    names: ["A"],
    values: ["x".repeat(30_000)],
  },
  {
    claim: "gives a tag to each of doubled names",
    text: '[ECO "A00"]\n\n*\n',
    names: ["ECO", "Event", "ECO"],
    values: ["A00", undefined, "A00"],
  },
  {
    claim: "distinguishes 32 names alike in length and letter",
    text: Array.from({ length: 33 }, (_, i) => `[N${42 - i} "${42 - i}"]\n`)
      .join("") + "\n*\n",
    names: Array.from({ length: 32 }, (_, i) => `N${10 + i}`),
    values: Array.from({ length: 32 }, (_, i) => `${10 + i}`),
  },
];

for (const { claim, text, names, values } of PLAIN_CASES) {
  Deno.test(`TagReader ${claim}, in spans as in text`, () => {
    const tagNames = [...new Set(names)];
    // Neighbours that have other values.
    const other = tagNames.map((name) => `[${name} "other"]\n`).join("");
    const texts = `${other}\n*\n\n${text}\n${other}\n*\n`;
    const games = rawGames(latin1(texts), { tagNames });
    const reader = new TagReader(names);
    for (const game of [games[0], games[1], games.at(-1)!]) {
      assert.notEqual(game.spans, undefined);
      const expected = game === games[1] ? values : names.map(() => "other");
      for (const given of [game, withoutPlaces(game)]) {
        assert.deepEqual(
          valuesOf(reader, given, names.length),
          expected.map((value) => value && decode(value)),
        );
      }
    }
  });
}

Deno.test("TagReader reads where the spans say", () => {
  const bytes = latin1('-----[A "1"]\n[B "22"]\n\n*\n');
  const spans = {
    names: ["B", "C", "A"],
    // Other values than the text has; the first game stands elsewhere.
    offsets: Uint32Array.of(9, 9, 9, 9, 9, 9, 9, 9, 1, 20, 13, 15, 0, 0, 5, 8),
  };
  const game: RawGame = { bytes, start: 5, end: 24, spans, index: 1 };
  const reader = new TagReader(["A", "B", "C"]);
  assert.deepEqual(valuesOf(reader, game, 3), ['1"]', "22", undefined]);
  assert.deepEqual(valuesOf(reader, withoutPlaces(game), 3), [
    "1",
    "22",
    undefined,
  ]);
});

Deno.test("TagReader reads the text where the spans lack a name", () => {
  const bytes = latin1('[A "1"]\n[B "2"]\n\n*\n');
  for (const tagNames of [[], ["A"], ["B", "C"], ["a", "AB"]]) {
    const [game] = rawGames(bytes, { tagNames });
    assert.notEqual(game.spans, undefined);
    const reader = new TagReader(["A", "B"]);
    assert.deepEqual(valuesOf(reader, game, 2), ["1", "2"]);
  }
});

Deno.test("TagReader reads games of splitters that were told other names", () => {
  const reader = new TagReader(["A", "B"]);
  for (let i = 0; i < 3; i++) {
    for (const tagNames of [["A", "B"], ["B"], ["B", "C", "A"], ["B", "A"]]) {
      const text = `[A "${i}"]\n[C "c"]\n[B "${tagNames}"]\n\n*\n`;
      const [game] = rawGames(latin1(text), { tagNames });
      assert.deepEqual(valuesOf(reader, game, 2), [`${i}`, `${tagNames}`]);
    }
  }
});

Deno.test("TagReader takes no value for another that it has met before", () => {
  const random = seeded(6);
  const bytes = ["\0", "\x01", "0", "\x7f", "\x80", "\xff"];
  // Many more than it keeps, often met again, of all lengths and much alike.
  const values = Array.from({ length: 50_000 }, () => {
    const number = Math.floor(random() * 10_000);
    if (random() < 0.4) return `${number}`;
    if (random() < 0.5) return `${number * 10_007}`;
    const length = number % 12;
    const few = random() < 0.5 ? 1 : 2;
    return Array.from(
      { length },
      () => bytes[(number + Math.floor(random() * few)) % bytes.length],
    ).join("");
  });
  const text = values.map((value) => `[A "${value}"]\n\n*\n`).join("");
  const reader = new TagReader(["A"]);
  const games = rawGames(latin1(text), { tagNames: ["A"] });
  assert.ok(games.every(({ spans }) => spans !== undefined));
  assert.deepEqual(
    games.flatMap((game) => valuesOf(reader, game, 1)),
    values.map(decode),
  );
});

Deno.test("TagReader and readTags() agree on texts at random", () => {
  const random = seeded(1);
  const names = ["Event", "Site", "A"];
  const reader = new TagReader(names);
  let games = 0;
  for (let i = 0; i < 4000; i++) {
    const bytes = latin1(randomPgn(random));
    for (const game of rawGames(bytes, { tagNames: names })) {
      const tags = readTagsOf(game);
      const values = names.map((name) => tags[name]);
      for (const given of [game, withoutPlaces(game)]) {
        assert.deepEqual(valuesOf(reader, given, names.length), values);
      }
      games++;
    }
  }
  assert.ok(games > 4000, `${games} games`);
});

Deno.test({
  name: "TagReader and readTags() agree on the games of archives",
  fn() {
    const real = sharedData === undefined
      ? []
      : Deno.readTextFileSync(sharedData + "MANIFEST.tsv").split("\n")
        .map((line) => line.split("\t")[0])
        .filter((name) => /^(lichess|masters|torture)/.test(name))
        .filter((name) => !/_full_|first40000|\.gz$|concat/.test(name));
    const names = [
      ...available(["made/2013", "made/2021", "made/export", "made/faults"]),
      ...available(["made/latin1", "sample"]),
      ...real,
    ];
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
      for (const game of readRawGames(name, { tagNames: wanted })) {
        const tags = readTagsOf(game);
        const values = wanted.map((tag) => tags[tag]);
        for (const given of [game, withoutPlaces(game)]) {
          assert.deepEqual(valuesOf(reader, given, wanted.length), values);
        }
        if (game.spans !== undefined) plainGames++;
        // What is no UTF-8 has the same tags once it is.
        assert.deepEqual(
          Object.keys(readTagsOf(rawGame(copyUtf8(game)))),
          Object.keys(tags),
        );
        games++;
      }
    }
    assert.ok(games > 7_000, `${games} games`);
    assert.ok(plainGames > 3_000, `${plainGames} plain games`);
  },
});
