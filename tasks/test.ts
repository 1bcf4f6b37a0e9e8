/**
 * `deno task test`: sets up what the suite needs, runs it, and closes with a
 * plain line of numbers. Arguments go on to `deno test`: files, `--filter`.
 */
import {
  installAdvice,
  installWithApt,
  isOnPath,
  missingPrograms,
  NEEDED_PROGRAMS,
  WANTED_PROGRAMS,
} from "./_setup.ts";
import {
  addSummaries,
  formatTestSummary,
  readTestSummary,
  type TestSummary,
} from "./_test_summary.ts";

/** The caller's own caches and folder have no place in a test. */
const KEPT_FROM_TESTS = ["GAME_CACHE_URL", "REDIS_URL", "INIT_CWD"];
/**
 * What these look at belongs to the whole process, as its open files, time or
 * environment: they run one after the other, when the others are done.
 */
const ALONE = [
  "tests/archive/archive_test.ts",
  "tests/archive/byte_source_test.ts",
  "tests/cache/find_game_cache_test.ts",
  "tests/cache/game_cache_test.ts",
  "tests/game_loader_test.ts",
  "tests/pgn/growth_test.ts",
  "tests/sample_extractor_test.ts",
  "tests/scan/hostile_test.ts",
  "tests/scan/read_games_test.ts",
];

const STOPS = ["SIGINT", "SIGTERM"] as const;

/** The summary is among the last characters; the rest need not be kept. */
const TAIL_LENGTH = 65_536;

const HELP = `deno task test [FILE…] [flags of deno test]

Runs the whole suite, against redis-servers of its own. What it needs and does
not find, redis-server, zstd and chromium, it installs where it may: as root on Debian.

  --filter WORD  Only tests with this word in their names
  --fail-fast    End at the first that fails
  --long         With the checks that take longer, as deno task test:long
  --help         Show this text

Examples:
  # Everything
  deno task test
  # One file
  deno task test tests/game_loader_test.ts
  # A few tests
  deno task test --filter "deno task stats"`;

if (import.meta.main) {
  if (Deno.args.includes("--help") || Deno.args.includes("-h")) {
    console.log(HELP);
    Deno.exit(0);
  }
  const args = Deno.args.filter((arg) => arg !== "--long");
  const long = args.length < Deno.args.length;
  Deno.exit(await setUp() ? await runTests(args, long) : 1);
}

async function setUp(): Promise<boolean> {
  const path = Deno.env.get("PATH") ?? "";
  const mayInstall = Deno.uid() === 0 && await isOnPath(path, ["apt-get"]);
  if (mayInstall) {
    // One after the other: what is only wanted may not be in every Debian.
    for (const programs of [NEEDED_PROGRAMS, WANTED_PROGRAMS]) {
      const missing = await missingPrograms(path, programs);
      if (missing.length > 0) await installWithApt(missing);
    }
  }
  const wanted = await missingPrograms(path, WANTED_PROGRAMS);
  if (wanted.length > 0) {
    const names = wanted.map(({ names: [name] }) => name).join(", ");
    console.error(
      `Tests that need ${names} are skipped, as it is not installed`,
    );
  }
  const missing = await missingPrograms(path);
  if (missing.length === 0) return true;
  console.error(installAdvice(missing));
  return false;
}

async function runTests(args: string[], long: boolean): Promise<number> {
  const areAllAsked = args.every((arg) => arg.startsWith("-"));
  const runs = areAllAsked
    ? [["--doc", "--parallel", `--ignore=${ALONE.join(",")}`], ALONE]
    : [["--doc"]];
  let summary: TestSummary | undefined = { passed: 0, failed: 0, skipped: 0 };
  let code = 0;
  for (const run of runs) {
    const ended = await runTest([...args, ...run], long);
    code ||= ended.code;
    summary = summary && ended.summary && addSummaries(summary, ended.summary);
    if (code !== 0 && args.includes("--fail-fast")) break;
  }
  console.log(
    summary === undefined
      ? `The tests did not run to their end: deno test ended with status ${code}`
      : formatTestSummary(summary),
  );
  return code;
}

/** Runs `deno test` once, and shows its output. */
async function runTest(
  args: readonly string[],
  long: boolean,
): Promise<{ code: number; summary?: TestSummary }> {
  const env = Deno.env.toObject();
  for (const name of KEPT_FROM_TESTS) delete env[name];
  // Examples look for a cache by themselves, and may find no real one.
  env.GAME_CACHE_URL = "sqlite:tests/no_such.sqlite";
  if (long) env.GAME_CACHE_LONG_TESTS = "1";
  // Everything is allowed, as only that lets a test count its own open files.
  // Types are for `deno task check`: here each worker's would be checked anew.
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      "--no-check",
      "--lock=tests/deno.lock",
      "--allow-all",
      "--sanitize-ops",
      "--sanitize-resources",
      "--trace-leaks",
      ...args,
    ],
    env,
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const stop = () => child.kill("SIGTERM");
  for (const signal of STOPS) Deno.addSignalListener(signal, stop);

  let tail = "";
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) {
    let written = 0;
    while (written < chunk.length) {
      written += await Deno.stdout.write(chunk.subarray(written));
    }
    tail = (tail + decoder.decode(chunk, { stream: true })).slice(-TAIL_LENGTH);
  }
  const { code } = await child.status;
  for (const signal of STOPS) Deno.removeSignalListener(signal, stop);
  return { code, summary: readTestSummary(tail) };
}
