// Keeps a local file open while it is read at many places.
import type {
  ByteReadOptions,
  ByteSource,
  OpenedSource,
} from "./byte_source.ts";

const FIRST_LENGTH = 128 * 1024;
const MAX_LENGTH = 1024 * 1024;

/** A source that is opened once. */
export class OpenSource implements ByteSource, Disposable {
  readonly #source: ByteSource;
  #opened: Promise<OpenedSource> | undefined;

  /** Names the source; nothing is opened yet. */
  constructor(source: ByteSource) {
    this.#source = source;
  }

  get name(): string {
    return this.#source.name;
  }

  get fileName(): string {
    return this.#source.fileName;
  }

  async *read(
    options: ByteReadOptions = {},
  ): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const { from = 0, signal } = options;
    const opened = await (this.#opened ??= this.open(signal));
    if (opened.kind !== "ranges") {
      yield* this.#source.read(options);
      return;
    }
    let length = FIRST_LENGTH;
    for (let at = from; at < opened.size;) {
      signal?.throwIfAborted();
      const end = Math.min(opened.size, at + length);
      yield await opened.read(at, end, signal);
      at = end;
      length = Math.min(MAX_LENGTH, 2 * length);
    }
  }

  open(signal?: AbortSignal): Promise<OpenedSource> {
    return this.#source.open(signal);
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#opened?.then((opened) => {
      if (opened.kind === "ranges") opened[Symbol.dispose]();
    }, () => {}); // who read it has been told
  }
}
