// The names of all keys that a cache has in Redis.

/** The names of all sets, so that no reader has to look through all keys. */
export const NAMES_KEY = "chess:sets";

/** What a set is: a hash. */
export function metaKey(name: string): string {
  return `chess:meta:${name}`;
}

/** A game's text. */
export function gameKey(name: string, game: number): string {
  return `chess:game:${name}:${game}`;
}

/** Where a rebuild keeps a game; the braces keep it in its slot. */
export function nextKey(gameKey: string): string {
  return `chess:next:{${gameKey}}`;
}

/** A block of records. */
export function recordsKey(
  name: string,
  generation: string,
  block: number,
): string {
  return `chess:records:${name}:${generation}:${block}`;
}

/** Matches all keys of games of a set, or of any set, and may match others. */
export function gamePattern(name = "*"): string {
  return `chess:game:${name}:*`;
}

const GAME_REGEXP = /^chess:game:([a-z0-9_-]{1,64}):([0-9]+)$/;

/** Which game a key would hold if it were ours; none has a number that begins with a zero. */
export function parseGameKey(
  key: string,
): { readonly name: string; readonly game: number } | undefined {
  const match = GAME_REGEXP.exec(key);
  if (match === null) return undefined;
  const game = Number(match[2]);
  return { name: match[1], game: String(game) === match[2] ? game : Infinity };
}

/** Matches all keys of a set but its games' and its meta, also of format 1, and may match others. */
export function leftoverPattern(name: string): string {
  return `chess:*:*${name}:*`;
}

const LEFTOVER_REGEXP =
  /^chess:(?:(?:records|sums):([a-z0-9_-]{1,64}):[0-9a-f-]+:[0-9]+|next:\{chess:game:([a-z0-9_-]{1,64}):[0-9]+\})$/;

/**
 * Whether a key looks like one of a set's, be it of a game, of records or of a
 * rebuild. That proves nothing, unless the set is ours.
 */
export function looksLikeOf(name: string, key: string): boolean {
  if (parseGameKey(key)?.name === name) return true;
  const match = LEFTOVER_REGEXP.exec(key);
  return match !== null && (match[1] ?? match[2]) === name;
}
