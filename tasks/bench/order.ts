import { join } from "node:path";
import * as zlib from "node:zlib";
import {
  GameLoader,
  type GameQuery,
  indexGames,
  RedisGameCache,
} from "../../mod.ts";
import { formatNumber } from "../_output.ts";
import {
  atMost,
  type BenchContext,
  type BenchGroup,
  type BenchReport,
} from "./_bench.ts";
import { measureProcess } from "./_process.ts";
import { race, summaryOf } from "./_race.ts";

/** What a shuffled order costs over the order of the archive. */
export const group: BenchGroup = {
  name: "order",
  question: "What does it cost to load games in a shuffled order?",
  run,
};

const GAMES = 20_000;
const FRAMES = 64;
/** Games of a round, in blocks of 16 that are in as many frames. */
const ROUND = { games: 256, frames: 16 };
/** What is promised. */
const MOST = { shuffled: 1.5, frames: 2, megabytes: 30 };

async function run(bench: BenchContext): Promise<BenchReport> {
  const { corpus, folder, rounds, signal } = bench;
  const { path, textBytes } = await corpus.enlarge({ games: GAMES }, "pzstd");
  const redis = await bench.startRedis();
  await using cache = new RedisGameCache({ url: redis.url });
  const sets = [{ name: "games", filter: {} }];
  await indexGames(path, cache, sets, { signal });
  await using fromRedis = new GameLoader(path, { cache });
  let seed = 0;
  const shuffled = (query: GameQuery) => ({
    shuffle: { seed: ++seed },
    ...query,
  });
  const epochs = await race([
    { name: "in order", run: () => load(fromRedis, { maxGames: GAMES }) },
    {
      name: "shuffled, block 16",
      run: () => load(fromRedis, shuffled({ maxGames: GAMES })),
    },
    {
      name: "shuffled, block 1",
      run: () => load(fromRedis, shuffled({ maxGames: GAMES, block: 1 })),
    },
    {
      name: "one shard of two, in order, twice",
      async run() {
        const shard = { index: 0, count: 2 };
        for (let i = 0; i < 2; i++) await load(fromRedis, { shard });
      },
    },
  ], { rounds: 2 * rounds, signal });

  const frames = await reframe(path, join(folder, "frames.pgn.zst"));
  await using fromArchive = new GameLoader(join(folder, "frames.pgn.zst"), {
    cache: null,
  });
  await load(fromArchive, shuffled({ maxGames: 1 })); // it has been counted
  const { games, frames: some } = ROUND;
  const rounded = await race([
    {
      name: `${some} of ${frames.length} frames decompressed`,
      run() {
        for (let i = 0; i < some; i++) {
          zlib.zstdDecompressSync(frames[i * 37 % frames.length]);
        }
      },
    },
    {
      name: `${games} games shuffled, block 16`,
      run: () => load(fromArchive, shuffled({ maxGames: games })),
    },
  ], { rounds: 2 * rounds, signal });

  const memory = await measureMemory(bench, redis.url);
  return {
    tables: [
      tableOf(`${formatNumber(GAMES)} games from Redis`, epochs),
      tableOf(
        `A round from an archive of ${frames.length} frames, ${
          formatNumber(textBytes / 1e6)
        } MB of text`,
        rounded,
      ),
      memory.table,
    ],
    claims: [
      atMost(
        "games shuffled, of the time in order",
        epochs[1].best / epochs[0].best,
        MOST.shuffled,
      ),
      atMost(
        `${games} shuffled games, of the time of ${some} frames`,
        rounded[1].best / rounded[0].best,
        MOST.frames,
      ),
      ...memory.growth.map(([name, megabytes]) =>
        atMost(
          `an epoch from ${name}, over a tenth of it`,
          megabytes,
          MOST.megabytes,
          "MB",
        )
      ),
    ],
  };
}

async function load(loader: GameLoader, query: GameQuery): Promise<void> {
  for await (const _ of loader.loadGames(query));
}

function tableOf(
  title: string,
  timings: Awaited<ReturnType<typeof race>>,
): BenchReport["tables"][number] {
  return {
    title,
    columns: ["", "best ms", "median ms", "of the first's time"],
    rows: timings.map(({ name, best, median }) => [
      name,
      best,
      median,
      best / timings[0].best,
    ]),
  };
}

/** Writes the text of an archive as frames of equal length, and gives them. */
async function reframe(from: string, to: string): Promise<Uint8Array[]> {
  const { stdout } = await measureText(from);
  const length = Math.ceil(stdout.length / FRAMES);
  const frames: Uint8Array[] = [];
  const file = await Deno.open(to, { create: true, write: true });
  const writer = file.writable.getWriter();
  for (let at = 0; at < stdout.length; at += length) {
    const frame = zlib.zstdCompressSync(stdout.subarray(at, at + length));
    frames.push(frame);
    const header = new DataView(new ArrayBuffer(12));
    header.setUint32(0, SKIPPABLE_MAGIC, true);
    header.setUint32(4, 4, true);
    header.setUint32(8, frame.length, true);
    await writer.write(new Uint8Array(header.buffer));
    await writer.write(Uint8Array.from(frame));
  }
  await writer.close();
  return frames;
}

const SKIPPABLE_MAGIC = 0x184d2a50;

async function measureText(path: string): Promise<{ stdout: Uint8Array }> {
  return await new Deno.Command("zstd", { args: ["-dcq", path] }).output();
}

/** The peak of processes that load a tenth of an epoch, and all of it. */
async function measureMemory(bench: BenchContext, url: string) {
  const { corpus, quick, rounds, signal } = bench;
  const all = quick ? 20_000 : 200_000;
  const { path } = await corpus.enlarge({ games: all }, "pzstd");
  await using cache = new RedisGameCache({ url });
  const sets = [{ name: "epoch", filter: {} }];
  await indexGames(path, cache, sets, { signal });
  const rows: [string, number, number, number][] = [];
  for (const [name, source] of [["Redis", url], ["the archive", "none"]]) {
    const peaks = [all / 10, all].map((): number[] => []);
    for (let i = 0; i < Math.min(3, rounds); i++) {
      for (const [n, games] of [all / 10, all].entries()) {
        const { peakBytes } = await measureProcess(
          Deno.execPath(),
          [
            "run",
            "--allow-read",
            "--allow-net",
            new URL("_order_epoch.ts", import.meta.url).pathname,
            path,
            source,
            String(games),
          ],
          { watchesMemory: true, signal },
        );
        peaks[n].push((peakBytes ?? NaN) / 1e6);
      }
    }
    const [tenth, epoch] = peaks.map((values) => summaryOf(values).best);
    rows.push([name, tenth, epoch, epoch - tenth]);
  }
  const table = {
    title: `Peak resident memory of a shuffled epoch of ${
      formatNumber(all)
    } games`,
    columns: ["", "MB for a tenth", "MB for all", "MB more"],
    rows,
  };
  const growth = rows.map(([name, , , more]) => [name, more] as const);
  return { table, growth };
}
