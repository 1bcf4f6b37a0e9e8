// Pipes the text of a segment through the stages that split and filter it.
import type { ZstdFrameChunk } from "../archive/zstd/zstd_frames.ts";
import { ZstdFrameDecoder } from "../archive/zstd/zstd_decompressor.ts";
import { OnDemandStream } from "../archive/on_demand_stream.ts";
import { isTurnDue, turn } from "../archive/turn.ts";
import type { GameFilter } from "../filter/game_filter.ts";
import { GameMatcher } from "../filter/game_matcher.ts";
import { GamePicker, type PickedGames } from "./game_picker.ts";
import type { Failure } from "./failure.ts";
import {
  type BorderText,
  type FrameStart,
  SegmentSplitter,
  type SplitGames,
  type SyncedSpan,
} from "./segment_splitter.ts";
import { CHUNK_SIZE, TextChunks } from "./text_chunks.ts";

type Bytes = Uint8Array<ArrayBuffer>;

type Chunks = readonly ZstdFrameChunk[];

type Split = ReturnType<SegmentSplitter["push"]>;

/** What was found in a chunk of text, and whether the chunk was a whole one. */
interface SplitChunk {
  readonly found: Split;
  readonly isFull: boolean;
}

/** With less text than this a chunk is not given out when a frame begins. */
const LEAST_CHUNK = CHUNK_SIZE / 4;

/** About how many bytes it takes to keep that a game is bad. */
const BAD_GAME_SIZE = 64;

/** Games of whole chunks are gathered up to this many bytes. */
const FULL_BATCH = 128 * 1024;

/** Which games are looked for. */
export interface ScanOptions {
  /** The filters that each game is matched against. */
  readonly filters: readonly GameFilter[];
  /** Longest game, in bytes. */
  readonly maxGameLength: number;
  /** Whether records are made of the games that pass. @default {false} */
  readonly makesRecords?: boolean;
}

/** How a segment is scanned. */
export interface SegmentScanOptions {
  /** How much of its text is passed over. @default {0} */
  readonly skip?: number;
  /** How many bytes of games are gathered in a batch. @default {0} */
  readonly batchBytes?: number;
  /** How many batches are made before the first is asked for. @default {0} */
  readonly batchesAhead?: number;
  /** Called when the scanner can scan the next segment. */
  readonly onEnd?: () => void;
  /** Stops the scan. */
  readonly signal?: AbortSignal;
}

/** What is found in a segment, in order. */
export type ScanBatch = readonly (BorderText | FrameStart | PickedGames)[];

/** What is reported of frames while they become text. */
export interface FrameReport {
  /** Keeps the first error. */
  readonly failure: Failure;
  /** Called when a frame begins, with its offset and how much text came before. */
  readonly onFrame: (offset: number, textOffset: number) => void;
  /** Called with all text; it may throw. */
  readonly onText?: (text: Bytes) => void;
}

/** Turns the chunks of frames into chunks of text, of one segment after the other. */
export class FrameText implements Disposable {
  readonly #decoder = new ZstdFrameDecoder();
  readonly #chunks: TextChunks;
  #textOffset = 0;

  /** Prepares for the first frame; the text is gathered in `chunks`. */
  constructor(chunks: TextChunks = new TextChunks()) {
    this.#chunks = chunks;
  }

  /** The archive's name, for errors. */
  set source(source: string) {
    this.#decoder.source = source;
  }

  /** The stage for a segment. */
  stage(report: FrameReport): OnDemandStream<Chunks> {
    this.begin();
    return new OnDemandStream({
      transform: (chunks) => this.of(chunks, report),
    });
  }

  /** Begins a segment. */
  begin(): void {
    this.#textOffset = 0;
    this.#chunks.clear();
  }

  /** Makes the text of the next chunks, until there is an error. */
  *of(chunks: Chunks, report: FrameReport): Generator<Bytes> {
    yield* report.failure.until(this.#decode(chunks, report));
    yield* this.#chunks.flush(); // the next chunk may be long in coming
  }

  *#decode(
    chunks: Chunks,
    { onFrame, onText }: FrameReport,
  ): Generator<Bytes> {
    const room = () => this.#chunks.room();
    for (const chunk of chunks) {
      if (chunk.kind === "frame") {
        // A game that begins with the frame is found at the chunk's beginning.
        if (this.#chunks.length >= LEAST_CHUNK) yield* this.#chunks.flush();
        onFrame(chunk.frame.offset, this.#textOffset);
      }
      for (const text of this.#decoder.decode(chunk, room)) {
        onText?.(text);
        this.#textOffset += text.length;
        if (text.length === 0) yield text; // long work can be interrupted
        else yield* this.#chunks.add(text);
      }
    }
  }

  /** Frees the decoder. */
  [Symbol.dispose](): void {
    this.#decoder.close();
  }
}

/** The stage that gathers text in chunks of one length. */
export function gathering(): OnDemandStream<Bytes> {
  const chunks = new TextChunks();
  return new OnDemandStream({
    *transform(text) {
      yield* chunks.add(text);
      yield* chunks.flush(); // the next chunk may be long in coming
    },
  });
}

/** Splits and filters the text of one segment after the other. */
export class SegmentScanner implements Disposable {
  readonly #splitter: SegmentSplitter;
  readonly #picker: GamePicker;
  #frameText: FrameText | undefined;
  /** What matches games against the filters. */
  readonly matchers: readonly GameMatcher[];

  /** Creates a scanner. */
  constructor({ filters, maxGameLength, makesRecords }: ScanOptions) {
    this.matchers = filters.map((filter) => new GameMatcher(filter));
    this.#picker = new GamePicker(this.matchers, makesRecords);
    const { tagNames } = this.#picker;
    this.#splitter = new SegmentSplitter(maxGameLength, tagNames);
  }

  /** What makes text of an archive's frames: one for all of them. */
  frameText(source: string): FrameText {
    this.#frameText ??= new FrameText();
    this.#frameText.source = source;
    return this.#frameText;
  }

  /** Frees the decoder. */
  [Symbol.dispose](): void {
    this.#frameText?.[Symbol.dispose]();
  }

  /** Where frames are reported to while they become the text that is scanned. */
  reportOf(failure: Failure, onText?: (text: Bytes) => void): FrameReport {
    const onFrame = (offset: number, textOffset: number) =>
      this.addFrame(offset, textOffset);
    return { failure, onFrame, onText };
  }

  /**
   * Learns of a frame, after the scan has begun and before its text comes.
   *
   * @param offset Where it begins in the archive.
   * @param textOffset Where its text begins in the text of the segment.
   */
  addFrame(offset: number, textOffset: number): void {
    this.#splitter.addFrame(offset, textOffset);
  }

  /**
   * Scans the text of a segment.
   *
   * @param text Its text, as {@linkcode gathering} gives it.
   * @param options How it is scanned.
   * @returns What is found in it.
   */
  scan(
    text: ReadableStream<Bytes>,
    options: SegmentScanOptions = {},
  ): ReadableStream<ScanBatch> {
    const { skip, signal } = options;
    return text
      .pipeThrough(this.#splitStage(skip), { signal })
      .pipeThrough(this.#filterStage(options), { signal });
  }

  /**
   * Scans text in this thread as it comes, and no more of it than is asked for.
   *
   * @param text Its text, in the chunks of a {@linkcode TextChunks}.
   * @param skip How much of the text is passed over.
   * @returns What is found in it; texts of games are overwritten by the next.
   */
  async *scanOnDemand(
    text: AsyncIterable<Bytes>,
    skip: number,
  ): AsyncGenerator<ScanBatch> {
    this.#splitter.begin(skip);
    for await (const chunk of text) {
      yield* this.#pick(this.#splitter.push(chunk));
    }
    yield* this.#pick(this.#splitter.end());
  }

  *#pick(found: Split): Generator<ScanBatch> {
    for (const one of found) {
      if (one.kind === "games") {
        this.#picker.add(one.games);
        yield [{ ...joinSpans([one]), ...this.#picker.take(true) }];
      } else yield [one];
    }
  }

  #splitStage(skip: number | undefined): TransformStream<Bytes, SplitChunk> {
    const splitter = this.#splitter;
    splitter.begin(skip);
    return new TransformStream({
      transform(text, output) {
        const isFull = text.length === CHUNK_SIZE;
        output.enqueue({ found: splitter.push(text), isFull });
        return isTurnDue() ? turn() : undefined;
      },
      flush: (output) =>
        output.enqueue({ found: splitter.end(), isFull: false }),
    });
  }

  #filterStage(
    { batchBytes = 0, batchesAhead = 0, onEnd }: SegmentScanOptions,
  ): TransformStream<SplitChunk, ScanBatch> {
    const picker = this.#picker;
    let batch: ScanBatch[number][] = [];
    let size = 0;
    let spans: SplitGames[] = [];
    const take = () => {
      if (spans.length === 0) return;
      batch.push({ ...joinSpans(spans), ...picker.take() });
      spans = [];
    };
    const give = (
      output: TransformStreamDefaultController<ScanBatch>,
    ): void => {
      take();
      if (batch.length > 0) output.enqueue(batch);
      batch = [];
      size = 0;
    };
    return new TransformStream(
      {
        transform({ found, isFull }, output) {
          for (const one of found) {
            if (one.kind === "games") {
              picker.add(one.games);
              spans.push(one);
              size += BAD_GAME_SIZE * one.badGames.length;
            } else {
              take();
              batch.push(one);
              if (one.kind === "text") size += one.bytes.length;
            }
          }
          // After a chunk that is not full the next one may be long in coming.
          if (
            size + picker.size >= Math.max(isFull ? FULL_BATCH : 0, batchBytes)
          ) {
            give(output);
          }
          return isTurnDue() ? turn() : undefined;
        },
        flush(output) {
          give(output);
          onEnd?.();
        },
      },
      undefined,
      { highWaterMark: batchesAhead },
    );
  }
}

/** Joins spans that follow each other. */
function joinSpans(spans: readonly SplitGames[]): SyncedSpan {
  let gamesBefore = 0;
  let droppedBytes = 0;
  const badGames = spans.flatMap((span) => {
    const before = gamesBefore;
    gamesBefore += span.games.length;
    droppedBytes += span.droppedBytes;
    return span.badGames.map((bad) => ({
      ...bad,
      gamesBefore: bad.gamesBefore + before,
    }));
  });
  const [{ start }] = spans;
  const { end } = spans[spans.length - 1];
  return { kind: "games", start, end, droppedBytes, badGames };
}
