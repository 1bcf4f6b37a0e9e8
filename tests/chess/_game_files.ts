import { execFileSync } from "node:child_process";
import { Game, replayGame } from "../../src/game.ts";
import { seededRandom } from "../../tasks/bench/_random.ts";
import { archivePath, madeGames } from "../_archives.ts";
import { sharedData } from "../_shared_data.ts";

/** The archives that are made, and the project's own. */
const OWN = ["made/2013", "made/2021", "made/export", "sample"];

/**
 * The archives that every copy of the project can read; where the folder of real
 * data is, its archives, masters' and torture files too.
 */
export function gameFiles(): string[] {
  const files: string[] = [];
  const visit = (folder: string) => {
    for (const { name, isDirectory } of Deno.readDirSync(sharedData + folder)) {
      if (isDirectory) visit(`${folder}${name}/`);
      else if (/\.pgn(\.zst)?$/.test(name)) files.push(folder + name);
    }
  };
  if (sharedData !== undefined) {
    for (const folder of ["lichess/", "masters/", "torture/"]) visit(folder);
  }
  return [...OWN, ...files.sort()];
}

/** The games of a file, cut by eye: at a blank line that a tag follows. */
export function gamesOf(file: string): string[] {
  if (file.startsWith("made/")) return madeGames(file).map(({ text }) => text);
  const path = archivePath(file);
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

/**
 * Games of all archives and masters' files that chess.js can play too, drawn with
 * a seed; half of them are from those that are made.
 */
export function playableGames(count: number, seed: number): string[] {
  const files = gameFiles().filter((file) =>
    !/^torture|_2013-01|concat|multimember/.test(file)
  );
  const isMade = (file: string) => file.startsWith("made/");
  const own = files.filter(isMade);
  const others = files.filter((file) => !isMade(file));
  return [own, others].flatMap((files) => {
    const games = files.flatMap((file) => gamesOf(file))
      .filter((pgn) => !/\[Variant "(?!Standard|From Position)/.test(pgn));
    return draw(games, count, seed).filter((pgn) => {
      try {
        return replayGame(new Game(pgn)).length > 0;
      } catch {
        return false;
      }
    }).slice(0, Math.ceil(count / 2));
  });
}
