import { type RawGame, rawText } from "./archive/raw_game.ts";
import {
  ecoCodes,
  GAME_FILTER_FIELDS,
  type GameFilter,
  normalizeFilter,
} from "./game_filter.ts";
import { ecoNumber } from "./playstyle.ts";
import { readRating } from "./rating.ts";
import { type Speed, speedOf } from "./speed.ts";
import { endOfTags, TagReader } from "./tags.ts";

const DATE_REGEXP = /^(\d{4})\.(\d{2})\.(\d{2})$/;
const RATED_REGEXP = /^rated/i;

/**
 * Tells whether games pass a filter, by their tags alone; only `minPlies`,
 * `hasEval` and `hasClock` look at what stands behind the tags.
 */
export class GameJudge {
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
    return fieldOf(this.verdict(game));
  }

  /**
   * Judges as {@linkcode GameJudge.rejectedBy} does, and gives a number.
   *
   * @param game The game, or its text.
   * @returns 0 where the game passes; see {@linkcode fieldOf}.
   */
  verdict(game: RawGame | string): number {
    const rules = this.#rules;
    if (rules.length === 0) return 0;
    const tags = this.#tags;
    tags.read(game);
    let tag = 0;
    for (const rule of rules) {
      const first = rule.tags.length > 0 ? tags.value(tag) : undefined;
      const second = rule.tags.length > 1 ? tags.value(tag + 1) : undefined;
      tag += rule.tags.length;
      if (!rule.passes(first, second, game)) return rule.verdict;
    }
    return 0;
  }
}

/**
 * The field of a filter that a verdict names: the verdict is one more than its
 * index in {@linkcode GAME_FILTER_FIELDS}.
 *
 * @param verdict What {@linkcode GameJudge.verdict} gave.
 * @returns The field, or `undefined` where the game passes.
 */
export function fieldOf(verdict: number): keyof GameFilter | undefined {
  return verdict === 0 ? undefined : GAME_FILTER_FIELDS[verdict - 1].name;
}

/** What one field of a filter asks of a game. */
interface Rule {
  readonly verdict: number;
  /** The one or two tags that it looks at, if any. */
  readonly tags: readonly string[];
  /** Judges by the values of these tags, and by the text where it must. */
  readonly passes: (
    first: string | undefined,
    second: string | undefined,
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
    const verdict = 1 +
      GAME_FILTER_FIELDS.findIndex(({ name }) => name === field);
    rules.push({ verdict, tags, passes });
  }

  // Playstyle and eco are one in the normal form, but told apart in a report.
  for (const field of ["playstyle", "eco"] as const) {
    if (filter[field] === undefined) continue;
    const codes = ecoCodes({ [field]: filter[field] })!;
    rule(
      field,
      ["ECO"],
      (eco) => eco !== undefined && codes[ecoNumber(eco)] === 1,
    );
  }

  const { minRating = 1, maxRating = Infinity, ratingOf } = normal;
  for (const field of ["minRating", "maxRating"] as const) {
    if (normal[field] === undefined) continue;
    rule(field, ["WhiteElo", "BlackElo"], (white, black) => {
      const rating = ratingOfGame(white, black, ratingOf);
      return field === "minRating" ? rating >= minRating : rating <= maxRating;
    });
  }

  const speeds = normal.timeControl as readonly Speed[] | undefined;
  if (speeds !== undefined) {
    rule("timeControl", ["TimeControl"], (timeControl = "") => {
      const speed = speedOf(timeControl);
      return speed !== undefined && speeds.includes(speed);
    });
  }

  const results = normal.result as readonly string[] | undefined;
  if (results !== undefined) {
    rule("result", ["Result"], (result = "") => results.includes(result));
  }

  const { rated } = normal;
  if (rated !== undefined) {
    rule(
      "rated",
      ["Event"],
      (event) => event !== undefined && RATED_REGEXP.test(event) === rated,
    );
  }

  const ends = normal.termination as readonly string[] | undefined;
  if (ends !== undefined) {
    rule("termination", ["Termination"], (end = "") => ends.includes(end));
  }

  const { since = "", until = "9999-12-31" } = normal;
  for (const field of ["since", "until"] as const) {
    if (normal[field] === undefined) continue;
    rule(field, ["UTCDate", "Date"], (utcDate, date) => {
      const day = dayOf(utcDate ?? date);
      if (day === undefined) return false;
      return field === "since" ? day >= since : day <= until;
    });
  }

  if (normal.titles === "no-bots") {
    rule(
      "titles",
      ["WhiteTitle", "BlackTitle"],
      (white, black) => white !== "BOT" && black !== "BOT",
    );
  }

  const { minPlies, hasEval, hasClock } = normal;
  if (minPlies !== undefined) {
    rule(
      "minPlies",
      [],
      (_first, _second, game) => countPlies(textOf(game)) >= minPlies,
    );
  }
  if (hasEval !== undefined) {
    rule(
      "hasEval",
      [],
      (_first, _second, game) =>
        hasComment(textOf(game), "[%eval ") === hasEval,
    );
  }
  if (hasClock !== undefined) {
    rule(
      "hasClock",
      [],
      (_first, _second, game) =>
        hasComment(textOf(game), "[%clk ") === hasClock,
    );
  }
  return rules;
}

/** The rating that bounds are for, or NaN, which passes no bound. */
function ratingOfGame(
  white: string | undefined,
  black: string | undefined,
  ratingOf: GameFilter["ratingOf"] = "average",
): number {
  const ratings = [readRating(white) ?? NaN, readRating(black) ?? NaN];
  switch (ratingOf) {
    case "average":
      return Math.floor((ratings[0] + ratings[1]) / 2);
    case "lower":
      return Math.min(...ratings);
    case "higher":
      return Math.max(...ratings);
  }
}

/** The day as `YYYY-MM-DD`, where the tag tells year, month and day. */
function dayOf(tag: string | undefined): string | undefined {
  if (tag === undefined) return undefined;
  const match = DATE_REGEXP.exec(tag);
  return match === null ? undefined : `${match[1]}-${match[2]}-${match[3]}`;
}

function textOf(game: RawGame | string): string {
  return typeof game === "string" ? game : rawText(game);
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
