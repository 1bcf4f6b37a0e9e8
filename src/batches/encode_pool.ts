// Lets other threads write the inputs of batches.
import type { NumberArray } from "../encoding/plane_writer.ts";
import type { EncodeAnswer, EncodeRequest } from "./encode_worker.ts";

/** One thread and the requests that it has not answered. */
interface Thread {
  readonly worker: Worker;
  readonly waiting: {
    resolve(inputs: NumberArray): void;
    reject(error: unknown): void;
  }[];
}

/** Threads that write inputs; each answers in the order it was asked. */
export class EncodePool {
  readonly #size: number;
  readonly #threads: Thread[] = [];
  #next = 0;

  /**
   * Creates a pool, without starting a thread yet.
   *
   * @param size How many threads there are.
   */
  constructor(size: number) {
    this.#size = size;
  }

  /** Writes positions in the next thread. */
  encode(request: EncodeRequest): Promise<NumberArray> {
    const number = this.#next++ % this.#size;
    const { worker, waiting } = this.#threads[number] ??= startThread();
    return new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
      worker.postMessage(request);
    });
  }

  /** Ends all threads. */
  close(): void {
    for (const { worker, waiting } of this.#threads.splice(0)) {
      worker.terminate();
      for (const { reject } of waiting) {
        reject(new Error("Cannot encode a batch as the stream was closed"));
      }
    }
  }
}

function startThread(): Thread {
  const worker = new Worker(new URL("./encode_worker.ts", import.meta.url), {
    type: "module",
  });
  const waiting: Thread["waiting"] = [];
  worker.onmessage = ({ data }: MessageEvent<EncodeAnswer>) => {
    const { resolve, reject } = waiting.shift()!;
    if ("inputs" in data) resolve(data.inputs);
    else reject(data.error);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    const error = event.error ?? new Error(event.message);
    for (const { reject } of waiting.splice(0)) reject(error);
  };
  return { worker, waiting };
}
