// Makes games of an archive compact, each with the hash of the whole game.
import { hashNumber } from "../filter/game_hash.ts";
import { compactGame } from "../pgn/compact_game.ts";
import { ownBytes, rawGame } from "../pgn/raw_game.ts";
import { setWholeHash } from "../whole_hashes.ts";

/** Makes a compact copy of a game, in memory of its own and with the hash of the whole game. */
export function compactCopy(game: Uint8Array): Uint8Array {
  const compact = compactGame(game);
  const copy = compact === game ? ownBytes(game) : compact;
  setWholeHash(copy, hashNumber(rawGame(game)));
  return copy;
}
