// Hands segments to workers and reads what they find.
import { ArchiveError } from "../archive/archive_error.ts";
import { isGranted } from "../is_granted.ts";
import { orAborted } from "../or_aborted.ts";
import type { ScanBatch, ScanOptions } from "./scan_stream.ts";
import { BUFFERS } from "./text_chunks.ts";
import { BlockPool, type Segment } from "./segments.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** What a worker is sent. */
export type ToWorker =
  | { readonly kind: "setup" } & ScanOptions
  /** Scan a segment, or the next slice of one. */
  | {
    readonly kind: "segment";
    readonly segment: Segment;
  }
  /** Another message may be sent; the memory of a text comes back. */
  | { readonly kind: "more"; readonly buffer?: ArrayBuffer };

/** What a worker sends. */
export type FromWorker = { readonly kind: "ready" } | ScanMessage;

/** What a worker sends of a segment. */
export type ScanMessage =
  | { readonly kind: "batch"; readonly batch: ScanBatch }
  | { readonly kind: "text"; readonly bytes: Bytes }
  /** A slice has been read; its memory comes back. */
  | { readonly kind: "used"; readonly blocks: readonly ArrayBuffer[] }
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

/** How many segments a worker has been given: while one is scanned, the others wait. */
export const SEGMENTS_AT_ONCE = 2;

/** How many texts of a worker are held: those that stages may still read. */
const TEXTS_HELD = BUFFERS - 1;

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

/** Workers that scan segments, beside the thread that reads what they find. */
export class WorkerPool implements Disposable {
  /** How many workers there are at most. */
  readonly size: number;
  /** The memory of the segments. */
  readonly blocks: BlockPool = new BlockPool();
  readonly #scan: ScanOptions;
  readonly #workers: ScanWorker[] = [];
  /** The segments that nobody scans yet, in order. */
  readonly #waiting: SegmentScan[] = [];
  /** How many long frames have not been scanned to their end. */
  #slices = 0;
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

  /** Whether a worker has been started and waits for segments. */
  get isReady(): boolean {
    return this.isUsable && this.#workers[0]?.state === "ready";
  }

  /** Starts the first worker, where that has not been done and can be. */
  start(): void {
    if (this.#workers.length > 0 || !this.isUsable) return;
    if (mayStart()) this.#addWorker();
    else this.#isClosed = true;
  }

  /** Starts all workers and waits until they are ready, or have failed. */
  async whenReady(): Promise<void> {
    this.start();
    while (this.isUsable && this.#workers.length < this.size) this.#addWorker();
    for (const worker of this.#workers) await worker.whenStarted();
  }

  /** Lets a worker scan a segment, as soon as one has time. */
  scan(segment: Segment, source: string): SegmentScan {
    const scan = new SegmentScan(segment, source);
    if (segment.isSlice) {
      this.#slices++;
      this.#idlest.scan(scan);
    } else {
      this.#waiting.push(scan);
      this.#assign();
    }
    return scan;
  }

  /**
   * Takes the first segment that no worker has, to be scanned in this thread.
   * The text of slices is scanned here, too: while some are to come, only the
   * segment that is read now can be taken.
   */
  takeWaiting(current: SegmentScan): SegmentScan | undefined {
    if (this.#slices > 0 && this.#waiting[0] !== current) return undefined;
    const scan = this.#waiting.shift();
    this.#assign();
    return scan;
  }

  /** Tells that the text of a slice has been scanned. */
  endSlice(): void {
    this.#slices--;
  }

  /** Ends the workers, whatever they do. */
  [Symbol.dispose](): void {
    this.#isClosed = true;
    for (const worker of this.#workers) worker.close();
  }

  /**
   * Gives segments to workers: the first to one that has none, and only later
   * ones to be kept waiting, as this thread takes the first.
   */
  #assign(): void {
    while (this.#waiting.length > 0 && this.isUsable) {
      const { size } = this;
      let worker = this.#idlest;
      let isBusy = worker.scans.length > 0;
      if (isBusy && this.#workers.length < size) {
        worker = this.#addWorker();
        isBusy = false;
      }
      if (isBusy && this.#waiting.length === 1) return;
      if (worker.scans.length >= SEGMENTS_AT_ONCE) return;
      worker.scan(this.#waiting.splice(isBusy ? 1 : 0, 1)[0]);
    }
  }

  get #idlest(): ScanWorker {
    return this.#workers.reduce((a, b) =>
      b.scans.length < a.scans.length ? b : a
    );
  }

  #addWorker(): ScanWorker {
    const worker = new ScanWorker(
      this.#scan,
      this.blocks,
      () => this.#assign(),
    );
    this.#workers.push(worker);
    return worker;
  }
}

/** A worker, and the segments that it has been given. */
class ScanWorker {
  readonly #worker: Worker;
  readonly #blocks: BlockPool;
  readonly #onDone: () => void;
  readonly #started = Promise.withResolvers<void>();
  #holders = 0;
  /** What is not done, the first of it under way. */
  readonly scans: SegmentScan[] = [];
  state: "starting" | "ready" | "failed" | "closed" = "starting";

  constructor(scan: ScanOptions, blocks: BlockPool, onDone: () => void) {
    this.#blocks = blocks;
    this.#onDone = onDone;
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

  scan(scan: SegmentScan): void {
    this.scans.push(scan);
    scan.begin(this);
    if (this.state === "failed") this.#fail("it has ended");
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
    if (message.kind === "used") this.#blocks.give(message.blocks);
    this.scans[0]?.take(message);
    if (message.kind !== "done" && message.kind !== "error") return;
    this.scans.shift();
    this.#onDone();
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

/** A segment that is to be scanned, and what a worker has found in it. */
export class SegmentScan {
  readonly segment: Segment;
  readonly #source: string;
  #worker: ScanWorker | undefined;
  readonly #messages: ScanMessage[] = [];
  #waiting: (() => void)[] = [];
  /** Slices that have been sent and not been read by the worker. */
  #slices = 0;
  #isDone = false;

  constructor(segment: Segment, source: string) {
    this.segment = segment;
    this.#source = source;
  }

  /** Sends the segment to a worker. */
  begin(worker: ScanWorker): void {
    this.#worker = worker;
    this.push(this.segment);
  }

  /** Gives the worker the segment, or the next slice of it. */
  push(segment: Segment): void {
    this.#slices++;
    this.#worker!.post({ kind: "segment", segment }, [...segment.blocks]);
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
    const texts: ArrayBuffer[] = [];
    for (;;) {
      const message = this.#messages.shift();
      switch (message?.kind) {
        case undefined:
          await this.#wait(signal);
          break;
        case "done":
          // The last texts are still being read.
          texts.forEach(() => this.#worker!.post({ kind: "more" }));
          return;
        case "error":
          throw this.#errorOf(message);
        case "batch":
          yield message;
          this.#worker!.post({ kind: "more" });
          break;
        case "text":
          yield message;
          // What is left of a text is read until the next one has been split.
          texts.push(message.bytes.buffer);
          if (texts.length > TEXTS_HELD) {
            const buffer = texts.shift()!;
            this.#worker!.post({ kind: "more", buffer }, [buffer]);
          }
      }
    }
  }

  async #wait(signal: AbortSignal | undefined): Promise<void> {
    const woken = new Promise<void>((wake) => this.#waiting.push(wake));
    await this.#worker!.hold(() => orAborted(woken, signal));
  }

  #errorOf(
    { message, offset = -1, cause }: Extract<ScanMessage, { kind: "error" }>,
  ): ArchiveError {
    return new ArchiveError(
      offset < 0 ? `Cannot read the archive: ${message}` : message,
      {
        offset: offset < 0 ? this.segment.offset : offset,
        source: this.#source,
        ...(cause === undefined ? {} : { cause: new Error(cause) }),
      },
    );
  }
}
