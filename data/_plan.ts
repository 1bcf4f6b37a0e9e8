/**
 * Decides what is known of a game before its first move: who plays, when, at
 * what speed, from where, and how it is written. All of it is a function of the
 * game's number, so that the same game is planned again from the number alone.
 */
import { type Opening, OPENINGS } from "./_openings.ts";

/** The games of the sample. */
export const GAME_COUNT = 2000;
/** Numbers of the games that are bad on purpose, with what is wrong with them. */
export const FAULTS: Readonly<Record<number, Fault>> = {
  250: "illegal castling",
  921: "lost FEN",
  1500: "missing move",
};

/** What is wrong with a game. */
export type Fault = "illegal castling" | "lost FEN" | "missing move";

/** One side of a game. */
export interface Player {
  readonly name: string;
  /** The Elo that the engine is limited to; `undefined` is full strength. */
  readonly strength: number | undefined;
  /** The rating in the tags. */
  readonly rating: number | undefined;
  readonly isBot: boolean;
}

/** How a game may end apart from the rules of chess. */
export interface Endings {
  /** A loss in centipawns at which a player resigns; `Infinity` plays to the mate. */
  readonly resignsAt: number;
  /** Half-moves of equality until a draw is agreed; `Infinity` never. */
  readonly drawsAfter: number;
  /** Whether a third repetition is claimed. A fifth always ends the game. */
  readonly claimsRepetition: boolean;
  /** Who thinks too long, if one does. */
  readonly slow: "white" | "black" | undefined;
  /** After how many half-moves the game is broken off, and with which Termination. */
  readonly broken:
    | { readonly after: number; readonly termination: string }
    | undefined;
}

/** What is known of a game before its first move. */
export interface Plan {
  readonly number: number;
  readonly id: string;
  readonly playedAt: Date;
  readonly event: string;
  readonly white: Player;
  readonly black: Player;
  /** `undefined` in correspondence games. */
  readonly clock:
    | { readonly base: number; readonly increment: number }
    | undefined;
  readonly variant: "Standard" | "Chess960" | "From Position";
  /** The FEN of the start where it is not the usual one. */
  readonly fen: string | undefined;
  readonly opening: Opening | undefined;
  readonly endings: Endings;
  readonly hasEvals: boolean;
  /** Which evaluations are left out. */
  readonly gaps: "none" | "some" | "after";
  readonly hasClocks: boolean;
  /** Whether mistakes are annotated, with the better line as a variation. */
  readonly isAnnotated: boolean;
  /** Whether it is written as an export, with `GameId`, or as in a dump. */
  readonly isExport: boolean;
  readonly fault: Fault | undefined;
}

/** Draws numbers from a seed. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
  }

  /** A number in [0, 1). */
  next(): number {
    this.#state = this.#state + 0x6d2b79f5 >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ t >>> 15, t | 1);
    t ^= t + Math.imul(t ^ t >>> 7, t | 61);
    return ((t ^ t >>> 14) >>> 0) / 2 ** 32;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }
}

const FIRST_DAY = Date.UTC(2015, 0, 1);
const LAST_DAY = Date.UTC(2026, 5, 30);
/** From here on the archives of Lichess have clocks. */
const FIRST_CLOCKS = Date.UTC(2017, 3, 1);

const TIME_CONTROLS = [
  "15+0",
  "30+0",
  "60+0",
  "60+0",
  "60+1",
  "120+1",
  "180+0",
  "180+0",
  "180+2",
  "180+2",
  "300+0",
  "300+0",
  "300+3",
  "300+3",
  "480+0",
  "600+0",
  "600+0",
  "600+5",
  "600+10",
  "900+10",
  "900+15",
  "1800+0",
  "1800+20",
  "3600+30",
  "-",
];

/** Positions to start from: odds, tabiyas and endings, some of them drawn. */
const START_FENS = [
  "rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/R1BQKBNR w KQkq - 0 1",
  "rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/1NBQKBNR w Kkq - 0 1",
  "4k3/pppppppp/8/8/8/8/PPPPPPPP/4K3 w - - 0 1",
  "8/8/4k3/8/8/3RK3/8/6r1 w - - 0 1",
  "8/8/8/3k4/8/8/3BN3/4K3 w - - 0 1",
  "8/8/3k4/3r4/8/8/3QK3/8 w - - 0 1",
  "8/5pkp/6p1/8/r7/6P1/3R1P1P/6K1 w - - 0 1",
  "8/3k1b2/2p2p2/1p1p1p1p/1P1P1P1P/2P1BP2/3K4/8 b - - 12 41",
  "r1bqkbnr/pppp1ppp/2n5/4p3/2B1P3/5N2/PPPP1PPP/RNBQK2R b KQkq - 3 3",
  "r2q1rk1/pb1nbppp/1p2pn2/2pp4/3P4/1P1BPN2/PB1N1PPP/R2Q1RK1 w - - 4 10",
];

/** Plans a game. */
export function planGame(number: number): Plan {
  const random = new Random(number);
  const id = drawId(random);
  const span = (LAST_DAY - FIRST_DAY) / GAME_COUNT;
  const playedAt = new Date(
    Math.floor((FIRST_DAY + (number + random.next()) * span) / 1000) * 1000,
  );
  const fault = FAULTS[number];
  const variant = number % 100 === 37
    ? "Chess960"
    : number % 50 === 21
    ? "From Position"
    : "Standard";
  const timeControl = random.pick(TIME_CONTROLS);
  const clock = readTimeControl(timeControl);
  const isRated = random.chance(0.85);
  const [white, black] = drawPlayers(random);
  const hasEvals = random.chance(0.36);
  const isExport = random.chance(0.25);
  return {
    number,
    id,
    playedAt,
    event: drawEvent(random, isRated, variant, clock),
    white,
    black,
    clock,
    variant,
    fen: variant === "Chess960"
      ? chess960Fen(random.below(960))
      : variant === "From Position"
      ? START_FENS[Math.floor(number / 50) % START_FENS.length]
      : undefined,
    opening: variant === "Standard" ? random.pick(OPENINGS) : undefined,
    endings: drawEndings(random, fault, variant),
    hasEvals,
    gaps: random.pick(["none", "none", "none", "none", "some", "after"]),
    hasClocks: clock !== undefined && playedAt.getTime() >= FIRST_CLOCKS,
    isAnnotated: hasEvals && isExport && random.chance(0.6),
    isExport,
    fault,
  };
}

function drawId(random: Random): string {
  const letters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  return Array.from({ length: 8 }, () => letters[random.below(62)]).join("");
}

function readTimeControl(text: string): Plan["clock"] {
  if (text === "-") return undefined;
  const [base, increment] = text.split("+").map(Number);
  return { base, increment };
}

function drawPlayers(random: Random): [Player, Player] {
  const strength = 1350 + random.next() * 1450;
  const other = strength +
    (random.chance(0.2)
      ? (random.chance(0.5) ? 1 : -1) * (300 + random.next() * 600)
      : (random.next() - 0.5) * 200);
  const players: [Player, Player] = [
    drawPlayer(random, strength),
    drawPlayer(random, other),
  ];
  return random.chance(0.5) ? players : [players[1], players[0]];
}

function drawPlayer(random: Random, wanted: number): Player {
  const isFull = random.chance(0.02);
  const strength = Math.min(2800, Math.max(1350, Math.round(wanted / 50) * 50));
  const noise = Math.round((random.next() - 0.5) * 80);
  const isUnknown = random.chance(0.01);
  const isBot = random.chance(0.06);
  return {
    name: isFull ? "stockfish" : `stockfish-${strength}`,
    strength: isFull ? undefined : strength,
    rating: isUnknown ? undefined : (isFull ? 3000 : strength) + noise,
    isBot,
  };
}

/** The Event's word is not always that of the clock, as in real archives. */
function drawEvent(
  random: Random,
  isRated: boolean,
  variant: Plan["variant"],
  clock: Plan["clock"],
): string {
  const speeds = ["UltraBullet", "Bullet", "Blitz", "Rapid", "Classical"];
  const estimate = clock && clock.base + 40 * clock.increment;
  const index = [30, 180, 480, 1500].filter((from) => estimate! >= from).length;
  const lies = random.chance(0.03);
  const speed = clock === undefined
    ? "Correspondence"
    : speeds[lies ? Math.min(index + 1, 4) : index];
  const place = clock !== undefined && random.chance(0.15)
    ? `tournament https://chess.example/tournament/${drawId(random)}`
    : "game";
  if (variant === "From Position") return "Casual From Position game";
  const kind = variant === "Chess960" ? variant : speed;
  return `${isRated ? "Rated" : "Casual"} ${kind} ${place}`;
}

function drawEndings(
  random: Random,
  fault: Fault | undefined,
  variant: Plan["variant"],
): Endings {
  const isLong = random.chance(0.25) ||
    variant === "From Position" && random.chance(0.7);
  const broken = fault === undefined && random.chance(0.025)
    ? random.pick([
      { after: 0, termination: "Abandoned" },
      { after: random.below(3), termination: "Abandoned" },
      { after: 6 + random.below(60), termination: "Unterminated" },
      { after: 20 + random.below(40), termination: "Rules infraction" },
    ])
    : undefined;
  return {
    resignsAt: isLong ? Infinity : 350 + random.below(700),
    drawsAfter: isLong ? Infinity : 4 + random.below(12),
    claimsRepetition: !isLong || random.chance(0.7),
    slow: random.chance(0.16) ? random.pick(["white", "black"]) : undefined,
    broken,
  };
}

/** The start position of a number from 0 to 959, by Scharnagl's method. */
function chess960Fen(number: number): string {
  const rank = new Array<string>(8).fill("");
  const take = (count: number) => {
    const rest = number % count;
    number = Math.floor(number / count);
    return rest;
  };
  const put = (piece: string, index: number) => {
    const free = [...rank.keys()].filter((file) => rank[file] === "");
    rank[free[index]] = piece;
  };
  rank[take(4) * 2 + 1] = "b";
  rank[take(4) * 2] = "b";
  put("q", take(6));
  const knights = [
    [0, 0],
    [0, 1],
    [0, 2],
    [0, 3],
    [1, 1],
    [1, 2],
    [1, 3],
    [2, 2],
    [2, 3],
    [3, 3],
  ][number];
  put("n", knights[0]);
  put("n", knights[1]);
  for (const piece of ["r", "k", "r"]) put(piece, 0);
  const pieces = rank.join("");
  return `${pieces}/pppppppp/8/8/8/8/PPPPPPPP/${pieces.toUpperCase()} w KQkq - 0 1`;
}
