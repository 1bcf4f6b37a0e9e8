import { execFileSync } from "node:child_process";
import { Game, replayGame } from "../../src/game.ts";
import { sharedData } from "../_shared_data.ts";

/** The archives, masters' and torture files, by their paths in the folder of real data. */
export function realFiles(): string[] {
  const files: string[] = [];
  const visit = (folder: string) => {
    for (const { name, isDirectory } of Deno.readDirSync(sharedData + folder)) {
      if (isDirectory) visit(`${folder}${name}/`);
      else if (/\.pgn(\.zst)?$/.test(name)) files.push(folder + name);
    }
  };
  for (const folder of ["lichess/", "masters/", "torture/"]) visit(folder);
  return files.sort();
}

/** The games of a file, cut by eye: at a blank line that a tag follows. */
export function realGames(file: string): string[] {
  const path = sharedData + file;
  const bytes = path.endsWith(".zst")
    ? execFileSync("zstd", ["-dcq", path], { maxBuffer: 1 << 30 })
    : Deno.readFileSync(path);
  return decode(bytes).replace(/^\uFEFF/, "").replaceAll("\r\n", "\n")
    .split(/\n\s*\n(?=\[[A-Za-z]+ ")/).map((game) => game.trim())
    .filter((game) => game !== "");
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

/** Numbers from 0 up to 1 that are the same for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = state + 0x6d2b79f5 | 0;
    let mixed = Math.imul(state ^ state >>> 15, state | 1);
    mixed ^= mixed + Math.imul(mixed ^ mixed >>> 7, mixed | 61);
    return ((mixed ^ mixed >>> 14) >>> 0) / 4294967296;
  };
}

/** `count` different items, drawn with a seed, in their order. */
export function draw<T>(items: readonly T[], count: number, seed: number): T[] {
  const random = seededRandom(seed);
  const drawn: T[] = [];
  items.forEach((item, i) => {
    const wanted = count - drawn.length;
    if (random() * (items.length - i) < wanted) drawn.push(item);
  });
  return drawn;
}

/** Games of all archives and masters' files that chess.js can play too, drawn with a seed. */
export function playableGames(count: number, seed: number): string[] {
  const games = realFiles()
    .filter((file) => !/^torture|2013-01|concat|multimember/.test(file))
    .flatMap((file) => realGames(file))
    .filter((pgn) => !/\[Variant "(?!Standard|From Position)/.test(pgn));
  return draw(games, 2 * count, seed)
    .filter((pgn) => {
      try {
        return replayGame(new Game(pgn)).length > 0;
      } catch {
        return false;
      }
    }).slice(0, count);
}
