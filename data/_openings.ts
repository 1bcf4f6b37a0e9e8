/**
 * The openings that the games of the sample begin with: ECO code, name, and the
 * moves in SAN. All five volumes and both playstyles are well covered.
 */
export interface Opening {
  readonly eco: string;
  readonly name: string;
  readonly moves: readonly string[];
}

/** The beginnings that several lines share. */
const STEMS: Readonly<Record<string, string>> = {
  "{Open Sicilian}": "e4 c5 Nf3 d6 d4 cxd4 Nxd4 Nf6 Nc3",
  "{French}": "e4 e6 d4 d5",
  "{Caro-Kann}": "e4 c6 d4 d5",
  "{Italian}": "e4 e5 Nf3 Nc6 Bc4",
  "{Spanish}": "e4 e5 Nf3 Nc6 Bb5",
  "{Modern Benoni}": "d4 Nf6 c4 c5 d5 e6 Nc3 exd5 cxd5 d6",
  "{Declined}": "d4 d5 c4 e6",
  "{Slav}": "d4 d5 c4 c6",
  "{Nimzo-Indian}": "d4 Nf6 c4 e6 Nc3 Bb4",
  "{King's Indian}": "d4 Nf6 c4 g6 Nc3 Bg7",
};

const TABLE = `
A00 | Van't Kruijs Opening | e3
A00 | Polish Opening | b4
A00 | Grob Opening | g4
A00 | Hungarian Opening | g3
A00 | Van Geet Opening | Nc3
A00 | Mieses Opening | d3
A00 | Saragossa Opening | c3
A01 | Nimzo-Larsen Attack | b3
A01 | Nimzo-Larsen Attack: Modern Variation | b3 e5
A02 | Bird Opening | f4
A02 | Bird Opening: From's Gambit | f4 e5
A03 | Bird Opening: Dutch Variation | f4 d5
A04 | Zukertort Opening | Nf3
A04 | Zukertort Opening: Sicilian Invitation | Nf3 c5
A05 | Zukertort Opening | Nf3 Nf6
A06 | Zukertort Opening | Nf3 d5
A07 | King's Indian Attack | Nf3 d5 g3
A08 | King's Indian Attack | Nf3 d5 g3 c5 Bg2
A09 | Réti Opening | Nf3 d5 c4
A09 | Réti Opening: Advance Variation | Nf3 d5 c4 d4
A10 | English Opening | c4
A10 | English Opening: Anglo-Dutch Defense | c4 f5
A11 | English Opening: Caro-Kann Defensive System | c4 c6
A13 | English Opening: Agincourt Defense | c4 e6
A15 | English Opening: Anglo-Indian Defense | c4 Nf6
A16 | English Opening: Anglo-Indian Defense, Queen's Knight Variation | c4 Nf6 Nc3
A18 | English Opening: Mikenas-Carls Variation | c4 Nf6 Nc3 e6 e4
A20 | English Opening: King's English Variation | c4 e5
A21 | English Opening: King's English Variation, Reversed Sicilian | c4 e5 Nc3
A22 | English Opening: King's English Variation, Two Knights Variation | c4 e5 Nc3 Nf6
A28 | English Opening: King's English Variation, Four Knights Variation | c4 e5 Nc3 Nc6 Nf3 Nf6
A30 | English Opening: Symmetrical Variation | c4 c5
A34 | English Opening: Symmetrical Variation, Normal Variation | c4 c5 Nc3
A40 | Queen's Pawn Game | d4
A40 | Englund Gambit | d4 e5
A40 | Horwitz Defense | d4 e6
A40 | Modern Defense | d4 g6
A41 | Wade Defense | d4 d6 Nf3 Bg4
A42 | Modern Defense: Averbakh System | d4 d6 c4 g6 Nc3 Bg7 e4
A43 | Benoni Defense: Old Benoni | d4 c5
A45 | Indian Defense | d4 Nf6
A45 | Trompowsky Attack | d4 Nf6 Bg5
A46 | Indian Defense: Knights Variation | d4 Nf6 Nf3
A46 | Indian Defense: London System | d4 Nf6 Nf3 e6 Bf4
A46 | Torre Attack | d4 Nf6 Nf3 e6 Bg5
A47 | Pseudo Queen's Indian Defense | d4 Nf6 Nf3 b6
A48 | East Indian Defense | d4 Nf6 Nf3 g6
A50 | Indian Defense: Normal Variation | d4 Nf6 c4
A50 | Mexican Defense | d4 Nf6 c4 Nc6
A51 | Indian Defense: Budapest Defense | d4 Nf6 c4 e5
A51 | Indian Defense: Budapest Defense, Fajarowicz Variation | d4 Nf6 c4 e5 dxe5 Ne4
A52 | Indian Defense: Budapest Defense, Adler Variation | d4 Nf6 c4 e5 dxe5 Ng4 Nf3
A53 | Old Indian Defense | d4 Nf6 c4 d6
A56 | Benoni Defense | d4 Nf6 c4 c5
A57 | Benko Gambit | d4 Nf6 c4 c5 d5 b5
A58 | Benko Gambit Accepted: Fully Accepted Variation | d4 Nf6 c4 c5 d5 b5 cxb5 a6 bxa6
A60 | Benoni Defense: Modern Variation | d4 Nf6 c4 c5 d5 e6
A65 | Benoni Defense: King's Pawn Line | {Modern Benoni} e4
A70 | Benoni Defense: Classical Variation | {Modern Benoni} e4 g6 Nf3
A80 | Dutch Defense | d4 f5
A80 | Dutch Defense: Hopton Attack | d4 f5 Bg5
A81 | Dutch Defense: Fianchetto Attack | d4 f5 g3
A82 | Dutch Defense: Staunton Gambit | d4 f5 e4
A84 | Dutch Defense | d4 f5 c4
A85 | Dutch Defense: Queen's Knight Variation | d4 f5 c4 Nf6 Nc3
A87 | Dutch Defense: Leningrad Variation | d4 f5 c4 Nf6 g3 g6 Bg2 Bg7 Nf3
A90 | Dutch Defense: Classical Variation | d4 f5 c4 Nf6 g3 e6 Bg2
B00 | King's Pawn Game | e4
B00 | Nimzowitsch Defense | e4 Nc6
B00 | Owen Defense | e4 b6
B00 | St. George Defense | e4 a6
B01 | Scandinavian Defense | e4 d5
B01 | Scandinavian Defense: Mieses-Kotroc Variation | e4 d5 exd5 Qxd5
B01 | Scandinavian Defense: Modern Variation | e4 d5 exd5 Nf6
B02 | Alekhine Defense | e4 Nf6
B03 | Alekhine Defense: Four Pawns Attack | e4 Nf6 e5 Nd5 d4 d6 c4 Nb6 f4
B04 | Alekhine Defense: Modern Variation | e4 Nf6 e5 Nd5 d4 d6 Nf3
B06 | Modern Defense | e4 g6
B07 | Pirc Defense | e4 d6 d4 Nf6 Nc3 g6
B08 | Pirc Defense: Classical Variation | e4 d6 d4 Nf6 Nc3 g6 Nf3
B09 | Pirc Defense: Austrian Attack | e4 d6 d4 Nf6 Nc3 g6 f4
B10 | Caro-Kann Defense | e4 c6
B12 | Caro-Kann Defense: Advance Variation | {Caro-Kann} e5
B13 | Caro-Kann Defense: Exchange Variation | {Caro-Kann} exd5 cxd5
B13 | Caro-Kann Defense: Panov Attack | {Caro-Kann} exd5 cxd5 c4
B15 | Caro-Kann Defense | {Caro-Kann} Nc3
B17 | Caro-Kann Defense: Karpov Variation | {Caro-Kann} Nc3 dxe4 Nxe4 Nd7
B18 | Caro-Kann Defense: Classical Variation | {Caro-Kann} Nc3 dxe4 Nxe4 Bf5
B20 | Sicilian Defense | e4 c5
B20 | Sicilian Defense: Bowdler Attack | e4 c5 Bc4
B21 | Sicilian Defense: Smith-Morra Gambit | e4 c5 d4
B21 | Sicilian Defense: McDonnell Attack | e4 c5 f4
B22 | Sicilian Defense: Alapin Variation | e4 c5 c3
B23 | Sicilian Defense: Closed | e4 c5 Nc3
B27 | Sicilian Defense: Hyperaccelerated Dragon | e4 c5 Nf3 g6
B30 | Sicilian Defense: Old Sicilian | e4 c5 Nf3 Nc6
B31 | Sicilian Defense: Nyezhmetdinov-Rossolimo Attack, Fianchetto Variation | e4 c5 Nf3 Nc6 Bb5 g6
B32 | Sicilian Defense: Open | e4 c5 Nf3 Nc6 d4 cxd4 Nxd4
B33 | Sicilian Defense: Lasker-Pelikan Variation | e4 c5 Nf3 Nc6 d4 cxd4 Nxd4 Nf6 Nc3 e5
B34 | Sicilian Defense: Accelerated Dragon | e4 c5 Nf3 Nc6 d4 cxd4 Nxd4 g6
B40 | Sicilian Defense: French Variation | e4 c5 Nf3 e6
B41 | Sicilian Defense: Kan Variation | e4 c5 Nf3 e6 d4 cxd4 Nxd4 a6
B45 | Sicilian Defense: Taimanov Variation | e4 c5 Nf3 e6 d4 cxd4 Nxd4 Nc6 Nc3
B50 | Sicilian Defense | e4 c5 Nf3 d6
B51 | Sicilian Defense: Moscow Variation | e4 c5 Nf3 d6 Bb5+
B56 | Sicilian Defense: Classical Variation | {Open Sicilian} Nc6
B70 | Sicilian Defense: Dragon Variation | {Open Sicilian} g6
B76 | Sicilian Defense: Dragon Variation, Yugoslav Attack | {Open Sicilian} g6 Be3 Bg7 f3 O-O
B80 | Sicilian Defense: Scheveningen Variation | {Open Sicilian} e6
B90 | Sicilian Defense: Najdorf Variation | {Open Sicilian} a6
B92 | Sicilian Defense: Najdorf Variation, Opocensky Variation | {Open Sicilian} a6 Be2
B94 | Sicilian Defense: Najdorf Variation | {Open Sicilian} a6 Bg5
C00 | French Defense | e4 e6
C00 | French Defense: King's Indian Attack | e4 e6 d3
C00 | French Defense: Knight Variation | e4 e6 Nf3
C01 | French Defense: Exchange Variation | {French} exd5
C02 | French Defense: Advance Variation | {French} e5
C03 | French Defense: Tarrasch Variation | {French} Nd2
C05 | French Defense: Tarrasch Variation, Closed Variation | {French} Nd2 Nf6
C07 | French Defense: Tarrasch Variation, Open System | {French} Nd2 c5
C10 | French Defense: Rubinstein Variation | {French} Nc3 dxe4
C11 | French Defense: Classical Variation | {French} Nc3 Nf6
C15 | French Defense: Winawer Variation | {French} Nc3 Bb4
C20 | King's Pawn Game | e4 e5
C20 | King's Pawn Game: Wayward Queen Attack | e4 e5 Qh5
C21 | Danish Gambit | e4 e5 d4 exd4 c3
C22 | Center Game | e4 e5 d4 exd4 Qxd4
C23 | Bishop's Opening | e4 e5 Bc4
C24 | Bishop's Opening: Berlin Defense | e4 e5 Bc4 Nf6
C25 | Vienna Game | e4 e5 Nc3
C26 | Vienna Game: Falkbeer Variation | e4 e5 Nc3 Nf6
C29 | Vienna Game: Vienna Gambit | e4 e5 Nc3 Nf6 f4 d5
C30 | King's Gambit | e4 e5 f4
C31 | King's Gambit Declined: Falkbeer Countergambit | e4 e5 f4 d5
C33 | King's Gambit Accepted | e4 e5 f4 exf4
C34 | King's Gambit Accepted: King's Knight's Gambit | e4 e5 f4 exf4 Nf3
C36 | King's Gambit Accepted: Modern Defense | e4 e5 f4 exf4 Nf3 d5
C40 | King's Knight Opening | e4 e5 Nf3
C40 | Latvian Gambit | e4 e5 Nf3 f5
C40 | Elephant Gambit | e4 e5 Nf3 d5
C41 | Philidor Defense | e4 e5 Nf3 d6
C42 | Russian Game | e4 e5 Nf3 Nf6
C43 | Russian Game: Modern Attack | e4 e5 Nf3 Nf6 d4
C44 | King's Knight Opening: Normal Variation | e4 e5 Nf3 Nc6
C44 | Ponziani Opening | e4 e5 Nf3 Nc6 c3
C44 | Scotch Game: Scotch Gambit | e4 e5 Nf3 Nc6 d4 exd4 Bc4
C45 | Scotch Game | e4 e5 Nf3 Nc6 d4 exd4 Nxd4
C46 | Three Knights Opening | e4 e5 Nf3 Nc6 Nc3
C47 | Four Knights Game | e4 e5 Nf3 Nc6 Nc3 Nf6
C48 | Four Knights Game: Spanish Variation | e4 e5 Nf3 Nc6 Nc3 Nf6 Bb5
C50 | Italian Game | {Italian}
C50 | Italian Game: Giuoco Piano | {Italian} Bc5
C51 | Italian Game: Evans Gambit | {Italian} Bc5 b4
C53 | Italian Game: Classical Variation | {Italian} Bc5 c3
C54 | Italian Game: Classical Variation, Giuoco Pianissimo | {Italian} Bc5 c3 Nf6 d3
C55 | Italian Game: Two Knights Defense | {Italian} Nf6
C57 | Italian Game: Two Knights Defense, Knight Attack | {Italian} Nf6 Ng5
C58 | Italian Game: Two Knights Defense, Polerio Defense | {Italian} Nf6 Ng5 d5 exd5 Na5
C60 | Ruy Lopez | {Spanish}
C61 | Ruy Lopez: Bird Variation | {Spanish} Nd4
C62 | Ruy Lopez: Steinitz Defense | {Spanish} d6
C63 | Ruy Lopez: Schliemann Defense | {Spanish} f5
C64 | Ruy Lopez: Classical Variation | {Spanish} Bc5
C65 | Ruy Lopez: Berlin Defense | {Spanish} Nf6
C67 | Ruy Lopez: Berlin Defense, Rio Gambit Accepted | {Spanish} Nf6 O-O Nxe4
C68 | Ruy Lopez: Exchange Variation | {Spanish} a6 Bxc6
C70 | Ruy Lopez: Morphy Defense | {Spanish} a6 Ba4
C78 | Ruy Lopez: Morphy Defense | {Spanish} a6 Ba4 Nf6 O-O
C80 | Ruy Lopez: Open | {Spanish} a6 Ba4 Nf6 O-O Nxe4
C84 | Ruy Lopez: Closed | {Spanish} a6 Ba4 Nf6 O-O Be7
C89 | Ruy Lopez: Marshall Attack | {Spanish} a6 Ba4 Nf6 O-O Be7 Re1 b5 Bb3 O-O c3 d5
C92 | Ruy Lopez: Closed | {Spanish} a6 Ba4 Nf6 O-O Be7 Re1 b5 Bb3 d6 c3 O-O h3
D00 | Queen's Pawn Game | d4 d5
D00 | Blackmar-Diemer Gambit | d4 d5 e4
D00 | Queen's Pawn Game: Accelerated London System | d4 d5 Bf4
D01 | Richter-Veresov Attack | d4 d5 Nc3 Nf6 Bg5
D01 | Rapport-Jobava System | d4 d5 Nc3 Nf6 Bf4
D02 | Queen's Pawn Game: Zukertort Variation | d4 d5 Nf3
D02 | Queen's Pawn Game: London System | d4 d5 Nf3 Nf6 Bf4
D03 | Queen's Pawn Game: Torre Attack | d4 d5 Nf3 Nf6 Bg5
D04 | Queen's Pawn Game: Colle System | d4 d5 Nf3 Nf6 e3
D06 | Queen's Gambit | d4 d5 c4
D07 | Queen's Gambit Declined: Chigorin Defense | d4 d5 c4 Nc6
D08 | Queen's Gambit Declined: Albin Countergambit | d4 d5 c4 e5
D09 | Queen's Gambit Declined: Albin Countergambit, Fianchetto Variation | d4 d5 c4 e5 dxe5 d4 Nf3 Nc6 g3
D10 | Slav Defense | {Slav}
D11 | Slav Defense: Modern Line | {Slav} Nf3
D13 | Slav Defense: Exchange Variation | {Slav} Nf3 Nf6 cxd5 cxd5
D17 | Slav Defense: Czech Variation | {Slav} Nf3 Nf6 Nc3 dxc4 a4 Bf5
D20 | Queen's Gambit Accepted | d4 d5 c4 dxc4
D26 | Queen's Gambit Accepted: Normal Variation | d4 d5 c4 dxc4 Nf3 Nf6 e3 e6
D30 | Queen's Gambit Declined | {Declined}
D31 | Queen's Gambit Declined: Queen's Knight Variation | {Declined} Nc3
D32 | Tarrasch Defense | {Declined} Nc3 c5
D35 | Queen's Gambit Declined: Exchange Variation | {Declined} Nc3 Nf6 cxd5 exd5
D37 | Queen's Gambit Declined: Harrwitz Attack | {Declined} Nc3 Nf6 Nf3 Be7 Bf4
D38 | Queen's Gambit Declined: Ragozin Defense | {Declined} Nc3 Nf6 Nf3 Bb4
D43 | Semi-Slav Defense | {Slav} Nf3 Nf6 Nc3 e6
D47 | Semi-Slav Defense: Meran Variation | {Slav} Nf3 Nf6 Nc3 e6 e3 Nbd7 Bd3 dxc4 Bxc4
D50 | Queen's Gambit Declined: Modern Variation | {Declined} Nc3 Nf6 Bg5
D53 | Queen's Gambit Declined | {Declined} Nc3 Nf6 Bg5 Be7
D80 | Grünfeld Defense | d4 Nf6 c4 g6 Nc3 d5
D82 | Grünfeld Defense: Brinckmann Attack | d4 Nf6 c4 g6 Nc3 d5 Bf4
D85 | Grünfeld Defense: Exchange Variation | d4 Nf6 c4 g6 Nc3 d5 cxd5 Nxd5
D90 | Grünfeld Defense: Three Knights Variation | d4 Nf6 c4 g6 Nc3 d5 Nf3
E00 | Catalan Opening | d4 Nf6 c4 e6 g3
E01 | Catalan Opening: Closed | d4 Nf6 c4 e6 g3 d5 Bg2
E04 | Catalan Opening: Open Defense | d4 Nf6 c4 e6 g3 d5 Bg2 dxc4 Nf3
E10 | Indian Defense: Anti-Nimzo-Indian | d4 Nf6 c4 e6 Nf3
E10 | Blumenfeld Countergambit | d4 Nf6 c4 e6 Nf3 c5 d5 b5
E11 | Bogo-Indian Defense | d4 Nf6 c4 e6 Nf3 Bb4+
E12 | Queen's Indian Defense | d4 Nf6 c4 e6 Nf3 b6
E15 | Queen's Indian Defense: Fianchetto Variation | d4 Nf6 c4 e6 Nf3 b6 g3
E20 | Nimzo-Indian Defense | {Nimzo-Indian}
E24 | Nimzo-Indian Defense: Sämisch Variation | {Nimzo-Indian} a3 Bxc3+ bxc3
E32 | Nimzo-Indian Defense: Classical Variation | {Nimzo-Indian} Qc2
E40 | Nimzo-Indian Defense: Normal Line | {Nimzo-Indian} e3
E60 | King's Indian Defense | d4 Nf6 c4 g6
E61 | King's Indian Defense | {King's Indian}
E62 | King's Indian Defense: Fianchetto Variation | {King's Indian} Nf3 d6 g3
E70 | King's Indian Defense: Normal Variation | {King's Indian} e4 d6
E73 | King's Indian Defense: Averbakh Variation | {King's Indian} e4 d6 Be2 O-O Bg5
E76 | King's Indian Defense: Four Pawns Attack | {King's Indian} e4 d6 f4
E80 | King's Indian Defense: Sämisch Variation | {King's Indian} e4 d6 f3
E90 | King's Indian Defense: Normal Variation | {King's Indian} e4 d6 Nf3
E92 | King's Indian Defense: Orthodox Variation | {King's Indian} e4 d6 Nf3 O-O Be2 e5
E97 | King's Indian Defense: Orthodox Variation, Classical System | {King's Indian} e4 d6 Nf3 O-O Be2 e5 O-O Nc6
`;

/** All openings, each named by the last position of its moves. */
export const OPENINGS: readonly Opening[] = TABLE.trim().split("\n").map(
  (row) => {
    const [eco, name, line] = row.split(" | ");
    const moves = line.replace(/^\{.*\}/, (stem) => STEMS[stem]).split(" ");
    return { eco, name, moves };
  },
);
