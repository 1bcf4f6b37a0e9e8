/** The page of a report: one file that needs nothing else. */
import { escapeHtml, formatBytes, formatNumber } from "../_output.ts";
import { type Bar, barTable, columnChart, heatMap } from "./_charts.ts";
import type { RuleCount } from "./_collect.ts";
import type { SampleStatistics, ViewedGame } from "./_samples.ts";
import type { Counts, Statistics } from "./_statistics.ts";
import { STYLE } from "./_style.ts";
import { viewer } from "./_viewer.ts";

/** What a report is about, in numbers: the object of `--json` has the same. */
export interface Report {
  /** The set or the archives, as they may be shown. */
  readonly source: string;
  readonly gamesRead: number;
  readonly badGames: number;
  readonly statistics: Statistics;
  readonly rules: readonly RuleCount[];
  readonly passing?: number;
  readonly drawn: SampleStatistics;
  /** Samples of all games; an estimate where not all were drawn. */
  readonly samples: number;
  readonly isEstimate: boolean;
}

/** Draws a report. */
export function reportPage(
  report: Report,
  viewed: readonly ViewedGame[],
): string {
  const title = `Games of ${report.source}`;
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body><main><h1>${escapeHtml(title)}</h1>
${summary(report)}
${gameCharts(report.statistics)}
${openings(report.statistics.openings)}
${rulesTable(report)}
${sampleCharts(report)}
${viewed.length === 0 ? "" : viewer(viewed)}
</main></body></html>
`;
}

function summary(report: Report): string {
  const { statistics, badGames, samples, isEstimate } = report;
  const { games, redisBytes } = statistics;
  const facts: [string, string, string][] = [
    ["games", "Games", formatNumber(games)],
    [
      "samples",
      isEstimate ? "Samples, about" : "Samples",
      formatNumber(samples),
    ],
    ["text", "Text", formatBytes(statistics.textBytes)],
    ["redis", "In Redis, about", formatBytes(redisBytes)],
    ["evals", "With evaluations", shareOf(statistics.withEval, games)],
    ["clocks", "With clocks", shareOf(statistics.withClock, games)],
    ["rated", "Rated", shareOf(statistics.rated, games)],
    ["bots", "With a bot", shareOf(statistics.withBot, games)],
    ["variants", "Not standard chess", formatNumber(statistics.notStandard)],
    ["bad", "Unreadable, skipped", formatNumber(badGames)],
    ["repeated", "Repeated", formatNumber(statistics.repeated)],
  ];
  const among = statistics.repeatedAmong < games
    ? `<p class="quiet">Repetitions were looked for among the first ${
      formatNumber(statistics.repeatedAmong)
    } games.</p>`
    : "";
  return `<dl>${
    facts.map(([id, term, value]) =>
      `<div><dt>${term}</dt><dd id="${id}">${value}</dd></div>`
    ).join("")
  }</dl>${among}`;
}

function gameCharts(statistics: Statistics): string {
  return `<section aria-labelledby="games-title"><h2 id="games-title">Games</h2><div class="charts">${
    [
      columnChart({
        id: "ratings",
        title: "Ratings",
        note: "Average of both players, in hundreds",
        labels: "Rating from",
        bars: numbered(statistics.ratings, 100),
      }),
      columnChart({
        id: "plies",
        title: "Lengths",
        note: "Half-moves, in tens",
        labels: "Half-moves from",
        bars: numbered(statistics.plies, 10),
      }),
      columnChart({
        id: "months",
        title: "Months",
        labels: "Month",
        bars: named(statistics.months).toSorted((a, b) =>
          a.label < b.label ? -1 : 1
        ),
      }),
      barTable({
        id: "speeds",
        title: "Speeds",
        labels: "Speed",
        bars: byValue(statistics.speeds),
      }),
      barTable({
        id: "results",
        title: "Results",
        labels: "Result",
        bars: byValue(statistics.results),
      }),
      barTable({
        id: "terminations",
        title: "Terminations",
        labels: "Termination",
        bars: byValue(statistics.terminations),
      }),
    ].join("")
  }</div></section>`;
}

const VOLUMES: Readonly<Record<string, string>> = {
  A: "Flank openings",
  B: "Semi-open games",
  C: "Open games and French",
  D: "Closed and semi-closed games",
  E: "Indian defences",
};

/** The openings as a tree: volumes, tens, codes. */
function openings(counts: Counts): string {
  const all = sumOf(counts);
  const level = (length: number, prefix: string) =>
    byValue(
      Object.entries(counts).filter(([eco]) => eco.startsWith(prefix))
        .reduce<Counts>((sums, [eco, games]) => {
          const key = eco.slice(0, length);
          sums[key] = (sums[key] ?? 0) + games;
          return sums;
        }, {}),
    );
  const line = (name: string, value: number) =>
    `<span data-opening="${name.slice(0, 3).trim()}" data-value="${value}">${
      escapeHtml(name)
    }: ${formatNumber(value)}, ${shareOf(value, all)}</span>`;
  const volumes = level(1, "").toSorted((a, b) => a.label < b.label ? -1 : 1)
    .map((volume) => {
      const tens = level(2, volume.label).map((ten) => {
        const codes = level(3, ten.label).map((code) =>
          `<p>${line(code.label, code.value)}</p>`
        );
        return `<details><summary>${
          line(`${ten.label}0–${ten.label}9`, ten.value)
        }</summary>${codes.join("")}</details>`;
      });
      return `<details><summary>${
        line(`${volume.label} ${VOLUMES[volume.label]}`, volume.value)
      }</summary>${tens.join("")}</details>`;
    });
  return `<section id="openings" aria-labelledby="openings-title"><h2 id="openings-title">Openings</h2>${
    volumes.length === 0 ? "<p>None</p>" : volumes.join("")
  }</section>`;
}

function rulesTable(report: Report): string {
  const { rules, gamesRead, statistics, passing } = report;
  const rows = rules.map(({ rule, first, alone }) =>
    `<tr><th scope="row">${escapeHtml(rule)}</th>` +
    `<td class="number" data-value="${first}">${formatNumber(first)}</td>` +
    `<td class="number">${
      alone === undefined ? "unknown" : formatNumber(alone)
    }</td></tr>`
  );
  const games = formatNumber(statistics.games);
  const text = passing === undefined
    ? `Of ${
      formatNumber(gamesRead)
    } games that were read, ${games} are in this report.`
    : `Of the ${games} games of the set, ${formatNumber(passing)} pass.`;
  return `<section aria-labelledby="rules-title"><h2 id="rules-title">Filter</h2><p>${text}</p>${
    rows.length === 0
      ? "<p>No rule rejects a game.</p>"
      : `<figure id="rules"><table><thead><tr><th scope="col">Rule</th><th scope="col" class="number">Rejects first</th><th scope="col" class="number">Rejects alone</th></tr></thead><tbody>${
        rows.join("")
      }</tbody></table></figure>`
  }</section>`;
}

function sampleCharts({ drawn, isEstimate }: Report): string {
  const note = isEstimate
    ? `Of ${formatNumber(drawn.games)} games, drawn by their hash.`
    : `Of all ${formatNumber(drawn.games)} games.`;
  return `<section aria-labelledby="samples-title"><h2 id="samples-title">Samples</h2>
<p>${note} ${formatNumber(drawn.samples)} samples; none of ${
    formatNumber(drawn.unfinished)
  } unfinished games, ${
    formatNumber(drawn.otherVariants)
  } of other variants and ${
    formatNumber(drawn.badGames)
  } that cannot be replayed.</p><div class="charts">${
    [
      columnChart({
        id: "by-ply",
        title: "By half-moves",
        note: "Half-moves played before, in tens",
        labels: "Half-moves from",
        bars: numbered(drawn.byPly, 10),
      }),
      columnChart({
        id: "by-pieces",
        title: "By pieces",
        note: "Pieces on the board",
        labels: "Pieces",
        bars: numbered(drawn.byPieces, 1),
      }),
      heatMap("from", "Squares that moves begin on", drawn.from),
      heatMap("to", "Squares that moves end on", drawn.to),
    ].join("")
  }</div></section>`;
}

/** The values of numbers in order, those between without any too. */
function numbered(counts: Counts, unit: number): Bar[] {
  const numbers = Object.keys(counts).map(Number);
  if (numbers.length === 0) return [];
  const least = Math.min(...numbers);
  const length = (Math.max(...numbers) - least) / unit + 1;
  return Array.from({ length: Math.min(length, 1000) }, (_, k) => {
    const label = String(least + k * unit);
    return { label, value: counts[label] ?? 0 };
  });
}

function named(counts: Counts): Bar[] {
  return Object.entries(counts).map(([label, value]) => ({ label, value }));
}

function byValue(counts: Counts): Bar[] {
  return named(counts).toSorted((a, b) =>
    b.value - a.value || (a.label < b.label ? -1 : 1)
  );
}

function sumOf(counts: Counts): number {
  return Object.values(counts).reduce((sum, value) => sum + value, 0);
}

function shareOf(value: number, all: number): string {
  return `${all === 0 ? 0 : Number((value / all * 100).toFixed(1))} %`;
}
