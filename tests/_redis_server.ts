import { connect } from "node:net";

/** Options of {@linkcode RedisServer.start}. */
export interface RedisServerOptions {
  /** Further arguments, as `["--maxmemory", "20mb"]`. */
  args?: string[];
  /** The password that it asks for. */
  password?: string;
}

/**
 * A Redis server of the test's own, on a free port and in a temporary folder.
 *
 * ```ts
 * await using server = await RedisServer.start();
 * await server.cli("SET", "key", "value");
 * ```
 */
export class RedisServer implements AsyncDisposable {
  readonly port: number;
  readonly password: string | undefined;
  #folder: string;
  #args: string[];
  #process: Deno.ChildProcess;

  private constructor(
    port: number,
    options: RedisServerOptions,
    folder: string,
    args: string[],
    process: Deno.ChildProcess,
  ) {
    this.port = port;
    this.password = options.password;
    this.#folder = folder;
    this.#args = args;
    this.#process = process;
  }

  /** Starts a server and waits until it answers. */
  static async start(options: RedisServerOptions = {}): Promise<RedisServer> {
    const folder = await Deno.makeTempDir({ prefix: "redis-" });
    for (let attempt = 1;; attempt++) {
      const port = freePort();
      const args = [
        "--port",
        String(port),
        "--bind",
        "127.0.0.1",
        "--dir",
        folder,
        "--save",
        "",
        ...options.password ? ["--requirepass", options.password] : [],
        ...options.args ?? [],
      ];
      const process = spawn(args);
      const server = new RedisServer(port, options, folder, args, process);
      if (await server.#answers()) return server;
      await server.kill();
      // Another process may have been quicker to take the port.
      if (attempt === 3) throw new Error("Cannot start a Redis server");
    }
  }

  /** Its URL, with its password. */
  get url(): string {
    const login = this.password === undefined
      ? ""
      : `:${encodeURIComponent(this.password)}@`;
    return `redis://${login}127.0.0.1:${this.port}`;
  }

  /** Its process, for signals. */
  get pid(): number {
    return this.#process.pid;
  }

  /** Sends one command and gives its reply as `redis-cli` prints it to a pipe. */
  async cli(...args: (string | number)[]): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const socket = connect(this.port, "127.0.0.1");
    socket.setTimeout(5000, () => socket.destroy(new Error("No reply")));
    const login = this.password === undefined ? [] : ["AUTH", this.password];
    let bytes: Uint8Array = new Uint8Array();
    const wanted = login.length > 0 ? 2 : 1;
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("Connection closed")));
    socket.on("data", (chunk: Uint8Array) => {
      const joined = new Uint8Array(bytes.length + chunk.length);
      joined.set(bytes);
      joined.set(chunk, bytes.length);
      bytes = joined;
      try {
        let end = 0;
        let text: string | undefined;
        for (let i = 0; i < wanted; i++) {
          const reply = readReply(bytes, end);
          if (reply === undefined) return;
          [text, end] = reply;
        }
        resolve(text!);
      } catch (error) {
        reject(error);
      }
    });
    if (login.length > 0) socket.write(encode(login));
    socket.write(encode(args.map(String)));
    try {
      return await promise;
    } finally {
      socket.destroy();
    }
  }

  /** How many clients are connected besides the one that asks. */
  async clients(): Promise<number> {
    const list = await this.cli("CLIENT", "LIST");
    return list.trim().split("\n").length - 1;
  }

  /** Stops it at once, as a power cut would. */
  async kill(): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.#process.status;
  }

  /** Stops it and starts it again on the same port. */
  async restart(): Promise<void> {
    await this.kill();
    this.#process = spawn(this.#args);
    if (!await this.#answers()) throw new Error("Cannot restart the server");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await Deno.remove(this.#folder, { recursive: true });
  }

  /** Whether it answers before it ends and before ten seconds are over. */
  async #answers(): Promise<boolean> {
    let ended = false;
    this.#process.status.then(() => ended = true);
    for (const start = Date.now(); !ended && Date.now() - start < 10_000;) {
      try {
        const info = await this.cli("INFO");
        // Not another server that had the port before.
        if (!info.includes(`process_id:${this.pid}\r`)) return false;
        if (info.includes("\nloading:0\r")) return true;
      } catch {
        // Not yet.
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return false;
  }
}

function freePort(): number {
  for (;;) {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    if (listener.addr.port !== 6379) return listener.addr.port;
  }
}

function spawn(args: string[]): Deno.ChildProcess {
  const output = { stdin: "null", stdout: "null", stderr: "null" } as const;
  try {
    return new Deno.Command("redis-server", { args, ...output }).spawn();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return new Deno.Command("valkey-server", { args, ...output }).spawn();
  }
}

function encode(args: string[]): Uint8Array {
  const encoder = new TextEncoder();
  let text = `*${args.length}\r\n`;
  for (const arg of args) {
    text += `$${encoder.encode(arg).length}\r\n${arg}\r\n`;
  }
  return encoder.encode(text);
}

/** The reply that begins at `start` and where it ends; `undefined` until all of it is there. */
function readReply(
  bytes: Uint8Array,
  start: number,
): [text: string, end: number] | undefined {
  const lineEnd = bytes.indexOf(10, start);
  if (lineEnd < 0) return undefined;
  const decoder = new TextDecoder();
  const line = decoder.decode(bytes.subarray(start + 1, lineEnd - 1));
  let end = lineEnd + 1;
  switch (String.fromCharCode(bytes[start])) {
    case "$": {
      if (line === "-1") return ["", end];
      const stop = end + Number(line);
      if (bytes.length < stop + 2) return undefined;
      return [decoder.decode(bytes.subarray(end, stop)), stop + 2];
    }
    case "*": {
      const parts: string[] = [];
      for (let i = 0; i < Number(line); i++) {
        const part = readReply(bytes, end);
        if (part === undefined) return undefined;
        parts.push(part[0]);
        end = part[1];
      }
      return [parts.join("\n"), end];
    }
    case "-":
      throw new Error(line);
    default:
      return [line, end];
  }
}
