/**
 * Makes `sample.pgn.zst`, the small archive that comes with the project.
 *
 * Without an argument it writes the file anew from the moves, clocks,
 * evaluations and results that it holds; all else is a function of the games'
 * numbers. With the same Deno this gives the same bytes:
 *
 *     deno run --allow-read --allow-write=data data/make_sample.ts
 *
 * With a file it lets Stockfish play new games. They are gathered in that file,
 * from which an interrupted run is resumed:
 *
 *     deno run --allow-read --allow-write --allow-run data/make_sample.ts GAMES.jsonl [STOCKFISH]
 */
import { Buffer } from "node:buffer";
import { constants, createZstdCompress } from "node:zlib";
import { parseFen, ZstdDecompressionStream } from "../mod.ts";
import { GAME_COUNT, planGame } from "./_plan.ts";
import { Engine, playGame } from "./_play.ts";
import {
  type PlayedGame,
  readGame,
  START_FEN,
  writeGame,
} from "./_write_game.ts";

const SAMPLE = new URL("sample.pgn.zst", import.meta.url);
/** Text in a frame. Small, so that a small archive has several. */
const FRAME_LENGTH = 512 * 1024;

/**
 * Makes the archive again from what was played in it.
 *
 * @param archive The bytes of `sample.pgn.zst`.
 * @returns The same bytes, where the zstd of the runtime is the same.
 */
export async function remakeSample(
  archive: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const text = await new Response(
    new Blob([archive]).stream().pipeThrough(new ZstdDecompressionStream()),
  ).text();
  const games = text.split(/^(?=\[Event ")/m);
  return await makeSample(
    games.map((game, number) => readGame(number, game)),
  );
}

async function makeSample(
  games: readonly PlayedGame[],
): Promise<Uint8Array<ArrayBuffer>> {
  const text = games.map((game) => writeGame(planGame(game.number), game));
  return await compressInFrames(new TextEncoder().encode(text.join("\n")));
}

/**
 * Compresses a text as pzstd does for Lichess: frames, each after a skippable
 * frame with its length, without the content's size, with a checksum. Frames
 * end wherever they are full, also inside a game.
 */
async function compressInFrames(
  text: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  for (let start = 0; start < text.length; start += FRAME_LENGTH) {
    const frame = await compress(text.subarray(start, start + FRAME_LENGTH));
    const header = new Uint8Array(12);
    const view = new DataView(header.buffer);
    view.setUint32(0, 0x184d2a50, true);
    view.setUint32(4, 4, true);
    view.setUint32(8, frame.length, true);
    chunks.push(header, frame);
  }
  return new Uint8Array(Buffer.concat(chunks));
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
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Lets the engine play all games that the file does not hold yet. */
async function playGames(
  path: string,
  stockfish: string,
): Promise<PlayedGame[]> {
  const games: PlayedGame[] = [];
  using file = await Deno.open(path, {
    read: true,
    append: true,
    create: true,
  });
  for (const line of (await Deno.readTextFile(path)).split("\n")) {
    if (line !== "") games[JSON.parse(line).number] = JSON.parse(line);
  }
  await using engine = new Engine(stockfish);
  for (let number = 0; number < GAME_COUNT; number++) {
    if (games[number] !== undefined) continue;
    games[number] = await playGame(planGame(number), engine);
    const line = new TextEncoder().encode(`${JSON.stringify(games[number])}\n`);
    await file.write(line);
  }
  return games.map(spoil);
}

/** Makes those games bad that are planned to be. */
function spoil(game: PlayedGame): PlayedGame {
  const { fault } = planGame(game.number);
  if (fault === "missing move") {
    const without = <T>(list: readonly T[]) =>
      list.toSpliced(game.moves.length >> 1, 1);
    return {
      ...game,
      moves: without(game.moves),
      clocks: without(game.clocks),
      evals: without(game.evals),
    };
  }
  if (fault === "illegal castling") {
    const ply = firstWithoutCastling(game.moves);
    return { ...game, moves: game.moves.with(ply, "O-O") };
  }
  return game;
}

/** From the middle of a game on, the first half-move that cannot be to castle. */
function firstWithoutCastling(moves: readonly string[]): number {
  const position = parseFen(START_FEN);
  for (const [ply, move] of moves.entries()) {
    const canCastle = /^e[18][gc][18]$/m.test(position.legalMoves().join("\n"));
    if (ply >= moves.length >> 1 && !canCastle) return ply;
    position.play(move);
  }
  throw new Error("Cannot spoil the game as one can always castle in it");
}

if (import.meta.main) {
  const [path, stockfish = "/usr/games/stockfish"] = Deno.args;
  const archive = path === undefined
    ? await remakeSample(await Deno.readFile(SAMPLE))
    : await makeSample(await playGames(path, stockfish));
  await Deno.writeFile(SAMPLE, archive);
  console.log(`${archive.length} bytes`);
}
