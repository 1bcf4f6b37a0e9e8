import assert from "node:assert/strict";
import { GameCacheError } from "../../src/cache/game_cache_error.ts";
import {
  batch,
  checkpoint,
  info,
  openFiles,
  pgn,
  pgns,
  read,
  spec,
  STORES,
  write,
} from "./_stores.ts";

for (const { name: store, start } of STORES) {
  Deno.test(`${store} gives back every byte in order, from any offset`, async () => {
    await using place = await start();
    await using cache = place.open();
    const texts = pgns("all", 0, 2345);
    texts[1234] = `[Event "long"]\n\n${"{ ♞ } ".repeat(190_000)}*`;
    await write(cache, spec("all"), texts);

    assert.deepEqual(await read(cache, "all"), texts);
    for (
      const [offset, count] of [
        [0, 0],
        [0, 1],
        [999, 2],
        [1000, 1000],
        [
          1233,
          3,
        ],
        [2344, 10],
        [2345, 1],
        [9999, 1],
      ]
    ) {
      assert.deepEqual(
        await read(cache, "all", offset, count),
        texts.slice(offset, offset + count),
        `${count} games from ${offset}`,
      );
    }
    assert.deepEqual(await read(cache, "none"), []);
  });

  Deno.test(`${store}.sets() reports what a set is made of`, async () => {
    await using place = await start();
    await using cache = place.open();
    assert.deepEqual(await cache.sets(), []);

    const made = spec("tactical", { maxGames: 3 });
    const writer = cache.writer(made).getWriter();
    await writer.write(batch(pgns("a", 0, 2), 17));
    const { generation, createdAt, updatedAt, lock, textBytes, ...rest } =
      await info(cache, "tactical");
    assert.equal(textBytes, pgns("a", 0, 2).join("").length + 4);
    assert.match(generation, /^[0-9a-f-]{36}$/);
    assert(Math.abs(Date.now() - createdAt) < 60_000);
    assert(updatedAt >= createdAt);
    assert(lock!.since >= createdAt && lock!.until > Date.now());
    assert.deepEqual(rest, {
      ...made,
      format: 2,
      count: 2,
      state: "unfinished",
      checkpoint: checkpoint(17),
    });

    await writer.write({ games: [], checkpoint: checkpoint(99) });
    await writer.close();
    await write(cache, spec("all"), []);
    const sets = await cache.sets();
    assert.deepEqual(
      sets.map(({ name, count, state, lock }) => [name, count, state, lock]),
      [["all", 0, "complete", undefined], [
        "tactical",
        2,
        "complete",
        undefined,
      ]],
    );
    assert.deepEqual(sets[1].checkpoint, checkpoint(99));
    assert.equal(await cache.hasGames("all"), false);
    assert.equal(await cache.hasGames("tactical"), true);
    assert.equal(await cache.getTotalGames("tactical"), 2);
    assert.equal(await cache.getTotalGames("none"), 0);
  });

  Deno.test(`${store}.writer() admits a batch when it is stored, and no sooner`, async () => {
    await using place = await start();
    await using cache = place.open();
    await using reader = place.open();
    const writer = cache.writer(spec("all")).getWriter();
    for (let count = 0; count <= 2000; count += 700) {
      await writer.write(batch(pgns("all", count, count + 700)));
      assert.equal(await reader.getTotalGames("all"), count + 700);
      assert.deepEqual(await read(reader, "all"), pgns("all", 0, count + 700));
    }
    await writer.close();
  });

  Deno.test(`${store}.writer() caps a set at maxGames and takes no more`, async () => {
    await using place = await start();
    await using cache = place.open();
    const capped = spec("all", { maxGames: 3 });
    await write(cache, capped, pgns("all", 0, 3));
    const set = await info(cache, "all");
    assert.equal(set.state, "capped");

    const over = cache.writer(capped, { resume: set }).getWriter();
    await assert.rejects(over.write(batch(["4"])), RangeError);
    assert.equal((await info(cache, "all")).state, "capped");
    assert.throws(
      () => cache.writer(spec("all", { maxGames: 2 }), { resume: set }),
      RangeError,
    );
    assert.throws(() => cache.writer(spec("all", { maxGames: 0 })), RangeError);

    const more = spec("all", { maxGames: 5 });
    const writer = cache.writer(more, { resume: set }).getWriter();
    await writer.write(batch(pgns("all", 3, 4)));
    await writer.close();
    const { maxGames, state, count } = await info(cache, "all");
    assert.deepEqual([maxGames, state, count], [5, "complete", 4]);
  });

  Deno.test(`${store}.writer() continues with a set where it was left`, async () => {
    await using place = await start();
    await using cache = place.open();
    const first = cache.writer(spec("all")).getWriter();
    await first.write(batch(pgns("all", 0, 1500), 4000));
    await first.abort(new Error("stopped"));
    const left = await info(cache, "all");
    assert.equal(left.state, "unfinished");
    assert.equal(left.lock, undefined);

    const second = cache.writer(spec("all"), { resume: left }).getWriter();
    await second.write(batch(pgns("all", 1500, 1600), 5000));
    await second.close();
    const done = await info(cache, "all");
    assert.equal(done.generation, left.generation);
    assert.equal(done.createdAt, left.createdAt);
    assert.deepEqual(await read(cache, "all"), pgns("all", 0, 1600));
    assert.deepEqual(done.checkpoint, checkpoint(5000));

    await rejectsWith(
      "replaced",
      write(cache, spec("all"), [], { resume: left }),
    );
    assert.throws(
      () => cache.writer(spec("other"), { resume: done }),
      TypeError,
    );
  });

  Deno.test(`${store}.writer() without resume or replace leaves a set alone`, async () => {
    await using place = await start();
    await using cache = place.open();
    await write(cache, spec("all"), pgns("all", 0, 2));
    await rejectsWith("refused", write(cache, spec("all"), []));
    assert.deepEqual(await read(cache, "all"), pgns("all", 0, 2));
  });

  Deno.test(`${store}.writer() refuses a second writer once the first shows that it lives`, async () => {
    await using place = await start();
    await using cache = place.open({ lockDuration: 600 });
    await using other = place.open();
    const writer = cache.writer(spec("all")).getWriter();
    await writer.write(batch(pgns("all", 0, 1)));
    const set = await info(cache, "all");
    const since = new Date(set.lock!.since).toISOString();
    for (const options of [{ resume: set }, { replace: true }]) {
      await assert.rejects(
        write(other, spec("all"), ["2"], options),
        (error: GameCacheError) =>
          error.fault === "locked" && error.message.includes(since),
      );
    }
    await rejectsWith("locked", other.clear("all"));
    await rejectsWith("locked", other.storeGame("all", 0, "hand"));
    await write(other, spec("another"), ["2"]);
    await writer.write(batch(pgns("all", 1, 2)));
    await writer.close();
    assert.deepEqual(await read(other, "all"), pgns("all", 0, 2));
  });

  Deno.test(`${store}.writer() takes over from one that died, when its lock has run out`, async () => {
    await using place = await start();
    const slow = place.open({ lockDuration: 700 });
    await using cache = place.open();
    const writer = slow.writer(spec("all")).getWriter();
    await writer.write(batch(pgns("all", 0, 2)));
    const set = await info(cache, "all");
    await slow.close();
    const heir = cache.writer(spec("all"), { resume: set }).getWriter();
    const start2 = performance.now();
    await heir.write(batch(pgns("all", 2, 3)));
    const waited = performance.now() - start2;
    assert(waited > 300 && waited < 2000, `${waited} ms`);
    await rejectsWith("unreachable", writer.write(batch(["late"])));
    await heir.write(batch(pgns("all", 3, 4)));
    await heir.close();
    assert.deepEqual(await read(cache, "all"), pgns("all", 0, 4));
  });

  Deno.test(`${store}.writer() keeps a lock that ran out while nobody took it`, async () => {
    await using place = await start();
    await using cache = place.open({ lockDuration: 20 });
    const writer = cache.writer(spec("all")).getWriter();
    await writer.write(batch(pgns("all", 0, 1)));
    await new Promise((resolve) => setTimeout(resolve, 60));
    await writer.write(batch(pgns("all", 1, 2)));
    await writer.close();
    assert.deepEqual(await read(cache, "all"), pgns("all", 0, 2));
  });

  Deno.test(`${store} never mixes a set with the one that replaced it`, async () => {
    await using place = await start();
    await using cache = place.open();
    await write(cache, spec("all"), pgns("old", 0, 1500));
    const old = await info(cache, "all");
    const reader = cache.readGames(old, 0, old.count)[Symbol.asyncIterator]();
    const begun = await reader.next();
    const streamed: string[] = [];
    const stream = cache.getGames("all", 0)[Symbol.asyncIterator]();
    streamed.push((await stream.next()).value!.pgn);

    await write(cache, spec("all"), pgns("new", 0, 10), { replace: true });
    assert.notEqual((await info(cache, "all")).generation, old.generation);
    const given = texts(begun.value!);
    await rejectsWith(
      "replaced",
      (async () => {
        for (;;) {
          const { done, value } = await reader.next();
          if (done) break;
          given.push(...texts(value));
        }
      })(),
    );
    assert.deepEqual(given, pgns("old", 0, given.length));
    await rejectsWith(
      "replaced",
      (async () => {
        for (;;) {
          const { done, value } = await stream.next();
          if (done) break;
          streamed.push(value.pgn);
        }
      })(),
    );
    assert.deepEqual(streamed, pgns("old", 0, streamed.length));

    assert.deepEqual(await read(cache, "all"), pgns("new", 0, 10));
    assert.equal(await place.storedGames(), 10);
    await rejectsWith("replaced", allTexts(cache.readGames(old, 3, 4)));
  });

  Deno.test(`${store}.readGamesAt() gives games by their numbers, each checked`, async () => {
    await using place = await start();
    await using cache = place.open();
    await write(cache, spec("all"), pgns("old", 0, 2500));
    const set = await info(cache, "all");
    const numbers = [2499, 3, 1000, 999, 1001, 4, 0, 2];
    const decoder = new TextDecoder();
    const at = async (numbers: readonly number[], signal?: AbortSignal) =>
      (await cache.readGamesAt(set, numbers, { signal }))
        .map((game) => decoder.decode(game));
    const all = pgns("old", 0, 2500);
    assert.deepEqual(await at(numbers), numbers.map((number) => all[number]));
    assert.deepEqual(await at([]), []);
    for (const number of [2500, -1, 0.5]) {
      await assert.rejects(at([1, number]), RangeError);
    }
    const reason = new Error("Enough");
    await assert.rejects(at([1], AbortSignal.abort(reason)), reason);

    await place.deleteGame("all", 1000);
    await place.overwriteGame("all", 2000, '[Event "?"]\n\n1. d4 *');
    for (const number of [1000, 2000]) {
      await assert.rejects(at([5, number, 7]), (error) => {
        assert(error instanceof GameCacheError, String(error));
        assert.equal(error.fault, "damaged");
        assert.equal(error.key, place.keyOf("all", number));
        return true;
      });
    }
    assert.deepEqual(await at([999, 1001]), [all[999], all[1001]]);
    await write(cache, spec("all"), pgns("new", 0, 10), { replace: true });
    await rejectsWith("replaced", at([5, 6]));
  });

  Deno.test(`${store}.writer() makes a set anew next to the one in use`, async () => {
    await using place = await start();
    await using cache = place.open();
    await using reader = place.open();
    await write(cache, spec("all"), pgns("old", 0, 1500));
    const old = await info(cache, "all");

    const given = spec("all", { filter: { maxRating: 1500 }, maxGames: 1200 });
    const writer = cache.writer(given, { replace: true }).getWriter();
    for (const first of [0, 700]) {
      await writer.write(batch(pgns("new", first, first + 500), first + 500));
      const { lock, isUntidy, ...rest } = await info(reader, "all");
      assert.deepEqual(rest, old);
      assert(lock !== undefined && isUntidy);
      assert.deepEqual(await read(reader, "all"), pgns("old", 0, 1500));
    }
    await writer.close();
    const texts = [...pgns("new", 0, 500), ...pgns("new", 700, 1200)];
    assert.deepEqual(await read(reader, "all"), texts);
    const made = await info(cache, "all");
    assert.notEqual(made.generation, old.generation);
    assert.deepEqual(
      [made.count, made.state, made.lock, made.isUntidy, made.maxGames],
      [1000, "complete", undefined, undefined, 1200],
    );
    assert.deepEqual(made.filter, { maxRating: 1500 });
    assert.deepEqual(made.checkpoint, checkpoint(1200));
    assert.equal(await place.storedGames(), 1000);
    const { textBytes } = (await cache.stats()).sets[0];
    assert.equal(textBytes, new TextEncoder().encode(texts.join("")).length);

    // It continues as any other.
    const more = cache.writer(given, { resume: made }).getWriter();
    await more.write(batch(pgns("more", 0, 200), 1400));
    await more.close();
    assert.equal((await info(cache, "all")).state, "capped");
    assert.deepEqual(await read(reader, "all", 1000), pgns("more", 0, 200));
  });

  Deno.test(`${store}.writer() leaves a set as it was when its replacement is given up`, async () => {
    await using place = await start();
    await using cache = place.open();
    await write(cache, spec("all"), pgns("old", 0, 1100));
    const old = await info(cache, "all");
    const writer = cache.writer(spec("all"), { replace: true }).getWriter();
    await writer.write(batch(pgns("new", 0, 2100)));
    await writer.abort(new Error("the archive is bad"));
    assert.deepEqual(await info(cache, "all"), old);
    assert.deepEqual(await read(cache, "all"), pgns("old", 0, 1100));
    assert.equal(await place.storedGames(), 1100);

    // One that died in the middle of it.
    const dying = place.open({ lockDuration: 300 });
    const left = dying.writer(spec("all"), { replace: true }).getWriter();
    await left.write(batch(pgns("new", 0, 2100)));
    await dying.close();
    await left.abort().catch(() => {});
    const { isUntidy, lock: _, ...rest } = await info(cache, "all");
    assert(isUntidy);
    assert.deepEqual(rest, old);
    assert.deepEqual(await read(cache, "all"), pgns("old", 0, 1100));
    await write(cache, spec("b"), pgns("b", 0, 3));
    await cache.writer(spec("all"), { resume: old }).close();
    const { updatedAt: _1, ...tidy } = await info(cache, "all");
    const { updatedAt: _2, ...before } = old;
    assert.deepEqual({ ...tidy }, { ...before, checkpoint: old.checkpoint });
    assert.deepEqual(await read(cache, "all"), pgns("old", 0, 1100));
    assert.equal(await place.storedGames(), 1103);
  });

  Deno.test(`${store}.sets() leaves out a damaged set and reports it`, async () => {
    await using place = await start();
    await using cache = place.open();
    await write(cache, spec("all"), pgns("all", 0, 3));
    await write(cache, spec("b"), pgns("b", 0, 3));
    const key = await place.damageSet("b");
    await rejectsWith("damaged", cache.sets());
    await rejectsWith("damaged", cache.getTotalGames("b"));
    const told: GameCacheError[] = [];
    const sets = await cache.sets({ onDamaged: (error) => told.push(error) });
    assert.deepEqual(sets.map(({ name }) => name), ["all"]);
    assert.deepEqual(told.map(({ set, key, fault }) => [set, key, fault]), [
      ["b", key, "damaged"],
    ]);
    const stats = await cache.stats();
    assert.deepEqual(stats.sets.map(({ name }) => name), ["all"]);
    assert.deepEqual(stats.damaged, [
      { name: "b", key, message: told[0].message },
    ]);
    await write(cache, spec("b"), pgns("new", 0, 5), { replace: true });
    assert.deepEqual(await read(cache, "b"), pgns("new", 0, 5));
    await place.damageSet("b");
    await cache.clearAll();
    assert.deepEqual((await cache.stats()).damaged, []);
    assert.equal(await place.storedGames(), 0);
  });

  Deno.test(`${store} reports a missing or another game after all before it`, async () => {
    await using place = await start();
    await using cache = place.open();
    await write(cache, spec("all"), pgns("all", 0, 1200));
    const set = await info(cache, "all");
    await place.overwriteGame("all", 1150, pgn("all", 1149));
    await damaged(1150);
    await place.overwriteGame("all", 700, pgn("all", 700) + " ");
    await damaged(700);
    await place.deleteGame("all", 333);
    await damaged(333);
    await place.deleteGame("all", 0);
    await damaged(0);

    async function damaged(index: number) {
      const given: string[] = [];
      await assert.rejects(async () => {
        for await (const games of cache.readGames(set, 0, Infinity)) {
          given.push(...texts(games));
        }
      }, (error: GameCacheError) => {
        assert.equal(error.name, "GameCacheError");
        assert.equal(error.fault, "damaged");
        assert.equal(error.key, place.keyOf("all", index));
        return error.message.includes(error.key!);
      });
      assert.deepEqual(given, pgns("all", 0, index));
    }
  });

  Deno.test(`${store}.storeGame() appends, writes over, and leaves no gap`, async () => {
    await using place = await start();
    await using cache = place.open();
    await assert.rejects(cache.storeGame("mine", 1, "1. e4 *"), RangeError);
    await cache.storeGame("mine", 0, "1. e4 *");
    await cache.storeGames("mine", 1, ["1. d4 *", "1. c4 é *"]);
    await cache.storeGames("mine", 2, ["1. Nf3 *", "1. b3 *"]);
    await assert.rejects(cache.storeGame("mine", 5, "1. a3 *"), RangeError);
    assert.deepEqual(await read(cache, "mine"), [
      "1. e4 *",
      "1. d4 *",
      "1. Nf3 *",
      "1. b3 *",
    ]);
    const [set] = (await cache.stats()).sets;
    assert.equal(set.textBytes, 7 + 7 + 8 + 7);
    assert.equal(set.state, "complete");
    assert.deepEqual([set.source, set.filter, set.lock], [[], {}, undefined]);

    // Calls that are not awaited keep their order.
    await Promise.all(
      pgns("n", 4, 14).map((text, i) => cache.storeGame("mine", 4 + i, text)),
    );
    assert.deepEqual(await read(cache, "mine", 4), pgns("n", 4, 14));

    await write(cache, spec("all"), pgns("all", 0, 2));
    await rejectsWith("refused", cache.storeGame("all", 0, "1. e4 *"));
    await assert.rejects(cache.storeGame("mine", -1, "1. e4 *"), RangeError);
    await assert.rejects(cache.storeGame("mine", 0, ""), TypeError);
  });

  Deno.test(`${store}.clear() removes one set, clearAll() all of them`, async () => {
    await using place = await start();
    await using cache = place.open();
    await write(cache, spec("a"), pgns("a", 0, 1100));
    await write(cache, spec("ab"), pgns("ab", 0, 5));
    await cache.storeGame("mine", 0, "1. e4 *");
    assert.equal(await cache.clear("none"), 0);
    assert.equal(await cache.clear("a"), 1100);
    assert.equal(await cache.clear("a"), 0);
    assert.deepEqual((await cache.sets()).map(({ name }) => name), [
      "ab",
      "mine",
    ]);
    assert.equal(await place.storedGames(), 6);
    assert.deepEqual(await read(cache, "ab"), pgns("ab", 0, 5));
    await write(cache, spec("a"), pgns("new", 0, 2));
    assert.equal(await cache.clearAll(), 8);
    assert.deepEqual(await cache.sets(), []);
    assert.equal(await place.storedGames(), 0);
    assert.deepEqual((await cache.stats()).sets, []);
  });

  Deno.test(`${store}.stats() reports bytes`, async () => {
    await using place = await start();
    await using cache = place.open();
    const texts = pgns("all", 0, 1000);
    await write(cache, spec("all"), texts);
    const { sets, bytes, maxBytes } = await cache.stats();
    const textBytes = new TextEncoder().encode(texts.join("")).length;
    assert.equal(sets[0].textBytes, textBytes);
    assert(bytes > textBytes);
    assert.equal(maxBytes, undefined);
  });

  Deno.test(`${store} takes no name or number that cannot be one`, async () => {
    await using place = await start();
    await using cache = place.open();
    for (const name of ["", "a b", "Tactical", "a:b", "x".repeat(65), "*"]) {
      assert.throws(() => cache.getGames(name, 0), TypeError);
      assert.throws(() => cache.writer(spec(name)), TypeError);
      await assert.rejects(cache.storeGame(name, 0, "*"), TypeError);
      await assert.rejects(cache.hasGames(name), TypeError);
      await assert.rejects(cache.getTotalGames(name), TypeError);
      await assert.rejects(cache.clear(name), TypeError);
    }
    for (const number of [-1, 0.5, NaN, "1" as unknown as number]) {
      assert.throws(() => cache.getGames("all", number), RangeError);
      assert.throws(() => cache.getGames("all", 0, number), RangeError);
    }
  });

  Deno.test(`${store}.readGames() ends with the signal's reason`, async () => {
    await using place = await start();
    await using cache = place.open();
    await write(cache, spec("all"), pgns("all", 0, 1000));
    const set = await info(cache, "all");
    const controller = new AbortController();
    const { signal } = controller;
    const games = cache.readGames(set, 0, 1000, { signal });
    const reason = new Error("enough");
    await assert.rejects(async () => {
      for await (const _ of games) controller.abort(reason);
    }, (error) => error === reason);
    await assert.rejects(
      allTexts(cache.readGames(set, 0, 1, { signal })),
      (error) => error === reason,
    );
  });

  Deno.test(`${store}.close() leaves nothing open, also after a stream was left`, async () => {
    await using place = await start();
    {
      await using cache = place.open();
      await write(cache, spec("all"), pgns("all", 0, 1000));
    }
    await settled();
    const before = openFiles();
    const cache = place.open();
    for await (const _ of cache.getGames("all", 0)) break;
    const stream = cache.getGames("all", 0);
    const reader = stream.getReader();
    await reader.read();
    await reader.cancel();
    await cache.close();
    await cache.close();
    await settled();
    assert.equal(openFiles(), before);
    await rejectsWith("unreachable", cache.sets());
    await rejectsWith("unreachable", cache.getTotalGames("all"));
    await rejectsWith("unreachable", cache.storeGame("mine", 0, "*"));
    await rejectsWith("unreachable", read(cache, "all"));

    // Opened by nothing but a read.
    const unused = place.open();
    unused.getGames("all", 0);
    await unused.close();
    await settled();
    assert.equal(openFiles(), before);
  });
}

async function rejectsWith(
  fault: GameCacheError["fault"],
  promise: Promise<unknown>,
): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert(error instanceof GameCacheError, String(error));
    assert.equal(error.fault, fault, error.message);
    return true;
  });
}

function texts(games: Uint8Array[]): string[] {
  return games.map((game) => new TextDecoder().decode(game));
}

async function allTexts(
  batches: AsyncIterable<Uint8Array[]>,
): Promise<string[]> {
  const all: string[] = [];
  for await (const games of batches) all.push(...texts(games));
  return all;
}

/** Lets sockets that were ended close. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}
