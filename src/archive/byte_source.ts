import { isGranted } from "../is_granted.ts";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { ArchiveError } from "./archive_error.ts";

const CHUNK_SIZE = 1024 * 1024;

/** Where an archive's own bytes come from. */
export interface ByteSource {
  /** The source as the caller named it, a password in it hidden. */
  readonly name: string;
  /** The last part of its path. */
  readonly fileName: string;
  /** Its path, where it is a local file. */
  readonly path?: string;

  /**
   * Reads all bytes. Whatever is opened is closed when they end, when the
   * reader stops, and when the signal says so.
   *
   * @param signal Stops reading, between two chunks and while one is awaited.
   * @param options Where to begin, and whose the chunks are.
   * @returns The bytes, in chunks that are the caller's.
   * @throws {ArchiveError} If the source cannot be read, or breaks off.
   */
  read(
    signal?: AbortSignal,
    options?: ByteReadOptions,
  ): AsyncGenerator<Uint8Array<ArrayBuffer>>;

  /**
   * Opens the source for reading in places. Never causes a permission prompt.
   *
   * @returns Its places, or why there are none.
   * @throws {ArchiveError} If this cannot be found out.
   */
  open(): Promise<OpenedSource>;
}

/** How a source is read. */
export interface ByteReadOptions {
  /** The first byte to read. @default {0} */
  readonly from?: number;
  /** Whether a chunk may be overwritten when the next is asked for. @default {false} */
  readonly reusesBuffer?: boolean;
}

/** What comes of opening a source for reading in places. */
export type OpenedSource =
  | PlacesSource
  /** It does not exist, or may not be read. */
  | { readonly kind: "absent" }
  /** It can only be read from its beginning to its end. */
  | { readonly kind: "stream"; readonly size?: number };

/** A source that can be read in places. */
export interface PlacesSource extends Disposable {
  readonly kind: "places";
  /** How many bytes it has. */
  readonly size: number;
  /** What changes with its content, where that can be seen without reading it. */
  readonly stamp?: string;

  /**
   * Reads some of its bytes.
   *
   * @param from Where they begin.
   * @param to Where they end.
   * @returns The bytes.
   * @throws {ArchiveError} If they cannot be read, all of them.
   */
  read(from: number, to: number): Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * Makes a source of what a caller gave; does no I/O.
 *
 * @param database A path, a `file:`, `http:` or `https:` URL, or `-` for
 * standard input.
 * @returns The source.
 * @throws {TypeError} If it is none of these.
 */
export function byteSource(database: string | URL): ByteSource {
  const url = asUrl(database);
  if (url === undefined) {
    if (database === "") {
      throw new TypeError("Cannot read an archive as its path is empty");
    }
    return database === "-"
      ? new StandardInput()
      : new FileSource(database as string, database as string);
  }
  switch (url.protocol) {
    case "file:":
      return new FileSource(url.href, fileURLToPath(url));
    case "http:":
    case "https:":
      return new HttpSource(url);
    default:
      throw new TypeError(
        `Cannot read an archive as its URL must begin with file:, http: or https:: current value is ${
          withoutPassword(url)
        }`,
      );
  }
}

function asUrl(database: string | URL): URL | undefined {
  if (database instanceof URL) return database;
  if (typeof database !== "string") {
    throw new TypeError(
      `Cannot read an archive as it must be a string or a URL: current value is ${database}`,
    );
  }
  // One letter before the colon is a drive of Windows.
  if (!/^(?:file:|[a-z][a-z0-9+.-]+:\/\/)/i.test(database)) return undefined;
  if (URL.canParse(database)) return new URL(database);
  // It is not shown, as it may hold a password.
  throw new TypeError("Cannot read an archive as its URL cannot be read");
}

class FileSource implements ByteSource {
  readonly name: string;
  readonly fileName: string;
  readonly path: string;

  constructor(name: string, path: string) {
    this.name = name;
    this.fileName = basename(path);
    this.path = path;
  }

  async *read(
    signal?: AbortSignal,
    options: ByteReadOptions = {},
  ): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    signal?.throwIfAborted();
    let file: Deno.FsFile;
    try {
      file = await Deno.open(this.path);
    } catch (cause) {
      throw this.#error(0, cause);
    }
    const { from = 0 } = options;
    try {
      if (from > 0) await file.seek(from, Deno.SeekMode.Start);
    } catch (cause) {
      file.close();
      throw this.#error(from, cause);
    }
    yield* readReader(file, this.name, signal, options);
  }

  async open(): Promise<OpenedSource> {
    let file: Deno.FsFile | undefined;
    try {
      if (!isGranted({ name: "read", path: this.path })) {
        return { kind: "absent" };
      }
      const { isFile, isDirectory, size, mtime, ctime, ino } = await Deno.stat(
        this.path,
      );
      if (isDirectory) throw new Error("it is a folder");
      if (!isFile) return { kind: "stream" }; // a pipe: opening it would take from it
      file = await Deno.open(this.path);
      const stamp = [size, Number(mtime), Number(ctime), ino].join();
      return new FilePlaces(file, size, this.name, stamp);
    } catch (cause) {
      if (isAbsent(cause)) return { kind: "absent" };
      throw this.#error(0, cause);
    }
  }

  #error(offset: number, cause: unknown): ArchiveError {
    return brokenSource(this.name, offset, cause);
  }
}

class FilePlaces implements PlacesSource {
  readonly kind = "places";
  readonly #file: Deno.FsFile;
  readonly #name: string;
  readonly size: number;
  readonly stamp: string;

  constructor(file: Deno.FsFile, size: number, name: string, stamp: string) {
    this.#file = file;
    this.#name = name;
    this.size = size;
    this.stamp = stamp;
  }

  async read(from: number, to: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(to - from);
    let filled = 0;
    try {
      await this.#file.seek(from, Deno.SeekMode.Start);
      while (filled < bytes.length) {
        const length = await this.#file.read(bytes.subarray(filled));
        if (length === null) throw new Error("it became shorter");
        filled += length;
      }
    } catch (cause) {
      throw brokenSource(this.#name, from + filled, cause);
    }
    return bytes;
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}

class StandardInput implements ByteSource {
  readonly name = "-";
  readonly fileName = "-";

  async *read(
    signal?: AbortSignal,
    options: ByteReadOptions = {},
  ): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    signal?.throwIfAborted();
    yield* readReader(Deno.stdin, this.name, signal, options);
  }

  open(): Promise<OpenedSource> {
    return Promise.resolve({ kind: "stream" });
  }
}

/** Reads a file or standard input to its end, and closes it. */
async function* readReader(
  file: typeof Deno.stdin | Deno.FsFile,
  name: string,
  signal: AbortSignal | undefined,
  { from = 0, reusesBuffer = false }: ByteReadOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let isOpen = true;
  const close = () => {
    if (isOpen) file.close();
    isOpen = false;
  };
  signal?.addEventListener("abort", close, { once: true });
  let offset = from;
  let buffer = new Uint8Array(CHUNK_SIZE);
  try {
    for (;;) {
      signal?.throwIfAborted();
      let length: number | null;
      try {
        length = await file.read(buffer);
      } catch (cause) {
        signal?.throwIfAborted(); // it was closed under the read
        throw brokenSource(name, offset, cause);
      }
      signal?.throwIfAborted();
      if (length === null) return;
      offset += length;
      yield buffer.subarray(0, length);
      if (!reusesBuffer) buffer = new Uint8Array(CHUNK_SIZE);
    }
  } finally {
    signal?.removeEventListener("abort", close);
    close();
  }
}

class HttpSource implements ByteSource {
  readonly name: string;
  readonly fileName: string;
  readonly #url: URL;

  constructor(url: URL) {
    this.#url = url;
    this.name = withoutPassword(url);
    this.fileName = decode(basename(url.pathname));
  }

  async *read(
    signal?: AbortSignal,
    { from = 0 }: ByteReadOptions = {},
  ): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    signal?.throwIfAborted();
    let offset = from;
    using client = httpClient();
    let reader:
      | ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>
      | undefined;
    try {
      const response = await get(this.#url, {
        client,
        signal,
        ...(from > 0 ? { range: [from] } : {}),
      });
      reader = response.body?.getReader();
      if (!response.ok) throw statusError(response);
      const part = response.headers.get("content-range") ?? "";
      if (from > 0 && !part.startsWith(`bytes ${from}-`)) {
        throw new Error("the server gave another part");
      }
      while (reader !== undefined) {
        const { value, done } = await reader.read();
        signal?.throwIfAborted();
        if (done) break;
        offset += value.length;
        yield value;
      }
      const announced = response.headers.get("content-length");
      if (announced !== null && Number(announced) !== offset - from) {
        throw new Error(`the server announced ${announced} bytes`);
      }
    } catch (cause) {
      signal?.throwIfAborted();
      throw brokenSource(this.name, offset, cause);
    } finally {
      await reader?.cancel().catch(() => {}); // nobody is left to be told
    }
  }

  async open(): Promise<OpenedSource> {
    try {
      const { hostname, port, protocol } = this.#url;
      const host = `${hostname}:${port || (protocol === "http:" ? 80 : 443)}`;
      if (!isGranted({ name: "net", host })) return { kind: "absent" };
      using client = httpClient();
      const response = await get(this.#url, { client, range: [0, 1] });
      await response.body?.cancel();
      if ([401, 403, 404, 410].includes(response.status)) {
        return { kind: "absent" };
      }
      const size = wholeSize(response);
      if (size !== undefined) return new HttpPlaces(this.#url, size, this.name);
      if (!response.ok) throw statusError(response);
      const length = response.headers.get("content-length");
      return { kind: "stream", ...(length && { size: Number(length) }) };
    } catch (cause) {
      if (isAbsent(cause)) return { kind: "absent" };
      throw brokenSource(this.name, 0, cause);
    }
  }
}

class HttpPlaces implements PlacesSource {
  readonly kind = "places";
  readonly #url: URL;
  readonly #name: string;
  readonly size: number;

  constructor(url: URL, size: number, name: string) {
    this.#url = url;
    this.#name = name;
    this.size = size;
  }

  async read(from: number, to: number): Promise<Uint8Array<ArrayBuffer>> {
    if (from === to) return new Uint8Array(0);
    try {
      using client = httpClient();
      const response = await get(this.#url, { client, range: [from, to] });
      if (wholeSize(response) !== this.size) {
        await response.body?.cancel();
        throw response.ok
          ? new Error("the server gave another part, or the file has changed")
          : statusError(response);
      }
      const bytes = new Uint8Array(await response.arrayBuffer());
      if (bytes.length !== to - from) {
        throw new Error(`the server gave ${bytes.length} bytes`);
      }
      return bytes;
    } catch (cause) {
      throw brokenSource(this.#name, from, cause);
    }
  }

  [Symbol.dispose](): void {} // every request closes what it opened
}

/** Keeps no connection open behind a request that is done. */
function httpClient(): Deno.HttpClient {
  return Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
}

function get(
  url: URL,
  options: {
    client: Deno.HttpClient;
    signal?: AbortSignal;
    range?: readonly [from: number, to?: number];
  },
): Promise<Response> {
  const { client, signal, range } = options;
  // A header of our own also keeps fetch from undoing a Content-Encoding: the
  // bytes are then the archive's own, and their number is the one announced.
  const headers: Record<string, string> = { "accept-encoding": "identity" };
  if (range !== undefined) {
    const [from, to] = range;
    headers.range = `bytes=${from}-${to === undefined ? "" : to - 1}`;
  }
  return fetch(url, { client, signal, headers });
}

/** Reads the whole size from the answer to a request for a part. */
function wholeSize(response: Response): number | undefined {
  const range = response.headers.get("content-range") ?? "";
  const [, size] = /^bytes (?:\d+-\d+|\*)\/(\d+)$/.exec(range) ?? [];
  if (size === undefined) return undefined;
  if (response.status === 206) return Number(size);
  return response.status === 416 && size === "0" ? 0 : undefined;
}

function statusError(response: Response): Error {
  return new Error(
    `the server answered ${response.status} ${response.statusText}`.trim(),
  );
}

function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound ||
    error instanceof Deno.errors.NotADirectory ||
    error instanceof Deno.errors.PermissionDenied ||
    error instanceof Deno.errors.NotCapable;
}

function brokenSource(
  source: string,
  offset: number,
  cause: unknown,
): ArchiveError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new ArchiveError(`Cannot read the archive: ${why}`, {
    offset,
    source,
    cause,
  });
}

function withoutPassword(url: URL): string {
  if (url.username === "" && url.password === "") return url.href;
  const copy = new URL(url);
  copy.username = "***";
  copy.password = "";
  return copy.href;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
