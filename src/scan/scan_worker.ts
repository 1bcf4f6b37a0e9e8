/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
// The program of a worker: it scans one segment after the other, see `worker_pool.ts`.
import { ArchiveError } from "../archive/archive_error.ts";
import type { ZstdFrameChunk } from "../archive/zstd/zstd_frames.ts";
import { decompression, Failure, SegmentScanner } from "./scan_stream.ts";
import type { FromWorker, ToWorker } from "./worker_pool.ts";

/** About so many bytes of games go back at once. */
const BATCH_BYTES = 1024 * 1024;

/** How many messages go back before one is answered. */
const CREDIT = 4;

type Slice = Extract<ToWorker, { kind: "segment" }>;

let scanner: SegmentScanner;
let credit = CREDIT;
const slices: Slice[] = [];
const waiting: (() => void)[] = [];

self.addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind === "setup") {
    scanner = new SegmentScanner(data);
    post({ kind: "ready" });
  } else if (data.kind === "more") credit++;
  else slices.push(data);
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
  first: Slice,
): AsyncGenerator<readonly ZstdFrameChunk[]> {
  for (let slice: Slice = first;;) {
    yield slice.chunks;
    const bytes = slice.chunks.find(({ kind }) => kind === "bytes");
    const buffer = bytes?.kind === "bytes" ? bytes.bytes.buffer : undefined;
    post({ kind: "used", buffer }, buffer === undefined ? [] : [buffer]);
    if (slice.isLast) return;
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

async function scan(first: Slice): Promise<void> {
  const failure = new Failure();
  const text = ReadableStream.from(segment(first))
    .pipeThrough(decompression(failure));
  if (first.asText) {
    for await (const chunk of text) {
      const bytes = chunk.slice();
      await send({ kind: "text", bytes }, [bytes.buffer]);
    }
  } else {
    const batches = scanner.scan(text, { batchBytes: BATCH_BYTES });
    for await (const batch of batches) {
      await send(
        { kind: "batch", batch },
        batch.flatMap((one) =>
          one.kind === "games"
            ? [one.bytes.buffer, one.records.buffer]
            : one.bytes.buffer
        ),
      );
    }
  }
  failure.throw();
  post({ kind: "done" });
}

for (;;) {
  await until(() => slices.length > 0);
  try {
    await scan(slices.shift()!);
  } catch (error) {
    fail(error);
  }
}
