/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
/*
 * The program of a worker: it does one job after the other, each a stretch of
 * an archive, and gives back what it found. See `archive_pool.ts`.
 */
import { ArchiveError } from "../archive/archive_error.ts";
import type { FromWorker, ToWorker } from "./archive_pool.ts";
import { FrameScanner } from "./frame_scanner.ts";
import {
  partSize,
  type ScannedPart,
  type ScanOptions,
} from "./game_scanner.ts";

/** Parts of about so many bytes go back at once, and so many before an answer. */
const BATCH_BYTES = 1024 * 1024;
const CREDIT = 4;

/** Text that is split elsewhere goes back in blocks of this length. */
const BLOCK_SIZE = 1024 * 1024;

let filters: ScanOptions["filters"] = [];
let scanner: FrameScanner;
let parts: ScannedPart[] = [];
let partBytes = 0;
let credit = CREDIT;
const inbox: ToWorker[] = [];
const free: ArrayBuffer[] = [];
let wake = () => {};

self.addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind === "more") {
    credit++;
    if (data.buffer !== undefined) free.push(data.buffer);
  } else inbox.push(data);
  wake();
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

async function next(): Promise<ToWorker> {
  for (;;) {
    const message = inbox.shift();
    if (message !== undefined) return message;
    await new Promise<void>((resolve) => wake = resolve);
  }
}

async function earnCredit(): Promise<void> {
  while (credit === 0) await new Promise<void>((resolve) => wake = resolve);
  credit--;
}

async function give(found: readonly ScannedPart[]): Promise<void> {
  for (const part of found) {
    parts.push(part);
    partBytes += partSize(part);
  }
  if (partBytes >= BATCH_BYTES) await flush();
}

async function flush(): Promise<void> {
  if (parts.length === 0) return;
  await earnCredit();
  // One array of each kind is handed over: thousands would be slow.
  const texts = parts.flatMap((part) => part.kind === "text" ? [] : part.texts);
  const lengths = Uint32Array.from(texts, ({ length }) => length);
  const bytes = new Uint8Array(lengths.reduce((sum, one) => sum + one, 0));
  let at = 0;
  for (const text of texts) {
    bytes.set(text, at);
    at += text.length;
  }
  const count = parts.reduce(
    (sum, part) => sum + (part.kind === "text" ? 0 : part.count),
    0,
  );
  const verdicts = filters.map(() => new Uint8Array(count));
  at = 0;
  const packed = parts.map((part) => {
    if (part.kind === "text") return part;
    const { texts, verdicts: some, ...rest } = part;
    some.forEach((one, i) => verdicts[i].set(one, at));
    at += part.count;
    return { ...rest, texts: texts.length };
  });
  parts = [];
  partBytes = 0;
  post(
    { kind: "parts", parts: packed, lengths, bytes, verdicts },
    [bytes.buffer],
  );
}

/** Scans frames; what came before an error is given back before it. */
async function scan(
  { frames, bytes }: Extract<ToWorker, { kind: "frames" }>,
): Promise<void> {
  const scan = scanner.scan(frames, bytes);
  let textBytes: number;
  try {
    let step = scan.next();
    for (; !step.done; step = scan.next()) await give(step.value);
    textBytes = step.value;
  } finally {
    await flush();
  }
  const { buffer } = bytes;
  post({ kind: "done", textBytes, buffer }, [buffer]);
}

let block: Uint8Array<ArrayBuffer> | undefined;
let filled = 0;
let skip = 0;

/** The rest of the block that text of a frame is gathered in. */
function room(): Uint8Array<ArrayBuffer> {
  block ??= new Uint8Array(free.pop() ?? new ArrayBuffer(BLOCK_SIZE));
  return block.subarray(filled);
}

/** Decompresses frames whose text is split elsewhere. */
async function stream(
  { frames, bytes, isLast }: Extract<ToWorker, { kind: "stream" }>,
): Promise<void> {
  try {
    for (let text of scanner.decompress(frames, bytes, room)) {
      const skipped = Math.min(skip, text.length);
      text = text.subarray(skipped);
      skip -= skipped;
      while (text.length > 0) {
        const rest = room();
        const some = text.subarray(0, rest.length);
        // It has been written there already, by a decoder that can.
        if (skipped > 0 || some.buffer !== rest.buffer) rest.set(some);
        filled += some.length;
        text = text.subarray(some.length);
        if (some.length === rest.length) await giveBlock();
      }
    }
  } catch (error) {
    await giveBlock();
    throw error;
  }
  if (isLast) await giveBlock();
  const { buffer } = bytes;
  post({ kind: "done", textBytes: 0, buffer }, [buffer]);
}

async function giveBlock(): Promise<void> {
  if (block === undefined) return;
  await earnCredit();
  const bytes = block.subarray(0, filled);
  block = undefined;
  filled = 0;
  post({ kind: "text", bytes }, [bytes.buffer]);
}

async function work(): Promise<never> {
  for (;;) {
    const message = await next();
    try {
      switch (message.kind) {
        case "setup":
          filters = message.filters;
          scanner = new FrameScanner(message);
          post({ kind: "ready" });
          break;
        case "frames":
          await scan(message);
          break;
        case "stream":
          if (message.skip !== undefined) skip = message.skip;
          await stream(message);
          break;
      }
    } catch (error) {
      fail(error);
    }
  }
}

void work();
