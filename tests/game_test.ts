import assert from "node:assert/strict";
import {
  Game,
  gameBytes,
  gameFromUtf8,
  gameId,
  type Ply,
  replayGame,
} from "../src/game.ts";
import { PgnError } from "../src/chess/pgn_error.ts";
import { type CastlingOptions, parseFen } from "../src/chess/position.ts";

const PGN = `[Event "Rated blitz"]
[Site "https://lichess.org/abcdefgh"]
[White "Réti"]
[Result "1-0"]

1. e4 { [%eval 0.17] [%clk 0:03:00] } 1... e5 { A comment } { and another } 2. Nf3 (2. d4) 2... Nc6 1-0`;

function message(error: unknown): string {
  assert.ok(error instanceof PgnError, String(error));
  return error.message;
}

Deno.test("Game gives its text and tags", () => {
  const game = new Game(PGN);
  assert.equal(game.pgn, PGN);
  assert.equal(game.tags.White, "Réti");
  assert.equal(game.tags.Black, undefined);
  assert.equal(game.tags, game.tags);
});

Deno.test("Game throws at once at values of another kind", () => {
  assert.throws(() => new Game(undefined as unknown as string), TypeError);
  const options = { castling: "e1g1" } as unknown as CastlingOptions;
  assert.throws(() => new Game(PGN).mainline(options), RangeError);
  assert.throws(() => parseFen("8/8/8/8/8/8/8/K1k5", options), RangeError);
});

Deno.test("gameFromUtf8() and gameBytes() keep the bytes", () => {
  const bytes = new TextEncoder().encode(PGN);
  const game = gameFromUtf8(bytes);
  assert.equal(gameBytes(game), bytes);
  assert.equal(game.pgn, PGN);
  assert.equal(game.tags.White, "Réti");
  assert.deepEqual(gameBytes(new Game(PGN)), bytes);
  const marked = gameFromUtf8(new TextEncoder().encode("\ufeff" + PGN));
  assert.equal(marked.pgn, "\ufeff" + PGN);
  assert.equal(marked.tags.Event, "Rated blitz");
  assert.equal(replayGame(marked).length, 4);
});

Deno.test("Game.mainline() gives the same from text and from bytes", () => {
  const read = (game: Game) =>
    Array.from(game.mainline(), (ply) => [
      ply.ply,
      ply.san,
      ply.uci,
      ply.eval,
      ply.clock,
      ply.position.fen(),
    ]);
  const expected = read(new Game(PGN));
  assert.equal(expected.length, 4);
  assert.deepEqual(expected[0].slice(0, 5), [0, "e4", "e2e4", { cp: 17 }, 180]);
  assert.equal(
    expected[3][5],
    "rnbqkbnr/pppp1ppp/8/4p3/4P3/5N2/PPPP1PPP/RNBQKB1R b KQkq - 1 2",
  );
  const bytes = new TextEncoder().encode(PGN);
  assert.deepEqual(read(gameFromUtf8(bytes)), expected);
  // A view into a larger buffer, of another class.
  const within = Buffer.concat([bytes, bytes]).subarray(0, bytes.length);
  assert.deepEqual(read(gameFromUtf8(within)), expected);
});

Deno.test("Game.mainline() gives one position, and plies that can be kept", () => {
  const game = new Game(PGN);
  const positions = new Set<unknown>();
  const kept: Ply[] = [];
  for (const ply of game.mainline()) {
    positions.add(ply.position);
    kept.push(ply);
  }
  assert.equal(positions.size, 1);
  assert.equal(new Set(kept).size, 4);
  assert.deepEqual(kept.map(({ san }) => san), ["e4", "e5", "Nf3", "Nc6"]);
  assert.deepEqual(kept.map(({ uci }) => uci), [
    "e2e4",
    "e7e5",
    "g1f3",
    "b8c6",
  ]);
  // After the last move, the position is the one at the end.
  assert.equal(
    kept[0].position.fen(),
    "r1bqkbnr/pppp1ppp/2n5/4p3/4P3/5N2/PPPP1PPP/RNBQKB1R w KQkq - 2 3",
  );
});

Deno.test("Game.mainline() continues rightly where its position was played on", () => {
  const fens = Array.from(
    new Game(PGN).mainline(),
    ({ position }) => position.fen(),
  );
  const played = [];
  for (const { position, san } of new Game(PGN).mainline()) {
    played.push(position.fen());
    position.play(san);
  }
  assert.deepEqual(played, fens);
  const spoilt = [];
  for (const { position } of new Game(PGN).mainline()) {
    spoilt.push(position.fen());
    position.play(position.legalMoves()[0]);
    position.play(position.legalMoves()[0]);
  }
  assert.deepEqual(spoilt, fens);
});

Deno.test("Game.mainline() can be gone through twice, in turns, and left early", () => {
  const mainline = new Game(PGN).mainline();
  const other = new Game("1. d4 d5 2. c4 *").mainline();
  const sans: string[] = [];
  for (const a of mainline) {
    for (const b of other) {
      sans.push(a.san + b.san);
      if (b.ply === 1) break;
    }
  }
  assert.equal(
    sans.join(" "),
    "e4d4 e4d5 e5d4 e5d5 Nf3d4 Nf3d5 Nc6d4 Nc6d5",
  );
});

Deno.test("Game.mainline() throws after the last good move and names the game", () => {
  const game = new Game(PGN.replace("Nc6", "Nc3"));
  const sans: string[] = [];
  assert.throws(() => {
    for (const { san } of game.mainline()) sans.push(san);
  }, (error) => {
    assert.match(message(error), /"Nc3".*game abcdefgh/);
    assert.ok(error instanceof PgnError);
    assert.equal(error.name, "PgnError");
    assert.equal(error.gameId, "abcdefgh");
    assert.equal(error.ply, 3);
    assert.equal(error.reason, "illegal");
    return true;
  });
  assert.deepEqual(sans, ["e4", "e5", "Nf3"]);
  assert.throws(() => replayGame(game), PgnError);
});

Deno.test("Game.mainline() refuses other variants by name", () => {
  for (
    const variant of ["Atomic", "Three-check", "Crazyhouse", "chess 9600"]
  ) {
    const game = new Game(`[Variant "${variant}"]\n\n1. e4 *`);
    assert.throws(() => [...game.mainline()], (error) => {
      assert.match(message(error), new RegExp(`"${variant}"`));
      assert.ok(error instanceof PgnError);
      assert.equal(error.reason, "variant");
      assert.equal(error.text, variant);
      return true;
    });
  }
  for (
    const variant of [
      "Standard",
      "standard",
      "From Position",
      "from-position",
      "normal",
      "Chess",
      "CLASSICAL",
      "regular",
      "CHESS960",
      "chess 960",
      "Chess-960",
      "Fischerandom",
      "fischer random",
      "Fischer-Random",
      "FRC",
      " ",
      "?",
      "",
    ]
  ) {
    const game = new Game(`[Variant "${variant}"]\n\n1. e4 *`);
    assert.equal([...game.mainline()].length, 1);
  }
});

Deno.test("Game.mainline() begins with the FEN", () => {
  const fen = "4k3/8/8/8/8/8/4P3/4K3 b - - 5 40";
  const [first, second] = Array.from(
    new Game(`[FEN "${fen}"]\n\n40... Kd7 41. e4`).mainline(),
    ({ position, san }) => [position.fen(), san],
  );
  assert.deepEqual(first, [fen, "Kd7"]);
  assert.deepEqual(second, ["8/3k4/8/8/8/8/4P3/4K3 w - - 6 41", "e4"]);
});

Deno.test("Game.mainline() throws a PgnError at a bad FEN", () => {
  for (const fen of ["x", "4k3/8/8/8/8/8/8/8 w - - 0 1"]) {
    const game = new Game(`[GameId "x1"]\n[FEN "${fen}"]\n\n1. e4 *`);
    assert.throws(() => [...game.mainline()], (error) => {
      assert.ok(error instanceof PgnError);
      assert.equal(error.reason, "position");
      assert.equal(error.text, fen);
      assert.equal(error.gameId, "x1");
      assert.ok(error.cause instanceof Error);
      return true;
    });
  }
});

Deno.test("Game.mainline() writes castling of Chess960 games to the rook", () => {
  const movetext = "1. Nf3 Nf6 2. g3 g6 3. Bg2 Bg7 4. O-O O-O *";
  const castling = (pgn: string, options = {}) =>
    Array.from(new Game(pgn).mainline(options), ({ uci }) => uci).slice(-2);
  assert.deepEqual(castling(movetext), ["e1g1", "e8g8"]);
  const rook = ["e1h1", "e8h8"];
  assert.deepEqual(castling(`[Variant "Chess960"]\n\n${movetext}`), rook);
  assert.deepEqual(castling(movetext, { castling: "king-takes-rook" }), rook);
  const fen = "bqrnnkrb/pppppppp/8/8/8/8/PPPPPPPP/BQRNNKRB w GCgc - 0 1";
  assert.deepEqual(
    castling(`[FEN "${fen}"]\n[Variant "Chess960"]\n\n1. O-O O-O *`),
    ["f1g1", "f8g8"],
  );
});

Deno.test("Game reads tags as other readers of tags do", () => {
  for (
    const tags of [
      '[FEN  "4k3/8/8/8/8/8/8/4K2R w K - 0 1"]',
      '[ FEN "4k3/8/8/8/8/8/8/4K2R w K - 0 1" ]',
      '[A "x\\"y"]\n[FEN "4k3/8/8/8/8/8/8/4K2R w K - 0 1"]',
      '[A "x"y"]\n[FEN "4k3/8/8/8/8/8/8/4K2R w K - 0 1"]',
      '[A "x"] [FEN "4k3/8/8/8/8/8/8/4K2R w K - 0 1"] ',
      '[A "é"]\n;x\n[FEN "4k3/8/8/8/8/8/8/4K2R w K - 0 1"]',
      '[A "é"]\n%x\n[FEN "4k3/8/8/8/8/8/8/4K2R w K - 0 1"]',
      '[A no tag\n[FEN "4k3/8/8/8/8/8/8/4K2R w K - 0 1"]',
      '[FEN "8/8/8/8/8/8/8/8"]\r\n[FEN "4k3/8/8/8/8/8/8/4K2R w K - 0 1"]\r\n',
    ]
  ) {
    const [ply] = new Game(`${tags}\n1. O-O 1-0`).mainline();
    assert.equal(ply.san, "O-O", tags);
  }
});

Deno.test("gameId() is the GameId, else the end of the Site", () => {
  const id = (tags: string) => gameId(new Game(tags));
  assert.equal(id('[Site "https://lichess.org/abcdefgh"]'), "abcdefgh");
  assert.equal(
    id('[Site "https://lichess.org/abcdefgh"]\n[GameId "12345678"]'),
    "12345678",
  );
  assert.equal(id('[Site "Budapest"]'), undefined);
  assert.equal(id('[Site "https://lichess.org/study/abc"]'), undefined);
  assert.equal(id('[Event "x"]'), undefined);
});

Deno.test("Game.toChess() has the moves, comments and tags", () => {
  const chess = new Game(PGN).toChess();
  assert.deepEqual(chess.history(), ["e4", "e5", "Nf3", "Nc6"]);
  assert.equal(chess.getHeaders().White, "Réti");
  assert.equal(chess.getHeaders().Result, "1-0");
  assert.deepEqual(chess.getComments().map(({ comment }) => comment), [
    "[%eval 0.17] [%clk 0:03:00]",
    "A comment and another",
  ]);
  const again = new Game(chess.pgn()).toChess();
  assert.equal(again.pgn(), chess.pgn());
});

Deno.test("Game.toChess() begins with the FEN and reads null moves", () => {
  const fen = "4k3/8/8/8/8/8/4P3/4K2R w K - 5 40";
  const chess = new Game(
    `[FEN "${fen}"]\n\n{Before} 40. O-O -- 41. e4 1-0`,
  ).toChess();
  assert.deepEqual(chess.history(), ["O-O", "--", "e4"]);
  assert.equal(chess.getHeaders().FEN, fen);
  assert.equal(chess.getHeaders().Result, "1-0");
  assert.equal(chess.getComments()[0].comment, "Before");
});

Deno.test("Game.toChess() takes Chess960 from the usual squares", () => {
  const chess = new Game(
    '[Variant "Chess960"]\n\n1. Nf3 Nf6 2. g3 g6 3. Bg2 Bg7 4. O-O O-O *',
  ).toChess();
  assert.equal(chess.history().at(-1), "O-O");
  const fen = "4k3/8/8/8/8/8/8/R3K2R w HA";
  assert.deepEqual(
    new Game(`[FEN "${fen}"]\n\n1. O-O-O *`).toChess().history(),
    ["O-O-O"],
  );
});

Deno.test("Game.toChess() throws where chess.js cannot hold the game", () => {
  const fen = "bqnbnrkr/pppppppp/8/8/8/8/PPPPPPPP/BQNBNRKR w HFhf - 0 1";
  const game = new Game(`[FEN "${fen}"]\n[Variant "Chess960"]\n\n1. f4 *`);
  assert.equal([...game.mainline()].length, 1);
  assert.throws(
    () => game.toChess(),
    (error) => /chess\.js.*Chess960/.test(message(error)),
  );
  assert.throws(
    () => new Game('[Variant "Atomic"]\n\n1. e4').toChess(),
    PgnError,
  );
  assert.throws(() => new Game("1. e5").toChess(), PgnError);
});

Deno.test("Game.toChess() agrees with the positions of the mainline", () => {
  const game = new Game(PGN);
  const chess = game.toChess();
  let last: Ply | undefined;
  for (const ply of game.mainline()) last = ply;
  assert.equal(chess.fen(), last?.position.fen());
  assert.equal(parseFen(chess.fen()).fen(), chess.fen());
});
