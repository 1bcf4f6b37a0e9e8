// Keeps an error out of streams, which would drop what was read before it.

/** An error of the source or the decoder, thrown once what comes before it is read. */
export class Failure {
  #error: { readonly cause: unknown } | undefined;

  /** Whether nothing more is to be read. */
  get isSet(): boolean {
    return this.#error !== undefined;
  }

  /** Keeps the first error. */
  set(cause: unknown): void {
    this.#error ??= { cause };
  }

  /** Gives out what is made until an error is thrown, which is kept. */
  *until<T>(made: Iterable<T>): Generator<T> {
    if (this.isSet) return;
    try {
      yield* made;
    } catch (error) {
      this.set(error);
    }
  }

  /** Gives out what comes until an error is thrown, which is kept. */
  async *untilError<T>(given: AsyncIterable<T>): AsyncGenerator<T, undefined> {
    try {
      yield* given;
    } catch (error) {
      this.set(error);
    }
  }

  /** Throws the error, where there is one. */
  throw(): void {
    if (this.#error !== undefined) throw this.#error.cause;
  }
}
