import assert from "node:assert/strict";

/** The project's folder. */
export const PROJECT = new URL("../../", import.meta.url).pathname;
/** The archive that comes with the project. */
export const SAMPLE = `${PROJECT}data/sample.pgn.zst`;
/** How many games are in it. */
export const SAMPLE_GAMES = 2000;

/** Options of {@linkcode startTask} and {@linkcode runTask}. */
export interface RunOptions {
  /** The folder of the caller. */
  cwd?: string;
  /** Further environment variables. */
  env?: Record<string, string>;
  /** Whether the test writes its standard input. */
  stdin?: "piped";
}

/** How a task ended. */
export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
  /** The object on the last line of standard output. */
  // deno-lint-ignore no-explicit-any -- each task has its own, and tests look
  json(): any;
}

/** A folder for one test, removed with it. */
export class TestFolder implements AsyncDisposable {
  readonly path = Deno.makeTempDirSync();

  async [Symbol.asyncDispose]() {
    await Deno.remove(this.path, { recursive: true });
  }
}

/** Starts a task with the permissions that deno.json gives it. */
export function startTask(
  name: string,
  args: string[],
  options: RunOptions = {},
): Deno.ChildProcess {
  const { tasks } = JSON.parse(Deno.readTextFileSync(`${PROJECT}deno.json`));
  const [deno, run, ...command] = tasks[name].command.split(" ");
  assert.equal(`${deno} ${run}`, "deno run");
  return new Deno.Command(Deno.execPath(), {
    // The Redis of this machine, if it has one, is none of the tests' business.
    args: [run, "--deny-net=127.0.0.1:6379", ...command, ...args],
    cwd: PROJECT,
    env: {
      INIT_CWD: options.cwd ?? PROJECT,
      NO_COLOR: "1",
      GAME_CACHE_URL: "",
      REDIS_URL: "",
      ...options.env,
    },
    stdin: options.stdin ?? "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Runs a task to its end. */
export async function runTask(
  name: string,
  args: string[],
  options: RunOptions = {},
): Promise<Ended> {
  return await endOf(startTask(name, args, options));
}

/** Waits until something is so; it is an error if that takes too long. */
export async function until(
  condition: () => Promise<boolean>,
  seconds = 20,
): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!await condition()) {
    if (performance.now() > deadline) throw new Error("It did not come to it");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Waits for the end of a task that was started. */
export async function endOf(child: Deno.ChildProcess): Promise<Ended> {
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  const text = decoder.decode(stdout);
  return {
    code,
    stdout: text,
    stderr: decoder.decode(stderr),
    json: () => JSON.parse(text.trimEnd().split("\n").at(-1)!),
  };
}
