import { Archive, type ArchiveStatus } from "../../src/archive/archive.ts";
import { archiveText } from "../../src/archive/archive_text.ts";
import type { ByteSource } from "../../src/archive/byte_source.ts";
import {
  openArchive,
  type OpenArchiveOptions,
} from "../../src/archive/open_archive.ts";

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
    const text = archiveText(opened, { source: name, isWhole: true });
    for await (const chunk of text) {
      options.signal?.throwIfAborted(); // as the pipes between the stages do
      yield chunk.slice();
    }
  } finally {
    await opened.close();
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
