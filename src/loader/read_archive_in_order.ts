// Reads games of an archive in an order that is not its own, a window of them at a time.

/** Bytes of games that are held at most. */
const WINDOW_BYTES = 64 * 1024 * 1024;
/** Games of the first window, where reading can begin at many places. */
const FIRST_WINDOW_GAMES = 256;
const MAX_WINDOW_GAMES = 128 * 1024;
/** Runs of at least so many spans are read one by one, with all threads. */
export const LONG_RUN = 4;
/** Shorter ones are read several at once: while one waits for bytes, another is scanned. */
const RUNS_AT_ONCE = 2;
/** Games given at once. */
const GAMES_PER_BATCH = 64;

/** The games of an archive that pass a filter, numbered from 0. */
export interface ArchiveGames {
  /** The number of the first game after each seek point, in ascending order, from 0. */
  readonly seekPoints: readonly number[];
  /**
   * Reads the games from a seek point on, until it is stopped.
   *
   * @param point Which one.
   * @param points How many spans between seek points are wanted from there on.
   * @returns The games, in batches; they are kept only as copies.
   */
  read(point: number, points: number): AsyncIterable<readonly Uint8Array[]>;
}

/** Options of {@linkcode readArchiveInOrder}. */
export interface WindowOptions {
  /** Makes a game's bytes one's own. */
  readonly copy: (game: Uint8Array) => Uint8Array;
  /** Bytes of games that are held at most. @default {67108864} */
  readonly windowBytes?: number;
}

/**
 * Reads games by their numbers, in any order.
 *
 * The next games of the order are gathered for a window and read in the order
 * of the archive, from the nearest seek points. The first window is small, so
 * that the first games come soon; each is twice as large as the one before, as
 * far as its games are not more than 64 MiB. Where there is only one seek point
 * each window costs a pass, and the first is as large as it can be.
 *
 * @param archive The archive's games.
 * @param numbers The numbers of the games, in the order in which they are wanted.
 * @param options How much may be held.
 * @returns The games in that order, in batches.
 * @throws What reading throws, after the games before the first that is lacking.
 * @throws {RangeError} If the archive ends before a game that is wanted.
 */
export async function* readArchiveInOrder(
  archive: ArchiveGames,
  numbers: Iterator<number>,
  { copy, windowBytes = WINDOW_BYTES }: WindowOptions,
): AsyncGenerator<Uint8Array[]> {
  let size = archive.seekPoints.length > 1
    ? FIRST_WINDOW_GAMES
    : MAX_WINDOW_GAMES;
  let wanted: number[] = [];
  for (;;) {
    while (wanted.length < size) {
      const { done, value } = numbers.next();
      if (done) break;
      wanted.push(value);
    }
    if (wanted.length === 0) return;
    const window = new Window(wanted, windowBytes);
    let failure: { readonly error: unknown } | undefined;
    try {
      await window.read(archive, copy);
    } catch (error) {
      failure = { error };
    }
    yield* window.batches();
    if (failure !== undefined) throw failure.error;
    wanted = wanted.slice(window.size);
    size = Math.min(2 * size, MAX_WINDOW_GAMES);
  }
}

/**
 * Reads games by their numbers in ascending order, as they come in the archive,
 * and passes over spans in which none is wanted.
 *
 * @param archive The archive's games.
 * @param numbers The numbers; they may continue after the archive's end.
 * @param copy Makes a game's bytes one's own.
 * @returns The games, in batches.
 */
export async function* readArchiveForward(
  archive: ArchiveGames,
  numbers: Iterator<number>,
  copy: (game: Uint8Array) => Uint8Array,
): AsyncGenerator<Uint8Array[]> {
  const { seekPoints } = archive;
  let wanted = numbers.next();
  while (!wanted.done) {
    const point = spanOf(seekPoints, wanted.value);
    let next = seekPoints[point];
    let isPassedOver = false;
    for await (const games of archive.read(point, Infinity)) {
      const first = next;
      next += games.length;
      const some: Uint8Array[] = [];
      while (!wanted.done && wanted.value < next) {
        some.push(copy(games[wanted.value - first]));
        wanted = numbers.next();
      }
      if (some.length > 0) yield some;
      if (wanted.done) return;
      // Further on than the next span, it is faster to begin anew.
      isPassedOver = spanOf(seekPoints, wanted.value) >
        spanOf(seekPoints, next) + 1;
      if (isPassedOver) break;
    }
    if (!isPassedOver) return;
  }
}

/** Spans between seek points that are read in one go. */
interface Run {
  readonly point: number;
  points: number;
  /** Which games of the window are in them, in the order of the archive. */
  readonly first: number;
  end: number;
}

/** The next games of an order, of which as many are held as there is room for. */
class Window {
  readonly #games: (Uint8Array | undefined)[];
  readonly #numbers: Float64Array;
  /** The places in the window, in the order of the archive. */
  readonly #places: Uint32Array;
  readonly #maxBytes: number;
  #bytes = 0;
  #size: number;

  constructor(numbers: readonly number[], maxBytes: number) {
    this.#numbers = Float64Array.from(numbers);
    this.#places = Uint32Array.from(numbers.keys())
      .sort((a, b) => numbers[a] - numbers[b]);
    this.#games = Array(numbers.length);
    this.#size = numbers.length;
    this.#maxBytes = maxBytes;
  }

  /** How many games it gives. */
  get size(): number {
    return this.#size;
  }

  /** Reads its games, in runs of spans that are wanted. */
  async read(
    archive: ArchiveGames,
    copy: (game: Uint8Array) => Uint8Array,
  ): Promise<void> {
    const runs = this.#runs(archive.seekPoints);
    const short = runs.filter(({ points }) => points < LONG_RUN).values();
    const readShort = async () => {
      for (const run of short) await this.#readRun(archive, run, copy);
    };
    const reading = Array.from({ length: RUNS_AT_ONCE }, readShort);
    await Promise.allSettled(reading); // so that nothing goes on afterwards
    await Promise.all(reading);
    for (const run of runs) {
      if (run.points >= LONG_RUN) await this.#readRun(archive, run, copy);
    }
  }

  /** Spans next to each other are read at once. */
  #runs(seekPoints: readonly number[]): Run[] {
    const runs: Run[] = [];
    for (let i = 0; i < this.#places.length; i++) {
      const span = spanOf(seekPoints, this.#numberAt(i));
      const last = runs.at(-1);
      if (last === undefined || span > last.point + last.points) {
        runs.push({ point: span, points: 1, first: i, end: i + 1 });
      } else {
        last.points = span - last.point + 1;
        last.end = i + 1;
      }
    }
    return runs;
  }

  /** Its games in order, up to the first that is lacking. */
  *batches(): Generator<Uint8Array[]> {
    let batch: Uint8Array[] = [];
    for (let place = 0; place < this.#size; place++) {
      const game = this.#games[place];
      if (game === undefined) break;
      this.#games[place] = undefined;
      batch.push(game);
      if (batch.length === GAMES_PER_BATCH) {
        yield batch;
        batch = [];
      }
    }
    if (batch.length > 0) yield batch;
  }

  async #readRun(
    archive: ArchiveGames,
    { point, points, first, end }: Run,
    copy: (game: Uint8Array) => Uint8Array,
  ): Promise<void> {
    let i = first;
    let next = archive.seekPoints[point];
    for await (const games of archive.read(point, points)) {
      const after = next + games.length;
      for (; i < end && this.#numberAt(i) < after; i++) {
        const place = this.#places[i];
        if (place < this.#size) {
          this.#hold(place, copy(games[this.#numberAt(i) - next]));
        }
      }
      next = after;
      if (i === end) return;
    }
    throw new RangeError(
      `Cannot read games in this order as the archive ends before game ${
        this.#numberAt(i)
      }`,
    );
  }

  #numberAt(i: number): number {
    return this.#numbers[this.#places[i]];
  }

  /** Holds a game; where there is no room, the last of the window wait for the next one. */
  #hold(place: number, game: Uint8Array): void {
    this.#games[place] = game;
    this.#bytes += game.length;
    while (this.#bytes > this.#maxBytes && this.#size > 1) {
      this.#size--;
      this.#bytes -= this.#games[this.#size]?.length ?? 0;
      this.#games[this.#size] = undefined;
    }
  }
}

/** The last seek point at or before a game. */
function spanOf(seekPoints: readonly number[], number: number): number {
  let low = 0;
  let high = seekPoints.length;
  while (high - low > 1) {
    const middle = low + high >> 1;
    if (seekPoints[middle] <= number) low = middle;
    else high = middle;
  }
  return low;
}
