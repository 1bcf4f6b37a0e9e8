// Reads of a game what decides about its samples, without decoding its text.

import { readRating } from "../filter/rating.ts";
import { type Game, gameRaw } from "../game.ts";
import { TagReader } from "../pgn/tags.ts";

const TAGS = new TagReader([
  "Result",
  "Termination",
  "WhiteElo",
  "BlackElo",
]);

/** The tags of a game that a config may ask for. */
export interface GameFacts {
  /** The `Result` tag, or "". */
  readonly result: string;
  /** The `Termination` tag, or "". */
  readonly termination: string;
  /** White's rating. */
  readonly whiteElo: number | undefined;
  /** Black's rating. */
  readonly blackElo: number | undefined;
  /** The game's hash, its low and its high half. */
  readonly hash: readonly [low: number, high: number];
}

/** Reads the facts of a game. */
export function readGameFacts(game: Game): GameFacts {
  TAGS.read(gameRaw(game));
  return {
    result: TAGS.value(0) ?? "",
    termination: TAGS.value(1) ?? "",
    whiteElo: ratingAt(2),
    blackElo: ratingAt(3),
    hash: [Number(game.hash & 0xffff_ffffn), Number(game.hash >> 32n)],
  };
}

function ratingAt(index: number): number | undefined {
  if (!TAGS.find(index)) return undefined;
  return readRating(TAGS.bytes, TAGS.start, TAGS.end) || undefined;
}
