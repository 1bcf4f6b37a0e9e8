import { TaskError } from "../_task.ts";
import { type BareClient, connectBareClient } from "./_bare_client.ts";
import { spawn } from "./_process.ts";

/** A Redis server on a free port that keeps nothing on disk. */
export interface BenchRedis {
  /** Where it is. */
  readonly url: string;
  /** A client that is connected to it. */
  readonly client: BareClient;
}

/** A server that is running, to be stopped by whoever started it. */
export interface OwnedRedis extends BenchRedis, AsyncDisposable {}

/** Starts a server and waits until it answers. */
export async function startRedis(folder: string): Promise<OwnedRedis> {
  for (let attempt = 1;; attempt++) {
    const port = freePort();
    const args = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", ""];
    const process = spawnServer([...args, "--dir", folder]);
    // Also where the task is ended at once, as by a second Ctrl-C.
    const kill = () => killServer(process);
    globalThis.addEventListener("unload", kill);
    const url = `redis://127.0.0.1:${port}`;
    const client = await connect(url, process);
    if (client !== undefined) {
      return {
        url,
        client,
        async [Symbol.asyncDispose]() {
          globalThis.removeEventListener("unload", kill);
          client.destroy();
          await stop(process);
        },
      };
    }
    globalThis.removeEventListener("unload", kill);
    await stop(process);
    // Another process may have been quicker to take the port.
    if (attempt === 3) throw new TaskError("Cannot start a Redis server");
  }
}

function spawnServer(args: string[]): Deno.ChildProcess {
  const quiet = { stdin: "null", stdout: "null", stderr: "null" } as const;
  try {
    return new Deno.Command("valkey-server", { args, ...quiet }).spawn();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return spawn("redis-server", { args, ...quiet });
  }
}

async function stop(process: Deno.ChildProcess): Promise<void> {
  killServer(process);
  await process.status;
}

function killServer(process: Deno.ChildProcess): void {
  try {
    process.kill("SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

function freePort(): number {
  for (;;) {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    if (listener.addr.port !== 6379) return listener.addr.port;
  }
}

/** A client of this very process, once it answers; none if it ends before. */
async function connect(
  url: string,
  process: Deno.ChildProcess,
): Promise<BareClient | undefined> {
  let ended = false;
  process.status.then(() => ended = true);
  for (const start = Date.now(); !ended && Date.now() - start < 10_000;) {
    try {
      const client = await connectBareClient(url);
      const info = String(await client.sendCommand(["INFO", "server"]));
      if (info.includes(`process_id:${process.pid}\r`)) return client;
      client.destroy();
      return undefined;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  return undefined;
}
