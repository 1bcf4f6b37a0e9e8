import assert from "node:assert/strict";
import { compilePlainGames } from "../../tasks/_assembly.ts";

Deno.test("compilePlainGames() gives what src/archive/plain_games_wasm.ts holds", async () => {
  const held = await Deno.readTextFile(
    new URL("../../src/pgn/plain_games_wasm.ts", import.meta.url),
  );
  // Not assert.equal(), which would print the whole of both.
  assert.ok(
    await compilePlainGames() === held,
    "src/archive/plain_games_wasm.ts is not what src/archive/assembly/plain_games.ts compiles to: run `deno task wasm`",
  );
});
