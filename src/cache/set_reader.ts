// Reads games and records of a set from any store, each game checked against its record.
import { RECORD_BYTES, RECORDS_PER_BLOCK } from "../filter/game_record.ts";
import { orAborted } from "../or_aborted.ts";
import { setWholeHash } from "../whole_hashes.ts";
import type { CacheStore, Generation } from "./cache_store.ts";
import type { SetInfo } from "./game_set.ts";
import { damagedError, replacedError } from "./faults.ts";
import { blockStart, concat, RecordReader } from "./record_blocks.ts";

/** What is read. */
type ReadableSet = Generation & Pick<SetInfo, "compact">;

/**
 * Games, and about how many bytes, that are asked for at once. Two requests are
 * on their way: with larger ones their replies fall out of the caches.
 */
const GAMES_PER_READ = 100;
const BYTES_PER_READ = 1024 * 1024;

/**
 * Reads the games `first` to `end - 1` in order. Throws at the first that is not
 * as its record says, when all before it have been given.
 */
export async function* readGames(
  store: CacheStore,
  set: ReadableSet,
  first: number,
  end: number,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array[]> {
  signal?.throwIfAborted();
  const requests = requestGames(store, set, first, end);
  let request = await orAborted(requests.next(), signal);
  while (!request.done) {
    const { start, records, offset, texts } = request.value;
    // The next games are asked for before these are waited for.
    const ahead = requests.next();
    ahead.catch(() => {});
    const games = await orAborted(texts, signal);
    const numbers = numbersFrom(start, games.length);
    const bad = await repair(store, set, numbers, games, records, offset);
    const good = bad === undefined ? games : games.slice(0, bad);
    if (good.length > 0) yield good as Uint8Array[];
    signal?.throwIfAborted();
    if (bad !== undefined) throw await badGame(store, set, start + bad);
    request = await orAborted(ahead, signal);
  }
}

/**
 * Reads games by their numbers, all with one request. Throws where one of them
 * is not as its record says.
 */
export async function readGamesAt(
  store: CacheStore,
  set: ReadableSet & { readonly count: number },
  numbers: readonly number[],
  blocks: KeptRecords,
  signal?: AbortSignal,
): Promise<Uint8Array[]> {
  signal?.throwIfAborted();
  if (numbers.length === 0) return [];
  const sorted = numbers.toSorted((a, b) => a - b);
  const [records, games] = await orAborted(
    Promise.all([
      blocks.read(store, set, sorted),
      store.games(set, sorted),
    ]),
    signal,
  );
  const bad = await repair(store, set, sorted, games, records, 0);
  signal?.throwIfAborted();
  if (bad !== undefined) throw await badGame(store, set, sorted[bad]);
  const places = new Map(sorted.map((number, i) => [number, i]));
  return numbers.map((number) => games[places.get(number)!]!);
}

/** Reads the records of the games `first` to `end - 1`; throws where one is missing. */
export async function readRecords(
  store: CacheStore,
  set: Generation,
  first: number,
  end: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  signal?.throwIfAborted();
  const blocks: Promise<Uint8Array>[] = [];
  for (let start = first; start < end;) {
    const stop = Math.min(end, blockStart(start) + RECORDS_PER_BLOCK);
    blocks.push(readBlock(store, set, start, stop));
    start = stop;
  }
  const parts = await orAborted(Promise.all(blocks), signal);
  return parts.length === 1 ? parts[0] : concat(parts);
}

/** Reads the records of games of one block; throws where one is missing. */
async function readBlock(
  store: CacheStore,
  set: Generation,
  first: number,
  end: number,
): Promise<Uint8Array> {
  const records = await store.records(set, first, end);
  const missing = firstMissing(records, end - first);
  if (missing !== -1) throw await badGame(store, set, first + missing);
  return records.subarray(0, (end - first) * RECORD_BYTES);
}

/** Which of so many records is the first that is not there, or zeros; or -1. */
function firstMissing(records: Uint8Array, count: number): number {
  const there = Math.min(count, Math.floor(records.length / RECORD_BYTES));
  for (let i = 0, at = 0; i < there; i++, at += RECORD_BYTES) {
    // The length of no text is 0.
    const length = records[at] | records[at + 1] | records[at + 2] |
      records[at + 3];
    if (length === 0) return i;
  }
  return there < count ? there : -1;
}

/** Asks for games, request after request, with their records from `offset` on; the records of the next block are asked for ahead. */
async function* requestGames(
  store: CacheStore,
  set: Generation,
  first: number,
  end: number,
) {
  if (first >= end) return;
  let block = requestBlock(store, set, first, end);
  for (let start = first; start < end;) {
    const { first: blockFirst, end: blockEnd, reply } = block;
    const records = new RecordReader(await reply);
    if (blockEnd < end) block = requestBlock(store, set, blockEnd, end);
    while (start < blockEnd) {
      const offset = start - blockFirst;
      const size = records.requestSize(
        offset,
        Math.min(blockEnd, start + GAMES_PER_READ) - blockFirst,
        BYTES_PER_READ,
      );
      const texts = store.games(set, numbersFrom(start, size));
      texts.catch(() => {});
      yield { start, records, offset, texts };
      start += size;
    }
  }
}

/** Asks for the records of the games from `first` to the end of its block. */
function requestBlock(
  store: CacheStore,
  set: Generation,
  first: number,
  end: number,
) {
  const blockEnd = Math.min(end, blockStart(first) + RECORDS_PER_BLOCK);
  const reply = store.records(set, first, blockEnd);
  reply.catch(() => {});
  return { first, end: blockEnd, reply };
}

/**
 * Looks for games that are not as their records say wherever a rebuild can keep
 * them, with their records read again. Gives the first that stays bad. Of good
 * games that are compact, the hash is remembered that their records have.
 */
async function repair(
  store: CacheStore,
  set: ReadableSet,
  numbers: readonly number[],
  games: (Uint8Array | null)[],
  records: RecordReader,
  offset: number,
): Promise<number | undefined> {
  const bad: number[] = [];
  for (let i = 0; i < games.length; i++) {
    const game = games[i];
    if (!records.matches(offset + i, game)) bad.push(i);
    else if (set.compact) setWholeHash(game, records.hashOf(offset + i));
  }
  if (bad.length === 0) return undefined;
  const badNumbers = bad.map((i) => numbers[i]);
  const [candidates, again] = await Promise.all([
    store.gamesAgain(set, badNumbers),
    collectRecords(
      badNumbers,
      (first, end) => requestSpan(store, set, first, end),
    ),
  ]);
  for (const [n, i] of bad.entries()) {
    const game = candidates[n].find((text) => again.matches(n, text));
    if (game === undefined || game === null) return i;
    games[i] = game;
    if (set.compact) setWholeHash(game, again.hashOf(n));
  }
  return undefined;
}

/** Records of one block, from those of the game `start` on. */
interface RecordSpan {
  readonly start: number;
  readonly records: Uint8Array;
}

/**
 * Collects the records of games in ascending order. `read` reads those of the
 * games `first` to `end - 1`, of one block, and may read others of it too.
 */
async function collectRecords(
  numbers: readonly number[],
  read: (first: number, end: number) => Promise<RecordSpan>,
): Promise<RecordReader> {
  const all = new Uint8Array(numbers.length * RECORD_BYTES);
  const readings: Promise<void>[] = [];
  for (let at = 0; at < numbers.length;) {
    const from = at;
    const blockEnd = blockStart(numbers[from]) + RECORDS_PER_BLOCK;
    while (numbers[at] < blockEnd) at++;
    const some = numbers.slice(from, at);
    const reading = read(some[0], numbers[at - 1] + 1)
      .then(({ start, records }) => {
        for (const [i, number] of some.entries()) {
          const first = (number - start) * RECORD_BYTES;
          const record = records.subarray(first, first + RECORD_BYTES);
          all.set(record, (from + i) * RECORD_BYTES);
        }
      });
    readings.push(reading);
  }
  await Promise.all(readings);
  return new RecordReader(all);
}

/** Asks for just the records from one game to another of a block. */
async function requestSpan(
  store: CacheStore,
  set: Generation,
  start: number,
  end: number,
): Promise<RecordSpan> {
  return { start, records: await store.records(set, start, end) };
}

/** How many blocks are kept: 4 MB. */
const MAX_BLOCKS = 128;

/** Where so much of a block is needed, the whole of it is asked for. */
const LEAST_SPAN = RECORDS_PER_BLOCK / 2;

/**
 * The records of one generation that were needed last: games in any order, and
 * those that match a filter, need the same blocks again and again. Of a set with
 * more blocks than are kept, a block of which little is needed is not.
 */
export class KeptRecords {
  #generation = "";
  #count = 0;
  /** The last ones are those that were used last. */
  readonly #blocks = new Map<number, Promise<Uint8Array>>();

  /** Reads the records of games, which are in ascending order. */
  async read(
    store: CacheStore,
    set: Generation & { readonly count: number },
    numbers: readonly number[],
  ): Promise<RecordReader> {
    const { generation, count } = set;
    if (generation !== this.#generation || count !== this.#count) {
      this.#generation = generation;
      this.#count = count;
      this.#blocks.clear();
    }
    const fitsWhole = count <= MAX_BLOCKS * RECORDS_PER_BLOCK;
    return await collectRecords(numbers, async (first, end) => {
      const start = blockStart(first);
      return fitsWhole || end - first >= LEAST_SPAN || this.#blocks.has(start)
        ? { start, records: await this.#block(store, set, start) }
        : await requestSpan(store, set, first, end);
    });
  }

  #block(
    store: CacheStore,
    set: Generation & { readonly count: number },
    start: number,
  ): Promise<Uint8Array> {
    const kept = this.#blocks.get(start);
    const end = Math.min(set.count, start + RECORDS_PER_BLOCK);
    const block = kept ?? store.records(set, start, end);
    this.#blocks.delete(start);
    this.#blocks.set(start, block);
    if (kept !== undefined) return kept;
    for (const oldest of this.#blocks.keys()) {
      if (this.#blocks.size <= MAX_BLOCKS) break;
      this.#blocks.delete(oldest);
    }
    block.then(
      // What is not whole may be so the next time.
      ({ length }) => length === (end - start) * RECORD_BYTES,
      () => false,
    ).then((isWhole) => {
      if (!isWhole && this.#blocks.get(start) === block) {
        this.#blocks.delete(start);
      }
    });
    return block;
  }
}

function numbersFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}

/** Says why a game is not the one that was stored. */
async function badGame(
  store: CacheStore,
  set: Generation,
  game: number,
): Promise<Error> {
  const act = `Cannot read the set ${set.name} in ${store.title}`;
  if (!await store.isCurrent(set)) return replacedError(act);
  const record = new RecordReader(await store.records(set, game, game + 1));
  return damagedError(act, store.keyOf(set, game, !record.has(0)));
}
