// Reads the text of an open archive, whatever its kind.
import { readGzip } from "./gzip.ts";
import { type OpenArchive, requireText } from "./open_archive.ts";
import { ZstdDecompressor } from "./zstd/zstd_decompressor.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * Reads the text of an archive.
 *
 * @param archive The archive.
 * @param options Its name, for errors, and whether it is read from its beginning.
 * @returns The text; a chunk may be overwritten when the next is asked for.
 * @throws {ArchiveError} If the archive cannot be read to its end, or begins
 * with what is no text.
 */
export async function* archiveText(
  archive: OpenArchive,
  options: { source?: string; isWhole?: boolean } = {},
): AsyncGenerator<Bytes> {
  const { source = "", isWhole = false } = options;
  let isChecked = !isWhole;
  for await (const text of decompressed(archive, source)) {
    if (!isChecked) requireText(text, source);
    isChecked = true;
    yield text;
  }
}

async function* decompressed(
  { kind, bytes }: OpenArchive,
  source: string,
): AsyncGenerator<Bytes> {
  if (kind === "gzip") return yield* readGzip(bytes, source);
  if (kind === "plain") return yield* bytes;
  const decompressor = new ZstdDecompressor({ source });
  try {
    for await (const chunk of bytes) {
      for (const text of decompressor.push(chunk)) {
        if (text.length > 0) yield text;
      }
    }
    decompressor.end();
  } finally {
    decompressor.close();
  }
}
