// Lets the event loop turn while streams have work at once without end.
import { setImmediate } from "node:timers/promises";

/** How long work may go on without a turn, in milliseconds. */
const TURN_INTERVAL = 5;

let turnedAt = performance.now();

/** Whether work has gone on for so long that the event loop must turn. */
export function isTurnDue(): boolean {
  return performance.now() - turnedAt > TURN_INTERVAL;
}

/** Lets signals, timers and messages be heard. */
export async function turn(): Promise<void> {
  await setImmediate();
  turnedAt = performance.now();
}
