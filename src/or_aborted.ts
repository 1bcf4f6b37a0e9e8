// Waits for a promise, but not longer than until a signal.

/**
 * Waits for `promise`, or throws the signal's reason when that comes first.
 *
 * @param promise What is waited for; where the signal comes first, its error
 * is of no interest any more.
 * @param signal The signal.
 * @returns What the promise gives.
 */
export function orAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() =>
      signal.removeEventListener("abort", abort)
    );
  });
}
