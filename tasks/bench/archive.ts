import { fileURLToPath } from "node:url";
import { GameLoader, playstyleOf } from "../../mod.ts";
import { formatNumber } from "../_output.ts";
import {
  atMost,
  type BenchContext,
  type BenchGroup,
  type BenchReport,
  type BenchTable,
} from "./_bench.ts";
import { type BenchArchive, QUICK_GAMES } from "./_corpus.ts";
import { cpuOfProcess, measureProcess } from "./_process.ts";
import { type Contestant, race, type Timing } from "./_race.ts";

/** Reading archives beside programs that only decompress them. */
export const group: BenchGroup = {
  name: "archive",
  question: "How fast are archives scanned and filtered, and found a place in?",
  run,
};

const MB = 1_000_000;
const SCAN = fileURLToPath(new URL("_archive_scan.ts", import.meta.url));
const DECOMPRESS = fileURLToPath(new URL("_decompress.ts", import.meta.url));
const INDEX = fileURLToPath(new URL("_archive_index.ts", import.meta.url));

/** Less text says nothing of scanning: starting isolates takes as long. */
const LEAST_TEXT = 400 * MB;
/**
 * How many times as much CPU as the runtime's own decompressing scanning in two
 * threads may take, each of which compiles the program.
 */
const MOST_OF_DECOMPRESSING = 2.2;
/** How many times as long games at the end may take as games at the beginning. */
const MOST_OF_BEGINNING = 3;
/** How many times as much memory a large archive may need as a small one. */
const MOST_OF_SMALL = 1.5;
const MOST_MEMORY = 300;

async function run(bench: BenchContext): Promise<BenchReport> {
  const { corpus, quick, rounds, signal, note } = bench;
  const size = quick ? { games: QUICK_GAMES } : { textBytes: 500 * MB };
  const many = await corpus.enlarge(size, "pzstd");
  const one = await corpus.enlarge(size, "one frame");
  note("scanning");
  const options = { rounds, warmUp: 1, signal };
  const [pzstd, zstd, empty, floor, floorOne, ...scans] = await race([
    program("pzstd -dc -p 2", "pzstd", ["-q", "-dc", "-p", "2", many.path]),
    program("zstd -dc, one frame", "zstd", ["-q", "-dc", one.path]),
    deno("mod.ts alone", bench, SCAN, ["none"]),
    deno("ZstdDecompressionStream", bench, DECOMPRESS, [many.path]),
    deno("ZstdDecompressionStream, one frame", bench, DECOMPRESS, [one.path]),
    deno("2 threads", bench, SCAN, [many.path, "2"]),
    deno("this thread alone", bench, SCAN, [many.path, "0"]),
    deno("2 threads, one frame", bench, SCAN, [one.path, "2"]),
    deno("this thread alone, one frame", bench, SCAN, [one.path, "0"]),
  ], options);
  const [fast, , fastOne] = scans;
  const extracted = quick ? undefined : await extract(bench, many);

  note("looking for games at the end");
  const last = String(Math.floor(many.games * 0.99));
  const seeks = [
    deno("offset 0", bench, SCAN, [many.path, "2", "0", "100"]),
    deno("the last percent", bench, SCAN, [many.path, "2", last, "100"]),
  ];
  const without = await race(seeks, options);
  await writeIndex(many.path);
  const [, withIndex] = await race(seeks, options);
  await Deno.remove(`${many.path}.idx`).catch(() => {});

  note("indexing, for the memory that it takes");
  const small = await corpus.enlarge(
    quick ? { games: QUICK_GAMES / 4 } : { textBytes: 50 * MB },
    "pzstd",
  );
  const large = quick
    ? many
    : await corpus.enlarge({ textBytes: 1000 * MB }, "pzstd");
  const peaks: number[] = [];
  for (const [i, archive] of [small, large].entries()) {
    const { peakBytes = NaN } = await measureProcess(
      Deno.execPath(),
      ["run", "-A", INDEX, archive.path, `${bench.folder}/${i}.sqlite`],
      { watchesMemory: true, signal },
    );
    peaks.push(peakBytes / MB);
  }

  const isLong = many.textBytes >= LEAST_TEXT;
  const cpuOver = ({ cpu }: Timing) => cpu - empty.cpu;
  return {
    tables: [
      scanTable(many, [
        { timing: pzstd, floor: pzstd },
        { timing: floor, floor: pzstd, empty },
        ...scans.slice(0, 2).map((timing) => ({
          timing,
          floor: pzstd,
          empty,
        })),
        { timing: zstd, floor: zstd },
        { timing: floorOne, floor: zstd, empty },
        ...scans.slice(2).map((timing) => ({ timing, floor: zstd, empty })),
        ...(extracted === undefined
          ? []
          : [{ timing: extracted, floor: pzstd }]),
      ]),
      {
        title: "100 games in a process of their own",
        columns: ["", "best ms", "median ms", "CPU ms", "of offset 0"],
        rows: [
          ...without.map((one, i) =>
            i === 0 ? one : { ...one, name: `${one.name}, no index` }
          ),
          { ...withIndex, name: `${withIndex.name}, frame index` },
        ].map(({ name, best, median, cpu }) => [
          name,
          best,
          median,
          cpu,
          best / without[0].best,
        ]),
      },
      {
        title: "Peak memory of indexing, 2 threads",
        columns: ["MB of text", "MB of memory"],
        rows: [small, large].map(({ textBytes }, i) => [
          Math.round(textBytes / MB),
          peaks[i],
        ]),
      },
    ],
    claims: [
      ...(isLong
        ? [
          atMost(
            "CPU of scanning with 2 threads, of ZstdDecompressionStream",
            cpuOver(fast) / floor.cpu,
            MOST_OF_DECOMPRESSING,
          ),
          atMost(
            "CPU of scanning one frame with 2 threads, of ZstdDecompressionStream",
            cpuOver(fastOne) / floorOne.cpu,
            MOST_OF_DECOMPRESSING,
          ),
          atMost(
            "memory for the large archive, of that for the small one",
            peaks[1] / peaks[0],
            MOST_OF_SMALL,
          ),
        ]
        : []),
      atMost(
        "100 games at the last percent, of those at offset 0",
        withIndex.best / without[0].best,
        MOST_OF_BEGINNING,
      ),
      atMost("memory of indexing", peaks[1], MOST_MEMORY, "MB"),
    ],
    notes: [
      "Scanning: tactical openings, both players rated at least 1800. Each row is a process.",
      "Ratios are less the time of a process that only imports mod.ts " +
      `(${Math.round(empty.best)} ms).`,
      ...(isLong ? [] : [
        "Scanning is judged on at least 400 MB of text: start-up counts here.",
      ]),
      ...(extracted === undefined && !quick
        ? ["pgn-extract is not installed."]
        : []),
    ],
  };
}

/** A row of the scans: what it is compared with, and the start-up that is not counted. */
interface ScanRow {
  readonly timing: Timing;
  readonly floor: Timing;
  readonly empty?: Timing;
}

function scanTable(
  { games, textBytes }: BenchArchive,
  rows: readonly ScanRow[],
): BenchTable {
  return {
    title: `${formatNumber(games)} games, ${
      formatNumber(Math.round(textBytes / MB))
    } MB of text`,
    columns: [
      "",
      "best ms",
      "median ms",
      "CPU ms",
      "MB/s",
      "of decompressing",
      "CPU of it",
    ],
    rows: rows.map(({ timing: { name, best, median, cpu }, floor, empty }) => {
      const net = best - (empty?.best ?? 0);
      const netCpu = cpu - (empty?.cpu ?? 0);
      return [
        name,
        best,
        median,
        cpu,
        textBytes / net / 1000,
        net / floor.best,
        netCpu / floor.cpu,
      ];
    }),
  };
}

/** Reads an archive to its end and leaves its seek points next to it. */
async function writeIndex(path: string): Promise<void> {
  await using loader = new GameLoader(path, { cache: null, writeIndex: true });
  for await (const _game of loader.loadGames()) {
    // The index is written after the last one.
  }
  await Deno.stat(`${path}.idx`);
}

const EXTRACT = "pgn-extract";

/** The time of pgn-extract with the same criteria, once: it takes long. */
async function extract(
  bench: BenchContext,
  archive: BenchArchive,
): Promise<Timing | undefined> {
  const path = `${bench.folder}/criteria`;
  const codes = Array.from(
    { length: 500 },
    (_, i) =>
      String.fromCharCode(65 + Math.floor(i / 100)) +
      String(i % 100).padStart(2, "0"),
  );
  await Deno.writeTextFile(
    path,
    [
      'WhiteElo >= "1800"',
      'BlackElo >= "1800"',
      ...codes.filter((code) => playstyleOf(code) === "tactical").map((code) =>
        `ECO "${code}"`
      ),
      "",
    ].join("\n"),
  );
  bench.note("pgn-extract");
  const script = [
    "command -v pgn-extract > /dev/null || PATH=$PATH:/usr/games",
    "command -v pgn-extract > /dev/null || exit 0",
    `zstd -q -dc "$1" | pgn-extract -s -t "$2" > "$3" && echo done`,
  ].join("\n");
  const { milliseconds, cpuMilliseconds, stdout } = await measureProcess(
    "sh",
    ["-c", script, "sh", archive.path, path, `${bench.folder}/extracted.pgn`],
    { stdout: "piped", signal: bench.signal },
  );
  if (!stdout.includes("done")) return undefined;
  return {
    name: EXTRACT,
    best: milliseconds,
    median: milliseconds,
    cpu: cpuMilliseconds ?? NaN,
  };
}

function program(
  name: string,
  path: string,
  args: readonly string[],
): Contestant {
  return { name, run: () => cpuOfProcess(path, args) };
}

function deno(
  name: string,
  { signal }: BenchContext,
  script: string,
  args: readonly string[],
): Contestant {
  const all = ["run", "-A", script, ...args];
  return { name, run: () => cpuOfProcess(Deno.execPath(), all, signal) };
}
