import { Buffer } from "node:buffer";
import { PgnSplitter } from "../src/pgn/splitter/pgn_splitter.ts";
import { rawBytes, type RawGame, rawGame } from "../src/pgn/raw_game.ts";
import { readArchive } from "./_archives.ts";

export { readArchive } from "./_archives.ts";

/** What a splitter may be given. */
export type SplitterOptions = NonNullable<
  ConstructorParameters<typeof PgnSplitter>[0]
>;

/** The games of a text, where they stand in its bytes. */
export function rawGames(
  bytes: Uint8Array,
  options?: SplitterOptions,
): RawGame[] {
  const splitter = new PgnSplitter(options);
  return [...splitter.push(bytes), ...splitter.end()];
}

/** The games of an archive, where they stand in its bytes. */
export function readRawGames(
  name: string,
  options?: SplitterOptions,
): RawGame[] {
  return rawGames(readArchive(name), options);
}

/** Cuts bytes into chunks of random lengths, some of them empty. */
export function* cutRandomly(
  bytes: Uint8Array,
  longest: number,
  random: () => number,
): Generator<Uint8Array> {
  for (let offset = 0; offset < bytes.length;) {
    const end = offset + Math.floor(random() * (longest + 1));
    yield bytes.subarray(offset, end);
    offset = end;
  }
}

/** The bytes of a text of Latin-1 characters. */
export function latin1(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "latin1"));
}

/** Numbers from 0 up to 1, the same ones for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What texts are made of, so that anything comes next to anything. */
const TOKENS =
  '[Event "A"]\n|[Event "B"]|[Site "x"]\n|[Site "y" ] |[|]|[%clk 0]|[A "[Site "]\n|[A "\\"]|[A "b|"]|\n|\n\n|\n\n|\r\n|\r\n\r\n| |\t|\0|\xef\xbb\xbf|\xef|%|\n%|;|{|}|{a}|{\n\n|(|)|1. e4|1.| e5 |O-O|0-0|-|/|1-0|0-1|1/2-1/2|*| 1-0\n| 0-1\n\n| *\n|x|$1|é|"'
    .split("|");

/** A text at random, of parts of PGN in Latin-1 characters. */
export function randomPgn(random: () => number): string {
  return Array.from(
    { length: 1 + Math.floor(random() * 40) },
    () => TOKENS[Math.floor(random() * TOKENS.length)],
  ).join("");
}

/** A text of one game as a raw game, in UTF-8. */
export function rawOf(text: string): RawGame {
  return rawGame(new TextEncoder().encode(text));
}

/** The bytes of a raw game, each taken for a character. */
export function rawText(game: RawGame): string {
  return Buffer.from(rawBytes(game)).toString("latin1");
}
