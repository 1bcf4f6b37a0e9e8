// The public stage that decompresses zstd.
import { OnDemandStream } from "../on_demand_stream.ts";
import { type ZstdDecoderName, ZstdDecompressor } from "./zstd_decompressor.ts";

/** Options of {@linkcode ZstdDecompressionStream}. */
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
 * Text is made when it is read, a chunk at a time, however much of it a chunk
 * of the archive contains. An archive that is cut off or damaged, that goes on as
 * something else, or that has a frame with a window over 128 MiB is an
 * {@linkcode ArchiveError}; the text before that byte has been given out.
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
    let decompressor: ZstdDecompressor | undefined; // made by the first chunk
    const { readable, writable } = new OnDemandStream<Uint8Array>({
      *transform(chunk) {
        decompressor ??= new ZstdDecompressor({ decoder });
        yield* decompressor.push(asBytes(chunk));
      },
      flush: () => decompressor?.end(),
      close: () => decompressor?.close(),
    });
    this.readable = readable;
    this.writable = writable;
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
