// Makes games of an archive compact, each with the hash of the whole game.
import { hashGame, hashNumber } from "../filter/game_hash.ts";
import { compactGame } from "../pgn/compact_game.ts";
import { ownBytes, rawGame } from "../pgn/raw_game.ts";
import { setWholeHash } from "../whole_hashes.ts";

/**
 * Makes a compact copy of a game.
 *
 * @param game The game's text in UTF-8.
 * @returns The compact text in memory of its own; its hash is that of the game.
 */
export function compactCopy(game: Uint8Array): Uint8Array {
  const compact = compactGame(game);
  const copy = compact === game ? ownBytes(game) : compact;
  setWholeHash(copy, hashNumber(hashGame(rawGame(game))));
  return copy;
}
