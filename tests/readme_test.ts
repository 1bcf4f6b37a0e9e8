import assert from "node:assert/strict";
import { RedisServer } from "./_redis_server.ts";
import { environment } from "./_run_script.ts";
import { pipelinePicture } from "../tasks/_pipeline_picture.ts";
import { drawCharts } from "../tasks/bench/_charts.ts";
import { figuresTable } from "../tasks/bench/_print.ts";
import { LONG } from "./_shared_data.ts";
import { PROJECT, runTask, SAMPLE, TestFolder } from "./tasks/_run_task.ts";

/** Every page for its readers. */
const PAGES = [
  ...["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"],
  ...[...Deno.readDirSync(`${PROJECT}docs`)].map(({ name }) => `docs/${name}`)
    .filter((name) => name.endsWith(".md")).sort(),
];

/** The tasks that are not run from the pages, and why. */
const NOT_RUN: Readonly<Record<string, string>> = {
  "test": "it is the suite that this file belongs to",
  "test:long": "it is the suite that this file belongs to",
  "check": ".ci/run runs it next to the suite",
  "wasm": "tests/pgn/assembly_test.ts compiles the same",
  "bench":
    "it measures for minutes: its arguments are read, and its own tests run it",
};

/** Where the pages have their shared server. */
const SHARED_SERVER = "10.0.0.5:6379";
const OWN_SERVER = "127.0.0.1:6379";

function blocksOf(page: string, language: string): string[] {
  const text = Deno.readTextFileSync(`${PROJECT}${page}`);
  const regexp = new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "gms");
  return [...text.matchAll(regexp)].map(([, block]) => block);
}

/**
 * A copy of the project where the commands of a page can be run: the archives
 * they name are there, and programs that would leave the folder are replaced.
 */
class Sandbox implements AsyncDisposable {
  #folder = new TestFolder();
  #sharedPort = freePort();
  #server: RedisServer;
  readonly path = this.#folder.path;

  private constructor(server: RedisServer) {
    this.#server = server;
  }

  static async make(commands: string): Promise<Sandbox> {
    const sandbox = new Sandbox(await RedisServer.start());
    const { path } = sandbox;
    const { success } = await new Deno.Command("cp", {
      args: [
        "-r",
        ...["deno.json", "deno.lock", "mod.ts", "src", "tasks", "data", "docs"],
        ...["docker-compose.yml", "README.md", "LICENSE", "CONTRIBUTING.md"],
        path,
      ],
      cwd: PROJECT,
    }).output();
    assert.ok(success);
    for (const name of commands.match(/(?<![\w/.-])[\w.-]+\.pgn\.zst/g) ?? []) {
      await Deno.copyFile(SAMPLE, `${path}/${name}`);
    }
    await sandbox.#replacePrograms();
    return sandbox;
  }

  async #replacePrograms(): Promise<void> {
    const programs: Record<string, string> = {
      // Deno itself, but for the tasks that are not run.
      deno: `case "$1 $2" in
        ${
        Object.keys(NOT_RUN).filter((task) => task !== "bench")
          .map((task) => `"task ${task}"`).join("|")
      }) exit 0 ;;
        "task bench") set -- "$@" --help ;;
      esac
      exec '${Deno.execPath()}' "$@"`,
      npx: `[ "$1 $2" = "--yes deno@${Deno.version.deno}" ] || exit 1
      shift 2
      exec deno "$@"`,
      // There may be no engine: what it is asked to do is checked afterwards.
      docker: `echo "$REDIS_PASSWORD|$REDIS_BIND|$*" >> docker.log
      [ -f docker-compose.yml ]`,
      "redis-cli": `exec ${await which(
        "redis-cli",
      )} -p ${this.#server.port} "$@"`,
      "redis-server": `exec ${await which("redis-server", "valkey-server")} \
        "$@" --bind 127.0.0.1 --port ${this.#sharedPort} --dir '${this.path}'`,
    };
    await Deno.mkdir(`${this.path}/bin`);
    for (const [name, script] of Object.entries(programs)) {
      const file = `${this.path}/bin/${name}`;
      await Deno.writeTextFile(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
  }

  /** Runs commands one after the other, until one fails. */
  async run(commands: string) {
    const env = environment();
    const own = `127.0.0.1:${this.#server.port}`;
    const { code, stdout, stderr } = await new Deno.Command("bash", {
      args: [
        "-euxo",
        "pipefail",
        "-c",
        commands.replaceAll(SHARED_SERVER, `127.0.0.1:${this.#sharedPort}`)
          .replaceAll(OWN_SERVER, own),
      ],
      cwd: this.path,
      clearEnv: true,
      env: {
        ...env,
        PATH: `${this.path}/bin:${env.PATH}`,
        NO_COLOR: "1",
        // In place of the usual port, where another's server may be.
        GAME_CACHE_URL: `redis://${own}`,
      },
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    return {
      code,
      stdout: decoder.decode(stdout),
      stderr: decoder.decode(stderr),
    };
  }

  async [Symbol.asyncDispose]() {
    await this.run(
      `redis-cli -u redis://default:secret@${SHARED_SERVER} SHUTDOWN NOSAVE || true`,
    );
    await this.#server[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function which(...names: string[]): Promise<string> {
  for (const name of names) {
    const { success, stdout } = await new Deno.Command("sh", {
      args: ["-c", `command -v ${name}`],
    }).output();
    if (success) return new TextDecoder().decode(stdout).trim();
  }
  throw new Error(`There is no ${names[0]}`);
}

for (const page of PAGES) {
  const commands = blocksOf(page, "sh").join("\n");
  if (commands === "") continue;
  Deno.test(`The commands of ${page} can be run one after the other`, async () => {
    await using sandbox = await Sandbox.make(commands);
    const { code, stdout, stderr } = await sandbox.run(commands);
    assert.equal(code, 0, stdout + stderr);
    assert.doesNotMatch(stderr, /^(?:error|warning|Reading the archive)/m);
    await checkDockerCalls(sandbox, commands);
  });
}

/** Checks that Docker was called as the page says, with nothing that it does not know. */
async function checkDockerCalls(sandbox: Sandbox, commands: string) {
  const log = `${sandbox.path}/docker.log`;
  const calls = await Deno.readTextFile(log).catch(() => "");
  const expected = commands.match(/^.*\bdocker .*$/gm) ?? [];
  assert.equal(calls.split("\n").length - 1, expected.length);
  const compose = await Deno.readTextFile(`${PROJECT}docker-compose.yml`);
  for (const call of expected) {
    const [, variables, args] = call.match(/^((?:\w+=\S+ )*)docker (.+)$/)!;
    assert.match(args, /^compose (?:up --detach|ps)$/);
    for (const [, name] of variables.matchAll(/(\w+)=/g)) {
      assert.ok(compose.includes(`\${${name}:-`), name);
    }
    const values = ["REDIS_PASSWORD", "REDIS_BIND"].map((name) =>
      variables.match(new RegExp(`${name}=(\\S+)`))?.[1] ?? ""
    );
    assert.ok(calls.includes(`${values.join("|")}|${args}\n`), calls);
  }
}

Deno.test("The pages name tasks, flags and groups that exist", async () => {
  const { tasks } = JSON.parse(
    await Deno.readTextFile(`${PROJECT}deno.json`),
  );
  const help = new Map<string, string>();
  for (const page of PAGES) {
    const text = await Deno.readTextFile(`${PROJECT}${page}`);
    // In a block a command can continue on the next line; in a sentence it cannot.
    for (
      const [, task, rest] of text.matchAll(
        /deno(?:@[\d.]+)? task ([a-z:]+)((?:[^`\n]|\n {10,})*)/g,
      )
    ) {
      assert.ok(task in tasks, `${page}: deno task ${task}`);
      if (["check", "wasm", "pictures"].includes(task)) continue;
      if (task.startsWith("test")) continue;
      if (!help.has(task)) {
        help.set(task, (await runTask(task, ["--help"])).stdout);
      }
      for (const [flag] of rest.matchAll(/--[a-z-]+/g)) {
        assert.match(
          help.get(task)!,
          new RegExp(`^  ${flag.replace("--no-", "--")}\\b`, "m"),
          `${page}: deno task ${task} ${flag}`,
        );
      }
      for (const [, groups] of rest.matchAll(/--group ([a-z,]+)/g)) {
        for (const group of groups.split(",")) {
          assert.ok(
            (await Deno.stat(`${PROJECT}tasks/bench/${group}.ts`)).isFile,
          );
        }
      }
    }
  }
});

Deno.test("The tasks that the pages do not run exist", async () => {
  const { tasks } = JSON.parse(
    await Deno.readTextFile(`${PROJECT}deno.json`),
  );
  for (const task of Object.keys(NOT_RUN)) assert.ok(task in tasks, task);
});

Deno.test("The links of the pages lead to files and headings", async () => {
  const anchorOf = (heading: string) =>
    heading.toLowerCase().replace(/[^\w\s-]/g, "").trim().replace(/\s/g, "-");
  for (const page of PAGES) {
    const text = await Deno.readTextFile(`${PROJECT}${page}`);
    for (const [, link] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(link)) continue;
      const base = new URL(page, `file://${PROJECT}`);
      const { pathname, hash } = new URL(link, base);
      assert.ok((await Deno.stat(pathname)).isFile, `${page}: ${link}`);
      if (hash === "") continue;
      const headings = [
        ...(await Deno.readTextFile(pathname)).matchAll(/^#+ (.+)$/gm),
      ].map(([, heading]) => `#${anchorOf(heading)}`);
      assert.ok(headings.includes(hash), `${page}: ${link}`);
    }
  }
});

Deno.test({
  name: "docs/memory.md has the figures that deno task bench prints",
  ignore: !LONG,
  async fn() {
    const page = await Deno.readTextFile(`${PROJECT}docs/memory.md`);
    const ended = await runTask("bench", [SAMPLE, "--group", "size", "--json"]);
    assert.equal(ended.code, 0, ended.stderr);
    const { columns, rows } = ended.json().groups[0].tables[0];
    for (const [name, ...figures] of rows) {
      const row = page.match(new RegExp(`^\\| ${name} +\\|(.+)\\|$`, "m"));
      const written = row![1].split("|").map((cell) =>
        Number(cell.replace(",", ""))
      );
      assert.equal(written.length, columns.length - 2);
      // The first of them is how many games were counted.
      for (const [k, figure] of figures.slice(1).entries()) {
        const isNear = Math.abs(written[k] / figure - 1) < 0.03;
        assert.ok(isNear, `${name}: ${written[k]}, and not ${figure}`);
      }
    }
  },
});

Deno.test("The pages name every flag of a sample", async () => {
  const page = await Deno.readTextFile(`${PROJECT}docs/command-line.md`);
  const { stdout } = await runTask("sample", ["--help"]);
  const section = stdout.split("\nSamples of a game:\n")[1].split("\n\n")[0];
  const flags = section.match(/--[a-z-]+/g) ?? [];
  assert.ok(flags.length > 5);
  for (const flag of flags) assert.match(page, new RegExp(`\`${flag}[ \`]`));
});

Deno.test("The pictures are what deno task pictures draws", async () => {
  const run = JSON.parse(await Deno.readTextFile(`${PROJECT}docs/bench.json`));
  const pictures = drawCharts(run.groups).set(
    "pipeline.svg",
    pipelinePicture(),
  );
  for (const [name, picture] of pictures) {
    const drawn = await Deno.readTextFile(`${PROJECT}docs/${name}`);
    assert.equal(drawn, picture, name);
  }
});

Deno.test("The figures of README.md are those of docs/bench.json", async () => {
  const run = JSON.parse(await Deno.readTextFile(`${PROJECT}docs/bench.json`));
  const readme = await Deno.readTextFile(`${PROJECT}README.md`);
  const [, figures] = readme.split(/^<!-- \/?figures -->$/m);
  const words = (text: string) =>
    text.replace(/-{3,}/g, "---").trim().split(/\s+/);
  assert.deepEqual(words(figures), words(figuresTable(run)));
});
