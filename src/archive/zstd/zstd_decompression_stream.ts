import { type ZstdDecoderName, ZstdDecompressor } from "./zstd_decompressor.ts";

/** What a {@linkcode ZstdDecompressionStream} can be told. */
export interface ZstdDecompressionStreamOptions {
  /**
   * What decompresses: the runtime's own zstd, or plain JavaScript, which is
   * several times slower.
   *
   * @default {"native", where the runtime has it}
   */
  decoder?: "native" | "fzstd";
}

/**
 * Decompresses zstd: any number of frames, joined, in pzstd's layout, with
 * skippable and empty frames between them. Sizes and checksums are verified.
 *
 * Text is made when it is read, a piece at a time, however much of it a piece
 * of input holds. An archive that is cut off or damaged, that goes on as
 * something else, or that has a frame with a window over 128 MiB is an
 * {@linkcode ArchiveError}; the text before that place has been given out.
 *
 * @example Usage
 * ```ts
 * import { ZstdDecompressionStream } from "@chess/game-cache";
 * import assert from "node:assert/strict";
 * import { zstdCompressSync } from "node:zlib";
 *
 * const frames = ["1. e4 e5 ", "1-0"].map((part) => zstdCompressSync(part));
 * const text = ReadableStream.from<Uint8Array>(frames)
 *   .pipeThrough(new ZstdDecompressionStream())
 *   .pipeThrough(new TextDecoderStream());
 * assert.equal((await Array.fromAsync(text)).join(""), "1. e4 e5 1-0");
 * ```
 */
export class ZstdDecompressionStream
  implements TransformStream<Uint8Array, Uint8Array<ArrayBuffer>> {
  /** The text. */
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Takes the archive's bytes, cut anywhere. */
  readonly writable: WritableStream<Uint8Array>;

  /**
   * Creates a stream for one archive.
   *
   * @param options The decoder to use.
   * @throws {RangeError} If there is no decoder of that name.
   */
  constructor(options: ZstdDecompressionStreamOptions = {}) {
    const { decoder } = options;
    if (!isDecoderName(decoder)) {
      throw new RangeError(
        `Cannot decompress zstd as decoder must be "native" or "fzstd": current value is ${decoder}`,
      );
    }
    // A TransformStream must take all that comes of a chunk at once, and that
    // may be thirty thousand times its length. Here each piece of text waits
    // for its reader.
    let decompressor: ZstdDecompressor | undefined; // made by the first chunk
    let output: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
    let input: WritableStreamDefaultController;
    let isWanted = false;
    let isStopped = false;
    let wake = () => {};
    const stop = () => {
      isStopped = true;
      decompressor?.close();
      wake();
    };
    const fail = (reason: unknown) => {
      if (isStopped) return;
      stop();
      output.error(reason);
    };

    this.readable = new ReadableStream({
      start(controller) {
        output = controller;
      },
      pull() {
        isWanted = true;
        wake();
      },
      cancel(reason) {
        stop();
        input.error(reason);
      },
    }, { highWaterMark: 0 });

    this.writable = new WritableStream({
      start(controller) {
        input = controller;
        // The sink's own abort() would wait for a write that waits for a reader.
        controller.signal.addEventListener(
          "abort",
          () => fail(controller.signal.reason),
        );
      },
      async write(chunk) {
        try {
          decompressor ??= new ZstdDecompressor({ decoder });
          for (const text of decompressor.push(asBytes(chunk))) {
            while (!isWanted && !isStopped) {
              await new Promise<void>((resolve) => wake = resolve);
            }
            if (isStopped) return;
            isWanted = false;
            output.enqueue(text);
          }
        } catch (error) {
          fail(error);
          throw error;
        }
      },
      close() {
        try {
          decompressor?.end();
        } catch (error) {
          fail(error);
          throw error;
        }
        stop();
        output.close();
      },
    });
  }
}

function asBytes(chunk: unknown): Uint8Array<ArrayBuffer> {
  if (chunk instanceof Uint8Array) return chunk as Uint8Array<ArrayBuffer>;
  throw new TypeError(
    `Cannot decompress zstd as a chunk must be a Uint8Array: current value is ${chunk}`,
  );
}

function isDecoderName(name: unknown): name is ZstdDecoderName | undefined {
  return name === undefined || name === "native" || name === "fzstd";
}
