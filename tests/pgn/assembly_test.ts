import assert from "node:assert/strict";
import { ASSEMBLIES, compileAssembly } from "../../tasks/_assembly.ts";

for (const assembly of ASSEMBLIES) {
  const name = assembly.pathname.split("/").at(-1);
  Deno.test(`compileAssembly() gives what is held of ${name}`, async () => {
    const { target, text } = await compileAssembly(assembly);
    // Not assert.equal(), which would print the whole of both.
    assert.ok(
      text === await Deno.readTextFile(target),
      `${target} is not what ${name} compiles to: run \`deno task wasm\``,
    );
  });
}
