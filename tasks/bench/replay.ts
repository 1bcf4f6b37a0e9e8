import { type ChessJs, Game, GameLoader } from "../../mod.ts";

/** What a benchmark is given. */
export interface BenchContext {
  /** The archive whose games are used. */
  database: string;
  /** Fewer games and rounds. */
  quick?: boolean;
}

/** What a benchmark found. */
export interface BenchTable {
  title: string;
  columns: readonly string[];
  rows: readonly (readonly (string | number)[])[];
}

/** The name of this group. */
export const group = "replay";

interface Contestant {
  readonly name: string;
  /** Replays all games once and returns how many half-moves there were. */
  replay(): number;
}

/**
 * Replays the same real games with chess.js and with `Game.mainline()`, each
 * move checked in full: parsed from the text of a new `Game` here, handed over
 * move by move there, which is to its favour.
 */
export async function run(context: BenchContext): Promise<BenchTable> {
  const { database, quick = false } = context;
  const games = await loadGames(database, quick ? 500 : 5000);
  const texts = games.map(({ pgn }) => pgn);
  const scripts = games.map(scriptOf);
  const chess = new Game("*").toChess();
  const plain: [Contestant, Contestant] = [
    { name: "chess.js move()", replay: () => playScripts(chess, scripts) },
    { name: "Game.mainline()", replay: () => playTexts(texts) },
  ];
  const withFens: [Contestant, Contestant] = [
    {
      name: "chess.js move() and fen()",
      replay: () => playScripts(chess, scripts, true),
    },
    {
      name: "Game.mainline() and fen()",
      replay: () => playTexts(texts, true),
    },
  ];
  const rows = [plain, withFens].flatMap((pair) =>
    compare(pair, games.length, quick ? 3 : 5)
  );
  return {
    title: `replay: ${games.length} games of ${database}`,
    columns: ["", "games/s", "half-moves/s", "µs/half-move", "times as fast"],
    rows,
  };
}

/** Games that chess.js can play. */
async function loadGames(database: string, count: number): Promise<Game[]> {
  const games: Game[] = [];
  const loader = new GameLoader(database, { cache: null });
  for await (const game of loader.loadGames()) {
    const { Variant = "Standard" } = game.tags;
    if (Variant !== "Standard" && Variant !== "From Position") continue;
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
  withFen = false,
): number {
  let plies = 0;
  for (const { fen, sans } of scripts) {
    if (fen === "") continue;
    chess.load(fen);
    for (const san of sans) {
      if (withFen) use(chess.fen());
      chess.move(san);
      plies++;
    }
  }
  return plies;
}

function playTexts(texts: readonly string[], withFen = false): number {
  let plies = 0;
  for (const text of texts) {
    for (const { position } of new Game(text).mainline()) {
      if (withFen) use(position.fen());
      plies++;
    }
  }
  return plies;
}

let used = 0;

/** Reads one character, so that the text is really made. */
function use(text: string): void {
  used += text.charCodeAt(text.length >> 1);
}

/** Best times; chess.js plays once, between the rounds of the faster one. */
function compare(
  [baseline, contestant]: [Contestant, Contestant],
  games: number,
  rounds: number,
): (string | number)[][] {
  const times = [baseline, contestant].map(() => Infinity);
  let plies = 0;
  const measure = (i: number, { replay }: Contestant) => {
    const start = performance.now();
    plies = replay();
    times[i] = Math.min(times[i], performance.now() - start);
  };
  for (let round = 0; round < rounds; round++) measure(1, contestant);
  measure(0, baseline);
  for (let round = 0; round < rounds; round++) measure(1, contestant);
  return [baseline, contestant].map(({ name }, i) => [
    name,
    Math.round(games / times[i] * 1000),
    Math.round(plies / times[i] * 1000),
    Number((times[i] / plies * 1000).toFixed(3)),
    Number((times[0] / times[i]).toFixed(1)),
  ]);
}

if (import.meta.main) {
  const [database = "data/lichess_sample.pgn.zst", flag] = Deno.args;
  const table = await run({ database, quick: flag === "--quick" });
  console.log(table.title);
  for (const row of [table.columns, ...table.rows]) console.log(row.join("\t"));
}
