import { bold, formatNumber } from "../_output.ts";
import type { BenchReport, BenchTable, Claim } from "./_bench.ts";

/** Writes figures in columns, numbers to the right. */
export function describeTable({ title, columns, rows }: BenchTable): string[] {
  const cells = [columns, ...rows].map((row) => row.map(describeCell));
  const widths = columns.map((_, i) =>
    Math.max(...cells.map((row) => row[i].length))
  );
  const lines = cells.map((row, number) =>
    row.map((cell, i) => {
      const isText = number === 0
        ? rows.every((row) => typeof row[i] === "string")
        : typeof rows[number - 1][i] === "string";
      return isText ? cell.padEnd(widths[i]) : cell.padStart(widths[i]);
    }).join("  ").trimEnd()
  );
  const rule = widths.map((width) => "─".repeat(width)).join("  ");
  return [bold(title), lines[0], rule, ...lines.slice(1)]
    .map((line, i) => i === 0 ? line : `  ${line}`);
}

/** Writes a claim, and whether it holds. */
export function describeClaim(claim: Claim): string {
  const { name, measured, must, bound, holds } = claim;
  return `${holds ? "holds " : bold("FAILS ")} ${name}: ${
    withUnit(claim, measured)
  }, must ${must} ${withUnit(claim, bound)}`;
}

/** A run as it is stored, as far as the README has it. */
export interface StoredRun {
  readonly quick: boolean;
  readonly rounds: number;
  readonly cores: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly groups: readonly (Partial<BenchReport> & {
    readonly name: string;
    readonly question: string;
  })[];
}

/**
 * Writes the first claim of each group, or else the last figure of its first table,
 * in Markdown, with the command that prints it.
 */
export function figuresTable(run: StoredRun): string {
  const { quick, rounds, cores, versions, groups } = run;
  const rows = groups.flatMap(({ name, question, claims, tables }) => {
    if (tables === undefined) return []; // It failed.
    const [{ columns, rows }] = tables;
    const last = rows.at(-1)!;
    const [claim] = claims ?? [];
    const [measured, promised] = claim === undefined
      ? [`${last[0]}, ${columns.at(-1)}: ${describeCell(last.at(-1)!)}`, ""]
      : [
        `${claim.name}: ${withUnit(claim, claim.measured)}`,
        `${claim.must.slice("be ".length)} ${withUnit(claim, claim.bound)}`,
      ];
    const command = `\`deno task bench --group ${name}\``;
    return [[question, measured, promised, command]];
  });
  const columns = ["question", "measured", "promised", "command"];
  return [
    `${
      quick ? "A quick run" : "A run"
    } on ${cores} cores, the best of ${rounds} ` +
    `rounds, with Deno ${versions.deno} and Redis ${versions.redis}:`,
    "",
    ...[columns, columns.map(() => "---"), ...rows]
      .map((cells) => `| ${cells.join(" | ")} |`),
  ].join("\n");
}

function withUnit({ unit = "" }: Claim, figure: number): string {
  return `${describeCell(figure)} ${unit}`.trim();
}

/** Three digits that say something, or all of a whole number. */
export function describeCell(cell: string | number): string {
  if (typeof cell === "string") return cell;
  if (!Number.isFinite(cell)) return String(cell);
  if (Number.isInteger(cell) || Math.abs(cell) >= 100) {
    return formatNumber(Math.round(cell));
  }
  const digits = Math.floor(Math.log10(Math.abs(cell)));
  return cell.toFixed(Math.min(6, Math.max(0, 2 - digits)));
}
