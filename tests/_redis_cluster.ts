import { RedisServer } from "./_redis_server.ts";

const SLOTS = 16384;

/**
 * A Redis Cluster of the test's own: three masters, each with a replica that
 * takes its place half a second after it has died.
 *
 * ```ts
 * await using cluster = await RedisCluster.start();
 * await cluster.masters[0].kill();
 * ```
 */
export class RedisCluster implements AsyncDisposable {
  readonly masters: readonly RedisServer[];
  readonly replicas: readonly RedisServer[];

  private constructor(servers: readonly RedisServer[]) {
    this.masters = servers.slice(0, 3);
    this.replicas = servers.slice(3);
  }

  /** Starts it and waits until all of its nodes agree. */
  static async start(): Promise<RedisCluster> {
    // One after the other, so that none is given the port of another.
    const ports: number[] = [];
    const servers: RedisServer[] = [];
    while (servers.length < 6) {
      const port = freePort();
      ports.push(port);
      servers.push(
        await RedisServer.start({
          args: [
            "--cluster-enabled",
            "yes",
            "--cluster-port",
            String(port),
            "--cluster-node-timeout",
            "500",
            "--repl-diskless-sync-delay",
            "0",
            "--appendonly",
            "no",
          ],
        }),
      );
    }
    const cluster = new RedisCluster(servers);
    try {
      await cluster.#form(ports);
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
    return cluster;
  }

  /** Its URL: two of the nodes tell of the others. */
  get url(): string {
    const nodes = this.masters.slice(0, 2).map(({ port }) =>
      `127.0.0.1:${port}`
    );
    return `redis+cluster://${nodes.join(",")}`;
  }

  /** All of its nodes. */
  get servers(): readonly RedisServer[] {
    return [...this.masters, ...this.replicas];
  }

  /** Waits until every living node says that the cluster is well, and knows the replicas. */
  async ready(replicas = 3): Promise<void> {
    for (const server of this.servers) {
      await until(async () => {
        const info = await server.cli("CLUSTER", "INFO").catch(() => undefined);
        // One that was killed is no matter.
        if (info === undefined) return true;
        const nodes = await server.cli("CLUSTER", "NODES");
        const slaves = nodes.split("\n").filter((line) =>
          / slave /.test(line) || / myself,slave /.test(line)
        );
        return info.includes("cluster_state:ok") && slaves.length >= replicas;
      });
    }
  }

  async #form(busPorts: readonly number[]): Promise<void> {
    const [first] = this.masters;
    for (const [i, server] of this.servers.entries()) {
      await server.cli("CLUSTER", "SET-CONFIG-EPOCH", i + 1);
      if (i === 0) continue;
      await first.cli(
        "CLUSTER",
        "MEET",
        "127.0.0.1",
        server.port,
        busPorts[i],
      );
    }
    for (const [i, master] of this.masters.entries()) {
      const start = Math.floor(SLOTS * i / 3);
      const end = Math.floor(SLOTS * (i + 1) / 3) - 1;
      await master.cli("CLUSTER", "ADDSLOTSRANGE", start, end);
    }
    for (const [i, replica] of this.replicas.entries()) {
      const id = await this.masters[i].cli("CLUSTER", "MYID");
      await until(async () => {
        try {
          return await replica.cli("CLUSTER", "REPLICATE", id) === "OK";
        } catch {
          return false; // It has not heard of its master yet.
        }
      });
    }
    await this.ready();
    for (const replica of this.replicas) {
      await until(async () =>
        (await replica.cli("INFO", "replication")).includes(
          "master_link_status:up",
        )
      );
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.servers.map((server) => server[Symbol.asyncDispose]()),
    );
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const start = Date.now(); !await holds();) {
    if (Date.now() - start > 15_000) throw new Error("It never happened");
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}
