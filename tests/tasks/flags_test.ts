import assert from "node:assert/strict";
import { GAME_FILTER_FIELDS } from "../../mod.ts";
import { filterFlags, readFilter } from "../../tasks/_filter_flags.ts";
import { type Command, readArguments, UsageError } from "../../tasks/_flags.ts";
import { helpText } from "../../tasks/_help.ts";

const COMMAND: Command = {
  name: "try",
  usage: "[DATABASE…]",
  summary: "Tries flags.",
  maxArguments: 2,
  flags: {
    "Games to take": filterFlags(),
    Cache: [{ name: "cache", value: "URL", description: "A cache" }],
  },
  examples: [["deno task try", "Nothing at all"]],
};

function filterOf(...args: string[]) {
  return readFilter(readArguments(COMMAND, args));
}

function complaint(...args: string[]): string {
  try {
    filterOf(...args);
  } catch (error) {
    assert.ok(error instanceof UsageError, String(error));
    return error.message;
  }
  throw new Error(`${args.join(" ")} was taken`);
}

Deno.test("filterFlags() gives every field of a filter its flag", () => {
  const names = filterFlags().map(({ name }) => name);
  assert.equal(names.length, GAME_FILTER_FIELDS.length);
  for (
    const name of [
      "playstyle",
      "eco",
      "min-rating",
      "max-rating",
      "rating-of",
      "time-control",
      "result",
      "rated",
      "termination",
      "since",
      "until",
      "titles",
      "min-plies",
      "has-eval",
      "has-clock",
    ]
  ) assert.ok(names.includes(name), name);
});

Deno.test("readFilter() reads every kind of field", () => {
  assert.deepEqual(filterOf(), {});
  assert.deepEqual(
    filterOf(
      "--min-rating",
      "1800",
      "--max-rating=2200",
      "--playstyle",
      "tactical",
      "--since",
      "2021-10-01",
      "--rated",
      "--no-has-eval",
      "--termination",
      "Time forfeit",
    ),
    {
      playstyle: "tactical",
      minRating: 1800,
      maxRating: 2200,
      rated: true,
      termination: ["Time forfeit"],
      since: "2021-10-01",
      hasEval: false,
    },
  );
});

Deno.test("readFilter() takes several values with commas and repeated", () => {
  assert.deepEqual(
    filterOf(
      "--time-control",
      "blitz,rapid",
      "--time-control",
      "classical",
      "--eco=B90-B99, C50",
    ),
    { timeControl: ["blitz", "rapid", "classical"], eco: ["B90-B99", "C50"] },
  );
});

Deno.test("readFilter() leaves out a field that means something else", () => {
  const args = readArguments(COMMAND, ["--playstyle", "all", "--rated"]);
  assert.deepEqual(readFilter(args, ["playstyle"]), { rated: true });
});

Deno.test("readFilter() says which values are allowed", () => {
  assert.match(complaint("--time-control", "fast"), /blitz, rapid/);
  assert.match(complaint("--playstyle", "all"), /tactical, positional/);
  assert.match(complaint("--since", "2021-02-30"), /YYYY-MM-DD/);
  assert.match(complaint("--eco", "Z99"), /Z99/);
  assert.match(complaint("--min-rating", "high"), /non-negative integer.*high/);
  assert.match(complaint("--min-rating", "1e3"), /non-negative integer/);
  assert.match(complaint("--min-rating", "-5"), /non-negative integer/);
});

Deno.test("readArguments() names the nearest flag for a wrong one", () => {
  assert.match(
    complaint("--min-ratng", "1800"),
    /--min-ratng: .*--min-rating\?/,
  );
  assert.match(complaint("--minRating", "1800"), /did you mean --min-rating\?/);
  assert.match(complaint("--time_control", "blitz"), /mean --time-control\?/);
  assert.match(complaint("--no-cache"), /mean --cache\?/);
  assert.match(complaint("-x"), /There is no flag -x/);
});

Deno.test("readArguments() refuses a flag without its value, with a needless one, or twice", () => {
  assert.match(complaint("--min-rating"), /--min-rating needs a value/);
  assert.match(complaint("--min-rating", "--rated"), /needs a value/);
  assert.match(complaint("--min-rating="), /needs a value/);
  assert.match(complaint("--rated=yes"), /--rated takes no value/);
  assert.match(
    complaint("--min-rating", "1", "--min-rating", "2"),
    /given twice/,
  );
});

Deno.test("readArguments() keeps what is no flag, and counts it", () => {
  const { rest } = readArguments(COMMAND, ["-", "--rated", "--", "--odd.pgn"]);
  assert.deepEqual(rest, ["-", "--odd.pgn"]);
  assert.match(complaint("a", "b", "c"), /"c" is one argument too many/);
});

Deno.test("helpText() shows every flag and every example", () => {
  const text = helpText(COMMAND);
  assert.match(text, /^deno task try \[DATABASE…\]\n\nTries flags\.\n/);
  for (
    const { name } of [...filterFlags(), { name: "json" }, { name: "help" }]
  ) {
    assert.match(text, new RegExp(`^  --${name}\\b`, "m"));
  }
  assert.match(text, /# Nothing at all\n {2}deno task try$/);
});
