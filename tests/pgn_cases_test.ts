// Odd texts on their way through the program: archive, cache and samples alike.
import assert from "node:assert/strict";
import { join } from "node:path";
import { indexGames } from "../src/game_indexer.ts";
import { GameLoader } from "../src/game_loader.ts";
import type { GameQuery } from "../src/game_query.ts";
import type { Game } from "../src/game.ts";
import type { GameCache } from "../src/cache/game_cache.ts";
import { SqliteGameCache } from "../src/cache/sqlite_game_cache.ts";
import { SampleExtractor } from "../src/sample_extractor.ts";
import { tempFolder } from "./_games.ts";
import { ALL_CASES } from "./_pgn_cases.ts";
import { pzstd, utf8 } from "./archive/_make_archives.ts";

function movesOf(game: Game): string | null {
  try {
    return Array.from(game.mainline(), ({ uci }) => uci).join(" ");
  } catch {
    return null;
  }
}

/** What each game's samples must be: its moves, where it can be played and has a result. */
function expectedSamples(games: readonly Game[]): string[] {
  return games.map((game) => {
    const hasResult = /1[-–]0|1\/2|½/.test(game.pgn);
    const moves = hasResult ? movesOf(game) ?? "" : "";
    return moves.split(" ").filter((move) => move !== "0000").join(" ");
  });
}

async function samplesOf(
  loader: GameLoader,
  count: number,
  query: GameQuery = {},
): Promise<string[]> {
  const samples: string[][] = Array.from({ length: count }, () => []);
  const extractor = new SampleExtractor(loader, { skipPlies: 0 });
  for await (const { gameIndex, move } of extractor.extractSamples(query)) {
    samples[gameIndex].push(move);
  }
  return samples.map((moves) => moves.join(" "));
}

Deno.test("odd texts give the same games and samples from archives, sets and compact sets", async () => {
  await using folder = await tempFolder();
  for (const [i, [claim, text, expected]] of ALL_CASES.entries()) {
    if (expected.length === 0) continue; // no archive of games
    const path = folder.write(
      `${i}.pgn.zst`,
      pzstd(utf8(text), { frameSize: 40 }),
    );
    const archive = new GameLoader(path, { cache: null });
    const games = await Array.fromAsync(archive.loadGames());
    assert.deepEqual(games.map(movesOf), expected, claim);
    const samples = expectedSamples(games);
    assert.deepEqual(await samplesOf(archive, games.length), samples, claim);

    const at = join(folder.path, `${i}.sqlite`);
    await using cache: GameCache = new SqliteGameCache(at);
    const sets = [false, true].map((compact) => ({
      name: compact ? "compact" : "whole",
      filter: {},
      compact,
    }));
    await indexGames(path, cache, sets, { threads: 0 });
    await Deno.remove(path); // so that the sets must answer
    for (const { name, compact } of sets) {
      const cached = await Array.fromAsync(cache.getGames(name, 0));
      assert.deepEqual(cached.map(movesOf), expected, `${claim}, ${name}`);
      const loader = new GameLoader(path, { cache });
      const actual = await samplesOf(loader, games.length, { compact });
      assert.deepEqual(actual, samples, `${claim}, ${name}`);
    }
  }
});
