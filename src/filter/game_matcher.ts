// Decides whether games pass a filter, by the bytes of their tags and comments.
import { hashFraction, hashGame } from "./game_hash.ts";
import { isRated, readDay } from "./game_record.ts";
import { movetextFacts } from "./movetext_facts.ts";
import { ecoNumber } from "./playstyle.ts";
import { readRating } from "./rating.ts";
import type { RawGame } from "../pgn/raw_game.ts";
import { TagReader } from "../pgn/tags.ts";
import {
  ecoCodes,
  GAME_FILTER_FIELDS,
  type GameFilter,
  normalizeFilter,
} from "./game_filter.ts";
import { type Speed, speedOf } from "./speed.ts";

/**
 * Decides whether games pass a filter, by their tags alone; only `minPlies`,
 * `hasEval` and `hasClock` look at what comes after the tags.
 */
export class GameMatcher {
  readonly #rules: readonly Rule[];
  readonly #tags: TagReader;
  /** The tags that it looks at; some may be named twice. */
  readonly tagNames: readonly string[];

  /** Creates a matcher; the filter is checked at once. */
  constructor(filter: GameFilter) {
    this.#rules = rulesOf(filter);
    this.tagNames = this.#rules.flatMap((rule) => rule.tags);
    this.#tags = new TagReader(this.tagNames);
  }

  /** The field of the filter that rejects a game first, if any. */
  rejectedBy(game: RawGame): keyof GameFilter | undefined {
    return rejectionField(this.rejection(game));
  }

  /** The same as a code, see {@linkcode rejectionField}: 0 where the game passes. */
  rejection(game: RawGame): number {
    const rules = this.#rules;
    if (rules.length === 0) return 0;
    const tags = this.#tags;
    tags.read(game);
    let tag = 0;
    for (let i = 0; i < rules.length; i++) { // no iterator for each game
      const rule = rules[i];
      if (!rule.passes(tags, tag, game)) return rule.rejection;
      tag += rule.tags.length;
    }
    return 0;
  }
}

/** Every tag that a filter may look at. */
export const FILTER_TAGS: readonly string[] = [
  "ECO",
  "WhiteElo",
  "BlackElo",
  "TimeControl",
  "Result",
  "Event",
  "Termination",
  "UTCDate",
  "Date",
  "WhiteTitle",
  "BlackTitle",
];

/**
 * The field of a filter that a rejection code stands for: the code is one more
 * than its index in {@linkcode GAME_FILTER_FIELDS}.
 */
export function rejectionField(
  rejection: number,
): keyof GameFilter | undefined {
  return rejection === 0 ? undefined : GAME_FILTER_FIELDS[rejection - 1].name;
}

/** What one field of a filter asks of a game. */
interface Rule {
  readonly rejection: number;
  /** The tags that it looks at, if any. */
  readonly tags: readonly string[];
  /** Matches these tags, which the reader has from `tag` on, or the game. */
  readonly passes: (tags: TagReader, tag: number, game: RawGame) => boolean;
}

function rulesOf(filter: GameFilter): Rule[] {
  const normal = normalizeFilter(filter);
  const rules: Rule[] = [];
  function rule(
    field: keyof GameFilter,
    tags: readonly string[],
    passes: Rule["passes"],
  ): void {
    const rejection = 1 +
      GAME_FILTER_FIELDS.findIndex(({ name }) => name === field);
    rules.push({ rejection, tags, passes });
  }

  // Playstyle and eco are one in the normal form, but two in a report.
  for (const field of ["playstyle", "eco"] as const) {
    if (filter[field] === undefined) continue;
    const codes = ecoCodes({ [field]: filter[field] })!;
    rule(
      field,
      ["ECO"],
      (tags, tag) => codes[ecoOf(tags, tag)] === 1,
    );
  }

  const { minRating = 1, maxRating = Infinity, ratingOf } = normal;
  for (const field of ["minRating", "maxRating"] as const) {
    if (normal[field] === undefined) continue;
    rule(field, ["WhiteElo", "BlackElo"], (tags, tag) => {
      const white = ratingIn(tags, tag);
      const black = ratingIn(tags, tag + 1);
      const rating = combineRatings(white, black, ratingOf);
      return field === "minRating" ? rating >= minRating : rating <= maxRating;
    });
  }

  const speeds = normal.timeControl as readonly Speed[] | undefined;
  if (speeds !== undefined) {
    rule("timeControl", ["TimeControl"], (tags, tag) => {
      const speed = speedOf(tags.value(tag) ?? "");
      return speed !== undefined && speeds.includes(speed);
    });
  }

  const results = normal.result as readonly string[] | undefined;
  if (results !== undefined) {
    rule(
      "result",
      ["Result"],
      (tags, tag) => results.includes(tags.value(tag) ?? ""),
    );
  }

  const { rated } = normal;
  if (rated !== undefined) {
    rule(
      "rated",
      ["Event"],
      (tags, tag) => tags.find(tag) && isRated(tags) === rated,
    );
  }

  const ends = normal.termination as readonly string[] | undefined;
  if (ends !== undefined) {
    rule(
      "termination",
      ["Termination"],
      (tags, tag) => ends.includes(tags.value(tag) ?? ""),
    );
  }

  for (const field of ["since", "until"] as const) {
    if (normal[field] === undefined) continue;
    const bound = dayNumber(normal[field]);
    rule(field, ["UTCDate", "Date"], (tags, tag) => {
      const day = readDay(tags, tag, tag + 1);
      return field === "since" ? day >= bound : day <= bound;
    });
  }

  if (normal.titles === "no-bots") {
    rule(
      "titles",
      ["WhiteTitle", "BlackTitle"],
      (tags, tag) => tags.value(tag) !== "BOT" && tags.value(tag + 1) !== "BOT",
    );
  }

  const { minPlies, hasEval, hasClock, split } = normal;
  if (minPlies !== undefined) {
    rule(
      "minPlies",
      [],
      (_, __, game) => movetextFacts(game).plies >= minPlies,
    );
  }
  for (
    const [field, fact, wanted] of [
      ["hasEval", "hasEvaluation", hasEval],
      ["hasClock", "hasClock", hasClock],
    ] as const
  ) {
    if (wanted === undefined) continue;
    rule(
      field,
      [],
      (_, __, game) => movetextFacts(game, fact)[fact] === wanted,
    );
  }
  if (split !== undefined) {
    const [from, to] = split;
    rule("split", [], (_, __, game) => {
      const { low, high } = hashGame(game);
      const fraction = hashFraction(low, high);
      return fraction >= from && fraction < to;
    });
  }
  return rules;
}

/** The number of the ECO code in a tag, or -1. */
function ecoOf(tags: TagReader, tag: number): number {
  return tags.find(tag) ? ecoNumber(tags.bytes, tags.start, tags.end) : -1;
}

/** The rating in a tag, or NaN. */
function ratingIn(tags: TagReader, tag: number): number {
  return tags.find(tag) ? readRating(tags.bytes, tags.start, tags.end) : NaN;
}

/** A day `YYYY-MM-DD` as the number yyyymmdd. */
export function dayNumber(day: string): number {
  return Number(day.replaceAll("-", ""));
}

/** The rating of a game that bounds are for, or NaN, which passes no bound. */
export function combineRatings(
  white: number,
  black: number,
  ratingOf: GameFilter["ratingOf"] = "average",
): number {
  switch (ratingOf) {
    case "average":
      return Math.floor((white + black) / 2);
    case "lower":
      return Math.min(white, black);
    case "higher":
      return Math.max(white, black);
  }
}
