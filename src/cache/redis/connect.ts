// Connects to one Redis server, or to the nodes of a Redis Cluster.
import { AS_BYTES, type Send, sendOver, toArgument } from "./redis_commands.ts";
import { isGranted } from "../../is_granted.ts";
import { netOf, type RedisAddress } from "./redis_url.ts";
import { InactivityTimer } from "./replies.ts";

/** How a connection is made, and how long it waits. */
export interface ConnectOptions {
  /** Milliseconds until a connection must be made. */
  readonly connectTimeout: number;
  /** Milliseconds after which a server that gives no reply is gone. */
  readonly commandTimeout: number;
  /** Whether games are read from the replicas of a cluster, too. */
  readonly useReplicas: boolean;
  /** Certificates to trust instead of the usual ones. */
  readonly ca: string | undefined;
}

/** A connection that is made. */
export interface Link {
  readonly send: Send;
  /** How to send to each master of a cluster; to the server itself where it is none. */
  masters(): Promise<Send[]>;
  /** Asks a cluster anew which node has which keys. */
  refresh(): Promise<void>;
  /** Ends it, also when it has ended. */
  end(): void;
}

/** Loads the client: hundreds of files, which only those need who use Redis. */
function loadClient() {
  return import("npm:@redis/client@6.3.1");
}

/** Connects to a server; `onEnd` is called when the connection has ended, for whatever reason. */
export async function connect(
  address: RedisAddress,
  options: ConnectOptions,
  onEnd: (link: Link) => void,
): Promise<Link> {
  return address.nodes === undefined
    ? await connectServer(address, options, onEnd)
    : await connectCluster(address, options, onEnd);
}

async function connectServer(
  address: RedisAddress,
  options: ConnectOptions,
  onEnd: (link: Link) => void,
): Promise<Link> {
  const { createClient, ErrorReply } = await loadClient();
  const { host, port, path, database } = address;
  const { socket, ...common } = clientOptions(address, options);
  const client = createClient({
    RESP: 2,
    ...common,
    database,
    socket: path === undefined
      ? { ...socket, host, port }
      : { ...socket, path },
  });
  const send = sendOver(client);
  const link: Link = {
    send,
    masters: () => Promise.resolve([send]),
    refresh: () => Promise.resolve(),
    end() {
      onEnd(link);
      if (client.isOpen) client.destroy();
    },
  };
  // Also of a reply that cannot be read: those after it would be mistaken.
  let reason: unknown;
  client.on("error", (error) => {
    reason ??= error;
    link.end();
  });
  client.unref();
  const connected = client.connect().then(async () => {
    // Hears whether the server will talk to us at all: one that asks for a
    // password closes the connection at a longer command, without a word.
    try {
      await client.ping();
    } catch (error) {
      // What else a server says to this, it may not say to other commands.
      if (!(error instanceof ErrorReply) || MUTE_REGEXP.test(error.message)) {
        throw error;
      }
    }
  });
  try {
    await inTime(connected, options.connectTimeout, () => link.end());
  } catch (error) {
    // An error that nobody has asked for yet is one that the client stumbles over.
    const refusal = reason instanceof TypeError && !address.tls
      ? await readRefusal(address)
      : undefined;
    throw refusal ?? error;
  }
  return link;
}

/** What a server says by itself that takes no connection: it has too many, or is protected. */
async function readRefusal(
  { host: hostname, port, path }: RedisAddress,
): Promise<Error | undefined> {
  try {
    using connection = path === undefined
      ? await Deno.connect({ hostname, port })
      : await Deno.connect({ transport: "unix", path });
    const buffer = new Uint8Array(1024);
    const timer = setTimeout(() => connection.close(), REFUSAL_TIME);
    const length = await connection.read(buffer).finally(() =>
      clearTimeout(timer)
    );
    const text = new TextDecoder().decode(buffer.subarray(0, length ?? 0));
    return text.startsWith("-") ? new Error(text.trim()) : undefined;
  } catch {
    return undefined; // The error of the client says what there is to say.
  }
}

/** How long what a server says by itself is waited for, in milliseconds. */
const REFUSAL_TIME = 200;

/** What a server says that will say nothing else. */
const MUTE_REGEXP = /NOAUTH|unauthenticated|DENIED|max number of clients/;

async function connectCluster(
  address: RedisAddress,
  options: ConnectOptions,
  onEnd: (link: Link) => void,
): Promise<Link> {
  const { createCluster } = await loadClient();
  const { socket, ...defaults } = clientOptions(address, options);
  const cluster = createCluster({
    RESP: 2,
    rootNodes: address.nodes!.map(({ host, port }) => ({
      ...defaults,
      socket: { ...socket, host, port },
    })),
    defaults: { ...defaults, socket },
    nodeAddressMap: checkGranted,
    // A node that is down is no reason to ask none of the others.
    minimizeConnections: true,
    useReplicas: options.useReplicas,
  });
  // What fails for this rejects, too.
  cluster.on("error", () => {});
  cluster.on("node-error", () => {});
  cluster.on("node-disconnect", () => {
    // One that is kept would never be connected again.
    for (const node of [...cluster.masters, ...cluster.replicas]) {
      if (node.client?.isOpen === false) node.client = undefined;
    }
  });
  cluster.on("node-connect", () => {
    for (const { client } of [...cluster.masters, ...cluster.replicas]) {
      client?.unref();
    }
  });
  const link: Link = {
    send: (args, mayBeOld = false) =>
      cluster.sendCommand(
        keyOf(args),
        mayBeOld,
        args.map(toArgument),
        AS_BYTES,
      ),
    masters: () =>
      Promise.all(
        cluster.masters.map(async (master) =>
          sendOver(await cluster.nodeClient(master))
        ),
      ),
    refresh: () => cluster._slots.rediscover().catch(() => link.end()),
    end() {
      onEnd(link);
      if (cluster.isOpen) cluster.destroy();
    },
  };
  await inTime(cluster.connect(), options.connectTimeout, () => link.end());
  return link;
}

/** Throws where Deno would ask a person about a node that other nodes have named. */
function checkGranted(address: string): undefined {
  const colon = address.lastIndexOf(":");
  const net = netOf(address.slice(0, colon), address.slice(colon + 1));
  if (isGranted(net)) return;
  throw new Deno.errors.NotCapable(
    `its node ${net.host} requires --allow-net=${net.host}`,
  );
}

function clientOptions(
  { tls, username, password }: RedisAddress,
  { connectTimeout, ca }: ConnectOptions,
) {
  return {
    username,
    password,
    disableClientInfo: true,
    disableOfflineQueue: true,
    // It would read the environment.
    maintNotifications: "disabled" as const,
    socket: {
      // deno-lint-ignore no-explicit-any -- its types want a literal
      tls: tls as any,
      ca,
      // Ours is over sooner; this one ends a socket that never connects.
      connectTimeout: 2 * connectTimeout,
      reconnectStrategy: false as const,
    },
  };
}

/** Waits for a connection; one that fails or is too late is ended. */
async function inTime(
  connected: Promise<unknown>,
  timeout: number,
  end: () => void,
): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = new InactivityTimer(timeout, reject);
  timer.start();
  try {
    await Promise.race([connected, late]);
  } catch (error) {
    end();
    // It may still connect, and would stay so.
    connected.then(end, () => {});
    throw error;
  } finally {
    timer.stop();
  }
}

/** The key that a command is about. */
function keyOf(
  [command, ...args]: (string | Uint8Array)[],
): string | undefined {
  const key = command === "EVAL" ? args[2] : args[0];
  return key === undefined ? undefined : String(key);
}
