import { type ChessJs, Game, GameLoader, SampleExtractor } from "../../mod.ts";
import { formatNumber } from "../_output.ts";
import {
  atLeast,
  atMost,
  type BenchContext,
  type BenchGroup,
  type BenchReport,
} from "./_bench.ts";
import { cacheArchive, type CachedArchive } from "./_cached_archive.ts";
import { type Contestant, race, summaryOf } from "./_race.ts";
import { peakOf } from "./memory.ts";

/** From games to the arrays that nets read. */
export const group: BenchGroup = {
  name: "batches",
  question: "How fast do games become batches?",
  run,
};

const INPUTS = [
  "planes-12",
  "maia2-18",
  "lc0-112",
  "az-119",
  "maia3-64x96",
  "searchless-77",
  "halfkav2_hm-22528",
  "halfkav2_hm-24576",
  "chess768",
] as const;

/** How many times as long as the bare replay of the games it may take. */
const MOST_OF_REPLAY: Readonly<Record<string, number>> = {
  "planes-12": 4,
  "lc0-112": 15,
};
/** How many times as fast as chess.js, planes-12 alone. */
const LEAST_OF_CHESS_JS = 100;
/**
 * How many times as long as a round to samples one to batches may take. Both read
 * and replay the games, which is two fifths of the former.
 */
const MOST_OF_SAMPLES = 1;
const ROUND = 100;
const CACHED_GAMES = 10_000;
/** Megabytes over a process that is connected, with arrays that are used again. */
const MOST_OVER = 120;

async function run(bench: BenchContext): Promise<BenchReport> {
  const archive = await cacheArchive(bench, CACHED_GAMES);
  const measured = [
    await encode(bench),
    await rounds(bench, archive),
    await memory(bench, archive),
  ];
  return {
    tables: measured.flatMap(({ tables }) => tables),
    claims: measured.flatMap(({ claims = [] }) => claims),
    notes: [
      "Games in memory, one thread, batches of 1,024, window 256, lc0-1858, " +
      "the arrays used again.",
      ...(bench.quick
        ? ["Encodings are judged on 2,000 games, when code has been compiled."]
        : []),
    ],
  };
}

/** Encodes games that are in memory. */
async function encode(bench: BenchContext): Promise<BenchReport> {
  const { corpus, quick, rounds, signal } = bench;
  const texts = await loadTexts(corpus.database, quick ? 300 : 2000);
  const positions = new Set<number>();
  const extractor = new SampleExtractor(new MemoryLoader(texts), {
    skipPlies: 0,
    minPieces: 0,
  });
  const timings = await race([
    { name: "a bare replay", run: () => void positions.add(replayAll(texts)) },
    ...INPUTS.map((inputs): Contestant => ({
      name: inputs,
      async run() {
        let count = 0;
        const batches = extractor.extractBatches({
          batchSize: 1024,
          inputs,
          policy: "lc0-1858",
          reuseBuffers: true,
        });
        for await (const { size } of batches) count += size;
        positions.add(count);
      },
    })),
  ], { rounds, signal });
  if (positions.size !== 1) {
    throw new Error(`The positions differ: ${[...positions].join(", ")}`);
  }
  const [count] = positions;
  const few = texts.slice(0, quick ? 10 : 40);
  const fewPositions = replayAll(few);
  const [slow] = await race([{
    name: "planes-12, by chess.js",
    run: () => encodeByChessJs(few),
  }], { rounds: 1, signal });
  const perSecond = (cpu: number, positions: number) => positions / cpu * 1000;
  const slowSpeed = perSecond(slow.cpu, fewPositions);
  const [bare, ...encoded] = timings;
  const cpuOf = (name: string) =>
    encoded.find((timing) => timing.name === name)!.cpu;
  return {
    tables: [{
      title: `${formatNumber(count)} positions of ${
        formatNumber(texts.length)
      } games`,
      columns: [
        "",
        "best ms",
        "median ms",
        "CPU ms",
        "positions/s of CPU",
        "of the replay",
      ],
      rows: [
        ...timings.map(({ name, best, median, cpu }) => [
          name,
          best,
          median,
          cpu,
          Math.round(perSecond(cpu, count)),
          cpu / bare.cpu,
        ]),
        [
          slow.name,
          slow.best,
          slow.median,
          slow.cpu,
          Math.round(slowSpeed),
          perSecond(bare.cpu, count) / slowSpeed,
        ],
      ],
    }],
    claims: quick ? [] : [
      ...Object.entries(MOST_OF_REPLAY).map(([name, most]) =>
        atMost(`CPU of ${name}, of a bare replay`, cpuOf(name) / bare.cpu, most)
      ),
      atLeast(
        "planes-12, to chess.js",
        perSecond(cpuOf("planes-12"), count) / slowSpeed,
        LEAST_OF_CHESS_JS,
        "times",
      ),
    ],
  };
}

/** A round of a node, to samples and to batches. */
async function rounds(
  { rounds, signal }: BenchContext,
  archive: CachedArchive,
): Promise<BenchReport> {
  await using loader = new GameLoader(archive.path, { cache: archive.url });
  const extractor = new SampleExtractor(loader);
  const query = { offset: archive.games - ROUND, maxGames: ROUND };
  const timings = await race([
    {
      name: "games, replayed",
      async run() {
        for await (const game of loader.loadGames(query)) use(replay(game));
      },
    },
    {
      name: "samples",
      async run() {
        for await (const { fen } of extractor.extractSamples(query)) use(fen);
      },
    },
    {
      name: "batches, planes-12",
      async run() {
        const batches = extractor.extractBatches({
          ...query,
          batchSize: 1024,
          reuseBuffers: true,
        });
        for await (const { size } of batches) use(size);
      },
    },
  ], { rounds: rounds * 4, warmUp: 20, signal });
  const [, samples, batches] = timings;
  const ratio = batches.cpu / samples.cpu;
  return {
    tables: [{
      title: `A round of ${ROUND} games from Redis`,
      columns: ["", "best ms", "median ms", "CPU ms", "of the samples'"],
      rows: timings.map(({ name, best, median, cpu }) => [
        name,
        best,
        median,
        cpu,
        cpu / samples.cpu,
      ]),
    }],
    claims: [
      atMost(
        "CPU of a round to batches, of one to samples",
        ratio,
        MOST_OF_SAMPLES,
      ),
    ],
  };
}

/** What a process needs in which batches for lc0's nets are made. */
async function memory(
  { quick, rounds, signal }: BenchContext,
  { path, url, games }: CachedArchive,
): Promise<BenchReport> {
  const node = (arrays: string) => ["_memory_batches.ts", path, url, arrays];
  const processes: readonly [name: string, args: readonly string[]][] = [
    ["the packages, connected", ["_memory_floor.ts", url]],
    ["the arrays used again", node("used-again")],
    ["new arrays for each batch", node("new")],
  ];
  const rows: [name: string, best: number, median: number, over: number][] = [];
  for (const [name, args] of processes) {
    const peaks: number[] = [];
    for (let i = 0; i < (quick ? 1 : rounds); i++) {
      peaks.push(await peakOf(args, signal));
    }
    const { best, median } = summaryOf(peaks);
    rows.push([name, best, median, best - (rows[0]?.[1] ?? best)]);
  }
  return {
    tables: [{
      title: `Peak resident memory, batches of 1,024 for lc0-112 of ${
        formatNumber(games)
      } shuffled games from Redis`,
      columns: ["", "best MB", "median MB", "MB over the first"],
      rows,
    }],
    claims: [
      atMost(
        "batches for lc0-112, over a process that is connected",
        rows[1][3],
        MOST_OVER,
        "MB",
      ),
    ],
  };
}

/** Gives games that are in memory, new ones each time. */
class MemoryLoader extends GameLoader {
  readonly #texts: readonly string[];

  constructor(texts: readonly string[]) {
    super("-", { cache: null });
    this.#texts = texts;
  }

  override loadGames(): ReadableStream<Game> {
    let next = 0;
    return new ReadableStream<Game>({
      pull: (controller) => {
        const end = Math.min(next + 64, this.#texts.length);
        while (next < end) controller.enqueue(new Game(this.#texts[next++]));
        if (next === this.#texts.length) controller.close();
      },
    }, { highWaterMark: 0 });
  }
}

/** Games that end with a result and that chess.js can play. */
async function loadTexts(database: string, count: number): Promise<string[]> {
  const texts: string[] = [];
  await using loader = new GameLoader(database, { cache: null });
  for await (const { pgn, tags } of loader.loadGames()) {
    if ("Variant" in tags || "FEN" in tags || tags.Result === "*") continue;
    try {
      replay(new Game(pgn));
    } catch {
      continue; // The sample has a few bad games.
    }
    texts.push(pgn);
    if (texts.length === count) break;
  }
  return texts;
}

function replayAll(texts: readonly string[]): number {
  let plies = 0;
  for (const text of texts) plies += replay(new Game(text));
  return plies;
}

function replay(game: Game): number {
  let plies = 0;
  for (const { position } of game.mainline()) {
    // The board is made only where it is looked at.
    if (position.pieceCount > 1) plies++;
  }
  return plies;
}

const PIECES = "pnbrqk";

/** What one would write first: the planes of each position by its squares. */
function encodeByChessJs(texts: readonly string[]): void {
  for (const text of texts) {
    const game = new Game(text);
    const chess: ChessJs = new Game("*").toChess();
    for (const { san } of game.mainline()) {
      const planes = new Uint8Array(12 * 64);
      const own = chess.turn();
      for (const rank of chess.board()) {
        for (const held of rank) {
          if (held === null) continue;
          const file = held.square.charCodeAt(0) - 97;
          const row = Number(held.square[1]) - 1;
          const square = (own === "w" ? row : 7 - row) * 8 + file;
          const plane = PIECES.indexOf(held.type) +
            (held.color === own ? 0 : 6);
          planes[plane * 64 + square] = 1;
        }
      }
      use(planes.length);
      chess.move(san);
    }
  }
}

let used = 0;

/** Keeps a value from being optimized away. */
function use(value: string | number): void {
  used += typeof value === "string" ? value.length : value;
}
