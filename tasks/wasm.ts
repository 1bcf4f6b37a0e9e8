/**
 * Compiles what is written in AssemblyScript: run it after every change there.
 */
import { fileURLToPath } from "node:url";
import { ASSEMBLIES, compileAssembly } from "./_assembly.ts";

for (const assembly of ASSEMBLIES) {
  const { target, text } = await compileAssembly(assembly);
  await Deno.writeTextFile(target, text);
  console.log(`${fileURLToPath(target)} is written`);
}
