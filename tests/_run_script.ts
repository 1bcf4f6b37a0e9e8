import { join } from "node:path";

/** How a script ended, and what it wrote. */
export interface ScriptOutput {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * The environment for another process: all of this one's, as a machine may need
 * it to reach what has to be installed, but no cache.
 */
export function environment(): Record<string, string> {
  const { GAME_CACHE_URL: _, REDIS_URL: __, INIT_CWD: ___, ...env } = Deno.env
    .toObject();
  return env;
}

/**
 * Runs a script that stands in `folder` in a process of its own, as a program
 * of another project, with standard input closed unless some is given. `@chess/game-cache` in it is
 * this project's mod.ts. One that does not end by itself in time is killed.
 */
export async function runScript(
  folder: string,
  source: string,
  args: readonly string[],
  options: {
    env?: Record<string, string>;
    seconds?: number;
    input?: Uint8Array<ArrayBuffer>;
  } = {},
): Promise<ScriptOutput> {
  const { env = {}, seconds = 20, input } = options;
  const path = join(folder, "trainer.ts");
  const module = new URL("../mod.ts", import.meta.url).href;
  Deno.writeTextFileSync(
    path,
    source.replaceAll('"@chess/game-cache"', JSON.stringify(module)),
  );
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-lock", "--no-config", ...args, path],
    cwd: folder,
    clearEnv: true,
    env: { ...environment(), NO_COLOR: "1", ...env },
    stdin: input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(seconds * 1000),
  });
  const process = command.spawn();
  if (input !== undefined) {
    await new Blob([input]).stream().pipeTo(process.stdin).catch(() => {
      // The script does not read all of it.
    });
  }
  const { code, stdout, stderr } = await process.output();
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}
