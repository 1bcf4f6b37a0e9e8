/** Everything a task prints passes here: no control characters, no noise where nobody reads. */

/** Control characters, line separators, and marks that turn text around. */
const CONTROL =
  "\\p{Cc}\\p{Zl}\\p{Zp}\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069";
const CONTROL_REGEXP = new RegExp(`[${CONTROL}]`, "gu");
/** The same without a task's own line ends and bold words. */
const FOREIGN_CONTROL_REGEXP = new RegExp(
  `\\x1b\\[(?:1|22)m|\\n|[${CONTROL}]`,
  "gu",
);

/**
 * Writes the control characters of a name as escapes, so that no file and no
 * set can write over other lines or command the terminal.
 */
export function printable(text: string): string {
  return text.replace(CONTROL_REGEXP, escapeCharacter);
}

/** Writes control characters as escapes, but for line ends and bold words. */
export function printableLines(text: string): string {
  return text.replace(
    FOREIGN_CONTROL_REGEXP,
    (match) =>
      match === "\n" || match.length > 1 ? match : escapeCharacter(match),
  );
}

/** Writes a value as JSON without a raw control character in it. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(
    CONTROL_REGEXP,
    (character) => `\\u${hexOf(character, 4)}`,
  );
}

function escapeCharacter(character: string): string {
  if (character === "\n") return "\\n";
  if (character === "\r") return "\\r";
  if (character === "\t") return "\\t";
  return character <= "\xff"
    ? `\\x${hexOf(character, 2)}`
    : `\\u${hexOf(character, 4)}`;
}

function hexOf(character: string, digits: number): string {
  return character.charCodeAt(0).toString(16).padStart(digits, "0");
}

/** Writes a line to standard output; nothing where its reader has gone. */
export function printLine(line: string): void {
  writeTo(Deno.stdout, `${line}\n`);
}

/** Writes text to standard error; nothing where its reader has gone. */
export function writeError(text: string): void {
  writeTo(Deno.stderr, text);
}

function writeTo(
  output: { writeSync(bytes: Uint8Array): number },
  text: string,
): void {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let at = 0; at < bytes.length;) {
      at += output.writeSync(bytes.subarray(at));
    }
  } catch (error) {
    // Whoever reads has enough, as head does.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
