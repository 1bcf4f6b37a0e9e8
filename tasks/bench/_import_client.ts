/** A process with mod.ts and the Redis client, which is imported where a Redis is used. */
import "../../mod.ts";
import "./_bare_client.ts";
