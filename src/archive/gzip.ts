import { crc32, createInflateRaw } from "node:zlib";
import { ArchiveError } from "./archive_error.ts";

/** An error inside a member is placed to within so many bytes. */
const STEP = 64 * 1024;
const OUTPUT_SIZE = 256 * 1024;

type Bytes = Uint8Array<ArrayBuffer>;

/** What {@linkcode readGzip} can be told. */
export interface GzipOptions {
  /** The archive's name, for errors. @default {""} */
  source?: string;
}

/**
 * Decompresses a gzip archive (RFC 1952) of one member or several. Zero bytes
 * behind the last one are padding; anything else there is an error.
 *
 * @param chunks The archive's bytes, cut anywhere.
 * @param options What they are called.
 * @returns The text, in pieces that are the caller's.
 * @throws {ArchiveError} If the archive is cut off, damaged, or goes on as
 * something else. Its offset is the number of compressed bytes used.
 */
export async function* readGzip(
  chunks: AsyncIterable<Bytes>,
  options: GzipOptions = {},
): AsyncGenerator<Bytes> {
  const input = new ByteReader(chunks, options.source ?? "");
  try {
    while (await input.fill()) {
      if (input.offset > 0 && input.peek() === 0) {
        await readPadding(input);
      } else {
        await readHeader(input);
        yield* readMember(input);
      }
    }
  } finally {
    await input.close();
  }
}

async function readPadding(input: ByteReader): Promise<void> {
  while (await input.fill()) {
    const { rest } = input;
    const zeros = rest.findIndex((byte) => byte !== 0);
    input.skip(zeros === -1 ? rest.length : zeros);
    if (zeros !== -1) input.fail("something follows its last member");
  }
}

async function readHeader(input: ByteReader): Promise<void> {
  const start = input.offset;
  const id = [await input.byte(), await input.byte()];
  if (id[0] !== 0x1f || id[1] !== 0x8b) {
    input.fail("a gzip member was expected here", start);
  }
  if (await input.byte() !== 8) {
    input.fail("a gzip member is not compressed by deflate", start);
  }
  const flags = await input.byte();
  if ((flags & 0b11100000) !== 0) {
    input.fail("the header of a gzip member has a reserved bit", start);
  }
  for (let i = 0; i < 6; i++) await input.byte(); // time, level, system
  if ((flags & 4) !== 0) { // further fields
    const length = await input.byte() | await input.byte() << 8;
    for (let i = 0; i < length; i++) await input.byte();
  }
  for (const flag of [8, 16]) { // name, comment
    if ((flags & flag) !== 0) { while (await input.byte() !== 0); }
  }
  if ((flags & 2) !== 0) { // the header's own checksum
    for (let i = 0; i < 2; i++) await input.byte();
  }
}

async function* readMember(input: ByteReader): AsyncGenerator<Bytes> {
  let checksum = 0;
  let length = 0;
  for await (const text of inflate(input)) {
    checksum = crc32(text, checksum);
    length = (length + text.length) % 2 ** 32;
    yield text;
  }
  const end = input.offset;
  if (await input.uint32() !== checksum) {
    input.fail("the text of a gzip member does not match its checksum", end);
  }
  if (await input.uint32() !== length) {
    input.fail("the text of a gzip member has another length", end);
  }
}

/** Decompresses as many bytes as belong to one deflate stream. */
async function* inflate(input: ByteReader): AsyncGenerator<Bytes> {
  const stream = createInflateRaw({ chunkSize: OUTPUT_SIZE });
  let wake = () => {};
  stream.on("readable", () => wake()).on("error", () => wake());
  try {
    for (;;) {
      if (!await input.fill()) input.fail("it ends inside a gzip member");
      const step = input.rest.subarray(0, STEP);
      const before = stream.bytesWritten;
      let isWritten = false;
      stream.write(step, () => {
        isWritten = true;
        wake();
      });
      for (;;) {
        const text: Uint8Array | null = stream.read();
        if (stream.errored !== null) {
          const { errored: cause } = stream;
          input.fail("a gzip member is damaged", input.offset, cause);
        }
        if (text !== null) yield new Uint8Array(text);
        else if (isWritten) break;
        else await new Promise<void>((resolve) => wake = resolve);
      }
      const used = stream.bytesWritten - before;
      input.skip(used);
      if (used < step.length) return; // the rest belongs to something else
    }
  } finally {
    stream.destroy();
  }
}

/** Reads single bytes of a stream of chunks, or what is left of a chunk. */
class ByteReader {
  readonly #chunks: AsyncIterator<Bytes>;
  readonly #source: string;
  #chunk: Bytes = new Uint8Array(0);
  #at = 0;
  /** Bytes used before the chunk. */
  #before = 0;

  constructor(chunks: AsyncIterable<Bytes>, source: string) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#source = source;
  }

  get offset(): number {
    return this.#before + this.#at;
  }

  /** The unread part of the chunk; not empty after a successful `fill()`. */
  get rest(): Bytes {
    return this.#chunk.subarray(this.#at);
  }

  /** Waits for a byte; gives `false` at the end. */
  async fill(): Promise<boolean> {
    while (this.#at === this.#chunk.length) {
      const { value, done } = await this.#chunks.next();
      if (done) return false;
      this.#before += this.#chunk.length;
      this.#chunk = value;
      this.#at = 0;
    }
    return true;
  }

  peek(): number {
    return this.#chunk[this.#at];
  }

  skip(length: number): void {
    this.#at += length;
  }

  async byte(): Promise<number> {
    if (this.#at === this.#chunk.length && !await this.fill()) {
      this.fail("it ends inside a gzip member");
    }
    return this.#chunk[this.#at++];
  }

  async uint32(): Promise<number> {
    const bytes = [0, 0, 0, 0];
    for (const i of bytes.keys()) bytes[i] = await this.byte();
    return new DataView(Uint8Array.from(bytes).buffer).getUint32(0, true);
  }

  fail(why: string, offset = this.offset, cause?: unknown): never {
    const source = this.#source;
    throw new ArchiveError(`Cannot read the archive: ${why}`, {
      offset,
      source,
      cause,
    });
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}
