/** The page that --help shows. */
import { type Command, COMMON_FLAGS, type Flag, flagsOf } from "./_flags.ts";

/** Characters in a line. */
const COLUMNS = 96;

/**
 * Puts what a task takes into a page of help: its flags in groups, the values
 * of a flag on lines of their own where they are many.
 */
export function helpText(command: Command): string {
  const { Output = [], ...groups } = command.flags;
  const sections = { ...groups, Output: [...Output, ...COMMON_FLAGS] };
  const width = Math.max(
    ...flagsOf(command).map((flag) => usageOf(flag).length),
  );
  const lines = [
    `deno task ${command.name} ${command.usage}`.trimEnd(),
    "",
    command.summary,
  ];
  for (const [heading, flags] of Object.entries(sections)) {
    lines.push("", `${heading}:`);
    for (const flag of flags) lines.push(...describeFlag(flag, width));
  }
  lines.push("", "Examples:");
  for (const [example, does] of command.examples) {
    lines.push(`  # ${does}`, `  ${example}`);
  }
  return lines.join("\n");
}

/** `NAME,…` takes several values, with commas or repeated. */
function usageOf({ name, value, several }: Flag): string {
  return value === undefined
    ? `--${name}`
    : `--${name} ${value}${several ? ",…" : ""}`;
}

function describeFlag(flag: Flag, width: number): string[] {
  const [first, ...others] = wrap(flag.description, COLUMNS - width - 4);
  return [
    `  ${usageOf(flag).padEnd(width)}  ${first}`,
    ...others.map((line) => " ".repeat(width + 4) + line),
  ];
}

function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
