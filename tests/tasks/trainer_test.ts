import assert from "node:assert/strict";
import { trainersProgram, type TrainersTask } from "../../tasks/_trainer.ts";
import { TestFolder } from "./_run_task.ts";

async function programFor(task: Partial<TrainersTask>) {
  await using folder = new TestFolder();
  await Deno.writeTextFile(`${folder.path}/deno`, "", { mode: 0o755 });
  return await trainersProgram({
    module: "file:///chess/mod.ts",
    databases: ["/data/a.pgn.zst"],
    chosen: { shown: "redis://127.0.0.1:6379", found: "redis" },
    path: folder.path,
    set: { name: "tactical", filter: { playstyle: "tactical" } },
    ...task,
  });
}

Deno.test("trainersProgram() leaves out a cache that is found by itself", async () => {
  const { program, command } = await programFor({});
  assert.match(
    program,
    /^import \{ SampleExtractor \} from "file:\/\/\/chess\/mod\.ts";$/m,
  );
  assert.match(program, /new SampleExtractor\("\/data\/a\.pgn\.zst"\);$/m);
  assert.match(
    program,
    /\(\{ playstyle: "tactical", offset: 0, maxGames: 100 \}\)/,
  );
  assert.equal(
    command,
    "deno run --allow-read --allow-net=127.0.0.1:6379 trainer.ts",
  );
});

Deno.test("trainersProgram() allows what a cluster and a socket need", async () => {
  for (
    const [shown, flags] of [
      ["redis+cluster://10.0.0.5:7000,10.0.0.6:7000", "--allow-net"],
      ["redis+unix:///run/redis.sock?db=1", "--allow-write=/run/redis.sock"],
    ]
  ) {
    const { command } = await programFor({ chosen: { shown, found: "flag" } });
    assert.equal(command, `deno run --allow-read ${flags} trainer.ts`);
  }
});

Deno.test("trainersProgram() names a cache that was named", async () => {
  const { program, command } = await programFor({
    chosen: { shown: "redis://10.0.0.5/2", found: "flag" },
  });
  assert.match(program, /cache: "redis:\/\/10\.0\.0\.5\/2",$/m);
  assert.equal(
    command,
    "deno run --allow-read --allow-net=10.0.0.5:6379 trainer.ts",
  );
});

Deno.test("trainersProgram() lets the environment name a cache, and a password", async () => {
  const env = "--allow-env=GAME_CACHE_URL,REDIS_URL";
  const shown = "redis://:***@10.0.0.5:6380";
  const found = await programFor({ chosen: { shown, found: "environment" } });
  assert.equal(
    found.command,
    `deno run --allow-read --allow-net=10.0.0.5:6380 ${env} trainer.ts`,
  );
  const named = await programFor({ chosen: { shown, found: "flag" } });
  assert.ok(!named.program.includes("redis:"));
  assert.ok(named.command.startsWith(`GAME_CACHE_URL='${shown}' deno run`));
});

Deno.test("trainersProgram() names archives by whole paths, and lets remote ones be read", async () => {
  const { program, command } = await programFor({
    databases: [
      "a.pgn",
      "./b/../c.pgn",
      "https://me:secret@example.org/d.pgn",
      "file:///e",
    ],
  });
  const cwd = JSON.stringify(Deno.cwd()).slice(1, -1);
  assert.ok(
    program.includes(
      `(["${cwd}/a.pgn","${cwd}/c.pgn","https://me:***@example.org/d.pgn","file:///e"])`,
    ),
    program,
  );
  assert.match(command, /--allow-net=example\.org,127\.0\.0\.1:6379 /);
});

Deno.test("trainersProgram() starts Deno through npx where it is not installed", async () => {
  await using folder = new TestFolder();
  const npx = `${folder.path}/_npx/1/node_modules/.bin`;
  await Deno.mkdir(npx, { recursive: true });
  await Deno.writeTextFile(`${npx}/deno`, "", { mode: 0o755 });
  const { command } = await programFor({ path: `${npx}:${folder.path}` });
  assert.match(command, /^npx --yes deno@\d+\.\d+\.\d+ run --allow-read /);
});
