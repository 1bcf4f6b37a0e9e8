/** Draws the way of the data as a picture that is readable in light and dark. */

/** A box of the picture, and where it is. */
interface Box {
  readonly lines: readonly [title: string, text: string];
  readonly x: number;
  readonly y: number;
  /** Whether games are stored there. */
  readonly isStore?: boolean;
}

const WIDTH = 156;
const HEIGHT = 58;

const BOXES = {
  archive: {
    lines: ["Archive", ".pgn.zst, gigabytes"],
    x: 10,
    y: 40,
    isStore: true,
  },
  games: { lines: ["Games", "filtered, as PGN text"], x: 216, y: 40 },
  cache: { lines: ["Cache", "Redis or SQLite"], x: 422, y: 40, isStore: true },
  loader: { lines: ["Loader", "the games of a round"], x: 422, y: 190 },
  samples: { lines: ["Samples", "position, move, outcome"], x: 628, y: 190 },
} satisfies Record<string, Box>;

/** Lines with an arrow at their end, and what they say. */
const ARROWS: readonly [path: string, text: string, x: number, y: number][] = [
  ["M166 69 H212", "", 0, 0],
  ["M372 69 H418", "", 0, 0],
  ["M500 98 V186", "each round", 510, 146],
  ["M578 219 H624", "", 0, 0],
  ["M88 98 V219 H418", "where there is no cache", 100, 210],
];

/** Draws the picture. */
export function pipelinePicture(): string {
  const boxes = Object.values<Box>(BOXES).map(({ lines, x, y, isStore }) =>
    `<rect x="${x}" y="${y}" width="${WIDTH}" height="${HEIGHT}" rx="8"${
      isStore ? ' class="store"' : ""
    }/>` + lines.map((line, k) =>
      `<text x="${x + WIDTH / 2}" y="${y + 25 + k * 20}" class="${
        k === 0 ? "title" : "text"
      }">${line}</text>`
    ).join("")
  );
  const arrows = ARROWS.map(([path, text, x, y]) =>
    `<path d="${path}" marker-end="url(#end)"/>` +
    (text === "" ? "" : `<text x="${x}" y="${y}" class="note">${text}</text>`)
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 794 260" role="img" aria-label="An archive is indexed once into a cache; in each round a loader reads games from the cache, or from the archive where there is no cache, and samples are made of them">
<style>
rect { fill: #f6f7f8; stroke: #575e66; } .store { fill: #e2efe8; stroke: #2f6f4f; }
path { fill: none; stroke: #575e66; stroke-width: 1.5; } marker path { fill: #575e66; stroke: none; }
text { font: 12px system-ui, sans-serif; fill: #575e66; text-anchor: middle; }
.title { font-size: 15px; font-weight: 600; fill: #1c2024; } .note { text-anchor: start; }
@media (prefers-color-scheme: dark) {
rect { fill: #1d2125; stroke: #a6adb5; } .store { fill: #1d3329; stroke: #6fbf97; }
path { stroke: #a6adb5; } marker path { fill: #a6adb5; } text { fill: #a6adb5; } .title { fill: #e8eaed; } }
</style>
<defs><marker id="end" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 L8 4 L0 8 z"/></marker></defs>
<text x="294" y="30">deno task index, once</text>
${[...boxes, ...arrows].join("\n")}
</svg>
`;
}
