/** What a {@linkcode FaultProxy} does to the bytes that pass. */
export type FaultKind =
  /** Resets both connections. */
  | "cut"
  /** Ends the connection as a server does that is stopped, in the middle of what it says. */
  | "truncate"
  /** Lets nothing pass any more, and keeps the connection open. */
  | "freeze"
  /** Lets the rest pass a good deal later. */
  | "delay"
  /** Lets the rest pass in small pieces, with pauses between them. */
  | "drip"
  /** Changes one byte. */
  | "corrupt"
  /** Leaves out one byte. */
  | "lose"
  /** Cuts this connection and takes no further ones. */
  | "die";

/** Where a fault strikes. */
export interface Fault {
  readonly kind: FaultKind;
  /** Which bytes are counted: those of the server, or of the client. */
  readonly of: "server" | "client";
  /** How many of them pass before, over all connections. */
  readonly at: number;
  /** What a byte is changed by, from 1 to 255. @default {1} */
  readonly flip?: number;
}

const DELAY = 120;

/**
 * A relay in front of a server that does one thing wrong, its `fault`, at a
 * chosen byte.
 */
export class FaultProxy implements AsyncDisposable {
  readonly #target: number;
  #listener: Deno.TcpListener;
  #fault: Fault | undefined;
  #passed = { server: 0, client: 0 };
  readonly #open = new Set<Deno.Conn>();
  readonly #running = new Set<Promise<void>>();
  readonly #waiting = new Set<() => void>();

  private constructor(target: number, listener: Deno.TcpListener) {
    this.#target = target;
    this.#listener = listener;
    this.#run(this.#accept());
  }

  /** Starts a relay to the server at a port of this machine. */
  static start(target: number): FaultProxy {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    return new FaultProxy(target, listener);
  }

  /** The port to connect to. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** Bytes that passed since the last fault was set. */
  get passed(): { readonly server: number; readonly client: number } {
    return { ...this.#passed };
  }

  /** Connections that are open, two for each client. */
  get open(): number {
    return this.#open.size;
  }

  /** Sets what goes wrong next, and begins to count anew; `undefined` heals all. */
  set fault(fault: Fault | undefined) {
    this.#fault = fault;
    this.#passed = { server: 0, client: 0 };
    if (fault === undefined) {
      for (const wake of this.#waiting) wake();
    }
  }

  /** Takes connections again after it died. */
  revive(): void {
    const { port } = this.#listener.addr;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port });
    this.#run(this.#accept());
  }

  /** Closes everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#die();
    for (const wake of this.#waiting) wake();
    await Promise.all(this.#running);
  }

  #die(): void {
    try {
      this.#listener.close();
    } catch {
      // It has died before.
    }
    for (const connection of this.#open) this.#close(connection);
  }

  #close(connection: Deno.Conn): void {
    if (this.#open.delete(connection)) connection.close();
  }

  #run(work: Promise<void>): void {
    const running = work.catch(() => {
      // A connection that ended, here or there.
    }).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) {
      this.#open.add(client);
      const server = await Deno.connect({
        hostname: "127.0.0.1",
        port: this.#target,
      }).catch(() => undefined);
      if (server === undefined) {
        this.#close(client);
        continue;
      }
      this.#open.add(server);
      this.#run(this.#relay(client, server, "client"));
      this.#run(this.#relay(server, client, "server"));
    }
  }

  async #relay(
    from: Deno.Conn,
    to: Deno.Conn,
    of: Fault["of"],
  ): Promise<void> {
    const buffer = new Uint8Array(65536);
    try {
      for (;;) {
        const size = await from.read(buffer);
        if (size === null) break;
        const bytes = buffer.slice(0, size);
        const fault = this.#fault;
        const before = this.#passed[of];
        this.#passed[of] += size;
        if (
          fault === undefined || fault.of !== of || fault.at < before ||
          fault.at >= before + size
        ) await writeAll(to, bytes);
        else if (!await this.#strike(fault, to, bytes, fault.at - before)) {
          break;
        }
      }
    } finally {
      this.#close(from);
      this.#close(to);
    }
  }

  /** Does the fault; gives whether the connection continues. */
  async #strike(
    { kind, flip = 1 }: Fault,
    to: Deno.Conn,
    bytes: Uint8Array,
    at: number,
  ): Promise<boolean> {
    const rest = bytes.subarray(at);
    switch (kind) {
      case "corrupt":
        bytes[at] ^= flip;
        await writeAll(to, bytes);
        return true;
      case "lose":
        await writeAll(to, bytes.subarray(0, at));
        await writeAll(to, rest.subarray(1));
        return true;
      case "delay":
        await writeAll(to, bytes.subarray(0, at));
        await this.#wait(DELAY);
        await writeAll(to, rest);
        return true;
      case "drip":
        await writeAll(to, bytes.subarray(0, at));
        for (let i = 0; i < rest.length; i += 4096) {
          await writeAll(to, rest.subarray(i, i + 4096));
          await this.#wait(10);
        }
        return true;
      case "freeze":
        await writeAll(to, bytes.subarray(0, at));
        await this.#wait();
        return false;
      case "truncate":
        await writeAll(to, bytes.subarray(0, at));
        return false;
      case "cut":
        return false;
      case "die":
        this.#die();
        return false;
    }
  }

  /** Waits, for ever where no time is given, but no longer than there is a fault. */
  async #wait(milliseconds?: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = milliseconds === undefined
      ? undefined
      : setTimeout(resolve, milliseconds);
    this.#waiting.add(resolve);
    await promise;
    this.#waiting.delete(resolve);
    clearTimeout(timer);
  }
}

async function writeAll(to: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await to.write(bytes.subarray(written));
  }
}
