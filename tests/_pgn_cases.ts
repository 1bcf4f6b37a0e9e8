// Odd texts of games, and what is read from them.
import { sharedData } from "./_shared_data.ts";

/** The moves of each game in UCI; `null` for one that must not be played. */
export type Moves = (string | null)[];

/** A text and the games in it. */
export type PgnCase = [claim: string, text: string, games: Moves];

const tags = (...more: string[]) =>
  ['[Event "x"]', '[Result "1-0"]', ...more].join("\n") + "\n\n";
const FEN = "rnbqkbnr/pppp1ppp/8/4p3/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 15";
const CHESS960 = "rbnnqkbr/pppppppp/8/8/8/8/PPPPPPPP/RBNNQKBR w HAha - 0 1";
const OPEN = "e2e4 e7e5 g1f3 b8c6";

export const CASES: readonly PgnCase[] = [
  // A start position that cannot be read is never the usual one.
  ["refuses an unquoted FEN", `${tags(`[FEN ${FEN}]`)}1. e4 1-0`, [null]],
  ["refuses a cut FEN", `${tags(`[FEN "${FEN}`)}1. e4 1-0`, [null]],
  ["refuses an unquoted Variant", `${tags("[variant Atomic]")}1. e4 1-0`, [
    null,
  ]],
  ["refuses a FEN over two lines", `${tags(`[FEN "${FEN}\n"]`)}1. e4 1-0`, [
    null,
  ]],
  ["refuses SetUp 1 without FEN", `${tags('[SetUp "1"]')}1. e4 1-0`, [null]],
  [
    "refuses SetUp 1 with FEN ?",
    `${tags('[SetUp "1"]', '[FEN "?"]')}1. e4 1-0`,
    [null],
  ],
  [
    "refuses setup 1 with an empty FEN",
    `${tags('[setup "1"]', '[fen ""]')}1. e4 1-0`,
    [null],
  ],
  ["refuses moves from number 2 on", `${tags()}2. e4 1-0`, [null]],
  ["takes an empty FEN for none", `${tags('[FEN ""]')}1. e4 1-0`, ["e2e4"]],
  ["takes SetUp 0 for the usual start", `${tags('[SetUp "0"]')}1. e4 1-0`, [
    "e2e4",
  ]],
  ["finds a FEN in any case", `${tags(`[fen "${FEN}"]`)}15. Nf3 1-0`, ["g1f3"]],
  [
    "never plays on after a tag among moves",
    `${tags()}1. e4 e5\n[Annotator "Z"]\n2. Nf3 1-0`,
    [
      "e2e4 e7e5",
      null,
    ],
  ],
  ["takes Normal for chess", `${tags('[Variant "normal"]')}1. e4 1-0`, [
    "e2e4",
  ]],
  [
    "takes Fischer-Random for Chess960",
    `${tags('[Variant "Fischer-Random"]', `[FEN "${CHESS960}"]`)}1. a3 1-0`,
    ["a2a3"],
  ],
  // Words among moves.
  [
    "takes null moves",
    `${tags()}1. e4 0000 2. d4 @@@@ 3. c4 null 4. b4 pass 5. a4 <> 1-0`,
    [
      "e2e4 0000 d2d4 0000 c2c4 0000 b2b4 0000 a2a4 0000",
    ],
  ],
  ["refuses a number before no move", `${tags()}1. e4 17 {x} 1-0`, [null]],
  [
    "takes numbers with and without dots",
    `${tags()}1 e4 1... e5 2Nf3 2 . . Nc6 1-0`,
    [OPEN],
  ],
  [
    "passes over annotation",
    `${tags()}1. e4 = e5 +/= 2. Nf3 N ± ∞ -/+ 2... Nc6 RR ⩲ D +- 1-0`,
    [OPEN],
  ],
  ["passes over stray brackets", `${tags()}1. e4 ) e5 ] 2. Nf3 } Nc6 1-0`, [
    OPEN,
  ]],
  ["takes an ellipsis for dots", `${tags()}1. e4 1… e5 2. Nf3 … Nc6 1-0`, [
    OPEN,
  ]],
  [
    "reads figurines and other dashes",
    `${tags()}1. e2–e4 e5 2. ♘g1−f3 ♞c6 1-0`,
    [OPEN],
  ],
  ["passes over e.p.", `${tags()}1. e4 a6 2. e5 d5 3. exd6 e.p. 1-0`, [
    "e2e4 a7a6 e4e5 d7d5 e5d6",
  ]],
  // Results.
  ["takes a result off a move", `${tags()}1. e4 e5 2. Nf3 Nc6#1-0\n1. d4 *`, [
    OPEN,
    "d2d4",
  ]],
  ["takes a draw off a move", `${tags()}1. e4 e51/2-1/2`, ["e2e4 e7e5"]],
  ["takes a result off an annotation", `${tags()}1. e4 e5 $11-0\n`, [
    "e2e4 e7e5",
  ]],
  ["reads halves and dashes", `${tags()}1. e4 e5 ½–½\n\n${tags()}1. d4 1–0`, [
    "e2e4 e7e5",
    "d2d4",
  ]],
  // Lines and white space.
  [
    "ends lines at CR",
    `${tags()}1. e4 ; x\n%y\ne5 2. Nf3 Nc6\n\n${tags()}1. d4 *\n`.replaceAll(
      "\n",
      "\r",
    ),
    [OPEN, "d2d4"],
  ],
  [
    "ends lines at CRLF",
    `${tags()}1. e4 ; x\n%y\ne5 2. Nf3 Nc6\n\n${tags()}1. d4 *\n`.replaceAll(
      "\n",
      "\r\n",
    ),
    [OPEN, "d2d4"],
  ],
  [
    "takes all of white space",
    `${tags()}1.\u00a0e4\u2003e5\u200b2.\ufeffNf3\u2009Nc6\u00a01-0\u00a0`,
    [OPEN],
  ],
  // Games without tags.
  ["begins after a comment", "{a study} 1. e4 e5 2. Nf3 Nc6 1-0", [OPEN]],
  ["begins with the move on the next line", "1.\ne4 e5 2. Nf3 Nc6 1-0", [OPEN]],
  ["begins without numbers", "e4 e5 Nf3 Nc6 1-0\nd4 d5\n", [OPEN, "d2d4 d7d5"]],
  [
    "begins after a game without a result",
    `${tags()}1. e4 e5 2. Nf3 Nc6\n\n1. d4 1-0`,
    [OPEN, "d2d4"],
  ],
  ["begins not in an open game without moves", `${tags()}{x}\n\n1. e4 1-0`, [
    "e2e4",
  ]],
  ["begins not in prose", "The move e4\n1. is best\n\nsee 1. e4\n", []],
];

/** The cases above, and those in the folder beside the project where it exists. */
export const ALL_CASES: readonly PgnCase[] = [...CASES, ...sharedCases()];

function sharedCases(): PgnCase[] {
  if (sharedData === undefined) return [];
  const folder = `${sharedData}../cases/pgn/`;
  const cases: Record<string, { games: (string[] | null)[]; may?: string }> =
    JSON.parse(Deno.readTextFileSync(folder + "expected.json"));
  return Object.entries(cases).map(([name, { games, may }]) => [
    name,
    Deno.readTextFileSync(`${folder}${name}.pgn`),
    // Where a game may be refused, it is.
    games.map((moves) => may === "bad" ? null : moves?.join(" ") ?? null),
  ]);
}
