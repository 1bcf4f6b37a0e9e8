import assert from "node:assert/strict";
import {
  GAME_FILTER_FIELDS,
  type GameFilter,
} from "../../src/filter/game_filter.ts";
import { impliesFilter } from "../../src/filter/implies_filter.ts";
import { Game } from "../../src/game.ts";
import { GameMatcher } from "../../src/filter/game_matcher.ts";
import { copyUtf8, type RawGame } from "../../src/pgn/raw_game.ts";
import {
  latin1,
  rawGames,
  rawOf,
  rawText,
  readRawGames,
  seeded,
} from "../_pgn_data.ts";
import { randomFilter } from "../_random_filter.ts";
import { available, madeGames } from "../_archives.ts";
import { LONG } from "../_shared_data.ts";

function game(tags: Record<string, string>, moves = "1. e4 e5 1-0"): string {
  const lines = Object.entries(tags).map(([name, value]) =>
    `[${name} "${value}"]\n`
  );
  return `${lines.join("")}\n${moves}`;
}

/** The tags that some filter looks at. */
const TAG_NAMES = [
  "ECO",
  "WhiteElo",
  "BlackElo",
  "TimeControl",
  "Result",
  "Event",
  "Termination",
  "UTCDate",
  "Date",
  "WhiteTitle",
  "BlackTitle",
];

function passes(filter: GameFilter, pgn: string): boolean {
  return new GameMatcher(filter).rejectedBy(rawOf(pgn)) === undefined;
}

/** Asserts which values of tags pass a filter, and which do not. */
function assertTagPasses(
  filter: GameFilter,
  tag: string,
  passing: readonly string[],
  failing: readonly (string | undefined)[],
): void {
  for (const value of passing) {
    assert.ok(passes(filter, game({ [tag]: value })), value);
  }
  for (const value of failing) {
    const pgn = game(value === undefined ? {} : { [tag]: value });
    assert.ok(!passes(filter, pgn), value);
  }
}

Deno.test("GameMatcher passes every game by an empty filter", () => {
  for (const pgn of ["", "x", game({})]) {
    assert.ok(passes({}, pgn));
    assert.ok(passes({ ratingOf: "lower", eco: undefined }, pgn));
  }
});

Deno.test("GameMatcher compares the average rating, rounded down, inclusively", () => {
  const rated = (white: string, black: string) =>
    game({ WhiteElo: white, BlackElo: black });
  for (
    const [white, black, average] of [
      ["2000", "1999", 1999],
      ["2000", "2001", 2000],
      ["1", "1", 1],
      ["1", "2", 1],
      ["3000", "1", 1500],
    ] as const
  ) {
    const pgn = rated(white, black);
    assert.ok(passes({ minRating: average }, pgn));
    assert.ok(!passes({ minRating: average + 1 }, pgn));
    assert.ok(passes({ maxRating: average }, pgn));
    if (average > 1) assert.ok(!passes({ maxRating: average - 1 }, pgn));
    assert.ok(passes({ minRating: average, maxRating: average }, pgn));
  }
});

Deno.test("GameMatcher compares the lower or the higher rating", () => {
  for (
    const tags of [
      { WhiteElo: "1900", BlackElo: "2100" },
      { WhiteElo: "2100", BlackElo: "1900" },
    ]
  ) {
    for (
      const [ratingOf, rating] of [["lower", 1900], ["higher", 2100]] as const
    ) {
      const pgn = game(tags);
      assert.ok(passes({ minRating: rating, ratingOf }, pgn));
      assert.ok(!passes({ minRating: rating + 1, ratingOf }, pgn));
      assert.ok(passes({ maxRating: rating, ratingOf }, pgn));
      assert.ok(!passes({ maxRating: rating - 1, ratingOf }, pgn));
    }
  }
});

Deno.test("GameMatcher passes no bound without both ratings", () => {
  for (
    const rating of [
      "",
      "0",
      "000",
      "?",
      "-",
      "1500?",
      "-1500",
      "+1500",
      "15e2",
      "1500.5",
      "0x5DC",
      "١٥٠٠",
      undefined,
    ]
  ) {
    for (
      const [one, other] of [["WhiteElo", "BlackElo"], ["BlackElo", "WhiteElo"]]
    ) {
      const tags: Record<string, string> = { [one]: "1500" };
      if (rating !== undefined) tags[other] = rating;
      for (const ratingOf of ["average", "lower", "higher"] as const) {
        assert.ok(!passes({ minRating: 1, ratingOf }, game(tags)), rating);
        assert.ok(!passes({ maxRating: 9999, ratingOf }, game(tags)), rating);
        assert.ok(passes({ ratingOf }, game(tags)));
      }
    }
  }
});

Deno.test("GameMatcher takes openings by the first three characters", () => {
  assertTagPasses({ playstyle: "tactical" }, "ECO", [
    "B90",
    "b90",
    "B90x",
    "B90/07",
    "C63",
  ], ["", "?", "B9", "F90", "D37", "A00", undefined]);
  assertTagPasses({ playstyle: "positional" }, "ECO", ["D37", "d37x", "A00"], [
    "B90",
    "?",
    "",
    undefined,
  ]);
  assertTagPasses({ eco: ["b90-B92", "C50"] }, "ECO", [
    "B90",
    "B91a",
    "b92",
    "C50",
  ], ["B89", "B93", "C49", "C51", "?", undefined]);
  assertTagPasses({ eco: "A00-E99" }, "ECO", ["A00", "E99"], ["?", undefined]);
  assertTagPasses({ eco: ["B80-C99"], playstyle: "tactical" }, "ECO", [
    "B80",
    "C99",
  ], ["B79", "C41", "D08"]);
  assertTagPasses({ eco: [] }, "ECO", [], ["B90", undefined]);
});

Deno.test("GameMatcher takes speeds by the TimeControl, not the Event", () => {
  assertTagPasses({ timeControl: "blitz" }, "TimeControl", [
    "180+0",
    "479+0",
    "60+3",
  ], ["179+0", "480+0", "-", "?", "", "300", undefined]);
  assertTagPasses(
    { timeControl: ["bullet", "correspondence"] },
    "TimeControl",
    ["30+0", "179+0", "-", "21600+0"],
    ["29+0", "180+0", "21599+0"],
  );
  const lie = game({ Event: "Rated Bullet game", TimeControl: "300+0" });
  assert.ok(passes({ timeControl: "blitz" }, lie));
  assert.ok(!passes({ timeControl: "bullet" }, lie));
});

Deno.test("GameMatcher takes results and terminations as they are written", () => {
  assertTagPasses({ result: ["1-0", "*"] }, "Result", ["1-0", "*"], [
    "0-1",
    "1/2-1/2",
    "1/2",
    "",
    "1-0 ",
    undefined,
  ]);
  assertTagPasses({ termination: "Time forfeit" }, "Termination", [
    "Time forfeit",
  ], ["Normal", "time forfeit", "Time forfeit.", undefined]);
});

Deno.test("GameMatcher takes an Event for rated by its beginning", () => {
  const rated = ["Rated Blitz game", "rated", "RATED x", "Rateda"];
  const casual = ["Casual Blitz game", "Unrated", " Rated", "?", ""];
  assertTagPasses({ rated: true }, "Event", rated, [...casual, undefined]);
  assertTagPasses({ rated: false }, "Event", casual, [...rated, undefined]);
});

Deno.test("GameMatcher compares days inclusively", () => {
  const filter = { since: "2013-01-31", until: "2013-03-01" };
  for (const tag of ["UTCDate", "Date"]) {
    assertTagPasses(filter, tag, ["2013.01.31", "2013.02.28", "2013.03.01"], [
      "2013.01.30",
      "2013.03.02",
      "2012.02.15",
      "2013.02.??",
      "2013.??.15",
      "????.??.??",
      "2013.2.15",
      "2013-02-15",
      "2013.02.15 ",
      "?",
      "",
      undefined,
    ]);
  }
});

Deno.test("GameMatcher takes the UTCDate over the Date", () => {
  const filter = { since: "2013-01-01" };
  const day = (UTCDate: string, Date: string) => game({ UTCDate, Date });
  assert.ok(passes(filter, day("2013.01.01", "2012.12.31")));
  assert.ok(passes(filter, day("2013.01.01", "????.??.??")));
  assert.ok(!passes(filter, day("2012.12.31", "2013.01.01")));
  assert.ok(!passes(filter, day("????.??.??", "2013.01.01")));
});

Deno.test("GameMatcher leaves out bots on either side", () => {
  for (const tag of ["WhiteTitle", "BlackTitle"]) {
    assertTagPasses({ titles: "no-bots" }, tag, ["GM", "", "?", "LM", "-"], [
      "BOT",
    ]);
  }
  assert.ok(passes({ titles: "no-bots" }, game({})));
  assert.ok(
    !passes(
      { titles: "no-bots" },
      game({ WhiteTitle: "GM", BlackTitle: "BOT" }),
    ),
  );
});

Deno.test("GameMatcher counts the half-moves of the mainline", () => {
  for (
    const [moves, plies] of [
      ["", 0],
      [" 0-1", 0],
      ["*", 0],
      ["1. e4 1-0", 1],
      ["1. e4 e5 2. Nf3 *", 3],
      ["1.e4 e5 2.Nf3 *", 3],
      ["1 e4 e5 2 Nf3 *", 3],
      ["1. e4 1... e5 2. Nf3 2...Nc6 1/2-1/2", 4],
      ["1. e4 ... e5 2. ...Nc6 1... *", 3],
      ["12... Nf6 13. O-O 0-1", 2],
      ["1. 0-0 0-0-0 2. O-O-O O-O+ 3. o-o 1-0", 5],
      ["1.0-0 1...0-0-0 2.O-O 2...o-o-o 0-1", 4],
      ["1. e4! $1 e5?! $2 $10 2. Nf3 !! ?? *", 3],
      ["1. e4 (1. d4 d5 (1... Nf6) 2. c4) e5 ((2. a3)) 2. Nf3 *", 3],
      ["1. e4 {1. d4 (} e5 {)} ; 2. a3 Nf3\n2. Nf3 *", 3],
      ["1. e4 { a\n\nb } e5\n% 2. a3\n\n2. Nf3 *", 3],
      ["1. e4{x}e5(1... c5)2. Nf3{y} *", 3],
      ["1. e4 ) e5 *", 2],
      ["1. e2e4 e7-e5 2. Ng1f3 Nb8-c6 3. Rxd1 R1xd3 4. exd6 e.p. *", 7],
      ["1. fxe8=Q+ exd1N# 2. Pe4 -- 3. Z0 N@f3 4. @e4 *", 7],
      ["1. e4 N +- = D e5 *", 2],
      ["1. d4\r\nd5\r\n2. c4 *", 3],
    ] as const
  ) {
    const pgn = game({ Event: "e4 e5" }, moves);
    if (plies > 0) assert.ok(passes({ minPlies: plies }, pgn), moves);
    assert.ok(!passes({ minPlies: plies + 1 }, pgn), moves);
  }
  assert.ok(passes({ minPlies: 2 }, "1. e4 e5"));
});

Deno.test("GameMatcher looks for evaluations and clocks among the moves alone", () => {
  const tags = { Event: "[%eval 1] [%clk 0:01:00]" };
  for (
    const [moves, hasEval, hasClock] of [
      ["1. e4 *", false, false],
      ["1. e4 { [%eval 0.17] } *", true, false],
      ["1. e4 { [%clk 0:05:00] } *", false, true],
      ["1. e4 {[%eval #-3][%clk 0:05:00]} *", true, true],
      ["1. e4 { [%emt 0:05] [%evals 1] [%clock 1] %eval } *", false, false],
    ] as const
  ) {
    const pgn = game(tags, moves);
    assert.equal(passes({ hasEval: true }, pgn), hasEval, moves);
    assert.equal(passes({ hasEval: false }, pgn), !hasEval, moves);
    assert.equal(passes({ hasClock: true }, pgn), hasClock, moves);
    assert.equal(passes({ hasClock: false }, pgn), !hasClock, moves);
  }
});

Deno.test("GameMatcher reports the first field that rejects, in the order of the table", () => {
  const all: GameFilter = {
    hasClock: true,
    hasEval: true,
    minPlies: 3,
    titles: "no-bots",
    until: "2013-01-31",
    since: "2013-01-01",
    termination: "Normal",
    rated: true,
    result: "1-0",
    timeControl: "blitz",
    maxRating: 2000,
    minRating: 1000,
    eco: "B90",
    playstyle: "tactical",
  };
  const good: Record<string, string> = {
    ECO: "B90",
    WhiteElo: "1500",
    BlackElo: "1500",
    TimeControl: "300+0",
    Result: "1-0",
    Event: "Rated",
    Termination: "Normal",
    UTCDate: "2013.01.15",
    WhiteTitle: "GM",
  };
  const moves = "1. e4 {[%eval 0] [%clk 0:05:00]} e5 2. Nf3 1-0";
  const judge = new GameMatcher(all);
  assert.equal(judge.rejectedBy(rawOf(game(good, moves))), undefined);
  const spoilt: [keyof GameFilter, Record<string, string>, string?][] = [
    ["hasClock", {}, moves.replace("clk", "c")],
    ["hasEval", {}, moves.replace("eval", "e").replace("clk", "c")],
    ["minPlies", {}, "1. e4 *"],
    ["titles", { WhiteTitle: "BOT" }],
    ["until", { UTCDate: "2013.02.01" }],
    ["since", { UTCDate: "2012.02.01" }],
    ["termination", { Termination: "?" }],
    ["rated", { Event: "Casual" }],
    ["result", { Result: "*" }],
    ["timeControl", { TimeControl: "-" }],
    ["maxRating", { WhiteElo: "2800" }],
    ["minRating", { BlackElo: "?" }],
    ["eco", { ECO: "B91" }],
    ["playstyle", { ECO: "D37" }],
  ];
  // One fault after the other, and the earlier ones stay.
  let tags = good;
  let text = moves;
  for (const [field, change, changedMoves = text] of spoilt) {
    tags = { ...tags, ...change };
    text = changedMoves;
    assert.equal(judge.rejectedBy(rawOf(game(tags, text))), field);
  }
});

Deno.test("GameMatcher looks at nothing outside the game", () => {
  const filters: GameFilter[] = [
    { eco: "B90" },
    { minRating: 1 },
    { result: "0-1" },
    { hasEval: true },
    { hasClock: true },
    { minPlies: 3 },
  ];
  const other =
    '[ECO "B90"]\n[WhiteElo "1"]\n[BlackElo "1"]\n[Result "0-1"]\n\n1. e4 {[%eval 0] [%clk 0:00:00]} e5 2. a3 0-1\n';
  const bare = '[Event "x"]\n\n1. e4 *';
  const text = `${other}\n${bare}\n${other}`;
  const games = rawGames(latin1(text), { tagNames: TAG_NAMES });
  assert.deepEqual(games.map(rawText), [other.trim(), bare, other.trim()]);
  for (const filter of filters) {
    const judge = new GameMatcher(filter);
    const [field] = Object.keys(filter);
    for (const game of games) {
      assert.notEqual(game.spans, undefined);
      const expected = game === games[1] ? field : undefined;
      assert.equal(judge.rejectedBy(game), expected);
      assert.equal(judge.rejectedBy({ ...game, spans: undefined }), expected);
    }
  }
});

Deno.test("GameMatcher takes no part of a letter for white space", () => {
  // à is C3 A0 in UTF-8: taken for Latin-1, a no-break space.
  const text = '[Event "à"]\n\n1. e4 voilàe5 \u2003 \ufeff 2. Nf3 {à e4} *';
  assert.ok(passes({ minPlies: 2 }, text));
  assert.ok(!passes({ minPlies: 3 }, text));
});

/** What a filter may ask of a game, read plainly and slowly from its text. */
interface Facts {
  readonly tags: Map<string, string>;
  readonly plies: number;
  readonly hasEval: boolean;
  readonly hasClock: boolean;
  readonly hash: bigint;
}

/** A tag at the start of a line, or after another one. */
const TAG_REGEXP = /(?<=^|\]\s*)\[\s*(\w+)\s+"((?:[^"\\]|\\.)*)"\s*\]/g;

function factsOf(pgn: string): Facts {
  const tags = new Map<string, string>();
  const lines = pgn.split(/\r\n?|\n/);
  let next = 0;
  for (; next < lines.length; next++) {
    const line = lines[next].trim();
    if (line === "") continue;
    const several = [...line.matchAll(TAG_REGEXP)];
    const rest = line.replaceAll(TAG_REGEXP, "").trim();
    const matches = several.length > 0 && !/^\[|"\]$/.test(rest)
      ? several
      : [/^\[\s*(\w+)\s+"(.*)"\s*\]$/.exec(line)];
    for (const match of matches) {
      if (match !== null) tags.set(match[1], match[2].replaceAll('\\"', '"'));
    }
    if (matches[0] === null || rest !== "") break;
  }
  const moves = lines.slice(next).join("\n");
  return {
    tags,
    plies: countMoves(moves),
    hasEval: /\[%eval\s/.test(moves),
    hasClock: /\[%clk\s/.test(moves),
    hash: new Game(pgn).hash,
  };
}

function countMoves(moves: string): number {
  let bare = "";
  let depth = 0;
  for (let i = 0; i < moves.length; i++) {
    const c = moves[i];
    if (c === "{") {
      while (i < moves.length && moves[i] !== "}") i++;
      bare += " ";
    } else if (c === ";" || c === "%" && moves[i - 1] === "\n") {
      while (i + 1 < moves.length && moves[i + 1] !== "\n") i++;
    } else if (c === "(") depth++;
    else if (c === ")") {
      depth--;
      bare += " ";
    } else if (depth === 0) bare += c;
  }
  return bare.split(/\s+/)
    .map((word) => word.replace(/^\d+\.+/, ""))
    .filter((word) => /[a-h][1-8]|[O0]-[O0]|^--$|^Z0$/.test(word)).length;
}

const SPEED_BOUNDS: Record<string, [number, number]> = {
  ultraBullet: [0, 29],
  bullet: [30, 179],
  blitz: [180, 479],
  rapid: [480, 1499],
  classical: [1500, 21_599],
  correspondence: [21_600, Infinity],
};

const TACTICAL =
  "A51–A52, A56–A99, B00–B09, B20–B99, C20–C40, C44–C45, C50–C59, C63, C80–C99, D08–D09, E60–E99"
    .split(", ").map((range) => range.split("–"));

/** The first field of a filter that rejects a game, by the letter of the definition. */
function rejectingField(filter: GameFilter, facts: Facts): string | undefined {
  const { tags, plies, hasEval, hasClock, hash } = facts;
  const listOf = (value: string | readonly string[]) => [value].flat();
  const isIn = (code: string, ranges: string[][]) =>
    ranges.some(([from, to = from]) =>
      from.toUpperCase() <= code && code <= to.toUpperCase()
    );
  const code = tags.get("ECO")?.slice(0, 3).toUpperCase() ?? "";
  const isCode = /^[A-E]\d\d$/.test(code);
  const ratings = ["WhiteElo", "BlackElo"].map((name) => {
    const value = tags.get(name) ?? "";
    return /^[0-9]+$/.test(value) && Number(value) > 0 ? Number(value) : NaN;
  });
  const [lower, higher] = ratings.toSorted((a, b) => a - b);
  const rating = ratings.some(Number.isNaN)
    ? NaN
    : filter.ratingOf === "lower"
    ? lower
    : filter.ratingOf === "higher"
    ? higher
    : Math.floor((lower + higher) / 2);
  const clock = tags.get("TimeControl") ?? "";
  const [base, increment] = clock.split("+").map(Number);
  const seconds = clock === "-"
    ? 21_600
    : /^\d+\+\d+$/.test(clock)
    ? base + 40 * increment
    : NaN;
  const date = (tags.get("UTCDate") ?? tags.get("Date") ?? "")
    .replaceAll(".", "-");
  const isDate = /^\d{4}-\d\d-\d\d$/.test(date);
  const event = tags.get("Event");

  const judged: Record<keyof GameFilter, () => boolean> = {
    playstyle: () =>
      isCode && isIn(code, TACTICAL) === (filter.playstyle === "tactical"),
    eco: () =>
      isCode && isIn(code, listOf(filter.eco!).map((one) => one.split("-"))),
    minRating: () => rating >= filter.minRating!,
    maxRating: () => rating <= filter.maxRating!,
    ratingOf: () => true,
    timeControl: () =>
      listOf(filter.timeControl!).some((speed) =>
        SPEED_BOUNDS[speed][0] <= seconds && seconds <= SPEED_BOUNDS[speed][1]
      ),
    result: () => listOf(filter.result!).includes(tags.get("Result") ?? ""),
    rated: () =>
      event !== undefined &&
      event.toLowerCase().startsWith("rated") === filter.rated,
    termination: () =>
      listOf(filter.termination!).includes(tags.get("Termination") ?? ""),
    since: () => isDate && date >= filter.since!,
    until: () => isDate && date <= filter.until!,
    titles: () =>
      tags.get("WhiteTitle") !== "BOT" && tags.get("BlackTitle") !== "BOT",
    minPlies: () => plies >= filter.minPlies!,
    hasEval: () => hasEval === filter.hasEval,
    hasClock: () => hasClock === filter.hasClock,
    split: () => {
      const [from, to] = filter.split!;
      const fraction = Number(hash >> 11n) / 2 ** 53;
      return from <= fraction && fraction < to;
    },
  };
  return GAME_FILTER_FIELDS.find(({ name }) =>
    filter[name] !== undefined && !judged[name]()
  )?.name;
}

/** Games of all kinds, some with the spans of their tags, each with its text. */
function gamesOfAll(): { raw: RawGame; pgn: string }[] {
  const games: { raw: RawGame; pgn: string }[] = [];
  for (
    const [name, step] of [
      ["made/2013", 2],
      ["made/2021", 1],
      ["made/export", 1],
      ["made/faults", 1],
      ["made/latin1", 2],
      ["sample", 1],
      ["lichess/db_2021-10_first999.pgn", 1],
      ["lichess/export_eval_clk_2023-2024_1000.pgn.zst", 1],
      ["lichess/db_search_2017-05_no_event_tag.pgn", 1],
      ["lichess/db_2013-02_reprocessed_dups_2551.pgn.zst", 5],
      ["lichess/user_export_clk_variants_2021_8000.pgn.zst", 11],
      ["masters/twic1427.pgn.zst", 9],
      ["masters/dortmund_latin1_crlf_annotated.pgn", 1],
      ["masters/world_matches_annotated.pgn.zst", 3],
      ["masters/newyork1924_annotated.pgn.zst", 2],
      ["torture/encoding/morphy_ansi_crlf.pgn", 3],
      ["torture/pgn4web/oly14r11_clk_wrapped.pgn", 1],
    ] as const
  ) {
    if (available([name]).length === 0) continue;
    const raws = readRawGames(name, { tagNames: TAG_NAMES });
    for (let i = 0; i < raws.length; i += LONG ? 1 : step) {
      const pgn = new TextDecoder("utf-8", { fatal: true }).decode(
        copyUtf8(raws[i]),
      );
      games.push({ raw: raws[i], pgn });
    }
  }
  return games;
}

Deno.test({
  name:
    "GameMatcher agrees with a slow reading of the definition on games of all kinds",
  fn() {
    const games = gamesOfAll();
    const facts = games.map(({ pgn }) => factsOf(pgn));
    const placed = games.filter(({ raw }) => raw.spans !== undefined).length;
    assert.ok(placed > games.length / 2, `${placed} of ${games.length} plain`);
    const random = seeded(3);
    const passed: Record<string, number> = {};
    const rejected: Record<string, number> = {};
    for (let i = 0; i < (LONG ? 600 : 150); i++) {
      const filter = randomFilter(random);
      const judge = new GameMatcher(filter);
      // Else the text would be read in place of the spans.
      assert.ok(judge.tagNames.every((name) => TAG_NAMES.includes(name)));
      for (let j = i % 5; j < games.length; j += 5) {
        const { raw, pgn } = games[j];
        const expected = rejectingField(filter, facts[j]);
        const answers = [
          judge.rejectedBy(raw),
          judge.rejectedBy({ ...raw, spans: undefined }),
          judge.rejectedBy(rawOf(pgn)),
        ];
        // Not assert.equal() a million times: its arguments are costly.
        if (answers.some((answer) => answer !== expected)) {
          assert.deepEqual(
            answers,
            answers.map(() => expected),
            JSON.stringify(filter) + pgn,
          );
        }
        if (expected !== undefined) {
          rejected[expected] = (rejected[expected] ?? 0) + 1;
        } else {
          for (const name of Object.keys(filter)) {
            passed[name] = (passed[name] ?? 0) + 1;
          }
        }
      }
    }
    // All of it has been put to the test; bots are few.
    for (const { name } of GAME_FILTER_FIELDS) {
      assert.ok(passed[name] > 100, `${name} passed ${passed[name]}`);
      if (name === "ratingOf") continue;
      const least = name === "titles" ? 1 : 100;
      assert.ok(rejected[name] >= least, `${name} rejected ${rejected[name]}`);
    }
  },
});

Deno.test({
  name: "impliesFilter() holds for games of all kinds",
  fn() {
    const games = gamesOfAll().filter((_, i) => i % 5 === 0);
    const random = seeded(4);
    const filters = Array.from({ length: 80 }, () => randomFilter(random));
    // Wider and narrower ones, so that many imply others.
    filters.push(
      {},
      ...filters.slice(0, 40).map(({ ...filter }) => {
        const [name] = Object.keys(filter) as (keyof GameFilter)[];
        delete filter[name];
        return filter;
      }),
    );
    filters.push(
      ...filters.slice(0, 40).map((filter, i) => ({
        ...filter,
        ...filters[i + 40],
      })),
    );
    const answers = filters.map((filter) => {
      const judge = new GameMatcher(filter);
      return games.map(({ raw }) => judge.rejectedBy(raw) === undefined);
    });
    let implied = 0;
    for (const [i, query] of filters.entries()) {
      for (const [j, filter] of filters.entries()) {
        if (!impliesFilter(query, filter)) continue;
        implied++;
        const wrong = games.findIndex((_, k) =>
          answers[i][k] && !answers[j][k]
        );
        assert.equal(
          wrong,
          -1,
          `${JSON.stringify([query, filter])} ${games[wrong]?.pgn}`,
        );
      }
    }
    assert.ok(implied > 2 * filters.length, `${implied} implied`);
  },
});

Deno.test({
  name: "GameMatcher counts a set that can be counted by hand",
  fn() {
    const raws = readRawGames("made/2021");
    const judge = new GameMatcher({ hasEval: true });
    const count = raws.filter((raw) => judge.rejectedBy(raw) === undefined)
      .length;
    const made = madeGames("made/2021");
    const wanted = made.filter(({ text }) => text.includes("[%eval ")).length;
    assert.ok(wanted > 60);
    assert.equal(count, wanted);
  },
});
