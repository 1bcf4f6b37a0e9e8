import { Buffer } from "node:buffer";
// The version that src/cache/redis/connect.ts has: nothing else is compared.
import { createClient, RESP_TYPES } from "npm:@redis/client@6.3.1";

/** As much of the client as the benchmarks use, without anything of ours. */
export interface BareClient {
  /** Sends one command. */
  sendCommand(args: string[]): Promise<unknown>;
  /** Reads some values as text. */
  mGet(keys: string[]): Promise<(string | null)[]>;
  /** Reads some values as bytes. */
  mGetBytes(keys: string[]): Promise<(Uint8Array | null)[]>;
  /** Ends the connection. */
  destroy(): void;
}

/** Connects the client that the cache uses, with nothing around it. */
export async function connectBareClient(url: string): Promise<BareClient> {
  const client = createClient({
    url,
    RESP: 2,
    disableClientInfo: true,
    maintNotifications: "disabled",
    socket: { reconnectStrategy: false, connectTimeout: 2000 },
  });
  client.on("error", () => {});
  await client.connect();
  const asBytes = client.withTypeMapping({
    [RESP_TYPES.BLOB_STRING]: Buffer,
  });
  return {
    sendCommand: (args) => client.sendCommand(args),
    mGet: (keys) => client.mGet(keys),
    mGetBytes: (keys) =>
      asBytes.mGet(keys) as unknown as Promise<(Uint8Array | null)[]>,
    destroy: () => client.destroy(),
  };
}
