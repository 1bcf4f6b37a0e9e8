// A stage that makes as much of its output as is read.
import { isTurnDue, turn } from "./turn.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** What an {@linkcode OnDemandStream} does. */
export interface OnDemandTransformer<In, Out> {
  /**
   * Makes text of a chunk, step by step; steps without text are left out, so
   * that long work can be interrupted.
   */
  transform(chunk: In): Iterable<Out>;
  /** Makes the text that is left when all chunks have been taken. */
  flush?(): Iterable<Out> | void;
  /** Frees what is held; called once, however the stream ends. */
  close?(): void;
}

/**
 * A transform stream for chunks that may become thousands of times as long: a
 * `TransformStream` takes all that comes of a chunk at once; here each text
 * waits for its reader, and the event loop turns in between.
 */
export class OnDemandStream<In, Out extends { readonly length: number } = Bytes>
  implements TransformStream<In, Out> {
  /** What is made. */
  readonly readable: ReadableStream<Out>;
  /** Takes the chunks. */
  readonly writable: WritableStream<In>;

  /** Creates a stage. */
  constructor(transformer: OnDemandTransformer<In, Out>) {
    let output: ReadableStreamDefaultController<Out>;
    let input: WritableStreamDefaultController;
    let isWanted = false;
    let isStopped = false;
    let wake = () => {};
    const stop = () => {
      if (isStopped) return;
      isStopped = true;
      transformer.close?.();
      wake();
    };
    const fail = (reason: unknown) => {
      if (isStopped) return;
      stop();
      output.error(reason);
    };
    const give = async (texts: Iterable<Out> | void) => {
      try {
        if (isTurnDue()) await turn();
        for (const text of texts ?? []) {
          if (isTurnDue()) await turn();
          if (isStopped) return;
          if (text.length === 0) continue;
          while (!isWanted && !isStopped) {
            await new Promise<void>((resolve) => wake = resolve);
          }
          if (isStopped) return;
          isWanted = false;
          output.enqueue(text);
        }
      } catch (error) {
        fail(error);
        throw error;
      }
    };

    this.readable = new ReadableStream<Out>({
      start(controller) {
        output = controller;
      },
      pull() {
        isWanted = true;
        wake();
      },
      cancel(reason) {
        stop();
        input.error(reason);
      },
    }, { highWaterMark: 0 });

    this.writable = new WritableStream<In>({
      start(controller) {
        input = controller;
        // The sink's own abort() would wait for a write that waits for a reader.
        controller.signal.addEventListener(
          "abort",
          () => fail(controller.signal.reason),
        );
      },
      write: (chunk) => give(transformer.transform(chunk)),
      async close() {
        try {
          await give(transformer.flush?.());
        } catch (error) {
          fail(error);
          throw error;
        }
        if (isStopped) return;
        stop();
        output.close();
      },
    });
  }
}
