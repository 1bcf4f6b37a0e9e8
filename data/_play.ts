/** Plays planned games with Stockfish, and keeps what the archive will hold. */
import { Chess } from "npm:chess.js@1.4.0";
import { parseFen, type Position } from "../mod.ts";
import { type Plan, type Player, Random } from "./_plan.ts";
import { type PlayedGame, type Result, START_FEN } from "./_write_game.ts";

/** What a move may cost: few nodes, as strength comes from the engine's limit. */
const MOVE_NODES = 1000;
const FULL_STRENGTH_NODES = 4000;
const EVAL_NODES = 3000;
/** No game is longer. */
const MAX_PLIES = 400;
const MATE = 10_000;
/** Win chance lost at which a move is annotated. */
const MISTAKE = 0.2;

interface Search {
  readonly move: string;
  /** In centipawns for the side to move; mates are next to {@linkcode MATE}. */
  readonly score: number;
  readonly line: readonly string[];
}

/** A Stockfish that is spoken to by UCI. */
export class Engine implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<string>;
  #buffer = "";

  constructor(path: string) {
    this.#child = new Deno.Command(path, { stdin: "piped", stdout: "piped" })
      .spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#reader = this.#child.stdout.pipeThrough(new TextDecoderStream())
      .getReader();
  }

  async newGame(isChess960: boolean): Promise<void> {
    await this.#send(
      "setoption name Hash value 4",
      `setoption name UCI_Chess960 value ${isChess960}`,
      "ucinewgame",
      "isready",
    );
    while (await this.#readLine() !== "readyok");
  }

  async search(
    position: string,
    strength: number | undefined,
    nodes: number,
  ): Promise<Search> {
    await this.#send(
      `setoption name UCI_LimitStrength value ${strength !== undefined}`,
      ...strength === undefined
        ? []
        : [`setoption name UCI_Elo value ${strength}`],
      `position ${position}`,
      `go nodes ${nodes}`,
    );
    let score = 0;
    let line: string[] = [];
    for (;;) {
      const text = await this.#readLine();
      const info = text.match(
        /multipv 1 score (cp|mate) (-?\d+)( \w+bound)?.* pv (.*)/,
      );
      if (info !== null && info[3] === undefined) {
        const value = Number(info[2]);
        score = info[1] === "cp"
          ? value
          : value > 0
          ? MATE - value
          : -MATE - value;
        line = info[4].split(" ");
      }
      const best = text.match(/^bestmove (\S+)/);
      if (best !== null) return { move: best[1], score, line };
    }
  }

  async #send(...lines: string[]): Promise<void> {
    await this.#writer.write(
      new TextEncoder().encode(lines.map((line) => `${line}\n`).join("")),
    );
  }

  async #readLine(): Promise<string> {
    for (;;) {
      const end = this.#buffer.indexOf("\n");
      if (end !== -1) {
        const line = this.#buffer.slice(0, end).trimEnd();
        this.#buffer = this.#buffer.slice(end + 1);
        return line;
      }
      const { value, done } = await this.#reader.read();
      if (done) throw new Error("Cannot play as the engine has ended");
      this.#buffer += value;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#send("quit");
    await this.#writer.close();
    await this.#reader.cancel();
    await this.#child.status;
  }
}

/** Plays a game as it is planned. */
export async function playGame(
  plan: Plan,
  engine: Engine,
): Promise<PlayedGame> {
  const random = new Random(plan.number + 1_000_000);
  await engine.newGame(plan.variant === "Chess960");
  const referee = new Referee(plan);
  const clocks = new Clocks(plan, random);
  const offers = new Offers(plan);
  const game = new Transcript(plan);
  for (;;) {
    const side = referee.position.turn;
    const ply = referee.moves.length;
    const ended = endByRules(referee, plan.endings.claimsRepetition) ??
      breakOff(plan, ply, random);
    if (ended !== undefined) return game.end(...ended);
    let move = plan.opening?.moves[ply];
    if (move === undefined) {
      const found = await engine.search(
        referee.uci(),
        plan[side].strength,
        nodesOf(plan[side]),
      );
      const agreed = offers.consider(side, found.score, ply);
      if (agreed !== undefined) return game.end(agreed, "Normal");
      move = found.move;
    }
    if (!clocks.press(side)) {
      return game.end(referee.resultOfTimeout(side), "Time forfeit");
    }
    game.add(referee.play(move), clocks.left[side]);
    if (plan.hasEvals && endByRules(referee, false) === undefined) {
      const search = await engine.search(referee.uci(), undefined, EVAL_NODES);
      game.evaluate(referee.position, search);
    }
  }
}

function nodesOf({ strength }: Player): number {
  return strength === undefined ? FULL_STRENGTH_NODES : MOVE_NODES;
}

/** How a game ends that the plan, or its length, breaks off here. */
function breakOff(
  { endings: { broken } }: Plan,
  ply: number,
  random: Random,
): [Result, string] | undefined {
  if (ply >= MAX_PLIES) return ["*", "Unterminated"];
  if (ply !== broken?.after) return undefined;
  const results: Record<string, Result[]> = {
    "Abandoned": ["1-0", "0-1", "*"],
    "Rules infraction": ["1-0", "0-1"],
    "Unterminated": ["*"],
  };
  return [random.pick(results[broken.termination]), broken.termination];
}

function lossOf(side: "white" | "black"): Result {
  return side === "white" ? "0-1" : "1-0";
}

/** Who resigns, and when a draw is agreed. */
class Offers {
  readonly #plan: Plan;
  readonly #lost = { white: 0, black: 0 };
  #equal = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  /** The result, if the side to move does not play on with this score. */
  consider(
    side: "white" | "black",
    score: number,
    ply: number,
  ): Result | undefined {
    const { resignsAt, drawsAfter } = this.#plan.endings;
    this.#lost[side] = score <= -resignsAt ? this.#lost[side] + 1 : 0;
    if (this.#lost[side] >= 3) return lossOf(side);
    this.#equal = Math.abs(score) <= 60 ? this.#equal + 1 : 0;
    return ply > 36 && this.#equal > drawsAfter ? "1/2-1/2" : undefined;
  }
}

/** The position, by our rules, and by those of chess.js where it knows them. */
class Referee {
  readonly position: Position;
  readonly moves: string[] = [];
  readonly #fen: string;
  readonly #chess: Chess | undefined;

  constructor({ fen = START_FEN, variant }: Plan) {
    this.#fen = fen;
    this.position = parseFen(
      fen,
      variant === "Chess960" ? { castling: "king-takes-rook" } : {},
    );
    this.#chess = variant === "Chess960" ? undefined : new Chess(fen);
  }

  uci(): string {
    return `fen ${this.#fen} moves ${this.moves.join(" ")}`;
  }

  play(move: string): string {
    const san = this.position.san(move);
    this.moves.push(this.position.uci(move));
    this.position.play(move);
    if (this.#chess !== undefined) {
      const played = this.#chess.move(san);
      const fen = this.#chess.fen();
      if (played.san !== san || fen !== this.position.fen()) {
        throw new Error(`Cannot agree with chess.js on ${san}: ${fen}`);
      }
    }
    return san;
  }

  /** The letters of all pieces but the kings. */
  pieces(): string {
    return this.position.fen().split(" ")[0].replaceAll(/[^a-z]|k/gi, "");
  }

  /** A draw where the other side could not mate. */
  resultOfTimeout(side: "white" | "black"): Result {
    const others = side === "white" ? /[a-z]/ : /[A-Z]/;
    return others.test(this.pieces()) ? lossOf(side) : "1/2-1/2";
  }
}

function endByRules(
  referee: Referee,
  claimsRepetition: boolean,
): [Result, string] | undefined {
  const { position } = referee;
  if (position.legalMoves().length === 0) {
    const result = position.isCheck() ? lossOf(position.turn) : "1/2-1/2";
    return [result, "Normal"];
  }
  if (/^[bn]?$/i.test(referee.pieces())) return ["1/2-1/2", "Normal"];
  if (
    position.halfMoveClock >= 100 ||
    position.repetitionCount >= (claimsRepetition ? 3 : 5)
  ) return ["1/2-1/2", "Normal"];
  return undefined;
}

/** A simple model of thinking time. */
class Clocks {
  readonly left = { white: 0, black: 0 };
  readonly #plan: Plan;
  readonly #random: Random;
  #presses = 0;

  constructor(plan: Plan, random: Random) {
    this.#plan = plan;
    this.#random = random;
    this.left.white = this.left.black = plan.clock?.base ?? 0;
  }

  /** Takes the time of a move; `false` where it was too long. */
  press(side: "white" | "black"): boolean {
    const { clock, endings } = this.#plan;
    const isSlow = endings.slow === side;
    // The clocks run once both have moved.
    if (this.#presses++ < 2) return true;
    if (clock === undefined) {
      return !(isSlow && this.#presses > 16 && this.#random.chance(0.03));
    }
    const left = this.left[side];
    const isTroubled = left < clock.base * 0.08;
    if (isSlow && isTroubled && this.#random.chance(0.12)) return false;
    const pace = (clock.base / 45 + clock.increment * 0.7) *
      (this.#presses < 14 ? 0.3 : 1) * (isSlow ? 2 : 1);
    const cap = left * (isSlow ? 0.4 : 0.12) + clock.increment * 0.6;
    const spent = Math.min(pace * this.#spread(), cap);
    this.left[side] = left - spent + clock.increment;
    return true;
  }

  /** Most moves are quick, some take long: a lognormal of mean about 1. */
  #spread(): number {
    const normal = Math.sqrt(-2 * Math.log(1 - this.#random.next())) *
      Math.cos(2 * Math.PI * this.#random.next());
    return Math.exp(0.85 * normal - 0.36);
  }
}

/** Gathers what the archive will hold of a game. */
class Transcript {
  readonly #plan: Plan;
  readonly #moves: string[] = [];
  readonly #clocks: number[] = [];
  readonly #evals: string[] = [];
  readonly #better: Record<number, string[]> = {};
  #last: { chance: number; line: string[] } | undefined;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  add(san: string, clock: number): void {
    this.#moves.push(san);
    this.#clocks.push(Math.floor(clock));
    this.#evals.push("");
  }

  /** Takes what is thought of the position after the last move. */
  evaluate(position: Position, { score, line }: Search): void {
    const ply = this.#moves.length - 1;
    const white = position.turn === "white" ? score : -score;
    this.#evals[ply] = writeEval(white);
    const chance = -winChance(score);
    if (
      this.#plan.isAnnotated && this.#last !== undefined &&
      -this.#last.chance - chance > MISTAKE &&
      this.#last.line[0] !== this.#moves[ply]
    ) this.#better[ply] = this.#last.line;
    this.#last = { chance, line: writeLine(position, line.slice(0, 6)) };
  }

  end(result: Result, termination: string): PlayedGame {
    return {
      number: this.#plan.number,
      moves: this.#moves,
      clocks: this.#clocks,
      evals: this.#evals,
      better: this.#better,
      result,
      termination,
    };
  }
}

function writeEval(score: number): string {
  if (Math.abs(score) > MATE / 2) {
    return `#${score > 0 ? MATE - score : -MATE - score}`;
  }
  const pawns = String(score / 100);
  return pawns.includes(".") ? pawns : `${pawns}.0`;
}

function winChance(score: number): number {
  const cp = Math.max(-1000, Math.min(1000, score));
  return 2 / (1 + Math.exp(-0.00368208 * cp)) - 1;
}

function writeLine(position: Position, line: readonly string[]): string[] {
  const copy = position.clone();
  return line.map((move) => {
    const san = copy.san(move);
    copy.play(move);
    return san;
  });
}
