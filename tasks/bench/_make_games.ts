/**
 * Makes archives of games for tests and benchmarks, as Lichess writes them or
 * with what real archives do: random legal games under realistic tags, the same
 * ones for the same seed.
 */
import { Buffer } from "node:buffer";
import type { Evaluation } from "../../mod.ts";
import {
  type Fault,
  type FaultKind,
  FAULTS,
  writeGame,
} from "./_make_faults.ts";
import { type MoveList, moveLists } from "./_make_moves.ts";
import { between, pick, seededRandom } from "./_random.ts";

export { type Fault, FAULTS } from "./_make_faults.ts";
export { between, pick, seededRandom } from "./_random.ts";

/** What becomes of a game when its archive is read. */
export type Fate =
  /** It is returned and can be played through. */
  | "good"
  /** It is returned, and playing it through fails. */
  | "unplayable"
  /** It is skipped and counted. */
  | "bad";

/** A game that was made, with what a reader must find in it. */
export interface MadeGame {
  /** From its first tag to the end of its movetext, as a reader returns it. */
  readonly text: string;
  /** What the archive has in front of it. */
  readonly before: string;
  /** Whether the archive has it in Latin-1 instead of UTF-8. */
  readonly latin1: boolean;
  readonly tags: Readonly<Record<string, string>>;
  readonly moves: MoveList;
  /** Seconds after each half-move; absent in a game without clocks. */
  readonly clocks?: readonly number[];
  /** Evaluations after each half-move, undefined where there is none. */
  readonly evals?: readonly (Evaluation | undefined)[];
  readonly fault?: Fault;
  readonly fate: Fate;
}

/** How many games, from 0 to 1, have something. */
export interface Shares {
  /** Clocks. @default {0.9} */
  clocks?: number;
  /** Evaluations, with mates, a tenth of them only in part. @default {0.08} */
  evals?: number;
  /** Comments of words. @default {0} */
  comments?: number;
  /** Variations, some nested. @default {0} */
  variations?: number;
  /** Glyphs such as `$2` and `?!`. @default {0} */
  nags?: number;
  /** No moves. @default {0.004} */
  zeroMoves?: number;
  /** A Chess960 start. @default {0} */
  chess960?: number;
  /** A start from a position. @default {0} */
  position?: number;
  /** A variant of the rules that is no chess. @default {0} */
  otherVariants?: number;
  /** Moves spelled in other ways than the standard's. @default {0} */
  spellings?: number;
  /** Tags absent or `?`. @default {0.01} */
  missingTags?: number;
  /** One of `faults`. @default {0} */
  faults?: number;
}

/** Options of {@linkcode makeGames}. */
export interface MakeOptions {
  /** How many; without it there is no end. */
  count?: number;
  /** What they are drawn with. @default {1} */
  seed?: number;
  /** How many different move lists of each start are used. @default {1000} */
  lists?: number;
  /** What they have. */
  shares?: Shares;
  /** The faults that `shares.faults` of the games have. @default {all} */
  faults?: readonly Fault[];
}

const SHARES: Required<Shares> = {
  clocks: 0.9,
  evals: 0.08,
  comments: 0,
  variations: 0,
  nags: 0,
  zeroMoves: 0.004,
  chess960: 0,
  position: 0,
  otherVariants: 0,
  spellings: 0,
  missingTags: 0.01,
  faults: 0,
};

/** A bit of everything that can be read, with no fault: for tests of readers. */
export const VARIED: Shares = {
  clocks: 0.6,
  evals: 0.3,
  comments: 0.2,
  variations: 0.15,
  nags: 0.15,
  zeroMoves: 0.02,
  chess960: 0.08,
  position: 0.05,
  otherVariants: 0.02,
  spellings: 0.1,
  missingTags: 0.05,
};

/** Makes games one after the other. */
export function* makeGames(options: MakeOptions = {}): Generator<MadeGame> {
  const { count = Infinity, seed = 1, lists = 1000 } = options;
  const faults = options.faults ?? (Object.keys(FAULTS) as Fault[]);
  const shares = { ...SHARES, ...options.shares };
  const random = seededRandom(seed);
  // A game that nothing closed needs a tidy one after it.
  let afterOpen = false;
  for (let number = 0; number < count; number++) {
    const has = (share: keyof Shares) => random() < shares[share];
    const start = has("chess960")
      ? "chess960"
      : has("position")
      ? "position"
      : "standard";
    const list = pick(moveLists(start, lists, seed), random);
    const moves = has("zeroMoves") ? withoutMoves(list) : list;
    const plan: Plan = {
      clocks: has("clocks"),
      evals: has("evals"),
      comments: has("comments"),
      variations: has("variations"),
      nags: has("nags"),
      spellings: has("spellings"),
      otherVariant: start === "standard" && has("otherVariants"),
      missingTags: has("missingTags"),
      fault: has("faults") ? pick(faults, random) : undefined,
    };
    const game = makeGame(moves, plan, number, seed, afterOpen, random);
    afterOpen = game.fault !== undefined && FAULTS[game.fault].isOpen === true;
    yield game;
  }
}

/** The text of an archive of these games. */
export function archiveOf(games: Iterable<MadeGame>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat([...encodeGames(games)]));
}

/** The bytes of an archive in chunks of a game or of about a megabyte. */
function* encodeGames(games: Iterable<MadeGame>): Generator<Uint8Array> {
  let text = "";
  for (const game of games) {
    if (game.latin1) {
      yield ENCODER.encode(text);
      yield latin1(game.before + game.text);
      text = "";
      continue;
    }
    text += game.before + game.text;
    if (text.length > 1 << 20) {
      yield ENCODER.encode(text);
      text = "";
    }
  }
  yield ENCODER.encode(text + "\n");
}

/** What a game is to have. */
interface Plan {
  readonly clocks: boolean;
  readonly evals: boolean;
  readonly comments: boolean;
  readonly variations: boolean;
  readonly nags: boolean;
  readonly spellings: boolean;
  readonly otherVariant: boolean;
  readonly missingTags: boolean;
  readonly fault: Fault | undefined;
}

function makeGame(
  moves: MoveList,
  plan: Plan,
  number: number,
  seed: number,
  afterOpen: boolean,
  random: () => number,
): MadeGame {
  const control = pick(CONTROLS, random);
  const outcome = outcomeOf(moves, random);
  const tags = makeTags(moves, control, outcome, number, seed, random);
  if (plan.otherVariant) tags.Variant = pick(OTHER_VARIANTS, random);
  if (plan.missingTags) dropTags(tags, random);
  const hasClocks = plan.clocks && control.base > 0;
  const clocks = hasClocks ? makeClocks(moves, control, random) : undefined;
  const evals = plan.evals ? makeEvals(moves, random) : undefined;
  const isPlain = clocks === undefined && evals === undefined &&
    !plan.comments && !plan.variations && !plan.nags && !plan.spellings;
  const kind: FaultKind = plan.fault === undefined ? {} : FAULTS[plan.fault];
  const parts = {
    tags,
    halfMoves: isPlain && plan.fault === undefined
      // Joined already: corpora of millions of games are made of these.
      ? moves.plain === "" ? [] : [moves.plain]
      : writeMoves(moves, { ...plan, clocks, evals, random }),
    result: outcome.result,
    random,
  };
  const gap = number === 0 ? "" : afterOpen ? GAP : kind.gap ?? GAP;
  return {
    text: kind.write?.(parts) ?? writeGame(parts),
    before: afterOpen ? gap : gap + (kind.before ?? ""),
    latin1: kind.latin1 ?? false,
    tags,
    moves,
    clocks,
    evals,
    fault: plan.fault,
    fate: kind.fate ?? (plan.otherVariant ? "unplayable" : "good"),
  };
}

const OTHER_VARIANTS = ["Atomic", "Crazyhouse", "Antichess", "Horde"];

const GAP = "\n\n";

function withoutMoves(list: MoveList): MoveList {
  return {
    ...list,
    ucis: [],
    sans: [],
    numbers: [],
    plain: "",
    lastFen: list.fen,
    end: "open",
    variations: new Map(),
  };
}

interface Control {
  readonly speed: string;
  readonly base: number;
  readonly increment: number;
}

const CONTROLS: readonly Control[] = [
  ["Bullet", 60, 0],
  ["Bullet", 60, 0],
  ["Bullet", 120, 1],
  ["UltraBullet", 15, 0],
  ["Blitz", 180, 0],
  ["Blitz", 180, 2],
  ["Blitz", 300, 0],
  ["Blitz", 300, 3],
  ["Rapid", 600, 0],
  ["Rapid", 600, 5],
  ["Rapid", 900, 10],
  ["Classical", 1800, 0],
  ["Classical", 1800, 20],
  ["Correspondence", 0, 0],
].map(([speed, base, increment]) => ({ speed, base, increment }) as Control);

interface Outcome {
  readonly result: string;
  readonly termination: string;
}

function outcomeOf(moves: MoveList, random: () => number): Outcome {
  const loser = moves.lastFen.includes(" w ") ? "0-1" : "1-0";
  if (moves.end === "checkmate") {
    return { result: loser, termination: "Normal" };
  }
  if (moves.end === "stalemate") {
    return { result: "1/2-1/2", termination: "Normal" };
  }
  if (moves.end === "material") {
    return { result: "1/2-1/2", termination: "Insufficient material" };
  }
  const drawn = random();
  if (drawn < 0.05) return { result: "1/2-1/2", termination: "Normal" };
  if (drawn < 0.055) return { result: "*", termination: "Unterminated" };
  const result = random() < 0.5 ? "1-0" : "0-1";
  if (drawn < 0.3) return { result, termination: "Time forfeit" };
  if (drawn < 0.305) return { result, termination: "Rules infraction" };
  if (drawn < 0.315) return { result, termination: "Abandoned" };
  return { result, termination: "Normal" };
}

function makeTags(
  moves: MoveList,
  control: Control,
  { result, termination }: Outcome,
  number: number,
  seed: number,
  random: () => number,
): Record<string, string> {
  const { speed, base, increment } = control;
  const isChess960 = moves.start === "chess960";
  const rated = random() < 0.95 ? "Rated" : "Casual";
  const kind = isChess960 ? "Chess960" : speed;
  const white = makePlayer(random);
  // A few play themselves.
  const black = random() < 0.001 ? white : makePlayer(random, white.rating);
  const date = dateOf(number);
  const eco = pick(ECO_CODES, random);
  const diff = between(0, 12, random);
  const won = result === "1-0" ? 1 : result === "0-1" ? -1 : 0;
  const tags: Record<string, string> = {
    Event: `${rated} ${kind} game`,
    Site: `https://chess.example/${idOf(number, seed)}`,
    Date: date,
    Round: "-",
    White: white.name,
    Black: black.name,
    Result: result,
    UTCDate: date,
    UTCTime: timeOf(number),
    WhiteElo: String(white.rating),
    BlackElo: String(black.rating),
    WhiteRatingDiff: signed(won * diff),
    BlackRatingDiff: signed(-won * diff),
  };
  if (white.title !== "") tags.WhiteTitle = white.title;
  if (black.title !== "") tags.BlackTitle = black.title;
  tags.ECO = moves.start === "standard" ? eco : "?";
  tags.Opening = moves.start === "standard" ? OPENINGS[eco[0]] : "?";
  tags.TimeControl = base === 0 ? "-" : `${base}+${increment}`;
  tags.Termination = termination;
  if (moves.start !== "standard") {
    tags.FEN = moves.fen;
    tags.SetUp = "1";
    tags.Variant = isChess960 ? "Chess960" : "From Position";
  }
  return tags;
}

interface Player {
  readonly name: string;
  readonly rating: number;
  readonly title: string;
}

/** Ratings are spread as Lichess' are; the second player's is near the first's. */
function makePlayer(random: () => number, near?: number): Player {
  const bell = random() + random() + random() + random() - 2;
  const rating = Math.min(
    3000,
    Math.max(
      600,
      Math.round(near === undefined ? 1620 + bell * 640 : near + bell * 180),
    ),
  );
  const title = random() < 0.004 ? "BOT" : random() < 0.004 ? "FM" : "";
  const name = title === "BOT" ? "engine" : pick(NAMES, random);
  return { name: `${name}-${between(1, 9999, random)}`, rating, title };
}

const NAMES = [
  "pawn",
  "Knight",
  "bishop_pair",
  "rook-lift",
  "queen",
  "KingWalk",
  "zugzwang",
  "Läufer",
  "слон",
  "将",
];

/** The codes, those of the first of each volume's openings more often. */
const ECO_CODES: readonly string[] = Array.from(
  { length: 500 },
  (_, i) => "ABCDE"[Math.floor(i / 100)] + String(i % 100).padStart(2, "0"),
).flatMap((code) =>
  Array(
    /^(A0|A4|B0|B2|C0|C2|C4|D0|D3)/.test(code) ? 12 : 1,
  ).fill(code)
);

const OPENINGS: Record<string, string> = {
  A: "Flank Opening",
  B: "Semi-Open Game: Main Line",
  C: "Open Game: Queen's Knight Variation, Old Line",
  D: "Closed Game",
  E: "Indian Defense",
};

/** Five minutes pass from one game to the next. */
function dateOf(number: number): string {
  const day = Math.floor(number / 288);
  const date = new Date(Date.UTC(2021, 0, 1 + day));
  return date.toISOString().slice(0, 10).replaceAll("-", ".");
}

function timeOf(number: number): string {
  const seconds = number % 288 * 300;
  return [seconds / 3600, seconds / 60 % 60, seconds % 60]
    .map((part) => String(Math.floor(part)).padStart(2, "0")).join(":");
}

const LETTERS =
  "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** How many words there are of four letters. */
const WORDS = LETTERS.length ** 4;

/** Eight letters that no other game of the seed has. */
function idOf(number: number, seed: number): string {
  const low = number * 104_729 % WORDS;
  const high =
    (Math.imul(number + 1, 0x9e3779b1) ^ Math.imul(seed, 0x85ebca6b)) >>> 0;
  return wordOf(low) + wordOf(high % WORDS);
}

function wordOf(value: number): string {
  let word = "";
  for (let i = 0; i < 4; i++) {
    word += LETTERS[value % LETTERS.length];
    value = Math.floor(value / LETTERS.length);
  }
  return word;
}

function signed(value: number): string {
  return value < 0 ? String(value) : `+${value}`;
}

/** Takes a tag away, or what it says. */
function dropTags(tags: Record<string, string>, random: () => number): void {
  const name = pick(
    [
      "Date",
      "Round",
      "UTCDate",
      "WhiteElo",
      "BlackElo",
      "ECO",
      "Opening",
      "TimeControl",
      "Termination",
    ],
    random,
  );
  if (random() < 0.5) delete tags[name];
  else tags[name] = "?";
}

function makeClocks(
  { ucis }: MoveList,
  { base, increment }: Control,
  random: () => number,
): number[] {
  const clocks: number[] = [];
  const left = [base, base];
  for (let ply = 0; ply < ucis.length; ply++) {
    const share = random() * random() * (ply < 16 ? 0.5 : 1);
    const thought = Math.floor(Math.min(left[ply & 1], base) * share * 0.08);
    left[ply & 1] = Math.max(
      0,
      left[ply & 1] - thought + (ply < 2 ? 0 : increment),
    );
    clocks.push(left[ply & 1]);
  }
  return clocks;
}

/** Wanders as evaluations do; the mating move has none. */
function makeEvals(
  moves: MoveList,
  random: () => number,
): (Evaluation | undefined)[] {
  const { length } = moves.ucis;
  const evaluated = random() < 0.1 ? between(0, length, random) : length;
  const isMate = moves.end === "checkmate";
  const won = moves.lastFen.includes(" w ") ? -1 : 1;
  const evals: (Evaluation | undefined)[] = [];
  let cp = 20;
  for (let ply = 0; ply < length; ply++) {
    cp += Math.round((random() - 0.5) * (random() < 0.1 ? 600 : 60));
    const left = (length - ply) >> 1;
    if (ply >= evaluated || isMate && ply === length - 1) evals.push(undefined);
    else if (isMate && left < 5) evals.push({ mate: won * Math.max(1, left) });
    else if (Math.abs(cp) > 1000) {
      evals.push({ mate: Math.sign(cp) * between(1, 15, random) });
    } else evals.push({ cp });
  }
  return evals;
}

/** What stands with the moves of a game. */
interface Writing {
  readonly clocks?: readonly number[];
  readonly evals?: readonly (Evaluation | undefined)[];
  readonly comments: boolean;
  readonly variations: boolean;
  readonly nags: boolean;
  readonly spellings: boolean;
  readonly random: () => number;
}

function writeMoves(moves: MoveList, writing: Writing): string[] {
  const { sans, numbers, ucis, variations } = moves;
  const { clocks, evals, random } = writing;
  // Black's move has its number at the start and after anything but a move.
  let numbered = true;
  return sans.map((san, ply) => {
    let text = numbered || !numbers[ply].endsWith("... ") ? numbers[ply] : "";
    text += writing.spellings
      ? spellMove(san, ucis[ply], moves.start === "chess960", random)
      : san;
    const { length } = text;
    if (writing.nags && random() < 0.2) text += pick(GLYPHS, random);
    const value = evals?.[ply];
    if (value !== undefined || clocks !== undefined) {
      text += " {";
      if (value !== undefined) text += ` [%eval ${writeEval(value)}]`;
      if (clocks !== undefined) text += ` [%clk ${writeClock(clocks[ply])}]`;
      text += " }";
    }
    if (writing.comments && random() < 0.1) {
      text += ` { ${pick(REMARKS, random)} }`;
    }
    if (writing.variations && variations.has(ply)) {
      text += ` ${variations.get(ply)}`;
    }
    numbered = text.length > length;
    return text;
  });
}

const GLYPHS = ["?!", "?", "!", "??", "!?", "!!", " $1", " $2", " $10 $146"];

const REMARKS = [
  "White is better.",
  "(0.20 → 1.10) Inaccuracy. Nf3 was best.",
  "A comment with ( parentheses ), [brackets] and a ; semicolon",
  "Läufer schlägt, Zug 7... danach 1-0?",
  "[%csl Ga1,Rb2] [%cal Ge2e4]",
  "1. e4 e5 2. Nf3",
];

function writeEval(value: Evaluation): string {
  if ("mate" in value) return `#${value.mate}`;
  const { cp } = value;
  return cp % 10 === 0 ? (cp / 100).toFixed(1) : (cp / 100).toFixed(2);
}

const clockTexts: string[] = [];

function writeClock(seconds: number): string {
  return clockTexts[seconds] ??= [
    seconds / 3600,
    seconds / 60 % 60,
    seconds % 60,
  ]
    .map((part, i) => String(Math.floor(part)).padStart(i === 0 ? 1 : 2, "0"))
    .join(":");
}

/** A move as people also write it. */
function spellMove(
  san: string,
  uci: string,
  isChess960: boolean,
  random: () => number,
): string {
  const kind = between(0, 8, random);
  if (san.startsWith("O-O")) {
    return kind < 3 ? san.replaceAll("O", "0") : kind < 5 ? `${san}!` : san;
  }
  switch (kind) {
    case 0:
      return isChess960 ? san : uci;
    case 1:
      return san.replace("=", "");
    case 2: // from its square
      return /^[NBRQ]/.test(san)
        ? san.replace(
          /^(.)[a-h]?[1-8]?(x?[a-h][1-8])/,
          `$1${uci.slice(0, 2)}$2`,
        )
        : san;
    case 3:
      return san.replace("#", "++");
    case 4:
      return san.replace("x", "");
    case 7:
      return san.replace(
        /^[KQRBN]/,
        (piece) => "♔♕♖♗♘"["KQRBN".indexOf(piece)],
      );
    case 5:
      return `${san}!`;
    case 6:
      return san.replace(/[+#]$/, "");
    default:
      return san;
  }
}

const ENCODER = new TextEncoder();

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => {
    const code = character.codePointAt(0)!;
    return code < 256 ? code : 0x3f;
  });
}
