/**
 * Makes a source of numbers from 0 to below 1 that gives the same ones for the
 * same seed: mulberry32.
 */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = state + 0x6d2b79f5 | 0;
    let bits = Math.imul(state ^ state >>> 15, state | 1);
    bits ^= bits + Math.imul(bits ^ bits >>> 7, bits | 61);
    return ((bits ^ bits >>> 14) >>> 0) / 2 ** 32;
  };
}

/** A value of a list. */
export function pick<T>(values: readonly T[], random: () => number): T {
  return values[Math.floor(random() * values.length)];
}

/** An integer from `least` to `most`, both included. */
export function between(
  least: number,
  most: number,
  random: () => number,
): number {
  return least + Math.floor(random() * (most - least + 1));
}
