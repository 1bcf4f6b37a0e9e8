import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { Archive } from "../../src/archive/archive.ts";
import { ArchiveError } from "../../src/archive/archive_error.ts";
import type { ByteSource } from "../../src/archive/byte_source.ts";
import {
  type ZstdDecoderName,
  ZstdDecompressor,
} from "../../src/archive/zstd/zstd_decompressor.ts";
import { archivePath, available, readArchive } from "../_archives.ts";
import { LONG, sharedData } from "../_shared_data.ts";
import { sourceText, statusOf, textOf } from "./_read_archive.ts";
import {
  announcement,
  type Bytes,
  concat,
  gzip,
  LAYOUTS,
  pieces,
  pzstd,
  seeded,
  utf8,
  zstd,
} from "./_make_archives.ts";

const MB = 1_000_000;

/** Archives in each layout: the project's own, made ones, and those of Lichess. */
function archives(): string[] {
  const names = ["sample", "made/2013.pgn.zst", "made/2021.pgn.gz"];
  const folder = `${sharedData}lichess`;
  const real = sharedData === undefined ? [] : Deno.readDirSync(folder);
  return [
    ...[...names, "made/faults.pgn"].map(archivePath),
    ...[...real].map(({ name }) => `${folder}/${name}`).sort(),
  ];
}

function fileNameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Reads a whole archive, file or URL. */
async function readAll(
  database: string | URL | (string | URL)[],
): Promise<Bytes> {
  return concat(await Array.fromAsync(textOf(database)));
}

/** Reads an archive that is in memory. */
async function readMade(bytes: Bytes, step = 1 << 20): Promise<Bytes> {
  const source: ByteSource = {
    name: "made",
    fileName: "made",
    async *read() {
      yield* pieces(bytes, step);
    },
    open: () => assert.fail(),
  };
  return concat(await Array.fromAsync(sourceText(source)));
}

function decompress(bytes: Bytes, decoder: ZstdDecoderName): Bytes {
  const decompressor = new ZstdDecompressor({ decoder, source: "made" });
  try {
    const text = [...decompressor.push(bytes)];
    decompressor.end();
    return concat(text);
  } finally {
    decompressor.close();
  }
}

function isArchiveError(
  error: unknown,
  claim: string,
): asserts error is ArchiveError {
  assert.ok(error instanceof ArchiveError, `${claim}: ${error}`);
  assert.ok(Number.isSafeInteger(error.offset) && error.offset >= 0, claim);
}

function equal(a: Bytes, b: Bytes): boolean {
  return Buffer.compare(a, b) === 0; // a hundred times faster than an assertion
}

/** What this process has open, by what it is. */
function openFiles(): string[] {
  const files: string[] = [];
  for (const { name } of Deno.readDirSync("/proc/self/fd")) {
    try {
      files.push(Deno.readLinkSync(`/proc/self/fd/${name}`));
    } catch {
      // the folder that is being read
    }
  }
  return files.filter((file) => !file.startsWith("/proc/")).sort();
}

/** A file that is being read closes only when the read has ended. */
async function assertOpenFiles(expected: string[], what: string) {
  for (let i = 0; i < 100; i++) {
    if (openFiles().length === expected.length) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.deepEqual(openFiles(), expected, what);
}

/** Makes a file that is gone with the test. */
function temporaryFile(bytes: Uint8Array, suffix = ".pgn") {
  const path = Deno.makeTempFileSync({ suffix });
  Deno.writeFileSync(path, bytes);
  return { path, [Symbol.dispose]: () => Deno.removeSync(path) };
}

Deno.test("archiveText() gives the text of every archive", async () => {
  for (const name of available(["made/2013", "made/export", "made/faults"])) {
    for (const extension of [".pgn", ".pgn.gz", ".pgn.zst"]) {
      const read = await readAll(archivePath(name + extension));
      assert.ok(equal(read, readArchive(name)), name + extension);
    }
  }
  assert.ok(equal(await readAll(archivePath("sample")), readArchive("sample")));
});

if (sharedData !== undefined) {
  Deno.test("archiveText() gives the text of every real archive", async () => {
    const rows = Deno.readTextFileSync(`${sharedData}/MANIFEST.tsv`).split("\n")
      .map((row) => row.split("\t"));
    const files = rows.slice(1).filter(([path]) => /^(?!pos).+\./.test(path));
    assert.ok(files.length > 50);
    for (const row of files) {
      const hash = createHash("sha256");
      for await (const bytes of textOf(`${sharedData}/${row[0]}`)) {
        hash.update(bytes);
      }
      assert.equal(hash.digest("hex"), row[12], row[0]);
    }
  });
}

Deno.test(
  "archiveText() gives the same bytes from every layout",
  async () => {
    for (const path of archives()) {
      const text = await readAll(path);
      for (const { name, make } of LAYOUTS) {
        const claim = `${fileNameOf(path)} as ${name}`;
        const archive = make(text);
        assert.ok(equal(await readMade(archive), text), claim);
        if (archive[0] === 0x1f || name === "plain") continue;
        if (text.length > 5 * MB && !LONG) continue;
        assert.ok(equal(decompress(archive, "fzstd"), text), `${claim}, fzstd`);
      }
    }
  },
);

Deno.test("archiveText() takes bytes cut anywhere", async () => {
  const text = utf8('[Event "é"]\r\n\r\n1. e4 1-0\r\n'.repeat(9));
  for (const { name, make } of LAYOUTS) {
    const archive = make(text);
    for (let step = 1; step <= archive.length; step++) {
      const read = await readMade(archive, step);
      assert.deepEqual(read, text, `${name} in steps of ${step}`);
    }
  }
});

/** Real archives, and each text also in the other kind. */
async function* compressed(): AsyncGenerator<
  { name: string; archive: Bytes; text: Bytes }
> {
  const limit = LONG ? 5 * MB : MB;
  const made = new Set<number>();
  for (const path of archives()) {
    const archive = Deno.readFileSync(path);
    if (archive.length > limit) continue;
    const text = await readAll(path);
    const name = fileNameOf(path);
    const isZstd = name.endsWith(".zst");
    const isGzip = name.endsWith(".gz");
    if (isZstd || isGzip) yield { name, archive, text };
    if (made.has(text.length)) continue; // the same text in another layout
    made.add(text.length);
    if (!isZstd) yield { name, archive: zstd(text, { level: 3 }), text };
    if (!isGzip) yield { name, archive: gzip(text), text };
  }
}

/** Reads with the decoder that real archives are too long for. */
function fzstdCase(text: Bytes): { archive: Bytes; text: Bytes } {
  const part = LONG ? text : text.slice(0, 100_000);
  return { archive: zstd(part, { level: 3 }), text: part };
}

/** Whether a frame or member may begin there. */
function isBorder(archive: Bytes, at: number): boolean {
  const [a, b, c] = archive.subarray(at, at + 3);
  return a === 0x28 && b === 0xb5 || a >> 4 === 5 && b === 0x2a && c === 0x4d ||
    a === 0x1f && b === 0x8b;
}

async function checkCuts(
  { name, archive }: { name: string; archive: Bytes },
  read: (bytes: Bytes) => Bytes | Promise<Bytes>,
): Promise<void> {
  const random = seeded(archive.length);
  for (let i = 0; i < 50; i++) {
    const cut = 1 + Math.floor(random() * (archive.length - 1));
    if (isBorder(archive, cut)) continue;
    const claim = `${name} cut at ${cut}`;
    try {
      await read(archive.slice(0, cut));
    } catch (error) {
      isArchiveError(error, claim);
      assert.equal(error.offset, cut, claim);
      continue;
    }
    assert.fail(`${claim} was read`);
  }
}

async function checkFlips(
  { name, archive, text }: { name: string; archive: Bytes; text: Bytes },
  read: (bytes: Bytes) => Bytes | Promise<Bytes>,
): Promise<void> {
  const random = seeded(archive.length);
  for (let i = 0; i < 200; i++) {
    const bit = Math.floor(random() * archive.length * 8);
    const flipped = archive.with(bit >> 3, archive[bit >> 3] ^ 1 << (bit & 7));
    const claim = `${name} with bit ${bit} flipped`;
    let result: Bytes;
    try {
      result = await read(flipped);
    } catch (error) {
      isArchiveError(error, claim);
      assert.ok(error.offset <= archive.length, claim);
      continue;
    }
    assert.ok(equal(result, text), claim);
  }
}

Deno.test(
  "archiveText() refuses real archives that are cut off",
  async () => {
    for await (const real of compressed()) {
      await checkCuts(real, readMade);
      if (real.archive[0] === 0x1f) continue;
      await checkCuts(
        { name: `${real.name} (fzstd)`, ...fzstdCase(real.text) },
        (bytes) => decompress(bytes, "fzstd"),
      );
    }
  },
);

Deno.test(
  "archiveText() gives an error or the right bytes for a flipped bit",
  async () => {
    for await (const real of compressed()) {
      await checkFlips(real, readMade);
      if (real.archive[0] === 0x1f) continue;
      await checkFlips(
        { name: `${real.name} (fzstd)`, ...fzstdCase(real.text) },
        (bytes) => decompress(bytes, "fzstd"),
      );
    }
  },
);

Deno.test("archiveText() refuses an end after a frame's announcement", async () => {
  const archive = concat([pzstd(utf8("1. e4 1-0\n")), announcement(20)]);
  using file = temporaryFile(archive);
  await assert.rejects(readAll(file.path), {
    name: "ArchiveError",
    source: file.path,
    offset: archive.length,
  });
});

Deno.test("archiveText() gives nothing for an empty file", async () => {
  using file = temporaryFile(new Uint8Array(0), ".pgn.zst");
  assert.equal((await readAll(file.path)).length, 0);
});

Deno.test("archiveText() finds the kind by content, not by name", async () => {
  const text = utf8("1. e4 1-0\n");
  for (const archive of [text, zstd(text), gzip(text)]) {
    for (const suffix of [".pgn", ".zst", ".gz", ""]) {
      using file = temporaryFile(archive, suffix);
      assert.deepEqual(await readAll(file.path), text);
    }
  }
});

Deno.test("archiveText() refuses foreign files by name", async () => {
  const rest = [...new Array(50).keys()];
  const foreign: [kind: string, magic: number[]][] = [
    ["bzip2", [0x42, 0x5a, 0x68, 0x39, 0x31, 0x41]],
    ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
    ["zip", [0x50, 0x4b, 0x03, 0x04]],
    ["7-Zip", [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]],
    ["UTF-16", [0xff, 0xfe, 0x5b, 0x00]],
    ["not", [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]],
    ["not", new Array(5000).fill(0)],
  ];
  for (const [kind, magic] of foreign) {
    for (const make of [(bytes: Bytes) => bytes, zstd, gzip]) {
      await assert.rejects(
        readMade(make(Uint8Array.from([...magic, ...rest]))),
        {
          name: "ArchiveError",
          offset: 0,
          message: new RegExp(`it is ${kind}.*made, byte 0`),
        },
        kind,
      );
    }
  }
  await assert.rejects(readMade(gzip(zstd(utf8("1. e4 1-0")))), {
    message: /it is zstd within an archive/,
  });
});

Deno.test("archiveText() refuses what is left of an archive's first bytes", async () => {
  for (const archive of [pzstd, zstd, gzip].map((make) => make(utf8("1-0")))) {
    for (const length of [1, 2, 3, 4, 5, 8]) {
      await assert.rejects(readMade(archive.slice(0, length)), {
        name: "ArchiveError",
        offset: length,
      });
    }
  }
});

Deno.test("archiveText() reads several archives as one sequence", async () => {
  const [first, second] = ["1. e4 1-0\n", "1. d4 0-1\n"].map(utf8);
  using a = temporaryFile(zstd(first));
  using b = temporaryFile(new Uint8Array(0));
  using c = temporaryFile(gzip(second));
  const paths = [a.path, b.path, new URL(`file://${c.path}`)];
  const archive = new Archive(paths);
  const sizes: number[] = [];
  const onBytesRead = (bytes: number) => void sizes.push(bytes);
  assert.deepEqual(await Array.fromAsync(textOf(paths, { onBytesRead })), [
    first,
    second,
  ]);
  const size = zstd(first).length + gzip(second).length;
  assert.equal(sizes.reduce((sum, bytes) => sum + bytes), size);
  assert.equal((await statusOf(archive)).size, size);
  assert.deepEqual(archive.fileNames, [a, b, c].map((f) => fileNameOf(f.path)));
});

Deno.test("archiveText() names the archive of a sequence that is damaged", async () => {
  const whole = zstd(utf8("1. e4 1-0\n"));
  using good = temporaryFile(whole);
  using bad = temporaryFile(whole.slice(0, -5));
  await assert.rejects(readAll([good.path, bad.path]), {
    name: "ArchiveError",
    source: bad.path,
    offset: whole.length - 5,
    message:
      `Cannot read the archive: it ends inside a frame (${bad.path}, byte ${
        whole.length - 5
      })`,
  });
});

Deno.test("archiveText() refuses what cannot be opened", async () => {
  for (const path of ["/no/such/file.pgn", "/"]) {
    await assert.rejects(readAll(path), {
      name: "ArchiveError",
      source: path,
      offset: 0,
    });
  }
});

Deno.test("archiveText() closes everything when it is left early", {
  ignore: Deno.build.os !== "linux",
}, async () => {
  const text = utf8('[Event "x"]\n\n1. e4 1-0\n\n'.repeat(200_000));
  for (const { name, make } of LAYOUTS) {
    using file = temporaryFile(make(text));
    const before = openFiles();
    for await (const _ of textOf([file.path, file.path])) break;
    await assertOpenFiles(before, `${name}, break`);

    const controller = new AbortController();
    const { signal } = controller;
    const chunks = textOf(file.path, { signal });
    await chunks.next();
    if (!name.startsWith("gzip")) { // which reads ahead, here to the end
      assert.notDeepEqual(openFiles(), before, `${name}, open`);
    }
    controller.abort("enough");
    await assert.rejects(async () => {
      for await (const _ of chunks);
    }, (reason) => reason === "enough");
    await assertOpenFiles(before, `${name}, abort`);

    await assert.rejects(
      Array.fromAsync(textOf(file.path, { signal })),
      (reason) => reason === "enough",
    );
    const failing = () => {
      throw new Error("listener");
    };
    await assert.rejects(
      Array.fromAsync(textOf(file.path, { onBytesRead: failing })),
      { message: "listener" },
    );
    await readAll(file.path);
    await assertOpenFiles(before, `${name}, error and end`);
  }
});

/** The bytes of a file that its hash is made of: a spread of samples, or all. */
function sampled(bytes: Bytes): Bytes {
  const mebibyte = 1 << 20;
  if (bytes.length <= 10 * mebibyte) return bytes;
  const between = bytes.length - 2 * mebibyte - (1 << 16);
  const starts = Array.from(
    { length: 64 },
    (_, i) => mebibyte + Math.floor(between * i / 63),
  );
  return concat([
    bytes.subarray(0, mebibyte),
    ...starts.map((start) => bytes.subarray(start, start + (1 << 16))),
    bytes.subarray(-mebibyte),
  ]);
}

Deno.test("Archive.status() knows archives by size and hash, not by path", async () => {
  const random = seeded(7);
  const mebibyte = 1 << 20;
  const sizes = [0, 10, mebibyte, 10 * mebibyte, 10 * mebibyte + 1, 15 << 20];
  const bytes = new Uint8Array(15 << 20);
  for (let i = 0; i < bytes.length; i += 97) bytes[i] = 65 + random() * 26;
  for (const size of sizes) {
    const part = bytes.subarray(0, size);
    using file = temporaryFile(part);
    const hash = createHash("sha256").update(sampled(part)).digest("hex");
    const fileName = fileNameOf(file.path);
    assert.deepEqual(await statusOf(new Archive(file.path)), {
      kind: "known",
      size,
      identities: [{ fileName, size, hash }],
    });
    using copy = temporaryFile(part);
    const both = await new Archive([file.path, copy.path]).status();
    assert.ok(both.kind === "known");
    assert.deepEqual(both.identities.map((one) => one.hash), [hash, hash]);
  }
});

Deno.test("Archive.status() sees a file that was changed anywhere in its middle", async () => {
  const bytes = new Uint8Array(12 << 20).fill(65);
  using file = temporaryFile(bytes);
  const archive = new Archive(file.path);
  const seen = new Set([JSON.stringify(await archive.status())]);
  for (const at of [3, 5, 8]) {
    // As long as before, and a length that no two samples leave between them.
    Deno.writeFileSync(
      file.path,
      bytes.slice().fill(66, at << 20, (at << 20) + 200_000),
    );
    const { identities } = await archive.status() as { identities: unknown };
    seen.add(JSON.stringify(identities));
  }
  assert.equal(seen.size, 4);
});

Deno.test("Archive.status() is absent where a file does not exist or may not be read", async () => {
  using file = temporaryFile(utf8("1. e4 1-0\n"));
  for (const path of ["/no/such/file.pgn", `${file.path}/below`]) {
    const archive = new Archive([file.path, path]);
    assert.deepEqual(await statusOf(archive), { kind: "absent" });
  }
});

Deno.test("archiveText() prints nothing and ends no process", async () => {
  const module = new URL("_read_archive.ts", import.meta.url);
  const random = seeded(5);
  const text = Uint8Array.from({ length: 100_000 }, () => 65 + random() * 26);
  const folder = Deno.makeTempDirSync();
  for (const [i, make] of [zstd, pzstd, gzip].entries()) {
    const archive = make(text);
    const at = archive.length >> 1;
    Deno.writeFileSync(`${folder}/${i}a`, archive.with(at, archive[at] ^ 4));
    Deno.writeFileSync(`${folder}/${i}b`, archive.slice(0, at));
  }
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      `import { textOf } from "${module}";
      for (const file of Deno.readDirSync("${folder}")) {
        const chunks = textOf("${folder}/" + file.name);
        try {
          for await (const _ of chunks);
        } catch (error) {
          console.log(error.name);
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 20));`,
    ],
  });
  const { success, stdout, stderr } = await process.output();
  const printed = new TextDecoder().decode(stderr);
  const names = new TextDecoder().decode(stdout);
  assert.equal(printed, "");
  assert.equal(names, "ArchiveError\n".repeat(6));
  assert.ok(success);
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("Archive asks for no permission", async () => {
  using file = temporaryFile(utf8("1. e4 1-0\n"));
  const module = new URL("../../src/archive/archive.ts", import.meta.url);
  const reader = new URL("_read_archive.ts", import.meta.url);
  const code = `
    import { Archive } from "${module}";
    import { textOf } from "${reader}";
    const { state } = await Deno.permissions.query({ name: "read" });
    const file = new Archive("${file.path}");
    const url = new Archive("http://127.0.0.1:9/a.pgn");
    console.log(
      state,
      (await file.status()).kind,
      (await url.status()).kind,
      await textOf("${file.path}").next().catch((error) => error.name),
    );`;
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-lock", "-"],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(utf8(code));
  await writer.close();
  const { stdout } = await process.output();
  assert.equal(
    new TextDecoder().decode(stdout).trim(),
    "prompt absent absent ArchiveError",
  );
});

Deno.test("Archive refuses what names no archive", () => {
  for (const wrong of [[], "", 5, null, [undefined], "ftp://x/a.pgn", {}]) {
    assert.throws(
      () => new Archive(wrong as string),
      { name: "TypeError", message: /^Cannot read an archive as / },
      `${wrong}`,
    );
  }
});

Deno.test("Archive hides passwords in its names", () => {
  const archive = new Archive([
    "https://me:secret@example.com/a/b%20c.pgn.zst?x=1",
    new URL("http://token@example.com/d.pgn"),
    "http://example.com:8080/@me/e.pgn",
    new URL("file:///tmp/d%20e.pgn"),
    "-",
  ]);
  assert.deepEqual(archive.names, [
    "https://me:***@example.com/a/b%20c.pgn.zst?x=1",
    "http://***@example.com/d.pgn",
    "http://example.com:8080/@me/e.pgn",
    "file:///tmp/d%20e.pgn",
    "-",
  ]);
  assert.deepEqual(archive.fileNames, [
    "b c.pgn.zst",
    "d.pgn",
    "e.pgn",
    "d e.pgn",
    "-",
  ]);
});
