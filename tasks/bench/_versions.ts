/** What the figures were measured with, by name. */
export type Versions = Readonly<Record<string, string>>;

/** Asks the runtime, the lock file and the programs for their versions. */
export async function findVersions(): Promise<Versions> {
  const lock = new URL("../../deno.lock", import.meta.url);
  const { specifiers } = JSON.parse(await Deno.readTextFile(lock)) as {
    specifiers: Record<string, string>;
  };
  const packages = Object.entries(specifiers)
    .map(([specifier, version]) =>
      [specifier.replace(/^npm:(@?[^@]+)@.*$/, "$1"), version] as const
    )
    .filter(([name]) => PACKAGES.includes(name));
  const [redis, zstd] = await Promise.all([
    versionOf(["redis-server", "valkey-server"], /v=([\d.]+)/),
    versionOf(["zstd"], /v([\d.]+)/),
  ]);
  return {
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    ...Object.fromEntries(packages),
    redis,
    zstd,
  };
}

/** What mod.ts imports from npm. */
const PACKAGES = ["@redis/client", "chess.js", "fzstd"];

async function versionOf(
  programs: readonly string[],
  pattern: RegExp,
): Promise<string> {
  for (const program of programs) {
    try {
      const { stdout } = await new Deno.Command(program, {
        args: ["--version"],
      }).output();
      return new TextDecoder().decode(stdout).match(pattern)?.[1] ?? "unknown";
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return "not installed";
}
