import { Buffer } from "node:buffer";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import {
  GameLoader,
  type GameQuery,
  indexGames,
  SqliteGameCache,
} from "../../mod.ts";
import { formatNumber } from "../_output.ts";
import {
  atMost,
  type BenchContext,
  type BenchGroup,
  type BenchReport,
  type BenchTable,
  type Claim,
} from "./_bench.ts";
import { cacheArchive } from "./_cached_archive.ts";
import { QUICK_GAMES } from "./_corpus.ts";
import { measureProcess } from "./_process.ts";
import { race, type Timing } from "./_race.ts";

/** Games in an order at random. */
export const group: BenchGroup = {
  name: "order",
  question: "What does a shuffled order cost?",
  run,
};

const GAMES = 20_000;
/** Blocks of 16 games, each in another frame. */
const BLOCKS = 16;
const FRAMES = 64;
const MOST_OF_ORDER = 1.5;
const MOST_OF_FRAMES = 2;
/** How much the peak may grow from half of an epoch to its end. */
const MOST_GROWTH = 1.2;

async function run(bench: BenchContext): Promise<BenchReport> {
  const parts = [await fromRedis(bench), await fromArchive(bench)];
  if (!bench.quick) parts.push(await memory(bench));
  return {
    tables: parts.map(({ table }) => table),
    claims: parts.map(({ claim }) => claim),
    notes: bench.quick ? ["Memory is measured on 200,000 games."] : [],
  };
}

interface Part {
  readonly table: BenchTable;
  readonly claim: Claim;
}

/** All games of a set, in order and shuffled. */
async function fromRedis(bench: BenchContext): Promise<Part> {
  const { rounds, signal } = bench;
  const archive = await cacheArchive(bench, GAMES);
  await using loader = new GameLoader(archive.path, { cache: archive.url });
  const all = (query: GameQuery) => async () => {
    const games = await countGames(loader, query);
    if (games !== archive.games) throw new Error(`${games} games`);
  };
  let seed = 0;
  const timings = await race([
    { name: "in order", run: all({}) },
    { name: "shuffled", run: () => all({ shuffle: { seed: seed++ } })() },
  ], { rounds: rounds * 2, signal });
  const [ordered, shuffled] = timings;
  return {
    table: tableOf(
      `${formatNumber(archive.games)} games from Redis`,
      timings,
      "of those in order",
    ),
    claim: atMost(
      "shuffled games from Redis, of those in order",
      Math.min(shuffled.best / ordered.best, shuffled.cpu / ordered.cpu),
      MOST_OF_ORDER,
    ),
  };
}

/** A few shuffled blocks from an archive of many frames. */
async function fromArchive(bench: BenchContext): Promise<Part> {
  const { corpus, quick, rounds, folder, signal } = bench;
  const games = quick ? QUICK_GAMES : 100_000;
  const archive = await corpus.enlarge({ games }, "short frames");
  await using cache = new SqliteGameCache(join(folder, "order.sqlite"));
  // It leaves the seek points next to the archive.
  await indexGames(archive.path, cache, [
    { name: "few", filter: {}, maxGames: 1 },
    { name: "all", filter: {} },
  ], { signal });
  const frames = framesOf(Deno.readFileSync(archive.path));
  if (frames.length < FRAMES) throw new Error(`Only ${frames.length} frames`);
  await using loader = new GameLoader(archive.path, { cache: null });
  const query = { shuffle: { seed: 1 }, block: 16, maxGames: BLOCKS * 16 };
  const timings = await race([
    {
      name: `decompressing ${BLOCKS} frames`,
      run() {
        for (let i = 0; i < BLOCKS; i++) {
          zstdDecompressSync(frames[Math.floor(i * frames.length / BLOCKS)]);
        }
      },
    },
    {
      name: `${BLOCKS * 16} games, shuffled`,
      async run() {
        const count = await countGames(loader, query);
        if (count !== BLOCKS * 16) throw new Error(`${count} games`);
      },
    },
    // A round takes milliseconds, the first few much of them to be compiled.
  ], { rounds: rounds * 4, warmUp: 8, signal });
  const [floor, shuffled] = timings;
  return {
    table: tableOf(
      `${BLOCKS * 16} games from an archive of ${frames.length} frames`,
      timings,
      "of decompressing",
    ),
    claim: atMost(
      "shuffled games from the archive, of decompressing their frames",
      Math.min(shuffled.best / floor.best, shuffled.cpu / floor.cpu),
      MOST_OF_FRAMES,
    ),
  };
}

/** A whole epoch, watched from inside. */
async function memory(bench: BenchContext): Promise<Part> {
  const { signal } = bench;
  const archive = await cacheArchive(bench, 200_000);
  const script = new URL("_order_epoch.ts", import.meta.url).pathname;
  const { stdout } = await measureProcess(
    Deno.execPath(),
    // Its own memory it may read only where everything is allowed.
    ["run", "--no-lock", "--no-check", "--allow-all", script]
      .concat(archive.path, archive.url, String(archive.games)),
    { stdout: "piped", signal },
  );
  const { half, end } = JSON.parse(stdout);
  return {
    table: {
      title: `Peak memory of a shuffled epoch of ${
        formatNumber(archive.games)
      } games from Redis`,
      columns: ["", "MB"],
      rows: [["at half of it", half / 1e6], ["at its end", end / 1e6]],
    },
    claim: atMost(
      "memory at an epoch's end, of that at half of it",
      end / half,
      MOST_GROWTH,
    ),
  };
}

function tableOf(
  title: string,
  timings: readonly Timing[],
  comparison: string,
): BenchTable {
  return {
    title,
    columns: ["", "best ms", "median ms", "CPU ms", comparison],
    rows: timings.map(({ name, best, median, cpu }) => [
      name,
      best,
      median,
      cpu,
      best / timings[0].best,
    ]),
  };
}

async function countGames(
  loader: GameLoader,
  query: GameQuery,
): Promise<number> {
  let count = 0;
  for await (const { pgn } of loader.loadGames(query)) {
    if (pgn !== "") count++;
  }
  return count;
}

/** The frames of an archive, each of which a skippable frame announces. */
function framesOf(bytes: Uint8Array): Uint8Array[] {
  const view = Buffer.from(bytes.buffer);
  const frames: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = view.readUInt32LE(at + 8);
    frames.push(bytes.subarray(at + 12, at + 12 + length));
    at += 12 + length;
  }
  return frames;
}
