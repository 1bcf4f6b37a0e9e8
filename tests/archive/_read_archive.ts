import { Archive, type ArchiveStatus } from "../../src/archive/archive.ts";
import type { ByteSource } from "../../src/archive/byte_source.ts";
import { readGzip } from "../../src/archive/gzip.ts";
import {
  type OpenArchive,
  openArchive,
  type OpenArchiveOptions,
  requireText,
} from "../../src/archive/open_archive.ts";
import { ZstdDecompressor } from "../../src/archive/zstd/zstd_decompressor.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Reads the text of archives; the chunks are the caller's. */
export async function* textOf(
  database: string | URL | (string | URL)[],
  options: OpenArchiveOptions = {},
): AsyncGenerator<Bytes> {
  for (const source of new Archive(database).sources) {
    yield* sourceText(source, options);
  }
}

/** Reads the text of an archive from anywhere; the chunks are the caller's. */
export async function* sourceText(
  source: ByteSource,
  options: OpenArchiveOptions = {},
): AsyncGenerator<Bytes> {
  const opened = await openArchive(source, options);
  if (opened === undefined) return;
  try {
    const { name } = source;
    let isFirst = true;
    for await (const chunk of decompressed(opened, name)) {
      options.signal?.throwIfAborted(); // as the pipes between the stages do
      if (isFirst) requireText(chunk, name);
      isFirst = false;
      yield chunk.slice();
    }
  } finally {
    await opened.close();
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

/** What archives are, in short. */
export async function statusOf(archive: Archive): Promise<
  { kind: ArchiveStatus["kind"]; identities?: unknown; size?: number }
> {
  const status = await archive.status();
  return {
    kind: status.kind,
    ...(status.kind === "known" ? { identities: status.identities } : {}),
    ...(status.kind !== "absent" ? { size: status.size } : {}),
  };
}
