// Hands segments to workers and reads what they find.
import { ArchiveError } from "../archive/archive_error.ts";
import type { ZstdFrameChunk } from "../archive/zstd/zstd_frames.ts";
import { isGranted } from "../is_granted.ts";
import { orAborted } from "../or_aborted.ts";
import type { ScanBatch, ScanOptions } from "./scan_stream.ts";
import type { BufferPool, Segment } from "./segments.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** What a worker is sent. */
export type ToWorker =
  | { readonly kind: "setup" } & ScanOptions
  /** Scan a segment, or the next slice of one. */
  | {
    readonly kind: "segment";
    readonly chunks: readonly ZstdFrameChunk[];
    /** Whether its text is sent back instead of its games. */
    readonly asText: boolean;
    readonly isLast: boolean;
  }
  /** Another message may be sent. */
  | { readonly kind: "more" };

/** What a worker sends. */
export type FromWorker = { readonly kind: "ready" } | ScanMessage;

/** What a worker sends of a segment. */
export type ScanMessage =
  | { readonly kind: "batch"; readonly batch: ScanBatch }
  | { readonly kind: "text"; readonly bytes: Bytes }
  /** A slice has been read; its memory comes back. */
  | { readonly kind: "used"; readonly buffer?: ArrayBufferLike }
  | { readonly kind: "done" }
  | {
    readonly kind: "error";
    readonly message: string;
    readonly offset?: number;
    readonly cause?: string;
  };

/** How many workers were started and ended in this process. */
export const workerCounts = { started: 0, ended: 0 };

const WORKER = new URL("./scan_worker.ts", import.meta.url);

/** How many slices of a long frame its worker may be ahead. */
const SLICES_AHEAD = 3;

/** Buffers are longer than what was asked for, by a sixteenth and up to this. */
const BUFFER_STEP = 64 * 1024;

/** Keeps a worker that nobody waits for from keeping the process alive. */
const REF = Object.getOwnPropertySymbols(Worker.prototype)
  .find(({ description }) => !description);

/** Whether the workers' program may be loaded, without asking for it. */
function mayStart(): boolean {
  try {
    return isGranted(
      WORKER.protocol === "file:"
        ? { name: "read", path: new URL("..", WORKER) }
        : { name: "import", host: WORKER.host },
    );
  } catch {
    return false;
  }
}

/** Workers that scan segments; each works on one after the other. */
export class WorkerPool implements BufferPool, Disposable {
  /** How many workers there are, or will be. */
  readonly size: number;
  readonly #scan: ScanOptions;
  readonly #workers: ScanWorker[] = [];
  readonly #buffers: ArrayBuffer[] = [];
  #bufferSize = 0;
  #isClosed = false;

  /** Prepares workers; none is started yet. */
  constructor(size: number, scan: ScanOptions) {
    this.size = size;
    this.#scan = scan;
  }

  /** Whether workers may be used, as far as is known. */
  get isUsable(): boolean {
    return this.size > 0 && !this.#isClosed &&
      !this.#workers.some(({ state }) => state === "failed");
  }

  /** Whether all workers have been started and wait for segments. */
  get isReady(): boolean {
    return this.isUsable && this.#workers.length > 0 &&
      this.#workers.every(({ state }) => state === "ready");
  }

  /** Starts the workers, where that has not been done and can be. */
  start(): void {
    if (this.#workers.length > 0 || !this.isUsable) return;
    if (!mayStart()) {
      this.#isClosed = true;
      return;
    }
    for (let i = 0; i < this.size; i++) {
      this.#workers.push(
        new ScanWorker(this.#scan, (buffer) => this.give(buffer)),
      );
    }
  }

  /** Starts the workers and waits until they are ready, or have failed. */
  async whenReady(): Promise<void> {
    this.start();
    for (const worker of this.#workers) await worker.whenStarted();
  }

  take(length: number): Bytes {
    // One that is too short now will be too short for what comes next, too.
    while (this.#buffers.length > 0) {
      const buffer = this.#buffers.pop()!;
      if (buffer.byteLength >= length) return new Uint8Array(buffer);
    }
    if (length > this.#bufferSize) {
      this.#bufferSize = Math.ceil(length * 1.0625 / BUFFER_STEP) * BUFFER_STEP;
    }
    return new Uint8Array(this.#bufferSize);
  }

  give(buffer: ArrayBufferLike): void {
    if (buffer.byteLength >= this.#bufferSize) {
      this.#buffers.push(buffer as ArrayBuffer);
    }
  }

  /** Lets the worker that has the least to do scan a segment. */
  scan(segment: Segment, source: string): SegmentScan {
    const worker = this.#workers.reduce((a, b) =>
      b.scans.length < a.scans.length ? b : a
    );
    return worker.scan(segment, source);
  }

  /** Ends the workers, whatever they do. */
  [Symbol.dispose](): void {
    this.#isClosed = true;
    for (const worker of this.#workers) worker.close();
  }
}

/** A worker, and the segments that it has been given. */
class ScanWorker {
  readonly #worker: Worker;
  readonly #onUsed: (buffer: ArrayBufferLike) => void;
  readonly #started = Promise.withResolvers<void>();
  #holders = 0;
  /** What is not done, the first of it under way. */
  readonly scans: SegmentScan[] = [];
  state: "starting" | "ready" | "failed" | "closed" = "starting";

  constructor(scan: ScanOptions, onUsed: (buffer: ArrayBufferLike) => void) {
    this.#onUsed = onUsed;
    this.#worker = new Worker(WORKER, { type: "module" });
    workerCounts.started++;
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) =>
      this.#take(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(event.message);
    };
    this.#worker.onmessageerror = () => this.#fail("a message was lost");
    this.post({ kind: "setup", ...scan });
    this.#setRef(false);
  }

  scan(segment: Segment, source: string): SegmentScan {
    const scan = new SegmentScan(this, segment, source);
    this.scans.push(scan);
    scan.push(segment);
    if (this.state === "failed") this.#fail("it has ended");
    return scan;
  }

  async whenStarted(): Promise<void> {
    await this.hold(() => this.#started.promise);
  }

  post(message: ToWorker, transfer: Transferable[] = []): void {
    if (this.state !== "closed") this.#worker.postMessage(message, transfer);
  }

  /** Keeps the process alive while something is waited for. */
  async hold<T>(wait: () => Promise<T>): Promise<T> {
    if (this.#holders++ === 0) this.#setRef(true);
    try {
      return await wait();
    } finally {
      if (--this.#holders === 0) this.#setRef(false);
    }
  }

  close(): void {
    if (this.state === "closed") return;
    this.state = "closed";
    this.#worker.terminate();
    workerCounts.ended++;
  }

  #take(message: FromWorker): void {
    if (this.state === "closed") return;
    if (message.kind === "ready") {
      this.state = "ready";
      this.#started.resolve();
      return;
    }
    if (message.kind === "used" && message.buffer !== undefined) {
      this.#onUsed(message.buffer);
    }
    this.scans[0]?.take(message);
    if (message.kind === "done" || message.kind === "error") this.scans.shift();
  }

  #fail(message: string): void {
    if (this.state !== "closed") this.state = "failed";
    for (const scan of this.scans.splice(0)) {
      scan.take({ kind: "error", message: `a worker failed: ${message}` });
    }
    this.#started.resolve();
  }

  #setRef(isHeld: boolean): void {
    if (REF === undefined) return;
    const setRef: unknown = Reflect.get(this.#worker, REF);
    if (typeof setRef === "function") setRef.call(this.#worker, isHeld);
  }
}

/** A segment that a worker has been given, and what has come of it. */
export class SegmentScan {
  readonly #worker: ScanWorker;
  readonly #source: string;
  readonly #messages: ScanMessage[] = [];
  #waiting: (() => void)[] = [];
  /** Slices that have been sent and not been read by the worker. */
  #slices = 0;
  #isDone = false;
  /** Where it begins in the archive. */
  readonly offset: number;
  /** Whether the worker gives its text, not its games. */
  readonly isText: boolean;

  constructor(worker: ScanWorker, segment: Segment, source: string) {
    this.#worker = worker;
    this.#source = source;
    this.offset = segment.offset;
    this.isText = segment.isSlice;
  }

  /** Gives the worker a segment, or the next slice of it. */
  push({ chunks, isOpen }: Segment): void {
    this.#slices++;
    const first = chunks.find(({ kind }) => kind === "bytes");
    const isLast = !isOpen;
    this.#worker.post(
      { kind: "segment", chunks, asText: this.isText, isLast },
      first?.kind === "bytes" ? [first.bytes.buffer] : [],
    );
  }

  /** Waits until the worker needs the next slice, or has failed. */
  async hasRoom(signal: AbortSignal | undefined): Promise<void> {
    while (this.#slices >= SLICES_AHEAD && !this.#isDone) {
      await this.#wait(signal);
    }
  }

  /** Takes a message of the worker. */
  take(message: ScanMessage): void {
    if (message.kind === "used") this.#slices--;
    else this.#messages.push(message);
    if (message.kind === "done" || message.kind === "error") {
      this.#isDone = true;
    }
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /**
   * Reads the messages of the worker to the end of the segment.
   *
   * @throws {ArchiveError} If the segment is damaged, after all that comes
   * before the damage.
   */
  async *read(
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Extract<ScanMessage, { kind: "batch" | "text" }>> {
    for (;;) {
      const message = this.#messages.shift();
      switch (message?.kind) {
        case undefined:
          await this.#wait(signal);
          break;
        case "done":
          return;
        case "error":
          throw this.#errorOf(message);
        case "batch":
        case "text":
          yield message;
          this.#worker.post({ kind: "more" });
      }
    }
  }

  async #wait(signal: AbortSignal | undefined): Promise<void> {
    const woken = new Promise<void>((wake) => this.#waiting.push(wake));
    await this.#worker.hold(() => orAborted(woken, signal));
  }

  #errorOf(
    { message, offset = -1, cause }: Extract<ScanMessage, { kind: "error" }>,
  ): ArchiveError {
    return new ArchiveError(
      offset < 0 ? `Cannot read the archive: ${message}` : message,
      {
        offset: offset < 0 ? this.offset : offset,
        source: this.#source,
        ...(cause === undefined ? {} : { cause: new Error(cause) }),
      },
    );
  }
}
