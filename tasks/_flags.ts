/** The flags of a command line. */
import { parseArgs } from "node:util";
import { GameLoader, isSetName } from "../mod.ts";
import { nearestFlag } from "./_nearest_flag.ts";

/** One flag of a task. */
export interface Flag {
  /** Its name, without the two dashes. */
  readonly name: string;
  /** The word for its value in the help; none for a flag that is on or off. */
  readonly value?: string;
  /** Whether it takes several values: repeated, or with commas. */
  readonly several?: boolean;
  /** Whether `--no-NAME` asks for the opposite. */
  readonly negatable?: boolean;
  /** What it does, in a few words. */
  readonly description: string;
}

/** What a task takes, for reading its arguments and for its help. */
export interface Command {
  /** The task's name. */
  readonly name: string;
  /** What follows the name, such as `[DATABASE…] [flags]`. */
  readonly usage: string;
  /** What it does, in a sentence or two. */
  readonly summary: string;
  /** How many arguments it takes at most, without its flags. @default {Infinity} */
  readonly maxArguments?: number;
  /** Its flags under their headings. `--json` and `--help` are added. */
  readonly flags: Readonly<Record<string, readonly Flag[]>>;
  /** Whole command lines, with what each does. */
  readonly examples: readonly (readonly [command: string, does: string])[];
}

/** The arguments of a task as they were given. */
export interface Arguments {
  /** The arguments that are not flags. */
  readonly rest: readonly string[];
  /** Whether a flag that is on or off was given, and how. */
  isOn(name: string): boolean | undefined;
  /** The value of a flag that takes one. */
  text(name: string): string | undefined;
  /** The values of a flag that takes several. */
  texts(name: string): string[] | undefined;
  /** The value of a flag that takes a non-negative integer. */
  integer(name: string): number | undefined;
}

/** A command line that a task cannot follow. */
export class UsageError extends Error {
  /** Creates an error with what is wrong and what would be right. */
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}

/** The flags of every task. */
export const COMMON_FLAGS: readonly Flag[] = [
  { name: "json", description: "Print one JSON object on the last line" },
  { name: "help", description: "Show this text" },
];

/** The flag that every task with a cache has. */
export const CACHE_FLAG: Flag = {
  name: "cache",
  value: "URL",
  description:
    "Cache to use: redis://HOST:PORT or sqlite:FILE (default: GAME_CACHE_URL)",
};

/**
 * Reads the arguments of a task.
 *
 * @throws {UsageError} If a flag is unknown, has no value or one too many.
 */
export function readArguments(command: Command, args: string[]): Arguments {
  const given = new GivenFlags(flagsOf(command));
  const { tokens } = parseArgs({
    args: args.map((arg) => arg === "-h" ? "--help" : arg),
    options: given.options,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const rest: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") rest.push(token.value);
    if (token.kind === "option") given.add(token);
  }
  const { maxArguments = Infinity } = command;
  if (rest.length > maxArguments && given.isOn("help") !== true) {
    throw new UsageError(
      `"${
        rest[maxArguments]
      }" is one argument too many: deno task ${command.name} ${command.usage}`,
    );
  }
  return {
    rest,
    isOn: (name) => given.isOn(name),
    text: (name) => given.texts(name)?.[0],
    texts: (name) => given.texts(name),
    integer: (name) => readInteger(name, given.texts(name)?.[0]),
  };
}

/** One flag of a command line as it was written. */
interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string;
}

/** The flags of a command line, checked as they come. */
class GivenFlags {
  readonly #flags: ReadonlyMap<string, Flag>;
  readonly #values = new Map<string, string[]>();
  readonly #switches = new Map<string, boolean>();

  constructor(flags: readonly Flag[]) {
    this.#flags = new Map(flags.map((flag) => [flag.name, flag]));
  }

  /** What `parseArgs` needs to know of them. */
  get options(): Record<string, { type: "boolean" | "string" }> {
    return Object.fromEntries(
      [...this.#flags.values()].map(({ name, value }) => [
        name,
        { type: value === undefined ? "boolean" : "string" } as const,
      ]),
    );
  }

  add(token: OptionToken): void {
    const { name, rawName, value } = token;
    const flag = this.#find(token);
    if (flag.value !== undefined) return this.#addValue(flag, token);
    if (value !== undefined) throw new UsageError(`${rawName} takes no value`);
    this.#switches.set(flag.name, name === flag.name);
  }

  isOn(name: string): boolean | undefined {
    return this.#switches.get(name);
  }

  texts(name: string): string[] | undefined {
    return this.#values.get(name);
  }

  #find({ name, rawName }: OptionToken): Flag {
    const exact = this.#flags.get(name);
    if (exact !== undefined) return exact;
    const positive = name.startsWith("no-") ? name.slice(3) : name;
    const flag = this.#flags.get(positive);
    if (flag?.negatable) return flag;
    const nearest = nearestFlag(positive, [...this.#flags.keys()]);
    throw new UsageError(
      `There is no flag ${rawName}${
        nearest === undefined
          ? ", and none that is like it"
          : `: did you mean --${nearest}?`
      }`,
    );
  }

  #addValue(flag: Flag, { rawName, value }: OptionToken): void {
    if (value === undefined || value === "" || value.startsWith("--")) {
      throw new UsageError(
        `${rawName} needs a value: ${rawName} ${flag.value}`,
      );
    }
    const values = this.#values.get(flag.name) ?? [];
    if (values.length > 0 && !flag.several) {
      throw new UsageError(`${rawName} is given twice`);
    }
    values.push(
      ...flag.several ? value.split(",").map((one) => one.trim()) : [value],
    );
    this.#values.set(flag.name, values);
  }
}

function readInteger(
  name: string,
  text: string | undefined,
): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(Number(text))) {
    throw new UsageError(
      `--${name} must be a non-negative integer: current value is ${text}`,
    );
  }
  return Number(text);
}

/**
 * Checks the name of a set before any cache is asked for it.
 *
 * @throws {UsageError} If no set can have it.
 */
export function checkSetName(name: string): string {
  if (isSetName(name)) return name;
  throw new UsageError(
    `The name of a set must be 1 to 64 of a-z, 0-9, _ and -: current value is ${name}`,
  );
}

/**
 * Checks the names of archives before anything is read or any cache is asked.
 *
 * @throws {UsageError} If one of them cannot name an archive.
 */
export function checkDatabases(databases: readonly string[]): void {
  try {
    new GameLoader([...databases], { cache: null });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** Lists every flag of a task. */
export function flagsOf(command: Command): Flag[] {
  return [...Object.values(command.flags).flat(), ...COMMON_FLAGS];
}
