/** A process with the packages of mod.ts and a connection, and nothing of ours. */
import "npm:chess.js@1.4.0";
import "npm:fzstd@0.1.1";
import { connectBareClient } from "./_bare_client.ts";

const client = await connectBareClient(Deno.args[0]);
await client.sendCommand(["PING"]);
await new Promise((resolve) => setTimeout(resolve, 100));
client.destroy();
