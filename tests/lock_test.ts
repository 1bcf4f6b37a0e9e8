import assert from "node:assert/strict";
import { endOf, startTask, TestFolder } from "./tasks/_run_task.ts";

/** The most that a first command may download, unpacked. */
const MAX_DOWNLOAD = 20e6;

/** The bytes of all files of a folder. */
async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    bytes += isDirectory ? await sizeOf(path) : (await Deno.stat(path)).size;
  }
  return bytes;
}

Deno.test("The first command on an empty Deno cache downloads at most 20 MB", async () => {
  await using folder = new TestFolder();
  const { code, stderr } = await endOf(
    startTask("index", ["--cache", "sqlite:games.sqlite"], {
      cwd: folder.path,
      env: { DENO_DIR: `${folder.path}/deno` },
    }),
  );
  assert.equal(code, 0, stderr);
  const packages = `${folder.path}/deno/npm`;
  const bytes = await sizeOf(packages);
  assert.ok(bytes > 0 && bytes <= MAX_DOWNLOAD, `${bytes} bytes`);
});
