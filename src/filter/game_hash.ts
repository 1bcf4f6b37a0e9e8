// The hash of a game, which splits and draws go by.
import { type RawGame, utf8Bytes } from "../pgn/raw_game.ts";
import { startsWith } from "../pgn/syntax.ts";
import { TagReader } from "../pgn/tags.ts";
import { XxHash64 } from "../xxhash64.ts";

/** The low and the high half of a hash. */
export interface HashHalves {
  readonly low: number;
  readonly high: number;
}

/**
 * The hash of a game, which is the same wherever the game is found: XXH64 of its
 * `GameId` tag (`?` and nothing are none), else of the last eight characters of
 * `Site` where it ends in a slash and eight letters or digits, else of its text.
 */
export function hashGame(game: RawGame): HashHalves {
  const hash = new XxHash64();
  hash.update(nameOf(game) ?? utf8Bytes(game));
  return hash.digest();
}

/** The hash as one number. */
export function hashNumber({ low, high }: HashHalves): bigint {
  return BigInt(high >>> 0) << 32n | BigInt(low >>> 0);
}

/** The hash as a number from 0 to below 1: its upper 53 bits. */
export function hashFraction(low: number, high: number): number {
  return ((high >>> 0) * 2 ** 21 + (low >>> 11)) / 2 ** 53;
}

/** The bytes of the game's stable name, where it has one. */
function nameOf(game: RawGame): Uint8Array | undefined {
  TAGS.read(game);
  const { bytes } = game;
  if (TAGS.find(0)) {
    const { start, end } = TAGS;
    const isNone = end === start ||
      end - start === 1 && startsWith(bytes, start, UNKNOWN);
    if (!isNone) return bytes.subarray(start, end);
  }
  if (!TAGS.find(1)) return undefined;
  const { start, end } = TAGS;
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
