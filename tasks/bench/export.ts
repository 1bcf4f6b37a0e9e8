import { join } from "node:path";
import { formatNumber } from "../_output.ts";
import {
  atLeast,
  atMost,
  type BenchContext,
  type BenchGroup,
  type BenchReport,
} from "./_bench.ts";
import { measureProcess } from "./_process.ts";

/** From an archive to files for other programs. */
export const group: BenchGroup = {
  name: "export",
  question: "How fast is each format written, and how large is it?",
  run,
};

const FORMATS = [
  "safetensors",
  "npy",
  "parquet",
  "parquet-games",
  "jsonl",
  "fen",
  "bulletformat",
  "pgn",
  "pgn.zst",
];
const GAMES = 10_000;
const QUICK_GAMES = 1000;
/** Positions a second of CPU, planes-12 into npy. */
const LEAST_SPEED = 250_000;
/** Bytes of a position for lc0 in all columns. */
const MOST_LC0_BYTES = 940;
const LC0 = ["--inputs", "lc0-112", "--bits", "--value", "wdl"];
const TASK = new URL("../export.ts", import.meta.url).pathname;
const LOCK = new URL("../export/deno.lock", import.meta.url).pathname;

/** What an export has made of the archive. */
interface Exported {
  readonly name: string;
  /** Samples or games. */
  readonly rows: number;
  readonly bytes: number;
  /** Its CPU, in milliseconds. */
  readonly cpu: number;
}

async function run(bench: BenchContext): Promise<BenchReport> {
  const { corpus, quick } = bench;
  const games = quick ? QUICK_GAMES : GAMES;
  const archive = await corpus.enlarge({ games }, "pzstd");
  const exports: Exported[] = [];
  for (const name of FORMATS) {
    exports.push(await exportAs(bench, archive.path, name, []));
  }
  const lc0 = await exportAs(bench, archive.path, "npy", LC0);
  const npy = exports.find(({ name }) => name === "npy")!;
  return {
    tables: [{
      title: `${formatNumber(archive.games)} games, by \`deno task export\``,
      columns: ["", "samples or games", "bytes each", "CPU ms", "a s of CPU"],
      rows: [...exports, lc0].map(({ name, rows, bytes, cpu }) => [
        name,
        rows,
        Math.round(bytes / rows),
        Math.round(cpu),
        Math.round(rows / cpu * 1000),
      ]),
    }],
    claims: [
      ...quick ? [] : [
        atLeast(
          "planes-12 into npy, a second of CPU",
          npy.rows / npy.cpu * 1000,
          LEAST_SPEED,
          "positions",
        ),
      ],
      atMost(
        "a position for lc0-112 with --bits",
        lc0.bytes / lc0.rows,
        MOST_LC0_BYTES,
        "bytes",
      ),
    ],
    notes: [
      "With starting the task, reading the archive and hashing the files.",
      ...quick ? ["Speed is judged on 10,000 games."] : [],
    ],
  };
}

async function exportAs(
  { folder, signal }: BenchContext,
  archive: string,
  format: string,
  flags: readonly string[],
): Promise<Exported> {
  const out = join(folder, "out");
  const args = ["run", `--lock=${LOCK}`, "--allow-all", TASK, archive]
    .concat("--out", out, "--format", format, "--json")
    .concat(flags);
  const { stdout, cpuMilliseconds } = await measureProcess(
    Deno.execPath(),
    args,
    {
      // The archive is read, whatever caches there are.
      env: { GAME_CACHE_URL: `sqlite:${folder}/none.sqlite` },
      stdout: "piped",
      signal,
    },
  );
  await Deno.remove(out, { recursive: true });
  const { count, bytes } = JSON.parse(stdout);
  const name = [format, ...flags].join(" ");
  return { name, rows: count, bytes, cpu: cpuMilliseconds! };
}
