import assert from "node:assert/strict";
import {
  chooseSet,
  isHandMade,
  isSameSource,
  type SetQuestion,
} from "../../src/cache/choose_set.ts";
import { CACHE_FORMAT, type SetInfo } from "../../src/cache/game_set.ts";

const SOURCE = [{ fileName: "a.pgn.zst", size: 1234, hash: "0af3" }];

function set(name: string, changes: Partial<SetInfo> = {}): SetInfo {
  return {
    name,
    filter: {},
    source: SOURCE,
    maxGameLength: 1 << 20,
    format: CACHE_FORMAT,
    generation: name,
    count: 100,
    state: "complete",
    checkpoint: { gamesRead: 200, badGames: 0, rejected: {} },
    textBytes: 0,
    createdAt: 0,
    updatedAt: 0,
    ...changes,
  };
}

function question(changes: Partial<SetQuestion> = {}): SetQuestion {
  return {
    filter: {},
    maxGameLength: 1 << 20,
    source: SOURCE,
    fileNames: ["a.pgn.zst"],
    ...changes,
  };
}

/** The name of the set that answers, with `!` where it is exact. */
function chosen(sets: SetInfo[], changes: Partial<SetQuestion> = {}) {
  const answer = chooseSet(sets, question(changes));
  const backwards = chooseSet(sets.toReversed(), question(changes));
  assert.equal(backwards?.set.name, answer?.set.name);
  return answer && answer.set.name + (answer.isExact ? "!" : "");
}

Deno.test("chooseSet() takes complete before incomplete, then the equal filter, then the fewest games", () => {
  const filter = { minRating: 2000, result: ["1-0"] } as const;
  const equalCapped = set("equal-capped", { filter, state: "capped" });
  const equalUnfinished = set("equal-unfinished", {
    filter,
    state: "unfinished",
    count: 90,
  });
  const wide = set("wide", { count: 1000 });
  const narrow = set("narrow", { filter: { minRating: 1900 }, count: 500 });
  const equal = set("equal", { filter, count: 99_999 });
  const widerCapped = set("wider-capped", { state: "capped", count: 1 });
  const all = [equalCapped, wide, narrow, equal, widerCapped, equalUnfinished];
  assert.equal(chosen(all, { filter }), "equal!");
  assert.equal(
    chosen(all.filter((one) => one !== equal), { filter }),
    "narrow",
  );
  assert.equal(chosen([wide, equalCapped], { filter }), "wide");
  assert.equal(
    chosen([equalCapped, widerCapped, equalUnfinished], { filter }),
    "equal-unfinished!",
  );
  assert.equal(chosen([widerCapped, equalCapped], { filter }), "equal-capped!");
  assert.equal(chosen([], { filter }), undefined);
});

Deno.test("chooseSet() takes no set that leaves out wanted games", () => {
  const sets = [
    set("rated-2000", { filter: { minRating: 2000 } }),
    set("white-wins", { filter: { result: ["1-0"] } }),
  ];
  assert.equal(chosen(sets), undefined);
  assert.equal(chosen(sets, { filter: { minRating: 1999 } }), undefined);
  assert.equal(
    chosen(sets, { filter: { result: ["1-0", "0-1"] } }),
    undefined,
  );
  assert.equal(
    chosen(sets, { filter: { minRating: 2000, ratingOf: "lower" } }),
    undefined,
  );
  assert.equal(chosen(sets, { filter: { minRating: 2001 } }), "rated-2000");
  assert.equal(chosen(sets, { filter: { result: "1-0" } }), "white-wins!");
});

Deno.test("chooseSet() compares filters in normal form", () => {
  const sets = [set("tactical", { filter: { playstyle: "tactical" } })];
  for (
    const filter of [
      { playstyle: "tactical", ratingOf: "average" },
      { playstyle: "tactical", eco: ["A00-E99"] },
    ] as const
  ) assert.equal(chosen(sets, { filter }), "tactical!");
  assert.equal(chosen(sets, { filter: { eco: "B90-B99" } }), "tactical");
  assert.equal(
    chosen([set("speeds", { filter: { timeControl: ["blitz", "bullet"] } })], {
      filter: { timeControl: ["bullet", "blitz", "bullet"] },
    }),
    "speeds!",
  );
});

Deno.test("chooseSet() takes only sets of the same format and game length", () => {
  assert.equal(chosen([set("other", { format: CACHE_FORMAT + 1 })]), undefined);
  assert.equal(chosen([set("other", { maxGameLength: 1000 })]), undefined);
  assert.equal(
    chosen([set("other", { maxGameLength: 1000 })], { maxGameLength: 1000 }),
    "other!",
  );
});

Deno.test("chooseSet() takes only sets of the archives at hand, whatever they are called", () => {
  const [{ size, hash }] = SOURCE;
  const renamed = set("renamed", {
    source: [{ fileName: "b.pgn", size, hash }],
  });
  assert.equal(chosen([renamed]), "renamed!");
  const another = [{ fileName: "a.pgn.zst", size, hash: "ffff" }];
  assert.equal(chosen([set("another", { source: another })]), undefined);
  const longer = [{ fileName: "a.pgn.zst", size: size + 1, hash }];
  assert.equal(chosen([set("longer", { source: longer })]), undefined);
  const two = [...SOURCE, ...another];
  assert.equal(chosen([set("two", { source: two })]), undefined);
  assert.equal(chosen([set("two", { source: two })], { source: two }), "two!");
  assert.equal(
    chosen([set("two", { source: two })], { source: two.toReversed() }),
    undefined,
  );
});

Deno.test("chooseSet() takes sets of files of the same names where the archives are not at hand", () => {
  const absent = { source: undefined };
  assert.equal(chosen([set("same")], absent), "same!");
  assert.equal(
    chosen([set("same")], { ...absent, fileNames: ["b.pgn.zst"] }),
    undefined,
  );
  assert.equal(
    chosen([set("same")], { ...absent, fileNames: ["a.pgn.zst", "b.pgn"] }),
    undefined,
  );
});

Deno.test("chooseSet() never takes an archive without identity for the same", () => {
  const nameless = [{ fileName: "a.pgn.zst", size: 0, hash: "" }];
  assert.equal(
    chosen([set("nameless", { source: nameless })], { source: nameless }),
    undefined,
  );
  assert.equal(isSameSource(nameless, nameless), false);
  assert.equal(isSameSource([], []), false);
  assert.equal(isSameSource(SOURCE, SOURCE), true);
});

Deno.test("chooseSet() takes sets made by hand only where no archive is at hand", () => {
  const tactical = set("tactical", { source: [] });
  const mine = set("mine", { source: [] });
  const filter = { playstyle: "tactical" } as const;
  assert.equal(isHandMade(tactical), true);
  assert.equal(chosen([tactical], { filter }), undefined);
  const absent = { source: undefined, filter };
  assert.equal(chosen([tactical], absent), "tactical!");
  assert.equal(
    chosen([tactical], { ...absent, filter: { ...filter, minRating: 1 } }),
    "tactical",
  );
  assert.equal(chosen([tactical], { ...absent, filter: {} }), undefined);
  assert.equal(
    chosen([set("positional", { source: [] })], absent),
    undefined,
  );
  // Nobody knows what is in any other but the one who names it.
  assert.equal(chosen([mine], absent), undefined);
  assert.equal(chosen([mine], { ...absent, set: "mine" }), "mine");
  // One that was indexed from a file of this name is known better.
  const indexed = set("indexed", { filter, state: "capped", count: 1000 });
  assert.equal(chosen([tactical, indexed], absent), "indexed!");
});

Deno.test("chooseSet() takes the set that is named, or none", () => {
  const sets = [set("all"), set("good", { filter: { minRating: 2000 } })];
  assert.equal(chosen(sets, { set: "all" }), "all!");
  assert.equal(chosen(sets, { set: "good" }), undefined);
  assert.equal(chosen(sets, { set: "missing" }), undefined);
  const filter = { minRating: 2000 };
  assert.equal(chosen(sets, { filter, set: "all" }), "all");
  assert.equal(chosen(sets, { filter }), "good!");
});
