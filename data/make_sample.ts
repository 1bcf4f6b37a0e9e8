/**
 * Makes `lichess_sample.pgn.zst`, the small archive that comes with the
 * project, out of a folder of Lichess archives. Run by hand, with `zstd`
 * installed; the same folder always gives the same bytes:
 *
 *     deno run --allow-read --allow-run=zstd --allow-write=data data/make_sample.ts FOLDER
 */
import { Buffer } from "node:buffer";
import { constants, createZstdCompress } from "node:zlib";

/** Text in a frame. Small, so that a small archive has several. */
const FRAME_LENGTH = 512 * 1024;

/** One kind of games to take from one archive, spread evenly over it. */
interface Share {
  readonly archive: string;
  readonly games: number;
  readonly isWanted: (game: string) => boolean;
}

const SHARES: readonly Share[] = [
  {
    archive: "db_2013-01_full_121332.pzstd-multiframe.pgn.zst",
    games: 150,
    isWanted: (game) => bothRated(game, 2000),
  },
  {
    archive: "db_2013-01_full_121332.pzstd-multiframe.pgn.zst",
    games: 40,
    isWanted: (game) => !bothRated(game, 2000) && game.includes("[%eval"),
  },
  {
    archive: "db_2013-01_full_121332.pzstd-multiframe.pgn.zst",
    games: 360,
    isWanted: (game) => !bothRated(game, 2000) && !game.includes("[%eval"),
  },
  {
    archive: "user_export_clk_variants_2021_8000.pgn.zst",
    games: 300,
    isWanted: (game) => variantOf(game) === "Standard",
  },
  {
    archive: "user_export_clk_variants_2021_8000.pgn.zst",
    games: 12,
    isWanted: (game) => variantOf(game) === "Chess960",
  },
  {
    archive: "db_2021-10_first999.pgn",
    games: 700,
    isWanted: () => true,
  },
  {
    archive: "export_eval_clk_2023-2024_1000.pgn.zst",
    games: 440,
    isWanted: (game) => variantOf(game) === "Standard",
  },
];

/**
 * Picks the games of the sample, in the order in which they were played.
 *
 * @param folder Where the source archives lie.
 * @returns The text of the sample.
 */
export async function sampleText(folder: string): Promise<string> {
  const picked: string[] = [];
  for (const archive of new Set(SHARES.map(({ archive }) => archive))) {
    const games = splitGames(await readArchive(`${folder}/${archive}`));
    for (const share of SHARES) {
      if (share.archive !== archive) continue;
      picked.push(...spread(games.filter(share.isWanted), share.games));
    }
  }
  const playedAt = (game: string) =>
    `${tagOf(game, "UTCDate")} ${tagOf(game, "UTCTime")}`;
  const byTime = (a: string, b: string) =>
    playedAt(a) < playedAt(b) ? -1 : playedAt(a) > playedAt(b) ? 1 : 0;
  return picked.sort(byTime).map((game) => `${game}\n\n`).join("");
}

/**
 * Compresses a text as pzstd does for Lichess: frames, each behind a skippable
 * frame with its length, without the content's size, with a checksum. Frames
 * end wherever they are full, also inside a game.
 *
 * @param text What to compress.
 * @returns The archive.
 */
export async function compressInFrames(
  text: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  for (let start = 0; start < text.length; start += FRAME_LENGTH) {
    const frame = await compress(text.subarray(start, start + FRAME_LENGTH));
    const header = new Uint8Array(12);
    const view = new DataView(header.buffer);
    view.setUint32(0, 0x184d2a50, true);
    view.setUint32(4, 4, true);
    view.setUint32(8, frame.length, true);
    parts.push(header, frame);
  }
  return new Uint8Array(Buffer.concat(parts));
}

async function compress(text: Uint8Array): Promise<Uint8Array> {
  // A stream, as it does not know the length and so does not write it.
  const stream = createZstdCompress({
    params: {
      [constants.ZSTD_c_compressionLevel]: 19,
      [constants.ZSTD_c_checksumFlag]: 1,
    },
  });
  stream.end(text);
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

async function readArchive(path: string): Promise<string> {
  if (!path.endsWith(".zst")) return await Deno.readTextFile(path);
  const { success, stdout, stderr } = await new Deno.Command("zstd", {
    args: ["-dc", path],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** Cuts a tidy Lichess archive, where every game begins with its event. */
function splitGames(text: string): string[] {
  return text.trim().split(/\n\n+(?=\[Event ")/);
}

function spread(games: string[], count: number): string[] {
  if (games.length < count) {
    throw new Error(`Cannot pick ${count} games: there are ${games.length}`);
  }
  return Array.from(
    { length: count },
    (_, k) => games[Math.floor(k * games.length / count)],
  );
}

function tagOf(game: string, name: string): string | undefined {
  return game.match(new RegExp(`^\\[${name} "(.*)"\\]$`, "m"))?.[1];
}

function variantOf(game: string): string {
  return tagOf(game, "Variant") ?? "Standard";
}

function bothRated(game: string, rating: number): boolean {
  return Number(tagOf(game, "WhiteElo")) >= rating &&
    Number(tagOf(game, "BlackElo")) >= rating;
}

if (import.meta.main) {
  const [folder] = Deno.args;
  if (folder === undefined) {
    console.error("Give the folder of the Lichess archives");
    Deno.exit(2);
  }
  const text = await sampleText(folder);
  const archive = await compressInFrames(new TextEncoder().encode(text));
  await Deno.writeFile(
    new URL("lichess_sample.pgn.zst", import.meta.url),
    archive,
  );
  console.log(
    `${splitGames(text).length} games, ${archive.length} bytes`,
  );
}
