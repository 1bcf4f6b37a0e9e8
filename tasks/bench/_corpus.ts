import { Buffer } from "node:buffer";
import { basename } from "node:path";
import { constants, zstdCompressSync } from "node:zlib";
import { GameLoader } from "../../mod.ts";
import { TaskError } from "../_task.ts";
import { makeGames, type Shares } from "./_make_games.ts";
import { spawn } from "./_process.ts";

/** How an archive is laid out. */
export type Layout =
  /** Many frames, each after a skippable one, as Lichess has them. */
  | "pzstd"
  /** The same with frames of 400 kB of text, so that short archives have many. */
  | "short frames"
  /** One frame. */
  | "one frame";

/** An archive that was made for a benchmark. */
export interface BenchArchive {
  /** Where it is. */
  readonly path: string;
  /** How it is laid out. */
  readonly layout: Layout;
  /** Bytes of the file. */
  readonly bytes: number;
  /** Bytes of its text. */
  readonly textBytes: number;
  /** Its games. */
  readonly games: number;
}

/** How large an archive to make; both bounds are reached. */
export interface ArchiveSize {
  /** Games at least. @default {0} */
  games?: number;
  /** Bytes of text at least. @default {0} */
  textBytes?: number;
}

/** The archive that a benchmark was asked to use, and larger ones made of it. */
export class Corpus {
  /** Where the archive is. */
  readonly database: string;
  /** Its file name. */
  readonly name: string;
  /** Bytes of the file. */
  readonly bytes: number;
  /** Bytes of the texts of its games, of those that are used. */
  readonly textBytes: number;
  /** Its games; of a very large archive only the first ones are used. */
  readonly games: number;
  readonly #folder: string;
  readonly #texts: readonly Uint8Array[];
  readonly #isOwn: boolean;
  readonly #made = new Map<string, Promise<BenchArchive>>();

  private constructor(
    database: string,
    bytes: number,
    texts: readonly Uint8Array[],
    folder: string,
    isOwn: boolean,
  ) {
    this.database = database;
    this.name = basename(database);
    this.bytes = bytes;
    this.games = texts.length;
    this.textBytes = texts.reduce((sum, text) => sum + text.length, 0);
    this.#texts = texts;
    this.#folder = folder;
    this.#isOwn = isOwn;
  }

  /**
   * Reads an archive; larger ones are put into `folder`. They repeat its games,
   * but where it is the project's own: then games that are made follow its games.
   */
  static async open(
    database: string,
    folder: string,
    isOwn: boolean,
  ): Promise<Corpus> {
    const { size } = await Deno.stat(database);
    const encoder = new TextEncoder();
    const texts: Uint8Array[] = [];
    let bytes = 0;
    await using loader = new GameLoader(database, { cache: null });
    for await (const { pgn } of loader.loadGames()) {
      const text = encoder.encode(pgn);
      texts.push(text);
      bytes += text.length;
      if (bytes >= MAX_TEXT_BYTES) break;
    }
    if (texts.length === 0) {
      throw new TaskError(`Cannot measure with ${database} as it has no games`);
    }
    return new Corpus(database, size, texts, folder, isOwn);
  }

  /**
   * Makes an archive of at least some size; the same one for all groups that ask
   * for the same. It is compressed at zstd's usual level, whose window of 2 MiB
   * does not reach back to text that is repeated.
   */
  enlarge(size: ArchiveSize, layout: Layout): Promise<BenchArchive> {
    const { games = 0, textBytes = 0 } = size;
    const key = `${games} ${textBytes} ${layout}`;
    let made = this.#made.get(key);
    if (made === undefined) {
      const path = `${this.#folder}/made-${this.#made.size}.pgn.zst`;
      made = this.#make(path, games, textBytes, layout);
      this.#made.set(key, made);
    }
    return made;
  }

  async #make(
    path: string,
    leastGames: number,
    leastBytes: number,
    layout: Layout,
  ): Promise<BenchArchive> {
    const file = await Deno.open(path, { create: true, write: true });
    const { writable, written } = layout === "short frames"
      ? compressInShortFrames(file.writable)
      : compressBy(layout, file.writable);
    const writer = writable.getWriter();
    let games = 0;
    let textBytes = 0;
    const isSmall = () => games < leastGames || textBytes < leastBytes;
    const texts = this.#allTexts();
    while (isSmall()) {
      const chunk: Uint8Array[] = [];
      const end = textBytes + FRAME_BYTES;
      while (textBytes < end && isSmall()) {
        const text = texts.next().value!;
        games++;
        chunk.push(text, GAP);
        textBytes += text.length + GAP.length;
      }
      await writer.write(Buffer.concat(chunk));
    }
    await writer.close();
    await written;
    const { size: bytes } = await Deno.stat(path);
    return { path, layout, bytes, textBytes, games };
  }

  /** Texts of games without end. */
  *#allTexts(): Generator<Uint8Array, never> {
    yield* this.#texts;
    const encoder = new TextEncoder();
    for (const { text } of this.#isOwn ? makeGames({ shares: SHARES }) : []) {
      yield encoder.encode(text);
    }
    for (;;) yield* this.#texts;
  }
}

/** Games with and without clocks, as the groups ask for both. */
const SHARES: Shares = { clocks: 0.5, evals: 0.08 };

/** The longest corpus of `--quick`, in games. */
export const QUICK_GAMES = 20_000;

/** What is written at once, and is a short frame. */
const FRAME_BYTES = 400_000;
/** They stay in memory. */
const MAX_TEXT_BYTES = 256 << 20;
/** What stands between games. */
const GAP = new TextEncoder().encode("\n\n");

/** A stage that compresses what is written to it into a file. */
interface Compressor {
  readonly writable: WritableStream<Uint8Array<ArrayBuffer>>;
  /** When all of it is in the file. */
  readonly written: Promise<unknown>;
}

/** Compresses with the program that makes such archives. */
function compressBy(
  layout: "pzstd" | "one frame",
  file: WritableStream<Uint8Array>,
): Compressor {
  const [program, args] = layout === "pzstd"
    ? ["pzstd", ["-q", "-p", "2", "-c", "-"]] as const
    : ["zstd", ["-q", "-3", "--single-thread", "-c"]] as const;
  const child = spawn(program, {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  });
  const written = child.stdout.pipeTo(file).then(() => child.status);
  return { writable: child.stdin, written };
}

/** Compresses each chunk into a frame, which a skippable frame announces. */
function compressInShortFrames(file: WritableStream<Uint8Array>): Compressor {
  const { readable, writable } = new TransformStream<
    Uint8Array<ArrayBuffer>,
    Uint8Array
  >({
    transform(chunk, controller) {
      const frame = zstdCompressSync(chunk, {
        params: { [constants.ZSTD_c_checksumFlag]: 1 },
      });
      const header = Uint32Array.of(0x184d2a50, 4, frame.length);
      controller.enqueue(new Uint8Array(header.buffer));
      controller.enqueue(frame);
    },
  });
  return { writable, written: readable.pipeTo(file) };
}
