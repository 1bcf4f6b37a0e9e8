import assert from "node:assert/strict";
import { filterFlags } from "../../tasks/_filter_flags.ts";
import { nearestFlag } from "../../tasks/_nearest_flag.ts";

const NAMES = [
  ...filterFlags().map(({ name }) => name),
  ...["set", "max-games", "offset", "replace", "threads", "cache", "json"],
  ...["help", "dry-run", "sample-rate", "max-per-game", "seed"],
];

Deno.test("nearestFlag() knows a flag by the meaning of another's words", () => {
  for (
    const [wrong, right] of [
      ["min-elo", "min-rating"],
      ["minElo", "min-rating"],
      ["max_elo", "max-rating"],
      ["elo", "min-rating"],
      ["speed", "time-control"],
      ["opening", "eco"],
      ["limit", "max-games"],
      ["skip", "offset"],
      ["from", "since"],
      ["before", "until"],
      ["force", "replace"],
      ["plan", "dry-run"],
      ["workers", "threads"],
      ["redis", "cache"],
      ["evals", "has-eval"],
      ["winner", "result"],
      ["min-moves", "min-plies"],
      ["rate", "sample-rate"],
    ]
  ) assert.equal(nearestFlag(wrong, NAMES), right, wrong);
});

Deno.test("nearestFlag() knows a flag by its letters", () => {
  for (
    const [wrong, right] of [
      ["min-ratng", "min-rating"],
      ["jsno", "json"],
      ["time_control", "time-control"],
      ["max-game", "max-games"],
      ["hlep", "help"],
    ]
  ) assert.equal(nearestFlag(wrong, NAMES), right, wrong);
});

Deno.test("nearestFlag() names no flag where none is like it", () => {
  assert.equal(nearestFlag("zzzzzzzz", NAMES), undefined);
  assert.equal(nearestFlag("min-elo", ["json", "help"]), undefined);
});
