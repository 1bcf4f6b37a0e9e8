import { type ChessJs, Game, GameLoader } from "../../mod.ts";
import {
  atLeast,
  type BenchContext,
  type BenchGroup,
  type BenchReport,
  type BenchTable,
  type Claim,
} from "./_bench.ts";
import { type Contestant, race, type Timing } from "./_race.ts";

const GAMES = 5000;
const QUICK_GAMES = 400;
/** chess.js takes a minute for what takes us a fifth of a second. */
const BASELINE_ROUNDS = 2;

/**
 * The same real games with chess.js and with `Game.mainline()`, every move
 * checked in full: read from the text of a new `Game` here, handed over move by
 * move there, which is to its favour.
 */
export const group: BenchGroup = {
  name: "replay",
  question: "How fast are games replayed with every move checked?",
  run,
};

async function run(bench: BenchContext): Promise<BenchReport> {
  const { corpus, quick } = bench;
  const games = await loadGames(
    corpus.database,
    quick ? QUICK_GAMES : GAMES,
  );
  const texts = games.map(({ pgn }) => pgn);
  const scripts = games.map(scriptOf);
  const plies = scripts.reduce((sum, { sans }) => sum + sans.length, 0);
  const chess = new Game("*").toChess();
  const tables: BenchTable[] = [];
  const claims: Claim[] = [];
  for (
    const { title, withFen, bound } of [
      { title: "the moves", withFen: false, bound: 250 },
      { title: "the moves, with a FEN at each", withFen: true, bound: 40 },
    ]
  ) {
    const timings = await compare(bench, {
      name: "chess.js move()",
      run: () => playScripts(chess, scripts, withFen),
    }, {
      name: "Game.mainline()",
      run: () => playTexts(texts, withFen),
    });
    tables.push({
      title: `${title} of ${games.length} games`,
      columns: ["", "games/s", "half-moves/s", "µs/half-move", "ratio"],
      rows: timings.map(({ name, best }) => [
        name,
        Math.round(games.length / best * 1000),
        Math.round(plies / best * 1000),
        best / plies * 1000,
        timings[0].best / best,
      ]),
    });
    const ratio = timings[0].best / timings[1].best;
    claims.push(
      atLeast(`Game.mainline(), ${title}, to chess.js`, ratio, bound, "times"),
    );
  }
  return { tables, claims };
}

async function compare(
  { quick, rounds, signal }: BenchContext,
  baseline: Contestant,
  contestant: Contestant,
): Promise<Timing[]> {
  const half = Math.ceil(rounds / 2);
  const [before] = await race([contestant], { rounds: half, signal });
  const baselineRounds = quick ? 1 : Math.min(rounds, BASELINE_ROUNDS);
  const [slow] = await race([baseline], {
    rounds: baselineRounds,
    warmUp: 0,
    signal,
  });
  const [after] = await race([contestant], { rounds: half, signal });
  return [slow, before.best < after.best ? before : after];
}

/** Games that chess.js can play, from the beginning of the archive. */
async function loadGames(database: string, count: number): Promise<Game[]> {
  const games: Game[] = [];
  await using loader = new GameLoader(database, { cache: null });
  for await (const game of loader.loadGames()) {
    const { Variant = "Standard" } = game.tags;
    if (Variant !== "Standard" && Variant !== "From Position") continue;
    try {
      scriptOf(game);
    } catch {
      continue; // The sample has a few bad games.
    }
    games.push(game);
    if (games.length === count) break;
  }
  return games;
}

/** A game as chess.js takes it: where it begins, and its moves in SAN. */
interface Script {
  readonly fen: string;
  readonly sans: readonly string[];
}

function scriptOf(game: Game): Script {
  let fen = "";
  const sans: string[] = [];
  for (const { position, san } of game.mainline()) {
    if (fen === "") fen = position.fen();
    sans.push(san);
  }
  return { fen, sans };
}

function playScripts(
  chess: ChessJs,
  scripts: readonly Script[],
  withFen: boolean,
): void {
  for (const { fen, sans } of scripts) {
    if (fen === "") continue;
    chess.load(fen);
    for (const san of sans) {
      if (withFen) look(chess.fen());
      chess.move(san);
    }
  }
}

function playTexts(texts: readonly string[], withFen: boolean): void {
  for (const text of texts) {
    for (const { position } of new Game(text).mainline()) {
      if (withFen) look(position.fen());
    }
  }
}

let looks = 0;

/** Reads a character, so that the text must really be made. */
function look(text: string): void {
  looks += text.charCodeAt(text.length >> 1);
}
