/** `deno task bench`: measures, and compares with what is measured beside it. */
import { availableParallelism, cpus } from "node:os";
import { isAbsolute, join } from "node:path";
import { type Arguments, type Command, UsageError } from "./_flags.ts";
import { bold, formatBytes, formatNumber, formatSeconds } from "./_output.ts";
import { Progress } from "./_progress.ts";
import { type Outcome, reportError, runTask } from "./_task.ts";
import type { BenchContext, BenchGroup, BenchReport } from "./bench/_bench.ts";
import { drawCharts } from "./bench/_charts.ts";
import { Corpus } from "./bench/_corpus.ts";
import { findGroups } from "./bench/_groups.ts";
import { describeClaim, describeTable } from "./bench/_print.ts";
import { seededRandom } from "./bench/_random.ts";
import { startRedis } from "./bench/_redis_server.ts";
import { findVersions, type Versions } from "./bench/_versions.ts";

/** The archive that comes with the project. */
const SAMPLE = new URL("../data/sample.pgn.zst", import.meta.url)
  .pathname;

/** A run of all groups, of which the documentation has its figures. */
const STORED_RUN = new URL("../docs/bench.json", import.meta.url);

/** How often each contestant is measured. */
const ROUNDS = 5;
const QUICK_ROUNDS = 2;

const GROUPS = await findGroups();

const COMMAND: Command = {
  name: "bench",
  usage: "[DATABASE] [flags]",
  summary:
    `Measures, in groups that ask one question each, and compares every figure with a
baseline of the same run. What it needs it makes itself: Redis servers on free
ports, and larger archives: of the games of the file that is named, again and
again, or of the project's own games and of random ones under new tags.
redis-server and zstd must be installed.

Groups:
${
      GROUPS.map(({ name, question }) => `  ${name.padEnd(8)}  ${question}`)
        .join("\n")
    }

What is promised of a figure is printed below it, where the archive is long enough
to mean it. A promise that is not kept is shown as such, and changes the exit
status only with --check: on a busy machine figures are noise. CPU times are of
all threads and disturbed least.`,
  maxArguments: 1,
  flags: {
    "What to measure": [
      {
        name: "group",
        value: "NAME",
        several: true,
        description: "Only these groups",
      },
      { name: "quick", description: "Less of everything: within two minutes" },
      {
        name: "rounds",
        value: "N",
        description:
          `Measure so often (default: ${ROUNDS}, quick: ${QUICK_ROUNDS})`,
      },
      {
        name: "check",
        description: "Exit status 1 if a promise is not kept",
      },
    ],
    Output: [
      {
        name: "out",
        value: "FILE",
        description: "Write what --json prints into a file, too",
      },
      {
        name: "svg",
        value: "DIR",
        description: "Draw charts of the figures into a folder",
      },
    ],
  },
  examples: [
    ["deno task bench --quick", "Everything, roughly"],
    [
      "deno task bench --group read,round --rounds 10",
      "Two groups, more exactly",
    ],
    [
      "deno task bench lichess_db_standard_rated_2024-01.pgn.zst --json",
      "With other games, for a program",
    ],
  ],
};

/** A group's report, or why there is none. */
interface GroupResult extends Partial<BenchReport> {
  readonly name: string;
  readonly question: string;
  readonly seconds: number;
  readonly error?: string;
}

async function bench(args: Arguments, signal: AbortSignal): Promise<Outcome> {
  const groups = chooseGroups(args.texts("group"));
  const quick = args.isOn("quick") ?? false;
  const rounds = args.integer("rounds") ?? (quick ? QUICK_ROUNDS : ROUNDS);
  if (rounds < 1) throw new UsageError("--rounds must be 1 or more");
  const print = args.isOn("json") ? () => {} : console.log;
  const folder = await Deno.makeTempDir({ prefix: "bench-" });
  try {
    const [database] = args.rest;
    const corpus = await Corpus.open(
      pathOf(database),
      folder,
      database === undefined,
    );
    const versions = await findVersions();
    print(describeRun(corpus, versions, rounds));
    const results: GroupResult[] = [];
    using progress = await groupProgress(groups);
    for (const group of groups) {
      const own = await Deno.makeTempDir({ dir: folder });
      progress.begin(results.length);
      const result = await runGroup(group, {
        corpus,
        quick,
        rounds,
        signal,
        folder: own,
        note(text) {
          progress.wipe();
          console.error(`${group.name}: ${text}`);
        },
      });
      progress.wipe();
      if (signal.aborted) break;
      results.push(result);
      print(describeResult(result));
      await Deno.remove(own, { recursive: true });
    }
    const claims = results.flatMap(({ claims = [] }) => claims);
    const failed = claims.filter(({ holds }) => !holds).length;
    const hasErrors = results.some(({ error }) => error !== undefined);
    const status = signal.aborted
      ? 130
      : hasErrors || (failed > 0 && args.isOn("check"))
      ? 1
      : 0;
    if (signal.aborted) console.error((signal.reason as Error).message);
    const json = {
      status: status === 130 ? "interrupted" : status === 1 ? "failed" : "done",
      quick,
      rounds,
      corpus: {
        name: corpus.name,
        bytes: corpus.bytes,
        textBytes: corpus.textBytes,
        games: corpus.games,
      },
      versions,
      cores: availableParallelism(),
      groups: results,
    };
    await writeFiles(args, json);
    return {
      status,
      json,
      text: claims.length === 0
        ? ""
        : `\n${claims.length - failed} of ${claims.length} promises are kept`,
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function writeFiles(
  args: Arguments,
  run: { groups: readonly GroupResult[] },
): Promise<void> {
  const out = args.text("out");
  const folder = args.text("svg");
  if (out !== undefined) {
    await Deno.writeTextFile(out, JSON.stringify(run, null, 2) + "\n");
  }
  if (folder === undefined) return;
  await Deno.mkdir(folder, { recursive: true });
  for (const [name, picture] of drawCharts(run.groups)) {
    await Deno.writeTextFile(join(folder, name), picture);
  }
}

/** Shows on a terminal how far the run has come, and how long it still takes. */
async function groupProgress(groups: readonly BenchGroup[]) {
  const stored = JSON.parse(await Deno.readTextFile(STORED_RUN));
  // Each takes about the share of a run that it took in the stored one.
  const weights = groups.map(({ name }) =>
    stored.groups.find((group: GroupResult) => group.name === name)?.seconds ??
      1
  );
  const sumOf = (some: number[]) => some.reduce((sum, one) => sum + one, 0);
  const total = sumOf(weights);
  const progress = new Progress();
  const start = performance.now();
  let done = 0;
  let begun = start;
  const timer = setInterval(() => {
    if (!Deno.stderr.isTerminal()) return;
    const now = performance.now();
    const before = sumOf(weights.slice(0, done));
    // At the pace of the groups before, and never more than the whole of this one.
    const pace = before === 0 ? 1 : before / (begun - start) * 1000;
    const inGroup = Math.min(weights[done], (now - begun) / 1000 * pace);
    progress.update({
      games: done,
      noun: `of ${groups.length} groups`,
      done: before + inGroup,
      total,
    });
  }, 1000);
  return {
    begin(group: number) {
      done = group;
      begun = performance.now();
    },
    wipe: () => progress.end(),
    [Symbol.dispose]() {
      clearInterval(timer);
      progress.end();
    },
  };
}

function chooseGroups(names: string[] | undefined): BenchGroup[] {
  if (names === undefined) return GROUPS;
  return [...new Set(names)].map((name) => {
    const group = GROUPS.find((group) => group.name === name);
    if (group !== undefined) return group;
    const known = GROUPS.map(({ name }) => name).join(", ");
    throw new UsageError(`There is no group ${name}: there are ${known}`);
  });
}

/** A path that also a process with another folder understands. */
function pathOf(database = SAMPLE): string {
  return isAbsolute(database) ? database : join(Deno.cwd(), database);
}

type RunOptions = Pick<
  BenchContext,
  "corpus" | "quick" | "rounds" | "folder" | "signal" | "note"
>;

async function runGroup(
  { name, question, run }: BenchGroup,
  options: RunOptions,
): Promise<GroupResult> {
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  await using servers = new AsyncDisposableStack();
  try {
    const report = await run({
      ...options,
      random: seededRandom(0),
      startRedis: async () => servers.use(await startRedis(options.folder)),
    });
    return { name, question, seconds: seconds(), ...report };
  } catch (error) {
    // The task itself tells of an interruption.
    const { aborted, reason } = options.signal;
    const message = aborted ? String(reason) : reportError(error);
    return { name, question, seconds: seconds(), error: message };
  }
}

function describeRun(
  corpus: Corpus,
  versions: Versions,
  rounds: number,
): string {
  const { name, bytes, textBytes, games } = corpus;
  const [cpu] = cpus();
  return [
    `${bold("corpus")}    ${name}: ${formatNumber(games)} games, ` +
    `${formatBytes(bytes)}, text ${formatBytes(textBytes)}`,
    `${bold("versions")}  ${
      Object.entries(versions).map((pair) => pair.join(" ")).join(", ")
    }`,
    `${bold("cores")}     ${availableParallelism()}${
      cpu === undefined ? "" : `, ${cpu.model}`
    }`,
    `${bold("rounds")}    ${rounds}; times are the best of them`,
  ].join("\n");
}

function describeResult(result: GroupResult): string {
  const { name, question, seconds, error } = result;
  const { tables = [], claims = [], notes = [] } = result;
  const lines = ["", bold(`${name}: ${question}`)];
  for (const table of tables) lines.push("", ...describeTable(table));
  if (claims.length > 0) lines.push("", ...claims.map(describeClaim));
  if (notes.length > 0) lines.push("", ...notes);
  if (error !== undefined) lines.push("", `failed: ${error}`);
  lines.push(`(${formatSeconds(seconds)})`);
  return lines.join("\n");
}

if (import.meta.main) await runTask(COMMAND, bench);
