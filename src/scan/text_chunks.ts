// Gathers text in chunks of one length that stages hand on without copying.

type Bytes = Uint8Array<ArrayBuffer>;

/** Small enough that all buffers stay in the memory nearest to a core. */
export const CHUNK_SIZE = 192 * 1024;

/** Room before each chunk for what is left of the one before it. */
export const HEADROOM = 16 * 1024;

/**
 * A stage works on one chunk, while the next one waits for it and another one
 * is filled. A piped stream never holds more of them.
 */
export const BUFFERS = 4;

/** Gathers text in buffers. */
export class TextChunks {
  readonly #take: () => Bytes;
  #buffer: Bytes | undefined;
  #length = 0;

  /**
   * Creates an empty chunk.
   *
   * @param take Gives the buffer of the next chunk. @default {a few in turn}
   */
  constructor(take: () => Bytes = inTurn()) {
    this.#take = take;
  }

  /** How much text waits to be given out. */
  get length(): number {
    return this.#length;
  }

  /** Forgets the text that waits. */
  clear(): void {
    this.#length = 0;
  }

  /** Where the next text may be written before it is added, not to be copied. */
  room(): Bytes {
    this.#buffer ??= this.#take();
    return this.#buffer.subarray(HEADROOM + this.#length);
  }

  /**
   * Adds text.
   *
   * @param text The text, which may have been written to {@linkcode room}.
   * @returns The chunks that are full; each has {@linkcode HEADROOM} before it.
   */
  *add(text: Bytes): Generator<Bytes> {
    while (text.length > 0) {
      const room = this.room();
      const some = text.subarray(0, room.length);
      const isThere = some.buffer === room.buffer &&
        some.byteOffset === room.byteOffset;
      if (!isThere) room.set(some);
      this.#length += some.length;
      text = text.subarray(some.length);
      if (some.length === room.length) yield* this.flush();
    }
  }

  /** Gives out the chunk that is not full. */
  *flush(): Generator<Bytes> {
    const buffer = this.#buffer;
    if (buffer === undefined || this.#length === 0) return;
    const chunk = buffer.subarray(HEADROOM, HEADROOM + this.#length);
    this.#buffer = undefined;
    this.#length = 0;
    yield chunk;
  }
}

function inTurn(): () => Bytes {
  const buffers: Bytes[] = [];
  let next = 0;
  return () => {
    next = (next + 1) % BUFFERS;
    return buffers[next] ??= new Uint8Array(HEADROOM + CHUNK_SIZE);
  };
}
