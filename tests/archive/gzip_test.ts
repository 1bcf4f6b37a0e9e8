import assert from "node:assert/strict";
import { crc32, gzipSync } from "node:zlib";
import { ArchiveError } from "../../src/archive/archive_error.ts";
import { readGzip } from "../../src/archive/gzip.ts";
import {
  type Bytes,
  concat,
  gzip,
  pieces,
  seeded,
  utf8,
} from "./_make_archives.ts";

const TEXT = utf8(
  "1. e4 e5 2. Nf3 Nc6 3. Bb5 a6 4. Ba4 Nf6 5. O-O Be7 ".repeat(9),
);
const MEMBERS = concat([gzip(TEXT), gzip(new Uint8Array(0)), gzip(TEXT)]);
const TWICE = concat([TEXT, TEXT]);

async function read(archive: Bytes, step = 1e6): Promise<Bytes> {
  const chunks = ReadableStream.from(pieces(archive, step));
  return concat(await Array.fromAsync(readGzip(chunks, "a.gz")));
}

/** The offset is that of the chunk in which the error was found, or after it. */
function failsUntil(offset: number) {
  return (error: unknown) => {
    assert.ok(error instanceof ArchiveError, `${error}`);
    assert.match(error.message, /gzip is cut off or damaged/);
    assert.ok(error.offset <= offset, `${error}`);
    assert.equal(error.source, "a.gz");
    return true;
  };
}

Deno.test("readGzip() joins members, cut at any byte", async () => {
  for (let step = 1; step <= MEMBERS.length; step++) {
    assert.deepEqual(await read(MEMBERS, step), TWICE, `in steps of ${step}`);
  }
  await assert.rejects(read(new Uint8Array(0)), failsUntil(0));
});

Deno.test("readGzip() allows zeros at the end, and nothing else", async () => {
  const end = MEMBERS.length;
  for (const step of [1, 7, 1e6]) {
    const padded = concat([MEMBERS, new Uint8Array(99)]);
    assert.deepEqual(await read(padded, step), TWICE);
    await assert.rejects(
      read(concat([padded, gzip(TEXT)]), step),
      failsUntil(end + 200),
    );
    await assert.rejects(
      read(concat([MEMBERS, utf8("garbage")]), step),
      failsUntil(end + 9),
    );
  }
});

Deno.test("readGzip() refuses a cut at every byte but the end of a member", async () => {
  const ends = [1, 2, 3].map((i) =>
    [0, gzip(TEXT).length, gzip(TEXT).length + 20, MEMBERS.length][i]
  );
  for (let cut = 0; cut <= MEMBERS.length; cut++) {
    const reading = read(MEMBERS.slice(0, cut));
    if (ends.includes(cut)) await reading;
    else {
      await assert.rejects(
        reading,
        failsUntil(cut),
        `cut at ${cut}`,
      );
    }
  }
});

Deno.test("readGzip() reads every field a header may have", async () => {
  const member = gzip(TEXT);
  const header = (flags: number, ...fields: Bytes[]) => {
    const [start, rest] = [member.subarray(0, 3), member.subarray(4, 10)];
    const head = concat([start, Uint8Array.of(flags), rest, ...fields]);
    const sum = crc32(head);
    const crc = (flags & 2) === 0 ? [] : [sum & 0xff, sum >> 8 & 0xff];
    return concat([head, Uint8Array.from(crc), member.subarray(10)]);
  };
  const extra = concat([Uint8Array.of(44, 1), new Uint8Array(300)]);
  const name = utf8("games.pgn\0");
  for (
    const archive of [
      header(1),
      header(2),
      header(4, extra),
      header(8, name),
      header(16, name),
      header(31, extra, name, name),
    ]
  ) {
    for (const step of [1, 1e6]) {
      assert.deepEqual(await read(archive, step), TEXT);
    }
  }
  for (const bad of [header(32), member.with(2, 7)]) {
    await assert.rejects(read(bad), failsUntil(1));
  }
});

Deno.test("readGzip() refuses a wrong checksum or length", async () => {
  const member = gzip(TEXT);
  for (const back of [8, 4]) {
    const at = member.length - back;
    const bad = member.with(at, member[at] ^ 1);
    await assert.rejects(read(bad), failsUntil(member.length));
  }
});

Deno.test("readGzip() gives the right text or an error for a flipped bit", async () => {
  for (let bit = 0; bit < MEMBERS.length * 8; bit++) {
    const at = bit >> 3;
    try {
      const text = await read(MEMBERS.with(at, MEMBERS[at] ^ 1 << (bit & 7)));
      assert.deepEqual(text, TWICE, `bit ${bit}`);
    } catch (error) {
      assert.ok(error instanceof ArchiveError, `bit ${bit}: ${error}`);
    }
  }
});

Deno.test("readGzip() makes text as it is asked for, and stops", async () => {
  const random = seeded(3);
  const line = Uint8Array.from({ length: 1000 }, () => random() * 256);
  const archive = Uint8Array.from(
    gzipSync(concat(Array(50_000).fill(line)), { level: 1 }),
  ); // 50 MB of text in less than 1 MB
  let isClosed = false;
  async function* chunks(): AsyncGenerator<Bytes> {
    try {
      yield* pieces(archive, 1e6);
    } finally {
      isClosed = true;
    }
  }
  let length = 0;
  for await (const text of readGzip(chunks())) {
    assert.ok(text.length <= 256 * 1024);
    length += text.length;
    if (length > 5_000_000) break;
  }
  assert.ok(isClosed);
});
