// The hash of a game, which splits and draws go by.
import { type RawGame, utf8Bytes } from "../pgn/raw_game.ts";
import { startsWith } from "../pgn/syntax.ts";
import { TagReader } from "../pgn/tags.ts";
import { xxHash64 } from "../xxhash64.ts";

/**
 * The hash of a game, which is the same wherever the game is found: XXH64 of its
 * `GameId` tag (`?` and nothing are none), else of the last eight characters of
 * `Site` where it ends in a slash and eight letters or digits, else of its text.
 */
export function hashGame(game: RawGame) {
  TAGS.read(game);
  return xxHash64(nameIn(TAGS, 0, 1) ?? utf8Bytes(game));
}

/** The hash of a game as one number. */
export function hashNumber(game: RawGame): bigint {
  const { low, high } = hashGame(game);
  return BigInt(high) << 32n | BigInt(low);
}

/** The hash as a number from 0 to below 1: its upper 53 bits. */
export function hashFraction(low: number, high: number): number {
  return ((high >>> 0) * 2 ** 21 + (low >>> 11)) / 2 ** 53;
}

/** The bytes of a game's stable name, if any; `gameId` and `site` are where those tags are. */
export function nameIn(
  tags: TagReader,
  gameId: number,
  site: number,
): Uint8Array | undefined {
  const { bytes } = tags;
  if (tags.find(gameId)) {
    const { start, end } = tags;
    const isNone = end === start ||
      end - start === 1 && startsWith(bytes, start, UNKNOWN);
    if (!isNone) return bytes.subarray(start, end);
  }
  if (!tags.find(site)) return undefined;
  const { start, end } = tags;
  const id = end - ID_LENGTH;
  if (id <= start || bytes[id - 1] !== SLASH) return undefined;
  for (let at = id; at < end; at++) {
    if (LETTERS[bytes[at]] === 0) return undefined;
  }
  return bytes.subarray(id, end);
}

const TAGS = new TagReader(["GameId", "Site"]);
const ID_LENGTH = 8;
const SLASH = 47;
const UNKNOWN = Uint8Array.of(63);
const LETTERS = new Uint8Array(256);
for (let code = 0; code < 128; code++) {
  if (/[A-Za-z0-9]/.test(String.fromCharCode(code))) LETTERS[code] = 1;
}
