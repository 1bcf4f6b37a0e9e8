import process from "node:process";

/** Something whose time is taken. */
export interface Contestant {
  /** What its row is called. */
  readonly name: string;
  /** Makes ready for the next time; is not measured. */
  prepare?(): unknown;
  /**
   * Does all of it once. A number that it returns is the CPU time of the processes
   * that it ran, in milliseconds; else that of this process is taken.
   */
  run(): unknown;
}

/** How long a contestant took, in milliseconds. */
export interface Timing {
  /** Its name. */
  readonly name: string;
  /** The shortest time: the least disturbed by others. */
  readonly best: number;
  /** The time in the middle. */
  readonly median: number;
  /** The least CPU time of all threads: what a busy machine disturbs least. */
  readonly cpu: number;
}

/** Options of {@linkcode race}. */
export interface RaceOptions {
  /** How often each contestant's time is taken. */
  rounds: number;
  /** How often each runs before. @default {1} */
  warmUp?: number;
  /** Stops it. */
  signal?: AbortSignal;
}

/**
 * Takes the contestants' times, round after round, each once a round, so that
 * what disturbs the machine disturbs all of them.
 */
export async function race(
  contestants: readonly Contestant[],
  options: RaceOptions,
): Promise<Timing[]> {
  const { rounds, warmUp = 1, signal } = options;
  const times = contestants.map((): number[] => []);
  const cpuTimes = contestants.map((): number[] => []);
  for (let round = -warmUp; round < rounds; round++) {
    for (let n = 0; n < contestants.length; n++) {
      // Another one begins each round: none always follows the same one.
      const i = (n + round + warmUp) % contestants.length;
      const contestant = contestants[i];
      signal?.throwIfAborted();
      await contestant.prepare?.();
      await rest();
      const before = process.cpuUsage();
      const start = performance.now();
      const cpu = await contestant.run();
      const time = performance.now() - start;
      const { user, system } = process.cpuUsage(before);
      if (round < 0) continue;
      times[i].push(time);
      cpuTimes[i].push(typeof cpu === "number" ? cpu : (user + system) / 1000);
    }
  }
  return contestants.map(({ name }, i) => ({
    name,
    ...summaryOf(times[i]),
    cpu: Math.min(...cpuTimes[i]),
  }));
}

/** Lets the collector, at work beside, be done with what the last one left. */
async function rest(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 30));
}

/** The least and the middle one of some figures. */
export function summaryOf(
  values: readonly number[],
): { best: number; median: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1
    ? sorted[middle]
    : (sorted[middle - 1] + sorted[middle]) / 2;
  return { best: sorted[0], median };
}
