import assert from "node:assert/strict";
import { Chess } from "npm:chess.js@1.4.0";
import { indexGames } from "../src/game_indexer.ts";
import { GameLoader } from "../src/game_loader.ts";
import type { GameQuery } from "../src/game_query.ts";
import { Game } from "../src/game.ts";
import { PgnError } from "../src/chess/pgn_error.ts";
import { playstyleOf } from "../src/filter/playstyle.ts";
import { SampleExtractor } from "../src/sample_extractor.ts";
import type { ExtractionConfig } from "../src/sample/extraction_config.ts";
import type { TrainingSample } from "../src/sample/training_sample.ts";
import {
  archiveText,
  errorOf,
  gameText,
  startCaches,
  tempFolder,
  texts,
} from "./_games.ts";
import { archivePath, available, madeGames } from "./_archives.ts";
import { LONG } from "./_shared_data.ts";
import { seeded } from "./_pgn_data.ts";
import { openFiles } from "./cache/_stores.ts";
import { draw } from "./chess/_game_files.ts";

/** An archive of these games. */
async function setUp(games: readonly string[]) {
  const folder = await tempFolder();
  const path = folder.write("games.pgn", games.join("\n\n"));
  return {
    path,
    extractor: (config?: ExtractionConfig) =>
      new SampleExtractor(
        new GameLoader(path, { cache: null, threads: 0 }),
        config,
      ),
    extract(config?: ExtractionConfig, query?: GameQuery) {
      return Array.fromAsync(this.extractor(config).extractSamples(query));
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** The half-moves as they are spelt, without all that is not the mainline. */
function sanMoves(pgn: string): string[] {
  const movetext = pgn.slice(pgn.search(/\n\s*\n/)).replace(/\{[^}]*\}/g, " ");
  let depth = 0;
  return movetext.split(/(?=[()])|(?<=[()])|\s+/).filter((word) => {
    if (word === "(") depth++;
    if (word === ")") depth--;
    return depth === 0 && /^(?:\d+\.+)?[KQRBNOa-h]/.test(word);
  }).map((word) => word.replace(/^\d+\.+/, "").replace(/[!?]+$/, ""));
}

/** What the samples of a game's first half-moves must be, by chess.js. */
function byChessJs(game: Game, moves: readonly string[]): string[] {
  const { Result, FEN } = game.tags;
  const chess = new Chess(FEN);
  return moves.map((san) => {
    const { before, color, from, to, promotion = "" } = chess.move(san);
    const outcome = Result === "1/2-1/2"
      ? 0
      : (Result === "1-0") === (color === "w")
      ? 1
      : -1;
    return `${before} ${from}${to}${promotion} ${outcome}`;
  });
}

/** How many games are compared with chess.js, which is slow. */
const COMPARED = LONG ? 3000 : 600;

Deno.test({
  name:
    `SampleExtractor agrees with chess.js in ${COMPARED} games of all archives`,
  async fn() {
    const files = available([
      "made/2013.pgn",
      "made/2021.pgn",
      "made/export.pgn",
      "lichess/db_2013-01_first40000.pgn.zst",
      "lichess/db_2021-10_first999.pgn",
      "lichess/db_search_2017-05_no_event_tag.pgn",
      "lichess/export_eval_clk_2023-2024_1000.pgn.zst",
      "lichess/user_export_clk_variants_2021_8000.pgn.zst",
    ]);
    // What is made may be spelled as chess.js does not read it.
    const made = new Map(
      files.filter((file) => file.startsWith("made/")).flatMap((file) =>
        madeGames(file).map(({ text, moves }) => [text, moves.sans] as const)
      ),
    );
    const movesOf = (pgn: string) => made.get(pgn) ?? sanMoves(pgn);
    const games: string[] = [];
    for (const [i, file] of files.entries()) {
      const loader = new GameLoader(archivePath(file), {
        cache: null,
        threads: 0,
      });
      const all = await texts(loader.loadGames());
      const wanted = Math.ceil((COMPARED - games.length) / (files.length - i));
      games.push(...draw(all, Math.min(wanted, all.length), 20 + i));
    }
    assert.equal(games.length, COMPARED);

    await using at = await setUp(games);
    const bad: Error[] = [];
    const extractor = at.extractor({
      skipPlies: 0,
      minPieces: 0,
      onBadGame: (error) => bad.push(error),
    });
    const samples: string[][] = games.map(() => []);
    for await (const sample of extractor.extractSamples()) {
      const { fen, move, outcome, gameIndex, ply } = sample;
      assert.equal(ply, samples[gameIndex].length);
      samples[gameIndex].push(`${fen} ${move} ${outcome}`);
    }

    const seen = { compared: 0, chess960: 0, otherVariants: 0, unfinished: 0 };
    const random = seeded(20);
    let plies = 0;
    for (const [i, pgn] of games.entries()) {
      const game = new Game(pgn);
      const { Variant = "Standard", Result } = game.tags;
      if (!/^(Standard|From Position|Chess960)$/.test(Variant)) {
        seen.otherVariants++;
        assert.deepEqual(samples[i], [], pgn);
      } else if (Result === "*") {
        seen.unfinished++;
        assert.deepEqual(samples[i], [], pgn);
      } else if (Variant === "Chess960") {
        seen.chess960++;
        assert.equal(samples[i].length, movesOf(pgn).length, pgn);
      } else {
        seen.compared++;
        const moves = movesOf(pgn);
        assert.equal(samples[i].length, moves.length, pgn);
        // chess.js is slow: some games to their end, of most only a part.
        const isWhole = LONG || random() < 0.1;
        const end = Math.ceil((isWhole ? 1 : random() ** 2) * moves.length);
        plies += end;
        assert.deepEqual(
          samples[i].slice(0, end),
          byChessJs(game, moves.slice(0, end)),
          pgn,
        );
      }
    }
    assert.ok(seen.compared > COMPARED * 0.8, JSON.stringify(seen));
    assert.ok(seen.chess960 > 0 && seen.otherVariants > 0);
    assert.ok(plies > COMPARED * 15, String(plies));
    const { badGames, otherVariants, unfinished, ...counts } = extractor.counts;
    assert.equal(badGames, 0);
    assert.equal(otherVariants, seen.otherVariants);
    assert.equal(unfinished, seen.unfinished);
    assert.equal(bad.length, otherVariants);
    assert.deepEqual(counts, {
      games: COMPARED,
      samples: samples.flat().length,
    });
  },
});

const MATE = `[Event "Rated Blitz game"]
[Site "https://lichess.org/abcd1234"]
[White "A"]
[Black "B"]
[Result "0-1"]
[UTCDate "2023.01.01"]
[WhiteElo "1500"]
[BlackElo "?"]
[ECO "A00"]
[Opening "Barnes Opening: Fool's Mate"]
[TimeControl "180+2"]
[Termination "Normal"]

1. f3 { [%eval -0.2] [%clk 0:03:00] } 1... e5 { [%eval -0.31] [%clk 0:02:59] } 2. g4?? { A blunder } { [%eval #-1] [%clk 0:02:58] } (2. e4 { [%eval 9.9] [%clk 0:00:01] }) 2... Qh4# { [%clk 0:02:57] } 0-1`;

Deno.test("SampleExtractor reports of each half-move what the game says", async () => {
  await using at = await setUp([gameText(0), MATE]);
  const samples = await at.extract({ skipPlies: 0 }, { offset: 1 });
  const game = {
    gameId: "abcd1234",
    gameIndex: 1,
    eco: "A00",
    opening: "Barnes Opening: Fool's Mate",
    playstyle: "positional",
    whiteElo: 1500,
    speed: "blitz",
    termination: "Normal",
  };
  assert.deepEqual(
    samples.map((sample) => JSON.parse(JSON.stringify(sample))),
    [
      {
        ...game,
        fen: "rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1",
        move: "f2f3",
        san: "f3",
        outcome: -1,
        ply: 0,
        pliesLeft: 4,
        evalAfter: { cp: -20 },
        clockAfter: 180,
      },
      {
        ...game,
        fen: "rnbqkbnr/pppppppp/8/8/8/5P2/PPPPP1PP/RNBQKBNR b KQkq - 0 1",
        move: "e7e5",
        san: "e5",
        outcome: 1,
        ply: 1,
        pliesLeft: 3,
        evalBefore: { cp: -20 },
        evalAfter: { cp: -31 },
        clockAfter: 179,
      },
      {
        ...game,
        fen: "rnbqkbnr/pppp1ppp/8/4p3/8/5P2/PPPPP1PP/RNBQKBNR w KQkq - 0 2",
        move: "g2g4",
        san: "g4",
        outcome: -1,
        ply: 2,
        pliesLeft: 2,
        evalBefore: { cp: -31 },
        evalAfter: { mate: -1 },
        clockBefore: 180,
        clockAfter: 178,
        thinkTime: 4,
      },
      {
        ...game,
        fen: "rnbqkbnr/pppp1ppp/8/4p3/6P1/5P2/PPPPP2P/RNBQKBNR b KQkq - 0 2",
        move: "d8h4",
        san: "Qh4#",
        outcome: 1,
        ply: 3,
        pliesLeft: 1,
        evalBefore: { mate: -1 },
        clockBefore: 179,
        clockAfter: 177,
        thinkTime: 4,
      },
    ],
  );
  assert.equal(samples[0].blackElo, undefined);
  assert.equal(samples[0].evalBefore, undefined);
  assert.equal(samples[3].evalAfter, undefined);
});

Deno.test("SampleExtractor reports how the game ended for the side to move", async () => {
  const results = ["1-0", "0-1", "1/2-1/2", "*"];
  await using at = await setUp(
    results.map((Result, i) => gameText(i, { Result })),
  );
  const extractor = at.extractor({ skipPlies: 0 });
  const outcomes = results.map((): number[] => []);
  for await (const sample of extractor.extractSamples()) {
    outcomes[sample.gameIndex].push(sample.outcome);
    assert.ok(!Object.is(sample.outcome, -0));
  }
  assert.deepEqual(outcomes, [
    [1, -1, 1, -1, 1, -1],
    [-1, 1, -1, 1, -1, 1],
    [0, 0, 0, 0, 0, 0],
    [],
  ]);
  assert.deepEqual(extractor.counts, {
    games: 4,
    samples: 18,
    unfinished: 1,
    otherVariants: 0,
    badGames: 0,
  });
});

Deno.test("SampleExtractor counts and reports games that cannot be replayed, once, and continues", async () => {
  const atomic = gameText(1, { Variant: "Atomic" });
  const illegal = gameText(2, {}, "1. e4 e5 2. Ke3");
  const unclosed = gameText(3).replace("2. Nf3", "{ 2. Nf3");
  await using at = await setUp([
    gameText(0),
    atomic,
    illegal,
    unclosed,
    gameText(4),
  ]);
  const bad: Error[] = [];
  await using extractor = new SampleExtractor(at.path, {
    skipPlies: 0,
    onBadGame: (error) => bad.push(error),
  });
  const samples = await Array.fromAsync(extractor.extractSamples());
  assert.deepEqual(
    samples.map(({ gameId }) => gameId),
    ["00000000", "00000004"].flatMap((id) => Array(6).fill(id)),
  );
  assert.deepEqual(extractor.counts, {
    games: 4,
    samples: 12,
    unfinished: 0,
    otherVariants: 1,
    badGames: 2,
  });
  assert.equal(bad.length, 3);
  const [variant, move] = bad.filter((error) => error instanceof PgnError);
  assert.equal(variant.reason, "variant");
  assert.equal(move.reason, "illegal");
  assert.equal(move.gameId, "00000002");
  assert.equal(move.ply, 2);
});

Deno.test("SampleExtractor takes a game's result from its end where its tag is none", async () => {
  await using at = await setUp([
    '[Event "a"]\n\n1. e4 e5 1-0',
    '[Event "b"]\n[Result "1/2"]\n\n1. e4 e5 1/2-1/2',
    '[Event "c"]\n[Result "?"]\n\n1. e4 e5 0-1',
    '[Event "d"]\n[Result "*"]\n\n1. e4 e5 1-0',
    '[Event "e"]\n[Result "?"]\n\n1. e4 e5 *',
    '[Event "f"]\n\n1. e4 e5',
  ]);
  const samples = await at.extract({ skipPlies: 0 });
  assert.deepEqual(
    samples.map(({ outcome, eco, playstyle, speed, gameId }) => [
      outcome,
      eco,
      playstyle,
      speed,
      gameId,
    ]),
    [1, -1, 0, 0, -1, 1].map(
      (outcome) => [outcome, "", undefined, undefined, undefined],
    ),
  );
});

Deno.test("SampleExtractor writes castling as it is told, and in Chess960 as king takes rook", async () => {
  const moves = "1. e4 e5 2. Nf3 Nc6 3. Bc4 Bc5 4. O-O";
  const chess960 = gameText(1, { Variant: "Chess960" }, moves);
  await using at = await setUp([gameText(0, {}, moves), chess960]);
  for (const castling of [undefined, "king-takes-rook"] as const) {
    const samples = await at.extract({ castling, skipPlies: 6 });
    assert.deepEqual(
      samples.map(({ move, san }) => [move, san]),
      [[castling === undefined ? "e1g1" : "e1h1", "O-O"], ["e1h1", "O-O"]],
    );
  }
});

Deno.test("SampleExtractor throws wrong values where they are given", () => {
  // deno-lint-ignore no-explicit-any
  const wrong: [any, RegExp][] = [
    [{ skipPlies: -1 }, /skipPlies must be a non-negative integer/],
    [{ minPieces: 1.5 }, /minPieces must be/],
    [{ sampleRate: 1.1 }, /sampleRate must be from 0 to 1/],
    [{ sampleRate: NaN }, /sampleRate must be/],
    [{ sampleRate: "0.5" }, /sampleRate must be/],
    [{ maxPerGame: -1 }, /maxPerGame must be/],
    [{ seed: 0.5 }, /seed must be an integer/],
    [{ castling: "rook" }, /castling must be king-takes-rook/],
  ];
  for (const [config, message] of wrong) {
    assert.throws(() => new SampleExtractor("games.pgn", config), {
      name: "RangeError",
      message,
    });
  }
  const extractor = new SampleExtractor("games.pgn");
  assert.throws(() => extractor.extractSamples({ offset: -1 }), RangeError);
});

/** How a sample is named among those of an archive. */
function place({ gameIndex, ply }: TrainingSample): string {
  return `${gameIndex} ${ply}`;
}

Deno.test({
  name: "SampleExtractor draws positions as it is told",
  async fn() {
    const games = new GameLoader(archivePath("sample"), {
      cache: null,
      threads: 0,
    });
    const load = (config: ExtractionConfig, query: GameQuery = {}) =>
      Array.fromAsync(
        new SampleExtractor(games, config).extractSamples({
          maxGames: 300,
          ...query,
        }),
      );
    const all = await load({ skipPlies: 0, minPieces: 0 });
    const pieces = ({ fen }: TrainingSample) =>
      fen.split(" ")[0].replace(/[^a-z]/gi, "").length;

    const usual = await load({});
    assert.deepEqual(
      usual.map(place),
      all.filter((sample) => sample.ply >= 10 && pieces(sample) >= 6)
        .map(place),
    );
    assert.ok(usual.length < all.filter(({ ply }) => ply >= 10).length);
    const late = await load({ skipPlies: 40, minPieces: 12 });
    assert.deepEqual(
      late.map(place),
      all.filter((sample) => sample.ply >= 40 && pieces(sample) >= 12)
        .map(place),
    );
    assert.deepEqual(await load({ sampleRate: 0 }), []);
    assert.deepEqual(await load({ maxPerGame: 0 }), []);

    const rate = { sampleRate: 0.25 };
    const some = (await load(rate)).map(place);
    const share = some.length / usual.length;
    assert.ok(share > 0.23 && share < 0.27, String(share));
    const known = new Set(usual.map(place));
    assert.ok(some.every((name) => known.has(name)));
    assert.deepEqual((await load(rate)).map(place), some);
    // What is drawn hangs on the game alone, not on where reading begins.
    assert.deepEqual(
      (await load(rate, { offset: 100, maxGames: 100 })).map(place),
      some.filter((name) => /^1\d\d /.test(name)),
    );
    const others = (await load({ ...rate, seed: 1 })).map(place);
    const both = others.filter((name) => some.includes(name)).length;
    assert.ok(both / others.length < 0.35, "Another seed draws others");
    // A greater share holds the smaller one.
    const more = (await load({ sampleRate: 0.5 })).map(place);
    assert.ok(some.every((name) => more.includes(name)));

    const few = await load({ maxPerGame: 4 });
    const perGame = Map.groupBy(few, ({ gameIndex }) => gameIndex);
    const allPerGame = Map.groupBy(usual, ({ gameIndex }) => gameIndex);
    let where = 0;
    for (const [game, whole] of allPerGame) {
      const drawn = perGame.get(game)!;
      assert.equal(drawn.length, Math.min(4, whole.length));
      const plies = drawn.map(({ ply }) => ply);
      assert.deepEqual(plies, plies.toSorted((a, b) => a - b));
      for (const ply of plies) {
        where += (ply - 9.5) / whole.length / few.length;
      }
    }
    assert.ok(where > 0.45 && where < 0.55, `From the whole game: ${where}`);
    assert.deepEqual(
      (await load({ maxPerGame: 4 }, { offset: 200, maxGames: 9 })).map(place),
      few.filter(({ gameIndex }) => gameIndex >= 200 && gameIndex < 209)
        .map(place),
    );
  },
});

Deno.test({
  name: "SampleExtractor gives the same samples from archive, Redis and SQLite",
  async fn() {
    const path = archivePath("sample");
    await using caches = await startCaches();
    const config = { sampleRate: 0.3, maxPerGame: 8, seed: 3 };
    const queries: GameQuery[] = [
      { playstyle: "tactical", offset: 100, maxGames: 100 },
      { playstyle: "positional", minRating: 2000, offset: 7, maxGames: 40 },
    ];
    for (const cache of [caches.redis, caches.sqlite]) {
      await indexGames(path, cache, [
        { name: "tactical", filter: { playstyle: "tactical" } },
        { name: "positional", filter: { playstyle: "positional" } },
      ]);
    }
    const warnings: Error[] = [];
    const extractors = [null, caches.redis, caches.sqlite].map((cache) =>
      new SampleExtractor(
        new GameLoader(path, {
          cache,
          onWarning: (warning) => warnings.push(warning),
        }),
        config,
      )
    );
    for (const query of queries) {
      const [expected, ...others] = await Promise.all(
        extractors.map(async (extractor) => {
          const samples = await Array.fromAsync(
            extractor.extractSamples(query),
          );
          return samples.map((sample) => JSON.stringify(sample));
        }),
      );
      assert.ok(expected.length > 100);
      for (const { gameIndex, eco, playstyle } of expected.map(parse)) {
        assert.ok(gameIndex >= query.offset!);
        assert.ok(gameIndex < query.offset! + query.maxGames!);
        assert.equal(playstyle, query.playstyle);
        assert.equal(playstyleOf(eco), playstyle);
      }
      for (const samples of others) assert.deepEqual(samples, expected);
    }
    assert.deepEqual(warnings, []);
  },
});

function parse(json: string): TrainingSample {
  return JSON.parse(json);
}

Deno.test("SampleExtractor closes what it opened when it is stopped or fails", async () => {
  await using folder = await tempFolder();
  const bad = gameText(0, {}, "1. e5");
  const path = folder.write("games.pgn", archiveText(20_000));
  const badPath = folder.write("bad.pgn", bad + "\n\n" + archiveText(20_000));
  const before = openFiles();
  const open = (path: string, config?: ExtractionConfig) =>
    new SampleExtractor(
      new GameLoader(path, { cache: null, threads: 0 }),
      config,
    );

  for await (const _ of open(path, { skipPlies: 0 }).extractSamples()) break;
  assert.equal(openFiles(), before);

  const stop = new AbortController();
  const reason = new Error("Enough");
  const error = await errorOf(async () => {
    const stream = open(path, { skipPlies: 0 }).extractSamples({
      signal: stop.signal,
    });
    for await (const _ of stream) stop.abort(reason);
  });
  assert.equal(error, reason);
  assert.equal(openFiles(), before);

  const thrown = new Error("Not one bad game");
  const onBadGame = () => {
    throw thrown;
  };
  assert.equal(
    await errorOf(() =>
      Array.fromAsync(open(badPath, { onBadGame }).extractSamples())
    ),
    thrown,
  );
  assert.equal(openFiles(), before);
});
