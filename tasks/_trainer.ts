import { resolve } from "node:path";
import { type GameFilter, maskPassword } from "../mod.ts";
import type { ChosenCache } from "./_cache.ts";
import { isOnPath } from "./_setup.ts";

/** What a trainer is to read. */
export interface TrainersTask {
  /** The URL of mod.ts. */
  readonly module: string;
  /** The archives, as they were given. */
  readonly databases: readonly string[];
  /** Where their games are. */
  readonly chosen: Pick<ChosenCache, "shown" | "found">;
  /** The folders where programs are, to know how Deno is started. */
  readonly path: string;
  /** The set to read. */
  readonly set: {
    readonly name: string;
    readonly filter: GameFilter;
    readonly compact?: boolean;
  };
}

/**
 * Writes a program that trains from a set, and the command that runs it with
 * no more permissions than it needs, from any folder.
 */
export async function trainersProgram(
  task: TrainersTask,
): Promise<{ program: string; command: string }> {
  const { module, chosen, set } = task;
  const databases = task.databases.map(toAbsolute);
  const database = JSON.stringify(
    databases.length === 1 ? databases[0] : databases,
  );
  // A cache that is found from anywhere need not be named.
  const isFound = chosen.found === "redis" || chosen.found === "environment" ||
    chosen.shown.includes("***@");
  const compact = set.compact ? { compact: true } : {};
  const query = { ...set.filter, ...compact, offset: 0, maxGames: 100 };
  const program = [
    `import { ${
      isFound ? "SampleExtractor" : "GameLoader, SampleExtractor"
    } } from ${JSON.stringify(module)};`,
    "",
    ...isFound ? [`const extractor = new SampleExtractor(${database});`] : [
      `const loader = new GameLoader(${database}, {`,
      `  cache: ${JSON.stringify(chosen.shown)},`,
      "});",
      "const extractor = new SampleExtractor(loader);",
    ],
    `const samples = extractor.extractSamples(${toSource(query)});`,
    "let count = 0;",
    "for await (const { fen, move, outcome } of samples) {",
    "  if (count++ < 3) console.log(fen, move, outcome);",
    "}",
    "console.log(`${count} samples`);",
  ].join("\n");
  const command = commandOf(await denoFrom(task.path), databases, chosen);
  return { program, command };
}

/** How Deno is started: npx puts it on the `PATH` only while it runs it. */
async function denoFrom(path: string): Promise<string> {
  const folders = path.split(":").filter((folder) =>
    !folder.endsWith("/node_modules/.bin")
  );
  return await isOnPath(folders.join(":"), ["deno"])
    ? "deno"
    : `npx --yes deno@${Deno.version.deno}`;
}

function commandOf(
  deno: string,
  databases: readonly string[],
  { shown, found }: TrainersTask["chosen"],
): string {
  const hosts = databases.filter(isRemote).map((url) => new URL(url).host);
  const isCluster = /^rediss?\+cluster:/.test(shown);
  const socket = /^redis\+unix:\/\/([^?]*)/.exec(shown)?.[1];
  if (/^rediss?:/.test(shown)) {
    const url = new URL(shown);
    hosts.push(`${url.hostname}:${url.port || 6379}`);
  }
  const flags = ["--allow-read"];
  // To use a socket is to write to its file.
  if (socket !== undefined) flags.push(`--allow-write=${socket}`);
  // The nodes of a cluster name others.
  if (isCluster) flags.push("--allow-net");
  else if (hosts.length > 0) {
    flags.push(`--allow-net=${[...new Set(hosts)].join(",")}`);
  }
  const isNamed = found === "environment" || shown.includes("***@");
  if (isNamed) flags.push("--allow-env=GAME_CACHE_URL,REDIS_URL");
  const command = `${deno} run ${flags.join(" ")} trainer.ts`;
  // The password is left to the reader: it is never written out.
  return found === "flag" && isNamed
    ? `GAME_CACHE_URL='${shown}' ${command}   # with the password for ***`
    : command;
}

function toAbsolute(database: string): string {
  const isPath = database !== "-" && !/^(?:https?|file):/i.test(database);
  return isPath ? resolve(database) : maskPassword(database);
}

function isRemote(database: string): boolean {
  return /^https?:\/\//i.test(database);
}

/** As one writes it: names without quotes. */
function toSource(query: Record<string, unknown>): string {
  const fields = Object.entries(query).map(([name, value]) =>
    `${name}: ${JSON.stringify(value)}`
  );
  return `{ ${fields.join(", ")} }`;
}
