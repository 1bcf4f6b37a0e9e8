/** How many tests there were, as `deno test` counted them. */
export interface TestSummary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const SUMMARY_REGEXP =
  /^(?:ok|FAILED) \| (\d+) passed(?: \([^)]*\))? \| (\d+) failed(?: \([^)]*\))?(?: \| (\d+) ignored)?/gm;
// deno-lint-ignore no-control-regex -- colours are control characters
const COLOUR_REGEXP = /\x1b\[[0-9;]*m/g;

/** Finds the last summary in the output of `deno test`. */
export function readTestSummary(output: string): TestSummary | undefined {
  const summary = [
    ...output.replace(COLOUR_REGEXP, "").matchAll(
      SUMMARY_REGEXP,
    ),
  ].at(-1);
  if (summary === undefined) return undefined;
  const [, passed, failed, skipped = "0"] = summary;
  return {
    passed: Number(passed),
    failed: Number(failed),
    skipped: Number(skipped),
  };
}

/** The numbers of two runs together. */
export function addSummaries(a: TestSummary, b: TestSummary): TestSummary {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
  };
}

/**
 * Puts a summary into the words of the last line, such as `412 passed, 0 failed, 3 skipped`.
 */
export function formatTestSummary(summary: TestSummary): string {
  const { passed, failed, skipped } = summary;
  const words = `${passed} passed, ${failed} failed`;
  return skipped === 0 ? words : `${words}, ${skipped} skipped`;
}
