import assert from "node:assert/strict";
import {
  ecoNumber as numberOf,
  ecoRange,
  playstyleOf,
  PLAYSTYLES,
} from "../../src/filter/playstyle.ts";
import { seeded } from "../_pgn_data.ts";

/** Every code, A00 first. */
const CODES = [..."ABCDE"].flatMap((letter) =>
  Array.from(
    { length: 100 },
    (_, i) => `${letter}${Math.floor(i / 10)}${i % 10}`,
  )
);

/** Written out anew from the definition: the tactical codes, letter by letter. */
function isTactical(code: string): boolean {
  const number = Number(code.slice(1));
  switch (code[0]) {
    case "A":
      return [51, 52].includes(number) || number >= 56;
    case "B":
      return number <= 9 || number >= 20;
    case "C":
      return 20 <= number && number <= 40 || [44, 45, 63].includes(number) ||
        50 <= number && number <= 59 || number >= 80;
    case "D":
      return number === 8 || number === 9;
    default:
      return number >= 60;
  }
}

Deno.test("playstyleOf() decides every ECO code", () => {
  assert.equal(CODES.length, 500);
  for (const code of CODES) {
    const expected = isTactical(code) ? "tactical" : "positional";
    assert.equal(playstyleOf(code), expected, code);
    assert.equal(playstyleOf(code.toLowerCase()), expected);
    assert.equal(playstyleOf(`${code}x`), expected);
    assert.equal(playstyleOf(`${code}/07`), expected);
  }
  const tactical = CODES.filter((code) => playstyleOf(code) === "tactical");
  // 2 + 44, 10 + 80, 21 + 2 + 10 + 1 + 20, 2, 40
  assert.equal(tactical.length, 232);
});

Deno.test("playstyleOf() knows no playstyle of what is no code", () => {
  for (
    const eco of [
      "",
      "?",
      "-",
      "B9",
      "F00",
      "@00",
      "`00",
      "f00",
      " B90",
      "90B",
      "B 9",
      "BB9",
      "B9x",
      "B٩٠",
    ]
  ) assert.equal(playstyleOf(eco), undefined, eco);
});

Deno.test("PLAYSTYLES are those that playstyleOf() gives", () => {
  assert.deepEqual(
    new Set(PLAYSTYLES),
    new Set(CODES.map((code) => playstyleOf(code))),
  );
});

Deno.test("ecoNumber() counts the codes from A00", () => {
  CODES.forEach((code, i) => {
    assert.equal(ecoNumber(code), i);
    assert.equal(ecoNumber(code.toLowerCase() + "9"), i);
  });
  assert.equal(ecoNumber("F00"), -1);
  assert.equal(ecoNumber(""), -1);
});

function ecoNumber(eco: string): number {
  const bytes = new TextEncoder().encode(eco);
  return numberOf(bytes, 0, bytes.length);
}

/** The number of a code, slowly. */
function slowEcoNumber(eco: string): number {
  if (!/^[A-Ea-e][0-9][0-9]/.test(eco)) return -1;
  const letter = "ABCDE".indexOf(eco[0].toUpperCase());
  return letter * 100 + Number(eco.slice(1, 3));
}

Deno.test("ecoNumber() agrees with an expression on strings at random", () => {
  const random = seeded(1);
  // Neighbours of letters and digits, and what ends in the same bits.
  const chars = [
    ..."AEaeBd0919@F`f!%/:PQ pq\0\x01\x10\x1fáÁ\u0130\u0141\u0661é😀",
  ];
  const pick = (from: readonly string[]) =>
    from[Math.floor(random() * from.length)];
  const strings = Array.from({ length: 100_000 }, () =>
    Array.from(
      { length: Math.floor(random() * 5) },
      () => random() < 0.5 ? pick(chars) : pick([..."0123456789"]),
    ).join(""));
  for (let code = 0; code < 0x10000; code++) {
    const char = String.fromCharCode(code);
    strings.push(`${char}12`, `B${char}2`, `B1${char}`);
  }
  let codes = 0;
  for (const eco of strings) {
    const expected = slowEcoNumber(eco);
    assert.equal(ecoNumber(eco), expected, eco);
    if (expected !== -1) codes++;
  }
  assert.ok(codes > 1000, `${codes} codes`);
});

Deno.test("ecoRange() reads codes and ranges", () => {
  assert.deepEqual(ecoRange("A00"), { first: 0, last: 0 });
  assert.deepEqual(ecoRange("b90-B99"), { first: 190, last: 199 });
  assert.deepEqual(ecoRange("A99-B00"), { first: 99, last: 100 });
  assert.deepEqual(ecoRange("C50-C50"), { first: 250, last: 250 });
  assert.deepEqual(ecoRange("A00-E99"), { first: 0, last: 499 });
});

Deno.test("ecoRange() refuses anything else and says what it takes", () => {
  for (
    const range of [
      "",
      "-",
      "B9",
      "B90x",
      "B90-",
      "-B90",
      "B99-B90",
      "B90-B99-C00",
      "B90 - B99",
      "B90,C50",
      "F00",
      "B90-B999",
      "tactical",
    ]
  ) {
    assert.throws(() => ecoRange(range), {
      name: "RangeError",
      message:
        `Cannot read the ECO range "${range}": it must be a code A00 to E99 or two of them in order, as in "B90-B99"`,
    });
  }
});
