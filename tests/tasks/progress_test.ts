import assert from "node:assert/strict";
import { Progress } from "../../tasks/_progress.ts";

function watch(isTerminal: boolean, columns = 120) {
  const clock = { ms: 0 };
  const shown: string[] = [];
  const progress = new Progress({
    isTerminal,
    columns: () => columns,
    write: (text) => shown.push(text),
    now: () => clock.ms,
  });
  return { clock, shown, progress };
}

Deno.test("Progress writes a line every five seconds where there is no terminal", () => {
  const { clock, shown, progress } = watch(false);
  for (let ms = 0; ms <= 10_000; ms += 100) {
    clock.ms = ms;
    progress.update({
      games: ms * 2,
      textBytes: ms * 1000,
      done: ms,
      total: 40_000,
    });
  }
  progress.end();
  assert.deepEqual(shown, [
    "12 %, 10,000 games, 2,000 games/s, 1.0 MB/s, 35 s left\n",
    "25 %, 20,000 games, 2,000 games/s, 1.0 MB/s, 30 s left\n",
  ]);
});

Deno.test("Progress writes over its bar on a terminal, and wipes it away", () => {
  const { clock, shown, progress } = watch(true);
  progress.update({ games: 0, textBytes: 0, done: 0, total: 10 });
  clock.ms = 2000;
  progress.update({ games: 5000, textBytes: 5e6, done: 5, total: 10 });
  clock.ms = 2050;
  progress.update({ games: 5100, textBytes: 6e6, done: 6, total: 10 });
  progress.end();
  progress.end();
  assert.deepEqual(shown, [
    "\r\x1b[K[############------------] " +
    "50 %, 5,000 games, 2,500 games/s, 2.5 MB/s, 2.0 s left",
    "\r\x1b[K",
  ]);
});

Deno.test("Progress takes no speed from what an earlier run has done", () => {
  const { clock, shown, progress } = watch(true);
  clock.ms = 1000;
  progress.update({
    games: 9000,
    textBytes: 2e6,
    done: 10,
    total: 100,
    doneBefore: 40,
  });
  assert.deepEqual(shown, [
    "\r\x1b[K[############------------] 50 %, 9,000 games, 2.0 MB/s, 5.0 s left",
  ]);
});

Deno.test("Progress leaves out the time left where the end is not known", () => {
  const { clock, shown, progress } = watch(true);
  clock.ms = 1000;
  progress.update({ games: 10, textBytes: 2e6, done: 100 });
  assert.deepEqual(shown, ["\r\x1b[K10 games, 10 games/s, 2.0 MB/s"]);
});

Deno.test("Progress never breaks a line of the terminal", () => {
  const bar = "[############------------] ";
  const line = "50 %, 10 games, 10 games/s, 2.0 MB/s, 1.0 s left";
  const whole = bar.length + line.length;
  for (
    const [columns, expected] of [
      [whole + 1, bar + line],
      [whole, line],
      [20, line.slice(0, 19)],
    ] as const
  ) {
    const { clock, shown, progress } = watch(true, columns);
    clock.ms = 1000;
    progress.update({ games: 10, textBytes: 2e6, done: 5, total: 10 });
    assert.deepEqual(shown, [`\r\x1b[K${expected}`]);
  }
});
