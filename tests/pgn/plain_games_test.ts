import assert from "node:assert/strict";
import type { BadGame } from "../../src/pgn/splitter/bad_game.ts";
import { PgnSplitter } from "../../src/pgn/splitter/pgn_splitter.ts";
import { firstSyncPoint } from "../../src/pgn/splitter/sync_point.ts";
import type { RawGame } from "../../src/pgn/raw_game.ts";
import { readTags, TagReader } from "../../src/pgn/tags.ts";
import {
  cutRandomly,
  latin1,
  randomPgn,
  rawGames,
  rawText,
  readArchive,
  seeded,
} from "../_pgn_data.ts";
import { available } from "../_archives.ts";
import { LONG } from "../_shared_data.ts";

/** How much text the scanner looks at in one go. */
const WINDOW = 128 * 1024;

/** As many as filters look at. */
const TAG_NAMES = [
  "Event",
  "Site",
  "Date",
  "White",
  "Black",
  "Result",
  "ECO",
  "WhiteElo",
  "BlackElo",
  "TimeControl",
  "NameOfSixteen__1",
];

/** All that a splitter reports but the spans of tags. */
interface Answer {
  readonly games: string[];
  readonly bad: BadGame[];
  readonly gameCount: number;
  readonly droppedBytes: number;
}

interface SplitOptions {
  readonly maxGameLength?: number;
  readonly isStepwise?: boolean;
}

/** Splits a text; also reports how many of its games the scanner has found. */
function split(
  chunks: Iterable<Uint8Array>,
  options: SplitOptions = {},
): { answer: Answer; plainGames: number } {
  const bad: BadGame[] = [];
  const games: string[] = [];
  let plainGames = 0;
  const splitter = new PgnSplitter({
    ...options,
    tagNames: TAG_NAMES,
    onBad: (one) => bad.push(one),
  });
  const take = (some: RawGame[]) => {
    for (const game of some) {
      games.push(rawText(game));
      if (game.spans === undefined) continue;
      plainGames++;
      assertSpans(game);
    }
  };
  for (const chunk of chunks) take(splitter.push(chunk));
  take(splitter.end());
  const { gameCount, droppedBytes } = splitter;
  return {
    answer: { games, bad, gameCount, droppedBytes },
    plainGames,
  };
}

const reader = new TagReader(TAG_NAMES);

/** Asserts that the spans of a plain game are those of its tags. */
function assertSpans(game: RawGame): void {
  const tags = readTags(game);
  reader.read(game);
  TAG_NAMES.forEach((name, i) => {
    if (reader.value(i) === tags[name]) return;
    assert.equal(reader.value(i), tags[name], rawText(game));
  });
}

/** Asserts that a text is split alike with the scanner and step by step. */
function assertSame(
  text: string | Uint8Array,
  what: string,
  chunks?: Iterable<Uint8Array>,
  maxGameLength?: number,
): { games: number; plainGames: number } {
  const bytes = typeof text === "string" ? latin1(text) : text;
  const stepwise = split([bytes], { maxGameLength, isStepwise: true });
  const { answer, plainGames } = split(chunks ?? [bytes], { maxGameLength });
  assert.deepEqual(answer, stepwise.answer, what);
  assert.equal(stepwise.plainGames, 0);
  return { games: answer.games.length, plainGames };
}

/** Asserts so of a text in one piece and in single bytes. */
function assertSameInBytes(text: string, what: string): void {
  assertSame(text, what);
  const bytes = latin1(text);
  const single = Array.from(bytes, (byte) => Uint8Array.of(byte));
  assertSame(text, `${what}, single bytes`, single);
}

/** What draws at random. */
interface Dice {
  /** A number from 0 up to `limit`. */
  number(limit: number): number;
  pick<T>(values: readonly T[]): T;
  chance(share: number): boolean;
}

function dice(random: () => number): Dice {
  const number = (limit: number) => Math.floor(random() * limit);
  return {
    number,
    pick: (values) => values[number(values.length)],
    chance: (share) => random() < share,
  };
}

const OTHER_NAMES = [
  "A",
  "a",
  "X_1",
  "WhiteTitle",
  "WhiteElp",
  "NameOfSixteen__2",
  "NameOfSeventeen_1",
  "N".repeat(28),
  "N".repeat(29),
];

const VALUE_CHARS = [..."aZ09 .,:/?+-*(){};%]\t\0\x7f\x80\xe9\xff"];

const MOVES = [
  "1. e4",
  "e5",
  "2. Nf3",
  "2... Nc6",
  "O-O",
  "O-O-O",
  "0-0",
  "exd8=Q+",
  "Qh4xe1#",
  "e2-e4",
  "--",
  "$1",
  "$139",
  "!?",
  "5/6",
  "{ [%clk 0:05:00] }",
  "{ [%eval 0.17] [%clk 0:05:00] }",
  "{1-0 * 1/2-1/2}",
  "{}",
  "{(;%}",
  "{ a comment of some length, to be passed over }",
  "(1. d4)",
  "(1. d4 1-0 (1. c4 {)} *) 0-1)",
  ")",
  "}",
];

/** What most often keeps a game from being plain. */
const ODD_MOVES = [
  "\xc3\xa9",
  "\r",
  "\xbd-\xbd",
  "1/2",
  "{a\rb}",
  "11-0",
  "(",
  "; to the end",
  "{",
  "\n",
  "%",
  "1-0",
  "[A",
  "\xef",
];

/** A game as archives hold them; nearly all of them are plain. */
function randomGame({ number, pick, chance }: Dice): string {
  const repeat = (count: number, make: () => string) =>
    Array.from({ length: count }, make).join("");
  const tags = repeat(1 + number(8), () => {
    const name = chance(0.01)
      ? "N".repeat(30 + number(3))
      : pick(chance(0.7) ? TAG_NAMES : OTHER_NAMES);
    const value = repeat(
      number(chance(0.1) ? 70 : 16),
      () => pick(VALUE_CHARS),
    );
    return `[${name} "${value}"]\n`;
  });
  const wrap = pick([0, 0, 0, 0.1, 0.5]);
  const gap = () => chance(wrap) ? "\n" : " ";
  const moves = repeat(
    number(chance(0.1) ? 200 : 20),
    () =>
      pick(chance(0.01) ? ODD_MOVES : MOVES)
        .replaceAll(/ (?!\[)/g, gap) + gap(),
  );
  const result = pick(["1-0", "0-1", "1/2-1/2", "*"]);
  const game = `${tags}\n${moves === "" ? pick([" ", ""]) : moves}${result}`;
  return chance(0.2) ? game.replaceAll("\n", "\r\n") : game;
}

/** What may stand between games; what it is depends on the line that it is on. */
const JUNK = [
  "% a line\n",
  "; a line [A\n",
  "{ a comment }\n",
  "1. e4 *\n",
  "some words",
  "\xef\xbb\xbf",
  "\0\0\n",
  "[%clk 0] ",
];

const MUTATIONS = [...'[]"\\{}();*-/ \n\r\t%1O0\xe9', "\xef\xbb\xbf", "\n\n"];

/** Puts some faults into a text. */
function mutate(text: string, { number, pick, chance }: Dice): string {
  for (let i = number(6); i > 0; i--) {
    const at = number(text.length + 1);
    const before = text.slice(0, at);
    if (chance(0.4)) text = before + pick(MUTATIONS) + text.slice(at);
    else if (chance(0.5)) text = before + text.slice(at + 1 + number(3));
    else if (chance(0.7)) text = before + pick(MUTATIONS) + text.slice(at + 1);
    else {
      const from = number(text.length);
      text = before + text.slice(from, from + number(300)) + text.slice(at);
    }
  }
  return text;
}

function randomText(random: () => number): string {
  const some = dice(random);
  if (some.chance(0.2)) return randomPgn(random);
  let text = "";
  for (let i = some.number(8); i >= 0; i--) {
    text += randomGame(some) +
      some.pick(["\n\n", "\n\n", "\n\n\n", "\n", " ", "\r\n\r\n", ""]) +
      (some.chance(0.1) ? some.pick(JUNK) : "");
  }
  return some.chance(0.3) ? text : mutate(text, some);
}

Deno.test("PlainGameScanner finds the games of texts at random as the steps do", () => {
  const count = LONG ? 150_000 : 15_000;
  let games = 0;
  let plainGames = 0;
  for (let seed = 0; seed < count; seed++) {
    const random = seeded(seed);
    const text = randomText(random);
    const bytes = latin1(text);
    const longest = random() < 0.05 ? 1 : Math.ceil(random() * text.length * 2);
    const chunks = cutRandomly(bytes, longest, random);
    const maxGameLength = random() < 0.2
      ? 1 + Math.floor(random() * 1500)
      : undefined;
    const found = assertSame(bytes, `seed ${seed}`, chunks, maxGameLength);
    games += found.games;
    plainGames += found.plainGames;
  }
  assert.ok(games > 2 * count, `${games} games`);
  assert.ok(plainGames > games / 2, `${plainGames} of ${games} plain`);
});

Deno.test("PlainGameScanner finds the same games wherever the text is cut", () => {
  const text = [
    '[Event "x"]\n[Site ""]\n\n1. e4 {a [%clk 0]\nb} e5 $1\n2. Nf3 (2. a3 {)} *) 1-0\n\n',
    `[${"N".repeat(29)} "${"v".repeat(40)}"]\r\n\r\n1. e4\r\n0-1\r\n\r\n\r\n`,
    '[Event "x"]\n\n *\n[Event "y"]\n\n1/2-1/2 [Event "z"]\n\n0-0 - 1/2-1/2\t\0\n',
  ].join("");
  const bytes = latin1(text);
  const assertPlain = (chunks: Uint8Array[], what: string) => {
    const { games, plainGames } = assertSame(bytes, what, chunks);
    assert.equal(games, 5);
    assert.equal(plainGames, 5, what);
  };
  for (let cut = 0; cut <= bytes.length; cut++) {
    assertPlain([bytes.subarray(0, cut), bytes.subarray(cut)], `cut at ${cut}`);
  }
  assertPlain(Array.from(bytes, (byte) => Uint8Array.of(byte)), "single bytes");
});

Deno.test("PlainGameScanner takes tags of all lengths as the steps do", () => {
  for (let nameLength = 0; nameLength <= 33; nameLength++) {
    for (let length = 0; length <= 50; length++) {
      const head = `[${"N".repeat(nameLength)} "`;
      const value = "x".repeat(length);
      const text = `[Event "y"]\n${head}${value}"]\n\n*\n`;
      const { plainGames } = assertSame(text, text);
      const isPlain = nameLength > 0 && nameLength <= 29;
      assert.equal(plainGames, Number(isPlain), text);
      for (const end of ['"', '" "', "\\", '\\"', "[", "\r", "\n", "] "]) {
        const text = `${head}${value}${end}z"]\n[Event "y"]\n\n* x\n`;
        assertSame(text, text);
      }
    }
  }
});

Deno.test("PlainGameScanner takes tags of about 64 KiB as the steps do", () => {
  for (let length = 65_536 - 30; length < 65_536 + 5; length++) {
    const value = "x".repeat(length);
    for (const before of ["", '[Event "y"]\n']) {
      const text = `${before}[Site "${value}"]\n[ECO "z"]\n\n1. e4 *\n`;
      assertSame(`${text}[A "x"]\n\n*\n`, `${before}${length}`);
    }
  }
});

Deno.test("PlainGameScanner leaves what begins at a sync point to the next text", () => {
  let starts = 0;
  for (let seed = 0; seed < (LONG ? 20_000 : 2000); seed++) {
    const random = seeded(seed);
    const some = dice(random);
    let text = "";
    for (let i = some.number(8); i >= 0; i--) {
      text += `[Event "${i}"]\n${randomGame(some)}\n\n`;
    }
    if (some.chance(0.5)) text = mutate(text, some);
    const bad: BadGame[] = [];
    const splitter = new PgnSplitter({ onBad: (one) => bad.push(one) });
    const games: RawGame[] = [];
    let rest = text;
    for (;;) {
      const start = firstSyncPoint(latin1(rest));
      if (start === -1) break;
      const part = latin1(rest.slice(0, start));
      for (const chunk of cutRandomly(part, part.length, random)) {
        games.push(...splitter.push(chunk));
      }
      games.push(...splitter.endAtSyncPoint());
      rest = rest.slice(start);
      starts++;
    }
    games.push(...splitter.push(latin1(rest)), ...splitter.end());
    const { gameCount, droppedBytes } = splitter;
    assert.deepEqual(
      { games: games.map(rawText), bad, gameCount, droppedBytes },
      split([latin1(text)], { isStepwise: true }).answer,
      `seed ${seed}`,
    );
  }
  assert.ok(starts > 4000, `${starts} sync points`);
});

/** A plain game of `length` bytes; in steps its comment costs next to nothing. */
function longGame(length: number, name = "A"): string {
  const head = `[${name} "x"]\n\n1. e4 { `;
  const tail = " } 1-0";
  return head + "x".repeat(length - head.length - tail.length) + tail;
}

Deno.test("PlainGameScanner finds all games that its window has room for", () => {
  for (let room = -30; room <= 30; room++) {
    const length = WINDOW + room;
    const long = longGame(length);
    const short = '[A "y"]\n\n1. d4 *';
    for (const before of [0, 1, 3]) {
      const text = `${short}\n\n`.repeat(before) + `${long}\n${short}\n`;
      const { games, plainGames } = assertSame(text, `${room}, ${before}`);
      assert.equal(games, before + 2);
      // Of one that is longer, or just as long, it cannot see the end.
      assert.equal(plainGames, games - (room < 0 ? 0 : 1), `${room}`);
    }
  }
});

Deno.test("PlainGameScanner leaves games to the steps that are longer than its window", () => {
  const short = '[A "y"]\n\n1. d4 *\n\n';
  for (
    const long of [
      longGame(WINDOW * 2),
      longGame(WINDOW * 3 + 1),
      `[A "x"]\n\n${"1. e4 ".repeat(WINDOW / 6 + 100)}*`,
      `[A "x"]\n\n(${"(1. e4 1-0) ".repeat(WINDOW / 12 + 100)}) *`,
      '[A "x"]\n'.repeat(WINDOW / 8 + 100) + "\n*",
      `[A "${"x".repeat(50_000)}"]\n`.repeat(3) + "\n*",
      `[A "${"x".repeat(WINDOW)}"]\n\n*`,
      `[A "x"]\n\n* ${" ".repeat(WINDOW)}`,
    ]
  ) {
    const text = `${short}${long}\n\n${short}${long}\n${short}`;
    const what = long.slice(0, 30);
    const { games, plainGames } = assertSame(text, what);
    assert.equal(games, 5, what);
    assert.ok(plainGames >= 3, what);
    const chunks = cutRandomly(latin1(text), 20_000, seeded(1));
    assertSame(text, what, chunks);
  }
});

Deno.test("PlainGameScanner finds the games at its window's end, wherever they end", () => {
  const games = [
    '[A "x"]\n[WhiteElo "1500"]\n\n1. e4 { [%clk 0:05:00] } e5\n2. Nf3 (2. a3 *) 1-0\n\n',
    '[Event ""]\r\n\r\n1. d4 {a\r\ncomment} $1 1/2-1/2\r\n\r\n\r\n',
    '[White "x"]\n\n *\n',
    `[${"N".repeat(29)} "${"v".repeat(40)}"]\n\n0-1 [ECO "B90"]\n\n1. c4 * `,
  ].join("");
  const random = seeded(7);
  // From where all of them stand before the window's end to all after it.
  for (let shift = -games.length - 20; shift <= 20; shift++) {
    const other = Math.floor(random() * games.length);
    const text = `${longGame(WINDOW + shift)}\n\n${games}${games}` +
      `${longGame(WINDOW - other)}\n\n${games}`;
    const found = assertSame(text, `${shift}, ${other}`);
    assert.equal(found.games, 17);
    const tooLong = Number(shift >= 0) + Number(other === 0);
    assert.equal(found.plainGames, found.games - tooLong, `${shift}, ${other}`);
  }
});

Deno.test("PlainGameScanner takes more games than it finds in one go", () => {
  for (const count of [1300, 1364, 1365, 1366, 1400, 2730, 2731, 40_000]) {
    const text = Array.from(
      { length: count },
      (_, i) => `[Event "${i}"]\n\n*\n`,
    ).join("");
    const { games, plainGames } = assertSame(text, `${count} games`);
    assert.equal(games, count);
    assert.equal(plainGames, count);
  }
});

Deno.test("PlainGameScanner takes every byte in every place as the steps do", () => {
  for (
    const place of [
      '?[A "x"]\n\n*',
      '[? "x"]\n\n*',
      '[A? "x"]\n\n*',
      '[A?"x"]\n\n*',
      '[A ?x"]\n\n*',
      '[Event "?"]\n\n*',
      '[Event "x?"]\n\n*',
      '[Event "x?]\n\n*',
      '[Event "x"?\n\n*',
      '[Event "x"]?\n\n*',
      '[Event "x"]\n?\n*',
      '[Event "x"]\n?[Site "y"]\n\n*',
      '[Event "x"]\n\n?',
      '[Event "x"]\n\n? *',
      '[Event "x"]\n\n ?\n*',
      '[Event "x"]\n\n1. e4? e5 1-0',
      '[Event "x"]\n\n1. e4\n? e5 1-0',
      '[Event "x"]\n\n1. e4\n?[Site "y"] e5 1-0',
      '[Event "x"]\n\n1. e4\n?\xbb\xbf[Site "y"] e5 1-0',
      '[Event "x"]\n\n1. e4 {?} e5 1-0',
      '[Event "x"]\n\n1. e4 {a\n?b} e5 1-0',
      '[Event "x"]\n\n1. e4 {\n?} e5 1-0',
      '[Event "x"]\n\n1. e4 (?) e5 1-0',
      '[Event "x"]\n\n1. e4 (1-0 ?0-1) e5 1-0',
      '[Event "x"]\n\n1. e4 ?1-0',
      '[Event "x"]\n\n1. e4 1?0',
      '[Event "x"]\n\n1. e4 1/2?1/2',
      '[Event "x"]\n\n1. e4 1?2-1/2',
      '[Event "x"]\n\n1. e4 1-0?',
      '[Event "x"]\n\n1. e4 1/2-1/2?',
      '[Event "x"]\n\n1. e4 *?',
      '[Event "x"]\n\n1. e4 *?[Site "y"]\n\n*',
    ]
  ) {
    for (let byte = 0; byte < 256; byte++) {
      const game = place.replace("?", String.fromCharCode(byte));
      const what = JSON.stringify(game);
      assertSameInBytes(`${game}\n\n[Event "next"]\n\n0-1\n`, what);
      assertSameInBytes(`[A "before"]\n\n0-1\n${game}`, what);
    }
  }
});

Deno.test("PlainGameScanner takes long games for too long as the steps do", () => {
  const game = '[Event "A"]\n[Site "x"]\n\n1. e4 {x} e5 1/2-1/2';
  const text = `${game}\n\n[A "y"]\n\n*\n${game}\n`;
  for (let maxGameLength = 1; maxGameLength < 60; maxGameLength++) {
    const what = `${maxGameLength}`;
    const { games, plainGames } = assertSame(
      text,
      what,
      undefined,
      maxGameLength,
    );
    const room = maxGameLength < 10 ? 0 : maxGameLength < game.length ? 1 : 3;
    assert.equal(games, room, what);
    assert.equal(plainGames, room, what);
  }
});

Deno.test({
  name: "PlainGameScanner finds the games of archives as the steps do",
  fn() {
    const random = seeded(8);
    for (
      const name of available([
        "made/2013",
        "made/2021",
        "made/export",
        "made/faults",
        "made/latin1",
        "sample",
        "lichess/db_2013-02_reprocessed_dups_2551.pgn.zst",
        "lichess/db_2021-10_first999.pgn",
        "lichess/db_search_2017-05_no_event_tag.pgn",
        "lichess/export_eval_clk_2023-2024_1000.pgn.zst",
        "lichess/user_export_clk_variants_2021_8000.pgn.zst",
        "masters/bdg2_crlf_brace_in_tag.pgn.zst",
        "masters/dortmund_latin1_crlf_annotated.pgn",
        "masters/europe_echecs_unterminated_comment.pgn.zst",
        "masters/gm_games_with_errors.pgn",
        "masters/kasparov_crlf_latin1byte.pgn.zst",
        "masters/newyork1924_annotated.pgn.zst",
        "masters/twic1427.pgn.zst",
        "masters/wcc_2023_eolcomment.pgn",
        "masters/world_matches_annotated.pgn.zst",
        "torture/encoding/utf8_bom_80games.pgn",
        "torture/nul-bytes/livechess_nul_padded.pgn",
        "torture/pgn4web/oly14r11_clk_wrapped.pgn",
      ])
    ) {
      const bytes = readArchive(name);
      const { games } = assertSame(bytes, name);
      assert.ok(games > 0, name);
      assertSame(bytes, name, cutRandomly(bytes, 300_000, random));
    }
  },
});

Deno.test({
  name: "PlainGameScanner finds nearly all games of Lichess",
  fn() {
    const bytes = readArchive("made/long");
    const games = rawGames(bytes, { tagNames: TAG_NAMES });
    const plain = games.filter(({ spans }) => spans !== undefined).length;
    assert.equal(games.length, 36_000);
    assert.ok(plain > 0.99 * games.length, `${plain} of ${games.length}`);
  },
});
