import assert from "node:assert/strict";
import { parseFen } from "../../src/chess/position.ts";
import { Game } from "../../src/game.ts";
import { GameLoader } from "../../src/game_loader.ts";
import { SampleExtractor } from "../../src/sample_extractor.ts";
import type { ExtractionConfig } from "../../src/sample/extraction_config.ts";
import type { DropReason } from "../../src/sample/ply_selector.ts";
import type { TrainingSample } from "../../src/sample/training_sample.ts";
import { SAMPLE } from "../_archives.ts";
import { gameText, tempFolder } from "../_games.ts";
import { seeded } from "../_pgn_data.ts";

const ARCHIVE = SAMPLE;
const QUERY = { maxGames: 250, offset: 1200 };
const EVERYTHING = { skipPlies: 0, minPieces: 0 };

function extractorOf(config: ExtractionConfig, path = ARCHIVE) {
  return new SampleExtractor(
    new GameLoader(path, { cache: null, threads: 0 }),
    config,
  );
}

function extract(config: ExtractionConfig, query = QUERY) {
  return Array.fromAsync(extractorOf(config).extractSamples(query));
}

/** What is drawn of half-moves 0 to 39 of the game 00000007 with seed 1 and a share of 0.25. */
const KNOWN = [5, 6, 7, 11, 13, 18, 33, 34, 35, 36, 39];

function place({ gameId, ply }: TrainingSample): string {
  return `${gameId} ${ply}`;
}

function piecesOf({ fen }: TrainingSample): number {
  return fen.split(" ")[0].replace(/[^a-z]/gi, "").length;
}

function isWhites({ fen }: TrainingSample): boolean {
  return fen.split(" ")[1] === "w";
}

Deno.test("ExtractionConfig drops what each field says, and nothing else", async () => {
  const all = await extract(EVERYTHING);
  const rules: [ExtractionConfig, (sample: TrainingSample) => boolean][] = [
    [{ skipPlies: 13 }, ({ ply }) => ply >= 13],
    [{ maxPly: 20 }, ({ ply }) => ply <= 20],
    [{ minPieces: 20 }, (sample) => piecesOf(sample) >= 20],
    [{ sides: "white" }, isWhites],
    [{ sides: "black" }, (sample) => !isWhites(sample)],
    [{ sides: "winner" }, ({ outcome }) => outcome === 1],
    [
      { sides: { minRating: 1700 } },
      (sample) =>
        (isWhites(sample) ? sample.whiteElo ?? 0 : sample.blackElo ?? 0) >=
          1700,
    ],
    [{ skipChecks: true }, ({ fen }) => !parseFen(fen).isCheck()],
    [{ skipCaptures: true }, ({ san }) => !/[x=]/.test(san)],
    [{ minClock: 60 }, ({ clockBefore = 0 }) => clockBefore >= 60],
    [{ requireEval: true }, ({ evalBefore }) => evalBefore !== undefined],
    [{ terminations: "Normal" }, ({ termination }) => termination === "Normal"],
    [
      { terminations: ["Time forfeit", "Abandoned"] },
      ({ termination = "" }) => /^(Time forfeit|Abandoned)$/.test(termination),
    ],
  ];
  for (const [config, isKept] of rules) {
    const expected = all.filter(isKept).map(place);
    const name = JSON.stringify(config);
    assert.ok(expected.length > 0 && expected.length < all.length, name);
    const samples = await extract({ ...EVERYTHING, ...config });
    assert.deepEqual(samples.map(place), expected, name);
  }
  // Fields together drop what any of them drops.
  const random = seeded(5);
  for (let i = 0; i < 8; i++) {
    const some = rules.filter(() => random() < 0.3);
    const config = Object.assign({}, EVERYTHING, ...some.map(([one]) => one));
    const names = Object.keys(config);
    const last = some.filter(([one], i) =>
      some.findLastIndex(([other]) =>
        Object.keys(other)[0] === Object.keys(one)[0]
      ) === i
    );
    const expected = all.filter((one) => last.every(([, keeps]) => keeps(one)));
    const samples = await extract(config);
    assert.deepEqual(samples.map(place), expected.map(place), names.join());
  }
});

/** How far a count is from what a share lets expect, in standard deviations. */
function deviation(count: number, of: number, share: number): number {
  return (count - of * share) / Math.sqrt(of * share * (1 - share));
}

Deno.test("ExtractionConfig keeps the shares that each field says", async () => {
  const all = await extract(EVERYTHING);
  const curve = (points: [number, number][]) => (at: number) => {
    for (let i = 1; i < points.length; i++) {
      const [[x1, y1], [x2, y2]] = [points[i - 1], points[i]];
      if (at >= x1 && at <= x2) return y1 + (y2 - y1) * (at - x1) / (x2 - x1);
    }
    return at < points[0][0] ? points[0][1] : points.at(-1)![1];
  };
  const byPly: [number, number][] = [[4, 0.1], [30, 0.9], [60, 0.2]];
  const byPieces: [number, number][] = [[10, 0.8], [32, 0.2]];
  const rules: [ExtractionConfig, (sample: TrainingSample) => number][] = [
    [{ sampleRate: 0.3 }, () => 0.3],
    [{ softSkipPlies: 19 }, ({ ply }) => Math.min(1, (ply + 1) / 20)],
    [{ keepByPly: byPly }, ({ ply }) => curve(byPly)(ply)],
    [{ keepByPieces: byPieces }, (one) => curve(byPieces)(piecesOf(one))],
    [
      { keepByPly: byPly, keepByPieces: byPieces, sampleRate: 0.5 },
      (one) => curve(byPly)(one.ply) * curve(byPieces)(piecesOf(one)) * 0.5,
    ],
    [{ keepByPly: [[0, 0.4]] }, () => 0.4],
  ];
  for (const [config, share] of rules) {
    const kept = new Set(
      (await extract({ ...EVERYTHING, ...config })).map(place),
    );
    for (const group of Map.groupBy(all, share).entries()) {
      const [expected, samples] = group;
      const count = samples.filter((sample) => kept.has(place(sample))).length;
      const name = `${JSON.stringify(config)} ${expected}`;
      if (expected === 1) assert.equal(count, samples.length, name);
      else if (samples.length * expected * (1 - expected) > 20) {
        const far = deviation(count, samples.length, expected);
        assert.ok(Math.abs(far) < 4.5, `${name}: ${far}`);
      }
    }
  }
});

Deno.test("ExtractionConfig.softSkipPlies takes the place of the ten plies skipped, unless they are given", async () => {
  const plies = async (config: ExtractionConfig) =>
    Math.min(...(await extract(config)).map(({ ply }) => ply));
  assert.equal(await plies({}), 10);
  assert.equal(await plies({ softSkipPlies: 8 }), 0);
  assert.equal(await plies({ softSkipPlies: 8, skipPlies: 5 }), 5);
});

Deno.test("SampleExtractor samples a game alike in every archive, query and order", async () => {
  await using folder = await tempFolder();
  const games = await Array.fromAsync(
    new GameLoader(ARCHIVE, { cache: null }).loadGames({ maxGames: 300 }),
  );
  const path = folder.write(
    "reversed.pgn",
    games.toReversed().map(({ pgn }) => pgn).join("\n\n"),
  );
  const config = {
    sampleRate: 0.4,
    keepByPieces: [[8, 1], [32, 0.5]] as [number, number][],
    maxPerGame: 5,
    seed: 3,
  };
  const expected = (await extract(config, { offset: 0, maxGames: 300 }))
    .map(place);
  const reversed = await Array.fromAsync(
    extractorOf(config, path).extractSamples(),
  );
  assert.ok(expected.length > 1000);
  assert.deepEqual(reversed.map(place).sort(), expected.toSorted());
  const few = await Array.fromAsync(
    extractorOf(config, path).extractSamples({ minRating: 1800 }),
  );
  assert.deepEqual(
    few.map(place),
    reversed.filter(({ whiteElo = NaN, blackElo = NaN }) =>
      Math.floor((whiteElo + blackElo) / 2) >= 1800
    ).map(place),
  );
  const other = await extract({ ...config, seed: 4 }, {
    offset: 0,
    maxGames: 300,
  });
  const both = other.filter((sample) => expected.includes(place(sample)));
  assert.ok(both.length < other.length / 2, "Another seed draws others");
});

Deno.test("SampleExtractor draws by the hash of the game's name, known answers", () => {
  const game = (tags: Record<string, string>) =>
    new Game(gameText(7, tags, `${"1. Nf3 Nf6 2. Ng1 Ng8 ".repeat(10)}`));
  const kept = (tags: Record<string, string>, seed = 1) =>
    new SampleExtractor("games.pgn", {
      ...EVERYTHING,
      sampleRate: 0.25,
      seed,
    }).explain(game(tags)).filter(({ isKept }) => isKept)
      .map(({ ply }) => ply);
  assert.deepEqual(kept({}), KNOWN);
  // Only the name counts: the GameId, else the end of the Site.
  assert.deepEqual(kept({ White: "another", Result: "0-1" }), KNOWN);
  assert.deepEqual(kept({ Site: "?", GameId: "00000007" }), KNOWN);
  assert.deepEqual(kept({ GameId: "?" }), KNOWN);
  assert.notDeepEqual(kept({ GameId: "00000008" }), KNOWN);
  assert.notDeepEqual(kept({}, 2), KNOWN);
  // Without a name it is the text.
  const nameless = kept({ Site: "?" });
  assert.notDeepEqual(nameless, KNOWN);
  assert.notDeepEqual(nameless, kept({ Site: "?", White: "another" }));
});

Deno.test("SampleExtractor.explain() gives for each half-move why it is dropped", async () => {
  const configs: ExtractionConfig[] = [
    {},
    { maxPerGame: 3, skipChecks: true },
    { sampleRate: 0.5, softSkipPlies: 12, keepByPly: [[0, 1], [90, 0]] },
    { keepByPieces: [[6, 0.1], [32, 1]], skipCaptures: true, maxPly: 70 },
    { sides: "winner", minClock: 100, skipPlies: 4, minPieces: 16 },
    { requireEval: true, terminations: "Normal" },
  ];
  const games = await Array.fromAsync(
    new GameLoader(ARCHIVE, { cache: null }).loadGames(QUERY),
  );
  const seen = new Set<DropReason>();
  for (const config of configs) {
    const extractor = extractorOf(config);
    const expected = (await extract(config)).map(place);
    const kept: string[] = [];
    for (const game of games) {
      const rows = extractor.explain(game);
      const moves = [...game.mainline()].map(({ san }) => san);
      assert.deepEqual(rows.map(({ san }) => san), moves);
      for (const { ply, isKept, reason } of rows) {
        assert.equal(isKept, reason === undefined);
        if (reason !== undefined && reason !== "unfinished") seen.add(reason);
        if (isKept) kept.push(`${game.tags.Site!.slice(-8)} ${ply}`);
      }
    }
    assert.deepEqual(kept, expected, JSON.stringify(config));
    assert.equal(await extractor.countSamples(QUERY), expected.length);
    assert.equal(extractor.counts.games, 0, "counting makes no samples");
  }
  const rows = (pgn: string) =>
    new SampleExtractor("games.pgn", EVERYTHING).explain(new Game(pgn))
      .map(({ reason }) => reason);
  assert.deepEqual(rows("1. e4 e5 *"), ["unfinished", "unfinished"]);
  assert.deepEqual(rows("1. e4 e5 2. Ke3 1-0"), ["badGame", "badGame"]);
  assert.deepEqual(rows("1. e4 -- 2. d4 1-0"), [
    undefined,
    "nullMove",
    undefined,
  ]);
  assert.deepEqual(rows('[Variant "Atomic"]\n\n1. e4 e5 1-0'), []);
  assert.deepEqual(
    [...seen].sort(),
    [
      "keepByPieces",
      "keepByPly",
      "maxPerGame",
      "maxPly",
      "minClock",
      "minPieces",
      "requireEval",
      "sampleRate",
      "sides",
      "skipCaptures",
      "skipChecks",
      "skipPlies",
      "softSkipPlies",
      "terminations",
    ],
  );
});

Deno.test("SampleExtractor knows pieces, captures and checks from a FEN on", async () => {
  await using folder = await tempFolder();
  const FEN = "4k3/P7/8/3pP3/8/8/8/r3K2R w K d6 0 1";
  const moves = "1. Kd2 Ra2+ 2. Kd3 Rxa7 3. Rh8+ Kd7 4. e6+ Kxe6 1-0";
  const path = folder.write(
    "games.pgn",
    gameText(0, { FEN, SetUp: "1" }, moves.slice(0, -4)),
  );
  const kept = async (config: ExtractionConfig) =>
    (await Array.fromAsync(
      extractorOf({ ...EVERYTHING, ...config }, path).extractSamples(),
    )).map(({ ply }) => ply);
  assert.deepEqual(await kept({}), [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.deepEqual(await kept({ minPieces: 7 }), [0, 1, 2, 3]);
  assert.deepEqual(await kept({ skipCaptures: true }), [0, 1, 2, 4, 5, 6]);
  assert.deepEqual(await kept({ skipChecks: true }), [1, 3, 4, 6]);
});

Deno.test("TrainingSample.thinkTime is what the clocks and the increment say", async () => {
  await using folder = await tempFolder();
  const moves = [100, 99, 97.5, 95, 98, 103].map((clock, i) => {
    const san = ["1. e4", "e5", "2. Nf3", "Nc6", "3. Bb5", "a6"][i];
    return `${san} { [%clk 0:00:${clock - 60}] }`;
  }).join(" ");
  const path = folder.write(
    "games.pgn",
    ["60+2", "60", "?", "-", "60+2"].map((TimeControl, i) =>
      gameText(i, { TimeControl }, moves.replaceAll("0:00:", "0:01:"))
    ).join("\n\n"),
  );
  const samples = await Array.fromAsync(
    extractorOf(EVERYTHING, path).extractSamples(),
  );
  const times = Map.groupBy(samples, ({ gameIndex }) => gameIndex);
  const timesOf = (game: number) =>
    times.get(game)!.map(({ thinkTime }) => thinkTime);
  const none = undefined;
  assert.deepEqual(timesOf(0), [none, none, 4.5, 6, 1.5, 0]);
  assert.deepEqual(timesOf(1), [none, none, 2.5, 4, 0, 0]);
  assert.deepEqual(timesOf(2), Array(6).fill(none));
  assert.deepEqual(timesOf(3), Array(6).fill(none));
});

Deno.test("TrainingSample.evalBefore of the first move is that of the comments before it", async () => {
  await using folder = await tempFolder();
  const path = folder.write(
    "games.pgn",
    gameText(0, {}, "{ [%eval 0.3] } 1. e4 { [%eval 0.1] } e5"),
  );
  const samples = await Array.fromAsync(
    extractorOf({ ...EVERYTHING, requireEval: true }, path).extractSamples(),
  );
  assert.deepEqual(
    samples.map(({ evalBefore, evalAfter }) => [evalBefore, evalAfter]),
    [[{ cp: 30 }, { cp: 10 }], [{ cp: 10 }, undefined]],
  );
});

Deno.test("SampleExtractor refuses a config that is none, and says why", () => {
  // deno-lint-ignore no-explicit-any
  const wrong: [any, RegExp][] = [
    [{ softSkipPlies: -1 }, /softSkipPlies must be a non-negative integer/],
    [{ maxPly: 1.5 }, /maxPly must be a non-negative integer/],
    [{ keepByPly: [] }, /keepByPly must be points .*: current value is \[\]/],
    [{ keepByPly: [[1, 2]] }, /keepByPly must be points/],
    [{ keepByPieces: [[2, 1], [2, 0]] }, /keepByPieces must be points/],
    [{ keepByPieces: 0.5 }, /keepByPieces must be points/],
    [{ sides: "both sides" }, /sides must be "both", "white"/],
    [{ sides: { minRating: 0 } }, /sides must be/],
    [{ sides: { rating: 1 } }, /sides must be/],
    [{ skipChecks: 1 }, /skipChecks must be true or false/],
    [{ skipCaptures: "no" }, /skipCaptures must be true or false/],
    [{ requireEval: null }, /requireEval must be true or false/],
    [{ minClock: -1 }, /minClock must be a non-negative number of seconds/],
    [{ terminations: "normal" }, /terminations must be one or several of Nor/],
    [{ terminations: [] }, /terminations must be/],
    [{ skipPly: 3 }, /no field skipPly/],
  ];
  for (const [config, message] of wrong) {
    assert.throws(() => new SampleExtractor("games.pgn", config), { message });
  }
});
