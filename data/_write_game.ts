/** Writes played games as the dumps and exports of Lichess have them, and reads them back. */
import { parseFen, type Position } from "../mod.ts";
import { type Opening, OPENINGS } from "./_openings.ts";
import { type Plan, type Player, Random } from "./_plan.ts";

/** What a game's Result can be. */
export type Result = "1-0" | "0-1" | "1/2-1/2" | "*";

/** What only playing gives: the rest is in the plan of the game's number. */
export interface PlayedGame {
  readonly number: number;
  /** In SAN. */
  readonly moves: readonly string[];
  /** Seconds of the mover after each move. */
  readonly clocks: readonly number[];
  /** As in `%eval`, after each move; empty where there is none. */
  readonly evals: readonly string[];
  /** By half-move, what should have been played instead. */
  readonly better: Readonly<Record<number, readonly string[]>>;
  readonly result: Result;
  readonly termination: string;
}

/** The usual start. */
export const START_FEN =
  "rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1";
/** From here on a draw by too few pieces is named in Termination. */
const FIRST_INSUFFICIENT = Date.UTC(2019, 0, 1);
/** Before, dumps have neither Date nor Round. */
const FIRST_DATES = Date.UTC(2017, 3, 1);

/** Win chance lost, the glyph, its NAG and its word; the worst first. */
const MISTAKES = [
  { loss: 0.3, glyph: "??", nag: "$4", word: "Blunder" },
  { loss: 0.2, glyph: "?", nag: "$2", word: "Mistake" },
  { loss: 0.1, glyph: "?!", nag: "$6", word: "Inaccuracy" },
] as const;

/**
 * Writes a game.
 *
 * @param plan The plan of the game's number.
 * @param game What was played.
 * @returns The text, without the empty line after it.
 */
export function writeGame(plan: Plan, game: PlayedGame): string {
  const tags = writeTags(plan, game).map(([name, value]) =>
    `[${name} "${value}"]\n`
  );
  const moves = writeMoves(plan, game);
  return `${tags.join("")}\n${moves} ${game.result}\n`;
}

function writeTags(plan: Plan, game: PlayedGame): [string, string][] {
  const { white, black } = plan;
  const day = plan.playedAt.toISOString().slice(0, 10).replaceAll("-", ".");
  const time = plan.playedAt.toISOString().slice(11, 19);
  const opening = openingOf(plan, game);
  const isDated = plan.isExport || plan.playedAt.getTime() >= FIRST_DATES;
  const [whiteDiff, blackDiff] = ratingDiffs(plan, game);
  const tags: [string, string | undefined | false][] = [
    ["Event", plan.event],
    ["Site", `https://chess.example/${plan.id}`],
    ["Date", isDated && day],
    ["Round", isDated && !plan.isExport && "-"],
    ["White", white.name],
    ["Black", black.name],
    ["Result", game.result],
    ["GameId", plan.isExport && plan.id],
    ["UTCDate", day],
    ["UTCTime", time],
    ["WhiteElo", writeRating(white)],
    ["BlackElo", writeRating(black)],
    ["WhiteRatingDiff", whiteDiff],
    ["BlackRatingDiff", blackDiff],
    ["WhiteTitle", white.isBot && "BOT"],
    ["BlackTitle", black.isBot && "BOT"],
    ["ECO", opening?.eco ?? "?"],
    ["Opening", opening?.name ?? "?"],
    ["TimeControl", writeTimeControl(plan)],
    ["Termination", terminationOf(plan, game)],
    ["FEN", plan.fault !== "lost FEN" && plan.fen],
    ["SetUp", plan.fen && "1"],
    [
      "Variant",
      (plan.isExport || plan.variant !== "Standard") && plan.variant,
    ],
    ["Annotator", plan.isAnnotated && "https://chess.example/analysis"],
  ];
  return tags.filter((tag): tag is [string, string] => !!tag[1]);
}

function writeRating({ rating }: Player): string {
  return rating === undefined ? "?" : String(rating);
}

function writeTimeControl({ clock }: Plan): string {
  return clock === undefined ? "-" : `${clock.base}+${clock.increment}`;
}

/** What both gain or lose, in rated games that are finished. */
function ratingDiffs(
  { event, white, black }: Plan,
  { moves, result }: PlayedGame,
): [string?, string?] {
  if (
    !event.startsWith("Rated") || result === "*" || moves.length < 2 ||
    white.rating === undefined || black.rating === undefined
  ) return [];
  const expected = 1 / (1 + 10 ** ((black.rating - white.rating) / 400));
  const score = result === "1-0" ? 1 : result === "0-1" ? 0 : 0.5;
  const gain = Math.round(12 * (score - expected));
  const write = (diff: number) => diff < 0 ? String(diff) : `+${diff}`;
  return [write(gain), write(gain === 0 ? 0 : -gain)];
}

/** The last opening of the table whose position was on the board. */
function openingOf(plan: Plan, game: PlayedGame): Opening | undefined {
  if (plan.variant !== "Standard") return undefined;
  let found: Opening | undefined;
  const position = startOf(plan);
  for (const move of game.moves.slice(0, LONGEST_OPENING)) {
    position.play(move);
    found = OPENING_AFTER.get(placement(position)) ?? found;
  }
  return found;
}

function terminationOf(plan: Plan, game: PlayedGame): string {
  if (
    game.termination !== "Normal" || game.result !== "1/2-1/2" ||
    plan.playedAt.getTime() < FIRST_INSUFFICIENT
  ) return game.termination;
  const position = startOf(plan);
  for (const move of game.moves) position.play(move);
  return position.pieceCount <= 3 && !/[pqr]/i.test(placement(position))
    ? "Insufficient material"
    : "Normal";
}

function startOf({ fen = START_FEN, variant }: Plan): Position {
  return parseFen(
    fen,
    variant === "Chess960" ? { castling: "king-takes-rook" } : {},
  );
}

/** The pieces alone, by which transpositions are found. */
function placement(position: Position): string {
  return position.fen().split(" ")[0];
}

const LONGEST_OPENING = Math.max(...OPENINGS.map(({ moves }) => moves.length));
const OPENING_AFTER = new Map(OPENINGS.map((opening) => {
  const position = parseFen(START_FEN);
  for (const move of opening.moves) position.play(move);
  return [placement(position), opening];
}));

function writeMoves(plan: Plan, game: PlayedGame): string {
  const evals = keptEvals(plan, game);
  const [, side, , , , first] = (plan.fen ?? START_FEN).split(" ");
  const offset = (Number(first) - 1) * 2 + (side === "b" ? 1 : 0);
  const hasNags = plan.number % 2 === 0;
  const opening = plan.isAnnotated ? openingOf(plan, game) : undefined;
  const words: string[] = [];
  let isInterrupted = true;
  game.moves.forEach((san, ply) => {
    const number = numberOf(offset + ply);
    if (isInterrupted || number.endsWith(" ")) words.push(number.trimEnd());
    const mistake = mistakeAt(plan, evals, ply);
    const length = words.length + 1;
    words.push(
      san + (mistake && !(plan.isAnnotated && hasNags) ? mistake.glyph : ""),
    );
    if (plan.isAnnotated && mistake && hasNags) words.push(mistake.nag);
    const better = plan.isAnnotated && mistake && ply > 0
      ? game.better[ply]
      : undefined;
    if (better) {
      const change = `(${evals[ply - 1]} → ${evals[ply]})`;
      words.push(`{ ${change} ${mistake!.word}. ${better[0]} was best. }`);
    }
    const facts = [
      ...evals[ply] ? [`[%eval ${evals[ply]}]`] : [],
      ...plan.hasClocks ? [`[%clk ${writeClock(game.clocks[ply])}]`] : [],
    ];
    if (facts.length > 0) words.push(`{ ${facts.join(" ")} }`);
    if (opening !== undefined && ply === opening.moves.length - 1) {
      words.push(`{ ${opening.eco} ${opening.name} }`);
    }
    if (better) words.push(writeVariation(better, offset + ply));
    isInterrupted = words.length > length &&
      !/^\$\d+$/.test(words[words.length - 1]);
  });
  return words.join(" ");
}

/** `12. ` for White and `12...` for Black, who needs it only after a comment. */
function numberOf(ply: number): string {
  return `${(ply >> 1) + 1}${ply % 2 === 0 ? ". " : "..."}`;
}

/** The evaluations but for those that the plan leaves out. */
function keptEvals(plan: Plan, { moves, evals }: PlayedGame): string[] {
  const random = new Random(plan.number + 2_000_000);
  const last = 10 + random.below(30);
  return moves.map((_, ply) => {
    const isLost = random.chance(0.2);
    if (plan.gaps === "some" && isLost) return "";
    if (plan.gaps === "after" && ply >= last) return "";
    return plan.hasEvals ? evals[ply] ?? "" : "";
  });
}

function mistakeAt(plan: Plan, evals: readonly string[], ply: number) {
  const before = ply === 0 ? "0.15" : evals[ply - 1];
  if (!before || !evals[ply]) return undefined;
  const isBlack = ((plan.fen ?? START_FEN).split(" ")[1] === "b") !==
    (ply % 2 === 1);
  const loss = (winChance(before) - winChance(evals[ply])) * (isBlack ? -1 : 1);
  return MISTAKES.find((mistake) => loss >= mistake.loss);
}

/** From -1 to 1, for White. */
function winChance(evaluation: string): number {
  const cp = evaluation.startsWith("#")
    ? evaluation[1] === "-" ? -1000 : 1000
    : Math.max(-1000, Math.min(1000, Number(evaluation) * 100));
  return 2 / (1 + Math.exp(-0.00368208 * cp)) - 1;
}

function writeVariation(moves: readonly string[], ply: number): string {
  const words = moves.map((san, k) => {
    const number = numberOf(ply + k);
    if (k === 0) return `${number.trimEnd()} ${san}`;
    return number.endsWith(" ") ? number + san : san;
  });
  return `(${words.join(" ")})`;
}

function writeClock(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${
    two(seconds % 60)
  }`;
}

/**
 * Reads what was played back from a text of {@linkcode writeGame}, and from no
 * other: with the plan of the number, it makes the same text again.
 */
export function readGame(number: number, text: string): PlayedGame {
  const tag = (name: string) =>
    text.match(new RegExp(`^\\[${name} "(.*)"\\]$`, "m"))![1];
  const moves: string[] = [];
  const clocks: number[] = [];
  const evals: string[] = [];
  const better: Record<number, string[]> = {};
  const movetext = text.slice(text.indexOf("\n\n") + 2);
  for (const [word] of movetext.matchAll(/\{.*?\}|\(.*?\)|\S+/g)) {
    const ply = moves.length - 1;
    if (word.startsWith("{")) {
      evals[ply] = word.match(/\[%eval (.*?)\]/)?.[1] ?? evals[ply];
      const clock = word.match(/\[%clk (\d+):(\d+):(\d+)\]/);
      if (clock !== null) {
        const [hours, minutes, seconds] = clock.slice(1).map(Number);
        clocks[ply] = (hours * 60 + minutes) * 60 + seconds;
      }
    } else if (word.startsWith("(")) {
      better[ply] = word.slice(1, -1).split(" ").filter(isMove);
    } else if (isMove(word)) {
      moves.push(word.replace(/[?!]+$/, ""));
      evals.push("");
    }
  }
  return {
    number,
    moves,
    clocks,
    evals,
    better,
    result: tag("Result") as Result,
    termination: tag("Termination"),
  };
}

function isMove(word: string): boolean {
  return /^[a-hKQRBNO]/.test(word);
}
