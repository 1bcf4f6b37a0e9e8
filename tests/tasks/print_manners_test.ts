import assert from "node:assert/strict";
import { PROJECT, runTask, SAMPLE, TestFolder } from "./_run_task.ts";

/** Runs a task's file as a program that was given few permissions. */
async function runFile(name: string, flags: string[], args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", ...flags, `tasks/${name}.ts`, ...args],
    cwd: PROJECT,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}

Deno.test("Every task runs and says what failed where no variable may be read", async () => {
  await using folder = new TestFolder();
  const cache = ["--cache", `sqlite:${folder.path}/games.sqlite`];
  const flags = ["--allow-read", `--allow-write=${folder.path}`];
  const index = await runFile("index", flags, [
    SAMPLE,
    "--max-games",
    "5",
    ...cache,
  ]);
  assert.equal(index.code, 0, index.stderr);
  for (const name of ["stats", "verify"]) {
    const ended = await runFile(name, flags, cache);
    assert.equal(ended.code, 0, name + ended.stderr);
  }
  const sample = await runFile("sample", flags, [
    SAMPLE,
    "--max-games",
    "1",
    ...cache,
  ]);
  assert.equal(sample.code, 0, sample.stderr);
  for (const name of ["index", "stats", "verify", "sample", "clear"]) {
    const ended = await runFile(name, flags, [
      "--cache",
      "ftp://me:s3cret@host",
      ...name === "sample" ? [SAMPLE] : [],
      ...name === "clear" ? ["--all", "--yes"] : [],
    ]);
    assert.equal(ended.code, 2, name + ended.stderr);
    assert.match(
      ended.stderr,
      /^error: Cannot open the cache as its URL must begin/,
    );
    assert.doesNotMatch(ended.stderr, /NotCapable|env access|s3cret/);
  }
});

Deno.test("No task prints a control character of a file's name", async () => {
  await using folder = new TestFolder();
  const name = "a\x1b[2J\x9b\rb\u202e.pgn";
  await Deno.writeTextFile(
    `${folder.path}/${name}`,
    '[Event "?"]\n\n1. e4 *\n',
  );
  const cache = ["--cache", "sqlite:games.sqlite"];
  const options = { cwd: folder.path };
  const set = ["--set", "mine", ...cache];
  const runs = [
    await runTask("index", [name, ...set], options),
    await runTask("stats", cache, options),
    await runTask("stats", [...cache, "--json"], options),
    await runTask("index", [`${name}.gone`, ...set], options),
    await runTask("index", [`--${name}`], options),
    await runTask("stats", ["--cache", `ftp://${name}`, "--json"], options),
  ];
  assert.deepEqual(runs.map(({ code }) => code), [0, 0, 0, 1, 2, 2]);
  for (const { stdout, stderr } of runs) {
    assert.doesNotMatch(stdout + stderr, /[^\P{Cc}\n]|\u202e/u);
  }
  assert.match(runs[1].stdout, /a\\x1b\[2J\\x9b\\rb\\u202e\.pgn/);
});

Deno.test("No task complains where the reader of its output has gone", async () => {
  await using folder = new TestFolder();
  const cache = `sqlite:${folder.path}/games.sqlite`;
  const options = { cwd: folder.path };
  assert.equal((await runTask("index", ["--cache", cache], options)).code, 0);
  for (
    const [name, ...args] of [
      ["index", "--help"],
      ["stats", "--json"],
      ["stats"],
      ["verify"],
      ["sample", SAMPLE],
    ]
  ) {
    const command = [
      `'${Deno.execPath()}' run --allow-read tasks/${name}.ts`,
      ...args,
      ...args.includes("--help") ? [] : ["--cache", cache],
    ].join(" ");
    const { stderr } = await new Deno.Command("bash", {
      args: ["-c", `(sleep 0.1; ${command}) | true`],
      cwd: PROJECT,
      env: { NO_COLOR: "1" },
    }).output();
    const text = new TextDecoder().decode(stderr);
    assert.doesNotMatch(text, /BrokenPipe|error:|Uncaught/i, name);
  }
});
