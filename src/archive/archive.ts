import { createHash } from "node:crypto";
import {
  type ByteSource,
  byteSource,
  type PlacesSource,
} from "./byte_source.ts";
import { readText } from "./open_archive.ts";

const EDGE_SIZE = 1024 * 1024;

/** What an archive is known by, wherever its file lies and whatever its path. */
export interface ArchiveIdentity {
  /** The last part of its path or URL. */
  readonly fileName: string;
  /** Its length in bytes, as it is stored. */
  readonly size: number;
  /**
   * SHA-256, in hexadecimal, of its first and its last mebibyte one behind the
   * other; of all of it, once, where it has no more than two mebibytes.
   */
  readonly hash: string;
}

/** A part of an archive's text. */
export interface ArchiveChunk {
  /** The text's bytes; they are the reader's. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Which archive of the sequence they come from. */
  readonly archive: number;
}

/** How an {@linkcode Archive} is read. */
export interface ArchiveReadOptions {
  /** Stops reading and closes what is open. */
  signal?: AbortSignal;
  /** Is told how many further bytes of the files have been read. */
  onBytesRead?: (bytes: number) => void;
}

/**
 * One archive, or several as one sequence: local files, URLs, standard input;
 * zstd, gzip or plain text, as their content says.
 *
 * @example Usage
 * ```ts ignore
 * const archive = new Archive("lichess_db_standard_rated_2013-01.pgn.zst");
 * for await (const { bytes } of archive.read()) console.log(bytes.length);
 * ```
 */
export class Archive {
  readonly #sources: readonly ByteSource[];
  /** The identities that were last found out. */
  readonly #known: (KnownIdentity | undefined)[] = [];

  /**
   * Names an archive; nothing is opened yet.
   *
   * @param database A path, a `file:`, `http:` or `https:` URL, `-` for
   * standard input, or several of them, to be read one after the other.
   * @throws {TypeError} If it is none of these.
   */
  constructor(database: string | URL | readonly (string | URL)[]) {
    const databases = Array.isArray(database) ? database : [database];
    if (databases.length === 0) {
      throw new TypeError("Cannot read an archive as none is given");
    }
    this.#sources = databases.map(byteSource);
  }

  /** Where the bytes of each archive come from. */
  get sources(): readonly ByteSource[] {
    return this.#sources;
  }

  /** The archives as they were given, for messages; passwords are hidden. */
  get names(): readonly string[] {
    return this.#sources.map(({ name }) => name);
  }

  /** The last part of each archive's path or URL. */
  get fileNames(): readonly string[] {
    return this.#sources.map(({ fileName }) => fileName);
  }

  /**
   * Tells what the archives are known by. At most two mebibytes of each are
   * read, and no permission is asked for.
   *
   * @returns An identity for each archive, or `undefined` if one of them has
   * none (standard input, a pipe, a server without range requests) or is not
   * at hand.
   * @throws {ArchiveError} If one is there and cannot be read.
   */
  async identity(): Promise<readonly ArchiveIdentity[] | undefined> {
    const identities: ArchiveIdentity[] = [];
    for (const [i, source] of this.#sources.entries()) {
      const known = await identify(source, this.#known[i]);
      this.#known[i] = known;
      if (known === undefined) return undefined;
      identities.push(known.identity);
    }
    return identities;
  }

  /**
   * Tells whether the archives can be read.
   *
   * @returns `false` if one of them does not exist or may not be read. A
   * permission that would have to be asked for counts as not given.
   * @throws {ArchiveError} If this cannot be found out.
   */
  async isAtHand(): Promise<boolean> {
    for (const source of this.#sources) {
      const opened = await source.open();
      if (opened.kind === "absent") return false;
      if (opened.kind === "places") opened[Symbol.dispose]();
    }
    return true;
  }

  /**
   * Tells how many bytes the archives have together, as they are stored.
   *
   * @returns Their number, or `undefined` where one is not at hand or does not
   * tell.
   * @throws {ArchiveError} If this cannot be found out.
   */
  async size(): Promise<number | undefined> {
    let size = 0;
    for (const source of this.#sources) {
      const opened = await source.open();
      if (opened.kind === "places") opened[Symbol.dispose]();
      if (opened.kind === "absent" || opened.size === undefined) return;
      size += opened.size;
    }
    return size;
  }

  /**
   * Reads the text of all archives, in order. Nothing is opened before the
   * first part is asked for, and everything is closed when the reader stops.
   *
   * @param options A signal, and a listener for progress.
   * @returns The text, in parts of at most a few mebibytes.
   * @throws {ArchiveError} If an archive is cut off, damaged, of a foreign
   * kind, or its source cannot be read.
   */
  async *read(options: ArchiveReadOptions = {}): AsyncGenerator<ArchiveChunk> {
    for (const [archive, source] of this.#sources.entries()) {
      for await (const bytes of readText(source, options)) {
        yield { bytes, archive };
      }
    }
  }
}

/** An identity, and what shows that the file has not changed since. */
interface KnownIdentity {
  readonly identity: ArchiveIdentity;
  readonly stamp: string | undefined;
}

async function identify(
  source: ByteSource,
  known: KnownIdentity | undefined,
): Promise<KnownIdentity | undefined> {
  const opened = await source.open();
  if (opened.kind !== "places") return undefined;
  using places = opened;
  // Two mebibytes take longer to hash than a small round to answer.
  if (known?.stamp !== undefined && known.stamp === places.stamp) return known;
  return await hashEdges(source.fileName, places);
}

async function hashEdges(
  fileName: string,
  places: PlacesSource,
): Promise<KnownIdentity> {
  const { size, stamp } = places;
  const hash = createHash("sha256");
  if (size <= 2 * EDGE_SIZE) hash.update(await places.read(0, size));
  else {
    hash.update(await places.read(0, EDGE_SIZE));
    hash.update(await places.read(size - EDGE_SIZE, size));
  }
  return { stamp, identity: { fileName, size, hash: hash.digest("hex") } };
}
