import assert from "node:assert/strict";
import { ArchiveError } from "../../../src/archive/archive_error.ts";
import { ZstdDecompressionStream } from "../../../src/archive/zstd/zstd_decompression_stream.ts";
import {
  type Bytes,
  concat,
  frame,
  pieces,
  pzstd,
  utf8,
} from "../_make_archives.ts";

const TEXT = utf8('[Event "Rated game"]\n\n1. e4 e5 1-0\n\n'.repeat(9000));

/** A block costs four bytes and is 128 KiB of text. */
const BOMB = frame(
  Array.from({ length: 20_000 }, () => ({ byte: 65, times: 131072 })),
  { windowLog: 18 },
);

async function read(text: ReadableStream<Bytes>): Promise<Bytes> {
  return concat(await Array.fromAsync(text));
}

for (const decoder of [undefined, "native", "fzstd"] as const) {
  Deno.test(`ZstdDecompressionStream (${decoder}) decompresses`, async () => {
    for (const step of [1e6, 1000]) {
      const text = ReadableStream.from(pieces(pzstd(TEXT), step))
        .pipeThrough(new ZstdDecompressionStream({ decoder }));
      assert.deepEqual(await read(text), TEXT);
    }
  });
}

Deno.test("ZstdDecompressionStream gives nothing for nothing", async () => {
  const text = ReadableStream.from<Bytes>([])
    .pipeThrough(new ZstdDecompressionStream());
  assert.deepEqual((await read(text)).length, 0);
});

Deno.test("ZstdDecompressionStream gives the text before the error and its offset", async () => {
  const archive = pzstd(TEXT, { frameSize: 50_000 });
  const cut = archive.subarray(0, archive.length - 3);
  const reader = ReadableStream.from(pieces(cut, 512))
    .pipeThrough(new ZstdDecompressionStream()).getReader();
  let length = 0;
  await assert.rejects(async () => {
    for (;;) length += (await reader.read()).value?.length ?? assert.fail();
  }, (error) => {
    assert.ok(error instanceof ArchiveError);
    assert.equal(error.offset, cut.length);
    assert.equal(error.source, "");
    return true;
  });
  assert.ok(length >= TEXT.length - 50_000);
});

Deno.test("ZstdDecompressionStream reports both sides of an error", async () => {
  const { readable, writable } = new ZstdDecompressionStream();
  const writer = writable.getWriter();
  const isArchiveError = { name: "ArchiveError" };
  await Promise.all([
    assert.rejects(read(readable), isArchiveError),
    assert.rejects(writer.write(utf8("no archive at all")), isArchiveError),
    assert.rejects(writer.closed, isArchiveError),
  ]);
});

Deno.test("ZstdDecompressionStream makes no more text than is read", async () => {
  for (const decoder of ["native", "fzstd"] as const) {
    const { readable, writable } = new ZstdDecompressionStream({ decoder });
    const writer = writable.getWriter();
    const written = writer.write(BOMB).then(() => "written", () => "stopped");
    const reader = readable.getReader();
    for (let i = 0; i < 5; i++) {
      assert.ok((await reader.read()).value!.length <= 256 * 1024);
    }
    const pause = new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(await Promise.race([written, pause]), undefined);
    await reader.cancel("enough");
    await written;
    await assert.rejects(writer.closed, (reason) => reason === "enough");
  }
});

Deno.test("ZstdDecompressionStream stops when its writer aborts", async () => {
  const { readable, writable } = new ZstdDecompressionStream();
  const writer = writable.getWriter();
  writer.write(BOMB).catch(() => {});
  const reader = readable.getReader();
  await reader.read();
  await Promise.all([
    writer.abort("enough"),
    assert.rejects(reader.closed, (reason) => reason === "enough"),
    assert.rejects(writer.closed),
  ]);
});

Deno.test("ZstdDecompressionStream stops by signal", async () => {
  const controller = new AbortController();
  const block = frame([{ byte: 65, times: 131072 }]);
  const reader = ReadableStream.from(Array(9999).fill(block)).pipeThrough(
    new ZstdDecompressionStream(),
    controller,
  ).getReader();
  await reader.read();
  controller.abort("enough");
  await assert.rejects(async () => {
    while (!(await reader.read()).done);
  }, (reason) => reason === "enough");
});

Deno.test("ZstdDecompressionStream refuses wrong options and chunks", async () => {
  assert.throws(
    () => new ZstdDecompressionStream({ decoder: "zstd" as "native" }),
    {
      name: "RangeError",
      message:
        'Cannot decompress zstd as decoder must be "native" or "fzstd": current value is zstd',
    },
  );
  const text = ReadableStream.from(["text" as unknown as Bytes])
    .pipeThrough(new ZstdDecompressionStream());
  await assert.rejects(read(text), { name: "TypeError" });
});
