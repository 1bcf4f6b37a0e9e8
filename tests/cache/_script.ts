import { join } from "node:path";

/**
 * Runs a script next to the tests in a process of its own, with no permissions
 * but those given. One that does not end within ten seconds is killed.
 */
export async function runScript(
  source: string,
  permissions: string[],
): Promise<{ code: number; stdout: string; stderr: string }> {
  const root = new URL("../../", import.meta.url);
  const path = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(
      path,
      source.replaceAll('"../../', `"${root.href}`),
    );
    const output = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-check",
        "--no-prompt",
        "--no-lock",
        ...permissions,
        path,
      ],
      cwd: join(path, ".."),
      env: { NO_COLOR: "1" },
      signal: AbortSignal.timeout(10_000),
    }).output();
    const decoder = new TextDecoder();
    return {
      code: output.code,
      stdout: decoder.decode(output.stdout),
      stderr: decoder.decode(output.stderr),
    };
  } finally {
    await Deno.remove(path);
  }
}
