import asc from "npm:assemblyscript@0.28.20/asc";

const SOURCE = new URL(
  "../src/pgn/splitter/plain_games.assembly.ts",
  import.meta.url,
);
const NAME = "plain_games";

/**
 * Compiles `src/pgn/splitter/plain_games.assembly.ts`.
 *
 * @throws {SyntaxError} If it does not compile.
 */
export async function compilePlainGames(): Promise<string> {
  const source = await Deno.readTextFile(SOURCE);
  let wasm: Uint8Array | undefined;
  const { error, stderr } = await asc.main([
    `${NAME}.ts`,
    `--outFile=${NAME}.wasm`,
    "--runtime=stub",
    "--enable=simd",
    "--noAssert",
    "-O3",
    "--converge",
  ], {
    readFile: (name) => name === `${NAME}.ts` ? source : null,
    writeFile: (_, contents) => {
      wasm = contents as Uint8Array;
    },
    listFiles: () => [],
  });
  if (error !== null || wasm === undefined) {
    throw new SyntaxError(`${SOURCE} does not compile: ${stderr}`);
  }
  const lines = wasm.toBase64().match(/.{1,76}/g)!;
  return [
    "// Compiled by `deno task wasm` from `plain_games.assembly.ts`.",
    "",
    "/** A WebAssembly module in Base64. */",
    "export const PLAIN_GAMES_WASM: string = `",
    ...lines,
    "`;",
    "",
  ].join("\n");
}
