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

  /**
   * Reads all bytes. Whatever is opened is closed when they end, when the
   * reader stops, and when the signal says so.
   *
   * @param signal Stops reading, between two chunks and while one is awaited.
   * @returns The bytes, in chunks that are the caller's.
   * @throws {ArchiveError} If the source cannot be read, or breaks off.
   */
  read(signal?: AbortSignal): AsyncGenerator<Uint8Array<ArrayBuffer>>;

  /**
   * Opens the source for reading in places. Never causes a permission prompt.
   *
   * @returns Its places, or why there are none: `"absent"` if it does not exist
   * or may not be read, `"stream"` if it has no places.
   * @throws {ArchiveError} If this cannot be found out.
   */
  open(): Promise<PlacesSource | "absent" | "stream">;
}

/** A source that can be read in places. */
export interface PlacesSource extends AsyncDisposable {
  /** How many bytes it has. */
  readonly size: number;

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
  return new URL(database);
}

class FileSource implements ByteSource {
  readonly name: string;
  readonly fileName: string;
  readonly #path: string;

  constructor(name: string, path: string) {
    this.name = name;
    this.fileName = basename(path);
    this.#path = path;
  }

  async *read(
    signal?: AbortSignal,
  ): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    signal?.throwIfAborted();
    let file: Deno.FsFile;
    try {
      file = await Deno.open(this.#path);
    } catch (cause) {
      throw this.#error(0, cause);
    }
    yield* readReader(file, this.name, signal);
  }

  async open(): Promise<PlacesSource | "absent" | "stream"> {
    let file: Deno.FsFile | undefined;
    try {
      if (!await isGranted({ name: "read", path: this.#path })) return "absent";
      const { isFile, isDirectory, size } = await Deno.stat(this.#path);
      if (isDirectory) throw new Error("it is a folder");
      if (!isFile) return "stream"; // a pipe: opening it would take from it
      file = await Deno.open(this.#path);
      return new FilePlaces(file, size, this.name);
    } catch (cause) {
      if (isAbsent(cause)) return "absent";
      throw this.#error(0, cause);
    }
  }

  #error(offset: number, cause: unknown): ArchiveError {
    return brokenSource(this.name, offset, cause);
  }
}

class FilePlaces implements PlacesSource {
  readonly #file: Deno.FsFile;
  readonly #name: string;
  readonly size: number;

  constructor(file: Deno.FsFile, size: number, name: string) {
    this.#file = file;
    this.#name = name;
    this.size = size;
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

  [Symbol.asyncDispose](): Promise<void> {
    this.#file.close();
    return Promise.resolve();
  }
}

class StandardInput implements ByteSource {
  readonly name = "-";
  readonly fileName = "-";

  async *read(
    signal?: AbortSignal,
  ): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    signal?.throwIfAborted();
    yield* readReader(Deno.stdin, this.name, signal);
  }

  open(): Promise<"stream"> {
    return Promise.resolve("stream");
  }
}

/** Reads a file or standard input to its end, and closes it. */
async function* readReader(
  file: typeof Deno.stdin | Deno.FsFile,
  name: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let isOpen = true;
  const close = () => {
    if (isOpen) file.close();
    isOpen = false;
  };
  signal?.addEventListener("abort", close, { once: true });
  let offset = 0;
  try {
    for (;;) {
      signal?.throwIfAborted();
      const buffer = new Uint8Array(CHUNK_SIZE);
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
  ): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    signal?.throwIfAborted();
    let offset = 0;
    const fail = (cause: unknown) => {
      signal?.throwIfAborted();
      return brokenSource(this.name, offset, cause);
    };
    let response: Response;
    try {
      response = await get(this.#url, { signal });
    } catch (cause) {
      throw fail(cause);
    }
    const reader = response.body?.getReader();
    try {
      if (!response.ok) throw fail(statusError(response));
      while (reader !== undefined) {
        let result: ReadableStreamReadResult<Uint8Array<ArrayBuffer>>;
        try {
          result = await reader.read();
        } catch (cause) {
          throw fail(cause);
        }
        signal?.throwIfAborted();
        if (result.done) break;
        offset += result.value.length;
        yield result.value;
      }
      const expected = response.headers.get("content-length");
      if (expected !== null && Number(expected) !== offset) {
        throw fail(new Error(`the server announced ${expected} bytes`));
      }
    } finally {
      await reader?.cancel().catch(() => {}); // nobody is left to be told
    }
  }

  async open(): Promise<PlacesSource | "absent" | "stream"> {
    try {
      const { hostname, port, protocol } = this.#url;
      const host = `${hostname}:${port || (protocol === "http:" ? 80 : 443)}`;
      if (!await isGranted({ name: "net", host })) return "absent";
      const response = await get(this.#url, { range: [0, 1] });
      await response.body?.cancel();
      if ([401, 403, 404, 410].includes(response.status)) return "absent";
      const size = sizeOf(response);
      if (size !== undefined) return new HttpPlaces(this.#url, size, this.name);
      if (response.ok) return "stream"; // it takes no ranges
      throw statusError(response);
    } catch (cause) {
      if (isAbsent(cause)) return "absent";
      throw brokenSource(this.name, 0, cause);
    }
  }
}

class HttpPlaces implements PlacesSource {
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
      const response = await get(this.#url, { range: [from, to] });
      if (sizeOf(response) !== this.size) {
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

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

function get(
  url: URL,
  options: { signal?: AbortSignal; range?: [from: number, to: number] },
): Promise<Response> {
  const { signal, range } = options;
  // A header of our own also keeps fetch from undoing a Content-Encoding: the
  // bytes are then the archive's own, and their number is the one announced.
  const headers: Record<string, string> = { "accept-encoding": "identity" };
  if (range !== undefined) headers.range = `bytes=${range[0]}-${range[1] - 1}`;
  return fetch(url, { signal, headers });
}

/** Reads the whole size from the answer to a request for a part. */
function sizeOf(response: Response): number | undefined {
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

/** Whether a permission was given, without asking for it. */
async function isGranted(
  permission: Deno.PermissionDescriptor,
): Promise<boolean> {
  return (await Deno.permissions.query(permission)).state === "granted";
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
