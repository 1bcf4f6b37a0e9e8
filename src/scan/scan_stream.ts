// Pipes the text of a segment through the stages that split and filter it.
import type { ZstdFrameChunk } from "../archive/zstd/zstd_frames.ts";
import { ZstdFrameDecoder } from "../archive/zstd/zstd_decompressor.ts";
import { OnDemandStream } from "../archive/on_demand_stream.ts";
import { isTurnDue, turn } from "../archive/turn.ts";
import type { GameFilter } from "../filter/game_filter.ts";
import { GamePicker, type PickedGames } from "./game_picker.ts";
import {
  type BorderText,
  SegmentSplitter,
  type SplitGames,
  type SyncedSpan,
} from "./segment_splitter.ts";
import { TextChunks } from "./text_chunks.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Which games are looked for. */
export interface ScanOptions {
  /** The filters that each game is matched against. */
  readonly filters: readonly GameFilter[];
  /** Longest game, in bytes. */
  readonly maxGameLength: number;
  /** Whether records are made of the games that pass. @default {false} */
  readonly makesRecords?: boolean;
}

/** What is found in a segment, in order. */
export type ScanBatch = readonly (BorderText | PickedGames)[];

/**
 * An error of the source or the decoder. It is kept out of the streams: they
 * would drop what has been read before it.
 */
export class Failure {
  #error: { readonly cause: unknown } | undefined;

  /** Whether nothing more is to be read. */
  get isSet(): boolean {
    return this.#error !== undefined;
  }

  /** Keeps the first error. */
  set(cause: unknown): void {
    this.#error ??= { cause };
  }

  /** Gives out what is made until an error is thrown, which is kept. */
  *until<T>(made: Iterable<T>): Generator<T> {
    if (this.isSet) return;
    try {
      yield* made;
    } catch (error) {
      this.set(error);
    }
  }

  /** Gives out what comes until an error is thrown, which is kept. */
  async *untilError<T>(given: AsyncIterable<T>): AsyncGenerator<T> {
    try {
      yield* given;
    } catch (error) {
      this.set(error);
    }
  }

  /** Throws the error, where there is one. */
  throw(): void {
    if (this.#error !== undefined) throw this.#error.cause;
  }
}

/** What a {@linkcode decompression} reports. */
export interface DecompressionOptions {
  /** The archive's name, for errors. */
  readonly source?: string;
  /** Called when a frame begins, with its offset and how much text came before. */
  readonly onFrame?: (offset: number, textOffset: number) => void;
  /** Called with all text; it may throw. */
  readonly onText?: (text: Bytes) => void;
}

/** Turns the chunks of frames into text. */
export class FrameText implements Disposable {
  readonly #failure: Failure;
  readonly #options: DecompressionOptions;
  readonly #decoder: ZstdFrameDecoder;
  #textOffset = 0;

  /** Prepares for the first frame. */
  constructor(failure: Failure, options: DecompressionOptions = {}) {
    this.#failure = failure;
    this.#options = options;
    this.#decoder = new ZstdFrameDecoder({ source: options.source });
  }

  /** Makes the text of the next chunks, until there is an error. */
  of(
    chunks: readonly ZstdFrameChunk[],
    room: () => Bytes,
  ): Generator<Bytes> {
    return this.#failure.until(this.#decode(chunks, room));
  }

  *#decode(
    chunks: readonly ZstdFrameChunk[],
    room: () => Bytes,
  ): Generator<Bytes> {
    const { onFrame, onText } = this.#options;
    for (const chunk of chunks) {
      if (chunk.kind === "frame") {
        onFrame?.(chunk.frame.offset, this.#textOffset);
      }
      for (const text of this.#decoder.decode(chunk, room)) {
        onText?.(text);
        this.#textOffset += text.length;
        yield text;
      }
    }
  }

  /** Frees the decoder. */
  [Symbol.dispose](): void {
    this.#decoder.close();
  }
}

/** The stage that turns the chunks of frames into text. */
export function decompression(
  failure: Failure,
  options: DecompressionOptions = {},
): OnDemandStream<readonly ZstdFrameChunk[]> {
  const text = new FrameText(failure, options);
  return gathering(
    (chunks, room) => text.of(chunks, room),
    () => text[Symbol.dispose](),
  );
}

/** The stage that gathers text in chunks of one length. */
export function gathering<In = Bytes>(
  transform: (chunk: In, room: () => Bytes) => Iterable<Bytes>,
  close?: () => void,
): OnDemandStream<In> {
  const chunks = new TextChunks();
  const room = () => chunks.room();
  return new OnDemandStream<In>({
    *transform(chunk) {
      for (const text of transform(chunk, room)) {
        if (text.length === 0) yield text;
        else yield* chunks.add(text);
      }
      yield* chunks.flush(); // the next chunk may be long in coming
    },
    close,
  });
}

/** Splits and filters the text of one segment after the other. */
export class SegmentScanner {
  readonly #splitter: SegmentSplitter;
  readonly #picker: GamePicker;

  /** Creates a scanner. */
  constructor({ filters, maxGameLength, makesRecords }: ScanOptions) {
    this.#picker = new GamePicker(filters, makesRecords);
    const { tagNames } = this.#picker;
    this.#splitter = new SegmentSplitter(maxGameLength, tagNames);
  }

  /**
   * Scans the text of a segment.
   *
   * @param text Its text, as {@linkcode gathering} gives it.
   * @param options How much of the text is passed over, how many bytes of games
   * are gathered in a batch, and what stops the scan.
   * @returns What is found in it.
   */
  scan(
    text: ReadableStream<Bytes>,
    options: { skip?: number; batchBytes?: number; signal?: AbortSignal } = {},
  ): ReadableStream<ScanBatch> {
    const { skip, batchBytes = 0, signal } = options;
    return text
      .pipeThrough(this.#splitStage(skip), { signal })
      .pipeThrough(this.#filterStage(batchBytes), { signal });
  }

  /**
   * Scans text in this thread as it comes, and no more of it than is asked for.
   *
   * @param text Its text, in the chunks of a {@linkcode TextChunks}.
   * @param skip How much of the text is passed over.
   * @returns What is found in it.
   */
  async *scanOnDemand(
    text: AsyncIterable<Bytes>,
    skip: number,
  ): AsyncGenerator<ScanBatch> {
    this.#splitter.begin(skip);
    for await (const chunk of text) {
      yield this.#pick(this.#splitter.push(chunk));
    }
    yield this.#pick(this.#splitter.end());
  }

  #pick(found: readonly (BorderText | SplitGames)[]): ScanBatch {
    return found.map((one) => {
      if (one.kind !== "games") return one;
      this.#picker.add(one.games);
      return { ...joinSpans([one]), ...this.#picker.take() };
    });
  }

  #splitStage(
    skip: number | undefined,
  ): TransformStream<Bytes, readonly (BorderText | SplitGames)[]> {
    const splitter = this.#splitter;
    splitter.begin(skip);
    return new TransformStream({
      async transform(text, output) {
        output.enqueue(splitter.push(text));
        if (isTurnDue()) await turn();
      },
      flush: (output) => output.enqueue(splitter.end()),
    });
  }

  #filterStage(
    batchBytes: number,
  ): TransformStream<readonly (BorderText | SplitGames)[], ScanBatch> {
    const picker = this.#picker;
    let batch: (BorderText | PickedGames)[] = [];
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
    return new TransformStream({
      async transform(found, output) {
        for (const one of found) {
          if (one.kind === "games") {
            picker.add(one.games);
            spans.push(one);
          } else {
            take();
            batch.push(one);
            size += one.bytes.length;
          }
        }
        if (isTurnDue()) await turn();
        if (size + picker.size >= batchBytes) give(output);
      },
      flush: give,
    });
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
