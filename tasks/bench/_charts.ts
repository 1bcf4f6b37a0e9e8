/** Draws the figures of a run as pictures that are readable in light and dark. */
import { escapeHtml } from "../_output.ts";
import type { BenchReport, BenchTable } from "./_bench.ts";
import { describeCell } from "./_print.ts";

/** What a chart shows of a group. */
interface Chart {
  /** The name of its file. */
  readonly name: string;
  readonly title: string;
  readonly group: string;
  /** Which of the group's tables. */
  readonly tables: readonly number[];
  /** The column of which each row is a bar; omitted, each cell is one. */
  readonly column?: string;
}

const CHARTS: readonly Chart[] = [
  {
    name: "scanning",
    title: "Reading an archive, CPU ms",
    group: "archive",
    tables: [0],
    column: "CPU ms",
  },
  {
    name: "indexing",
    title: "Indexing two sets, games a second",
    group: "index",
    tables: [0],
    column: "games/s",
  },
  {
    name: "rounds",
    title: "The samples of 100 games, ms",
    group: "round",
    tables: [2],
  },
  {
    name: "sets",
    title: "The samples of the last 100 games of a set, ms",
    group: "round",
    tables: [3],
  },
  {
    name: "batches",
    title: "Games into batches, positions a second of CPU",
    group: "batches",
    tables: [0],
    column: "positions/s of CPU",
  },
];

/** Some bars under a heading. */
interface Section {
  readonly heading: string;
  readonly bars: readonly Bar[];
}

interface Bar {
  readonly label: string;
  readonly value: number;
  /** Whether the others are compared with it. */
  readonly isBaseline: boolean;
}

/** A group that was measured. */
type MeasuredGroup = Partial<BenchReport> & { readonly name: string };

/** Draws the charts of the groups that were measured. */
export function drawCharts(
  groups: readonly MeasuredGroup[],
): Map<string, string> {
  const pictures = new Map<string, string>();
  for (const chart of CHARTS) {
    const { tables } = groups.find(({ name }) => name === chart.group) ?? {};
    if (tables === undefined) continue;
    const sections = chart.tables.flatMap((k) =>
      sectionsOf(tables[k], chart.column)
    );
    pictures.set(`bench-${chart.name}.svg`, draw(chart.title, sections));
  }
  return pictures;
}

function sectionsOf(table: BenchTable, column: string | undefined): Section[] {
  const { title, columns, rows } = table;
  if (column !== undefined) {
    const k = columns.indexOf(column);
    const bars = rows.map((row) => ({
      label: String(row[0]),
      value: Number(row[k]),
      // What the others are compared with is once as much as itself.
      isBaseline: row.some((cell, i) => cell === 1 && /^of /.test(columns[i])),
    }));
    return [{ heading: title, bars }];
  }
  return rows.map(([name, ...cells]) => ({
    heading: `${columns[0]} ${name}`,
    bars: cells.map((cell, i) => ({
      label: columns[i + 1],
      value: Number(cell),
      isBaseline: columns[i + 1] === "archive",
    })),
  }));
}

const WIDTH = 720;
const LABEL_WIDTH = 290;
const BAR_WIDTH = 350;
const LINE = 24;

function draw(title: string, sections: readonly Section[]): string {
  const bars = sections.flatMap(({ bars }) => bars);
  const most = Math.max(...bars.map(({ value }) => value));
  let y = 24;
  const lines = [text("title", 0, y, title)];
  for (const { heading, bars } of sections) {
    y += LINE + 4;
    lines.push(text("heading", 0, y, heading));
    for (const { label, value, isBaseline } of bars) {
      y += LINE;
      const width = Math.max(1, value / most * BAR_WIDTH);
      lines.push(
        text("label", LABEL_WIDTH - 8, y, label),
        `<rect x="${LABEL_WIDTH}" y="${y - 14}" width="${
          width.toFixed(1)
        }" height="18"${isBaseline ? ' class="baseline"' : ""}/>`,
        text("value", LABEL_WIDTH + width + 6, y, describeCell(value)),
      );
    }
  }
  const said = sections.map(({ heading, bars }) =>
    `${heading}: ${
      bars.map(({ label, value }) => `${label} ${describeCell(value)}`)
        .join(", ")
    }`
  ).join("; ");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${
    y + 16
  }" role="img" aria-label="${escapeHtml(`${title}. ${said}`)}">
<style>
rect { fill: #2f6f4f; } .baseline { fill: #8a929b; }
text { font: 14px system-ui, sans-serif; fill: #575e66; }
.title { font-size: 16px; font-weight: 600; fill: #1c2024; } .label { text-anchor: end; fill: #1c2024; }
@media (prefers-color-scheme: dark) {
rect { fill: #6fbf97; } .baseline { fill: #767e87; } text { fill: #a6adb5; } .title, .label { fill: #e8eaed; } }
</style>
${lines.join("\n")}
</svg>
`;
}

function text(kind: string, x: number, y: number, words: string): string {
  return `<text x="${x.toFixed(0)}" y="${y}" class="${kind}">${
    escapeHtml(words)
  }</text>`;
}
