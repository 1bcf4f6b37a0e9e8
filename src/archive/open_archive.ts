// Opens an archive and finds out how its text is stored.
import { ArchiveError } from "./archive_error.ts";
import type { ByteSource } from "./byte_source.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** How an archive's text is stored. */
export type ArchiveKind = "zstd" | "gzip" | "plain";

/** As many bytes as the kind of an archive can be found by. */
const HEAD_LENGTH = 8;

/** An archive whose first bytes have been read. */
export interface OpenArchive {
  readonly kind: ArchiveKind;
  /** All its bytes; a chunk may be overwritten when the next is read. */
  readonly bytes: AsyncIterable<Bytes>;
  /** Closes what is open, also while a read is under way. */
  close(): Promise<void>;
}

/** How an archive is opened. */
export interface OpenArchiveOptions {
  /** The first byte that is read. @default {0} */
  readonly from?: number;
  /** Stops reading. */
  readonly signal?: AbortSignal;
  /** Called with the number of further bytes that have been read. */
  readonly onBytesRead?: (bytes: number) => void;
}

/**
 * Opens an archive and finds out its kind by its content.
 *
 * @param source Where its bytes come from.
 * @param options Where to begin, and what stops the reading.
 * @returns What it is, or `undefined` where it has no bytes.
 * @throws {ArchiveError} If its source cannot be read.
 */
export async function openArchive(
  source: ByteSource,
  options: OpenArchiveOptions = {},
): Promise<OpenArchive | undefined> {
  const { from, signal, onBytesRead } = options;
  signal?.throwIfAborted();
  const stop = new AbortController();
  const abort = () => stop.abort(signal!.reason);
  signal?.addEventListener("abort", abort);
  const read = source.read({ from, signal: stop.signal });
  const chunks = withWholeHead(read, onBytesRead);
  let isReading = false;
  const next = async () => {
    isReading = true;
    try {
      return await chunks.next();
    } finally {
      isReading = false;
    }
  };
  const close = async () => {
    signal?.removeEventListener("abort", abort);
    if (isReading) stop.abort(CLOSED);
    await chunks.return(undefined).catch(() => {}); // it was stopped
  };
  let first: IteratorResult<Bytes, undefined>;
  try {
    first = await next();
  } catch (error) {
    await close();
    throw error;
  }
  const { value: head } = first;
  if (head === undefined) {
    await close();
    return undefined;
  }
  async function* bytes(): AsyncGenerator<Bytes> {
    for (let chunk: Bytes | undefined = head; chunk !== undefined;) {
      yield chunk;
      ({ value: chunk } = await next());
    }
  }
  return { kind: kindOf(head), bytes: bytes(), close };
}

/** Made once, as each archive is closed. */
const CLOSED = new Error("The archive was closed");

/** Joins the first chunks until they are long enough to tell the kind. */
async function* withWholeHead(
  chunks: AsyncGenerator<Bytes>,
  onBytesRead: ((bytes: number) => void) | undefined,
): AsyncGenerator<Bytes, undefined> {
  let head: Bytes | undefined = new Uint8Array(0);
  for await (const chunk of chunks) {
    onBytesRead?.(chunk.length);
    if (head === undefined) {
      yield chunk;
      continue;
    }
    // What is kept must be a copy.
    head = head.length === 0 && chunk.length >= HEAD_LENGTH
      ? chunk
      : joined(head, chunk);
    if (head.length < HEAD_LENGTH) continue;
    yield head;
    head = undefined;
  }
  if (head !== undefined && head.length > 0) yield head;
}

function joined(a: Bytes, b: Bytes): Bytes {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function kindOf(head: Bytes): ArchiveKind {
  const zstd = [0x28, 0xb5, 0x2f, 0xfd];
  const skippable = [0x50 | head[0] & 0xf, 0x2a, 0x4d, 0x18];
  const gzip = [0x1f, 0x8b];
  // A head of less than four bytes holds no game, but may be what is left of
  // an archive.
  if (agree(head, zstd) || agree(head, skippable)) return "zstd";
  return agree(head, gzip) ? "gzip" : "plain";
}

/** Whether the head begins so, as far as it goes. */
function agree(head: Bytes, magic: readonly number[]): boolean {
  return magic.slice(0, head.length).every((byte, i) => byte === head[i]);
}

/** How files begin that are taken for archives of games, and what they are. */
const FOREIGN: readonly (readonly [kind: string, ...bytes: number[]])[] = [
  ["bzip2", 0x42, 0x5a, 0x68],
  ["xz", 0xfd, 0x37, 0x7a, 0x58, 0x5a],
  ["zip", 0x50, 0x4b, 0x03, 0x04],
  ["zip", 0x50, 0x4b, 0x05, 0x06],
  ["7-Zip", 0x37, 0x7a, 0xbc, 0xaf],
  ["RAR", 0x52, 0x61, 0x72, 0x21, 0x1a],
  ["lz4", 0x04, 0x22, 0x4d, 0x18],
  ["lzip", 0x4c, 0x5a, 0x49, 0x50],
  ["compress", 0x1f, 0x9d],
  ["UTF-16", 0xff, 0xfe],
  ["UTF-16", 0xfe, 0xff],
  ["zstd within an archive", 0x28, 0xb5, 0x2f, 0xfd],
  ["gzip within an archive", 0x1f, 0x8b],
];

const TEXT_SAMPLE = 4096;

/**
 * Refuses what is no text. Runs of NUL bytes are found in real archives, and
 * bytes of any old encoding; other control characters are as good as never.
 */
export function requireText(bytes: Bytes, source: string): void {
  const sample = bytes.subarray(0, TEXT_SAMPLE);
  const [foreign] =
    FOREIGN.find(([, ...magic]) =>
      sample.length >= magic.length && agree(sample, magic)
    ) ?? [];
  if (foreign !== undefined) {
    throw new ArchiveError(
      `Cannot read the archive: it is ${foreign}, not zstd, gzip or text`,
      { offset: 0, source },
    );
  }
  const written = sample.filter((byte) => byte !== 0);
  const controls = written.filter((byte) =>
    byte < 0x20 && (byte < 0x09 || byte > 0x0d) && byte !== 0x1a
  );
  if (written.length === 0 || controls.length * 20 > written.length) {
    throw new ArchiveError(
      "Cannot read the archive: it is not zstd, gzip or text",
      { offset: 0, source },
    );
  }
}
