import assert from "node:assert/strict";
import {
  type Arguments,
  type Command,
  readArguments,
  UsageError,
} from "../../tasks/_flags.ts";
import { readSampleConfig, SAMPLE_FLAGS } from "../../tasks/_sample_flags.ts";

const COMMAND: Command = {
  name: "try",
  usage: "",
  summary: "",
  flags: { Samples: SAMPLE_FLAGS },
  examples: [],
};

function read(...args: string[]): Arguments {
  return readArguments(COMMAND, args);
}

Deno.test("readSampleConfig() reads every field of a config", () => {
  assert.deepEqual(readSampleConfig(read()), {});
  const args = "--skip-plies 4 --soft-skip-plies 8 --max-ply 90 " +
    "--min-pieces 3 --sample-rate 0.5 --keep-by-ply 0:0.2,20:1 " +
    "--keep-by-pieces 6:1 --keep-by-pieces 32:0.25 --max-per-game 7 " +
    "--sides 2200 --skip-checks --skip-captures --min-clock 1.5 " +
    "--require-eval --terminations Normal,Abandoned --seed 3 " +
    "--castling king-takes-rook";
  assert.deepEqual(readSampleConfig(read(...args.split(" "))), {
    skipPlies: 4,
    softSkipPlies: 8,
    maxPly: 90,
    minPieces: 3,
    sampleRate: 0.5,
    keepByPly: [[0, 0.2], [20, 1]],
    keepByPieces: [[6, 1], [32, 0.25]],
    maxPerGame: 7,
    sides: { minRating: 2200 },
    skipChecks: true,
    skipCaptures: true,
    minClock: 1.5,
    requireEval: true,
    terminations: ["Normal", "Abandoned"],
    seed: 3,
    castling: "king-takes-rook",
  });
  assert.equal(readSampleConfig(read("--sides", "winner")).sides, "winner");
});

Deno.test("readSampleConfig() refuses what is no point of a curve", () => {
  for (
    const args of [
      ["--keep-by-ply", "20"],
      ["--keep-by-ply", "1:2:3"],
      ["--keep-by-pieces", "a:1"],
      ["--keep-by-pieces", ":1"],
    ]
  ) {
    assert.throws(() => readSampleConfig(read(...args)), UsageError);
  }
});
