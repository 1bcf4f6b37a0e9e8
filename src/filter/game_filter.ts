// What a filter is: its fields and its normal form.
import { inspect } from "node:util";
import { type Speed, SPEEDS } from "./speed.ts";
import {
  ecoRange,
  type Playstyle,
  playstyleOf,
  PLAYSTYLES,
} from "./playstyle.ts";

/**
 * How a game ended, as its `Result` tag says; `*` is unfinished.
 *
 * See {@linkcode GameFilter}.
 */
export type Result = "1-0" | "0-1" | "1/2-1/2" | "*";

/**
 * Why a game ended, as Lichess' `Termination` tag says.
 *
 * See {@linkcode GameFilter}.
 */
export type Termination =
  | "Normal"
  | "Time forfeit"
  | "Abandoned"
  | "Rules infraction"
  | "Unterminated"
  | "Insufficient material"
  | "Unknown";

/** Every termination, in the order in which they are listed. */
export const TERMINATIONS: readonly string[] = [
  "Normal",
  "Time forfeit",
  "Abandoned",
  "Rules infraction",
  "Unterminated",
  "Insufficient material",
  "Unknown",
] satisfies readonly Termination[];

/**
 * Which games to take. A game passes when it passes every field that is given;
 * one whose tags do not tell does not pass.
 *
 * A filter is plain data: it can be written as JSON, stored and compared.
 *
 * See {@linkcode GameFilterStream}.
 */
export interface GameFilter {
  /** Openings of one style, see {@linkcode playstyleOf}. */
  playstyle?: Playstyle;
  /** Openings by ECO code: codes and ranges, such as `["B90-B99", "C50"]`. */
  eco?: string | readonly string[];
  /** Least rating, inclusive; see {@linkcode GameFilter.ratingOf}. */
  minRating?: number;
  /** Highest rating, inclusive; see {@linkcode GameFilter.ratingOf}. */
  maxRating?: number;
  /**
   * Which rating the bounds are for: the average of both players, rounded
   * down, or the lower or the higher of the two. A game without both ratings
   * passes no bound.
   *
   * @default {"average"}
   */
  ratingOf?: "average" | "lower" | "higher";
  /** Speeds, by the `TimeControl` tag. */
  timeControl?: Speed | readonly Speed[];
  /** Results, by the `Result` tag. */
  result?: Result | readonly Result[];
  /** Only rated games, or only others, by the first word of the `Event` tag. */
  rated?: boolean;
  /** Ends, by the `Termination` tag. */
  termination?: Termination | readonly Termination[];
  /** First day, `YYYY-MM-DD`, by the `UTCDate` tag, else `Date`. */
  since?: string;
  /** Last day, `YYYY-MM-DD`, by the `UTCDate` tag, else `Date`. */
  until?: string;
  /** `no-bots`: neither player has the title `BOT`. */
  titles?: "no-bots";
  /** Least number of half-moves in the mainline. @default {0} */
  minPlies?: number;
  /** Only games with evaluations (`[%eval …]`), or only games without. */
  hasEval?: boolean;
  /** Only games with clocks (`[%clk …]`), or only games without. */
  hasClock?: boolean;
  /**
   * Games by their hash, a number from 0 to below 1 that no other game changes:
   * from the first bound, inclusive, to the second, exclusive. So `[0, 0.98]` and
   * `[0.98, 1]` split all games for training and validation.
   */
  split?: readonly [from: number, to: number];
}

/** What a field of a {@linkcode GameFilter} is, for programs that offer them all. */
export interface GameFilterField {
  /** The field's name. */
  readonly name: keyof GameFilter;
  /** What it takes; `choices` and `list` take one value or several, `interval` two numbers. */
  readonly kind:
    | "integer"
    | "boolean"
    | "date"
    | "choice"
    | "choices"
    | "list"
    | "interval";
  /** The values that are allowed, where they can be listed. */
  readonly values?: readonly string[];
  /** What it asks of a game, in a few words. */
  readonly description: string;
}

/**
 * Every field of a filter, in the order in which a game is judged by them.
 *
 * See {@linkcode normalizeFilter}.
 */
export const GAME_FILTER_FIELDS: readonly GameFilterField[] = [
  {
    name: "playstyle",
    kind: "choice",
    values: PLAYSTYLES,
    description: "Openings of one style",
  },
  {
    name: "eco",
    kind: "list",
    description: "Openings by ECO code: codes and ranges, B90-B99",
  },
  { name: "minRating", kind: "integer", description: "Least rating" },
  { name: "maxRating", kind: "integer", description: "Highest rating" },
  {
    name: "ratingOf",
    kind: "choice",
    values: ["average", "lower", "higher"],
    description: "Which rating the bounds are for",
  },
  {
    name: "timeControl",
    kind: "choices",
    values: SPEEDS,
    description: "Speeds, by base time and increment",
  },
  {
    name: "result",
    kind: "choices",
    values: ["1-0", "0-1", "1/2-1/2", "*"],
    description: "Results",
  },
  { name: "rated", kind: "boolean", description: "Only rated games" },
  {
    name: "termination",
    kind: "choices",
    values: TERMINATIONS,
    description: "Why the game ended",
  },
  { name: "since", kind: "date", description: "First day, YYYY-MM-DD" },
  { name: "until", kind: "date", description: "Last day, YYYY-MM-DD" },
  {
    name: "titles",
    kind: "choice",
    values: ["no-bots"],
    description: "Leave out games of bots",
  },
  {
    name: "minPlies",
    kind: "integer",
    description: "Least number of half-moves",
  },
  {
    name: "hasEval",
    kind: "boolean",
    description: "Only games with evaluations",
  },
  { name: "hasClock", kind: "boolean", description: "Only games with clocks" },
  {
    name: "split",
    kind: "interval",
    description: "A share of all games by their hash, 0:0.98",
  },
];

const FIELDS_BY_NAME = new Map<string, GameFilterField>(
  GAME_FILTER_FIELDS.map((field) => [field.name, field]),
);

/**
 * Checks a filter and gives it in normal form: two filters with equal normal
 * forms, written as JSON, pass the same games.
 *
 * Playstyle and `eco` become one list of ranges, single values become lists
 * without doubles in the order of the tables above, defaults are dropped.
 *
 * @example Usage
 * ```ts
 * import { normalizeFilter } from "@chess/game-cache";
 * import assert from "node:assert/strict";
 *
 * const filter = normalizeFilter({ timeControl: "blitz", ratingOf: "average" });
 * assert.deepEqual(filter, { timeControl: ["blitz"] });
 * ```
 *
 * @param filter The filter to check.
 * @returns An equivalent filter in normal form.
 * @throws {TypeError} If a field is unknown or of the wrong type.
 * @throws {RangeError} If a value is not allowed; the message says which are.
 */
export function normalizeFilter(filter: GameFilter): GameFilter {
  if (typeof filter !== "object" || filter === null || Array.isArray(filter)) {
    throw new TypeError(
      `Cannot filter games as the filter must be an object: current value is ${
        inspect(filter)
      }`,
    );
  }
  const normal: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(filter)) {
    const field = FIELDS_BY_NAME.get(name);
    if (field === undefined) {
      throw new TypeError(
        `Cannot filter games by "${name}": the fields are ${
          [...FIELDS_BY_NAME.keys()].join(", ")
        }`,
      );
    }
    const checked = value === undefined ? value : checkValue(field, value);
    if (checked !== undefined) normal[name] = checked;
  }
  const { playstyle, eco, minRating, maxRating, ratingOf, ...rest } =
    normal as GameFilter;
  const result: GameFilter = {};
  const codes = ecoCodes({ playstyle, eco });
  if (codes !== undefined) result.eco = ecoRanges(codes);
  if (minRating !== undefined) result.minRating = minRating;
  if (maxRating !== undefined) result.maxRating = maxRating;
  if (
    ratingOf !== undefined && ratingOf !== "average" &&
    (minRating !== undefined || maxRating !== undefined)
  ) result.ratingOf = ratingOf;
  // The order of the table, so that equal filters are equal as JSON too.
  for (const { name } of GAME_FILTER_FIELDS) {
    if (name in rest) {
      Object.assign(result, { [name]: rest[name as keyof typeof rest] });
    }
  }
  return result;
}

function checkValue(field: GameFilterField, value: unknown): unknown {
  const { name, kind, values } = field;
  switch (kind) {
    case "integer":
      // Every game has 0 half-moves at least, but no rating is 0.
      if (name === "minPlies" && value === 0) return undefined;
      if (!Number.isSafeInteger(value) || (value as number) < 1) {
        throw badValue(name, "a positive integer", value);
      }
      return value;
    case "boolean":
      if (typeof value !== "boolean") {
        throw badValue(name, "true or false", value);
      }
      return value;
    case "date":
      if (typeof value !== "string" || !isDate(value)) {
        throw badValue(name, "a date as YYYY-MM-DD", value);
      }
      return value;
    case "choice":
      if (!values!.includes(value as string)) {
        throw badValue(name, `one of ${values!.join(", ")}`, value);
      }
      return value;
    case "choices": {
      const given = Array.isArray(value) ? value : [value];
      for (const one of given) {
        if (!values!.includes(one)) {
          throw badValue(name, `among ${values!.join(", ")}`, one);
        }
      }
      return values!.filter((one) => given.includes(one));
    }
    case "list": {
      const given = Array.isArray(value) ? value : [value];
      for (const one of given) {
        if (typeof one !== "string") {
          throw badValue(name, "a code or a range of codes", one);
        }
        ecoRange(one);
      }
      return given;
    }
    case "interval":
      return checkInterval(name, value);
  }
}

/** Two bounds from 0 to 1 in order; all of it is no condition. */
function checkInterval(
  name: string,
  value: unknown,
): [number, number] | undefined {
  const allowed = "two numbers from 0 to 1 in order";
  const isPair = Array.isArray(value) && value.length === 2 &&
    value.every((bound) => typeof bound === "number");
  if (!isPair) throw badValue(name, allowed, value);
  const [from, to] = value as [number, number];
  if (!(from >= 0 && from < to && to <= 1)) {
    throw badValue(name, allowed, value.join(":"));
  }
  return from === 0 && to === 1 ? undefined : [from + 0, to];
}

function badValue(name: string, allowed: string, value: unknown): Error {
  const message =
    `Cannot filter games as ${name} must be ${allowed}: current value is ${
      typeof value === "string" ? JSON.stringify(value) : inspect(value)
    }`;
  return ["number", "string"].includes(typeof value)
    ? new RangeError(message)
    : new TypeError(message);
}

const DATE_REGEXP = /^\d{4}-\d{2}-\d{2}$/;

function isDate(text: string): boolean {
  if (!DATE_REGEXP.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) &&
    new Date(time).toISOString().startsWith(text);
}

/**
 * One byte for each of the 500 ECO codes: whether it passes. `undefined` where
 * openings do not matter.
 */
export function ecoCodes(
  filter: Pick<GameFilter, "playstyle" | "eco">,
): Uint8Array | undefined {
  const { playstyle, eco } = filter;
  if (playstyle === undefined && eco === undefined) return undefined;
  const codes = new Uint8Array(500);
  if (eco === undefined) codes.fill(1);
  else {
    for (const range of typeof eco === "string" ? [eco] : eco) {
      const { first, last } = ecoRange(range);
      codes.fill(1, first, last + 1);
    }
  }
  if (playstyle !== undefined) {
    for (let number = 0; number < codes.length; number++) {
      if (playstyleOf(ecoCode(number)) !== playstyle) codes[number] = 0;
    }
  }
  return codes;
}

function ecoCode(number: number): string {
  const letter = String.fromCharCode(65 + Math.floor(number / 100));
  return letter + String(number % 100).padStart(2, "0");
}

function ecoRanges(codes: Uint8Array): string[] {
  const ranges: string[] = [];
  for (let first = 0; first < codes.length; first++) {
    if (codes[first] === 0) continue;
    let last = first;
    while (codes[last + 1] === 1) last++;
    ranges.push(
      first === last ? ecoCode(first) : `${ecoCode(first)}-${ecoCode(last)}`,
    );
    first = last;
  }
  return ranges;
}
