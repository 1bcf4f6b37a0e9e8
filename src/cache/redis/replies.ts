// Waits for replies of a server, and gives it up when none comes.

const TICKS = 4;

/** Ends after some time without activity, unless it is stopped. */
export class InactivityTimer {
  #timer: ReturnType<typeof setInterval> | undefined;
  readonly #tick: number;
  #ticks = 0;
  readonly #onEnd: (error: Error) => void;

  constructor(milliseconds: number, onEnd: (error: Error) => void) {
    this.#tick = milliseconds / TICKS;
    this.#onEnd = onEnd;
  }

  /** Begins, unless it has begun. The process is kept alive meanwhile. */
  start(): void {
    // Ticks, as a clock would also count the time in which the process itself
    // was busy and heard nothing.
    this.#timer ??= setInterval(() => {
      if (++this.#ticks <= TICKS) return;
      this.stop();
      this.#onEnd(new DOMException("No answer in time", "TimeoutError"));
    }, this.#tick);
  }

  /** Begins anew after some activity. */
  renew(): void {
    this.#ticks = 0;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#ticks = 0;
  }
}

/**
 * The replies that are awaited. A server is given up when it has sent none of
 * them for some time. The socket lets the process end; waiting here does not.
 */
export class Replies {
  readonly #awaited = new Set<(error: Error) => void>();
  readonly #timer: InactivityTimer;

  constructor(timeout: number, onTimeout: (error: Error) => void) {
    this.#timer = new InactivityTimer(timeout, onTimeout);
  }

  /** Waits for a reply, or for the server to be given up. */
  next(reply: Promise<unknown>): Promise<unknown> {
    return new Promise<unknown>((resolve, reject) => {
      this.#awaited.add(reject);
      this.#timer.start();
      reply.then(
        (value) => {
          this.#settle(reject);
          resolve(value);
        },
        (error) => {
          this.#settle(reject);
          reject(error);
        },
      );
    });
  }

  /** Waits for none of them any more. */
  fail(error: Error): void {
    for (const reject of [...this.#awaited]) {
      this.#settle(reject);
      reject(error);
    }
  }

  #settle(reject: (error: Error) => void): void {
    if (!this.#awaited.delete(reject)) return;
    this.#timer.renew();
    if (this.#awaited.size === 0) this.#timer.stop();
  }
}
