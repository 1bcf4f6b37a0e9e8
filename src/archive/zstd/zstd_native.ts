// Decompresses zstd with the runtime's own decoder.
import defer * as process from "node:process";
import type { TextRoom, ZstdDecoder } from "./zstd_decoder.ts";

const OUTPUT_SIZE = 128 * 1024;
const UNKNOWN = 0xffffffff;

/**
 * What the runtime's zstd stream holds inside, as Node.js and Deno have it.
 *
 * The stream itself cannot be used: Deno 2.9 raises an error in the second
 * slice of a write past all listeners, which ends the process, and it takes a
 * cut frame for a whole one. `zstdDecompressSync` wants the whole frame in
 * memory. The handle below decompresses step by step, in this thread, with
 * memory that the caller bounds, and throws what is wrong. None of it is
 * documented, so it is tried out before it is used.
 */
export interface ZstdStream {
  readonly _handle: {
    writeSync(
      flush: number,
      input: Uint8Array,
      inputOffset: number,
      inputLength: number,
      output: Uint8Array,
      outputOffset: number,
      outputLength: number,
      state: Uint32Array,
    ): void;
    reset(): void;
  };
  /** How much of the output and of the input the last write left over. */
  readonly _writeState: Uint32Array;
  on(event: "error", listener: () => void): void;
  close(): void;
}

/** Decompresses with the runtime's own zstd, which checks sizes and checksums. */
export class NativeZstdDecoder implements ZstdDecoder {
  readonly byBlock = false;
  readonly #stream: ZstdStream;
  #isUsed = false;
  #isClosed = false;
  #output = new Uint8Array(OUTPUT_SIZE);

  /**
   * Creates a decoder.
   *
   * @param open Opens the stream whose inside is used. @default {the runtime's}
   */
  constructor(open: () => ZstdStream = openStream) {
    this.#stream = open();
    this.#stream.on("error", () => {}); // closing may not end the process
  }

  begin(): void {
    // A reset costs a third of a new stream, and keeps the window's memory.
    if (this.#isUsed) this.#stream._handle.reset();
    this.#isUsed = true;
  }

  *decode(
    bytes: Uint8Array<ArrayBuffer>,
    room?: TextRoom,
  ): Generator<Uint8Array<ArrayBuffer>> {
    const { _handle: handle, _writeState: state } = this.#stream;
    let left = bytes.length;
    let isFull: boolean;
    do {
      if (this.#isClosed) return; // the handle may not be touched any more
      const output = room === undefined ? this.#output : room();
      const { length } = output;
      const at = bytes.length - left;
      state.fill(UNKNOWN);
      handle.writeSync(0, bytes, at, left, output, 0, length, state);
      const [roomLeft, inputLeft] = state;
      if (roomLeft > length || inputLeft > left) {
        throw new Error("The decoder does not tell what it did");
      }
      if (roomLeft === length && inputLeft === left && left > 0) {
        throw new Error("The decoder takes no more input");
      }
      left = inputLeft;
      isFull = roomLeft === 0;
      const filled = length - roomLeft;
      if (room !== undefined) {
        if (filled > 0) yield output.subarray(0, filled);
      } else if (filled * 2 > length) {
        this.#output = new Uint8Array(OUTPUT_SIZE); // the old one is given away
        yield output.subarray(0, filled);
      } else if (filled > 0) {
        yield output.slice(0, filled);
      }
    } while (isFull || left > 0);
  }

  end(): [] {
    return []; // all of it came with the last byte
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stream.close();
  }
}

function openStream(): ZstdStream {
  const zlib = process.getBuiltinModule("node:zlib");
  return zlib.createZstdDecompress() as unknown as ZstdStream;
}

let isNative: boolean | undefined;

/**
 * Tells whether {@linkcode NativeZstdDecoder} works in this runtime.
 *
 * @returns Whether it does; it is tried out once.
 */
export function hasNativeZstd(): boolean {
  return isNative ??= decompresses(openStream);
}

/**
 * Tries out a stream with a small frame.
 *
 * @param open Opens the stream.
 * @returns Whether the frame was decompressed right, in two slices, and a
 * damaged one was refused.
 */
export function decompresses(open: () => ZstdStream): boolean {
  try {
    if (decodeInSlices(FRAME, open) !== "zstd works") return false;
  } catch {
    return false; // there is no such stream, or its inside is another
  }
  try {
    decodeInSlices([...FRAME.slice(0, -1), 0], open);
    return false; // damage goes unnoticed
  } catch {
    return true;
  }
}

/** "zstd works" in one raw block, with a checksum. */
// deno-fmt-ignore
const FRAME = [
  0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x58, 0x51, 0x00, 0x00,
  0x7a, 0x73, 0x74, 0x64, 0x20, 0x77, 0x6f, 0x72, 0x6b, 0x73,
  0xd2, 0x0a, 0x70, 0xde,
];

function decodeInSlices(frame: number[], open: () => ZstdStream): string {
  const decoder = new NativeZstdDecoder(open);
  try {
    decoder.begin();
    const bytes = Uint8Array.from(frame);
    let text = "";
    for (const slice of [bytes.subarray(0, 14), bytes.subarray(14)]) {
      for (const some of decoder.decode(slice)) {
        text += new TextDecoder().decode(some);
        if (text.length > frame.length) throw new Error("The text has no end");
      }
    }
    return text;
  } finally {
    decoder.close();
  }
}
