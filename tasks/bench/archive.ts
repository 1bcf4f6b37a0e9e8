import { fileURLToPath } from "node:url";
import { playstyleOf } from "../../mod.ts";
import { formatNumber } from "../_output.ts";
import {
  atMost,
  type BenchContext,
  type BenchGroup,
  type BenchReport,
  type BenchTable,
} from "./_bench.ts";
import type { BenchArchive } from "./_corpus.ts";
import { measureProcess } from "./_process.ts";
import { type Contestant, race, type Timing } from "./_race.ts";

/** Reading archives beside programs that only decompress them. */
export const group: BenchGroup = {
  name: "archive",
  question: "How fast are archives scanned and filtered, and found a place in?",
  run,
};

const MB = 1_000_000;
const SCAN = fileURLToPath(new URL("_archive_scan.ts", import.meta.url));
const INDEX = fileURLToPath(new URL("_archive_index.ts", import.meta.url));

/** How many times as long as decompressing alone scanning may take. */
const MOST_OF_PZSTD = 2.5;
const MOST_OF_ZSTD = 1.8;
/** How many times as long games at the end may take as games at the beginning. */
const MOST_OF_BEGINNING = 3;
/** How many times as much memory a large archive may need as a small one. */
const MOST_OF_SMALL = 1.2;
const MOST_MEMORY = 300;

async function run(bench: BenchContext): Promise<BenchReport> {
  const { corpus, quick, rounds, note } = bench;
  const textBytes = (quick ? 60 : 500) * MB;
  const many = await corpus.enlarge({ textBytes }, "pzstd");
  const one = await corpus.enlarge({ textBytes }, "one frame");
  note("scanning");
  const options = { rounds, warmUp: 1, signal: bench.signal };
  const scans = await race([
    program("pzstd -dc -p 2", "pzstd", ["-q", "-dc", "-p", "2", many.path]),
    program("zstd -dc, one frame", "zstd", ["-q", "-dc", one.path]),
    deno("mod.ts alone", bench, ["none"]),
    deno("2 threads", bench, [many.path, "2"]),
    deno("this thread alone", bench, [many.path, "0"]),
    deno("2 threads, one frame", bench, [one.path, "2"]),
    deno("this thread alone, one frame", bench, [one.path, "0"]),
  ], options);
  const [pzstd, zstd, empty, fast, , fastOne] = scans.map(({ best }) => best);
  const extracted = await extract(bench, many);

  note("looking for games at the end");
  const { games } = many;
  await Deno.remove(`${many.path}.idx`).catch(() => {}); // the scans have left one
  const last = String(Math.floor(games * 0.99));
  const seeks = [
    deno("offset 0", bench, [many.path, "2", "0", "100"]),
    deno("the last percent", bench, [many.path, "2", last, "100"]),
  ];
  const without = await race(seeks, options);
  await measureProcess(Deno.execPath(), denoArgs([many.path, "2"]), {
    signal: bench.signal,
  });
  const [, withIndex] = await race(seeks, options);
  await Deno.remove(`${many.path}.idx`).catch(() => {});

  note("indexing, for the memory that it takes");
  const small = await corpus.enlarge({ textBytes: 50 * MB }, "pzstd");
  const large = await corpus.enlarge(
    { textBytes: (quick ? 100 : 1000) * MB },
    "pzstd",
  );
  const peaks: number[] = [];
  for (const [i, archive] of [small, large].entries()) {
    const { peakBytes = NaN } = await measureProcess(
      Deno.execPath(),
      ["run", "-A", INDEX, archive.path, `${bench.folder}/${i}.sqlite`],
      { watchesMemory: true, signal: bench.signal },
    );
    peaks.push(peakBytes / MB);
  }

  return {
    tables: [
      scanTable(many, empty, [
        ...scans,
        ...(extracted === undefined ? [] : [extracted]),
      ]),
      {
        title: "100 games in a process of their own",
        columns: ["", "best ms", "median ms", "of offset 0"],
        rows: [
          ...without.map((one, i) =>
            i === 0 ? one : { ...one, name: `${one.name}, no index` }
          ),
          { ...withIndex, name: `${withIndex.name}, frame index` },
        ].map(({ name, best, median }) => [
          name,
          best,
          median,
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
      atMost(
        "scanning with 2 threads, of pzstd -dc -p 2",
        (fast - empty) / pzstd,
        MOST_OF_PZSTD,
      ),
      atMost(
        "scanning one frame, of zstd -dc",
        (fastOne - empty) / zstd,
        MOST_OF_ZSTD,
      ),
      atMost(
        "100 games at the last percent, of those at offset 0",
        withIndex.best / without[0].best,
        MOST_OF_BEGINNING,
      ),
      atMost(
        "memory for the large archive, of that for the small one",
        peaks[1] / peaks[0],
        MOST_OF_SMALL,
      ),
      atMost("memory of indexing", peaks[1], MOST_MEMORY, "MB"),
    ],
    notes: [
      "Scanning: tactical openings, both players rated at least 1800. Each row is a process.",
      "Ratios are less the time of a process that only imports mod.ts.",
      ...(extracted === undefined ? ["pgn-extract is not installed."] : []),
    ],
  };
}

function scanTable(
  { games, textBytes }: BenchArchive,
  empty: number,
  timings: readonly Timing[],
): BenchTable {
  const [pzstd, zstd] = timings;
  return {
    title: `${formatNumber(games)} games, ${
      formatNumber(Math.round(textBytes / MB))
    } MB of text`,
    columns: ["", "best ms", "median ms", "MB/s", "of decompressing"],
    rows: timings.map(({ name, best, median }, i) => {
      const isOurs = i > 2 && name !== EXTRACT;
      const net = isOurs ? best - empty : best;
      const floor = name.endsWith("one frame") ? zstd : pzstd;
      return [
        name,
        best,
        median,
        i === 2 ? "" : textBytes / net / 1000,
        i === 2 ? "" : net / floor.best,
      ];
    }),
  };
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
  const { milliseconds, stdout } = await measureProcess(
    "sh",
    ["-c", script, "sh", archive.path, path, `${bench.folder}/extracted.pgn`],
    { stdout: "piped", signal: bench.signal },
  );
  if (!stdout.includes("done")) return undefined;
  return { name: EXTRACT, best: milliseconds, median: milliseconds };
}

function program(
  name: string,
  path: string,
  args: readonly string[],
): Contestant {
  return { name, run: () => measureProcess(path, args) };
}

function deno(
  name: string,
  { signal }: BenchContext,
  args: readonly string[],
): Contestant {
  return {
    name,
    run: () => measureProcess(Deno.execPath(), denoArgs(args), { signal }),
  };
}

function denoArgs(args: readonly string[]): string[] {
  return ["run", "-A", SCAN, ...args];
}
