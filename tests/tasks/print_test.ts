import assert from "node:assert/strict";
import {
  printable,
  printableJson,
  printableLines,
} from "../../tasks/_print.ts";

const HOSTILE = "a\n\r\t\x00\x1b[2J\x7f\x9b\u2028\u202e\u2066z";
const CONTROL_REGEXP = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;

Deno.test("printable() writes every control character as an escape", () => {
  assert.equal(
    printable(HOSTILE),
    "a\\n\\r\\t\\x00\\x1b[2J\\x7f\\x9b\\u2028\\u202e\\u2066z",
  );
  assert.equal(printable("Caïssa ♞ 1–0"), "Caïssa ♞ 1–0");
});

Deno.test("printableLines() keeps line ends and bold words", () => {
  assert.equal(
    printableLines("\x1b[1mread\x1b[22m  2\n\x1b[2Jb\r"),
    "\x1b[1mread\x1b[22m  2\n\\x1b[2Jb\\r",
  );
});

Deno.test("printableJson() is JSON of the same value without a raw control character", () => {
  const json = printableJson({ name: HOSTILE });
  assert.doesNotMatch(json, CONTROL_REGEXP);
  assert.deepEqual(JSON.parse(json), { name: HOSTILE });
});
