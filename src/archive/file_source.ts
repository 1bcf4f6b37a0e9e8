// Reads the bytes of local files, pipes and standard input.
import { basename } from "node:path";
import type {
  ByteReadOptions,
  ByteSource,
  OpenedSource,
  RangeSource,
} from "./byte_source.ts";
import { isGranted } from "../is_granted.ts";
import { orAborted } from "../or_aborted.ts";
import { isAbsent, sourceError } from "./source_error.ts";

const CHUNK_SIZE = 1024 * 1024;

/** Of a file that is not read from its beginning perhaps little is wanted. */
const FIRST_CHUNK_SIZE = 128 * 1024;

type Bytes = Uint8Array<ArrayBuffer>;

/** A local file, or a pipe. */
export class FileSource implements ByteSource {
  readonly name: string;
  readonly fileName: string;
  readonly path: string;

  /** Names a file; nothing is opened yet. */
  constructor(name: string, path: string) {
    this.name = name;
    this.fileName = basename(path);
    this.path = path;
  }

  async *read(options: ByteReadOptions = {}): AsyncGenerator<Bytes> {
    const { from = 0, signal } = options;
    let file: Deno.FsFile;
    try {
      file = await openFile(this.path, signal);
    } catch (cause) {
      signal?.throwIfAborted();
      throw sourceError(this.name, 0, cause);
    }
    try {
      if (from > 0) file.seekSync(from, Deno.SeekMode.Start); // reads nothing
    } catch (cause) {
      file.close();
      throw sourceError(this.name, from, cause);
    }
    yield* readToEnd(file, this.name, options);
  }

  async open(signal?: AbortSignal): Promise<OpenedSource> {
    const { path, name } = this;
    try {
      if (!isGranted({ name: "read", path })) return { kind: "absent" };
      const { isFile, isDirectory, size, mtime, ctime, ino } = await Deno.stat(
        path,
      );
      if (isDirectory) throw new Error("it is a folder");
      if (!isFile) return { kind: "stream" }; // a pipe: opening it would take from it
      const file = await openFile(path, signal);
      const stamp = [size, Number(mtime), Number(ctime), ino].join();
      return new FileRanges(file, size, name, stamp, Number(mtime));
    } catch (cause) {
      signal?.throwIfAborted();
      if (isAbsent(cause)) return { kind: "absent" };
      throw sourceError(name, 0, cause);
    }
  }
}

/** Standard input. */
export class StandardInput implements ByteSource {
  readonly name = "-";
  readonly fileName = "-";

  async *read(options: ByteReadOptions = {}): AsyncGenerator<Bytes> {
    options.signal?.throwIfAborted();
    yield* readToEnd(Deno.stdin, this.name, options);
  }

  open(): Promise<OpenedSource> {
    return Promise.resolve({ kind: "stream" });
  }
}

class FileRanges implements RangeSource {
  readonly kind = "ranges";
  readonly #file: Deno.FsFile;
  readonly #name: string;
  /** The last read: a file has one position, so reads go one by one. */
  #last: Promise<unknown> = Promise.resolve();
  readonly size: number;
  readonly stamp: string;
  readonly modifiedAt: number;

  constructor(
    file: Deno.FsFile,
    size: number,
    name: string,
    stamp: string,
    modifiedAt: number,
  ) {
    this.#file = file;
    this.#name = name;
    this.size = size;
    this.stamp = stamp;
    this.modifiedAt = modifiedAt;
  }

  read(from: number, to: number): Promise<Bytes> {
    const reading = this.#last.catch(() => {}).then(() => this.#read(from, to));
    this.#last = reading;
    return reading;
  }

  async #read(from: number, to: number): Promise<Bytes> {
    const bytes = new Uint8Array(to - from);
    let filled = 0;
    try {
      this.#file.seekSync(from, Deno.SeekMode.Start);
      while (filled < bytes.length) {
        const length = await this.#file.read(bytes.subarray(filled));
        if (length === null) throw new Error("it became shorter");
        filled += length;
      }
    } catch (cause) {
      throw sourceError(this.#name, from + filled, cause);
    }
    return bytes;
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}

/** Opens a file; opening a pipe waits for its writer, but not after the signal. */
async function openFile(
  path: string,
  signal: AbortSignal | undefined,
): Promise<Deno.FsFile> {
  signal?.throwIfAborted();
  const opening = Deno.open(path);
  try {
    return await orAborted(opening, signal);
  } catch (error) {
    opening.then((file) => file.close(), () => {});
    throw error;
  }
}

/** Reads a file or standard input to its end, and closes it. */
async function* readToEnd(
  file: typeof Deno.stdin | Deno.FsFile,
  name: string,
  { from = 0, signal }: ByteReadOptions,
): AsyncGenerator<Bytes> {
  let offset = from;
  let buffer = new Uint8Array(from > 0 ? FIRST_CHUNK_SIZE : CHUNK_SIZE);
  let isOpen = true;
  const close = () => {
    if (isOpen) file.close();
    isOpen = false;
  };
  // Also where nobody reads any more.
  signal?.addEventListener("abort", close, { once: true });
  try {
    for (;;) {
      signal?.throwIfAborted();
      let length: number | null;
      try {
        length = await orAborted(file.read(buffer), signal);
      } catch (cause) {
        signal?.throwIfAborted();
        throw sourceError(name, offset, cause);
      }
      if (length === null) return;
      offset += length;
      yield buffer.subarray(0, length);
      if (buffer.length < CHUNK_SIZE) {
        buffer = new Uint8Array(2 * buffer.length);
      }
    }
  } finally {
    signal?.removeEventListener("abort", close);
    close();
  }
}
