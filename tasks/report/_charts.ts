/** Charts for a page: drawn here, so that the page fetches and computes nothing. */
import { escapeHtml, formatNumber } from "../_output.ts";

/** One value of a chart. */
export interface Bar {
  readonly label: string;
  readonly value: number;
}

/** What a chart is called, and its values. */
export interface Chart {
  /** Its id in the page. */
  readonly id: string;
  readonly title: string;
  readonly bars: readonly Bar[];
  /** What the labels are, for the table. */
  readonly labels: string;
  /** A sentence under the title. */
  readonly note?: string;
}

/** Draws few values as a table whose rows have bars. */
export function barTable(chart: Chart): string {
  const most = Math.max(1, ...chart.bars.map(({ value }) => value));
  const all = chart.bars.reduce((sum, { value }) => sum + value, 0);
  const rows = chart.bars.map(({ label, value }) =>
    `<tr><th scope="row">${escapeHtml(label)}</th>` +
    `<td class="bar"><span style="width:${percent(value, most)}"></span></td>` +
    `<td class="number" data-value="${value}">${formatNumber(value)}</td>` +
    `<td class="number">${percent(value, all)}</td></tr>`
  );
  return figure(
    chart,
    `<table class="bars"><thead class="hidden"><tr><th>${
      escapeHtml(chart.labels)
    }</th><th>Bar</th><th>Number</th><th>Share</th></tr></thead>` +
      `<tbody>${rows.join("")}</tbody></table>`,
  );
}

const WIDTH = 480;
const HEIGHT = 180;
const BASE = 150;

/** Draws many values in order as columns, with their numbers in a table below. */
export function columnChart(chart: Chart): string {
  const { bars } = chart;
  if (bars.length === 0) return figure(chart, "<p>None</p>");
  const most = Math.max(1, ...bars.map(({ value }) => value));
  const width = WIDTH / bars.length;
  const columns = bars.map(({ label, value }, k) => {
    const height = value / most * (BASE - 20);
    return `<rect x="${round(k * width)}" y="${round(BASE - height)}" ` +
      `width="${round(Math.max(1, width - (width > 6 ? 2 : 0.5)))}" ` +
      `height="${round(height)}" data-label="${escapeHtml(label)}" ` +
      `data-value="${value}"><title>${escapeHtml(label)}: ${
        formatNumber(value)
      }</title></rect>`;
  });
  const highest = bars.reduce((a, b) => b.value > a.value ? b : a);
  const text = `${chart.title}: ${bars.length} columns from ${
    bars[0].label
  } to ${bars.at(-1)!.label}, the highest at ${highest.label} with ${
    formatNumber(highest.value)
  }`;
  const axis = axisLabels(bars).map(([k, anchor]) =>
    `<text x="${round(anchorAt(k, anchor, width))}" y="${BASE + 22}" ` +
    `text-anchor="${anchor}">${escapeHtml(bars[k].label)}</text>`
  );
  return figure(
    chart,
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${
      escapeHtml(text)
    }">${
      columns.join("")
    }<line x1="0" y1="${BASE}" x2="${WIDTH}" y2="${BASE}"/>` +
      `<text x="0" y="14">${formatNumber(most)}</text>${axis.join("")}</svg>` +
      numbersOf(chart),
  );
}

/** The first, the middle and the last. */
function axisLabels(
  bars: readonly Bar[],
): [number, "start" | "middle" | "end"][] {
  const last = bars.length - 1;
  if (last === 0) return [[0, "start"]];
  return last < 4 ? [[0, "start"], [last, "end"]] : [
    [0, "start"],
    [Math.floor(last / 2), "middle"],
    [last, "end"],
  ];
}

function anchorAt(k: number, anchor: string, width: number): number {
  return anchor === "start" ? 0 : anchor === "end" ? WIDTH : (k + 0.5) * width;
}

function numbersOf({ bars, labels }: Chart): string {
  const rows = bars.map(({ label, value }) =>
    `<tr><th scope="row">${escapeHtml(label)}</th><td class="number">${
      formatNumber(value)
    }</td></tr>`
  );
  return `<details><summary>Numbers</summary><table><thead><tr><th scope="col">${
    escapeHtml(labels)
  }</th><th scope="col">Number</th></tr></thead><tbody>${
    rows.join("")
  }</tbody></table></details>`;
}

/** Draws a board whose squares are the darker the more often they were counted. */
export function heatMap(
  id: string,
  title: string,
  squares: readonly number[],
): string {
  const most = Math.max(1, ...squares);
  const cells = squares.map((value, square) => {
    const file = square % 8;
    const rank = square >> 3;
    const name = "abcdefgh"[file] + (rank + 1);
    return `<rect x="${file * 30}" y="${
      (7 - rank) * 30
    }" width="30" height="30" ` +
      `data-label="${name}" data-value="${value}" fill-opacity="${
        round(value / most)
      }"><title>${name}: ${formatNumber(value)}</title></rect>`;
  });
  const highest = squares.indexOf(Math.max(...squares));
  const name = "abcdefgh"[highest % 8] + ((highest >> 3) + 1);
  const bars = squares.map((value, square) => ({
    label: "abcdefgh"[square % 8] + ((square >> 3) + 1),
    value,
  }));
  return figure(
    { id, title, bars, labels: "Square" },
    `<svg class="board" viewBox="-1 -1 242 242" role="img" aria-label="${
      escapeHtml(title)
    }, as a board; most at ${name}"><rect class="frame" width="240" height="240"/>${
      cells.join("")
    }</svg>${numbersOf({ id, title, bars, labels: "Square" })}`,
  );
}

function figure({ id, title, note }: Chart, content: string): string {
  return `<figure id="${id}"><figcaption><h3>${escapeHtml(title)}</h3>${
    note === undefined ? "" : `<p>${escapeHtml(note)}</p>`
  }</figcaption>${content}</figure>`;
}

function percent(value: number, all: number): string {
  return `${all === 0 ? 0 : round(value / all * 100, 1)}%`;
}

function round(value: number, digits = 2): number {
  return Number(value.toFixed(digits));
}
