import { type RawGame, rawText } from "../pgn/raw_game.ts";
import {
  ecoCodes,
  GAME_FILTER_FIELDS,
  type GameFilter,
  normalizeFilter,
} from "./game_filter.ts";
import { type Speed, speedOf } from "./speed.ts";
import { endOfTags, TagReader } from "../pgn/tags.ts";

const DATE_REGEXP = /^(\d{4})\.(\d{2})\.(\d{2})$/;
const RATED_REGEXP = /^rated/i;

/**
 * Tells whether games pass a filter, by their tags alone; only `minPlies`,
 * `hasEval` and `hasClock` look at what stands behind the tags.
 */
export class GameMatcher {
  readonly #rules: readonly Rule[];
  readonly #tags: TagReader;
  /** The tags that it looks at; some may stand there twice. */
  readonly tagNames: readonly string[];

  /** Creates a judge; the filter is checked at once. */
  constructor(filter: GameFilter) {
    this.#rules = rulesOf(filter);
    this.tagNames = this.#rules.flatMap((rule) => rule.tags);
    this.#tags = new TagReader(this.tagNames);
  }

  /**
   * Judges a game.
   *
   * @param game The game, or its text, which may be bytes taken for characters
   * as in Latin-1.
   * @returns The field of the filter that rejects the game first, or
   * `undefined` where it passes.
   */
  rejectedBy(game: RawGame | string): keyof GameFilter | undefined {
    return rejectionField(this.rejection(game));
  }

  /**
   * Judges as {@linkcode GameMatcher.rejectedBy} does, and gives a number.
   *
   * @param game The game, or its text.
   * @returns 0 where the game passes; see {@linkcode rejectionField}.
   */
  rejection(game: RawGame | string): number {
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

/**
 * The field of a filter that a rejection names: the rejection is one more than its
 * index in {@linkcode GAME_FILTER_FIELDS}.
 *
 * @param rejection What {@linkcode GameMatcher.rejection} gave.
 * @returns The field, or `undefined` where the game passes.
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
  /** Judges by these tags, which the reader has from `tag` on, or by the game. */
  readonly passes: (
    tags: TagReader,
    tag: number,
    game: RawGame | string,
  ) => boolean;
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

  // Playstyle and eco are one in the normal form, but told apart in a report.
  for (const field of ["playstyle", "eco"] as const) {
    if (filter[field] === undefined) continue;
    const codes = ecoCodes({ [field]: filter[field] })!;
    rule(
      field,
      ["ECO"],
      (tags, tag) => codes[tags.ecoNumber(tag)] === 1,
    );
  }

  const { minRating = 1, maxRating = Infinity, ratingOf } = normal;
  for (const field of ["minRating", "maxRating"] as const) {
    if (normal[field] === undefined) continue;
    rule(field, ["WhiteElo", "BlackElo"], (tags, tag) => {
      const rating = ratingOfGame(
        tags.rating(tag),
        tags.rating(tag + 1),
        ratingOf,
      );
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
      (tags, tag) => {
        const event = tags.value(tag);
        return event !== undefined && RATED_REGEXP.test(event) === rated;
      },
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

  const { since = "", until = "9999-12-31" } = normal;
  for (const field of ["since", "until"] as const) {
    if (normal[field] === undefined) continue;
    rule(field, ["UTCDate", "Date"], (tags, tag) => {
      const day = dayOf(tags.value(tag) ?? tags.value(tag + 1));
      if (day === undefined) return false;
      return field === "since" ? day >= since : day <= until;
    });
  }

  if (normal.titles === "no-bots") {
    rule(
      "titles",
      ["WhiteTitle", "BlackTitle"],
      (tags, tag) => tags.value(tag) !== "BOT" && tags.value(tag + 1) !== "BOT",
    );
  }

  const { minPlies, hasEval, hasClock } = normal;
  if (minPlies !== undefined) {
    rule(
      "minPlies",
      [],
      (_tags, _tag, game) => countPlies(rawText(game)) >= minPlies,
    );
  }
  if (hasEval !== undefined) {
    rule(
      "hasEval",
      [],
      (_tags, _tag, game) => hasComment(rawText(game), "[%eval ") === hasEval,
    );
  }
  if (hasClock !== undefined) {
    rule(
      "hasClock",
      [],
      (_tags, _tag, game) => hasComment(rawText(game), "[%clk ") === hasClock,
    );
  }
  return rules;
}

/** The rating that bounds are for, or NaN, which passes no bound. */
function ratingOfGame(
  white = NaN,
  black = NaN,
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

/** The day as `YYYY-MM-DD`, where the tag tells year, month and day. */
function dayOf(tag: string | undefined): string | undefined {
  if (tag === undefined) return undefined;
  const match = DATE_REGEXP.exec(tag);
  return match === null ? undefined : `${match[1]}-${match[2]}-${match[3]}`;
}

function hasComment(game: string, command: string): boolean {
  return game.includes(command, endOfTags(game));
}

// White space is ASCII alone: among bytes taken for Latin-1, the rest of it
// would be parts of letters.
const MOVETEXT_TOKEN_REGEXP =
  /\{[^}]*\}?|;[^\n]*|\n%[^\n]*|[()]|[^\0- {}();]+/g;
const MOVE_NUMBER_REGEXP = /^(?:\d*\.+|\d+(?=$|[^\d./-]))/;
const MOVE_REGEXP =
  /^(?:[KQRBNP]?@?[a-h]?[1-8]?[x:-]?[a-h][1-8]|[O0o]-[O0o]|--|Z0)/;

/** Counts the half-moves of a game's mainline without playing them. */
function countPlies(game: string): number {
  let plies = 0;
  let depth = 0;
  for (
    const [token] of game.slice(endOfTags(game)).matchAll(MOVETEXT_TOKEN_REGEXP)
  ) {
    if (token === "(") depth++;
    else if (token === ")") depth = Math.max(0, depth - 1);
    else if (
      depth === 0 && MOVE_REGEXP.test(token.replace(MOVE_NUMBER_REGEXP, ""))
    ) plies++;
  }
  return plies;
}
