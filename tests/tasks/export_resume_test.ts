import assert from "node:assert/strict";
import { exportSample, filesIn } from "./_export.ts";
import {
  endOf,
  PROJECT,
  runTask,
  SAMPLE,
  startTask,
  TestFolder,
  until,
} from "./_run_task.ts";
import { LONG } from "../_shared_data.ts";

/** Moments at which each export is killed. */
const MOMENTS = LONG ? 20 : 6;

const NO_CACHE = ["--cache", "sqlite:nowhere.sqlite"];

/** Exports whose resuming has its own ways, with small shards. */
const EXPORTS: Readonly<Record<string, string[]>> = {
  safetensors: ["--format", "safetensors", "--shard-size", "1500"],
  "npy, shuffled and with a cap": [
    ...["--format", "npy", "--shard-size", "1500", "--max-per-batch", "2"],
    ...["--batch-size", "100", "--shuffle", "3:1", "--shard", "0/2"],
  ],
};

for (const [name, flags] of Object.entries(EXPORTS)) {
  Deno.test(`deno task export of ${name}, killed at any moment and run again, writes the same files`, async () => {
    await using folder = new TestFolder();
    const args = [...flags, "--max-games", "400"];
    const whole = `${folder.path}/whole`;
    await exportSample(whole, ...args);
    const expected = filesIn(whole);
    assert.ok(expected.size > 12);
    const out = `${folder.path}/killed`;
    const command = [SAMPLE, "--out", out, ...NO_CACHE, ...args];
    let kills = 0;
    let seen = 0;
    for (let i = 0; i < MOMENTS; i++) {
      const child = startTask("export", command);
      const ended = endOf(child);
      const from = seen;
      // Also in the midst of a shard, and while one is put in its place.
      await until(() => Promise.resolve(entriesOf(out) > from), 60)
        .catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 60));
      try {
        child.kill("SIGKILL");
      } catch {
        // It was faster.
      }
      const { code, stderr } = await ended;
      if (code === 0) break;
      assert.equal(code, 137, stderr);
      kills++;
      seen = entriesOf(out);
    }
    assert.ok(kills > 0);
    const last = await runTask("export", command);
    assert.equal(last.code, 0, last.stderr);
    assert.deepEqual(filesIn(out), expected);
    const again = await runTask("export", command);
    assert.match(again.stdout, /as exported before/);
    assert.deepEqual(filesIn(out), expected);
  });
}

/** How many shards are in a folder. */
function entriesOf(folder: string): number {
  try {
    return [...Deno.readDirSync(folder)].length;
  } catch {
    return 0;
  }
}

Deno.test("deno task export interrupted leaves whole shards alone, and says how many", async () => {
  await using folder = new TestFolder();
  const out = `${folder.path}/out`;
  const flags = ["--shard-size", "1000"];
  const command = [SAMPLE, "--out", out, ...NO_CACHE, ...flags, "--json"];
  const child = startTask("export", command);
  const ended = endOf(child);
  await until(() => Promise.resolve(entriesOf(out) > 4), 60);
  child.kill("SIGINT");
  const { code, stderr, json } = await ended;
  assert.equal(code, 130, stderr);
  const { shards, count } = json();
  assert.equal(count, shards * 1000);
  assert.match(
    stderr,
    new RegExp(`Interrupted by SIGINT: ${shards} shards with .* are whole`),
  );
  const names = [...Deno.readDirSync(out)].map(({ name }) => name).sort();
  assert.equal(names.length, shards + 1);
  assert.equal(names[0], "journal.json");
  assert.ok(names.every((name) => !name.endsWith(".partial")));
  const verified = await runTask("export", ["--verify", out]);
  assert.equal(verified.code, 1);
  assert.match(verified.stderr, /is unfinished: the command that began it/);
  await exportSample(out, ...flags);
  await exportSample(`${folder.path}/whole`, ...flags);
  assert.deepEqual(filesIn(out), filesIn(`${folder.path}/whole`));
});

Deno.test("deno task export says what is whole where a file cannot be written", async () => {
  await using folder = new TestFolder();
  const out = `${folder.path}/out`;
  const flags = ["--shard-size", "2000", "--format", "npy"];
  const { tasks } = JSON.parse(await Deno.readTextFile(`${PROJECT}deno.json`));
  const args = [SAMPLE, "--out", out, ...NO_CACHE, ...flags, "--max-games"];
  // A limit on the length of files fails as a full disk does, in the midst of a
  // write; larger shards meet it later than smaller ones.
  const run = async (games: string, shardSize: string) => {
    const { code, stderr } = await new Deno.Command("bash", {
      args: [
        "-c",
        `trap "" XFSZ; ulimit -f 1000; exec ${tasks.export.command} "$@"`,
        "bash",
        ...args,
        games,
        ...["--offset", "0"],
      ].map((arg) => arg === "2000" ? shardSize : arg),
      cwd: PROJECT,
      env: { INIT_CWD: PROJECT, NO_COLOR: "1", GAME_CACHE_URL: "" },
    }).output();
    return { code, stderr: new TextDecoder().decode(stderr) };
  };
  const failed = await run("100", "2000");
  assert.equal(failed.code, 1, failed.stderr);
  assert.match(
    failed.stderr,
    /Cannot write .*\/out\/shard-00000: File too large .* 0 shards with 0 samples are whole; the same command resumes there/,
  );
  assert.deepEqual([...filesIn(out).keys()], ["journal.json"]);
  await exportSample(out, ...flags, "--max-games", "100", "--offset", "0");
  assert.ok(filesIn(out).has("manifest.json"));
});

/** Puts a disk of some size into a folder; a larger one keeps what is there. */
async function mountDisk(folder: string, options: string): Promise<boolean> {
  const { success } = await new Deno.Command("mount", {
    args: ["-t", "tmpfs", "-o", options, "tmpfs", folder],
    stderr: "null",
  }).output();
  return success;
}

async function unmount(folder: string): Promise<void> {
  await new Deno.Command("umount", { args: [folder] }).output();
}

const canMount = await (async () => {
  await using folder = new TestFolder();
  const isMounted = await mountDisk(folder.path, "size=1m").catch(() => false);
  if (isMounted) await unmount(folder.path);
  return isMounted;
})();

Deno.test({
  name:
    "deno task export on a full disk says what is whole, and resumes when there is room",
  ignore: !canMount,
  async fn() {
    await using folder = new TestFolder();
    const disk = `${folder.path}/disk`;
    await Deno.mkdir(disk);
    assert.ok(await mountDisk(disk, "size=3m"));
    try {
      const out = `${disk}/out`;
      const flags = ["--shard-size", "1000", "--max-games", "100"];
      const args = [SAMPLE, "--out", out, ...NO_CACHE, ...flags];
      const { code, stderr } = await runTask("export", args);
      assert.equal(code, 1, stderr);
      assert.match(
        stderr,
        /shard-00003.safetensors: No space left .* 3 shards with 3,000 samples are whole; the same command resumes there/,
      );
      assert.deepEqual([...filesIn(out).keys()].sort(), [
        "journal.json",
        ...[0, 1, 2].map((i) => `shard-0000${i}.safetensors`),
      ]);
      assert.ok(await mountDisk(disk, "remount,size=30m"));
      await exportSample(out, ...flags);
      await exportSample(`${folder.path}/whole`, ...flags);
      assert.deepEqual(filesIn(out), filesIn(`${folder.path}/whole`));
    } finally {
      await unmount(disk);
    }
  },
});

Deno.test("deno task export --verify names the files that have changed", async () => {
  await using folder = new TestFolder();
  const out = `${folder.path}/out`;
  const flags = ["--shard-size", "1000", "--max-games", "60"];
  const { shards } = await exportSample(out, ...flags);
  assert.ok(shards > 3);
  const same = await runTask("export", ["--verify", out, "--json"]);
  assert.equal(same.code, 0, same.stderr);
  assert.equal(same.json().files, shards + 1);
  const one = `${out}/shard-00001.safetensors`;
  const bytes = await Deno.readFile(one);
  bytes[bytes.length >> 1] ^= 1;
  await Deno.writeFile(one, bytes);
  await Deno.truncate(`${out}/shard-00002.safetensors`, 1000);
  await Deno.remove(`${out}/shard-00000.safetensors`);
  await Deno.writeTextFile(`${out}/reader.py`, "#", { append: true });
  const other = await runTask("export", ["--verify", out]);
  assert.equal(other.code, 1);
  assert.match(other.stderr, /shard-00000.safetensors is missing/);
  assert.match(other.stderr, /shard-00001.safetensors has other bytes/);
  assert.match(other.stderr, /shard-00002.safetensors is 1000 bytes long/);
  assert.match(other.stderr, /reader.py is \d+ bytes long/);
  assert.match(other.stderr, /4 of \d+ files/);
  const none = await runTask("export", ["--verify", folder.path]);
  assert.equal(none.code, 1);
  assert.match(none.stderr, /there is no manifest.json/);
});

Deno.test("deno task export writes over nothing that is not this export", async () => {
  await using folder = new TestFolder();
  const out = `${folder.path}/out`;
  const small = ["--max-games", "3"];
  await exportSample(out, ...small);
  const before = filesIn(out);
  const command = [SAMPLE, "--out", out, ...NO_CACHE];
  const other = await runTask("export", [
    ...command,
    ...["--max-games", "4", "--skip-plies", "3"],
  ]);
  assert.equal(other.code, 1);
  assert.match(other.stderr, /holds another export: query, config differ\./);
  await Deno.writeTextFile(`${folder.path}/mine.txt`, "");
  const foreign = await runTask("export", [SAMPLE, "--out", folder.path]);
  assert.equal(foreign.code, 1);
  assert.match(foreign.stderr, /as it holds (mine.txt|out), and no export/);
  assert.deepEqual(filesIn(out), before);
  using lock = await Deno.open(out);
  await lock.lock(true);
  const busy = await runTask("export", [...command, ...small]);
  assert.equal(busy.code, 1);
  assert.match(busy.stderr, /as another process does so now/);
});

Deno.test("deno task export says what is wrong with its flags", async () => {
  await using folder = new TestFolder();
  const out = ["--out", `${folder.path}/out`];
  const wrong: [string[], RegExp][] = [
    [out, /Name a database/],
    [[SAMPLE], /Name a folder with --out DIR/],
    [
      [SAMPLE, ...out, "--format", "csv"],
      /--format must be one of safetensors/,
    ],
    [[SAMPLE, ...out, "--shard-size", "0"], /--shard-size must be at least 1/],
    [[SAMPLE, ...out, "--inputs", "lc0"], /inputs must be one of planes-12/],
    [[SAMPLE, ...out, "--value", "blend:2"], /blend must be a number/],
    [[SAMPLE, ...out, "--shuffle", "x"], /--shuffle takes SEED/],
    [[SAMPLE, ...out, "--shard", "2"], /--shard takes I\/N/],
    [["--verify", folder.path, SAMPLE], /--verify DIR takes no database/],
  ];
  const ended = await Promise.all(
    wrong.map(([args]) => runTask("export", args)),
  );
  wrong.forEach(([args, message], i) => {
    assert.equal(ended[i].code, 2, args.join(" "));
    assert.match(ended[i].stderr, message);
  });
  assert.deepEqual([...Deno.readDirSync(folder.path)], []);
});
