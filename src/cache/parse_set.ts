// Validates what a store says a set is: the one place where values of a cache become values of the program.
import { normalizeFilter } from "../filter/game_filter.ts";
import {
  CACHE_FORMAT,
  isSetName,
  MAX_GAMES,
  type SetInfo,
  type SetSpec,
} from "./game_set.ts";

const STATES = ["complete", "capped", "unfinished"] as const;
const DEFAULT_MAX_GAME_LENGTH = 1024 * 1024;
/** The last moment that a Date can be. */
const MAX_TIME = 8.64e15;

/** Makes the fields of a new set, without games. */
export function newSetFields(
  set: SetSpec,
  state: SetInfo["state"],
): Record<string, string> {
  return {
    generation: crypto.randomUUID(),
    count: "0",
    state,
    filter: JSON.stringify(set.filter),
    source: JSON.stringify(set.source ?? []),
    format: String(CACHE_FORMAT),
    maxGameLength: String(set.maxGameLength ?? DEFAULT_MAX_GAME_LENGTH),
    maxGames: set.maxGames === undefined ? "" : String(set.maxGames),
    compact: set.compact ? "1" : "",
    checkpoint: JSON.stringify({ gamesRead: 0, badGames: 0, rejected: {} }),
    textBytes: "0",
  };
}

/**
 * Reads what a set is.
 *
 * @throws {TypeError} If a field does not hold what it must; its message is
 * the field's name and what is wrong.
 */
export function parseSet(
  name: string,
  fields: Readonly<Record<string, string>>,
): SetInfo {
  if (!isSetName(name)) throw new TypeError("name: it cannot be a set's");
  const text = (field: string) => fields[field] ?? "";
  const integer = (field: string, max = Number.MAX_SAFE_INTEGER) => {
    const value = Number(text(field));
    if (!/^\d+$/.test(text(field)) || value > max) {
      throw new TypeError(`${field}: it is no number up to ${max}`);
    }
    return value;
  };
  const json = (field: string): unknown => {
    try {
      return JSON.parse(text(field));
    } catch {
      throw new TypeError(`${field}: it is no JSON`);
    }
  };
  const oneOf = <T extends string>(field: string, values: readonly T[]) => {
    const value = values.find((value) => value === text(field));
    if (value === undefined) throw new TypeError(`${field}: it is unknown`);
    return value;
  };
  if (!/^[0-9a-z-]{1,64}$/i.test(text("generation"))) {
    throw new TypeError("generation: it is none");
  }
  const isLocked = text("token") !== "" && text("until") !== "";
  return {
    name,
    filter: filterOf(json("filter")),
    source: sourceOf(json("source")),
    maxGameLength: integer("maxGameLength"),
    ...text("maxGames") === "" ? {} : { maxGames: integer("maxGames") },
    ...oneOf("compact", ["", "0", "1"]) === "1" ? { compact: true } : {},
    format: integer("format"),
    generation: text("generation"),
    count: integer("count", MAX_GAMES),
    state: oneOf("state", STATES),
    checkpoint: checkpointOf(json("checkpoint")),
    textBytes: integer("textBytes"),
    createdAt: integer("createdAt", MAX_TIME),
    updatedAt: integer("updatedAt", MAX_TIME),
    ...isLocked
      ? {
        lock: {
          since: integer("since", MAX_TIME),
          until: integer("until", MAX_TIME),
        },
      }
      : {},
    ...text("moving") + text("next") === "" ? {} : { isUntidy: true },
  };
}

/** The set at a time: a lock that has run out is none. */
export function setAt({ lock, ...set }: SetInfo, now: number): SetInfo {
  return lock !== undefined && lock.until > now ? { ...set, lock } : set;
}

function filterOf(value: unknown): SetInfo["filter"] {
  if (!isObject(value)) throw new TypeError("filter: it is no filter");
  try {
    normalizeFilter(value);
  } catch (error) {
    throw new TypeError(`filter: ${(error as Error).message}`);
  }
  return value;
}

function sourceOf(value: unknown): SetInfo["source"] {
  const isSource = Array.isArray(value) &&
    value.every((archive) =>
      isObject(archive) && typeof archive.fileName === "string" &&
      typeof archive.hash === "string" && isCount(archive.size)
    );
  if (!isSource) throw new TypeError("source: it is no list of archives");
  return value;
}

function checkpointOf(value: unknown): SetInfo["checkpoint"] {
  if (
    !isObject(value) || !isCount(value.gamesRead) ||
    !isCount(value.badGames) || !areCounts(value.rejected) ||
    value.position !== undefined && !areCounts(value.position) ||
    value.histogram !== undefined && !isHistogram(value.histogram)
  ) throw new TypeError("checkpoint: it is none");
  return value as unknown as SetInfo["checkpoint"];
}

function isHistogram(value: unknown): boolean {
  return isObject(value) && areCounts(value.ratings) &&
    areCounts(value.openings);
}

function areCounts(value: unknown): boolean {
  return isObject(value) && Object.values(value).every(isCount);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
