import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import {
  archiveOf,
  type MadeGame,
  makeGames,
  type MakeOptions,
  VARIED,
} from "../tasks/bench/_make_games.ts";
import { sharedData } from "./_shared_data.ts";
import { type Bytes, gzip, pzstd } from "./archive/_make_archives.ts";

/** The archives that are made for tests, by their names before the extension. */
const MADE: Readonly<Record<string, MakeOptions>> = {
  /** As the dumps are before clocks were written. */
  "made/2013": {
    count: 2500,
    seed: 13,
    shares: { clocks: 0, evals: 0.05 },
  },
  /** As the dumps are today. */
  "made/2021": { count: 1000, seed: 21, shares: { clocks: 0.99, evals: 0.1 } },
  /** As exports are: all that a game may hold, in all variants of the rules. */
  "made/export": { count: 1000, seed: 24, shares: VARIED },
  /** With all that real archives do. */
  "made/faults": {
    count: 1200,
    seed: 30,
    shares: { ...VARIED, faults: 0.4 },
  },
  /** As older programs write: not in UTF-8. */
  "made/latin1": {
    count: 400,
    seed: 31,
    faults: ["latin1"],
    shares: { ...VARIED, faults: 1 },
  },
  /** So long that reading it can be stopped on the way: 28 MB of text. */
  "made/long": { count: 36_000, seed: 2, shares: { clocks: 0, evals: 0.01 } },
  /** A whole month: 92 MB of text. */
  "made/month": { count: 120_000, seed: 1, shares: { clocks: 0, evals: 0.01 } },
};

/** Text in a frame of an archive that is long, and of one that is not. */
const FRAME_LENGTHS = [8 << 20, 256 << 10];
const LONG_TEXT = 30_000_000;

/** The small archive that comes with the project. */
export const SAMPLE: string = samplePath();

const texts = new Map<string, Bytes>();
const games = new Map<string, readonly MadeGame[]>();
const paths = new Map<string, string>();

/**
 * The names of archives that are there: those of `made/` and `sample` are
 * everywhere, the others only where the folder of real data is.
 */
export function available(names: readonly string[]): string[] {
  return names.filter((name) =>
    name === "sample" || name.startsWith("made/") || sharedData !== undefined
  );
}

/** The games of an archive that is made. */
export function madeGames(name: string): readonly MadeGame[] {
  const [base] = splitName(name);
  let list = games.get(base);
  if (list === undefined) games.set(base, list = [...makeGames(MADE[base])]);
  return list;
}

/** The decompressed bytes of an archive. */
export function readArchive(name: string): Bytes {
  if (name.startsWith("made/")) {
    const [base] = splitName(name);
    let text = texts.get(base);
    if (text === undefined) {
      texts.set(base, text = archiveOf(makeGames(MADE[base])));
    }
    return text.slice();
  }
  const path = archivePath(name);
  if (path.endsWith(".zst")) {
    const args = ["-dcq", path];
    return Uint8Array.from(execFileSync("zstd", args, { maxBuffer: 1 << 30 }));
  }
  const bytes = Deno.readFileSync(path);
  return name.endsWith(".gz") ? Uint8Array.from(gunzipSync(bytes)) : bytes;
}

/** The file of an archive; one that is made is laid out as its extension says. */
export function archivePath(name: string): string {
  if (name === "sample") return SAMPLE;
  if (!name.startsWith("made/")) return sharedData + name;
  let path = paths.get(name);
  if (path === undefined) {
    const [base, extension] = splitName(name);
    path = `${temporaryFolder()}/${base.slice("made/".length)}${extension}`;
    Deno.writeFileSync(path, layOut(readArchive(base), extension));
    paths.set(name, path);
  }
  return path;
}

function layOut(text: Bytes, extension: string): Bytes {
  switch (extension) {
    case ".pgn":
      return text;
    case ".pgn.gz":
      return gzip(text);
    case ".pgn.zst": {
      const [long, short] = FRAME_LENGTHS;
      return pzstd(text, { frameSize: text.length > LONG_TEXT ? long : short });
    }
  }
  throw new TypeError(`Cannot lay out an archive as "${extension}"`);
}

function splitName(name: string): [base: string, extension: string] {
  const [base] = name.match(/^made\/\w+/)!;
  if (!(base in MADE)) throw new TypeError(`No archive ${name} can be made`);
  return [base, name.slice(base.length)];
}

let folder: string | undefined;

/** A folder for this process' tests, removed at its end. */
function temporaryFolder(): string {
  if (folder === undefined) {
    const made = folder = Deno.makeTempDirSync({ prefix: "archives-" });
    globalThis.addEventListener("unload", () => {
      Deno.removeSync(made, { recursive: true });
    });
  }
  return folder;
}

function samplePath(): string {
  const folder = new URL("../data/", import.meta.url);
  for (const { name } of Deno.readDirSync(folder)) {
    if (name.endsWith(".pgn.zst")) return fileURLToPath(new URL(name, folder));
  }
  throw new Error("The project's sample is missing");
}
