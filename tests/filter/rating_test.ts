import assert from "node:assert/strict";
import { ratingOf } from "../../src/filter/rating.ts";
import { seeded } from "../_pgn_data.ts";

/** The rating that a tag holds, slowly. */
function slowRating(tag: string): number | undefined {
  return /^\d{1,6}$/.test(tag) ? Number(tag) || undefined : undefined;
}

Deno.test("ratingOf() takes positive integers of up to six digits", () => {
  for (
    const [tag, rating] of [
      ["1", 1],
      ["2851", 2851],
      ["999999", 999_999],
      ["000001", 1],
      ["0", undefined],
      ["000000", undefined],
      ["1000000", undefined],
      ["0000001", undefined],
      ["", undefined],
      ["?", undefined],
      ["-", undefined],
      ["-1", undefined],
      ["+1", undefined],
      ["1.", undefined],
      ["1e3", undefined],
      ["0x1", undefined],
      [" 1", undefined],
      ["1 ", undefined],
      ["1\n", undefined],
      ["1500?", undefined],
      ["\u0661", undefined],
      ["\uff11", undefined],
    ] as const
  ) assert.equal(ratingOf(tag), rating, JSON.stringify(tag));
  assert.equal(ratingOf(undefined), undefined);
});

Deno.test("ratingOf() agrees with an expression on strings at random", () => {
  const random = seeded(1);
  // Neighbours of the digits, and what ends in the same bits.
  const others = [..."/:?-+.e \t\n\0pqyé°\u0130\u0139\u0661\uff11😀"];
  const pick = (from: readonly string[]) =>
    from[Math.floor(random() * from.length)];
  const strings = Array.from({ length: 100_000 }, () =>
    Array.from(
      { length: Math.floor(random() * 9) },
      () => random() < 0.9 ? pick([..."0123456789"]) : pick(others),
    ).join(""));
  for (let code = 0; code < 0x10000; code++) {
    const char = String.fromCharCode(code);
    strings.push(char, `1${char}`, `${char}1`);
  }
  let ratings = 0;
  for (const tag of strings) {
    const expected = slowRating(tag);
    assert.equal(ratingOf(tag), expected, tag);
    if (expected !== undefined) ratings++;
  }
  assert.ok(ratings > 10_000, `${ratings} ratings`);
});
