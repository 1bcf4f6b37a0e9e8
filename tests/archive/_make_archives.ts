import * as zlib from "node:zlib";
import { XxHash64 } from "../../src/xxhash64.ts";

/** Bytes that nothing else shares, as the archive readers want them. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** A layout of an archive: how its text is compressed. */
export interface Layout {
  /** What it is called in the names of tests, and how its files end. */
  readonly name: string;
  readonly extension: string;
  make(text: Bytes): Bytes;
}

/** Every layout in which the same text may be found, compressed in haste. */
export const LAYOUTS: readonly Layout[] = [
  { name: "one frame", extension: ".pgn.zst", make: (text) => zstd(text) },
  {
    name: "joined frames",
    extension: ".pgn.zst",
    make: (text) => concat(pieces(text, 600_000).map((piece) => zstd(piece))),
  },
  { name: "pzstd", extension: ".pgn.zst", make: (text) => pzstd(text) },
  { name: "gzip", extension: ".pgn.gz", make: (text) => gzip(text) },
  {
    name: "gzip members",
    extension: ".pgn.gz",
    make: (text) => concat(pieces(text, 600_000).map(gzip)),
  },
  { name: "plain", extension: ".pgn", make: (text) => text },
];

/** Compresses into one frame, with a checksum unless told otherwise. */
export function zstd(
  text: Bytes,
  options: { checksum?: boolean; contentSize?: boolean; level?: number } = {},
): Bytes {
  const { checksum = true, contentSize = false, level = 1 } = options;
  const { ZSTD_c_checksumFlag, ZSTD_c_compressionLevel } = zlib.constants;
  const compression = {
    params: {
      [ZSTD_c_checksumFlag]: Number(checksum),
      [ZSTD_c_compressionLevel]: level,
    },
    ...(contentSize ? { pledgedSrcSize: text.length } : {}),
  };
  return Uint8Array.from(zlib.zstdCompressSync(text, compression));
}

/**
 * Compresses as pzstd does: frames of equal length (64 KiB of text), each
 * after a skippable frame that gives the length of the next.
 */
export function pzstd(
  text: Bytes,
  options: { frameSize?: number; level?: number } = {},
): Bytes {
  const { frameSize = 64 * 1024, level } = options;
  return concat(
    pieces(text, frameSize).flatMap((piece) => {
      const frame = zstd(piece, { level });
      return [announcement(frame.length), frame];
    }),
  );
}

/** Makes the skippable frame by which pzstd announces a frame. */
export function announcement(length: number): Bytes {
  return skippable(Uint8Array.from(littleEndian(length, 4)));
}

/** Makes a skippable frame; `variant` is the free part of its magic number. */
export function skippable(content: Bytes, variant = 0): Bytes {
  const size = littleEndian(content.length, 4);
  return concat([
    Uint8Array.of(0x50 | variant, 0x2a, 0x4d, 0x18, ...size),
    content,
  ]);
}

/** A block of a frame made by hand: bytes as they are, or one byte repeated. */
export type Block = { raw: Bytes } | { byte: number; times: number };

/**
 * Makes a frame of raw and repeating blocks, with a window and whatever else a
 * compressor would never choose.
 */
export function frame(
  blocks: readonly Block[],
  options: {
    windowLog?: number;
    contentSize?: number;
    checksum?: boolean;
    /** Bits to set in the frame header's descriptor. */
    descriptor?: number;
  } = {},
): Bytes {
  const { windowLog = 17, contentSize, checksum = false } = options;
  const hash = new XxHash64();
  const parts: Bytes[] = [Uint8Array.of(
    ...[0x28, 0xb5, 0x2f, 0xfd],
    (contentSize === undefined ? 0 : 0x80) | (checksum ? 4 : 0) |
      (options.descriptor ?? 0),
    windowLog - 10 << 3,
    ...(contentSize === undefined ? [] : littleEndian(contentSize, 4)),
  )];
  for (const [i, block] of blocks.entries()) {
    const isLast = Number(i === blocks.length - 1);
    const isRaw = "raw" in block;
    const length = isRaw ? block.raw.length : block.times;
    const header = length << 3 | (isRaw ? 0 : 2) | isLast;
    parts.push(Uint8Array.from(littleEndian(header, 3)));
    parts.push(isRaw ? block.raw : Uint8Array.of(block.byte));
    if (checksum) {
      hash.update(isRaw ? block.raw : new Uint8Array(length).fill(block.byte));
    }
  }
  if (checksum) parts.push(Uint8Array.from(littleEndian(hash.digest().low, 4)));
  return concat(parts);
}

/** Compresses into one gzip member. */
export function gzip(text: Bytes): Bytes {
  return Uint8Array.from(zlib.gzipSync(text, { level: 1 }));
}

/** Cuts bytes into pieces of equal length; nothing gives one empty piece. */
export function pieces(bytes: Bytes, length: number): Bytes[] {
  const result = [bytes.subarray(0, length)];
  for (let at = length; at < bytes.length; at += length) {
    result.push(bytes.subarray(at, at + length));
  }
  return result;
}

/** Joins bytes. */
export function concat(parts: readonly Uint8Array[]): Bytes {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const result = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

/** Turns text into bytes. */
export function utf8(text: string): Bytes {
  return new TextEncoder().encode(text);
}

/** Makes a source of numbers from 0 up to 1 that is the same in every run. */
export function seeded(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ seed >>> 15, 1 | seed);
    mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed;
    return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32;
  };
}

function littleEndian(value: number, length: number): number[] {
  return Array.from(
    { length },
    (_, i) => Math.floor(value / 256 ** i) % 256,
  );
}
