import { bold, formatNumber } from "../_output.ts";
import type { BenchTable, Claim } from "./_bench.ts";

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
  const { name, measured, must, bound, unit = "", holds } = claim;
  const verdict = holds ? "holds " : "FAILS ";
  const suffix = unit === "" ? "" : ` ${unit}`;
  return `${holds ? verdict : bold(verdict)} ${name}: ${
    describeCell(measured)
  }${suffix}, must ${must} ${describeCell(bound)}${suffix}`;
}

/** Three digits that say something, or all of a whole number. */
function describeCell(cell: string | number): string {
  if (typeof cell === "string") return cell;
  if (!Number.isFinite(cell)) return String(cell);
  if (Number.isInteger(cell) || Math.abs(cell) >= 100) {
    return formatNumber(Math.round(cell));
  }
  const digits = Math.floor(Math.log10(Math.abs(cell)));
  return cell.toFixed(Math.min(6, Math.max(0, 2 - digits)));
}
