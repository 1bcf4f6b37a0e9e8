// Reads the bytes of an archive at a URL, within limits of time and length.
import { basename } from "node:path";
import type {
  ByteReadOptions,
  ByteSource,
  OpenedSource,
  RangeSource,
} from "./byte_source.ts";
import { isGranted } from "../is_granted.ts";
import { maskPassword } from "./mask_password.ts";
import { isAbsent, sourceError } from "./source_error.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** How long the server of an archive may take. See {@linkcode GameLoader}. */
export interface HttpTimeouts {
  /** Until it answers, in milliseconds. @default {10000} */
  readonly connect?: number;
  /** Without a byte of an answer, in milliseconds. @default {30000} */
  readonly inactivity?: number;
}

/** Statuses of a file that is not there, or not for this reader. */
const ABSENT = [401, 403, 404, 410];

/** An archive at a URL. */
export class HttpSource implements ByteSource {
  readonly name: string;
  readonly fileName: string;
  readonly #url: URL;
  readonly #timeouts: HttpTimeouts;

  /**
   * Names an archive; nothing is opened yet.
   *
   * @throws {RangeError} If a timeout is not positive.
   */
  constructor(url: URL, timeouts: HttpTimeouts = {}) {
    for (const [name, value] of Object.entries(timeouts)) {
      if (value !== undefined && !(value > 0)) {
        throw new RangeError(
          `Cannot read an archive as the ${name} timeout must be positive: current value is ${value}`,
        );
      }
    }
    this.#url = url;
    this.#timeouts = timeouts;
    this.name = shownUrl(url);
    this.fileName = decode(basename(url.pathname));
  }

  async *read(options: ByteReadOptions = {}): AsyncGenerator<Bytes> {
    const { from = 0, signal } = options;
    let offset = from;
    try {
      await using answer = await this.#get(signal, from > 0 ? [from] : []);
      const { status, headers } = answer.response;
      if (status !== (from > 0 ? 206 : 200)) throw statusError(answer.response);
      const range = headers.get("content-range") ?? "";
      if (from > 0 && !range.startsWith(`bytes ${from}-`)) {
        throw new Error("the server sent another range");
      }
      const length = headers.get("content-length");
      const end = length === null ? Infinity : from + Number(length);
      for await (const chunk of answer.chunks()) {
        const rest = chunk.subarray(0, end - offset);
        offset += rest.length;
        yield rest;
        if (offset === end) return;
      }
      if (offset < end && end < Infinity) {
        throw new Error(`the server announced ${length} bytes`);
      }
    } catch (cause) {
      signal?.throwIfAborted();
      throw sourceError(this.name, offset, cause);
    }
  }

  async open(signal?: AbortSignal): Promise<OpenedSource> {
    try {
      const { hostname, port, protocol } = this.#url;
      const host = `${hostname}:${port || (protocol === "http:" ? 80 : 443)}`;
      if (!isGranted({ name: "net", host })) return { kind: "absent" };
      await using answer = await this.#get(signal, [0, 1]);
      const { response } = answer;
      if (ABSENT.includes(response.status)) return { kind: "absent" };
      const size = wholeSize(response);
      // A total that is the length of the range alone may be that of the range.
      if (size !== undefined && size !== 1) {
        return new HttpRanges(this, size, response.headers);
      }
      if (!response.ok || response.status === 204) throw statusError(response);
      const length = response.headers.get("content-length");
      return {
        kind: "stream",
        ...(response.status === 200 && length && { size: Number(length) }),
      };
    } catch (cause) {
      signal?.throwIfAborted();
      if (isAbsent(cause)) return { kind: "absent" };
      return { kind: "absent", fault: sourceError(this.name, 0, cause) };
    }
  }

  /** Reads some of the bytes of a file of which the whole size is known. */
  async readRange(
    from: number,
    to: number,
    size: number,
    signal: AbortSignal | undefined,
  ): Promise<Bytes> {
    const bytes = new Uint8Array(to - from);
    let filled = 0;
    if (from === to) return bytes;
    try {
      await using answer = await this.#get(signal, [from, to]);
      const { response } = answer;
      if (wholeSize(response) !== size) {
        throw response.ok
          ? new Error("the server sent another range, or the file has changed")
          : statusError(response);
      }
      for await (const chunk of answer.chunks()) {
        const some = chunk.subarray(0, bytes.length - filled);
        bytes.set(some, filled);
        filled += some.length;
        if (filled === bytes.length) return bytes;
      }
      throw new Error(`the server sent ${filled} bytes`);
    } catch (cause) {
      signal?.throwIfAborted();
      throw sourceError(this.name, from + filled, cause);
    }
  }

  async #get(
    signal: AbortSignal | undefined,
    range: readonly [from?: number, to?: number],
  ): Promise<HttpAnswer> {
    const answer = new HttpAnswer(this.#timeouts, signal);
    await answer.fetch(this.#url, range);
    return answer;
  }
}

class HttpRanges implements RangeSource {
  readonly kind = "ranges";
  readonly #source: HttpSource;
  readonly size: number;
  readonly stamp?: string;

  constructor(source: HttpSource, size: number, headers: Headers) {
    this.#source = source;
    this.size = size;
    const [tag, date] = ["etag", "last-modified"].map((n) => headers.get(n));
    if ((tag ?? date) !== null) this.stamp = [size, tag, date].join();
  }

  async read(from: number, to: number, signal?: AbortSignal): Promise<Bytes> {
    return await this.#source.readRange(from, to, this.size, signal);
  }

  [Symbol.dispose](): void {} // every request closes what it opened
}

/** One request and its answer, within the limits of time. */
class HttpAnswer implements AsyncDisposable {
  readonly #timeouts: HttpTimeouts;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  /** Keeps no connection open after a request that is done. */
  readonly #client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  #response: Response | undefined;

  constructor(timeouts: HttpTimeouts, signal: AbortSignal | undefined) {
    this.#timeouts = timeouts;
    this.#signal = signal === undefined
      ? this.#stop.signal
      : AbortSignal.any([signal, this.#stop.signal]);
  }

  get response(): Response {
    return this.#response!;
  }

  async fetch(
    url: URL,
    [from, to]: readonly [from?: number, to?: number],
  ): Promise<void> {
    // A header of our own also keeps fetch from undoing a Content-Encoding: the
    // bytes are then the archive's own, and their number is the one announced.
    const headers: Record<string, string> = { "accept-encoding": "identity" };
    if (from !== undefined) {
      headers.range = `bytes=${from}-${to === undefined ? "" : to - 1}`;
    }
    const { connect = 10_000 } = this.#timeouts;
    try {
      this.#response = await this.#within(
        connect,
        `the server did not answer within ${connect / 1000} s`,
        () =>
          fetch(url, { client: this.#client, signal: this.#signal, headers }),
      );
    } catch (error) {
      this.#client.close();
      throw error;
    }
  }

  /** The bytes of the answer, as they come. */
  async *chunks(): AsyncGenerator<Bytes> {
    const { inactivity = 30_000 } = this.#timeouts;
    const reader = this.response.body?.getReader();
    if (reader === undefined) return;
    for (;;) {
      const { value, done } = await this.#within(
        inactivity,
        `the server sent nothing for ${inactivity / 1000} s`,
        () => reader.read(),
      );
      if (done) return;
      yield value;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(); // also ends what is left of an answer
    this.#client.close();
    return Promise.resolve();
  }

  async #within<T>(
    milliseconds: number,
    message: string,
    act: () => Promise<T>,
  ): Promise<T> {
    this.#signal.throwIfAborted();
    const timer = setTimeout(
      () => this.#stop.abort(new Error(message)),
      milliseconds,
    );
    try {
      return await act();
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Reads the whole size from the answer to a request for a range. */
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

/** A URL for messages. An `@` in a path is none of a password. */
export function shownUrl({ href, username, password }: URL): string {
  return username + password === "" ? href : maskPassword(href);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
