/** Runs a task: arguments in, one outcome out, and a status. */
import { ArchiveError, GameCacheError } from "../mod.ts";
import { readVariable } from "./_environment.ts";
import {
  type Arguments,
  type Command,
  readArguments,
  UsageError,
} from "./_flags.ts";
import { helpText } from "./_help.ts";
import { maskPasswords } from "./_output.ts";
import {
  printable,
  printableJson,
  printableLines,
  printLine,
  writeError,
} from "./_print.ts";

/** Done, failed, wrong usage, interrupted. */
export type Status = 0 | 1 | 2 | 130;

/** How a task ended. */
export interface Outcome {
  /** The exit status. */
  readonly status: Status;
  /** What `--json` prints: one object. */
  readonly json: Readonly<Record<string, unknown>>;
  /** What is printed without `--json`. */
  readonly text: string;
}

/** Why a task has to stop. */
export class Interrupted extends Error {
  /** Creates the reason with the signal that was sent. */
  constructor(signal: Deno.Signal) {
    super(`Interrupted by ${signal}`);
    this.name = "Interrupted";
  }
}

/** What a task was asked for cannot be done, and no other error says so. */
export class TaskError extends Error {
  /** Creates an error with what cannot be done, and why. */
  constructor(message: string) {
    super(message);
    this.name = "TaskError";
  }
}

/**
 * Runs a task: reads its arguments, answers `--help`, hands on Ctrl-C, prints
 * the outcome and ends the process with its status.
 */
export async function runTask(
  command: Command,
  run: (args: Arguments, signal: AbortSignal) => Promise<Outcome>,
): Promise<never> {
  let outcome: Outcome;
  try {
    const args = readArguments(command, Deno.args);
    if (args.isOn("help")) {
      printLine(helpText(command));
      Deno.exit(0);
    }
    enterCallersFolder();
    outcome = await run(args, signalOfInterrupts());
  } catch (error) {
    outcome = failure(command, error);
  }
  // Also where the flags could not be read: a program waits for the object.
  if (Deno.args.includes("--json")) {
    printLine(hidePasswords(printableJson(outcome.json)));
  } else if (outcome.text !== "") {
    printLine(hidePasswords(printableLines(outcome.text)));
  }
  Deno.exit(outcome.status);
}

/** Says on standard error what went wrong. */
export function reportError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (isExpected(error)) note(`error: ${message}`);
  else writeError(`${hidePasswords(printableLines(Deno.inspect(error)))}\n`);
  return hidePasswords(message);
}

/**
 * Writes a line for people to standard error, without passwords and control
 * characters.
 */
export function note(line: string): void {
  writeError(`${hidePasswords(printable(line))}\n`);
}

/** Hides the passwords of all URLs in what is to be shown. */
export function hidePasswords(text: string): string {
  const given = [
    ...Deno.args,
    ...CACHE_VARIABLES.map((name) => readVariable(name) ?? ""),
  ];
  return maskPasswords(text, given.filter((word) => word.includes("://")));
}

const CACHE_VARIABLES = ["GAME_CACHE_URL", "REDIS_URL"];

function failure(command: Command, error: unknown): Outcome {
  if (error instanceof Interrupted) {
    note(error.message);
    return { status: 130, json: { status: "interrupted" }, text: "" };
  }
  const message = reportError(error);
  if (!(error instanceof UsageError)) {
    return { status: 1, json: { status: "failed", error: message }, text: "" };
  }
  note(`deno task ${command.name} --help shows all flags`);
  return { status: 2, json: { status: "usage", error: message }, text: "" };
}

/** Whether an error speaks for itself; where any other came from matters too. */
function isExpected(error: unknown): boolean {
  return [UsageError, TaskError, GameCacheError, ArchiveError]
    .some((kind) => error instanceof kind) ||
    Object.values(Deno.errors).some((kind) => error instanceof kind);
}

/** `deno task` runs in the project's folder; paths are relative to the caller's. */
function enterCallersFolder(): void {
  const folder = readVariable("INIT_CWD");
  if (folder) Deno.chdir(folder);
}

function signalOfInterrupts(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => {
      // A second Ctrl-C asks for an end without waiting.
      if (controller.signal.aborted) Deno.exit(130);
      controller.abort(new Interrupted(signal));
    });
  }
  return controller.signal;
}
