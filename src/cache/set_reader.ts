// Reads games and records of a set from any store, each game checked against its record.
import { RECORD_BYTES, RECORDS_PER_BLOCK } from "../filter/game_record.ts";
import { orAborted } from "../or_aborted.ts";
import type { CacheStore, Generation } from "./cache_store.ts";
import { damagedError, replacedError } from "./faults.ts";
import { blockStart, RecordReader } from "./record_blocks.ts";

/**
 * Games, and about how many bytes, that are asked for at once. Two requests are
 * on their way: with larger ones their replies fall out of the caches.
 */
const GAMES_PER_READ = 100;
const BYTES_PER_READ = 1024 * 1024;

/** Blocks of records that are on their way at once. */
const BLOCKS_IN_FLIGHT = 8;

/** Games that were asked for, with their records from `offset` on. */
interface GamesRequest {
  readonly start: number;
  readonly records: RecordReader;
  readonly offset: number;
  readonly texts: Promise<(Uint8Array | null)[]>;
}

/**
 * Reads the games `first` to `end - 1` in order. Throws at the first that is not
 * as its record says, when all before it have been given.
 */
export async function* readGames(
  store: CacheStore,
  set: Generation,
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
    const bad = await repair(store, set, start, games, records, offset);
    const good = bad === undefined ? games : games.slice(0, bad);
    if (good.length > 0) yield good as Uint8Array[];
    signal?.throwIfAborted();
    if (bad !== undefined) throw await badGame(store, set, start + bad);
    request = await orAborted(ahead, signal);
  }
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
  const all = new Uint8Array(Math.max(0, end - first) * RECORD_BYTES);
  let next = first;
  async function readBlocks(): Promise<void> {
    while (next < end) {
      const start = next;
      const stop = next = Math.min(end, blockStart(next) + RECORDS_PER_BLOCK);
      const block = await orAborted(store.records(set, start, stop), signal);
      const reader = new RecordReader(block);
      for (let i = 0; i < stop - start; i++) {
        if (!reader.has(i)) throw await badGame(store, set, start + i);
      }
      all.set(block, (start - first) * RECORD_BYTES);
    }
  }
  await Promise.all(Array.from({ length: BLOCKS_IN_FLIGHT }, readBlocks));
  return all;
}

/** Asks for games, request after request; the records of the next block are asked for ahead. */
async function* requestGames(
  store: CacheStore,
  set: Generation,
  first: number,
  end: number,
): AsyncGenerator<GamesRequest> {
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
      const texts = store.games(set, start, start + size);
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
 * them, with their records read again. Gives the first that stays bad.
 */
async function repair(
  store: CacheStore,
  set: Generation,
  start: number,
  games: (Uint8Array | null)[],
  records: RecordReader,
  offset: number,
): Promise<number | undefined> {
  const bad: number[] = [];
  for (let i = 0; i < games.length; i++) {
    if (!records.matches(offset + i, games[i])) bad.push(i);
  }
  if (bad.length === 0) return undefined;
  const [candidates, bytes] = await Promise.all([
    store.gamesAgain(set, bad.map((i) => start + i)),
    store.records(set, start, start + games.length),
  ]);
  const again = new RecordReader(bytes);
  for (const [n, i] of bad.entries()) {
    const game = candidates[n].find((text) => again.matches(i, text));
    if (game === undefined || game === null) return i;
    games[i] = game;
  }
  return undefined;
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
