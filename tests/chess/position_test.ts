import assert from "node:assert/strict";
import { PgnError, type PgnErrorReason } from "../../src/chess/pgn_error.ts";
import { parseFen } from "../../src/chess/position.ts";
import { LONG, sharedData } from "../_shared_data.ts";
import { perft } from "./_perft.ts";
import { CHESS960_PERFT, PERFT } from "./_perft_positions.ts";

const START = "rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1";

Deno.test("listLegalMoves() agrees with perft of well-known positions", () => {
  for (const [what, fen, depth, nodes] of PERFT) {
    assert.equal(perft(fen, depth), nodes, what);
  }
});

Deno.test("listLegalMoves() agrees with perft of Chess960 positions", () => {
  for (const [fen, nodes3, nodes4] of CHESS960_PERFT) {
    assert.equal(perft(fen, 3), nodes3, fen);
    if (LONG) assert.equal(perft(fen, 4), nodes4, fen);
  }
});

/** Lines such as `FEN ;D1 20 ;D2 400`: counts the deepest that is allowed, or the least there is. */
function countLines(file: string, maxDepth: number): void {
  const lines = Deno.readTextFileSync(`${sharedData}positions/${file}`)
    .split("\n").filter((line) => line.trim() !== "");
  assert.ok(lines.length > 100);
  for (const line of lines) {
    const [fen, ...counts] = line.split(";").map((part) => part.trim());
    const known = counts.map((count) => count.slice(1).split(" ").map(Number));
    const [depth, nodes] = known.filter(([depth]) =>
      depth <= maxDepth
    ).at(-1) ?? known[0];
    assert.equal(perft(fen, depth), nodes, `${fen} at depth ${depth}`);
  }
}

if (sharedData !== undefined) {
  Deno.test("listLegalMoves() agrees with perft of 1088 positions", () => {
    countLines("ethereal_standard.epd", LONG ? 5 : 4);
    countLines("ethereal_fischer_chess960.epd", LONG ? 4 : 3);
  });
}

Deno.test("parseFen() reads all fields, and fen() writes them", () => {
  for (
    const fen of [
      START,
      "r3k2r/8/8/8/8/8/8/R3K2R b Kq - 12 34",
      "8/8/8/8/8/8/8/K1k5 w - - 99 150",
      "rnbqkbnr/ppp1p1pp/8/3pPp2/8/8/PPPP1PPP/RNBQKBNR w KQkq f6 0 3",
      "1r1kr3/8/8/8/8/8/8/R2KR3 w KQkq - 0 1",
      "rr2k3/8/8/8/8/8/8/RR2K2R w KBb - 0 1",
      "r1k1r2q/p1ppp1pp/8/8/8/8/P1PPP1PP/R1K1R2Q w KQkq - 0 1",
    ]
  ) assert.equal(parseFen(fen).fen(), fen);
});

Deno.test("parseFen() reads Shredder-FEN and writes X-FEN", () => {
  assert.equal(
    parseFen(
      "bqnb1rkr/pp3ppp/3ppn2/2p5/5P2/P2P4/NPP1P1PP/BQ1BNRKR w HFhf - 2 9",
    )
      .fen(),
    "bqnb1rkr/pp3ppp/3ppn2/2p5/5P2/P2P4/NPP1P1PP/BQ1BNRKR w KQkq - 2 9",
  );
  assert.equal(
    parseFen("4k3/8/8/8/8/8/8/2R1KRR1 w F - 0 1").fen(),
    "4k3/8/8/8/8/8/8/2R1KRR1 w F - 0 1",
  );
});

Deno.test("parseFen() takes what is missing for a position at rest", () => {
  const board = "4k3/8/8/8/8/8/8/4K2R";
  const whole = `${board} w - - 0 1`;
  assert.equal(parseFen(board).fen(), whole);
  assert.equal(parseFen(` ${board}  w `).fen(), whole);
  assert.equal(parseFen(`${board} w K`).fen(), `${board} w K - 0 1`);
  assert.equal(parseFen(`${board} w - -`).fen(), whole);
  assert.equal(parseFen(`${board} w - - 7`).fen(), `${board} w - - 7 1`);
  assert.equal(parseFen(`${board} w - - 0 0`).fen(), whole);
});

Deno.test("parseFen() throws a SyntaxError at what is no FEN", () => {
  const board = "4k3/8/8/8/8/8/8/4K2R";
  for (
    const fen of [
      "",
      "hello",
      "4k3/8/8/8/8/8/4K2R w - - 0 1",
      "4k3/8/8/8/8/8/8/8/4K2R w - - 0 1",
      "4k3/8/8/8/8/8/7/4K2R w - - 0 1",
      "4k4/8/8/8/8/8/8/4K2R w - - 0 1",
      "4k3/9/8/8/8/8/8/4K2R w - - 0 1",
      "4k3/0/8/8/8/8/8/4K2R w - - 0 1",
      "4k3/8/8/8/8/8/8/4K2X w - - 0 1",
      `${board} x - - 0 1`,
      `${board} w X - 0 1`,
      `${board} w KQkqK - 0 1`,
      `${board} w - e5 0 1`,
      `${board} w - - -1 1`,
      `${board} w - - 0 x`,
      `${board} w - - 0 1 2`,
      "[".repeat(100_000),
      "8/".repeat(100_000),
    ]
  ) assert.throws(() => parseFen(fen), SyntaxError, fen.slice(0, 80));
});

Deno.test("parseFen() throws a RangeError at what is no position", () => {
  for (
    const fen of [
      "8/8/8/8/8/8/8/4K2R w - - 0 1",
      "4k3/8/8/8/8/8/8/4K2K w - - 0 1",
      "4k3/8/8/8/8/8/8/P3K2R w - - 0 1",
      "4k2p/8/8/8/8/8/8/4K2R w - - 0 1",
      "4k3/8/8/8/8/8/4r3/4K2R b - - 0 1",
      "8/8/8/8/8/8/3k4/4K2R w - - 0 1",
    ]
  ) assert.throws(() => parseFen(fen), RangeError, fen);
});

Deno.test("parseFen() drops rights and squares that nothing backs, and reads W and counters left out", () => {
  for (
    const [fen, read] of [
      ["4k3/8/8/8/8/8/8/4K2R w Q - 0 1", "4k3/8/8/8/8/8/8/4K2R w - - 0 1"],
      ["4k3/8/8/8/8/8/8/4K2R w k - 0 1", "4k3/8/8/8/8/8/8/4K2R w - - 0 1"],
      ["4k3/8/8/8/8/8/4K3/7R w K - 0 1", "4k3/8/8/8/8/8/4K3/7R w - - 0 1"],
      ["4k3/8/8/8/8/8/8/4K2R w KH - 0 1", "4k3/8/8/8/8/8/8/4K2R w K - 0 1"],
      ["4k3/8/8/8/8/8/8/4K2R w GQK - 0 1", "4k3/8/8/8/8/8/8/4K2R w K - 0 1"],
      ["4k3/8/8/8/8/8/8/4K2R w - e6 0 1", "4k3/8/8/8/8/8/8/4K2R w - - 0 1"],
      ["4k3/8/8/3pP3/8/8/8/4K3 w - d3 0 1", "4k3/8/8/3pP3/8/8/8/4K3 w - - 0 1"],
      [
        "4k3/8/8/3pP3/8/8/8/4K3 w - d6 0 1",
        "4k3/8/8/3pP3/8/8/8/4K3 w - d6 0 1",
      ],
      [
        "4k3/3n4/8/3pP3/8/8/8/4K3 w - d6 0 1",
        "4k3/3n4/8/3pP3/8/8/8/4K3 w - - 0 1",
      ],
      ["4k3/8/8/8/8/8/8/4K2R W K - - -", "4k3/8/8/8/8/8/8/4K2R w K - 0 1"],
      ["4k3/8/8/8/8/8/8/4K2R B - -", "4k3/8/8/8/8/8/8/4K2R b - - 0 1"],
      ["4k3/8/8/8/8/8/8/4K2R b - - - 7", "4k3/8/8/8/8/8/8/4K2R b - - 0 7"],
    ]
  ) assert.equal(parseFen(fen).fen(), read, fen);
});

Deno.test("Position.fen() names the en passant square only where a capture is legal", () => {
  const position = parseFen(START);
  position.play("e4");
  assert.equal(position.fen().split(" ")[3], "-");
  for (const move of ["a6", "e5", "d5"]) position.play(move);
  assert.equal(position.fen().split(" ")[3], "d6");
  // The capturing pawn is pinned, along its file or along the rank.
  assert.equal(
    parseFen("4r1k1/8/8/3pP3/8/8/8/4K3 w - d6 0 1").fen().split(" ")[3],
    "-",
  );
  assert.equal(
    parseFen("8/8/8/K2pP2r/8/8/8/6k1 w - d6 0 1").fen().split(" ")[3],
    "-",
  );
});

Deno.test("Position.play() reads every spelling of a move", () => {
  const rook = "4k3/8/8/8/8/8/8/R3K2R w KQ - 0 1";
  const knights = "4k3/8/8/8/8/5N2/8/1N2K3 w - - 0 1";
  const pawn = "3n4/k3P3/8/8/8/8/8/4K3 w - - 0 1";
  const passing = "4k3/8/8/3pP3/8/8/8/4K3 w - d6 0 1";
  const cases: [string, string, string[]][] = [
    [rook, "e1g1", [
      "O-O",
      "0-0",
      "O-O+",
      "o-o",
      "e1g1",
      "e1h1",
      "0-0!?",
      "O-O#",
      "Kg1",
      "Ke1g1",
    ]],
    [rook, "e1c1", ["O-O-O", "0-0-0", "O-O-O++", "e1c1", "e1a1", "O-O-O $4"]],
    [knights, "b1d2", [
      "Nbd2",
      "N1d2",
      "Nb1d2",
      "Nb1-d2",
      "b1d2",
      "Nbd2!!",
      "Nb1xd2",
      "N1d2 $1 $13",
    ]],
    [knights, "e1e2", [
      "Ke2",
      "Ke1e2",
      "e1e2",
      "e1-e2",
      "Kee2",
      "K1e2",
      " Ke2 ",
    ]],
    [pawn, "e7e8q", [
      "e8=Q",
      "e8Q",
      "e7e8q",
      "e7e8Q",
      "e7e8=Q",
      "e7-e8=Q",
      "e8=Q+",
      "e8Q++",
      "Pe8=Q",
      "e8q",
    ]],
    [pawn, "e7d8n", ["exd8=N", "ed8N", "e7xd8=N", "e7d8n", "exd8N!", "ed8=N#"]],
    [passing, "e5d6", [
      "exd6",
      "ed6",
      "e5d6",
      "e5xd6",
      "exd6ep",
      "exd6e.p.",
      "exd6 e.p.",
      "exd6 ep!",
      "exd6+ e.p.",
    ]],
    [passing, "0000", ["--", "Z0", "0000"]],
    [START, "e2e4", [
      "e4",
      "e2e4",
      "e2-e4",
      "Pe4",
      "e4!",
      "e4?",
      "e4!?",
      "e4=",
      "e4 $1",
      "e4+",
      "Pe2-e4",
    ]],
    [START, "g1f3", ["Nf3", "Ngf3", "N1f3", "Ng1f3", "g1f3", "Ng1-f3", "Nxf3"]],
  ];
  for (const [fen, uci, spellings] of cases) {
    const expected = parseFen(fen);
    expected.play(uci);
    for (const spelling of spellings) {
      const position = parseFen(fen);
      assert.equal(position.uci(spelling), uci, spelling);
      assert.equal(position.fen(), fen, "writing a move plays none");
      position.play(spelling);
      assert.equal(position.fen(), expected.fen(), spelling);
    }
  }
});

Deno.test("Position.play() throws a PgnError where not exactly one legal move is meant", () => {
  const two = "4k3/8/8/8/8/5N2/8/1N2K3 w - - 0 1";
  const three = "6k1/8/8/8/Q6Q/8/8/Q3K3 w - - 0 1";
  const pinned = "4k3/4r3/8/8/8/8/4N3/4K1N1 w - - 0 1";
  const promotes = "8/k3P3/8/8/8/8/8/4K3 w - - 0 1";
  const checked = "4k3/8/8/8/8/8/4r3/4K2R w K - 0 1";
  const cases: [string, string, PgnErrorReason][] = [
    [two, "Nd2", "ambiguous"],
    [two, "N5d2", "illegal"],
    [three, "Qd4", "ambiguous"],
    [three, "Qad4", "ambiguous"],
    [three, "Q4d4", "ambiguous"],
    [pinned, "Nec3", "illegal"],
    [promotes, "e8", "illegal"],
    [promotes, "e7e8", "illegal"],
    [promotes, "e8=K", "illegal"],
    [promotes, "e8=P", "unreadable"],
    [checked, "O-O", "illegal"],
    [checked, "--", "illegal"],
    [checked, "Rh2", "illegal"],
    [START, "e5", "illegal"],
    [START, "Ke2", "illegal"],
    [START, "e7e5", "illegal"],
    [START, "e3e4", "illegal"],
    [START, "e4=Q", "illegal"],
    [START, "Nf3=Q", "illegal"],
    [START, "O-O", "illegal"],
    [START, "", "unreadable"],
    [START, "hello", "unreadable"],
    [START, "e9", "unreadable"],
    [START, "i4", "unreadable"],
    [START, "N", "unreadable"],
    [START, "♘", "unreadable"],
    [START, "Nf", "unreadable"],
    [START, "Nf3Nc6", "unreadable"],
    [START, "e4 e5", "unreadable"],
    [START, "e4 {good}", "unreadable"],
    [START, "O-", "unreadable"],
    [START, "nf3", "unreadable"],
    [START, "e2e4e5", "unreadable"],
    [START, "e".repeat(1_000_000), "unreadable"],
  ];
  for (const [fen, move, reason] of cases) {
    const position = parseFen(fen);
    assert.throws(
      () => position.play(move),
      (error) => error instanceof PgnError && error.reason === reason,
      `${move.slice(0, 20)} is ${reason} in ${fen}`,
    );
    assert.equal(position.fen(), fen);
  }
});

Deno.test("Position.uci() writes castling as the king's move, or to the rook where that is asked for or needed", () => {
  const usual = "r3k2r/8/8/8/8/8/8/R3K2R w KQkq - 0 1";
  assert.equal(parseFen(usual).uci("O-O"), "e1g1");
  assert.equal(parseFen(usual).uci("O-O-O"), "e1c1");
  const options = { castling: "king-takes-rook" } as const;
  assert.equal(parseFen(usual, options).uci("O-O"), "e1h1");
  assert.equal(parseFen(usual, options).uci("O-O-O"), "e1a1");
  assert.ok(parseFen(usual, options).legalMoves().includes("e1h1"));
  assert.ok(parseFen(usual).legalMoves().includes("e1g1"));
  const shifted = "1r2k3/8/8/8/8/8/8/1R2K1R1 w KQ - 0 1";
  assert.equal(parseFen(shifted).uci("O-O"), "e1g1");
  assert.equal(parseFen(shifted).uci("O-O-O"), "e1b1");
  const king = "5k2/8/8/8/8/8/8/R4K1R w KQ - 0 1";
  assert.equal(parseFen(king).uci("O-O"), "f1h1");
  assert.equal(parseFen(king).uci("Kg1"), "f1g1");
  assert.equal(parseFen(king).uci("f1g1"), "f1g1");
});

Deno.test("Position.play() castles in Chess960", () => {
  const cases: [string, string, string][] = [
    ["4k3/8/8/8/8/8/8/6KR w K - 0 1", "O-O", "4k3/8/8/8/8/8/8/5RK1 b - - 1 1"],
    ["4k3/8/8/8/8/8/8/5KR1 w K - 0 1", "O-O", "4k3/8/8/8/8/8/8/5RK1 b - - 1 1"],
    [
      "4k3/8/8/8/8/8/8/RK6 w Q - 0 1",
      "O-O-O",
      "4k3/8/8/8/8/8/8/2KR4 b - - 1 1",
    ],
    [
      "4k3/8/8/8/8/8/8/1RK5 w Q - 0 1",
      "O-O-O",
      "4k3/8/8/8/8/8/8/2KR4 b - - 1 1",
    ],
    // The rook leaves the king to the attacker behind it.
    ["4k3/8/8/8/8/8/8/rR1K4 w Q - 0 1", "illegal", ""],
    [
      "4k3/8/8/8/8/8/8/1R1K4 w Q - 0 1",
      "O-O-O",
      "4k3/8/8/8/8/8/8/2KR4 b - - 1 1",
    ],
    // Another piece stands in the rook's way only.
    ["4k3/8/8/8/8/8/8/RN2K3 w Q - 0 1", "illegal", ""],
    // The king passes an attacked square; the rook may.
    [
      "1r2k3/8/8/8/8/8/8/R3K3 w Q - 0 1",
      "O-O-O",
      "1r2k3/8/8/8/8/8/8/2KR4 b - - 1 1",
    ],
    ["3rk3/8/8/8/8/8/8/R3K3 w Q - 0 1", "illegal", ""],
  ];
  for (const [fen, move, expected] of cases) {
    const position = parseFen(fen);
    if (move === "illegal") {
      assert.throws(() => position.play("O-O-O"), PgnError, fen);
    } else {
      position.play(move);
      assert.equal(position.fen(), expected);
    }
  }
});

Deno.test("Position.san() writes no more of the square of departure than is needed", () => {
  const queens = "6k1/8/8/8/Q6Q/8/8/Q3K3 w - - 0 1";
  const cases: [string, string, string][] = [
    [START, "g1f3", "Nf3"],
    ["7k/8/8/8/8/5N2/8/1N2K3 w - - 0 1", "b1d2", "Nbd2"],
    ["4k3/8/8/5N2/8/5N2/8/4K3 w - - 0 1", "f3d4", "N3d4"],
    [queens, "a1d1", "Q1d1"],
    [queens, "a4e4", "Qae4"],
    [queens, "a4d4", "Qa4d4"],
    [queens, "h4d4", "Qhd4"],
    [queens, "a1d4", "Q1d4"],
    // The other knight is pinned.
    ["k3r3/8/8/8/8/8/4N3/4K1N1 w - - 0 1", "g1f3", "Nf3"],
    ["k3r3/8/8/8/8/8/4N3/4K1N1 w - - 0 1", "g1h3", "Nh3"],
    ["8/k3P3/8/8/8/8/8/4K3 w - - 0 1", "e7e8q", "e8=Q"],
    ["4k3/8/8/3pP3/8/8/8/4K3 w - d6 0 1", "e5d6", "exd6"],
    ["7k/8/6K1/8/8/8/8/R7 w - - 0 1", "a1a8", "Ra8#"],
    ["4k3/8/8/8/8/8/8/4K2R w K - 0 1", "e1g1", "O-O"],
    ["5k2/8/8/8/8/8/8/4K2R w K - 0 1", "e1g1", "O-O+"],
    ["4k3/8/8/8/8/8/8/R3K3 w Q - 0 1", "e1c1", "O-O-O"],
    [START, "0000", "--"],
  ];
  for (const [fen, uci, san] of cases) {
    assert.equal(parseFen(fen).san(uci), san, fen);
  }
});

Deno.test("Position.clone() is independent", () => {
  const position = parseFen(START);
  position.play("e4");
  const clone = position.clone();
  clone.play("e5");
  assert.equal(position.turn, "black");
  assert.equal(clone.turn, "white");
  position.play("c5");
  assert.notEqual(position.fen(), clone.fen());
  assert.equal(clone.pieceAt("e5")?.kind, "pawn");
  assert.equal(position.pieceAt("e5"), undefined);
});

Deno.test("Position reports clocks, pieces and checks", () => {
  const position = parseFen(START);
  assert.deepEqual(position.pieceAt("e1"), { color: "white", kind: "king" });
  assert.deepEqual(position.pieceAt(59), { color: "black", kind: "queen" });
  assert.equal(position.pieceAt("e4"), undefined);
  assert.equal(position.legalMoves().length, 20);
  assert.equal(position.pieceCount, 32);
  for (const move of ["e4", "d5", "Bb5+"]) position.play(move);
  assert.ok(position.isCheck());
  assert.equal(position.halfMoveClock, 1);
  assert.equal(position.fullMoveNumber, 2);
  position.play("c6");
  assert.ok(!position.isCheck());
  assert.equal(position.halfMoveClock, 0);
  assert.equal(position.fullMoveNumber, 3);
  position.play("exd5");
  assert.equal(position.pieceCount, 31);
  for (const square of ["e9", "", "e", "e44", -1, 64, 1.5, NaN]) {
    assert.throws(() => position.pieceAt(square), RangeError);
  }
});

Deno.test("Position.repetitionCount counts a position with its rights", () => {
  const position = parseFen(START);
  const counts = (moves: string) =>
    moves.split(" ").map((move) => {
      position.play(move);
      return position.repetitionCount;
    });
  assert.equal(position.repetitionCount, 1);
  assert.deepEqual(
    counts("Nf3 Nf6 Ng1 Ng8 Nf3 Nf6 Ng1 Ng8"),
    [1, 1, 1, 2, 2, 2, 2, 3],
  );
  assert.equal(position.clone().repetitionCount, 3);
  // White can take en passant only the first time.
  assert.deepEqual(counts("a4 Nf6 a5 b5"), [1, 1, 1, 1]);
  assert.deepEqual(counts("Nf3 Ng8 Ng1 Nf6"), [1, 1, 1, 1]);
  assert.deepEqual(counts("Nf3 Ng8 Ng1 Nf6"), [2, 2, 2, 2]);
  // The kings give up castling: the same pieces, another position.
  assert.deepEqual(
    counts("e3 e6 Ke2 Ke7 Ke1 Ke8 Ke2 Ke7 Ke1 Ke8"),
    [1, 1, 1, 1, 1, 1, 1, 2, 2, 2],
  );
});

Deno.test("Position.repetitionCount knows the FEN's en passant capture", () => {
  const counts = (fen: string) => {
    const position = parseFen(fen);
    return "Kd1 Kd8 Ke1 Ke8".split(" ").map((move) => {
      position.play(move);
      return position.repetitionCount;
    }).at(-1);
  };
  assert.equal(counts("4k3/8/8/3pP3/8/8/8/4K3 w - d6 0 1"), 1);
  assert.equal(counts("4k3/8/8/3pP3/8/8/8/4K3 w - - 0 1"), 2);
  // The pawn is pinned to its king: nothing could be taken.
  assert.equal(counts("4k3/4r3/8/3pP3/8/8/8/4K3 w - d6 0 1"), 2);
});
