import assert from "node:assert/strict";
import {
  ecoCodes,
  GAME_FILTER_FIELDS,
  type GameFilter,
  normalizeFilter,
} from "../../src/filter/game_filter.ts";
import { impliesFilter } from "../../src/filter/implies_filter.ts";
import { GameMatcher } from "../../src/filter/game_matcher.ts";
import { seeded } from "../_pgn_data.ts";
import { randomFilter } from "../_random_filter.ts";

Deno.test("GAME_FILTER_FIELDS lists the fields of GameFilter", () => {
  const all: Required<GameFilter> = {
    playstyle: "tactical",
    eco: "B90",
    minRating: 1,
    maxRating: 2,
    ratingOf: "lower",
    timeControl: "blitz",
    result: "*",
    rated: true,
    termination: "Normal",
    since: "2013-01-01",
    until: "2013-01-31",
    titles: "no-bots",
    minPlies: 1,
    hasEval: true,
    hasClock: true,
    split: [0, 0.5],
  };
  assert.deepEqual(
    GAME_FILTER_FIELDS.map(({ name }) => name),
    Object.keys(all),
  );
  for (const { kind, values, description } of GAME_FILTER_FIELDS) {
    assert.equal(values !== undefined, kind.startsWith("choice"));
    assert.notEqual(description, "");
  }
});

Deno.test("normalizeFilter() gives one form for one meaning", () => {
  const cases: [GameFilter, GameFilter][] = [
    [{}, {}],
    [{ eco: undefined, minRating: undefined }, {}],
    [{ eco: "b90" }, { eco: ["B90"] }],
    [{ eco: ["C50", "B90-b99", "B95", "C51-C52"] }, {
      eco: ["B90-B99", "C50-C52"],
    }],
    [{ eco: ["B00-B10", "A90-A99"] }, { eco: ["A90-B10"] }],
    [{ eco: "A00-E99" }, { eco: ["A00-E99"] }],
    [{ playstyle: "tactical", eco: ["A50-A57", "C60-C70"] }, {
      eco: ["A51-A52", "A56-A57", "C63"],
    }],
    [{ playstyle: "positional", eco: "B90" }, { eco: [] }],
    [{ timeControl: "blitz" }, { timeControl: ["blitz"] }],
    [{ timeControl: ["rapid", "bullet", "rapid"] }, {
      timeControl: ["bullet", "rapid"],
    }],
    [{ result: ["*", "0-1", "1-0"] }, { result: ["1-0", "0-1", "*"] }],
    [{ ratingOf: "average" }, {}],
    [{ ratingOf: "lower" }, {}],
    [{ minRating: 1500, ratingOf: "average" }, { minRating: 1500 }],
    [{ ratingOf: "lower", maxRating: 1500 }, {
      maxRating: 1500,
      ratingOf: "lower",
    }],
    [{ rated: false, hasEval: false }, { rated: false, hasEval: false }],
  ];
  for (const [filter, normal] of cases) {
    assert.deepEqual(normalizeFilter(filter), normal);
  }
});

Deno.test("normalizeFilter() lists the codes of a playstyle as ranges", () => {
  assert.deepEqual(normalizeFilter({ playstyle: "tactical" }), {
    eco: [
      "A51-A52",
      "A56-B09",
      "B20-B99",
      "C20-C40",
      "C44-C45",
      "C50-C59",
      "C63",
      "C80-C99",
      "D08-D09",
      "E60-E99",
    ],
  });
  const positional = ecoCodes({ playstyle: "positional" })!;
  const tactical = ecoCodes({ playstyle: "tactical" })!;
  assert.ok(positional.every((one, i) => one + tactical[i] === 1));
});

Deno.test("normalizeFilter() does not touch what it is given", () => {
  const filter: GameFilter = Object.freeze({
    eco: Object.freeze(["C50", "B90"]),
    result: Object.freeze(["*", "1-0"] as const),
  });
  assert.notEqual(normalizeFilter(filter), filter);
  assert.deepEqual(filter, { eco: ["C50", "B90"], result: ["*", "1-0"] });
});

Deno.test("normalizeFilter() is idempotent, as JSON too, in any order of keys", () => {
  const random = seeded(1);
  for (let i = 0; i < 2000; i++) {
    const filter = randomFilter(random);
    const normal = normalizeFilter(filter);
    const json = JSON.stringify(normal);
    assert.equal(JSON.stringify(normalizeFilter(normal)), json);
    assert.equal(JSON.stringify(normalizeFilter(JSON.parse(json))), json);
    const reversed = Object.fromEntries(
      Object.entries(filter).reverse().map(([name, value]) => [
        name,
        Array.isArray(value) && name !== "split" ? value.toReversed() : value,
      ]),
    );
    assert.equal(JSON.stringify(normalizeFilter(reversed)), json);
  }
});

/** Values that no field takes. */
const WRONG: unknown[] = [
  null,
  NaN,
  0,
  -1,
  1.5,
  Infinity,
  2 ** 53,
  10n,
  Symbol("s"),
  "",
  "x",
  "1500",
  "toString",
  {},
  Object.create(null),
  () => 1,
  [null],
  [[]],
  ["x"],
  [10n],
  new Date(0),
  new Proxy({}, {}),
];

Deno.test("normalizeFilter() refuses wrong values and says what is allowed", () => {
  const circular: unknown[] = [];
  circular.push(circular);
  for (const { name, kind, values } of GAME_FILTER_FIELDS) {
    const others: unknown[] = kind === "boolean"
      ? ["true", 1]
      : kind === "integer"
      ? [true, "2000", [2000], new Number(2000)]
      : kind === "date"
      ? [
        true,
        20130101,
        "2013",
        "2013-1-1",
        "2013-02-30",
        "2013-13-01",
        "2013-00-10",
        "2013-01-00",
        "2013.01.01",
        "2013-01-??",
        "2013-01-01T00:00:00Z",
        " 2013-01-01",
        ["2013-01-01"],
      ]
      : kind === "choice"
      ? [true, 1, [values![0]], values![0].toUpperCase() + "x"]
      : kind === "choices"
      ? [
        true,
        1,
        [values![0], "x"],
        [[values![0]]],
        { 0: values![0] },
        "blitz,rapid",
      ]
      : kind === "interval"
      ? [
        true,
        1,
        "0:1",
        [0],
        [0, 0.5, 1],
        [0.5, 0.5],
        [0.5, 0],
        [-0.1, 1],
        [0, 1.1],
        [0, NaN],
        ["0", "1"],
      ]
      : [true, 1, ["B90", 1], ["B90", "F00"], "B90,C50", "B9", "C50-B90"];
    const allowed = {
      integer: "a positive integer",
      boolean: "true or false",
      date: "a date as YYYY-MM-DD",
      choice: values?.join(", "),
      choices: values?.join(", "),
      list: "code",
      interval: "two numbers from 0 to 1 in order",
    }[kind]!;
    for (const value of [...WRONG, circular, ...others]) {
      if (name === "minPlies" && value === 0) continue;
      const act = () => normalizeFilter({ [name]: value });
      assert.throws(act, (error: Error) => {
        assert.ok(
          error instanceof TypeError || error instanceof RangeError,
          String(error),
        );
        assert.match(error.message, /^Cannot /);
        assert.ok(error.message.includes(allowed), error.message);
        if (kind !== "list") assert.ok(error.message.includes(name));
        return true;
      }, name);
      assert.throws(() => new GameMatcher({ [name]: value }));
    }
  }
});

Deno.test("normalizeFilter() says the value that is wrong", () => {
  assert.throws(() => normalizeFilter({ minRating: NaN }), {
    name: "RangeError",
    message:
      "Cannot filter games as minRating must be a positive integer: current value is NaN",
  });
  assert.throws(() => normalizeFilter({ rated: "yes" as never }), {
    name: "RangeError",
    message:
      'Cannot filter games as rated must be true or false: current value is "yes"',
  });
  assert.throws(() => normalizeFilter({ playstyle: ["tactical"] as never }), {
    name: "TypeError",
    message:
      "Cannot filter games as playstyle must be one of tactical, positional: current value is [ 'tactical' ]",
  });
  assert.throws(
    () => normalizeFilter({ timeControl: ["blitz", "fast" as never] }),
    {
      name: "RangeError",
      message:
        'Cannot filter games as timeControl must be among ultraBullet, bullet, blitz, rapid, classical, correspondence: current value is "fast"',
    },
  );
});

Deno.test("normalizeFilter() drops minPlies 0, which asks for nothing", () => {
  assert.deepEqual(normalizeFilter({ minPlies: 0 }), {});
});

Deno.test("normalizeFilter() refuses fields that there are not", () => {
  for (const name of ["offset", "minrating", "toString", "__proto__", ""]) {
    const filter = JSON.parse(`{${JSON.stringify(name)}: 1}`);
    assert.throws(() => normalizeFilter(filter), {
      name: "TypeError",
      message: `Cannot filter games by "${name}": the fields are ${
        GAME_FILTER_FIELDS.map((field) => field.name).join(", ")
      }`,
    });
  }
});

Deno.test("normalizeFilter() refuses what is no object", () => {
  for (
    const filter of [undefined, null, 1, "tactical", true, [], [1], () => 1]
  ) {
    assert.throws(() => normalizeFilter(filter as never), {
      name: "TypeError",
      message: /^Cannot filter games as the filter must be an object: /,
    });
  }
});

Deno.test("impliesFilter() sees the narrower filter", () => {
  const cases: [GameFilter, GameFilter][] = [
    [{}, {}],
    [{ minRating: 2000 }, {}],
    [{ minRating: 2000 }, { minRating: 1800 }],
    [{ minRating: 2000 }, { minRating: 2000, ratingOf: "average" }],
    [{ minRating: 2000, ratingOf: "lower" }, {
      minRating: 1800,
      ratingOf: "lower",
    }],
    [{ minRating: 2000, ratingOf: "lower" }, { ratingOf: "higher" }],
    [{ minRating: 1000, maxRating: 1500 }, { maxRating: 1600 }],
    [{ minPlies: 40 }, { minPlies: 20 }],
    [{ since: "2013-01-10", until: "2013-01-20" }, { since: "2013-01-01" }],
    [{ since: "2013-01-10", until: "2013-01-20" }, { until: "2013-01-20" }],
    [{ timeControl: "blitz" }, { timeControl: ["rapid", "blitz"] }],
    [{ result: ["1-0", "0-1"] }, { result: ["0-1", "*", "1-0"] }],
    [{ termination: "Normal" }, { termination: ["Normal"] }],
    [{ eco: "B90-B99" }, { playstyle: "tactical" }],
    [{ playstyle: "tactical" }, { eco: ["A50-B99", "C00-E99"] }],
    [{ playstyle: "tactical", eco: "B00-B50" }, { playstyle: "tactical" }],
    [{ playstyle: "positional" }, { eco: "A00-E99" }],
    [{ playstyle: "tactical", eco: "B10-B25" }, { eco: "B20-B25" }],
    [{ rated: true, titles: "no-bots" }, { titles: "no-bots" }],
    [{ hasEval: true, hasClock: false }, { hasEval: true }],
  ];
  for (const [query, filter] of cases) {
    assert.ok(
      impliesFilter(query, filter),
      JSON.stringify([query, filter]),
    );
  }
});

Deno.test("impliesFilter() sees what is not implied", () => {
  const cases: [GameFilter, GameFilter][] = [
    [{}, { minRating: 1 }],
    [{}, { eco: "A00-E99" }],
    [{}, { rated: true }],
    [{}, { result: ["1-0", "0-1", "1/2-1/2", "*"] }],
    [{ minRating: 1799 }, { minRating: 1800 }],
    [{ maxRating: 1801 }, { maxRating: 1800 }],
    [{ maxRating: 1800 }, { minRating: 1800 }],
    [{ minRating: 2000 }, { minRating: 1000, ratingOf: "lower" }],
    [{ minRating: 2000, ratingOf: "lower" }, { minRating: 1000 }],
    [{ minRating: 2000, ratingOf: "higher" }, {
      minRating: 1000,
      ratingOf: "lower",
    }],
    [{ minPlies: 19 }, { minPlies: 20 }],
    [{ since: "2012-12-31" }, { since: "2013-01-01" }],
    [{ until: "2013-01-02" }, { until: "2013-01-01" }],
    [{ timeControl: ["blitz", "rapid"] }, { timeControl: "blitz" }],
    [{ eco: "B90-C00" }, { playstyle: "tactical" }],
    [{ playstyle: "positional" }, { playstyle: "tactical" }],
    [{ rated: false }, { rated: true }],
    [{ hasEval: true }, { hasEval: false }],
    [{ hasClock: true }, { hasEval: true }],
  ];
  for (const [query, filter] of cases) {
    assert.ok(
      !impliesFilter(query, filter),
      JSON.stringify([query, filter]),
    );
  }
});

Deno.test("impliesFilter() is reflexive, and true where a field is dropped", () => {
  const random = seeded(2);
  for (let i = 0; i < 1000; i++) {
    const filter = randomFilter(random);
    assert.ok(impliesFilter(filter, filter));
    assert.ok(impliesFilter(filter, normalizeFilter(filter)));
    assert.ok(impliesFilter(normalizeFilter(filter), filter));
    for (const name of Object.keys(filter)) {
      // Without it, the bounds mean something else.
      if (name === "ratingOf") continue;
      const { [name as keyof GameFilter]: _, ...wider } = filter;
      assert.ok(impliesFilter(filter, wider), JSON.stringify(filter));
    }
  }
});
