import { NEEDED_PROGRAMS } from "../_setup.ts";
import { TaskError } from "../_task.ts";

/** A process that has ended. */
export interface MeasuredProcess {
  /** From its start to its end, in milliseconds. */
  readonly milliseconds: number;
  /** What all its threads took of the processors, in milliseconds; not known where its memory is watched. */
  readonly cpuMilliseconds: number | undefined;
  /** The most memory it had at once, in bytes, if asked for and where /proc tells. */
  readonly peakBytes: number | undefined;
  /** What it wrote to standard output, if that was asked for. */
  readonly stdout: string;
}

/** Options of {@linkcode measureProcess}. */
export interface ProcessOptions {
  /** Further environment variables. */
  env?: Record<string, string>;
  /** Whether its standard output is kept; otherwise it goes to /dev/null. */
  stdout?: "piped";
  /** Whether its memory is watched, which takes some time itself. @default {false} */
  watchesMemory?: boolean;
  /** Ends it. */
  signal?: AbortSignal;
}

/** How often a process is asked for its memory, in milliseconds. */
const POLL_INTERVAL = 5;

/**
 * Runs a program to its end and measures it. Its peak is looked at while it
 * runs: what a process takes in its last few milliseconds is not seen.
 */
export async function measureProcess(
  program: string,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<MeasuredProcess> {
  const { env, stdout = "null", watchesMemory = false, signal } = options;
  const start = performance.now();
  // A process that is watched must be the program itself.
  const [command, ...commandArgs] = watchesMemory
    ? [program, ...args]
    : ["sh", "-c", TIMED, "sh", program, ...args];
  const child = spawn(command, {
    args: commandArgs,
    env,
    stdin: "null",
    stdout,
    stderr: "piped",
    signal,
  });
  let peakBytes: number | undefined;
  const poll = watchesMemory
    ? setInterval(
      () => peakBytes = peakBytesOf(child.pid) ?? peakBytes,
      POLL_INTERVAL,
    )
    : undefined;
  try {
    const [status, text, errors] = await Promise.all([
      child.status.then((status) => {
        const milliseconds = performance.now() - start;
        return { ...status, milliseconds };
      }),
      stdout === "piped" ? new Response(child.stdout).text() : "",
      new Response(child.stderr).text(),
    ]);
    signal?.throwIfAborted();
    if (status.code === NOT_FOUND) throw missingProgram(program);
    if (!status.success) {
      const message = errors.replace(TIMES_REGEXP, "").trim();
      throw new TaskError(
        `${program} ${args.join(" ")} ended with ${status.code}: ${message}`,
      );
    }
    return {
      milliseconds: status.milliseconds,
      cpuMilliseconds: watchesMemory ? undefined : cpuOf(errors),
      peakBytes,
      stdout: text,
    };
  } finally {
    clearInterval(poll);
  }
}

/** Runs a program to its end; gives the CPU time that it took, in milliseconds. */
export async function cpuOfProcess(
  program: string,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<number> {
  const { cpuMilliseconds } = await measureProcess(program, args, { signal });
  return cpuMilliseconds ?? NaN;
}

/** Starts a program; one that is not installed is an error that says so. */
export function spawn(
  program: string,
  options: Deno.CommandOptions,
): Deno.ChildProcess {
  try {
    return new Deno.Command(program, options).spawn();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw missingProgram(program);
  }
}

function missingProgram(program: string): TaskError {
  const { debianPackage = program } =
    NEEDED_PROGRAMS.find(({ names }) => names.includes(program)) ?? {};
  return new TaskError(
    `Cannot find ${program}: on Debian, sudo apt-get install -y ${debianPackage} installs it`,
  );
}

/**
 * Runs a program and writes to standard error what it took of the processors; a
 * signal that ends the shell ends the program.
 */
const TIMED = `trap 'kill $pid' TERM
"$@" &
pid=$!
wait $pid
status=$?
times >&2
exit $status`;

/** The status of a shell that does not find the program. */
const NOT_FOUND = 127;

/** The two lines of the shell's `times`. */
const TIMES_REGEXP = /(?:\d+m[\d.]+s \d+m[\d.]+s\n){2}$/;

/** What the shell's `times` says of the processes that it ran, in milliseconds. */
function cpuOf(errors: string): number | undefined {
  const line = errors.trimEnd().split("\n").at(-1)!;
  const parts = [...line.matchAll(/(\d+)m([\d.]+)s/g)];
  if (parts.length !== 2) return undefined;
  return parts.reduce(
    (sum, [, minutes, seconds]) =>
      sum + (Number(minutes) * 60 + Number(seconds)) * 1000,
    0,
  );
}

/** The most memory that a process has had at once, in bytes. */
function peakBytesOf(pid: number): number | undefined {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    const kibibytes = status.match(/^VmHWM:\s+(\d+) kB$/m)?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
  } catch {
    return undefined; // It has ended, or this system has no /proc.
  }
}
