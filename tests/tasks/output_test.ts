import assert from "node:assert/strict";
import { maskPassword } from "../../mod.ts";
import {
  formatBytes,
  formatNumber,
  formatSeconds,
  maskPasswords,
} from "../../tasks/_output.ts";
import { TestFolder } from "./_run_task.ts";

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
