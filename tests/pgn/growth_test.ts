import assert from "node:assert/strict";
import process from "node:process";
import { GameMatcher } from "../../src/filter/game_matcher.ts";
import { recordsOf } from "../../src/filter/game_record.ts";
import { gameFromUtf8, replayGame } from "../../src/game.ts";
import { PgnError } from "../../src/chess/pgn_error.ts";
import { compactGame } from "../../src/pgn/compact_game.ts";
import { rawGame } from "../../src/pgn/raw_game.ts";
import { PgnSplitter } from "../../src/pgn/splitter/pgn_splitter.ts";
import { readTags } from "../../src/pgn/tags.ts";

/** What is written again and again, before and after what may stand once. */
const UNITS = [
  "{",
  "}",
  "(",
  ")",
  "[",
  "]",
  ";",
  "%",
  "\n%",
  "$",
  "$1",
  "*",
  "-",
  "/",
  "\\",
  '"',
  ".",
  "1",
  "0",
  "1.",
  "1-",
  "1/2",
  "1-0",
  "0-1 ",
  "½",
  "–",
  "é",
  "♘",
  "\ufeff",
  "\u00a0",
  "\0",
  "\n",
  "\r",
  "\r\n",
  " ",
  "\n\n",
  "{}",
  "({",
  "({})",
  "((",
  "{\n\n",
  "\n\n1.",
  "\n\n1. ",
  "\n\n1. {",
  "\n\n1. e4 ",
  "1. {} ",
  "e4 ",
  "e",
  "Nf3",
  "O-O-O",
  "--",
  "0000 ",
  "+= ",
  "[A",
  '[A "',
  '[A "x"]',
  '[A "x"]\n',
  '[A "\\',
  '\n\n[Event "x"]\n',
  '\n\n[Event "x"]\n\n',
  "[%clk ",
  "{[%clk 0:",
  "{[%eval 1",
  "[FEN x\n",
  "; x\n",
  "1 {",
  "5 ",
];

const BEFORE = ["", '[Event "x"]\n\n1. e4 ', "1. e4 {"];

/** Every stage that reads PGN, over one text. */
const STAGES: Record<string, (bytes: Uint8Array) => void> = {
  split: (bytes) => splitIn([bytes], false),
  "split step by step": (bytes) => splitIn([bytes], true),
  "split in chunks": (bytes) => {
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += 997) {
      chunks.push(bytes.subarray(at, at + 997));
    }
    splitIn(chunks, false);
  },
  tags: (bytes) => void readTags(rawGame(bytes)),
  compact: (bytes) => void compactGame(bytes),
  record: (bytes) => void recordsOf([bytes]),
  match: (bytes) => {
    for (
      const filter of [{ minPlies: 1e6 }, { hasEval: true }, { hasClock: true }]
    ) {
      new GameMatcher(filter).rejection(rawGame(bytes));
    }
  },
  replay: (bytes) => {
    try {
      const moves = replayGame(gameFromUtf8(bytes));
      for (let ply = 0; ply < Math.min(moves.length, 3); ply++) {
        moves.commentsAt(ply);
      }
    } catch (error) {
      if (!(error instanceof PgnError)) throw error;
    }
  },
};

function splitIn(chunks: readonly Uint8Array[], isStepwise: boolean): void {
  const splitter = new PgnSplitter({ isStepwise });
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
}

/**
 * The milliseconds of the processor that a stage takes, the best of a few runs.
 * The sum of user and system time is exact; how it divides is guessed by ticks.
 */
function time(
  stage: (bytes: Uint8Array) => void,
  bytes: Uint8Array,
  runs: number,
): number {
  let best = Infinity;
  for (let run = 0; run < runs; run++) {
    const start = process.cpuUsage();
    stage(bytes);
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}

/** Below this, in milliseconds, a time says nothing. */
const LEAST_TIME = 3;

for (const [name, stage] of Object.entries(STAGES)) {
  Deno.test(`PGN takes time linear in the length of hostile texts: ${name}`, () => {
    // Compiled before it is measured.
    const warm = new TextEncoder().encode(
      '[A "x"]\n\n1. e4 {x} e5 *\n'.repeat(20_000),
    );
    for (let i = 0; i < 3; i++) stage(warm);
    for (const before of BEFORE) {
      for (const unit of UNITS) {
        const text = (size: number) =>
          new TextEncoder().encode(before + unit.repeat(size / unit.length));
        // As long as it takes to be measured, within bounds.
        let size = 1 << 14;
        let once = time(stage, text(size), 3);
        while (once < LEAST_TIME && size < 1 << 18) {
          size *= 4;
          once = time(stage, text(size), 3);
        }
        if (once < LEAST_TIME) continue;
        let ratio = Infinity;
        for (let i = 0; i < 8 && ratio > 2.6; i++) {
          const single = Math.max(time(stage, text(size), 3), LEAST_TIME);
          ratio = Math.min(ratio, time(stage, text(2 * size), 3) / single);
        }
        assert.ok(
          ratio <= 2.6,
          `${
            JSON.stringify(before + unit)
          }: ${ratio} times the time for twice ${size} characters`,
        );
      }
    }
  });
}
