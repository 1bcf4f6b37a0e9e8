import { createHash } from "node:crypto";
import assert from "node:assert/strict";
import {
  decodeMove,
  encodeMove,
  legalMoveMask,
} from "../../src/encoding/encode.ts";
import {
  ENCODINGS,
  POLICIES,
  type PolicyEncoding,
} from "../../src/encoding/encodings.ts";
import { parseFen, type Position } from "../../src/chess/position.ts";
import { playGames, USUAL_START } from "./_played_games.ts";

const NAMES = Object.keys(POLICIES) as PolicyEncoding[];
const isLong = Deno.env.has("GAME_CACHE_LONG_TESTS");
/** A tenth of them in the plain suite. */
const POSITIONS = isLong ? 20_000 : 2_000;

Deno.test("the lists of moves have the hashes of the standards", () => {
  const hashes = {
    "lc0-1858":
      "89f7e8b772633e70c06fae4caac5a2858eeeee5c357b19cd355553f79b51b231",
    "searchless-1968":
      "b1614a2fd3ab8edf6e0cdfabe66e85e8da290440e32effecf40612e2e15e9d30",
    "maia2-1880":
      "b68a24e792cae60fb89efa635de1d6b5c2de9a6c790f4d9baea92ebf1f1625e7",
    "maia3-4352":
      "07af65839e5324b01a255e2663d03a6dc785f173b2f37ee824535b369906ef3f",
  } as const;
  for (const name of Object.keys(hashes) as (keyof typeof hashes)[]) {
    const { moves, sha256, size } = ENCODINGS[name];
    assert.equal(sha256, hashes[name]);
    const hash = createHash("sha256").update(moves!.join(",")).digest("hex");
    assert.equal(hash, hashes[name]);
    assert.equal(moves!.length, size);
    assert.equal(name.endsWith(String(size)), true);
  }
});

Deno.test("encodeMove() gives the indices of the standards", () => {
  const white = {
    usual: USUAL_START,
    castling: "r3k2r/8/8/8/8/8/8/R3K2R w KQkq - 0 1",
    knight: "8/8/8/7k/8/8/8/4K1N1 w - - 0 1",
    queen: "8/k7/8/8/8/8/8/3QK3 w - - 0 1",
    corner: "8/1k6/8/8/8/8/8/Q3K3 w - - 0 1",
    rook: "7R/k7/8/8/8/8/8/4K3 w - - 0 1",
    far: "7Q/k7/8/8/8/8/8/4K3 w - - 0 1",
    pawns: "2r5/P2PP2P/8/8/7k/8/8/4K3 w - - 0 1",
    left: "1b6/P7/8/8/7k/8/8/4K3 w - - 0 1",
  };
  const black = {
    usual: "rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR b KQkq - 0 1",
    castling: "r3k2r/8/8/8/8/8/8/R3K2R b KQkq - 0 1",
  };
  const known: [PolicyEncoding, string, string, number][] = [
    ["lc0-1858", white.castling, "O-O", 103],
    ["lc0-1858", white.castling, "O-O-O", 97],
    ["lc0-1858", black.castling, "O-O", 103],
    ["lc0-1858", black.castling, "O-O-O", 97],
    ["lc0-1858", white.rook, "h8g8", 1791],
    ["lc0-1858", white.usual, "b1c3", 36],
    ["lc0-1858", white.usual, "g1f3", 159],
    ["lc0-1858", white.usual, "d2d4", 293],
    ["lc0-1858", white.usual, "e2e4", 322],
    ["lc0-1858", black.usual, "e7e5", 322],
    ["lc0-1858", black.usual, "g8f6", 159],
    ["lc0-1858", white.pawns, "e7e8n", 1515],
    ["lc0-1858", white.pawns, "e7e8q", 1828],
    ["lc0-1858", white.pawns, "a7a8q", 1792],
    ["lc0-1858", white.pawns, "d7c8b", 1818],
    ["lc0-1858", white.pawns, "h7h8b", 1857],
    ["az-4672", white.usual, "e2e4", 877],
    ["az-4672", white.usual, "g1f3", 501],
    ["az-4672", white.castling, "e1g1", 307],
    ["az-4672", white.castling, "e1c1", 335],
    ["az-4672", white.queen, "d1h5", 229],
    ["az-4672", white.corner, "a1h8", 13],
    ["az-4672", white.far, "h8a1", 4640],
    ["az-4672", white.pawns, "e7e8q", 3796],
    ["az-4672", white.pawns, "a7a8n", 3571],
    ["az-4672", white.left, "a7b8b", 3575],
    ["az-4672", white.pawns, "d7c8r", 3789],
    ["az-4672", black.usual, "e7e5", 877],
    ["az-4672", black.usual, "g8f6", 501],
    ["az-4672-rotated", black.usual, "e7e5", 804],
    ["az-4672-rotated", black.castling, "e8g8", 262],
    ["az-4672-rotated", black.castling, "e8c8", 234],
    ["az-4672-rotated", black.usual, "g8f6", 129],
    ["az-4672-rotated", white.usual, "e2e4", 877],
    ["maia3-4352", white.knight, "g1f3", 405],
    ["maia3-4352", white.usual, "e2e4", 796],
    ["maia3-4352", black.usual, "e7e5", 796],
    ["maia3-4352", white.castling, "e1g1", 262],
    ["maia3-4352", white.pawns, "e7e8q", 4240],
    ["maia3-4352", white.pawns, "a7a8q", 4096],
    ["maia3-4352", white.pawns, "h7h8n", 4351],
    ["fromto-4096", white.usual, "e2e4", 12 * 64 + 28],
    ["fromto-4096", black.usual, "e7e5", 52 * 64 + 36],
    ["fromto-4096", white.castling, "O-O", 4 * 64 + 6],
  ];
  for (const [policy, fen, move, index] of known) {
    const position = parseFen(fen);
    assert.equal(
      encodeMove(move, position, policy),
      index,
      `${policy} ${move}`,
    );
  }
  assert.equal(ENCODINGS["lc0-1858"].moves![0], "a1b1");
  assert.equal(ENCODINGS["maia3-4352"].moves![1], "a1b1");
});

Deno.test("a move in SAN or with castling in either spelling has the same index", () => {
  const fen = "r3k2r/8/8/8/8/8/8/R3K2R w KQkq - 0 1";
  for (const castling of [undefined, "king-takes-rook"] as const) {
    const position = parseFen(fen, { castling });
    for (const move of ["O-O", "e1g1", "e1h1", "0-0"]) {
      assert.equal(encodeMove(move, position, "az-4672"), 307);
      assert.equal(encodeMove(move, position, "searchless-1968"), 102);
      assert.equal(encodeMove(move, position, "lc0-1858"), 103);
    }
    const written = castling === undefined ? "e1g1" : "e1h1";
    assert.equal(decodeMove(103, position, "lc0-1858"), written);
    assert.equal(decodeMove(307, position, "az-4672"), written);
  }
  assert.equal(ENCODINGS["searchless-1968"].moves![102], "e1g1");
});

Deno.test("castling in a game of Chess960 is king takes rook in every policy", () => {
  const list = playGames(400, 5);
  let seen = 0;
  for (const { game, isChess960, moves } of list) {
    if (!isChess960) continue;
    for (const { ply, position } of game.mainline()) {
      const san = position.san(moves[ply]);
      if (!san.startsWith("O-O")) continue;
      seen++;
      const [from, to] = [0, 2].map((at) =>
        moves[ply].charCodeAt(at) - 97 + 8 * (Number(moves[ply][at + 1]) - 1)
      );
      assert.equal(
        encodeMove(moves[ply], position, "fromto-4096"),
        from * 64 + to,
      );
      const uci = position.turn === "white"
        ? moves[ply]
        : moves[ply].replaceAll("8", "1");
      for (const policy of ["lc0-1858", "maia2-1880", "maia3-4352"] as const) {
        const index = encodeMove(moves[ply], position, policy);
        assert.equal(ENCODINGS[policy].moves![index], uci);
      }
    }
  }
  assert.ok(seen > 10, `${seen}`);
});

Deno.test("decodeMove() takes every legal move's index back, and no two moves share one", () => {
  const cells = new Map<string, Set<number>>();
  let positions = 0;
  const check = (position: Position) => {
    positions++;
    const legal = position.legalMoves();
    for (const policy of NAMES) {
      const indices = new Map<number, string>();
      for (const move of legal) {
        const index = encodeMove(move, position, policy);
        const isShared = policy === "fromto-4096" && /[rbn]$/.test(move);
        const expected = isShared ? `${move.slice(0, 4)}q` : move;
        assert.ok(index >= 0 && index < ENCODINGS[policy].size);
        assert.equal(decodeMove(index, position, policy), expected);
        if (!isShared) {
          assert.equal(indices.get(index), undefined, `${policy} ${move}`);
          indices.set(index, move);
        }
        const key = `${policy} ${position.turn}`;
        if (!cells.has(key)) cells.set(key, new Set());
        cells.get(key)!.add(index);
      }
      if (positions % 20 !== 0) continue;
      const mask = legalMoveMask(position, policy);
      const set: number[] = [];
      for (let index = 0; index < mask.length * 8; index++) {
        if ((mask[index >> 3] >> (index & 7) & 1) === 1) set.push(index);
      }
      assert.deepEqual(set, [...indices.keys()].sort((a, b) => a - b));
    }
  };
  for (const { game } of playGames(10_000, 9)) {
    for (const { position } of game.mainline()) check(position);
    if (positions >= POSITIONS) break;
  }
  assert.ok(positions >= POSITIONS);
});

Deno.test("az-4672 uses exactly 1,858 cells a side", () => {
  for (const policy of ["az-4672", "az-4672-rotated"] as const) {
    for (const isBlack of [false, true]) {
      const cells = new Set<number>();
      for (let square = 0; square < 64; square++) {
        const canPromote = square >> 3 === (isBlack ? 1 : 6);
        for (const piece of canPromote ? "qnp" : "qn") {
          for (let king = 0; king < 64; king++) {
            addCells(piece, square, king, isBlack, policy, cells);
          }
        }
      }
      assert.equal(cells.size, 1858, `${policy} ${isBlack}`);
    }
  }
});

/** Adds the indices of a lone piece's moves, kings out of its way. */
function addCells(
  piece: string,
  square: number,
  king: number,
  isBlack: boolean,
  policy: PolicyEncoding,
  cells: Set<number>,
): void {
  const squares: string[] = Array(64).fill("");
  squares[king] = isBlack ? "k" : "K";
  const other = king * 29 + 13 & 63;
  if (king === square || other === square || king === other) return;
  squares[other] = isBlack ? "K" : "k";
  squares[square] = isBlack ? piece : piece.toUpperCase();
  if (piece === "p") {
    // Something to capture on either side.
    const forward = isBlack ? -8 : 8;
    for (const side of [-1, 1]) {
      const file = (square & 7) + side;
      const target = (square & 56) + forward + file;
      if (file >= 0 && file < 8 && squares[target] === "") {
        squares[target] = isBlack ? "B" : "b";
      }
    }
  }
  const ranks = Array.from({ length: 8 }, (_, i) => {
    const rank = squares.slice(56 - 8 * i, 64 - 8 * i);
    return rank.map((letter) => letter || "1").join("");
  });
  let position: Position;
  try {
    position = parseFen(`${ranks.join("/")} ${isBlack ? "b" : "w"} - - 0 1`);
  } catch {
    return; // The other king would be in check.
  }
  const name = "abcdefgh"[square & 7] + (1 + (square >> 3));
  for (const move of position.legalMoves()) {
    if (move.startsWith(name)) cells.add(encodeMove(move, position, policy));
  }
}

Deno.test("encodeMove() and decodeMove() refuse what has no meaning", () => {
  const position = parseFen(USUAL_START);
  assert.throws(
    () => encodeMove("e2e5", position, "lc0-1858"),
    /no legal move/,
  );
  assert.throws(() => encodeMove("--", position, "lc0-1858"), RangeError);
  assert.throws(
    () => encodeMove("e4", position, "lc0-1859" as "lc0-1858"),
    /policy must be one of lc0-1858/,
  );
  for (const index of [-1, 1858, 1.5, NaN, 0]) {
    assert.throws(
      () => decodeMove(index, position, "lc0-1858"),
      (error) =>
        error instanceof RangeError && /no legal move/.test(error.message),
    );
  }
  // King takes rook is no move of these lists in standard chess, nor the king's of lc0's.
  const castling = parseFen("r3k2r/8/8/8/8/8/8/R3K2R w KQkq - 0 1");
  assert.throws(() => decodeMove(4 * 64 + 7, castling, "maia3-4352"));
  assert.throws(() => decodeMove(102, castling, "lc0-1858"));
});
