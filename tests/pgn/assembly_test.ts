import assert from "node:assert/strict";
import { compilePlainGames } from "../../tasks/_assembly.ts";

Deno.test("compilePlainGames() gives what src/pgn/splitter/plain_games_wasm.ts holds", async () => {
  const held = await Deno.readTextFile(
    new URL("../../src/pgn/splitter/plain_games_wasm.ts", import.meta.url),
  );
  // Not assert.equal(), which would print the whole of both.
  assert.ok(
    await compilePlainGames() === held,
    "src/pgn/splitter/plain_games_wasm.ts is not what src/pgn/splitter/plain_games.assembly.ts compiles to: run `deno task wasm`",
  );
});
