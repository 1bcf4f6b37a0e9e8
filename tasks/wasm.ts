/**
 * Compiles what is written in AssemblyScript: run it after every change there.
 */
import { fileURLToPath } from "node:url";
import { compilePlainGames } from "./_assembly.ts";

const TARGET = new URL(
  "../src/pgn/splitter/plain_games_wasm.ts",
  import.meta.url,
);

await Deno.writeTextFile(TARGET, await compilePlainGames());
console.log(`${fileURLToPath(TARGET)} is written`);
