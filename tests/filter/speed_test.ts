import assert from "node:assert/strict";
import { type Speed, speedOf, SPEEDS } from "../../src/filter/speed.ts";

/** The least and the greatest estimate of each speed, in seconds. */
const BOUNDS: [Speed, number, number][] = [
  ["ultraBullet", 0, 29],
  ["bullet", 30, 179],
  ["blitz", 180, 479],
  ["rapid", 480, 1499],
  ["classical", 1500, 21_599],
  ["correspondence", 21_600, 1e12],
];

Deno.test("speedOf() holds to the bounds of every speed", () => {
  for (const [speed, least, greatest] of BOUNDS) {
    for (const estimate of [least, greatest]) {
      assert.equal(speedOf(`${estimate}+0`), speed, `${estimate}`);
      for (const increment of [1, 2, 10]) {
        const base = estimate - 40 * increment;
        if (base < 0) continue;
        assert.equal(speedOf(`${base}+${increment}`), speed, `${estimate}`);
      }
    }
  }
  assert.deepEqual(SPEEDS, BOUNDS.map(([speed]) => speed));
});

Deno.test("speedOf() knows what Lichess plays", () => {
  for (
    const [timeControl, speed] of [
      ["15+0", "ultraBullet"],
      ["0+1", "bullet"],
      ["60+0", "bullet"],
      ["120+1", "bullet"],
      ["180+0", "blitz"],
      ["300+3", "blitz"],
      ["600+0", "rapid"],
      ["900+10", "rapid"],
      ["1800+0", "classical"],
      ["10800+180", "classical"],
      ["-", "correspondence"],
    ]
  ) assert.equal(speedOf(timeControl), speed, timeControl);
});

Deno.test("speedOf() knows no speed of another shape", () => {
  for (
    const timeControl of [
      "",
      "?",
      "--",
      "300",
      "300+",
      "+3",
      "300+3+1",
      "300 + 3",
      "-300+3",
      "300+-3",
      "46.5+0.5",
      "40/7200:3600",
      "*60",
      "1/86400",
      "300+3 ",
      "300+3\n",
      "٣٠٠+٣",
      "blitz",
    ]
  ) assert.equal(speedOf(timeControl), undefined, timeControl);
});
