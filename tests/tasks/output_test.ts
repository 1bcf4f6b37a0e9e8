import assert from "node:assert/strict";
import {
  formatBytes,
  formatNumber,
  formatSeconds,
  maskPassword,
  maskPasswords,
  Progress,
} from "../../tasks/_output.ts";
import { TestFolder } from "./_run_task.ts";

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

Deno.test("formatNumber() groups digits", () => {
  assert.equal(formatNumber(0), "0");
  assert.equal(formatNumber(999), "999");
  assert.equal(formatNumber(121_332), "121,332");
  assert.equal(formatNumber(1_234_567_890), "1,234,567,890");
});

Deno.test("formatBytes() chooses a unit", () => {
  assert.equal(formatBytes(0), "0 bytes");
  assert.equal(formatBytes(999), "999 bytes");
  assert.equal(formatBytes(1500), "1.5 kB");
  assert.equal(formatBytes(17_755_988), "17.8 MB");
  assert.equal(formatBytes(450_000_000), "450 MB");
  assert.equal(formatBytes(31e12), "31.0 TB");
});

Deno.test("formatSeconds() chooses units", () => {
  assert.equal(formatSeconds(0.44), "0.4 s");
  assert.equal(formatSeconds(9.94), "9.9 s");
  assert.equal(formatSeconds(9.96), "10 s");
  assert.equal(formatSeconds(59.6), "1 min 0 s");
  assert.equal(formatSeconds(130), "2 min 10 s");
  assert.equal(formatSeconds(3900), "1 h 5 min");
  assert.equal(formatSeconds(172_799), "47 h 59 min");
  assert.equal(formatSeconds(273_600), "3 d 4 h");
});

Deno.test("maskPassword() leaves nothing of a password", () => {
  assert.equal(
    maskPassword("redis://127.0.0.1:6379/2"),
    "redis://127.0.0.1:6379/2",
  );
  assert.equal(
    maskPassword("redis://:secret@host:6379"),
    "redis://:***@host:6379",
  );
  assert.equal(
    maskPassword("rediss://user:se/c@re:t@host/1"),
    "rediss://user:***@host/1",
  );
  assert.equal(maskPassword("sqlite:/a/b:c.sqlite"), "sqlite:/a/b:c.sqlite");
  assert.equal(
    maskPassword("redis://secret@host:6379"),
    "redis://***@host:6379",
  );
  assert.equal(maskPassword("a.pgn.zst"), "a.pgn.zst");
});

Deno.test("maskPasswords() leaves nothing of a password anywhere in a text", () => {
  assert.equal(
    maskPasswords(
      "Invalid URL: 'https://me:a@b@host:1/c'\n" +
        '{"a":"redis://:x@h","b":"me@host: 12:30"} (http://h/a@b, byte 0)',
    ),
    "Invalid URL: 'https://me:***@host:1/c'\n" +
      '{"a":"redis://:***@h","b":"me@host: 12:30"} (http://h/a@b, byte 0)',
  );
  const url = 'redis://:it\'s a "word"@host';
  assert.equal(maskPasswords(`no ${url}!`, [url]), "no redis://:***@host!");
});

Deno.test("bold() writes colours to a terminal alone, and not where NO_COLOR is set", async () => {
  const module = new URL("../../tasks/_output.ts", import.meta.url).href;
  const script = `import { bold } from "${module}"; console.log(bold("word"));`;
  await using folder = new TestFolder();
  await Deno.writeTextFile(`${folder.path}/bold.ts`, script);
  const command = `'${Deno.execPath()}' run '${folder.path}/bold.ts'`;
  const run = async (program: string, args: string[], noColor: string) => {
    const env = { NO_COLOR: noColor };
    const { stdout } = await new Deno.Command(program, { args, env }).output();
    return new TextDecoder().decode(stdout).trimEnd();
  };
  // script(1) gives it a terminal.
  const onTerminal = ["-qec", command, "/dev/null"];
  assert.equal(await run("script", onTerminal, ""), "\x1b[1mword\x1b[22m");
  assert.equal(await run("script", onTerminal, "1"), "word");
  assert.equal(await run("sh", ["-c", command], ""), "word");
});
