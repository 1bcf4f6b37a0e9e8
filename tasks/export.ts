/** `deno task export`: writes samples or games into files that other programs read. */
import { createHash } from "node:crypto";
import project from "../deno.json" with { type: "json" };
import {
  type BatchGames,
  type BatchOptions,
  type Encoding,
  ENCODINGS,
  type ExtractionConfig,
  GameLoader,
  SampleExtractor,
} from "../mod.ts";
import { BATCH_FLAGS, readBatchOptions } from "./_batch_flags.ts";
import { openNamed } from "./_cache.ts";
import { filterFlags } from "./_filter_flags.ts";
import {
  type Arguments,
  CACHE_FLAG,
  checkDatabases,
  type Command,
  UsageError,
} from "./_flags.ts";
import { GAME_FLAGS, ORDER_FLAGS, readGames } from "./_order_flags.ts";
import { formatBytes, formatNumber } from "./_output.ts";
import { Progress } from "./_progress.ts";
import { readSampleConfig, SAMPLE_FLAGS } from "./_sample_flags.ts";
import {
  Interrupted,
  note,
  type Outcome,
  runTask,
  TaskError,
} from "./_task.ts";
import {
  ExportFolder,
  type ExportPlan,
  type Manifest,
  verifyExport,
  type WrittenShard,
} from "./export/_folder.ts";
import type { Format, ShardPlan } from "./export/_format.ts";
import { FORMATS } from "./export/_formats.ts";
import {
  countShards,
  describeWhole,
  writeShards,
} from "./export/_write_shards.ts";

const READER = new URL("export/reader.py", import.meta.url);

const COMMAND: Command = {
  name: "export",
  usage: "DATABASE… --out DIR [flags]",
  summary:
    `Writes samples or games into files of a folder, with a manifest that says what
they are. The games come from the cache where it holds them, else from the archive,
and the files are the same. Interrupted, the same command resumes.`,
  flags: {
    Files: [
      { name: "out", value: "DIR", description: "The folder to write into" },
      {
        name: "format",
        value: "NAME",
        description: `${FORMATS.map(({ name }) => name).join(", ")} (default: ${
          FORMATS[0].name
        })`,
      },
      {
        name: "shard-size",
        value: "N",
        description: "Samples or games of a file",
      },
      {
        name: "verify",
        value: "DIR",
        description: "Only check the files of a folder against its manifest",
      },
    ],
    "Games to take": [...filterFlags(), ...GAME_FLAGS],
    "Order of games": ORDER_FLAGS,
    "Samples of a game": SAMPLE_FLAGS,
    "Arrays (safetensors, npy)": BATCH_FLAGS,
    Cache: [CACHE_FLAG],
  },
  examples: [
    [
      "deno task export data/sample.pgn.zst --out samples --inputs lc0-112 --bits",
      "Samples for lc0's nets, with reader.py for Python",
    ],
    [
      "deno task export data/sample.pgn.zst --out games --format npy --playstyle tactical",
      "Arrays that numpy maps into memory",
    ],
    ["deno task export --verify samples", "Check that nothing has changed"],
  ],
};

async function runExport(
  args: Arguments,
  signal: AbortSignal,
): Promise<Outcome> {
  const verified = args.text("verify");
  if (verified !== undefined) return verify(verified, args, signal);
  if (args.rest.length === 0) throw new UsageError("Name a database");
  const out = args.text("out");
  if (out === undefined) throw new UsageError("Name a folder with --out DIR");
  checkDatabases(args.rest);
  const format = readFormat(args);
  const shardSize = args.integer("shard-size") ?? format.shardSize;
  if (shardSize === 0) throw new UsageError("--shard-size must be at least 1");
  const query = readGames(args, signal);
  const config = readSampleConfig(args);
  const options = readBatchOptions(args);
  const url = args.text("cache");
  await using cache = url === undefined ? undefined : openNamed(url).cache;
  const { threads = 1 } = options;
  await using loader = new GameLoader([...args.rest], {
    cache,
    // Each worker takes memory; this thread reads, too.
    threads: Math.max(0, threads - 1),
    onWarning: ({ message }) => note(message),
  });
  let extractor: SampleExtractor;
  let shardPlan: ShardPlan;
  try {
    extractor = new SampleExtractor(loader, config);
    const { arrays } = extractor.describe({ ...options, batchSize: 1 });
    shardPlan = {
      shardSize,
      arrays: arrays.map((array) => ({
        ...array,
        shape: array.shape.slice(1),
      })),
    };
    extractor.extractBatches({ ...query, ...options }).cancel();
  } catch (error) {
    // Nothing was read yet: a value of a flag is not allowed.
    throw new UsageError((error as Error).message);
  }
  using folder = await ExportFolder.take(out);
  const plan = await planOf(loader, format, shardPlan, query, config, options);
  const state = await folder.open(plan);
  if ("manifest" in state) return done(folder, format, state.manifest, true);
  const { journal } = state;
  const progress = new Progress();
  const noun = format.rows === "games" ? "games" : "samples";
  const source = {
    loader,
    extractor,
    query,
    options,
    needsScore: format.needsScore ?? false,
  };
  let written: { shards: readonly WrittenShard[]; games: number };
  try {
    written = await writeShards({
      folder,
      format,
      plan: shardPlan,
      source,
      onProgress: (games, textBytes) =>
        progress.update({ games, textBytes, noun }),
    }, journal);
  } catch (error) {
    progress.end();
    if (!(error instanceof Interrupted)) throw error;
    return interrupted(folder, format, plan, error);
  }
  progress.end();
  if (format.hasReader) {
    folder.writeText("reader.py", await Deno.readTextFile(READER));
  }
  const { shards, games } = written;
  const manifest: Manifest = {
    ...plan,
    count: shards.reduce((sum, { count }) => sum + count, 0),
    games,
    shards,
    files: format.hasReader ? folder.describe("reader.py") : [],
  };
  await folder.writeManifest(manifest);
  return done(folder, format, manifest, false);
}

function readFormat(args: Arguments): Format {
  const name = args.text("format") ?? FORMATS[0].name;
  const format = FORMATS.find((format) => format.name === name);
  if (format !== undefined) return format;
  throw new UsageError(
    `--format must be one of ${
      FORMATS.map(({ name }) => name).join(", ")
    }: current value is ${name}`,
  );
}

/** Says all that the files depend on, and nothing that they do not. */
async function planOf(
  loader: GameLoader,
  { name, rows }: Format,
  { shardSize, arrays }: ShardPlan,
  query: BatchGames,
  config: ExtractionConfig,
  options: BatchOptions,
): Promise<ExportPlan> {
  const { signal: _, set: __, ...fields } = query;
  const { threads: ___, ...batches } = options;
  const {
    inputs = "planes-12",
    policy = "lc0-1858",
    value = "outcome",
  } = options;
  const valueName = typeof value === "object" ? "blend" : value;
  return {
    tool: { name: project.name, version: project.version },
    format: name,
    holds: rows === "games" ? "games" : "samples",
    source: await loader.identify(query),
    query: fields,
    seed: query.shuffle?.seed ?? null,
    ...rows === "games" ? {} : { config },
    ...rows === "batches"
      ? {
        batches,
        encodings: ([inputs, policy, valueName] as const).map((name) =>
          describeEncoding(ENCODINGS[name])
        ),
        arrays: arrays.map(({ name, dtype, shape }) => ({
          name,
          dtype,
          shape,
        })),
      }
      : {},
    shardSize,
  };
}

/** An encoding with a hash that changes with what it means. */
function describeEncoding({ source: _, ...encoding }: Encoding) {
  const { moves: __, ...shown } = encoding;
  const hash = createHash("sha256").update(JSON.stringify(encoding));
  return { ...shown, hash: hash.digest("hex") };
}

function verify(
  folder: string,
  args: Arguments,
  signal: AbortSignal,
): Outcome {
  if (args.rest.length > 0 || args.text("out") !== undefined) {
    throw new UsageError("--verify DIR takes no database and no --out");
  }
  const { manifest, damaged } = verifyExport(folder, signal);
  const { count, shards, files, holds } = manifest;
  const number = shards.reduce((sum, { files }) => sum + files.length, 0) +
    files.length;
  if (damaged.length === 0) {
    return {
      status: 0,
      json: { status: "done", files: number, count, damaged },
      text: `${formatNumber(number)} files with ${
        formatNumber(count)
      } ${holds} are as ${folder}/manifest.json says`,
    };
  }
  for (const { path, why } of damaged) note(`${folder}/${path} ${why}`);
  throw new TaskError(
    `${damaged.length} of ${number} files in ${folder} are not as its manifest says`,
  );
}

function interrupted(
  folder: ExportFolder,
  format: Format,
  { source }: ExportPlan,
  error: Interrupted,
): Outcome {
  const shards = folder.shards;
  const how = source.length === 0
    ? "it cannot be resumed, as nothing proves that the archive is the same"
    : "the same command resumes there";
  note(`${error.message}: ${describeWhole(shards, format)}; ${how}`);
  const count = shards.reduce((sum, { count }) => sum + count, 0);
  return {
    status: 130,
    json: { status: "interrupted", shards: shards.length, count },
    text: "",
  };
}

function done(
  { path }: ExportFolder,
  { rows }: Format,
  { count, shards }: Manifest,
  isOld: boolean,
): Outcome {
  const bytes = shards.flatMap(({ files }) => files)
    .reduce((sum, { bytes }) => sum + bytes, 0);
  const noun = rows === "games" ? "games" : "samples";
  const each = count === 0 ? "" : `, ${(bytes / count).toFixed(0)} bytes each`;
  return {
    status: 0,
    json: { status: "done", out: path, shards: shards.length, count, bytes },
    text: `${formatNumber(count)} ${noun} in ${countShards(shards)}, ${
      formatBytes(bytes)
    }${each}${isOld ? ", as exported before" : ""}: ${path}`,
  };
}

if (import.meta.main) await runTask(COMMAND, runExport);
