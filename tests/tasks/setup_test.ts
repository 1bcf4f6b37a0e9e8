import assert from "node:assert/strict";
import {
  installAdvice,
  installWithApt,
  missingPrograms,
  NEEDED_PROGRAMS,
} from "../../tasks/_setup.ts";

async function folderWith(...programs: string[]): Promise<string> {
  const folder = await Deno.makeTempDir();
  for (const program of programs) {
    await Deno.writeTextFile(`${folder}/${program}`, "", { mode: 0o755 });
  }
  return folder;
}

Deno.test("missingPrograms() finds programs in any folder of the PATH", async () => {
  const one = await folderWith("redis-server", "zstd");
  const two = await folderWith("pzstd");
  assert.deepEqual(await missingPrograms(`/nowhere::${one}:${two}`), []);
  assert.deepEqual(
    (await missingPrograms(one)).map(({ names }) => names),
    [["pzstd"]],
  );
  await Deno.remove(one, { recursive: true });
  await Deno.remove(two, { recursive: true });
});

Deno.test("missingPrograms() takes valkey-server for redis-server", async () => {
  const folder = await folderWith("valkey-server", "zstd", "pzstd");
  assert.deepEqual(await missingPrograms(folder), []);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("missingPrograms() takes neither a folder nor a plain file for a program", async () => {
  const folder = await folderWith("redis-server");
  await Deno.mkdir(`${folder}/zstd`);
  await Deno.writeTextFile(`${folder}/pzstd`, "", { mode: 0o644 });
  assert.deepEqual(
    (await missingPrograms(folder)).map(({ names }) => names[0]),
    ["zstd", "pzstd"],
  );
  await Deno.remove(folder, { recursive: true });
});

Deno.test("installAdvice() names each missing program and each package once", () => {
  const advice = installAdvice(NEEDED_PROGRAMS);
  assert.match(advice, /without redis-server or valkey-server, zstd, pzstd\./);
  assert.match(advice, /apt-get install -y redis-server zstd$/m);
});

Deno.test("installWithApt() updates, installs each package once, starts no service", async () => {
  const folder = await Deno.makeTempDir();
  const policyFile = `${folder}/policy`;
  const aptGet = `${folder}/apt-get`;
  await Deno.writeTextFile(
    aptGet,
    `#!/bin/sh\necho "$DEBIAN_FRONTEND $*" >> ${folder}/log\n` +
      `${policyFile}; echo "policy $?" >> ${folder}/log\n`,
    { mode: 0o755 },
  );
  assert.equal(
    await installWithApt(NEEDED_PROGRAMS, { aptGet, policyFile }),
    true,
  );
  assert.deepEqual(
    (await Deno.readTextFile(`${folder}/log`)).trimEnd().split("\n"),
    [
      "noninteractive update",
      "policy 101",
      "noninteractive install -y --no-install-recommends redis-server zstd",
      "policy 101",
    ],
  );
  await assert.rejects(Deno.stat(policyFile), Deno.errors.NotFound);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("installWithApt() reports that it failed, and keeps a policy that was there", async () => {
  const folder = await Deno.makeTempDir();
  const policyFile = `${folder}/policy`;
  const aptGet = `${folder}/apt-get`;
  await Deno.writeTextFile(policyFile, "mine");
  await Deno.writeTextFile(aptGet, "#!/bin/sh\nexit 100\n", { mode: 0o755 });
  assert.equal(
    await installWithApt(NEEDED_PROGRAMS, { aptGet, policyFile }),
    false,
  );
  assert.equal(await Deno.readTextFile(policyFile), "mine");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("deno task test says what to install where nothing can be", async () => {
  const folder = await Deno.makeTempDir();
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-read",
      "--allow-env",
      "--allow-run",
      "--allow-sys=uid",
      new URL("../../tasks/test.ts", import.meta.url).pathname,
    ],
    env: { PATH: folder, NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  assert.equal(code, 1);
  assert.equal(decoder.decode(stdout), "");
  assert.match(decoder.decode(stderr), /Cannot run the tests without redis/);
  await Deno.remove(folder, { recursive: true });
});
