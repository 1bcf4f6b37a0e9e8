// Decompresses gzip archives.
import defer * as stream from "node:stream";
import type { ZlibOptions } from "node:zlib";
import { ArchiveError } from "./archive_error.ts";
import { isTurnDue, turn } from "./turn.ts";

const OUTPUT_SIZE = 128 * 1024;

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * Decompresses a gzip archive (RFC 1952) of one member or several. Zero bytes
 * after the last one are padding.
 *
 * @param chunks The archive's bytes, cut anywhere; they are not kept.
 * @param source The archive's name, for errors.
 * @returns The text, in chunks.
 * @throws {ArchiveError} If the archive is cut off, damaged, or continues as
 * something else. Its offset is the number of compressed bytes used.
 */
export async function* readGzip(
  chunks: AsyncIterable<Bytes>,
  source = "",
): AsyncGenerator<Bytes> {
  const { createGunzip } = await import("node:zlib");
  // Of one chunk after the other, so that it is known where the last one ended.
  const gunzip = createGunzip({
    chunkSize: OUTPUT_SIZE,
    writableHighWaterMark: 1,
  } as ZlibOptions);
  let length = 0;
  /** Where the zeros begin that the bytes until now end with. */
  let end = 0;
  const bytes = async function* () {
    for await (const chunk of chunks) {
      const last = chunk.findLastIndex((byte) => byte !== 0);
      if (last !== -1) end = length + last + 1;
      length += chunk.length;
      if (isTurnDue()) await turn(); // there may be members without text
      yield chunk.slice();
    }
  }();
  const input = stream.Readable.from(bytes);
  input.on("error", (error) => gunzip.destroy(error));
  try {
    for await (const { buffer, byteOffset, length } of input.pipe(gunzip)) {
      yield new Uint8Array(buffer, byteOffset, length); // no Buffer
      if (isTurnDue()) await turn();
    }
    const { bytesWritten } = gunzip;
    for await (const _ of bytes); // what is left is padding, or else lost
    if (end > bytesWritten) throw new Error("data after its padding");
  } catch (cause) {
    if (cause instanceof ArchiveError || input.errored === cause) throw cause;
    throw new ArchiveError(
      `Cannot read the archive: its gzip is cut off or damaged (${
        (cause as Error).message
      })`,
      { offset: gunzip.bytesWritten, source, cause },
    );
  } finally {
    input.destroy();
    gunzip.destroy();
  }
}
