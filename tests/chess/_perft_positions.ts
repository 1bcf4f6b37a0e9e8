/** Positions whose perft is known to all who write chess programs. */

/** A position, a depth, and how many ways there are to play so many half-moves. */
export const PERFT: readonly [
  what: string,
  fen: string,
  depth: number,
  nodes: number,
][] = [
  [
    "the start",
    "rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1",
    5,
    4865609,
  ],
  [
    "Kiwipete",
    "r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq - 0 1",
    4,
    4085603,
  ],
  [
    "en passant that uncovers a rank",
    "8/2p5/3p4/KP5r/1R3p1k/8/4P1P1/8 w - - 0 1",
    5,
    674624,
  ],
  [
    "promotions and pins",
    "r3k2r/Pppp1ppp/1b3nbN/nP6/BBP1P3/q4N2/Pp1P2PP/R2Q1RK1 w kq - 0 1",
    4,
    422333,
  ],
  [
    "its mirror image",
    "r2q1rk1/pP1p2pp/Q4n2/bbp1p3/Np6/1B3NBn/pPPP1PPP/R3K2R b KQ - 0 1",
    4,
    422333,
  ],
  [
    "a knight on f2",
    "rnbq1k1r/pp1Pbppp/2p5/8/2B5/8/PPP1NnPP/RNBQK2R w KQ - 1 8",
    4,
    2103487,
  ],
  [
    "a middlegame",
    "r4rk1/1pp1qppp/p1np1n2/2b1p1B1/2B1P1b1/P1NP1N2/1PP1QPPP/R4RK1 w - - 0 10",
    4,
    3894594,
  ],
  [
    "an en passant capture that is pinned",
    "3k4/3p4/8/K1P4r/8/8/8/8 b - - 0 1",
    6,
    1134888,
  ],
  [
    "an en passant capture along a diagonal",
    "8/8/4k3/8/2p5/8/B2P1K2/8 w - - 0 1",
    6,
    1_038_514,
  ],
  [
    "en passant that gives check",
    "8/8/1k6/2b5/2pP4/8/5K2/8 b - d3 0 1",
    6,
    1440467,
  ],
  ["castling that gives check", "5k2/8/8/8/8/8/8/4K2R w K - 0 1", 6, 661072],
  [
    "castling long that gives check",
    "3k4/8/8/8/8/8/8/R3K3 w Q - 0 1",
    6,
    803711,
  ],
  [
    "castling rights that a capture takes",
    "r3k2r/1b4bq/8/8/8/8/7B/R3K2R w KQkq - 0 1",
    4,
    1274206,
  ],
  [
    "castling that is prevented",
    "r3k2r/8/3Q4/8/8/5q2/8/R3K2R b KQkq - 0 1",
    4,
    1720476,
  ],
  ["a promotion out of check", "2K2r2/4P3/8/8/8/8/8/3k4 w - - 0 1", 6, 3821001],
  [
    "a check that is uncovered",
    "8/8/1P2K3/8/2n5/1q6/8/5k2 b - - 0 1",
    5,
    1004658,
  ],
  ["a promotion that gives check", "4k3/1P6/8/8/8/8/K7/8 w - - 0 1", 6, 217342],
  [
    "an underpromotion that gives check",
    "8/P1k5/K7/8/8/8/8/8 w - - 0 1",
    6,
    92683,
  ],
  ["stalemate of oneself", "K1k5/8/P7/8/8/8/8/8 w - - 0 1", 6, 2217],
  ["stalemate and checkmate", "8/k1P5/8/1K6/8/8/8/8 w - - 0 1", 7, 567584],
  ["checkmate by a knight", "8/8/2k5/5q2/5n2/8/5K2/8 b - - 0 1", 4, 23527],
  ["many promotions", "n1n5/PPPk4/8/8/8/8/4Kppp/5N1N b - - 0 1", 4, 182838],
  ["all rights", "r3k2r/8/8/8/8/8/8/R3K2R w KQkq - 0 1", 4, 314346],
];

/** Positions of Chess960, with their counts at depths 3 and 4. */
export const CHESS960_PERFT: readonly [
  fen: string,
  nodes3: number,
  nodes4: number,
][] = [
  [
    "bqnb1rkr/pp3ppp/3ppn2/2p5/5P2/P2P4/NPP1P1PP/BQ1BNRKR w HFhf - 2 9",
    12189,
    326672,
  ],
  [
    "2nnrbkr/p1qppppp/8/1ppb4/6PP/3PP3/PPP2P2/BQNNRBKR w HEhe - 1 9",
    18002,
    667366,
  ],
  [
    "b1q1rrkb/pppppppp/3nn3/8/P7/1PPP4/4PPPP/BQNNRKRB w GE - 1 9",
    10471,
    273318,
  ],
  [
    "qbbnnrkr/2pp2pp/p7/1p2pp2/8/P3PP2/1PPP1KPP/QBBNNR1R w hf - 0 9",
    13440,
    382958,
  ],
  [
    "1nbbnrkr/p1p1ppp1/3p4/1p3P1p/3Pq2P/8/PPP1P1P1/QNBBNRKR w HFhf - 0 9",
    31058,
    1171749,
  ],
  [
    "qnbnr1kr/ppp1b1pp/4p3/3p1p2/8/2NPP3/PPP1BPPP/QNB1R1KR w HEhe - 1 9",
    26578,
    824055,
  ],
  [
    "n1bb1rkr/qpnppppp/2p5/p7/P1P5/5P2/1P1PPRPP/NQBBN1KR w Hhf - 1 9",
    18724,
    505089,
  ],
  [
    "nnqr1krb/p1p1pppp/2bp4/8/1p1P4/4P3/PPP2PPP/NNQRBKRB w GDgd - 0 9",
    20796,
    728628,
  ],
  [
    "bnnbrkqr/1p1ppp2/8/p1p3pp/1P6/N4P2/PBPPP1PP/2NBRKQR w HEhe - 0 9",
    24850,
    677212,
  ],
  [
    "n1brkrqb/pppp3p/n3pp2/6p1/3P1P2/N1P5/PP2P1PP/N1BRKRQB w FDfd - 0 9",
    19005,
    471729,
  ],
  [
    "qnrbnk1r/pp1pp2p/5p2/2pbP1p1/3P4/1P6/P1P2PPP/QNRBNKBR w HChc - 0 9",
    24832,
    892456,
  ],
  [
    "bnrqnr1b/pp1pkppp/2p1p3/P7/2P5/7P/1P1PPPP1/BNRQNKRB w GC - 0 9",
    15293,
    390903,
  ],
  [
    "nr1bbqkr/pp1pp2p/1n3pp1/2p5/8/1P4P1/P1PPPPQP/NRNBBK1R w hb - 0 9",
    15719,
    406544,
  ],
  [
    "nrnk1rbb/p1p2ppp/3pq3/Qp2p3/1P1P4/8/P1P1PPPP/NRN1KRBB w fb - 2 9",
    25683,
    791823,
  ],
  [
    "qnbbrknr/1p1ppppp/8/p1p5/5P2/PP1P4/2P1P1PP/QNBBRKNR w HEhe - 0 9",
    16331,
    391656,
  ],
  [
    "nqrkb1rb/pp2pppp/2p1n3/3p4/3PP1N1/8/PPP2PPP/NQRKB1RB w GCgc - 0 9",
    21752,
    679387,
  ],
  [
    "bnrbkq1r/pp2p1pp/5n2/2pp1p2/P7/N1PP4/1P2PPPP/B1RBKQNR w HChc - 1 9",
    18494,
    584015,
  ],
  [
    "nrbknqrb/2p1ppp1/1p6/p2p2Bp/1P6/3P1P2/P1P1P1PP/NR1KNQRB w GBgb - 0 9",
    18288,
    418895,
  ],
  ["nrkbnrbq/ppppppp1/8/8/7p/PP3P2/2PPPRPP/NRKBN1BQ w Bfb - 0 9", 6189, 156002],
  [
    "b2rkrnb/pqp1pppp/n7/1p1p4/P7/N1P2N2/1P1PPPPP/B1QRKR1B w FDfd - 4 9",
    19558,
    571891,
  ],
  [
    "nrqb1rkn/pp2pppp/2bp4/2p5/6P1/2P3N1/PP1PPP1P/NRQBBRK1 w - - 3 9",
    21148,
    723705,
  ],
  [
    "nrkqrnbb/ppppp1p1/7p/1P3p2/3P4/2P5/P3PPPP/NRKQRNBB w EBeb - 0 9",
    21091,
    508789,
  ],
  [
    "nrbbk1nq/p1p1prpp/1p6/N2p1p2/P7/8/1PPPPPPP/R1BBKRNQ w Fb - 2 9",
    13710,
    348593,
  ],
  [
    "qrnnbkrb/p3p1pp/3p1p2/1pp5/PP2P3/8/2PP1PPP/QRNNBRKB w gb - 0 9",
    27955,
    872526,
  ],
  [
    "brnb1nkr/pppqpp2/3p2pp/8/3PP3/1P6/PBP2PPP/1RNBQNKR w HBhb - 0 9",
    28517,
    817464,
  ],
  [
    "rnbnqkrb/2pppppp/1p6/p7/1PP5/4N2P/P2PPPP1/RNB1QKRB w GAg - 0 9",
    14225,
    374196,
  ],
  [
    "1r1bkqbr/pppp1ppp/2nnp3/8/2P5/N4P2/PP1PP1PP/1RNBKQBR w Hh - 0 9",
    22844,
    694599,
  ],
  [
    "bq1rknrb/pppppp1p/4n3/6p1/4P1P1/3P1P2/PPP4P/BQRNKNRB w GCg - 0 9",
    14815,
    419474,
  ],
  [
    "rqnbbrk1/ppppppp1/8/5n1p/3P3P/2B3P1/PPP1PP2/RQNB1KNR w HA - 0 9",
    11452,
    283464,
  ],
  [
    "r1qknrbb/pppp1p2/2n3p1/4p2p/8/QPP5/P1NPPPPP/RN1K1RBB w FAfa - 2 9",
    21563,
    532939,
  ],
  [
    "1nbbknqr/rpp1ppp1/1Q1p3p/p7/2P2PP1/8/PP1PP2P/RNBBKN1R w HAh - 2 9",
    34977,
    944867,
  ],
  [
    "rnknbrqb/p1p1pp1p/3p4/1p1N2p1/8/N7/PPPPPPPP/1RK1BRQB w Ffa - 0 9",
    18942,
    552040,
  ],
  [
    "brqbnkrn/pp1pp2p/5pp1/2p5/4P3/P2P1N2/1PP2PPP/BRQB1KRN w GBgb - 0 9",
    19916,
    527306,
  ],
  [
    "rnbqkrnb/1p1pp1p1/2p4p/p4p2/3P2P1/7N/PPPBPP1P/RN1QKR1B w FAfa - 0 9",
    25319,
    623133,
  ],
  [
    "rnkb1rbn/pp1p2pp/8/2p1pp1q/P6P/1PN5/2PPPPP1/R1KBQRBN w FAfa - 1 9",
    21188,
    850597,
  ],
  [
    "br1krnqb/pppppp1p/1n4p1/8/8/P2NN3/2PPPPPP/BR1K1RQB w Beb - 2 9",
    36748,
    1025712,
  ],
  [
    "qrkbbnnr/ppp2p1p/4p3/3p2p1/P7/2PP4/1P2PPPP/QRKBBNNR w HBhb - 0 9",
    16616,
    431634,
  ],
  [
    "rqkn1rbb/1pp1pppp/p7/3p4/3Pn3/2P1PP2/PP4PP/RQKNNRBB w FAfa - 1 9",
    12216,
    321533,
  ],
  [
    "rkbbn1nr/ppppp1pp/8/6N1/5p2/1q6/P1PPPPPP/RKBBN1QR w HAha - 0 9",
    1919,
    50827,
  ],
  [
    "rkn1bqrb/pnp1pppp/3p4/8/Pp6/1N2NP2/1PPPP1PP/RK2BQRB w GAga - 0 9",
    17174,
    406025,
  ],
  [
    "b1rbknrn/qpp1ppp1/p6p/3p4/2P5/1P1P1P2/P3P1PP/BQRBKNRN w GCgc - 0 9",
    24421,
    688711,
  ],
  [
    "rqbknr1b/pp1ppp2/2p2n1p/6p1/8/3P1PPP/PPP1P3/RQBKNRNB w FAfa - 0 9",
    12275,
    373921,
  ],
  [
    "rkqbr1bn/p2ppppp/1pp2n2/8/5P2/3P1N2/PPP1PRPP/RKQB2BN w Aa - 3 9",
    14593,
    371597,
  ],
  [
    "brknrqnb/p2ppp1p/2p5/1p6/3P2p1/P1P1N3/1P2PPPP/BRK1RQNB w EBeb - 0 9",
    15169,
    440504,
  ],
  [
    "rknbb1nq/pppppr2/5pp1/7p/8/1N4P1/PPPPPP1P/RK1BBRNQ w FAa - 2 9",
    15618,
    350173,
  ],
  [
    "qrkr2bb/pppppppp/8/1n2n3/1N5P/1P6/P1PPPPP1/QRKR1NBB w DBdb - 1 9",
    21048,
    562015,
  ],
  [
    "rkbbqr1n/1p1pppp1/2p2n2/p4NBp/8/3P4/PPP1PPPP/RK1BQRN1 w FAfa - 0 9",
    30533,
    728154,
  ],
  [
    "rkrqbn1b/pppp2pp/8/4pp2/1P1P2n1/5N2/P1P1PP1P/RKRQBN1B w CAca - 0 9",
    19654,
    587666,
  ],
  [
    "brkbrnn1/pp1pppp1/7q/2p5/6Pp/4P1NP/PPPP1P2/BRKBR1NQ w EBeb - 2 9",
    29593,
    942398,
  ],
];
