// Scans segments in this thread as workers do, ahead of what is read.
import { Failure } from "./failure.ts";
import type { FrameText, ScanBatch, SegmentScanner } from "./scan_stream.ts";
import type { SegmentScan, WorkerPool } from "./worker_pool.ts";

/** How many segments have been scanned here, or begun, and not been read. */
export const SCANS_HERE = 2;

/** How many batches of a segment wait to be read: about half a megabyte of games. */
const BATCHES_AHEAD = 3;

/** What scans, and where the segments come from. */
interface Scanning {
  readonly pool: WorkerPool;
  readonly scanner: SegmentScanner;
  readonly signal: AbortSignal | undefined;
}

/** What is found in a segment, and the error that follows it. */
interface Found {
  readonly batches: ReadableStream<ScanBatch>;
  readonly failure: Failure;
}

/**
 * The scans of this thread. It scans one segment after the other while a worker
 * is waited for, so that no core is idle.
 */
export class ScansHere implements AsyncDisposable {
  readonly #frameText: FrameText;
  readonly #scanning: Scanning;
  readonly #scans = new Map<SegmentScan, Found>();
  #isScanning = false;
  /** The segment that is read. */
  #current: SegmentScan | undefined;

  /** Prepares for the first segment. */
  constructor(frameText: FrameText, scanning: Scanning) {
    this.#frameText = frameText;
    this.#scanning = scanning;
  }

  /** Begins with the first segment that no worker has, unless one is under way. */
  begin(current: SegmentScan): void {
    this.#current = current;
    this.#next();
  }

  /** Whether a segment is scanned here. */
  has(scan: SegmentScan): boolean {
    return this.#scans.has(scan);
  }

  /**
   * Reads what is found in a segment that is scanned here.
   *
   * @throws {ArchiveError} If the segment is damaged, after all that comes
   * before the damage.
   */
  async *read(scan: SegmentScan): AsyncGenerator<ScanBatch> {
    const { batches, failure } = this.#scans.get(scan)!;
    yield* batches;
    this.#scans.delete(scan);
    failure.throw();
  }

  /** Ends the scans. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const { batches } of this.#scans.values()) {
      // One that is being read has been ended by its reader, one that failed by itself.
      if (!batches.locked) await batches.cancel().catch(() => {});
    }
  }

  #next(): void {
    const { pool, scanner, signal } = this.#scanning;
    if (this.#isScanning || this.#scans.size >= SCANS_HERE) return;
    const scan = pool.takeWaiting(this.#current!);
    if (scan === undefined) return;
    this.#isScanning = true;
    const { chunks, blocks } = scan.segment;
    const failure = new Failure();
    const text = ReadableStream.from([chunks])
      .pipeThrough(
        this.#frameText.stage(scanner.reportOf(failure)),
        { signal },
      );
    const onEnd = () => {
      pool.blocks.give(blocks);
      this.#isScanning = false;
      this.#next();
    };
    const batchesAhead = BATCHES_AHEAD;
    const batches = scanner.scan(text, { batchesAhead, onEnd, signal });
    this.#scans.set(scan, { batches, failure });
  }
}
