/** A program that the suite needs, and where it comes from. */
export interface NeededProgram {
  /** The names it goes by; one of them is enough. */
  readonly names: readonly string[];
  /** The Debian package that holds it. */
  readonly debianPackage: string;
}

/** What the suite runs next to Deno: a real server, and zstd to compare ours with. */
export const NEEDED_PROGRAMS: readonly NeededProgram[] = [
  { names: ["redis-server", "valkey-server"], debianPackage: "redis-server" },
  { names: ["zstd"], debianPackage: "zstd" },
  { names: ["pzstd"], debianPackage: "zstd" },
];

/**
 * What a few tests run, and are skipped without: a browser for the report,
 * certificates of their own, a terminal, numpy.
 */
export const WANTED_PROGRAMS: readonly NeededProgram[] = [
  { names: ["openssl"], debianPackage: "openssl" },
  { names: ["script"], debianPackage: "bsdutils" },
  { names: ["chromium"], debianPackage: "chromium" },
  // Comes with numpy, which is no program itself.
  { names: ["f2py3", "f2py"], debianPackage: "python3-numpy" },
];

/** Options of {@linkcode installWithApt}. */
export interface InstallOptions {
  /** The program to install with. @default {"apt-get"} */
  aptGet?: string;
  /**
   * The file that decides for Debian's packages whether they may start a service.
   *
   * @default {"/usr/sbin/policy-rc.d"}
   */
  policyFile?: string;
}

/** Lists which of the needed programs are in none of the folders of a `PATH`. */
export async function missingPrograms(
  path: string,
  needed: readonly NeededProgram[] = NEEDED_PROGRAMS,
): Promise<NeededProgram[]> {
  const missing: NeededProgram[] = [];
  for (const program of needed) {
    if (!await isOnPath(path, program.names)) missing.push(program);
  }
  return missing;
}

/** Installs the packages of missing programs, without starting their services. */
export async function installWithApt(
  missing: readonly NeededProgram[],
  options: InstallOptions = {},
): Promise<boolean> {
  const { aptGet = "apt-get", policyFile = "/usr/sbin/policy-rc.d" } = options;
  const packages = debianPackages(missing);
  const isOurs = await writePolicy(policyFile);
  try {
    return await runApt(aptGet, "update") &&
      await runApt(
        aptGet,
        "install",
        "-y",
        "--no-install-recommends",
        ...packages,
      );
  } finally {
    if (isOurs) await Deno.remove(policyFile);
  }
}

/** Says what a person has to install, and how. */
export function installAdvice(missing: readonly NeededProgram[]): string {
  const programs = missing.map(({ names }) => names.join(" or "));
  const packages = debianPackages(missing).join(" ");
  return [
    `Cannot run the tests without ${programs.join(", ")}. To install:`,
    `  Debian, Ubuntu:  sudo apt-get install -y ${packages}`,
    `  Fedora:          sudo dnf install -y ${
      packages.replace("redis-server", "valkey")
    }`,
    `  macOS:           brew install ${
      packages.replace("redis-server", "redis")
    }`,
  ].join("\n");
}

function debianPackages(programs: readonly NeededProgram[]): string[] {
  return [...new Set(programs.map(({ debianPackage }) => debianPackage))];
}

/** Checks whether a program is in any of the folders of a `PATH`. */
export async function isOnPath(
  path: string,
  names: readonly string[],
): Promise<boolean> {
  for (const folder of path.split(":").filter((folder) => folder !== "")) {
    for (const name of names) {
      if (await isExecutable(`${folder}/${name}`)) return true;
    }
  }
  return false;
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    const { isFile, mode } = await Deno.stat(file);
    return isFile && (mode === null || (mode & 0o111) !== 0);
  } catch {
    return false; // Not there, or in a folder that may not be searched.
  }
}

async function runApt(
  aptGet: string,
  ...args: string[]
): Promise<boolean> {
  const { success } = await new Deno.Command(aptGet, {
    args,
    env: { DEBIAN_FRONTEND: "noninteractive" },
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  return success;
}

/** Forbids services to be started; a policy that is there already stays, and is not ours. */
async function writePolicy(policyFile: string): Promise<boolean> {
  try {
    await Deno.writeTextFile(policyFile, "#!/bin/sh\nexit 101\n", {
      createNew: true,
      mode: 0o755,
    });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
}
