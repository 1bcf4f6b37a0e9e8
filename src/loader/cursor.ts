// Makes and checks cursors: where an answer is resumed, in another process and from any source.

import type { ArchiveIdentity } from "../archive/archive.ts";
import { xxHash64 } from "../xxhash64.ts";

/**
 * Where an answer is resumed: small, and plain data that can be written as JSON.
 * It names the source, the query and the config it was made with, and is refused
 * where one of them is another.
 *
 * See {@linkcode GameLoader.cursorOf}.
 */
export interface Cursor {
  /** What was given: whole games, or samples of them. */
  readonly of: "games" | "samples";
  /** What the archives are, as a hash; empty where nothing tells. */
  readonly source: string;
  /** The fields of the query, but those that are left out, as JSON or its hash. */
  readonly query: Readonly<Record<string, string>>;
  /** The fields of the config, likewise; only of samples. */
  readonly config?: Readonly<Record<string, string>>;
  /** How many games of the order come before the next one to read. */
  readonly place: number;
  /** Samples of that game up to this half-move have been given. */
  readonly ply?: number;
}

/** A value whose JSON is longer than this is kept as its hash. */
const MAX_VALUE_LENGTH = 64;

/**
 * The fields of a query or config for a cursor. Those that are `undefined` or
 * `Infinity` are left out.
 */
export function cursorFields(
  fields: Readonly<Record<string, unknown>>,
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of Object.keys(fields).sort()) {
    const value = fields[name];
    if (value === undefined || value === Infinity) continue;
    const json = JSON.stringify(value);
    kept[name] = json.length > MAX_VALUE_LENGTH ? `#${hashOf(json)}` : json;
  }
  return kept;
}

/** What names a source in a cursor. */
export function cursorSource(identities: readonly ArchiveIdentity[]): string {
  return hashOf(
    JSON.stringify(identities.map(({ size, hash }) => [size, hash])),
  );
}

/**
 * Checks that a cursor has the shape of one.
 *
 * @throws {TypeError} If it is none, or one of something else.
 */
export function checkCursor(cursor: Cursor, of: Cursor["of"]): void {
  const { source, query, config = {}, place, ply = 0 } =
    (cursor ?? {}) as Partial<Cursor>;
  const isCount = (value: unknown) =>
    Number.isSafeInteger(value) && (value as number) >= 0;
  if (
    typeof source !== "string" || !isFields(query) || !isFields(config) ||
    !isCount(place) || !isCount(ply) ||
    (cursor.of === "samples") !== (cursor.config !== undefined)
  ) throw new TypeError("Cannot resume as the value of resume is no cursor");
  if (cursor.of !== of) {
    throw new TypeError(
      `Cannot resume as the cursor is one of ${cursor.of}: ${of} were asked for`,
    );
  }
}

function isFields(value: unknown): value is Record<string, string> {
  return typeof value === "object" && value !== null &&
    Object.values(value).every((one) => typeof one === "string");
}

/**
 * Checks that the fields of a cursor are those of the query or config it is
 * used with.
 *
 * @throws {TypeError} If some differ; the message names them with both values.
 */
export function checkCursorFields(
  what: "query" | "config",
  ofCursor: Readonly<Record<string, string>>,
  fields: Readonly<Record<string, string>>,
): void {
  const names = new Set([...Object.keys(ofCursor), ...Object.keys(fields)]);
  const different = [...names].sort()
    .filter((name) => ofCursor[name] !== fields[name]);
  if (different.length === 0) return;
  const differences = different.map((name) =>
    `${name} is ${valueOf(ofCursor[name])} there and ${
      valueOf(fields[name])
    } here`
  );
  throw new TypeError(
    `Cannot resume as the cursor was made with another ${what}: ${
      differences.join(", ")
    }`,
  );
}

/**
 * Checks that a cursor is of the source it is used with.
 *
 * @throws {TypeError} If it is of another one.
 */
export function checkCursorSource(ofCursor: string, source: string): void {
  if (ofCursor === source) return;
  throw new TypeError(
    `Cannot resume as the cursor is of another archive: it names ${
      ofCursor || "none"
    }, and this one is ${source || "unknown"}`,
  );
}

function valueOf(json: string | undefined): string {
  return json === undefined
    ? "omitted"
    : json.startsWith("#")
    ? "another value"
    : json;
}

function hashOf(text: string): string {
  const { low, high } = xxHash64(new TextEncoder().encode(text));
  return [high, low].map((half) => half.toString(16).padStart(8, "0")).join("");
}
