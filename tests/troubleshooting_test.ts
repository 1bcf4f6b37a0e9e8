import assert from "node:assert/strict";
import { SqliteGameCache } from "../mod.ts";
import { RedisServer } from "./_redis_server.ts";
import {
  type Ended,
  endOf,
  PROJECT,
  runTask,
  SAMPLE,
  startTask,
  TestFolder,
} from "./tasks/_run_task.ts";

/** The messages that the page explains; an ellipsis replaces anything. */
const MESSAGES = [
  ...Deno.readTextFileSync(`${PROJECT}docs/troubleshooting.md`)
    .matchAll(/^### `(.+)`$/gm),
].map(([, message]) => message);

/** Where messages are provoked. */
interface Place {
  /** A server without a password. */
  readonly server: RedisServer;
  /** A server with one. */
  readonly closed: RedisServer;
  /** The folder of the caller. */
  readonly folder: TestFolder;
  /** Runs a task in that folder. */
  run(name: string, ...args: string[]): Promise<Ended>;
}

/** How to provoke each message; the others have a reason, and are in the source. */
const PROVOKED: Readonly<
  Record<string, ((place: Place) => Promise<Ended>) | string>
> = {
  "Cannot find a cache: …": ({ run }) =>
    run("stats", "--cache", "sqlite:nowhere.sqlite"),
  "…: connection refused": ({ run }) =>
    run("stats", "--cache", "redis://127.0.0.1:1"),
  "…: the host's name is not known":
    "asking for a name that does not exist may leave the machine",
  "…: no answer in time": async ({ server, run }) => {
    Deno.kill(server.pid, "SIGSTOP");
    try {
      return await run("stats", "--cache", server.url);
    } finally {
      Deno.kill(server.pid, "SIGCONT");
    }
  },
  "…: the server asks for a password": ({ closed, run }) =>
    run("stats", "--cache", closed.url.replace(":right@", "")),
  "…: the password or user is wrong": ({ closed, run }) =>
    run("stats", "--cache", closed.url.replace("right", "wrong")),
  "…: a password was given and the server has none": ({ server, run }) =>
    run("stats", "--cache", server.url.replace("//", "//:word@")),
  "Cannot use the URL of the cache as /, ? and # in a user or password must be written as %2F, %3F and %23":
    ({ run }) => run("stats", "--cache", "redis://:a/b@127.0.0.1"),
  "Cannot listen on … without REDIS_PASSWORD":
    "the tests of docker-compose.yml provoke it",
  "…: the user has no right to this command or key": async (
    { server, run },
  ) => {
    await server.cli("ACL", "SETUSER", "guest", "on", ">word", "+ping");
    return await run(
      "stats",
      "--cache",
      server.url.replace("//", "//guest:word@"),
    );
  },
  "…: the server is one node of a Redis Cluster": "it takes a cluster",
  "Reading the archive instead of the cache: …": ({ run }) =>
    run("sample", SAMPLE, "--max-games", "1", "--cache", "redis://127.0.0.1:1"),
  "Cannot load games from the set …: no set of this name was made of this archive, or its filter leaves out games of the query":
    ({ server, run }) =>
      run("sample", SAMPLE, "--set", "mine", "--cache", server.url),
  "Cannot load all games of the set … as it is unfinished: it holds … until now, and the archive is not available":
    async ({ folder, run }) => {
      const sample = await Deno.readFile(SAMPLE);
      const path = `${folder.path}/cut.pgn.zst`;
      await Deno.writeFile(path, sample.subarray(0, 500_000));
      const cache = ["--cache", "sqlite:cut.sqlite"];
      await run("index", "cut.pgn.zst", "--playstyle", "all", ...cache);
      await Deno.remove(path);
      return await run("sample", "cut.pgn.zst", ...cache);
    },
  "…: … is missing or is not what was stored": async ({ server, run }) => {
    const cache = ["--cache", server.url];
    await run("index", SAMPLE, "--max-games", "3", ...cache);
    await server.cli("DEL", "chess:game:tactical:1");
    const args = ["--playstyle", "tactical", "--max-games", "3"];
    return await run("sample", SAMPLE, ...args, ...cache);
  },
  "…: the file is damaged or no cache": async ({ folder, run }) => {
    await Deno.writeTextFile(`${folder.path}/text.sqlite`, "no cache at all");
    return await run("stats", "--cache", "sqlite:text.sqlite");
  },
  "…: a write was interrupted, and undoing it requires --allow-write":
    "it takes a process that dies while it writes; the tests of the cache provoke it",
  "Cannot resume the set … as it was made of another archive, or of one that cannot be proved to be this one: use another name, or --replace to make it again":
    async ({ folder, run }) => {
      const games = '[Event "?"]\n\n1. e4 *\n';
      await Deno.writeTextFile(`${folder.path}/other.pgn`, games);
      const set = ["--playstyle", "all", "--cache", "sqlite:one.sqlite"];
      await run("index", "other.pgn", ...set);
      return await run("index", SAMPLE, ...set);
    },
  "Cannot resume the set … as it was made with another filter: use another name, or --replace to make it again":
    async ({ folder, run }) => {
      const games = '[Event "?"]\n\n1. e4 *\n';
      await Deno.writeTextFile(`${folder.path}/same.pgn`, games);
      const cache = ["--cache", "sqlite:two.sqlite"];
      await run("index", "same.pgn", ...cache);
      return await run("index", "same.pgn", "--rated", ...cache);
    },
  "…: another writer holds it since …, until … unless it goes on": async (
    { folder, run },
  ) => {
    await using cache = new SqliteGameCache(`${folder.path}/held.sqlite`);
    // A writer that is alive, in this very process.
    const writer = cache.writer({
      name: "all",
      filter: {},
      source: [{ fileName: "a.pgn", size: 1, hash: "00" }],
      maxGameLength: 1024,
    }).getWriter();
    await writer.write({
      games: [new TextEncoder().encode('[Event "?"]\n\n1. e4 *')],
      checkpoint: { gamesRead: 1, badGames: 0, rejected: {} },
    });
    const ended = await run(
      "clear",
      "all",
      "--yes",
      "--cache",
      "sqlite:held.sqlite",
    );
    await writer.close();
    return ended;
  },
  "…: the server's memory is full (maxmemory)": async ({ run }) => {
    await using server = await RedisServer.start({
      args: ["--maxmemory", "2mb"],
    });
    return await run("index", "--cache", server.url);
  },
  "warning: The games will hardly fit into the cache: they need about …, and … of … are free…":
    async ({ run }) => {
      await using server = await RedisServer.start({
        args: ["--maxmemory", "2mb"],
      });
      return await run("index", "--cache", server.url);
    },
  "…: the server throws games away when its memory is full (maxmemory-policy …), unless allowEviction says that it may":
    async ({ run }) => {
      await using server = await RedisServer.start({
        args: ["--maxmemory", "20mb", "--maxmemory-policy", "allkeys-lru"],
      });
      return await run("index", "--cache", server.url);
    },
  "Cannot read the archive: … (…, byte …)": ({ run }) =>
    run("index", "nowhere.pgn", "--cache", "sqlite:three.sqlite"),
  "Standard input cannot be known again: …": async ({ folder }) => {
    const args = ["-", "--cache", "sqlite:four.sqlite"];
    const options = { cwd: folder.path, stdin: "piped" } as const;
    const child = startTask("index", args, options);
    await child.stdin.close();
    return await endOf(child);
  },
  "There is no flag …: did you mean …?": ({ run }) => run("stats", "--cash"),
  "--yes is needed, as there is no terminal to ask on": ({ run }) =>
    run("clear", "--all"),
  "Cannot run the tests without …": "the tests of the set-up provoke it",
};

function regexpOf(message: string): RegExp {
  return new RegExp(piecesOf(message).map(escape).join(".*"));
}

function piecesOf(message: string): string[] {
  return message.split("…");
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** The words of the sources, whether or not a literal goes over several lines. */
function sourceText(folder: string): string {
  let text = "";
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) text += sourceText(path);
    else if (/\.(?:ts|yml)$/.test(name)) {
      text += Deno.readTextFileSync(path).replace(/["`]\s*\+\s*["`]/g, "");
    }
  }
  return text;
}

Deno.test("docs/troubleshooting.md explains each message once, and each is provoked or has its reason", () => {
  assert.deepEqual(Object.keys(PROVOKED), MESSAGES);
});

for (const [message, provoke] of Object.entries(PROVOKED)) {
  if (typeof provoke !== "string") {
    Deno.test(`docs/troubleshooting.md quotes what is said: ${message}`, async () => {
      await using server = await RedisServer.start();
      await using closed = await RedisServer.start({ password: "right" });
      await using folder = new TestFolder();
      const run = (name: string, ...args: string[]) =>
        runTask(name, args, { cwd: folder.path });
      const { stdout, stderr } = await provoke({ server, closed, folder, run });
      assert.match(stderr + stdout, regexpOf(message));
    });
    continue;
  }
  Deno.test(`docs/troubleshooting.md quotes what is in the source: ${message} (${provoke})`, () => {
    const text = ["src", "tasks"].map((folder) =>
      sourceText(`${PROJECT}${folder}`)
    ).join() + Deno.readTextFileSync(`${PROJECT}docker-compose.yml`);
    for (const piece of piecesOf(message)) {
      assert.ok(text.includes(piece.replace(/^: /, "")), piece);
    }
  });
}
