import { parseArgs } from "node:util";
import {
  GAME_FILTER_FIELDS,
  type GameFilter,
  type GameFilterField,
  GameLoader,
  normalizeFilter,
} from "../mod.ts";

/** One flag of a task. */
export interface Flag {
  /** Its name, without the two dashes. */
  readonly name: string;
  /** What stands for its value in the help; none for a flag that is on or off. */
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
  /** What stands behind the name, such as `[DATABASE…] [flags]`. */
  readonly usage: string;
  /** What it does, in a sentence or two. */
  readonly summary: string;
  /** How many arguments beside flags it takes at most. @default {Infinity} */
  readonly maxArguments?: number;
  /** Its flags under their headings. `--json` and `--help` are added. */
  readonly flags: Readonly<Record<string, readonly Flag[]>>;
  /** Whole command lines, with what each does. */
  readonly examples: readonly (readonly [command: string, does: string])[];
}

/** The arguments of a task as they were given. */
export interface Arguments {
  /** What is no flag. */
  readonly rest: readonly string[];
  /** Whether a flag that is on or off was given, and how. */
  isOn(name: string): boolean | undefined;
  /** The value of a flag that takes one. */
  text(name: string): string | undefined;
  /** The values of a flag that takes several. */
  texts(name: string): string[] | undefined;
  /** The value of a flag that takes a whole number, 0 or more. */
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

const COMMON_FLAGS: readonly Flag[] = [
  { name: "json", description: "End with one JSON object, for a program" },
  { name: "help", description: "Show this text" },
];

/** The flag that every task with a cache has. */
export const CACHE_FLAG: Flag = {
  name: "cache",
  value: "URL",
  description: "Use this cache: redis://HOST:PORT, sqlite:FILE",
};

/**
 * The flags of a filter, one for each of its fields.
 *
 * @returns The flags, in the order of the fields.
 */
export function filterFlags(): Flag[] {
  return GAME_FILTER_FIELDS.map((field) => {
    const { name, kind, values, description } = field;
    const flag = { name: toKebabCase(name), several: isSeveral(field) };
    switch (kind) {
      case "boolean":
        return {
          ...flag,
          negatable: true,
          description: `${description}; --no-${flag.name}: only others`,
        };
      case "choice":
      case "choices":
        return {
          ...flag,
          value: "NAME",
          description: `${description}: ${values!.join(", ")}`,
        };
      default: {
        const value = { integer: "N", date: "DAY", list: "LIST" }[kind];
        return { ...flag, value, description };
      }
    }
  });
}

/**
 * Reads the filter that the flags ask for.
 *
 * @param args The arguments of a task.
 * @param except Fields that mean something else to the task.
 * @returns The filter as it was given.
 * @throws {UsageError} If a value is not allowed; the message says which are.
 */
export function readFilter(
  args: Arguments,
  except: readonly (keyof GameFilter)[] = [],
): GameFilter {
  const filter: Record<string, unknown> = {};
  for (const field of GAME_FILTER_FIELDS) {
    if (except.includes(field.name)) continue;
    const value = readField(args, field);
    if (value !== undefined) filter[field.name] = value;
  }
  try {
    normalizeFilter(filter);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  return filter;
}

/**
 * Reads the arguments of a task.
 *
 * @param command What the task takes.
 * @param args The arguments.
 * @returns What was given.
 * @throws {UsageError} If a flag is unknown, has no value or one too many.
 */
export function readArguments(command: Command, args: string[]): Arguments {
  const flags = new Map(flagsOf(command).map((flag) => [flag.name, flag]));
  const { tokens } = parseArgs({
    args: args.map((arg) => arg === "-h" ? "--help" : arg),
    options: Object.fromEntries(
      [...flags.values()].map(({ name, value }) => [
        name,
        { type: value === undefined ? "boolean" : "string" } as const,
      ]),
    ),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const rest: string[] = [];
  const given = new Map<string, string[]>();
  const switched = new Map<string, boolean>();
  for (const token of tokens) {
    if (token.kind === "positional") rest.push(token.value);
    if (token.kind !== "option") continue;
    const { name, rawName, value } = token;
    const positive = name.startsWith("no-") ? name.slice(3) : name;
    const flag = flags.get(name) ?? flags.get(positive);
    const isNegated = name !== flag?.name;
    if (flag === undefined || (isNegated && !flag.negatable)) {
      throw new UsageError(
        `There is no flag ${rawName}: did you mean --${
          nearest(name, [...flags.keys()])
        }?`,
      );
    }
    if (flag.value === undefined) {
      if (value !== undefined) {
        throw new UsageError(`${rawName} takes no value`);
      }
      switched.set(flag.name, !isNegated);
      continue;
    }
    if (value === undefined || value === "" || value.startsWith("--")) {
      throw new UsageError(
        `${rawName} needs a value: ${rawName} ${flag.value}`,
      );
    }
    const values = given.get(flag.name) ?? [];
    if (values.length > 0 && !flag.several) {
      throw new UsageError(`${rawName} is given twice`);
    }
    given.set(flag.name, [
      ...values,
      ...(flag.several ? value.split(",").map((one) => one.trim()) : [value]),
    ]);
  }
  const { maxArguments = Infinity } = command;
  if (rest.length > maxArguments && switched.get("help") !== true) {
    throw new UsageError(
      `"${
        rest[maxArguments]
      }" is one argument too many: deno task ${command.name} ${command.usage}`,
    );
  }
  return {
    rest,
    isOn: (name) => switched.get(name),
    text: (name) => given.get(name)?.[0],
    texts: (name) => given.get(name),
    integer: (name) => {
      const text = given.get(name)?.[0];
      if (text === undefined) return undefined;
      if (!/^\d+$/.test(text) || !Number.isSafeInteger(Number(text))) {
        throw new UsageError(
          `--${name} must be a whole number: current value is ${text}`,
        );
      }
      return Number(text);
    },
  };
}

const SET_NAME_REGEXP = /^[a-z0-9_-]{1,64}$/;

/**
 * Checks the name of a set before any cache is asked for it.
 *
 * @param name The name.
 * @returns The name.
 * @throws {UsageError} If no set can have it.
 */
export function checkSetName(name: string): string {
  if (SET_NAME_REGEXP.test(name)) return name;
  throw new UsageError(
    `The name of a set must be 1 to 64 of a-z, 0-9, _ and -: current value is ${name}`,
  );
}

/**
 * Checks the names of archives before anything is read or any cache is asked.
 *
 * @param databases Paths, URLs or `-`.
 * @throws {UsageError} If one of them cannot name an archive.
 */
export function checkDatabases(databases: readonly string[]): void {
  try {
    new GameLoader([...databases], { cache: null });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/**
 * Puts what a task takes into a page of help.
 *
 * @param command What the task takes.
 * @returns The text.
 */
export function helpText(command: Command): string {
  const lines = [
    `deno task ${command.name} ${command.usage}`.trimEnd(),
    "",
    command.summary,
  ];
  const sections = { ...command.flags };
  sections.Output = [...sections.Output ?? [], ...COMMON_FLAGS];
  const usageOf = ({ name, value }: Flag) =>
    value === undefined ? `--${name}` : `--${name} ${value}`;
  const width = Math.max(
    ...flagsOf(command).map((flag) => usageOf(flag).length),
  );
  for (const [heading, flags] of Object.entries(sections)) {
    lines.push("", `${heading}:`);
    for (const flag of flags) {
      const description = flag.several
        ? `${flag.description} (several: commas or repeated)`
        : flag.description;
      lines.push(`  ${usageOf(flag).padEnd(width)}  ${description}`);
    }
  }
  lines.push("", "Examples:");
  for (const [example, does] of command.examples) {
    lines.push(`  # ${does}`, `  ${example}`);
  }
  return lines.join("\n");
}

function flagsOf(command: Command): Flag[] {
  return [...Object.values(command.flags).flat(), ...COMMON_FLAGS];
}

function readField(args: Arguments, field: GameFilterField): unknown {
  const name = toKebabCase(field.name);
  if (field.kind === "boolean") return args.isOn(name);
  if (field.kind === "integer") return args.integer(name);
  return isSeveral(field) ? args.texts(name) : args.text(name);
}

function isSeveral({ kind }: GameFilterField): boolean {
  return kind === "choices" || kind === "list";
}

function toKebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The name that takes the fewest changes of a character. */
function nearest(name: string, names: readonly string[]): string {
  const wanted = toKebabCase(name);
  const distances = names.map((name) => distanceBetween(wanted, name));
  return names[distances.indexOf(Math.min(...distances))];
}

function distanceBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(
        row[j] + 1,
        next[j - 1] + 1,
        row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1),
      );
    }
    row = next;
  }
  return row[b.length];
}
