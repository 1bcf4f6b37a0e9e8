import { Chess, type Move } from "npm:chess.js@1.4.0";
import assert from "node:assert/strict";
import type { Board } from "../../src/chess/board.ts";
import { listLegalMoves, MAX_MOVES } from "../../src/chess/legal_moves.ts";
import { PgnError } from "../../src/chess/pgn_error.ts";
import {
  type BoardPosition,
  parseFen,
  type Position,
} from "../../src/chess/position.ts";
import { readMoveWord } from "../../src/pgn/movetext/move_word.ts";
import { readMove } from "../../src/chess/read_move.ts";
import { writeSan, writeUci } from "../../src/chess/write_move.ts";
import { Game } from "../../src/game.ts";
import { LONG } from "../_shared_data.ts";
import { seededRandom } from "../../tasks/bench/_random.ts";
import { playableGames } from "./_game_files.ts";

const bytes = new Uint8Array(64);

/** Reads a move of which nothing may be left over. */
function read(board: Board, text: string): number {
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  bytes[text.length] = 0;
  return readMove(readMoveWord(bytes, 0, text.length), board);
}

/** Every way to write a legal move, given all legal moves of its position in SAN and coordinates. */
function* spellings(
  san: string,
  uci: string,
  all: readonly (readonly [string, string])[],
): Generator<string> {
  if (san.startsWith("O-O")) {
    const castling = san.replace(/[+#]/, "");
    const zeros = castling.replaceAll("O", "0");
    const rook = uci.replace("g", "h").replace(/c(?=\d$)/, "a");
    yield* [san, castling, zeros, `${zeros}+`, `${castling}#`, uci, rook];
    return;
  }
  const letter = /^[NBRQK]/.exec(san)?.[0] ?? "";
  const from = uci.slice(0, 2);
  const to = uci.slice(2, 4);
  const promotion = uci.slice(4);
  const piece = promotion.toUpperCase();
  const endings = promotion === "" ? [""] : [`=${piece}`, piece];
  // Castling, too, is a move of the king, but no other move has its target.
  const rivals = all.filter(([otherSan, otherUci]) =>
    otherUci !== uci && otherUci.slice(2) === uci.slice(2) &&
    (letter === "" ? /^[a-h]/ : new RegExp(`^${letter}`)).test(otherSan)
  );
  for (const departure of ["", from[0], from[1], from]) {
    const fits = (other: string) =>
      departure.length === 2
        ? other === departure
        : departure === "" || other.includes(departure);
    if (rivals.some(([, other]) => fits(other.slice(0, 2)))) continue;
    for (
      const separator of departure.length === 2 ? ["", "x", "-"] : ["", "x"]
    ) {
      for (const ending of endings) {
        const text = `${letter}${departure}${separator}${to}${ending}`;
        yield text;
        yield `${text}+`;
      }
    }
  }
  yield `${san}!?`;
  yield `${san.replace(/[+#]/, "")}++`;
  yield `${san.replace(/[+#]/, "")}#`;
  yield `${from}${to}${promotion}`;
  yield `${from}-${to}${promotion}`;
  if (promotion !== "") yield `${from}${to}=${piece}`;
}

Deno.test({
  name:
    `readMove() reads every legal move in every spelling, in every position of ${
      LONG ? 2000 : 200
    } games`,
  fn() {
    const moves = new Int32Array(MAX_MOVES);
    let count = 0;
    for (const pgn of playableGames(LONG ? 2000 : 200, 3)) {
      for (const { position } of new Game(pgn).mainline()) {
        const { board } = position as BoardPosition;
        const legal = moves.slice(0, listLegalMoves(board, moves));
        const all = Array.from(
          legal,
          (move) => [writeSan(board, move), writeUci(move, false)] as const,
        );
        all.forEach(([san, uci], i) => {
          for (const spelling of spellings(san, uci, all)) {
            count++;
            if (read(board, spelling) !== legal[i]) {
              assert.fail(
                `${spelling} is not read as ${uci} in ${position.fen()}`,
              );
            }
          }
        });
      }
    }
    assert.ok(count > 4_000_000, `${count} spellings`);
  },
});

Deno.test("readMove() reads SAN and coordinates as chess.js writes them", () => {
  let pairs = 0;
  for (const pgn of playableGames(40, 9)) {
    for (const { ply, position } of new Game(pgn).mainline()) {
      if (ply % 4 > 0) continue;
      const { board } = position as BoardPosition;
      for (
        const { san, lan } of new Chess(position.fen()).moves({ verbose: true })
      ) {
        const move = read(board, san);
        assert.equal(writeUci(move, false), lan, `${san} in ${position.fen()}`);
        assert.equal(writeSan(board, move), san);
        assert.equal(read(board, lan), move);
        pairs++;
      }
    }
  }
  assert.ok(pairs > 10_000, `${pairs} pairs`);
});

const SAN_REGEXP =
  /^([NBRQK])?([a-h])?([1-8])?x?([a-h][1-8])(?:=?([NBRQ]))?[+#]*$/;

/** The legal moves that a SAN may mean, by the list of chess.js. */
function meant(san: string, legal: readonly Move[]): Move[] {
  if (san.startsWith("O-O")) {
    const castling = san.replace(/[+#]/, "");
    return legal.filter((move) => move.san.replace(/[+#]/, "") === castling);
  }
  const match = SAN_REGEXP.exec(san)!;
  const [, letter, file, rank, target, promotion] = match;
  // A whole square without a letter is a move in coordinates.
  const anyPiece = letter === undefined && file !== undefined &&
    rank !== undefined;
  return legal.filter((move) =>
    (anyPiece || move.piece === (letter ?? "P").toLowerCase()) &&
    move.to === target &&
    (file === undefined || move.from[0] === file) &&
    (rank === undefined || move.from[1] === rank) &&
    move.promotion === promotion?.toLowerCase()
  );
}

/** The position with knights for bishops and queens for rooks, of which more than one can often go to a square. */
function crowded(position: Position): Position {
  const [board, turn] = position.fen().split(" ");
  const more = board.replaceAll("B", "N").replaceAll("b", "n")
    .replaceAll("R", "Q").replaceAll("r", "q");
  try {
    return parseFen(`${more} ${turn} - - 0 1`);
  } catch {
    return position.clone();
  }
}

Deno.test({
  name: `readMove() refuses ${
    LONG ? "a million" : "100 000"
  } illegal and ambiguous moves, as the list of legal moves says`,
  fn() {
    const wanted = LONG ? 1_000_000 : 100_000;
    const random = seededRandom(4);
    const pick = <T>(items: ArrayLike<T>): T =>
      items[Math.floor(random() * items.length)];
    const counts = { legal: 0, illegal: 0, ambiguous: 0, unreadable: 0 };
    for (const pgn of playableGames(LONG ? 8000 : 800, 5)) {
      const positions = Array.from(
        new Game(pgn).mainline(),
        ({ position }) => random() < 0.5 ? position.clone() : crowded(position),
      );
      const at = Math.floor(random() * positions.length);
      const position = positions[at];
      const legal = new Chess(position.fen()).moves({ verbose: true });
      if (legal.length === 0) continue;
      const sans = new Set<string>();
      for (const other of [-3, -2, -1, 1, 2, 3]) {
        const neighbour: Position | undefined = positions[at + other];
        for (const move of neighbour?.legalMoves() ?? []) {
          sans.add(neighbour.san(move));
        }
      }
      for (const { piece, to } of legal) {
        sans.add(piece.toUpperCase().replace("P", "") + to);
      }
      for (let i = 0; i < 60; i++) {
        sans.add(
          pick(["", "N", "B", "R", "Q", "K"]) + pick(["", "", "a", "d", "h"]) +
            pick(["", "", "1", "4", "7"]) + pick(["", "x"]) +
            pick("abcdefgh") + pick("12345678") +
            pick(["", "", "", "=Q", "N", "=B"]) + pick(["", "+"]),
        );
        const { san, to, piece, promotion } = pick(legal);
        if (san.startsWith("O-O")) continue;
        sans.add(
          piece.toUpperCase().replace("P", "") + pick(["", "a", "e", "g"]) +
            pick(["", "2", "5"]) + to +
            pick(["", "", promotion === undefined ? "=Q" : "=N"]),
        );
      }
      for (const san of sans) {
        const expected = meant(san, legal);
        let actual: string;
        try {
          actual = position.uci(san);
        } catch (error) {
          if (!(error instanceof PgnError)) throw error;
          actual = error.reason;
        }
        const right = expected.length === 1
          ? expected[0].lan
          : expected.length === 0
          ? "illegal"
          : "ambiguous";
        assert.equal(actual, right, `${san} in ${position.fen()}`);
        counts[
          right === "illegal" || right === "ambiguous" ? right : "legal"
        ]++;
      }
    }
    assert.ok(
      counts.illegal + counts.ambiguous >= wanted,
      JSON.stringify(counts),
    );
    assert.ok(counts.ambiguous > wanted / 200, JSON.stringify(counts));
    assert.ok(counts.legal > wanted / 100, JSON.stringify(counts));
  },
});

Deno.test("parseFen() and Position.play() throw nothing but their errors for mutated FENs", () => {
  const random = seededRandom(6);
  const fens = [
    "rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1",
    "r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq - 0 1",
    "rnbqkb1r/ppppp1pp/7n/4Pp2/8/8/PPPP1PPP/RNBQKBNR w KQkq f6 0 3",
    "nrbkrqnb/pppppppp/8/8/8/8/PPPPPPPP/NRBKRQNB w EBeb - 0 1",
  ];
  const letters = "rnbqkpRNBQKP12345678/ wb-KQkqAHah0 e36";
  let read = 0;
  for (let i = 0; i < 10_000; i++) {
    let fen = fens[i % fens.length];
    // Mostly one square is written for another, so that the board keeps its form.
    const squares = i % 8 !== 0;
    if (squares) fen = fen.replace(/\d/g, (n) => "1".repeat(Number(n)));
    for (let n = 1 + random() * 3; n > 0; n--) {
      const at = Math.floor(random() * (squares ? 71 : fen.length));
      if (squares && fen[at] === "/") continue;
      fen = fen.slice(0, at) +
        letters[Math.floor(random() * (squares ? 13 : letters.length))] +
        fen.slice(at + (squares ? 1 : Math.floor(random() * 3)));
    }
    let position: Position;
    try {
      position = parseFen(fen);
    } catch (error) {
      assert.ok(
        error instanceof SyntaxError || error instanceof RangeError,
        `${fen}: ${error}`,
      );
      continue;
    }
    read++;
    assert.equal(parseFen(position.fen()).fen(), position.fen(), fen);
    for (const move of position.legalMoves()) {
      assert.equal(position.uci(position.san(move)), move, fen);
      const next = position.clone();
      next.play(move);
      // What is legal leads to a position.
      assert.equal(parseFen(next.fen()).fen(), next.fen(), `${move} in ${fen}`);
    }
  }
  assert.ok(read > 1000, `${read} positions read`);
});
