import asc from "npm:assemblyscript@0.28.20/asc";

/** What is written in AssemblyScript, each compiled into the file with `_wasm.ts` at its end. */
export const ASSEMBLIES: readonly URL[] = [
  "../src/pgn/splitter/plain_games",
  "../src/filter/movetext",
].map((path) => new URL(`${path}.assembly.ts`, import.meta.url));

/**
 * Compiles one of {@linkcode ASSEMBLIES}.
 *
 * @param url Where it is.
 * @returns Where the compiled file belongs, and its text.
 * @throws {SyntaxError} If it does not compile.
 */
export async function compileAssembly(
  url: URL,
): Promise<{ target: URL; text: string }> {
  const source = await Deno.readTextFile(url);
  const name = url.pathname.split("/").at(-1)!.replace(".assembly.ts", "");
  let wasm: Uint8Array | undefined;
  const { error, stderr } = await asc.main([
    `${name}.ts`,
    `--outFile=${name}.wasm`,
    "--runtime=stub",
    "--enable=simd",
    "--noAssert",
    "-O3",
    "--converge",
  ], {
    readFile: (file) => file === `${name}.ts` ? source : null,
    writeFile: (_, contents) => {
      wasm = contents as Uint8Array;
    },
    listFiles: () => [],
  });
  if (error !== null || wasm === undefined) {
    throw new SyntaxError(`${url} does not compile: ${stderr}`);
  }
  const lines = wasm.toBase64().match(/.{1,76}/g)!;
  const text = [
    `// Compiled by \`deno task wasm\` from \`${name}.assembly.ts\`.`,
    "",
    "/** A WebAssembly module in Base64. */",
    `export const ${name.toUpperCase()}_WASM: string = \``,
    ...lines,
    "`;",
    "",
  ].join("\n");
  return { target: new URL(`${name}_wasm.ts`, url), text };
}
