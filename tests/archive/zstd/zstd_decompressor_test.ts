import assert from "node:assert/strict";
import { createZstdDecompress } from "node:zlib";
import { ArchiveError } from "../../../src/archive/archive_error.ts";
import {
  type ZstdDecoderName,
  ZstdDecompressor,
} from "../../../src/archive/zstd/zstd_decompressor.ts";
import {
  decompresses,
  hasNativeZstd,
  type ZstdStream,
} from "../../../src/archive/zstd/zstd_native.ts";
import {
  announcement,
  type Bytes,
  concat,
  frame,
  pieces,
  pzstd,
  seeded,
  skippable,
  utf8,
  zstd,
} from "../_make_archives.ts";

const DECODERS: readonly ZstdDecoderName[] = ["native", "fzstd"];

/** Text like games: it compresses, and not into one block. */
const TEXT = games(300_000);

function games(length: number): Bytes {
  const random = seeded(1);
  const moves = Array.from(
    { length: length / 5 },
    () => "abcdefgh"[random() * 8 | 0] + (1 + random() * 8 | 0) + " ",
  );
  return utf8(moves.join("e4 ").slice(0, length));
}

function decompress(
  archive: Bytes,
  decoder: ZstdDecoderName,
  step = 100_000,
): Bytes {
  const decompressor = new ZstdDecompressor({ decoder, source: "a.zst" });
  try {
    const text: Bytes[] = [];
    for (const chunk of pieces(archive, step)) {
      text.push(...decompressor.push(chunk));
    }
    decompressor.end();
    return concat(text);
  } finally {
    decompressor.close();
  }
}

function isArchiveError(error: unknown): error is ArchiveError {
  assert.ok(error instanceof ArchiveError, `${error}`);
  assert.equal(error.source, "a.zst");
  return true;
}

Deno.test("hasNativeZstd() finds the runtime's own zstd", () => {
  assert.equal(hasNativeZstd(), true);
});

Deno.test("decompresses() is false for a stream that is another inside", () => {
  const open = () =>
    createZstdDecompress() as unknown as
      & ZstdStream
      & Record<string, unknown>;
  const writing = (writeSync?: () => void) => () => {
    const stream = open();
    stream.close();
    return Object.assign(stream, { _handle: { writeSync, reset() {} } });
  };
  assert.equal(decompresses(open), true);
  const others: Record<string, () => unknown> = {
    "no zstd": () => assert.fail(),
    "no handle": () => ({ ...open(), on() {}, close() {}, _handle: undefined }),
    "no writeSync": writing(undefined),
    "idle writeSync": writing(() => {}),
    "failing writeSync": writing(() => assert.fail()),
    "no checks": () => {
      const stream = open();
      const { _handle: { writeSync } } = stream;
      const careless = (...rest: Parameters<typeof writeSync>) => {
        try {
          writeSync.apply(stream._handle, rest);
        } catch {
          stream._writeState.set([rest[6], 0]);
        }
      };
      const handle = { writeSync: careless, reset() {} };
      const { _writeState } = stream;
      return { _handle: handle, _writeState, on() {}, close() {} };
    },
  };
  for (const [name, other] of Object.entries(others)) {
    assert.equal(decompresses(other as () => ZstdStream), false, name);
  }
});

for (const decoder of DECODERS) {
  Deno.test(`ZstdDecompressor (${decoder}) decompresses every kind of frame`, () => {
    const some = utf8("[Event ");
    const frames: [archive: Bytes, text: Bytes][] = [
      [zstd(TEXT), TEXT],
      [zstd(TEXT, { checksum: false, level: 19 }), TEXT],
      [zstd(TEXT, { contentSize: true, level: 5 }), TEXT],
      [zstd(some, { contentSize: true }), some],
      [zstd(some, { checksum: false }), some],
      [zstd(new Uint8Array(0)), new Uint8Array(0)],
      [zstd(new Uint8Array(0), { contentSize: true }), new Uint8Array(0)],
      [skippable(TEXT.subarray(0, 999), 7), new Uint8Array(0)],
      [pzstd(TEXT), TEXT],
      [frame([{ raw: some }, { byte: 32, times: 3 }]), utf8("[Event    ")],
      [frame([{ raw: new Uint8Array(0) }]), new Uint8Array(0)],
      [
        frame([{ byte: 65, times: 131072 }, { raw: some }, {
          byte: 66,
          times: 99,
        }], { windowLog: 27, contentSize: 131178, checksum: true }),
        concat([
          new Uint8Array(131072).fill(65),
          some,
          new Uint8Array(99).fill(66),
        ]),
      ],
    ];
    for (const [i, [archive, text]] of frames.entries()) {
      for (const step of [1e9, 1000]) {
        assert.deepEqual(
          decompress(archive, decoder, step),
          text,
          `frame ${i}`,
        );
      }
    }
    const all = concat(frames.map(([archive]) => archive));
    const text = concat(frames.map(([, text]) => text));
    assert.deepEqual(decompress(all, decoder), text);
    assert.deepEqual(decompress(new Uint8Array(0), decoder).length, 0);
  });

  Deno.test(`ZstdDecompressor (${decoder}) takes input cut at any byte`, () => {
    const text = TEXT.subarray(0, 700);
    const archive = concat([pzstd(text, { frameSize: 200 }), zstd(text)]);
    for (let step = 1; step < archive.length; step += step < 40 ? 1 : 17) {
      assert.deepEqual(
        decompress(archive, decoder, step),
        concat([text, text]),
        `in steps of ${step}`,
      );
    }
  });

  Deno.test(`ZstdDecompressor (${decoder}) refuses a cut archive at every byte`, () => {
    const text = TEXT.subarray(0, 700);
    const parts = [zstd(text), announcement(500), zstd(text), zstd(text)];
    const archive = concat(parts);
    const ends = [0, 1, 3, 4].map((i) => concat(parts.slice(0, i)).length);
    for (let cut = 0; cut <= archive.length; cut++) {
      const read = () => decompress(archive.slice(0, cut), decoder);
      if (ends.includes(cut)) read();
      else {
        assert.throws(read, (error) => {
          assert.equal(isArchiveError(error) && error.offset, cut);
          return true;
        });
      }
    }
  });

  Deno.test(`ZstdDecompressor (${decoder}) gives the right text or an error for a flipped bit`, () => {
    const text = TEXT.subarray(0, 2000);
    const archive = concat([zstd(text), zstd(text, { contentSize: true })]);
    for (let bit = 0; bit < archive.length * 8; bit += 3) {
      const at = bit >> 3;
      const flipped = archive.with(at, archive[at] ^ 1 << (bit & 7));
      try {
        const read = decompress(flipped, decoder);
        assert.deepEqual(read, concat([text, text]), `bit ${bit}`);
      } catch (error) {
        isArchiveError(error);
      }
    }
  });

  Deno.test(`ZstdDecompressor (${decoder}) refuses a wrong checksum or length`, () => {
    const archive = zstd(TEXT);
    const last = archive.length - 1;
    for (
      const bad of [
        archive.with(last, archive[last] ^ 1),
        frame([{ raw: TEXT.slice(0, 9) }], { contentSize: 8 }),
        frame([{ raw: TEXT.slice(0, 9) }], { contentSize: 10 }),
        frame([{ raw: TEXT.slice(0, 9) }, { byte: 1, times: 1 }], {
          contentSize: 9,
        }),
      ]
    ) {
      assert.throws(() => decompress(bad, decoder), isArchiveError);
    }
  });

  Deno.test(`ZstdDecompressor (${decoder}) makes text as it is asked for`, () => {
    const blocks = Array.from(
      { length: 50_000 }, // 200 kB for 6.5 GB of text
      () => ({ byte: 65, times: 131072 }),
    );
    const decompressor = new ZstdDecompressor({ decoder });
    const text = decompressor.push(frame(blocks, { windowLog: 18 }));
    for (let i = 0; i < 20; i++) {
      let { value, done } = text.next();
      while (value?.length === 0) ({ value, done } = text.next());
      assert.ok(!done && value!.length <= 256 * 1024);
      assert.equal(value![0], 65);
    }
    decompressor.close();
    assert.ok([...text].every(({ length }) => length === 0));
  });
}
