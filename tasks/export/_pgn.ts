/** pgn and pgn.zst: the games themselves, for other tools. */
import { zstdCompressSync } from "node:zlib";
import type { Game } from "../../mod.ts";
import type { Format, ShardWriter } from "./_format.ts";
import { TextFile } from "./_text_file.ts";

/** Characters of a frame: short enough for many readers of one file. */
const FRAME_LENGTH = 4 * 1024 * 1024;

/** Games as text. */
export const PGN: Format<"games"> = {
  name: "pgn",
  rows: "games",
  suffix: ".pgn",
  shardSize: 1_000_000,
  open: (path) => new PgnWriter(new TextFile(path)),
};

/** Games as text, in frames of zstd that can be read each by itself. */
export const PGN_ZST: Format<"games"> = {
  ...PGN,
  name: "pgn.zst",
  suffix: ".pgn.zst",
  open: (path) =>
    new PgnWriter(
      new TextFile(
        path,
        (text) => zstdCompressSync(new TextEncoder().encode(text)),
        FRAME_LENGTH,
      ),
    ),
};

class PgnWriter implements ShardWriter<"games"> {
  readonly #file: TextFile;

  constructor(file: TextFile) {
    this.#file = file;
  }

  write(games: readonly Game[], from: number, end: number): void {
    for (let i = from; i < end; i++) this.#file.add(`${games[i].pgn}\n\n`);
  }

  finish(): void {
    this.#file.finish();
  }

  close(): void {
    this.#file.close();
  }
}
