import { TaskError } from "../_task.ts";

/** A process that has ended. */
export interface MeasuredProcess {
  /** From its start to its end, in milliseconds. */
  readonly milliseconds: number;
  /** The most memory it had at once, in bytes, if asked for and where /proc tells. */
  readonly peakBytes: number | undefined;
  /** What it wrote to standard output, if that was asked for. */
  readonly stdout: string;
}

/** Options of {@linkcode measureProcess}. */
export interface ProcessOptions {
  /** Its folder. */
  cwd?: string;
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
  const { cwd, env, stdout = "null", watchesMemory = false, signal } = options;
  const start = performance.now();
  const child = spawn(program, {
    args: [...args],
    cwd,
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
    if (!status.success) {
      throw new TaskError(
        `${program} ${
          args.join(" ")
        } ended with ${status.code}: ${errors.trim()}`,
      );
    }
    return { milliseconds: status.milliseconds, peakBytes, stdout: text };
  } finally {
    clearInterval(poll);
  }
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
    throw new TaskError(
      `Cannot find ${program}${adviceFor(program)}`,
    );
  }
}

const DEBIAN_PACKAGES: Readonly<Record<string, string>> = {
  "redis-server": "redis-server",
  zstd: "zstd",
  pzstd: "zstd",
  "pgn-extract": "pgn-extract",
};

function adviceFor(program: string): string {
  const name = DEBIAN_PACKAGES[program];
  return name === undefined
    ? ""
    : `: on Debian, sudo apt-get install -y ${name} installs it`;
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
