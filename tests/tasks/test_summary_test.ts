import assert from "node:assert/strict";
import {
  formatTestSummary,
  readTestSummary,
} from "../../tasks/_test_summary.ts";

Deno.test("readTestSummary() reads every form of the summary", () => {
  const cases = [
    ["ok | 12 passed | 0 failed (3s)", 12, 0, 0],
    ["ok | 1 passed (2 steps) | 0 failed (206ms)", 1, 0, 0],
    [
      "FAILED | 3 passed (1 step) | 4 failed (2 steps) | 1 ignored (27ms)",
      3,
      4,
      1,
    ],
    ["ok | 3 passed | 0 failed | 2 ignored | 9 filtered out (1m2s)", 3, 0, 2],
    [
      "\x1b[0m\x1b[32mok\x1b[0m | 5 passed | 0 failed \x1b[90m(1s)\x1b[0m",
      5,
      0,
      0,
    ],
  ] as const;
  for (const [line, passed, failed, skipped] of cases) {
    assert.deepEqual(
      readTestSummary(`running 1 test\n\n${line}\n\n`),
      { passed, failed, skipped },
      line,
    );
  }
});

Deno.test("readTestSummary() believes the last of several", () => {
  const output =
    "ok | 1 passed | 0 failed (1s)\nFAILED | 2 passed | 1 failed (1s)\n";
  assert.deepEqual(readTestSummary(output), {
    passed: 2,
    failed: 1,
    skipped: 0,
  });
});

Deno.test("readTestSummary() finds nothing where the tests did not run", () => {
  assert.equal(
    readTestSummary("Check mod.ts\nerror: Type checking failed.\n"),
    undefined,
  );
});

Deno.test("formatTestSummary() names what was skipped, where something was", () => {
  assert.equal(
    formatTestSummary({ passed: 2, failed: 1, skipped: 0 }),
    "2 passed, 1 failed",
  );
  assert.equal(
    formatTestSummary({ passed: 2, failed: 0, skipped: 3 }),
    "2 passed, 0 failed, 3 skipped",
  );
});
