/** A process that decompresses an archive with `ZstdDecompressionStream` and nothing else: `ARCHIVE`. */
import { ZstdDecompressionStream } from "../../mod.ts";

const file = await Deno.open(Deno.args[0]);
let bytes = 0;
for await (
  const chunk of file.readable.pipeThrough(new ZstdDecompressionStream())
) bytes += chunk.length;
console.log(bytes);
