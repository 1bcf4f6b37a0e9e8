import type { Archive } from "./archive.ts";
import {
  ArchivePool,
  type FromWorker,
  type PoolJob,
  type WorkerFrame,
} from "./archive_pool.ts";
import type { ByteSource } from "./byte_source.ts";
import {
  GamePicker,
  GameScanner,
  type GamesPart,
  type JudgedGames,
  type ScanOptions,
} from "./game_scanner.ts";
import { readGzip } from "./gzip.ts";
import { badGameError, PgnSplitter } from "./pgn_splitter.ts";
import { type OpenArchive, openArchive, requireText } from "./read_text.ts";
import { ZstdPieceDecoder } from "./zstd_decompressor.ts";
import { ZstdFrameWalker, type ZstdPiece } from "./zstd_frames.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Plain text is taken in blocks of this length. */
const GROUP_SIZE = 1024 * 1024;

/**
 * How long frames are that are taken together from `offset` on, if they are
 * small. At the beginning of an archive it is worth less to begin further on.
 */
function groupSize(offset: number): number {
  return Math.min(GROUP_SIZE / 2, Math.max(1024, offset / 16));
}

/** A longer frame is decompressed in one place and split in others. */
const MAX_FRAME_SIZE = 16 * 1024 * 1024;

/** Workers are used from the next frame on once so much text has been read … */
const USE_AFTER = 8 * 1024 * 1024;
/** … or amid a frame, once so much of its text has been read. */
const LEAVE_FRAME_AFTER = 12 * 1024 * 1024;

/** How many threads are used where it is not said. */
export const DEFAULT_THREADS: number = Math.min(
  8,
  navigator.hardwareConcurrency,
);

/** Throws where a number of threads cannot be one. */
export function checkThreads(threads: number): void {
  if (!Number.isSafeInteger(threads) || threads < 0) {
    throw new RangeError(
      `Cannot read games as threads must be a whole number from 0 on: current value is ${threads}`,
    );
  }
}

/** A place in an archive from which its games can be read. */
export interface ArchivePosition {
  /** Which archive of the sequence it is in. */
  readonly archive: number;
  /** Where decompressing begins in the archive's own bytes. */
  readonly offset: number;
  /** Where that is in the archive's text. */
  readonly textOffset: number;
  /** How much of the text from there comes before the first game. */
  readonly skip: number;
  /** Games of the whole sequence that come before. */
  readonly games: number;
  /** Games skipped before. */
  readonly badGames: number;
  /** Bytes between games before. */
  readonly droppedBytes: number;
}

/** Options of {@linkcode readGames}. */
export interface ReadGamesOptions extends ScanOptions {
  /** How many workers may be used. @default {0} */
  readonly threads?: number;
  /** Where to begin, as a batch told it. @default {the beginning} */
  readonly from?: ArchivePosition;
  /** Called with the reason for each game that is skipped. */
  readonly onBadGame?: (error: Error) => void;
  /** Stops reading and closes what is open. */
  readonly signal?: AbortSignal;
  /** After how many bytes of text workers are used. @default {8388608} */
  readonly useThreadsAfter?: number;
}

/** Games of an archive, in order, and how far it has been read. */
export interface GameBatch extends JudgedGames {
  /** Where reading can begin again, where that is at the first of these games. */
  readonly position?: ArchivePosition;
  /** For each game that was skipped, how many games of the batch come before. */
  readonly badGames: readonly number[];
  /** All of the following up to the end of the batch. */
  readonly totals: ReadTotals;
}

/** How far an archive has been read. */
export interface ReadTotals {
  /** Bytes read of the archive's files. */
  readonly bytesRead: number;
  /** Bytes of text decompressed from them. */
  readonly textBytes: number;
  /** Games, those before the beginning among them. */
  readonly games: number;
  /** Games skipped, those before the beginning among them. */
  readonly badGames: number;
  /** Bytes between games, those before the beginning among them. */
  readonly droppedBytes: number;
}

/**
 * Reads the games of an archive, or of several as one sequence, and judges
 * them by filters. What comes out does not depend on the number of threads.
 *
 * Reading begins in this thread. An archive that is not read to its end soon
 * is handed over to workers: whole frames, or blocks of text, each of which
 * finds the games from its first certain start to its last one. What stands
 * between, a game or less as a rule, is joined here.
 *
 * @param archive The archive.
 * @param options The filters, and how many threads.
 * @returns The games, in batches.
 * @throws {ArchiveError} If the archive cannot be read to its end. All games
 * before have been given by then.
 */
export async function* readGames(
  archive: Archive,
  options: ReadGamesOptions,
): AsyncGenerator<GameBatch> {
  const { filters, maxGameLength, threads = 0, from, signal } = options;
  signal?.throwIfAborted();
  const joiner = new GameJoiner(options);
  const pool = new ArchivePool(threads, { filters, maxGameLength });
  const reader: Reader = {
    signal,
    pool,
    options,
    scanner: new GameScanner({ filters, maxGameLength }),
    onBytesRead: (bytes) => joiner.bytesRead += bytes,
    textHere: 0,
  };
  try {
    const { sources } = archive;
    for (let i = from?.archive ?? 0; i < sources.length; i++) {
      const start = i === from?.archive ? from : undefined;
      joiner.beginArchive(i, start);
      try {
        for await (const step of readStretches(sources[i], start, reader)) {
          joiner.take(step);
          yield* joiner.batches();
        }
      } catch (error) {
        joiner.flush();
        yield* joiner.batches();
        throw error;
      }
      joiner.endArchive();
      yield* joiner.batches();
    }
  } finally {
    pool.close();
  }
}

/** What comes of reading an archive, step by step. */
type Step =
  /**
   * A stretch of text begins. One that reading can begin with has an offset in
   * the archive; one without goes on with the one before.
   */
  | { readonly kind: "begin"; readonly offset?: number }
  /** The next part of the stretch. */
  | { readonly kind: "part"; readonly part: AnyPart }
  /** The stretch ends, and had so many bytes. */
  | { readonly kind: "end"; readonly textBytes: number };

type AnyPart =
  | { readonly kind: "text"; readonly bytes: Uint8Array }
  | GamesPart;

/** What one reading of a sequence of archives needs. */
interface Reader {
  readonly signal: AbortSignal | undefined;
  readonly pool: ArchivePool;
  readonly scanner: GameScanner;
  readonly options: ReadGamesOptions;
  readonly onBytesRead: (bytes: number) => void;
  /** Bytes of text that have been read in this thread. */
  textHere: number;
}

/** Joins what was found in the stretches of an archive, and counts. */
class GameJoiner {
  readonly #options: ReadGamesOptions;
  /** Splits what stands between the certain starts of stretches. */
  readonly #splitter: PgnSplitter;
  readonly #picker: GamePicker;
  #bad: number[] = [];
  #batches: GameBatch[] = [];
  /** Whether the splitter stands at a certain start, or the text's beginning. */
  #isFresh = true;

  #archive = 0;
  /** Whether nothing has been read of the archive, from its beginning on. */
  #isAtBeginning = true;
  /** Where the stretch, and what reading can begin with, stand in the text. */
  #stretch = 0;
  #group = { offset: -1, textOffset: 0 };
  #isMarked = false;

  bytesRead = 0;
  #textBytes = 0;
  #games = 0;
  #badGames = 0;
  #droppedBytes = 0;

  constructor(options: ReadGamesOptions) {
    const { filters, maxGameLength, onBadGame, from } = options;
    this.#options = options;
    this.#picker = new GamePicker(filters);
    this.#splitter = new PgnSplitter({
      maxGameLength,
      onBad: (bad) => {
        this.#bad.push(bad.gamesBefore);
        onBadGame?.(badGameError(bad, maxGameLength));
      },
    });
    if (from === undefined) return;
    this.#games = from.games;
    this.#badGames = from.badGames;
    this.#droppedBytes = from.droppedBytes;
  }

  beginArchive(archive: number, from: ArchivePosition | undefined): void {
    this.#archive = archive;
    this.#isAtBeginning = from === undefined;
    this.#stretch = from?.textOffset ?? 0;
    this.#group = { offset: -1, textOffset: this.#stretch };
  }

  take(step: Step): void {
    if (step.kind !== "begin" && this.#isAtBeginning) {
      this.#isAtBeginning = false;
      this.#give(this.#picker.take(), [], this.#position(0, 0, 0));
    }
    switch (step.kind) {
      case "begin":
        if (step.offset !== undefined) {
          this.#group = { offset: step.offset, textOffset: this.#stretch };
          this.#isMarked = false;
        }
        break;
      case "part": {
        const { part } = step;
        if (part.kind === "games") this.#takeGames(part);
        else {
          this.#isFresh = false;
          this.#split((splitter) => splitter.push(part.bytes));
        }
        break;
      }
      case "end":
        this.#stretch += step.textBytes;
        this.#textBytes += step.textBytes;
        this.#give(this.#picker.take(), []);
    }
  }

  /** Ends the text: a game ends with the file that it stands in. */
  endArchive(): void {
    this.#split((splitter) => splitter.end());
    this.#isFresh = true;
  }

  /** Gives out the games that have ended until now. */
  flush(): void {
    this.#split((splitter) => splitter.flush());
  }

  *batches(): Generator<GameBatch> {
    const batches = this.#batches;
    this.#batches = [];
    yield* batches;
  }

  #takeGames(part: GamesPart): void {
    if (!this.#isFresh) {
      this.#split((splitter) => splitter.endAtCertainStart());
    }
    this.#splitter.startAt(this.#stretch + part.end);
    this.#isFresh = true;
    const { onBadGame, maxGameLength } = this.#options;
    for (const bad of part.badGames) {
      const offset = bad.offset + this.#stretch;
      onBadGame?.(badGameError({ ...bad, offset }, maxGameLength));
    }
    const { offset, textOffset } = this.#group;
    let position: ArchivePosition | undefined;
    if (offset >= 0 && !this.#isMarked) {
      this.#isMarked = true;
      const skip = this.#stretch + part.start - textOffset;
      position = this.#position(offset, textOffset, skip);
    }
    this.#droppedBytes += part.droppedBytes;
    this.#give(part, part.badGames.map((bad) => bad.gamesBefore), position);
  }

  #position(
    offset: number,
    textOffset: number,
    skip: number,
  ): ArchivePosition {
    return {
      archive: this.#archive,
      offset,
      textOffset,
      skip,
      games: this.#games,
      badGames: this.#badGames,
      droppedBytes: this.#droppedBytes,
    };
  }

  #split(act: (splitter: PgnSplitter) => Parameters<GamePicker["add"]>[0]) {
    const splitter = this.#splitter;
    const { gameCount, droppedBytes } = splitter;
    this.#picker.add(act(splitter));
    const dropped = splitter.droppedBytes - droppedBytes;
    this.#droppedBytes += dropped;
    const bad = this.#bad;
    this.#bad = [];
    const games = this.#picker.take();
    if (games.count + bad.length + dropped === 0) return;
    this.#give(games, bad.map((before) => before - gameCount));
  }

  #give(
    { count, verdicts, texts }: JudgedGames,
    badGames: readonly number[],
    position?: ArchivePosition,
  ): void {
    this.#games += count;
    this.#badGames += badGames.length;
    this.#batches.push({
      count,
      verdicts,
      texts,
      badGames,
      position,
      totals: {
        bytesRead: this.bytesRead,
        textBytes: this.#textBytes,
        games: this.#games,
        badGames: this.#badGames,
        droppedBytes: this.#droppedBytes,
      },
    });
  }
}

/** Reads one archive. */
async function* readStretches(
  source: ByteSource,
  from: ArchivePosition | undefined,
  reader: Reader,
): AsyncGenerator<Step> {
  const { signal, onBytesRead } = reader;
  const archive = await openArchive(source, {
    from: from?.offset,
    signal,
    onBytesRead,
  });
  if (archive === undefined) return;
  const isWhole = from === undefined || from.offset === 0;
  const start: Start = {
    name: source.name,
    offset: from?.offset ?? 0,
    skip: from?.skip ?? 0,
    isWhole,
    isCertain: from !== undefined,
  };
  try {
    if (archive.kind === "zstd") yield* readZstd(archive, start, reader);
    else {
      const isPlain = archive.kind === "plain";
      const { chunks } = archive;
      const text = isPlain ? chunks : readGzip(chunks, { source: source.name });
      yield* readBlocks(text, isPlain, start, reader);
    }
  } finally {
    await archive.close();
  }
}

/** Where and how the reading of an archive begins. */
interface Start {
  readonly name: string;
  readonly offset: number;
  /** How much of the text is passed over. */
  readonly skip: number;
  /** Whether the text begins with the archive's own beginning. */
  readonly isWhole: boolean;
  /** Whether a certain start stands behind what is passed over. */
  readonly isCertain: boolean;
}

/** Scans text in this thread. */
class Here {
  readonly #reader: Reader;
  readonly #start: Start;
  #isChecked: boolean;
  #skip: number;
  textBytes = 0;

  constructor(start: Start, reader: Reader) {
    this.#start = start;
    this.#reader = reader;
    this.#skip = start.skip;
    this.#isChecked = !start.isWhole;
  }

  *begin(offset?: number): Generator<Step> {
    yield { kind: "begin", offset };
    this.#reader.scanner.begin();
    this.textBytes = 0;
  }

  *push(text: Bytes): Generator<Step> {
    this.check(text);
    const { scanner } = this.#reader;
    this.#reader.textHere += text.length;
    this.textBytes += text.length;
    if (this.#skip > 0) {
      const skipped = Math.min(this.#skip, text.length);
      text = text.subarray(skipped);
      this.#skip -= skipped;
      if (this.#skip > 0) return;
      scanner.begin(this.textBytes - text.length, this.#start.isCertain);
    }
    yield* steps(scanner.push(text));
  }

  *end(): Generator<Step> {
    yield* steps(this.#reader.scanner.end());
    yield { kind: "end", textBytes: this.textBytes };
  }

  /** Refuses what is no text, at its beginning. */
  check(text: Bytes): void {
    if (this.#isChecked || text.length === 0) return;
    requireText(text, this.#start.name);
    this.#isChecked = true;
  }

  /** Whether workers can take over: they need what is passed over to be so already. */
  get isBehindSkip(): boolean {
    return this.#skip === 0 && this.#isChecked;
  }
}

function* steps(parts: readonly AnyPart[]): Generator<Step> {
  for (const part of parts) yield { kind: "part", part };
}

/** Reads text that has no frames, in blocks. */
async function* readBlocks(
  text: AsyncGenerator<Bytes>,
  isPlain: boolean,
  start: Start,
  reader: Reader,
): AsyncGenerator<Step> {
  const here = new Here(start, reader);
  const pieces = cutBlocks(text, start.offset);
  let isOpen = false;
  try {
    for (;;) {
      const { value: piece, done } = await pieces.next();
      if (done) break;
      const { bytes, offset } = piece;
      if (offset % GROUP_SIZE === 0) {
        if (isOpen) yield* here.end();
        isOpen = false;
        if (here.isBehindSkip && await useThreads(reader)) {
          const jobs = blockJobs(piece, pieces, isPlain, reader.pool);
          yield* runJobs(jobs, start.name, reader);
          return;
        }
        yield* here.begin(isPlain ? offset : undefined);
        isOpen = true;
      }
      yield* here.push(bytes);
    }
  } catch (error) {
    if (isOpen) yield* here.end();
    throw error;
  } finally {
    await pieces.return(undefined);
  }
  if (isOpen) yield* here.end();
}

/** A piece of text, and where it stands. */
interface TextPiece {
  readonly bytes: Bytes;
  readonly offset: number;
}

/** Cuts text where blocks begin. */
async function* cutBlocks(
  text: AsyncIterable<Bytes>,
  offset: number,
): AsyncGenerator<TextPiece, undefined> {
  for await (const bytes of text) {
    for (let at = 0; at < bytes.length;) {
      const room = GROUP_SIZE - offset % GROUP_SIZE;
      const some = bytes.subarray(at, at + room);
      yield { bytes: some, offset };
      at += some.length;
      offset += some.length;
    }
  }
}

/** Gives blocks of text to workers. */
async function* blockJobs(
  first: TextPiece,
  pieces: AsyncGenerator<TextPiece, undefined>,
  isPlain: boolean,
  pool: ArchivePool,
): AsyncGenerator<Job> {
  let piece: TextPiece | undefined = first;
  while (piece !== undefined) {
    const { offset } = piece;
    const input = new JobInput(pool);
    let failure: { readonly error: unknown } | undefined;
    do {
      input.add(piece.bytes);
      try {
        ({ value: piece } = await pieces.next());
      } catch (error) {
        failure = { error };
        break;
      }
    } while (piece !== undefined && piece.offset % GROUP_SIZE !== 0);
    const run = pool.run({ kind: "text", bytes: input.take() });
    yield { offset: isPlain ? offset : undefined, run };
    if (failure !== undefined) throw failure.error;
  }
}

/** Reads frames: here, and by workers once that pays. */
async function* readZstd(
  archive: OpenArchive,
  start: Start,
  reader: Reader,
): AsyncGenerator<Step> {
  const { pool, options: { useThreadsAfter } } = reader;
  const { name: source, offset } = start;
  const decoder = new ZstdPieceDecoder({ source, reusesOutput: true });
  const { byBlock } = decoder;
  const walker = new ZstdFrameWalker({ source, offset, byBlock });
  const pieces = walk(archive.chunks, walker);
  const here = new Here(start, reader);
  let group = -1;
  let isOpen = false;
  /** The frame that is open, and how much of its text has been read. */
  let frame: FrameInput | undefined;
  let textBytes = 0;
  try {
    for (;;) {
      const { value: piece, done } = await pieces.next();
      if (done) break;
      if (piece.kind === "frame") {
        const { offset } = piece.frame;
        if (group === -1 || offset - group >= groupSize(group)) {
          if (isOpen) yield* here.end();
          isOpen = false;
          if (here.isBehindSkip && await useThreads(reader)) {
            const jobs = frameJobs(offset, pieces, source, reader);
            yield* runJobs(jobs, source, reader);
            return;
          }
          group = offset;
          yield* here.begin(group);
          isOpen = true;
        }
        frame = new FrameInput(pool, offset);
        textBytes = 0;
      } else if (piece.kind === "bytes" && pool.isUsable) {
        frame?.add(piece.bytes);
        if (frame !== undefined && frame.length > 2 * MAX_FRAME_SIZE) {
          frame = undefined; // it is read here to its end
        }
      }
      for (const text of decoder.decode(piece)) {
        textBytes += text.length;
        yield* here.push(text);
      }
      if (piece.kind === "end") frame = undefined;
      else if (
        frame !== undefined && here.isBehindSkip &&
        (textBytes >= LEAVE_FRAME_AFTER || useThreadsAfter === 0) &&
        await useThreads(reader)
      ) {
        yield* here.end();
        isOpen = false;
        const jobs = restOfFrame(frame, textBytes, pieces, source, reader);
        yield* runJobs(jobs, source, reader);
        return;
      }
    }
  } catch (error) {
    if (isOpen) yield* here.end();
    throw error;
  } finally {
    decoder.close();
    await pieces.return(undefined);
  }
  if (isOpen) yield* here.end();
}

/** Walks over the frames of an archive to its end. */
async function* walk(
  chunks: AsyncIterable<Bytes>,
  walker: ZstdFrameWalker,
): AsyncGenerator<ZstdPiece, undefined> {
  for await (const chunk of chunks) yield* walker.walk(chunk);
  walker.end();
}

/** Gives frames to workers, small ones together, from one that begins at `offset`. */
async function* frameJobs(
  offset: number,
  pieces: AsyncGenerator<ZstdPiece, undefined>,
  source: string,
  reader: Reader,
): AsyncGenerator<Job> {
  const { pool } = reader;
  let group: number | undefined = offset;
  while (group !== undefined) {
    const offset: number = group;
    const input = new FrameInput(pool, offset);
    let failure: { readonly error: unknown } | undefined;
    group = undefined;
    while (group === undefined && failure === undefined) {
      try {
        const { value: piece, done } = await pieces.next();
        if (done) break;
        if (piece.kind === "frame") {
          const next = piece.frame.offset;
          if (next - offset >= groupSize(offset)) group = next;
          else input.begin(next);
        } else if (piece.kind === "bytes") input.add(piece.bytes);
      } catch (error) {
        failure = { error };
      }
      if (input.frameLength > MAX_FRAME_SIZE) {
        yield* streamJobs(input, 0, offset, pieces, source, reader);
        input.clear();
      }
    }
    if (input.length > 0) {
      const { frames } = input;
      const bytes = input.take();
      yield { offset, run: pool.run({ kind: "frames", frames, bytes }) };
    }
    if (failure !== undefined) throw failure.error;
  }
}

/** Hands over a frame amid its text, and all frames behind it. */
async function* restOfFrame(
  frame: FrameInput,
  skip: number,
  pieces: AsyncGenerator<ZstdPiece, undefined>,
  source: string,
  reader: Reader,
): AsyncGenerator<Job> {
  yield* streamJobs(frame, skip, undefined, pieces, source, reader);
  const { value: piece } = await pieces.next();
  if (piece?.kind !== "frame") return;
  yield* frameJobs(piece.frame.offset, pieces, source, reader);
}

/**
 * Lets one worker decompress a frame, of which `input` is the beginning, and
 * others split its text.
 */
async function* streamJobs(
  input: FrameInput,
  skip: number,
  offset: number | undefined,
  pieces: AsyncGenerator<ZstdPiece, undefined>,
  source: string,
  { pool, signal }: Reader,
): AsyncGenerator<Job> {
  const worker = pool.streamWorker();
  const { frames } = input;
  const bytes = input.take();
  const runs = [
    worker.run({ kind: "stream", frames, bytes, skip, isLast: false }),
  ];
  let isLast = false;
  let failure: { readonly error: unknown } | undefined;
  while (runs.length > 0) {
    while (!isLast && runs.length < CHUNKS_AHEAD) {
      const chunk = new JobInput(pool);
      while (!isLast && chunk.length < GROUP_SIZE) {
        try {
          const { value: piece } = await pieces.next();
          if (piece?.kind === "bytes") chunk.add(piece.bytes);
          else isLast = true;
        } catch (error) {
          failure = { error };
          isLast = true;
        }
      }
      const { length } = chunk;
      runs.push(worker.run({
        kind: "stream",
        frames: [{ offset: 0, length, continues: true }],
        bytes: chunk.take(),
        isLast,
      }));
    }
    const message = await runs[0].next(source, signal);
    if (message.kind === "done") runs.shift();
    if (message.kind === "text") {
      const { bytes } = message;
      yield { offset, run: pool.run({ kind: "text", bytes }) };
      offset = undefined;
      runs[0].more(pool.buffer(GROUP_SIZE).buffer);
    }
  }
  if (failure !== undefined) throw failure.error;
}

/** So many chunks of a frame are handed to its worker ahead of their text. */
const CHUNKS_AHEAD = 3;

/** Gathers the bytes of a job in a buffer that may have been used before. */
class JobInput {
  readonly #pool: ArchivePool;
  #buffer: Bytes | undefined;
  length = 0;

  constructor(pool: ArchivePool) {
    this.#pool = pool;
  }

  add(bytes: Bytes): void {
    const length = this.length + bytes.length;
    const old = this.#buffer;
    if (old === undefined || old.length < length) {
      this.#buffer = this.#pool.buffer(
        2 ** Math.ceil(Math.log2(Math.max(2 * GROUP_SIZE, length))),
      );
      if (old !== undefined) {
        this.#buffer.set(old.subarray(0, this.length));
        this.#pool.recycle(old.buffer);
      }
    }
    this.#buffer!.set(bytes, this.length);
    this.length = length;
  }

  /** Gives the bytes away. */
  take(): Bytes {
    const bytes = (this.#buffer ?? new Uint8Array(0)).subarray(0, this.length);
    this.#buffer = undefined;
    this.length = 0;
    return bytes;
  }

  clear(): void {
    this.length = 0;
  }
}

/** Gathers frames, the last of which may be there only in part. */
class FrameInput extends JobInput {
  readonly #frames: { offset: number; length: number }[] = [];

  constructor(pool: ArchivePool, offset: number) {
    super(pool);
    this.begin(offset);
  }

  /** The frames, and how long each is. */
  get frames(): readonly WorkerFrame[] {
    return this.#frames.map((frame) => ({ ...frame }));
  }

  /** How much there is of the last frame. */
  get frameLength(): number {
    return this.#frames[this.#frames.length - 1].length;
  }

  begin(offset: number): void {
    this.#frames.push({ offset, length: 0 });
  }

  override add(bytes: Bytes): void {
    super.add(bytes);
    this.#frames[this.#frames.length - 1].length += bytes.length;
  }

  override clear(): void {
    super.clear();
    this.#frames.splice(0, this.#frames.length, { offset: 0, length: 0 });
  }
}

/** A stretch that a worker has been given. */
interface Job {
  readonly offset: number | undefined;
  readonly run: PoolJob;
}

/** Gives out jobs ahead and takes what comes of them, in order. */
async function* runJobs(
  jobs: AsyncGenerator<Job>,
  source: string,
  { pool, signal }: Reader,
): AsyncGenerator<Step> {
  const underWay: Job[] = [];
  let areAllGiven = false;
  let failure: { readonly error: unknown } | undefined;
  try {
    for (;;) {
      while (!areAllGiven && underWay.length < pool.capacity) {
        try {
          const { value: job, done } = await jobs.next();
          if (done) areAllGiven = true;
          else underWay.push(job);
        } catch (error) {
          failure = { error };
          areAllGiven = true;
        }
      }
      const job = underWay.shift();
      if (job === undefined) break;
      yield { kind: "begin", offset: job.offset };
      for (;;) {
        const message = await job.run.next(source, signal);
        if (message.kind === "done") {
          yield { kind: "end", textBytes: message.textBytes };
          break;
        }
        if (message.kind !== "parts") continue;
        for (const part of unpack(message)) yield { kind: "part", part };
        job.run.more();
      }
    }
  } finally {
    await jobs.return(undefined);
  }
  if (failure !== undefined) throw failure.error;
}

function* unpack(
  { parts, bytes, lengths, verdicts }: PackedParts,
): Generator<AnyPart> {
  let at = 0;
  let text = 0;
  let game = 0;
  for (const part of parts) {
    if (part.kind === "text") {
      yield part;
      continue;
    }
    const texts: Uint8Array[] = [];
    for (const end = text + part.texts; text < end; text++) {
      // A copy: who keeps one game would keep its neighbours too.
      texts.push(bytes.slice(at, at + lengths[text]));
      at += lengths[text];
    }
    const first = game;
    game += part.count;
    const some = verdicts.map((all) => all.subarray(first, game));
    yield { ...part, texts, verdicts: some };
  }
}

type PackedParts = Extract<FromWorker, { kind: "parts" }>;

/** Whether workers shall take over; they are started some time before. */
async function useThreads(
  { pool, textHere, signal, options }: Reader,
): Promise<boolean> {
  const { useThreadsAfter = USE_AFTER } = options;
  if (!pool.isUsable || textHere * 2 < useThreadsAfter) return false;
  pool.start();
  if (textHere < useThreadsAfter) return false;
  return pool.isReady || useThreadsAfter === 0 && await pool.whenReady(signal);
}
