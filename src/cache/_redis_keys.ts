import { GAMES_PER_BLOCK } from "./_game_sums.ts";

/** The names of all sets, so that no reader has to look through all keys. */
export const NAMES_KEY = "chess:sets";

/** What a set is: a hash. */
export function metaKey(name: string): string {
  return `chess:meta:${name}`;
}

/** A game's text. */
export function gameKey(name: string, index: number): string {
  return `chess:game:${name}:${index}`;
}

/** The keys of the games from `first` to `end - 1`. */
export function gameKeys(name: string, first: number, end: number): string[] {
  const keys: string[] = [];
  for (let i = first; i < end; i++) keys.push(gameKey(name, i));
  return keys;
}

/** Where a rebuild keeps a game; the braces keep it in its slot. */
export function nextKey(gameKey: string): string {
  return `chess:next:{${gameKey}}`;
}

/** The sums of the block of games that `index` is one of. */
export function sumsKey(
  name: string,
  generation: string,
  index: number,
): string {
  const block = Math.floor(index / GAMES_PER_BLOCK);
  return `chess:sums:${name}:${generation}:${block}`;
}

/** Matches the keys of a set's games and sums, and may match others. */
export function partsPattern(name: string): string {
  return `chess:*:${name}:*`;
}

const KEY_REGEXP = new RegExp(
  [
    "^chess:meta:([a-z0-9_-]{1,64})$",
    "^chess:game:([a-z0-9_-]{1,64}):[0-9]+$",
    "^chess:sums:([a-z0-9_-]{1,64}):[0-9a-f-]+:[0-9]+$",
    "^chess:next:\\{chess:game:([a-z0-9_-]{1,64}):[0-9]+\\}$",
  ].join("|"),
);

const GAME_REGEXP = /^(chess:next:\{)?chess:game:[a-z0-9_-]{1,64}:([0-9]+)\}?$/;
const SUMS_REGEXP = /^chess:sums:[a-z0-9_-]{1,64}:([0-9a-f-]+):([0-9]+)$/;

/** Which game a key of ours holds, and whether a rebuild keeps it there. */
export function gameOfKey(
  key: string,
): { readonly index: number; readonly isNext: boolean } | undefined {
  const match = GAME_REGEXP.exec(key);
  if (match === null) return undefined;
  return { index: Number(match[2]), isNext: match[1] !== undefined };
}

/** Which sums a key of ours holds. */
export function sumsBlockOfKey(
  key: string,
): { readonly generation: string; readonly block: number } | undefined {
  const match = SUMS_REGEXP.exec(key);
  if (match === null) return undefined;
  return { generation: match[1], block: Number(match[2]) };
}

/** The name of the set that a key belongs to; `undefined` for a key that is not ours. */
export function setOfKey(key: string): string | undefined {
  return KEY_REGEXP.exec(key)?.slice(1).find((name) => name !== undefined);
}
