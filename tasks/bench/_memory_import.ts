/** A process with mod.ts, that does nothing. */
import "../../mod.ts";

await new Promise((resolve) => setTimeout(resolve, 100));
