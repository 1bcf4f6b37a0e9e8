import assert from "node:assert/strict";
import { parse } from "npm:yaml@2.9.1";
import { PROJECT, TestFolder } from "./_run_task.ts";

const { services } = parse(
  await Deno.readTextFile(`${PROJECT}docker-compose.yml`),
);
const { redis } = services;

/** Puts in variables as Docker Compose does: `${NAME:-default}`, and `$$` for `$`. */
function interpolate(text: string, env: Record<string, string>): string {
  return text.replace(
    /\$\$|\$\{(\w+):-([^}]*)\}/g,
    (match, name, fallback) =>
      match === "$$" ? "$" : env[name] ? env[name] : fallback,
  );
}

/** The environment in the container when Compose is started with `env`. */
function containersEnv(env: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries<string>(redis.environment).map((
      [name, value],
    ) => [name, interpolate(value, env)]),
  );
}

/** Starts the container's own command, its entry point and programs replaced. */
function startContainer(
  env: Record<string, string>,
  programs: TestFolder,
): Deno.ChildProcess {
  const [shell, ...args] = redis.command.map((part: string) =>
    interpolate(part, env)
  );
  return new Deno.Command(shell, {
    args,
    cwd: programs.path,
    env: {
      ...containersEnv(env),
      PATH: `${programs.path}:${Deno.env.get("PATH")}`,
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function writeProgram(folder: TestFolder, name: string, script: string) {
  await Deno.writeTextFile(`${folder.path}/${name}`, `#!/bin/sh\n${script}\n`, {
    mode: 0o755,
  });
}

/** What the entry point is given, one argument a line, or why it is not. */
async function argumentsFor(env: Record<string, string>) {
  await using programs = new TestFolder();
  await writeProgram(programs, "docker-entrypoint.sh", `printf '%s\\n' "$@"`);
  const { code, stdout, stderr } = await startContainer(env, programs).output();
  const decoder = new TextDecoder();
  return {
    code,
    args: decoder.decode(stdout).split("\n").slice(0, -1),
    stderr: decoder.decode(stderr),
  };
}

Deno.test("docker-compose.yml keeps a Redis 7 with its data in ./storage", () => {
  assert.deepEqual(Object.keys(services), ["redis"]);
  assert.equal(redis.image, "redis:7.4-alpine");
  assert.deepEqual(redis.volumes, ["./storage/redis-data:/data"]);
});

Deno.test("docker-compose.yml listens on this machine alone, unless another address is given", () => {
  const ports = (env: Record<string, string>) =>
    redis.ports.map((port: string) => interpolate(port, env));
  assert.deepEqual(ports({}), ["127.0.0.1:6379:6379"]);
  assert.deepEqual(ports({ REDIS_BIND: "10.0.0.5" }), ["10.0.0.5:6379:6379"]);
});

Deno.test("docker-compose.yml starts the server with its limits, and no password on this machine", async () => {
  const server = [
    "redis-server",
    "--maxmemory",
    "1gb",
    "--maxmemory-policy",
    "noeviction",
    "--appendonly",
    "yes",
    "--save",
    "",
  ];
  for (const bind of ["", "127.0.0.1", "127.0.0.53", "::1", "localhost"]) {
    assert.deepEqual(
      await argumentsFor({ REDIS_BIND: bind }),
      { code: 0, args: server, stderr: "" },
    );
  }
  const password = `it's "a" $word \\ here`;
  for (const bind of ["127.0.0.1", "0.0.0.0"]) {
    assert.deepEqual(
      await argumentsFor({ REDIS_BIND: bind, REDIS_PASSWORD: password }),
      { code: 0, args: [...server, "--requirepass", password], stderr: "" },
    );
  }
});

Deno.test("docker-compose.yml starts the server also where the image's entry point is not", async () => {
  await using programs = new TestFolder();
  await writeProgram(programs, "redis-server", `printf '%s\\n' "$@"`);
  const { code, stdout } = await startContainer({}, programs).output();
  assert.equal(code, 0);
  assert.match(new TextDecoder().decode(stdout), /^--maxmemory\n1gb\n/);
});

Deno.test("docker-compose.yml refuses to listen elsewhere without a password", async () => {
  for (
    const bind of ["0.0.0.0", "10.0.0.5", "::", "redis.example", "1270.0.0.1"]
  ) {
    assert.deepEqual(
      await argumentsFor({ REDIS_BIND: bind }),
      {
        code: 1,
        args: [],
        stderr: `Cannot listen on ${bind} without REDIS_PASSWORD\n`,
      },
    );
  }
});

Deno.test("docker-compose.yml starts a healthy server that asks for its password", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = listener.addr.port;
  listener.close();
  await using programs = new TestFolder();
  await writeProgram(
    programs,
    "docker-entrypoint.sh",
    `exec "$@" --port ${port} --bind 127.0.0.1`,
  );
  const { code, stdout } = await new Deno.Command("sh", {
    args: ["-c", "command -v redis-cli"],
  }).output();
  assert.equal(code, 0);
  const redisCli = new TextDecoder().decode(stdout).trim();
  await writeProgram(programs, "redis-cli", `exec ${redisCli} -p ${port} "$@"`);

  const env = { REDIS_PASSWORD: "a secret", REDIS_BIND: "0.0.0.0" };
  const server = startContainer(env, programs);
  const output = server.output();
  const run = async (script: string, env: Record<string, string>) => {
    const { success, stdout } = await new Deno.Command("sh", {
      args: ["-c", script],
      env: { ...env, PATH: `${programs.path}:${Deno.env.get("PATH")}` },
    }).output();
    return { success, text: new TextDecoder().decode(stdout) };
  };
  try {
    assert.equal(redis.healthcheck.test[0], "CMD-SHELL");
    const check = interpolate(redis.healthcheck.test[1], {});
    const deadline = performance.now() + 10_000;
    while (!(await run(check, containersEnv(env))).success) {
      assert.ok(performance.now() < deadline, "the server is not healthy");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.equal((await run(check, containersEnv({}))).success, false);
    assert.match((await run("redis-cli ping", {})).text, /NOAUTH/);
    const config = await run(
      "redis-cli config get maxmemory* ; redis-cli config get appendonly ; redis-cli config get save",
      { REDISCLI_AUTH: "a secret" },
    );
    assert.match(config.text, /^maxmemory\n1073741824$/m);
    assert.match(config.text, /^maxmemory-policy\nnoeviction$/m);
    assert.match(config.text, /^appendonly\nyes$/m);
    assert.match(config.text, /^save\n\n/m);
  } finally {
    server.kill("SIGTERM");
    await output;
  }
});
