/** What a report counts of each game. */
import { Game, PgnError, type Speed, speedOf } from "../../mod.ts";

/** One game in numbers and words. */
export interface GameFacts {
  /** A number that is the same for the same game, below 2^53. */
  readonly hash: number;
  readonly textBytes: number;
  /** The average of both ratings; `undefined` where one is missing. */
  readonly rating: number | undefined;
  /** Three characters such as `B90`, or `undefined`. */
  readonly eco: string | undefined;
  readonly speed: Speed | undefined;
  readonly result: string;
  readonly termination: string;
  /** Such as `2021-10`, or `undefined`. */
  readonly month: string | undefined;
  /** Half-moves of the mainline; `undefined` where it cannot be replayed. */
  readonly plies: number | undefined;
  readonly hasEval: boolean;
  readonly hasClock: boolean;
  readonly isRated: boolean;
  readonly hasBot: boolean;
  /** Whether it is of a variant with other rules. */
  readonly isOtherVariant: boolean;
}

const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Reads the facts of a game.
 *
 * @param bytes The game's text.
 * @returns The facts.
 */
export function factsOf(bytes: Uint8Array): GameFacts {
  const game = new Game(DECODER.decode(bytes));
  const { tags, pgn } = game;
  const white = ratingOf(tags.WhiteElo);
  const black = ratingOf(tags.BlackElo);
  const eco = tags.ECO?.slice(0, 3).toUpperCase() ?? "";
  const day = tags.UTCDate ?? tags.Date ?? "";
  const { plies, isOtherVariant } = lengthOf(game);
  return {
    hash: hashOf(nameOf(game) ?? pgn),
    textBytes: bytes.length,
    rating: white === undefined || black === undefined
      ? undefined
      : Math.floor((white + black) / 2),
    eco: /^[A-E]\d\d$/.test(eco) ? eco : undefined,
    speed: speedOf(tags.TimeControl ?? ""),
    result: tags.Result ?? "none",
    termination: tags.Termination ?? "none",
    month: day.match(/^(\d{4})[.-](0[1-9]|1[0-2])\b/)?.slice(1).join("-"),
    plies,
    hasEval: pgn.includes("[%eval "),
    hasClock: pgn.includes("[%clk "),
    isRated: /^rated/i.test(tags.Event ?? ""),
    hasBot: tags.WhiteTitle === "BOT" || tags.BlackTitle === "BOT",
    isOtherVariant,
  };
}

function ratingOf(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d*$/.test(text)
    ? Number(text)
    : undefined;
}

function lengthOf(
  game: Game,
): { plies: number | undefined; isOtherVariant: boolean } {
  try {
    let plies = 0;
    for (const _ of game.mainline()) plies++;
    return { plies, isOtherVariant: false };
  } catch (error) {
    if (!(error instanceof PgnError)) throw error;
    return { plies: undefined, isOtherVariant: error.reason === "variant" };
  }
}

function nameOf({ tags: { GameId, Site } }: Game): string | undefined {
  if (GameId !== undefined && GameId !== "" && GameId !== "?") return GameId;
  return Site?.match(/\/([A-Za-z0-9]{8})$/)?.[1];
}

/** Two rounds of multiplying and mixing, for 53 bits. */
function hashOf(text: string): number {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x9e3779b1);
    b = Math.imul(b ^ code, 0x5f356495);
  }
  a = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^
    Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
  b = Math.imul(b ^ (b >>> 16), 0x85ebca6b) ^
    Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  return (b >>> 11) * 2 ** 32 + (a >>> 0);
}
