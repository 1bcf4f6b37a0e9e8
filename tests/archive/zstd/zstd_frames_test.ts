import assert from "node:assert/strict";
import { ArchiveError } from "../../../src/archive/archive_error.ts";
import { ZstdFrameWalker } from "../../../src/archive/zstd/zstd_frames.ts";
import {
  announcement,
  type Bytes,
  concat,
  frame,
  pieces,
  pzstd,
  skippable,
  utf8,
  zstd,
} from "../_make_archives.ts";

const TEXT = utf8("1. e4 e5 2. Nf3 Nc6 3. Bb5 a6 ".repeat(40));

/** Walks over an archive in pieces; gives its frames and their bytes. */
function walk(archive: Bytes, step: number, byBlock = false) {
  const walker = new ZstdFrameWalker({ source: "a.zst", byBlock });
  const frames: { offset: number; end: number; bytes: Bytes }[] = [];
  let parts: Bytes[] = [];
  for (const chunk of pieces(archive, step)) {
    for (const piece of walker.walk(chunk)) {
      if (piece.kind === "frame") {
        parts = [];
      } else if (piece.kind === "bytes") {
        const { bytes, offset } = piece;
        assert.deepEqual(
          bytes,
          archive.subarray(offset, offset + bytes.length),
        );
        parts.push(bytes.slice());
      } else {
        const { frame: { offset }, offset: end } = piece;
        frames.push({ offset, end, bytes: concat(parts) });
      }
    }
  }
  walker.end();
  return frames;
}

function failsAt(offset: number, message: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof ArchiveError, String(error));
    assert.match(error.message, message);
    assert.equal(error.offset, offset);
    assert.equal(error.source, "a.zst");
    return true;
  };
}

Deno.test("ZstdFrameWalker finds every frame, cut at every byte", () => {
  const made = [
    skippable(utf8("a note"), 2),
    zstd(TEXT),
    zstd(new Uint8Array(0)),
    announcement(3),
    zstd(TEXT, { checksum: false, contentSize: true }),
    skippable(new Uint8Array(0), 15),
    frame([{ byte: 32, times: 1000 }, { raw: new Uint8Array(0) }], {
      checksum: true,
    }),
  ];
  const archive = concat(made);
  const offsets = made.map((_, i) => concat(made.slice(0, i)).length);
  const expected = [1, 2, 4, 6].map((i) => ({
    offset: offsets[i],
    end: offsets[i] + made[i].length,
    bytes: made[i],
  }));
  for (let step = 1; step < archive.length; step++) {
    assert.deepEqual(walk(archive, step), expected, `in steps of ${step}`);
  }
  assert.deepEqual(walk(archive, 1000, true), expected);
});

Deno.test("ZstdFrameWalker reads what a header says", () => {
  const header = (archive: Bytes) => {
    const [first] = new ZstdFrameWalker({ offset: 7 }).walk(archive);
    assert.equal(first.kind, "frame");
    return first.kind === "frame" && first.frame;
  };
  assert.deepEqual(header(frame([{ byte: 0, times: 5 }], { windowLog: 23 })), {
    offset: 7,
    windowSize: 2 ** 23,
    contentSize: undefined,
    hasChecksum: false,
  });
  const long = new Uint8Array(70_000);
  for (const length of [0, 255, 256, 65791, 65792, 70_000]) {
    const text = long.subarray(0, length);
    const { contentSize, hasChecksum } = header(
      zstd(text, { contentSize: true }),
    ) || assert.fail();
    assert.equal(contentSize, length);
    assert.ok(hasChecksum);
  }
});

Deno.test("ZstdFrameWalker gives out no two blocks at once when told so", () => {
  const blocks = Array.from({ length: 9 }, () => ({ byte: 65, times: 100 }));
  const lengths = [
    ...new ZstdFrameWalker({ byBlock: true }).walk(frame(blocks)),
  ]
    .map((piece) => piece.kind === "bytes" ? piece.bytes.length : piece.kind);
  assert.deepEqual(lengths, ["frame", 6, ...Array(9).fill(4), "end"]);
});

Deno.test("ZstdFrameWalker.end() refuses every cut but at the end of a frame", () => {
  const archive = pzstd(TEXT, { frameSize: 500 });
  const ends = new Set(walk(archive, 1e6).map(({ end }) => end)).add(0);
  assert.equal(ends.size, 4);
  for (let cut = 0; cut <= archive.length; cut++) {
    const read = () => walk(archive.slice(0, cut), 100);
    if (ends.has(cut)) read();
    else assert.throws(read, failsAt(cut, /: it ends /), `cut at ${cut}`);
  }
});

Deno.test("ZstdFrameWalker.end() refuses an end after an announcement", () => {
  const archive = concat([zstd(TEXT), announcement(500)]);
  const message = /it ends where a skippable frame announces another frame/;
  assert.throws(() => walk(archive, 7), failsAt(archive.length, message));
  const more = concat([archive, skippable(utf8("note"), 3)]);
  assert.throws(() => walk(more, 7), failsAt(more.length, message));
  walk(concat([archive, zstd(TEXT)]), 7);
  walk(concat([zstd(TEXT), skippable(utf8("four"), 1)]), 7); // not pzstd's
});

Deno.test("ZstdFrameWalker refuses what no frame may hold", () => {
  const good = zstd(TEXT);
  const at = good.length;
  const refuse = (bad: Bytes, offset: number, message: RegExp) => {
    const archive = concat([good, bad, good]);
    for (const step of [1, 1000]) {
      assert.throws(() => walk(archive, step), failsAt(offset, message));
    }
  };
  const blocks = [{ byte: 65, times: 100 }];
  refuse(utf8("garbage"), at, /a zstd frame was expected here/);
  refuse(new Uint8Array(4), at, /a zstd frame was expected here/);
  refuse(frame(blocks, { windowLog: 28 }), at, /window of 268435456 bytes/);
  refuse(frame(blocks, { windowLog: 41 }), at, /window of 2199023255552 /);
  refuse(frame(blocks, { descriptor: 8 }), at, /reserved bit/);
  refuse(frame(blocks, { descriptor: 1 }), at, /dictionary/);
  refuse(frame(blocks, { windowLog: 10 }).with(6, 7), at + 6, /unknown type/);
  refuse(
    frame([{ byte: 65, times: 2000 }], { windowLog: 10 }),
    at + 6,
    /a block is larger than its frame allows/,
  );
  refuse(
    frame([{ byte: 65, times: 131073 }], { windowLog: 20 }),
    at + 6,
    /a block is larger than its frame allows/,
  );
  const whole = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0xa0, 1, 0, 0, 8);
  refuse(whole, at, /window of 134217729 bytes/); // in a single segment
});

Deno.test("ZstdFrameWalker allows a window of 128 MiB", () => {
  assert.equal(
    walk(frame([{ byte: 65, times: 9 }], { windowLog: 27 }), 5).length,
    1,
  );
});
