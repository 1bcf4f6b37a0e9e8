/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
// The program of a worker: it scans one segment after the other, see `worker_pool.ts`.
import { ArchiveError } from "../archive/archive_error.ts";
import type { ZstdFrameChunk } from "../archive/zstd/zstd_frames.ts";
import { Failure } from "./failure.ts";
import { FrameText, type ScanBatch, SegmentScanner } from "./scan_stream.ts";
import type { Segment } from "./segments.ts";
import { HEADROOM, TextChunks } from "./text_chunks.ts";
import type { FromWorker, ToWorker } from "./worker_pool.ts";

/** About so many bytes of games go back at once. */
const BATCH_BYTES = 256 * 1024;

/** The text of long frames goes back in chunks of this length. */
const TEXT_SIZE = 1024 * 1024;

/** How many messages go back before one is answered. */
const CREDIT = 6;

const textBuffers: ArrayBuffer[] = [];
/** The text that is sent. */
const sentText = new FrameText(
  new TextChunks(() =>
    new Uint8Array(textBuffers.pop() ?? new ArrayBuffer(HEADROOM + TEXT_SIZE))
  ),
);
let scanner: SegmentScanner;
let credit = CREDIT;
const slices: Segment[] = [];
const waiting: (() => void)[] = [];

self.addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind === "setup") {
    scanner = new SegmentScanner(data);
    post({ kind: "ready" });
  } else if (data.kind === "more") {
    credit++;
    if (data.buffer !== undefined) textBuffers.push(data.buffer);
  } else slices.push(data.segment);
  for (const wake of waiting.splice(0)) wake();
});
// What is not listened for here is printed, and ends the process.
self.addEventListener("error", (event) => {
  event.preventDefault();
  fail(event.error);
});
self.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  fail(event.reason);
});

function post(message: FromWorker, transfer: Transferable[] = []): void {
  self.postMessage(message, transfer);
}

function fail(error: unknown): void {
  const offset = error instanceof ArchiveError ? error.offset : undefined;
  const message = (error instanceof Error ? error.message : String(error))
    .replace(/ \(byte \d+\)$/, ""); // it will be said with the archive's name
  const cause = error instanceof Error && error.cause !== undefined
    ? String(error.cause)
    : undefined;
  post({ kind: "error", message, offset, cause });
}

async function until(isMet: () => boolean): Promise<void> {
  while (!isMet()) await new Promise<void>((wake) => waiting.push(wake));
}

/** The chunks of the next segment, slice by slice; their memory goes back. */
async function* segment(
  first: Segment,
): AsyncGenerator<readonly ZstdFrameChunk[]> {
  for (let slice = first;;) {
    yield slice.chunks;
    const { blocks } = slice;
    post({ kind: "used", blocks }, [...blocks]);
    if (!slice.isOpen) return;
    await until(() => slices.length > 0);
    slice = slices.shift()!;
  }
}

/** Sends a message when that is allowed. */
async function send(
  message: FromWorker,
  transfer: Transferable[],
): Promise<void> {
  await until(() => credit > 0);
  credit--;
  post(message, transfer);
}

async function scan(first: Segment): Promise<void> {
  const failure = new Failure();
  const chunks = ReadableStream.from(segment(first));
  if (first.isSlice) {
    const report = { failure, onFrame() {} };
    for await (const bytes of chunks.pipeThrough(sentText.stage(report))) {
      await send({ kind: "text", bytes }, [bytes.buffer]);
    }
  } else {
    const batches = scanner.scan(
      chunks.pipeThrough(
        scanner.frameText("").stage(scanner.reportOf(failure)),
      ),
      { batchBytes: BATCH_BYTES },
    );
    for await (const batch of batches) {
      await send({ kind: "batch", batch }, buffersOf(batch));
    }
  }
  failure.throw();
  post({ kind: "done" });
}

function buffersOf(batch: ScanBatch): ArrayBuffer[] {
  return batch.flatMap((found) => {
    if (found.kind === "frame") return [];
    if (found.kind === "text") return [found.bytes.buffer];
    return [found.bytes.buffer, found.records.buffer];
  });
}

async function scanAll(): Promise<void> {
  for (;;) {
    await until(() => slices.length > 0);
    try {
      await scan(slices.shift()!);
    } catch (error) {
      fail(error);
    }
  }
}

// Not awaited here: a worker whose module is never done leaves files open.
scanAll();
