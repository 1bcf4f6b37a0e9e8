import { Chess } from "npm:chess.js@1.4.0";
import assert from "node:assert/strict";
import { PgnError } from "../../src/chess/pgn_error.ts";
import { Game, type Ply, replayGame } from "../../src/game.ts";
import { LONG } from "../_shared_data.ts";
import { draw, gameFiles, gamesOf, playableGames } from "./_game_files.ts";

/** Archives whose games are in another one too. */
const DOUBLED = /first40000|concat-frames|multimember/;

interface Outcome {
  plies: number;
  fen: string;
  result: string;
}

/** How a game ends as we read it, or why we do not. */
function ours(game: Game): Outcome | PgnError {
  try {
    const replay = replayGame(game);
    let last: Ply | undefined;
    for (const ply of replay) last = ply;
    return {
      plies: replay.length,
      fen: last?.position.fen() ?? game.toChess().fen(),
      result: game.tags.Result ?? replay.result ?? "*",
    };
  } catch (error) {
    if (error instanceof PgnError) return error;
    throw error;
  }
}

/** How it ends as chess.js reads it, or `undefined` where it does not. */
function theirs(pgn: string): Outcome | undefined {
  const chess = new Chess();
  try {
    chess.loadPgn(pgn);
  } catch {
    return undefined;
  }
  return {
    plies: chess.history().length,
    fen: chess.fen(),
    result: chess.getHeaders().Result ?? "*",
  };
}

/** All that may differ where chess.js reads a game, each with its reason. */
const DIFFERENCES: readonly {
  reason: string;
  explains: (game: Game, ours: Outcome | PgnError, theirs: Outcome) => boolean;
}[] = [
  {
    reason:
      "chess.js knows no Variant tag and reads games of other variants as far as their moves are chess",
    explains: (_game, ours) =>
      ours instanceof PgnError && ours.reason === "variant",
  },
  {
    reason:
      "a SetUp tag without a FEN says that the game begins elsewhere, and not where: chess.js takes the usual position",
    explains: (game, ours) =>
      ours instanceof PgnError && ours.reason === "position" &&
      game.tags.SetUp === "1" && game.tags.FEN === undefined,
  },
  {
    reason:
      "where the Result tag and the result after the moves differ, the tag counts here and the other for chess.js",
    explains: (game, ours, theirs) =>
      !(ours instanceof PgnError) && ours.fen === theirs.fen &&
      ours.plies === theirs.plies && ours.result === game.tags.Result &&
      replayGame(game).result !== ours.result,
  },
  {
    reason:
      "chess.js plays no Chess960: it castles with kings and rooks as if they stood on the usual squares",
    explains: (game, ours, theirs) => {
      const others = (fen: string) =>
        fen.split(" ").filter((_, field) => field !== 2).join(" ");
      return !(ours instanceof PgnError) && ours.plies === theirs.plies &&
        game.tags.Variant === "Chess960" &&
        (others(ours.fen) === others(theirs.fen) || game.pgn.includes("O-O"));
    },
  },
];

Deno.test({
  name: LONG
    ? "Game ends as chess.js says, in every game"
    : "Game ends as chess.js says, in 600 games",
  fn() {
    const games = gameFiles().filter((file) => !DOUBLED.test(file))
      .flatMap((file) =>
        gamesOf(file).map((pgn, i): [string, string] => [
          `${file}#${i}`,
          pgn,
        ])
      );
    let compared = 0;
    for (const [name, pgn] of LONG ? games : draw(games, 600, 1)) {
      const expected = theirs(pgn);
      if (expected === undefined) continue;
      compared++;
      const game = new Game(pgn);
      const actual = ours(game);
      try {
        assert.deepEqual(actual, expected, name);
      } catch (error) {
        if (
          !DIFFERENCES.some(({ explains }) => explains(game, actual, expected))
        ) throw error;
      }
    }
    assert.ok(compared > 500, `${compared} games compared`);
  },
});

Deno.test({
  name:
    `Position has the legal moves and the FEN of chess.js in every position of ${
      LONG ? 2000 : 200
    } games`,
  fn() {
    let positions = 0;
    for (const pgn of playableGames(LONG ? 2000 : 200, 2)) {
      const game = new Game(pgn);
      let chess: Chess | undefined;
      for (const { position, san } of game.mainline()) {
        chess ??= new Chess(position.fen());
        assert.equal(position.fen(), chess.fen());
        assert.deepEqual(
          position.legalMoves().map((move) => position.san(move)).sort(),
          chess.moves().sort(),
          chess.fen(),
        );
        assert.equal(position.isCheck(), chess.isCheck());
        chess.move(san);
        positions++;
      }
    }
    assert.ok(positions > 10_000, `${positions} positions compared`);
  },
});
