import type { Archive } from "./archive.ts";
import { PgnSplitter, type RawGame } from "./pgn_splitter.ts";

/** Options of {@linkcode ArchiveGames}. */
export interface ArchiveGamesOptions {
  /** Longest game, see `PgnSplitterOptions`. */
  maxGameLength?: number;
  /** Called with the reason for each game that is skipped. */
  onBadGame?: (error: Error) => void;
  /** Stops reading and closes what is open. */
  signal?: AbortSignal;
}

/**
 * The games of an archive, or of several as one sequence, in order, in batches
 * as they come; and how much of it has been read.
 */
export class ArchiveGames implements AsyncIterable<RawGame[]> {
  readonly #archive: Archive;
  readonly #splitter: PgnSplitter;
  readonly #signal: AbortSignal | undefined;

  /** Bytes read of the archive's files. */
  bytesRead = 0;
  /** Bytes of text decompressed from them. */
  textBytes = 0;

  /** Prepares to read; nothing is opened yet. */
  constructor(archive: Archive, options: ArchiveGamesOptions = {}) {
    const { signal, ...splitterOptions } = options;
    this.#archive = archive;
    this.#splitter = new PgnSplitter(splitterOptions);
    this.#signal = signal;
  }

  /** Games that were skipped until now. */
  get badGames(): number {
    return this.#splitter.badGameCount;
  }

  /** Bytes of text between games, white space not counted. */
  get droppedBytes(): number {
    return this.#splitter.droppedBytes;
  }

  /** Reads the games; can be done once. */
  async *[Symbol.asyncIterator](): AsyncGenerator<RawGame[]> {
    let current = 0;
    const chunks = this.#archive.read({
      signal: this.#signal,
      onBytesRead: (bytes) => this.bytesRead += bytes,
    });
    for await (const { bytes, archive } of chunks) {
      // A game ends with the file that it stands in.
      if (archive !== current) yield this.#splitter.end();
      current = archive;
      this.textBytes += bytes.length;
      yield this.#splitter.push(bytes);
    }
    yield this.#splitter.end();
  }
}
