import assert from "node:assert/strict";
import type { GameFilter } from "../../src/filter/game_filter.ts";
import { GameMatcher } from "../../src/filter/game_matcher.ts";
import {
  RECORD_BYTES,
  RECORDS_PER_BLOCK,
  recordsOf,
} from "../../src/filter/game_record.ts";
import {
  ASK_TEXT,
  FAILS,
  PASSES,
  RecordMatcher,
} from "../../src/filter/record_matcher.ts";
import { rawGame } from "../../src/pgn/raw_game.ts";
import { seeded } from "../_pgn_data.ts";
import { randomFilter } from "../_random_filter.ts";

/** A game whose tags and comments are drawn, odd values among them. */
function randomGame(random: () => number): string {
  const pick = <T>(values: readonly T[]): T =>
    values[Math.floor(random() * values.length)];
  const tags: [string, readonly string[]][] = [
    ["Event", ["Rated Blitz game", "rated", "Casual", "", "x Rated"]],
    ["GameId", ["?", "", `id${Math.floor(random() * 1e6)}`]],
    ["Site", ["https://lichess.org/abcdef12", "?", "x/short", "/ABCDEFGH"]],
    ["Date", ["2013.01.07", "2021.10.15", "????.??.??", "2021.13.45"]],
    ["UTCDate", ["2017.05.23", "2023.11.01", "0000.00.00", "2021.6.1"]],
    ["Result", ["1-0", "0-1", "1/2-1/2", "*", "1/2", "?"]],
    ["WhiteElo", ["1500", "2200", "800", "?", "0", "70000", "65535", "1e3"]],
    ["BlackElo", ["1500", "1900", "1000", "", "999999", "65534", "1000000"]],
    ["ECO", ["B90", "c20", "D02", "?", "E99x", "F00", "A0"]],
    ["TimeControl", ["60+0", "180+2", "-", "?", "600+5", "21600+0", "1/60"]],
    ["Termination", ["Normal", "Time forfeit", "Unknown", "normal", "Odd"]],
    ["WhiteTitle", ["BOT", "GM", "bot"]],
    ["BlackTitle", ["BOT", "IM"]],
  ];
  const lines = tags.filter(() => random() < 0.8).map(([name, values]) =>
    `[${name} "${pick(values)}"]`
  );
  const moves = Array.from(
    { length: Math.floor(random() * 90) },
    () =>
      pick([
        "e4",
        "Nf3",
        "O-O",
        "1.",
        "--",
        "$1",
        "+=",
        "{ [%eval 0.1] }",
        "{ [%clk 0:01:00] }",
        "(1. d4 { [%eval 1] } d5)",
        "{ [%clk x] }",
        "odd",
      ]),
  );
  return `${lines.join("\n")}\n\n${moves.join(" ")} *`;
}

function matchAll(filter: GameFilter, records: Uint8Array): Uint8Array {
  const matcher = new RecordMatcher(filter);
  const answers = new Uint8Array(records.length / RECORD_BYTES);
  for (let game = 0; game < answers.length; game += RECORDS_PER_BLOCK) {
    const at = game * RECORD_BYTES;
    const end = at + RECORDS_PER_BLOCK * RECORD_BYTES;
    matcher.match(records.subarray(at, end), answers.subarray(game));
  }
  return answers;
}

Deno.test("RecordMatcher and GameMatcher agree on games and filters at random, each field among them", () => {
  const random = seeded(13);
  const games = Array.from(
    { length: 2000 },
    () => new TextEncoder().encode(randomGame(random)),
  );
  const records = recordsOf(games);
  const answers = [0, 0, 0];
  for (let i = 0; i < 400; i++) {
    const filter = randomFilter(random);
    if (random() < 0.1) filter.maxRating = 100_000;
    const byText = new GameMatcher(filter);
    const byRecord = matchAll(filter, records);
    games.forEach((game, k) => {
      const answer = byRecord[k];
      answers[answer]++;
      if (answer === ASK_TEXT) return;
      if ((byText.rejection(rawGame(game)) === 0) === (answer === PASSES)) {
        return;
      }
      assert.fail(
        `${JSON.stringify(filter)}: ${answer}\n${
          new TextDecoder().decode(game)
        }`,
      );
    });
  }
  assert.ok(answers[PASSES] > 50_000, `${answers}`);
  assert.ok(answers[FAILS] > 50_000, `${answers}`);
  // Only what does not fit into a record needs the text.
  assert.ok(answers[ASK_TEXT] > 0, `${answers}`);
  assert.ok(answers[ASK_TEXT] < 0.4 * answers[PASSES], `${answers}`);
});

Deno.test("RecordMatcher asks for the text only where a value does not fit", () => {
  const ask = (filter: GameFilter, pgn: string) => {
    const records = recordsOf([new TextEncoder().encode(pgn)]);
    return matchAll(filter, records)[0];
  };
  const strong = '[WhiteElo "70000"]\n[BlackElo "2000"]\n\n1. e4 *';
  assert.equal(ask({ minRating: 2000 }, strong), ASK_TEXT);
  assert.equal(ask({ minRating: 2000, result: "1-0" }, strong), FAILS);
  assert.equal(ask({}, strong), PASSES);
  assert.equal(
    ask({ until: "2000-01-01" }, '[Date "0000.00.00"]\n\n*'),
    ASK_TEXT,
  );
  assert.equal(ask({ termination: "Normal" }, '[Termination "x"]\n\n*'), FAILS);
  assert.equal(ask({ rated: false }, "1. e4 *"), FAILS);
  assert.equal(ask({ rated: false }, '[Event "x"]\n\n1. e4 *'), PASSES);
});

Deno.test("RecordMatcher puts each game into one part of a partition", () => {
  const games = Array.from(
    { length: 1000 },
    (_, i) => new TextEncoder().encode(`[GameId "${i}"]\n\n1. e4 *`),
  );
  const records = recordsOf(games);
  const bounds = [0, 0.1, 0.5, 0.98, 1];
  const counts = bounds.slice(1).map((to, i) => {
    const answers = matchAll({ split: [bounds[i], to] }, records);
    return answers.filter((answer) => answer === PASSES).length;
  });
  assert.equal(counts.reduce((sum, one) => sum + one), games.length);
  counts.forEach((count, i) => {
    const share = bounds[i + 1] - bounds[i];
    assert.ok(Math.abs(count / games.length - share) < 0.05, `${counts}`);
  });
});
