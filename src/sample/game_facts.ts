// Reads of a game what decides about its samples, without decoding its text.

import { ratingOf } from "../filter/rating.ts";
import { type Game, gameBytes, gameRaw } from "../game.ts";
import { TagReader } from "../pgn/tags.ts";
import { XxHash64 } from "../xxhash64.ts";

const TAGS = new TagReader([
  "Result",
  "Termination",
  "WhiteElo",
  "BlackElo",
  "GameId",
  "Site",
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
    whiteElo: ratingOf(TAGS.value(2)),
    blackElo: ratingOf(TAGS.value(3)),
    hash: hashOf(game, TAGS.value(4), TAGS.value(5)),
  };
}

/** XXH64 of a game's name by its tags, or of its text where it has none. */
function hashOf(
  game: Game,
  gameId: string | undefined,
  site: string | undefined,
): readonly [low: number, high: number] {
  const name = gameId !== undefined && gameId !== "" && gameId !== "?"
    ? gameId
    : SITE_REGEXP.exec(site ?? "")?.[1];
  const hash = new XxHash64();
  hash.update(name === undefined ? gameBytes(game) : ENCODER.encode(name));
  const { low, high } = hash.digest();
  return [low, high];
}

const SITE_REGEXP = /\/([A-Za-z0-9]{8})$/;
const ENCODER = new TextEncoder();
