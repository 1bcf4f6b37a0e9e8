import { isGranted } from "../is_granted.ts";
import { orAborted } from "../or_aborted.ts";
import { ArchiveError } from "../archive/archive_error.ts";
import type { FramePiece } from "./frame_scanner.ts";
import type { GamesPart, ScannedPart, ScanOptions } from "./game_scanner.ts";

/** What a worker is told. */
export type ToWorker =
  | { readonly kind: "setup" } & ScanOptions
  /** Decompress frames and find the games in their text. */
  | {
    readonly kind: "frames";
    readonly frames: readonly FramePiece[];
    readonly bytes: Uint8Array<ArrayBuffer>;
  }
  /** Decompress a part of a frame and give its text back. */
  | {
    readonly kind: "stream";
    readonly frames: readonly FramePiece[];
    readonly bytes: Uint8Array<ArrayBuffer>;
    /** How much of the text is not wanted, where a frame begins. */
    readonly skip?: number;
    readonly isLast: boolean;
  }
  /** Another message may be sent; the buffer may be used again. */
  | { readonly kind: "more"; readonly buffer?: ArrayBuffer };

/** What a worker answers. */
export type FromWorker =
  | { readonly kind: "ready" }
  | FoundInWorker
  | {
    readonly kind: "error";
    readonly message: string;
    readonly offset?: number;
    readonly cause?: string;
  };

/** What comes of a job. */
export type FoundInWorker =
  | {
    readonly kind: "parts";
    readonly parts: readonly PackedPart[];
    /** The texts of all parts, one behind the other, and how long each is. */
    readonly bytes: Uint8Array;
    readonly lengths: Uint32Array;
    /** The verdicts on the games of all parts, for each filter. */
    readonly verdicts: readonly Uint8Array[];
  }
  | { readonly kind: "text"; readonly bytes: Uint8Array<ArrayBuffer> }
  /** A job is done; its buffer comes back. */
  | {
    readonly kind: "done";
    readonly textBytes: number;
    readonly buffer: ArrayBufferLike;
  };

/** A part whose texts and verdicts stand with those of others. */
export type PackedPart =
  | Extract<ScannedPart, { kind: "text" }>
  | Omit<GamesPart, "texts" | "verdicts"> & {
    /** How many texts are its. */
    readonly texts: number;
  };

/** How many workers were started and ended in this process. */
export const workerCounts = { started: 0, ended: 0 };

const WORKER = new URL("./archive_worker.ts", import.meta.url);

/** A worker has its next jobs at hand. */
const JOBS_AHEAD = 2;

/** So many jobs for each thread wait for those before them, or to be done. */
const JOBS_UNDER_WAY = 4;

/** Buffers are longer than what was asked for, by a sixteenth and up to this. */
const BUFFER_STEP = 64 * 1024;

/** Keeps a worker that nobody waits for from keeping the process alive. */
const REF = Object.getOwnPropertySymbols(Worker.prototype)
  .find(({ description }) => !description);

/** Whether the workers' program may be loaded, without asking for it. */
function mayStart(): boolean {
  try {
    const permission = WORKER.protocol === "file:"
      ? { name: "read", path: new URL("..", WORKER) } as const
      : { name: "import", host: WORKER.host } as const;
    return isGranted(permission);
  } catch {
    return false;
  }
}

/**
 * Workers that find the games in stretches of an archive. The stretches are
 * given out in order, and what comes of each is read in order.
 */
export class ArchivePool {
  readonly #threads: number;
  readonly #scan: ScanOptions;
  readonly #workers: PoolWorker[] = [];
  readonly #buffers: ArrayBuffer[] = [];
  #bufferSize = 0;
  #isClosed = false;

  /** Prepares workers; none is started yet. */
  constructor(threads: number, scan: ScanOptions) {
    this.#threads = threads;
    this.#scan = scan;
  }

  /** Whether workers may be used, as far as is known. */
  get isUsable(): boolean {
    return this.#threads > 0 && !this.#isClosed &&
      !this.#workers.some(({ state }) => state === "failed");
  }

  /** Whether all workers have been started and wait for jobs. */
  get isReady(): boolean {
    return this.#workers.length > 0 &&
      this.#workers.every(({ state }) => state === "ready");
  }

  /** How many jobs may be under way. */
  get capacity(): number {
    return this.#threads * JOBS_UNDER_WAY;
  }

  /** Whether the thread that waits for workers is one of those that read. */
  get helps(): boolean {
    return this.#threads > 1;
  }

  /** Starts the workers, where that has not been done and can be. */
  start(): void {
    if (this.#workers.length > 0 || !this.isUsable) return;
    if (!mayStart()) {
      this.#isClosed = true;
      return;
    }
    const count = this.helps ? this.#threads - 1 : 1;
    for (let i = 0; i < count; i++) {
      this.#workers.push(
        new PoolWorker(this.#scan, (buffer) => this.recycle(buffer)),
      );
    }
  }

  /** Waits until the workers are there; `false` where they cannot be. */
  async whenReady(signal?: AbortSignal): Promise<boolean> {
    this.start();
    for (const worker of this.#workers) await worker.whenStarted(signal);
    return this.isUsable && this.isReady;
  }

  /** A buffer of at least `length` bytes, used before if possible. */
  buffer(length: number): Uint8Array<ArrayBuffer> {
    // One that is too short now has grown too short for what comes next, too.
    while (this.#buffers.length > 0) {
      const buffer = this.#buffers.pop()!;
      if (buffer.byteLength >= length) return new Uint8Array(buffer);
    }
    if (length > this.#bufferSize) {
      this.#bufferSize = Math.ceil(length * 1.0625 / BUFFER_STEP) * BUFFER_STEP;
    }
    return new Uint8Array(this.#bufferSize);
  }

  /** Takes back a buffer that is not needed any more. */
  recycle(buffer: ArrayBufferLike): void {
    if (buffer.byteLength >= this.#bufferSize) {
      this.#buffers.push(buffer as ArrayBuffer);
    }
  }

  /** The worker that has the least to do, if any should have more. */
  freeWorker(): PoolWorker | undefined {
    const worker = this.#workers.reduce((a, b) =>
      b.jobs.length < a.jobs.length ? b : a
    );
    return worker.jobs.length < JOBS_AHEAD ? worker : undefined;
  }

  /** Ends the workers, whatever they do. */
  close(): void {
    this.#isClosed = true;
    for (const worker of this.#workers) worker.close();
  }
}

/** A worker, and the jobs that it has been given. */
export class PoolWorker {
  readonly #worker: Worker;
  readonly #recycle: (buffer: ArrayBufferLike) => void;
  #wake = () => {};
  /** Jobs that are not done, the first of them under way. */
  readonly jobs: PoolJob[] = [];
  state: "starting" | "ready" | "failed" | "closed" = "starting";

  constructor(
    scan: ScanOptions,
    recycle: (buffer: ArrayBufferLike) => void,
  ) {
    this.#recycle = recycle;
    this.#worker = new Worker(WORKER, { type: "module" });
    workerCounts.started++;
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) =>
      this.#take(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(event.message);
    };
    this.#worker.onmessageerror = () => this.#fail("a message was lost");
    this.#post({ kind: "setup", ...scan });
    this.#hold(false);
  }

  run(job: Exclude<ToWorker, { kind: "setup" | "more" }>): PoolJob {
    const run = new PoolJob(
      job.frames[0].offset,
      (buffer) => this.#post({ kind: "more", buffer }, buffer && [buffer]),
      (isHeld) => this.#hold(isHeld),
    );
    this.jobs.push(run);
    this.#post(job, [job.bytes.buffer]);
    if (this.state === "failed") this.#fail("it has ended");
    return run;
  }

  async whenStarted(signal?: AbortSignal): Promise<void> {
    this.#hold(true);
    try {
      while (this.state === "starting") {
        await orAborted(
          new Promise<void>((resolve) => this.#wake = resolve),
          signal,
        );
      }
    } finally {
      this.#hold(false);
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
      this.#wake();
      return;
    }
    if (message.kind === "done") this.#recycle(message.buffer);
    this.jobs[0]?.push(message);
    if (message.kind === "done" || message.kind === "error") this.jobs.shift();
  }

  #fail(message: string): void {
    if (this.state !== "closed") this.state = "failed";
    for (const job of this.jobs.splice(0)) {
      job.push({ kind: "error", message: `a worker failed: ${message}` });
    }
    this.#wake();
  }

  #post(message: ToWorker, transfer: Transferable[] = []): void {
    if (this.state !== "closed") this.#worker.postMessage(message, transfer);
  }

  #hold(isHeld: boolean): void {
    if (REF === undefined) return;
    const hold: unknown = Reflect.get(this.#worker, REF);
    if (typeof hold === "function") hold.call(this.#worker, isHeld);
  }
}

/** A job that a worker has been given, and what has come of it. */
export class PoolJob {
  readonly #offset: number;
  readonly #more: (buffer?: ArrayBuffer) => void;
  readonly #hold: (isHeld: boolean) => void;
  #messages: Exclude<FromWorker, { kind: "ready" }>[] = [];
  #wake = () => {};

  constructor(
    offset: number,
    more: (buffer?: ArrayBuffer) => void,
    hold: (isHeld: boolean) => void,
  ) {
    this.#offset = offset;
    this.#more = more;
    this.#hold = hold;
  }

  push(message: Exclude<FromWorker, { kind: "ready" }>): void {
    this.#messages.push(message);
    this.#wake();
  }

  /** Lets the worker go on behind a message that has been used. */
  more(buffer?: ArrayBuffer): void {
    this.#more(buffer);
  }

  /**
   * Waits until there is a message.
   *
   * @param signal Stops the waiting.
   */
  async wait(signal: AbortSignal | undefined): Promise<void> {
    while (this.#messages.length === 0) {
      this.#hold(true);
      try {
        await orAborted(
          new Promise<void>((resolve) => this.#wake = resolve),
          signal,
        );
      } finally {
        this.#hold(false);
      }
    }
  }

  /**
   * Takes the next message, if there is one.
   *
   * @param source The archive's name, for errors.
   * @throws {ArchiveError} If it tells of an error.
   */
  take(source: string): FoundInWorker | undefined {
    const message = this.#messages.shift();
    if (message?.kind !== "error") return message;
    const { offset = this.#offset, cause } = message;
    throw new ArchiveError(
      message.offset === undefined
        ? `Cannot read the archive: ${message.message}`
        : message.message,
      {
        offset,
        source,
        ...(cause === undefined ? {} : { cause: new Error(cause) }),
      },
    );
  }
}
