// Names an archive, or several as one sequence, and finds out what they are.
import defer * as crypto from "node:crypto";
import type { ArchiveError } from "./archive_error.ts";
import type { ByteSource, RangeSource } from "./byte_source.ts";
import type { HttpTimeouts } from "./http_source.ts";
import { parseByteSource } from "./parse_byte_source.ts";

const EDGE_SIZE = 1024 * 1024;

/** Between its edges a file is read in so many samples of one length. */
const SAMPLES = 64;
const SAMPLE_SIZE = 64 * 1024;

/** A file that is not longer is read whole. */
const WHOLE_SIZE = 2 * EDGE_SIZE + 2 * SAMPLES * SAMPLE_SIZE;

/** How many samples are read at once. */
const SAMPLES_AT_ONCE = 8;

/**
 * What an archive is known by, wherever its file lies and whatever its path.
 *
 * See {@linkcode SetInfo}.
 */
export interface ArchiveIdentity {
  /** The last part of its path or URL. */
  readonly fileName: string;
  /** Its length in bytes, as it is stored. */
  readonly size: number;
  /**
   * SHA-256, in hexadecimal, of its first mebibyte, of 64 samples spread over
   * what is between, and of its last mebibyte; of all of it where it is short.
   */
  readonly hash: string;
}

/** What is known of a sequence of archives before it is read. */
export type ArchiveStatus =
  /** All of them are known by what they hold. */
  | {
    readonly kind: "known";
    readonly identities: readonly ArchiveIdentity[];
    /** What changes when a file does, where that can be seen. */
    readonly stamps: readonly (string | undefined)[];
    /** When each file was last changed, where that can be seen. */
    readonly modifiedAt: readonly (number | undefined)[];
    readonly size: number;
  }
  /**
   * They can be read from their beginning alone (standard input, a pipe, a
   * server without range requests), so that nothing proves what they are.
   */
  | { readonly kind: "stream"; readonly size?: number }
  /** One does not exist, may not be read, or its server fails for now. */
  | { readonly kind: "absent"; readonly fault?: ArchiveError };

/**
 * One archive, or several as one sequence: local files, URLs, standard input;
 * zstd, gzip or plain text, as their content says.
 */
export class Archive {
  /** Where the bytes of each archive come from. */
  readonly sources: readonly ByteSource[];
  /** The identities that were found out last. */
  readonly #known: (KnownIdentity | undefined)[] = [];

  /**
   * Names an archive; nothing is opened yet.
   *
   * @param database A path, a `file:`, `http:` or `https:` URL, `-` for
   * standard input, or several of them, to be read one after the other.
   * @param timeouts How long a server may take.
   * @throws {TypeError} If it is none of these.
   */
  constructor(
    database: string | URL | readonly (string | URL)[],
    timeouts?: HttpTimeouts,
  ) {
    const databases = Array.isArray(database) ? database : [database];
    if (databases.length === 0) {
      throw new TypeError("Cannot read an archive as none is given");
    }
    this.sources = databases.map((one) => parseByteSource(one, timeouts));
  }

  /** The archives as they were given, for messages; passwords are hidden. */
  get names(): readonly string[] {
    return this.sources.map(({ name }) => name);
  }

  /** The last part of each archive's path or URL. */
  get fileNames(): readonly string[] {
    return this.sources.map(({ fileName }) => fileName);
  }

  /**
   * Finds out what the archives are. No permission is asked for, and where
   * nothing has changed since the last time, little is read.
   *
   * @param signal Stops the reading.
   * @returns What is known of them.
   * @throws {ArchiveError} If one exists and cannot be read.
   */
  async status(signal?: AbortSignal): Promise<ArchiveStatus> {
    const known: KnownIdentity[] = [];
    let size: number | undefined = 0;
    let isStream = false;
    for (const [i, source] of this.sources.entries()) {
      const opened = await source.open(signal);
      if (opened.kind === "absent") return opened;
      if (size !== undefined) {
        size = opened.size === undefined ? undefined : size + opened.size;
      }
      if (opened.kind === "stream") {
        isStream = true;
        continue;
      }
      using ranges = opened;
      known.push(await identify(source, ranges, this.#known[i], signal));
      this.#known[i] = known.at(-1);
    }
    if (isStream) return { kind: "stream", size };
    return {
      kind: "known",
      identities: known.map(({ identity }) => identity),
      stamps: known.map(({ stamp }) => stamp),
      modifiedAt: known.map(({ modifiedAt }) => modifiedAt),
      size: size!,
    };
  }
}

/** An identity, and what shows that the file has not changed since. */
interface KnownIdentity {
  readonly identity: ArchiveIdentity;
  readonly stamp: string | undefined;
  readonly modifiedAt: number | undefined;
}

async function identify(
  { fileName }: ByteSource,
  ranges: RangeSource,
  known: KnownIdentity | undefined,
  signal: AbortSignal | undefined,
): Promise<KnownIdentity> {
  const { size, stamp, modifiedAt } = ranges;
  // The samples take longer to hash than a small round to answer.
  if (known?.stamp !== undefined && known.stamp === stamp) return known;
  const hash = crypto.createHash("sha256");
  const samples = samplesOf(size);
  for (let i = 0; i < samples.length; i += SAMPLES_AT_ONCE) {
    const some = samples.slice(i, i + SAMPLES_AT_ONCE);
    const read = some.map(([from, to]) => ranges.read(from, to, signal));
    // In turn for a file, all at once from a server.
    for (const bytes of await settled(read)) hash.update(bytes);
  }
  const identity = { fileName, size, hash: hash.digest("hex") };
  return { identity, stamp, modifiedAt };
}

/** The ranges of a file of this size that its hash is made of. */
function samplesOf(size: number): (readonly [from: number, to: number])[] {
  if (size <= WHOLE_SIZE) {
    const count = Math.ceil(size / EDGE_SIZE);
    return Array.from({ length: count }, (_, i) => {
      const from = i * EDGE_SIZE;
      return [from, Math.min(size, from + EDGE_SIZE)] as const;
    });
  }
  const between = size - 2 * EDGE_SIZE - SAMPLE_SIZE;
  return [
    [0, EDGE_SIZE],
    ...Array.from({ length: SAMPLES }, (_, i) => {
      const from = EDGE_SIZE + Math.floor(between * i / (SAMPLES - 1));
      return [from, from + SAMPLE_SIZE] as const;
    }),
    [size - EDGE_SIZE, size],
  ];
}

/** Waits for all, also where one fails, so that nothing goes on afterwards. */
async function settled<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return await Promise.all(promises);
}
