import assert from "node:assert/strict";
import { XxHash64 } from "../src/xxhash64.ts";
import { seeded, utf8, zstd } from "./archive/_make_archives.ts";

function hex(hash: XxHash64): string {
  const { low, high } = hash.digest();
  return [high, low].map((half) => half.toString(16).padStart(8, "0")).join("");
}

Deno.test("XxHash64 gives the known hashes", () => {
  const known = {
    "": "ef46db3751d8e999",
    "a": "d24ec4f1a98c6e5b",
    "abc": "44bc2cf5ad770999",
    "The quick brown fox jumps over the lazy dog": "0b242d361fda71bc",
  };
  for (const [text, expected] of Object.entries(known)) {
    const hash = new XxHash64();
    hash.update(utf8(text));
    assert.equal(hex(hash), expected, text);
  }
});

Deno.test("XxHash64 agrees with zstd's checksums for every length and cut", () => {
  const random = seeded(64);
  for (let length = 0; length < 300; length++) {
    const bytes = Uint8Array.from({ length }, () => random() * 256);
    const hash = new XxHash64();
    for (let at = 0; at < length;) {
      const end = at + 1 + Math.floor(random() * 50);
      hash.update(bytes.subarray(at, end));
      at = end;
    }
    const checksum = new DataView(zstd(bytes).buffer);
    const low = checksum.getUint32(checksum.byteLength - 4, true);
    assert.equal(hash.digest().low, low, `${length} bytes`);
  }
});

Deno.test("XxHash64 can be asked in the middle", () => {
  const hash = new XxHash64();
  hash.update(utf8("a"));
  assert.equal(hex(hash), "d24ec4f1a98c6e5b");
  hash.update(utf8("bc"));
  assert.equal(hex(hash), "44bc2cf5ad770999");
});
