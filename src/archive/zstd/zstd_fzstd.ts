// Decompresses zstd in plain JavaScript.
import { Decompress } from "npm:fzstd@0.1.1";
import type { ZstdDecoder } from "./zstd_decoder.ts";
import type { ZstdFrame } from "./zstd_frames.ts";
import { XxHash64 } from "../../xxhash64.ts";

/**
 * Decompresses in plain JavaScript, where the runtime has no zstd of its own.
 * What fzstd does not look at is checked here: the length of the text, its
 * checksum, and whether the frame was decoded to its end.
 */
export class FzstdDecoder implements ZstdDecoder {
  // fzstd hands over all the text of what it is given at once; a block is at
  // most 128 KiB of it, but a mebibyte of blocks may be 30 GB.
  readonly byBlock = true;
  #decoder: Decompress | undefined;
  #frame: ZstdFrame | undefined;
  #hash = new XxHash64();
  #length = 0;
  #isComplete = false;
  #output: Uint8Array<ArrayBuffer>[] = [];

  begin(frame: ZstdFrame): void {
    this.#frame = frame;
    this.#hash = new XxHash64();
    this.#length = 0;
    this.#isComplete = false;
    this.#decoder = new Decompress((text, isFinal) => {
      if (isFinal) this.#isComplete = true;
      if (text.length > 0) this.#output.push(text as Uint8Array<ArrayBuffer>);
    });
  }

  decode(bytes: Uint8Array<ArrayBuffer>): Iterable<Uint8Array<ArrayBuffer>> {
    return this.#push(bytes.slice(), false); // fzstd keeps the start of a block
  }

  *end(checksum: number | undefined): Generator<Uint8Array<ArrayBuffer>> {
    yield* this.#push(new Uint8Array(0), true);
    if (!this.#isComplete) throw new Error("The frame has no end");
    const { contentSize } = this.#frame!;
    if (contentSize !== undefined && contentSize !== this.#length) {
      throw new Error("The text does not have the length it should have");
    }
    if (checksum !== undefined && checksum !== this.#hash.digest().low) {
      throw new Error("The text does not match its checksum");
    }
  }

  close(): void {
    this.#decoder = undefined; // and its window with it
    this.#output = [];
  }

  #push(
    bytes: Uint8Array<ArrayBuffer>,
    isFinal: boolean,
  ): Iterable<Uint8Array<ArrayBuffer>> {
    this.#decoder!.push(bytes, isFinal);
    const output = this.#output;
    this.#output = [];
    for (const text of output) {
      this.#length += text.length;
      if (this.#frame!.hasChecksum) this.#hash.update(text);
    }
    return output;
  }
}
