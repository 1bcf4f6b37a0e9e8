// Says what an error of a store means, and makes the errors of a cache.
import { GameCacheError, type GameCacheFault } from "./game_cache_error.ts";

/** What an error's text or code means; the first that matches counts. */
const MEANINGS: readonly [RegExp, GameCacheFault, string?][] = [
  // What a Redis server answers.
  [
    /^NOAUTH|^NEEDAUTH|unauthenticated/,
    "denied",
    "the server asks for a password",
  ],
  [/^WRONGPASS|invalid password/, "denied", "the password or user is wrong"],
  [
    /^ERR (?:AUTH|Client sent AUTH)/,
    "denied",
    "a password was given and the server has none",
  ],
  [/^NOPERM/, "denied", "the user has no right to this command or key"],
  [/^LOADING/, "unreachable", "the server is still loading its data"],
  [/^MASTERDOWN/, "unreachable", "the replica has lost its master"],
  [/^CLUSTERDOWN/, "unreachable", "the cluster is down"],
  [/^BUSY /, "unreachable", "the server is busy running a script"],
  [
    /^READONLY/,
    "refused",
    "the server is a read-only replica",
  ],
  [
    /^OOM |command not allowed when used memory/,
    "full",
    "the server's memory is full (maxmemory)",
  ],
  [
    /^MISCONF/,
    "full",
    "the server cannot save to its disk, and takes nothing until it can (MISCONF)",
  ],
  [
    /^MOVED|^ASK |^CROSSSLOT/,
    "refused",
    "the server is one node of a Redis Cluster",
  ],
  [/^WRONGTYPE/, "damaged", "a key holds a value of another type"],
  [/^ERR DB index/, "refused", "the server has no such database"],
  [
    /^DENIED/,
    "denied",
    "the server accepts connections only from its own machine",
  ],
  [/max number of clients/, "unreachable", "the server has too many clients"],
  // What becomes of a connection.
  [
    /All the root nodes are unavailable|None of the .*nodes|root nodes are/i,
    "unreachable",
    "no node of the cluster answers",
  ],
  [
    /^Unexpected reply|Unknown RESP type|Protocol error/,
    "unreachable",
    "the server's answer cannot be understood",
  ],
  [/^The cache is closed/, "unreachable", "it was closed"],
  [/ECONNREFUSED|Connection refused/, "unreachable", "connection refused"],
  [/connect ENOENT/, "unreachable", "there is no such socket"],
  [/connect E(?:ACCES|PERM)/, "denied", "the socket may not be used"],
  [
    /ENOTFOUND|EAI_AGAIN|EAI_NONAME|failed to lookup address/,
    "unreachable",
    "the host's name is not known",
  ],
  [
    /EHOSTUNREACH|ENETUNREACH|EHOSTDOWN/,
    "unreachable",
    "there is no way to the host",
  ],
  [
    /ETIMEDOUT|Connection timeout|Socket timeout/,
    "unreachable",
    "no answer in time",
  ],
  [
    /ECONNRESET|EPIPE|ECONNABORTED|Socket closed|[Cc]lient is (?:closed|offline)|Disconnects client|Could not reconnect|Connection is (?:already )?closed/,
    "unreachable",
    "the connection broke",
  ],
  [
    /self.signed|certificate|CERT_|SSL routines|TLS/i,
    "denied",
    "no secure connection",
  ],
  // What SQLite says.
  [
    /database is locked|database table is locked/,
    "unreachable",
    "another process kept the file to itself for too long",
  ],
  [/database or disk is full/, "full", "the disk is full"],
  [/disk I\/O error/, "unreachable", "the disk fails to read or write"],
  [/readonly database/, "denied", "the file cannot be written"],
  [/unable to open database file/, "unreachable", "the file cannot be opened"],
  [
    /malformed|not a database|no such (?:table|column)/,
    "damaged",
    "the file is damaged or no cache",
  ],
];

/** SQLite's primary result codes, where no text says more. */
const SQLITE_FAULTS: ReadonlyMap<number, GameCacheFault> = new Map([
  [3, "denied"], // PERM
  [5, "unreachable"], // BUSY
  [6, "unreachable"], // LOCKED
  [8, "denied"], // READONLY
  [11, "damaged"], // CORRUPT
  [13, "full"], // FULL
  [14, "unreachable"], // CANTOPEN
  [23, "denied"], // AUTH
  [26, "damaged"], // NOTADB
]);

/** Says what any error of a store means; one that is a cache's already stays as it is. */
export function gameCacheError(act: string, error: unknown): GameCacheError {
  if (error instanceof GameCacheError) return error;
  const [fault, meaning] = meaningOf(error);
  return new GameCacheError(`${act}: ${meaning}`, {
    fault,
    // An unknown command is quoted by the server with its arguments, and those
    // of AUTH are the password.
    cause: QUOTED_ARGUMENTS_REGEXP.test(textOf(error)) ? undefined : error,
  });
}

/**
 * Whether an SQLite file is as a writer left it that died: one who may write
 * must undo that before anybody can read.
 */
export function isInterruptedWrite(error: unknown): boolean {
  return codeOf(error) === SQLITE_READONLY_ROLLBACK;
}

const SQLITE_READONLY_ROLLBACK = 776;

/** SQLite's result code. */
function codeOf(error: unknown): number | undefined {
  const { errcode } = (error ?? {}) as { errcode?: unknown };
  return typeof errcode === "number" ? errcode : undefined;
}

const QUOTED_ARGUMENTS_REGEXP = /, with args beginning with.*/s;

function meaningOf(error: unknown): [GameCacheFault, string] {
  const text = textOf(error);
  if (
    error instanceof Deno.errors.NotCapable ||
    error instanceof Deno.errors.PermissionDenied
  ) {
    return ["denied", text];
  }
  if (error instanceof Error && error.name === "TimeoutError") {
    return ["unreachable", "no answer in time"];
  }
  if (isOfClosedConnection(error)) {
    return ["unreachable", "the connection is closed"];
  }
  if (isInterruptedWrite(error)) {
    return [
      "denied",
      "a write was interrupted, and undoing it requires --allow-write",
    ];
  }
  for (const [regexp, fault, meaning] of MEANINGS) {
    if (regexp.test(text)) return [fault, meaning ?? text];
  }
  const errcode = codeOf(error);
  if (errcode !== undefined) {
    // An extended code has the primary one in its lowest byte.
    return [SQLITE_FAULTS.get(errcode & 0xff) ?? "refused", text];
  }
  return ["refused", text.replace(QUOTED_ARGUMENTS_REGEXP, "")];
}

const CLOSED_ERRORS: ReadonlySet<unknown> = new Set([
  "BadResource",
  "BrokenPipe",
  "ConnectionAborted",
  "ConnectionReset",
  "ConnectionRefused",
  "Interrupted",
  "NotConnected",
  "UnexpectedEof",
  // Of other clients.
  "ConnectionClosedError",
  "EOFError",
  "InvalidStateError",
]);

/** Whether an error is one of those that only a connection has which is gone. */
function isOfClosedConnection(error: unknown): boolean {
  return error instanceof Error &&
    (CLOSED_ERRORS.has(error.name) ||
      CLOSED_ERRORS.has(error.constructor.name));
}

/**
 * The text of any error; where that says little, with the code of what is
 * underneath, and without the mark that it begins with on its way.
 */
export function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.errors.length > 0) {
    return textOf(error.errors[0]);
  }
  // Some clients leave on an error what it begins with on its way.
  const message = error.message.replace(/^-(?=[A-Z])/, "");
  const { code } = error as { code?: unknown };
  if (typeof code === "string" && !message.includes(code)) {
    return message === "" ? code : `${message} (${code})`;
  }
  return message;
}

/** The error of one who finds the set locked by another writer. */
export function lockedError(
  act: string,
  since: number,
  until: number,
): GameCacheError {
  return new GameCacheError(
    `${act}: another writer holds it since ${timeOf(since)}, until ${
      timeOf(until)
    } unless it goes on`,
    { fault: "locked" },
  );
}

function timeOf(milliseconds: number): string {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? "an unknown time" : date.toISOString();
}

/** The error of one whose set is another by now. */
export function replacedError(act: string): GameCacheError {
  return new GameCacheError(
    `${act}: it was rebuilt, continued or cleared meanwhile`,
    { fault: "replaced" },
  );
}

/** The error of one who would begin a set anew without having said so. */
export function existsError(act: string, count: unknown): GameCacheError {
  return new GameCacheError(
    `${act}: it exists and has ${count} games`,
    { fault: "refused" },
  );
}

/** The error of one who would change an indexed set by hand. */
export function indexedError(act: string): GameCacheError {
  return new GameCacheError(
    `${act}: it was indexed from an archive and is no set made by hand`,
    { fault: "refused" },
  );
}

/** The error of one who would add to a set that another version has made. */
export function formatError(act: string, format: string): GameCacheError {
  return new GameCacheError(
    `${act}: it was made by another version (format ${printable(format)}): ` +
      "use another name, or --replace to make it anew",
    { fault: "refused" },
  );
}

/** The error of one who would write over what another program has stored. */
export function foreignError(
  act: string,
  set: string,
  key: string,
): GameCacheError {
  return new GameCacheError(
    `${act}: ${key} is another program's. Use another name` +
      (key.startsWith("chess:game:")
        ? `, or --replace, which removes every key chess:game:${set}:<number>`
        : ""),
    { fault: "refused", key },
  );
}

/** The error of one who has replaced a set, and could not remove what it has replaced. */
export function cleanUpError(
  act: string,
  set: string,
  cause: unknown,
): GameCacheError {
  const { fault, message } = gameCacheError(act, cause);
  return new GameCacheError(
    `The set ${set} was replaced and can be read, but removing what is left of ` +
      `the old one failed, which the next writer does: ${message}`,
    { fault, isCommitted: true, cause },
  );
}

/** The error of one who finds something else than what was stored. */
export function damagedError(
  act: string,
  key: string,
  options: { set?: string; cause?: unknown; problem?: string } = {},
): GameCacheError {
  const { problem = "is missing or is not what was stored", ...rest } = options;
  return new GameCacheError(
    `${act}: ${printable(key)} ${printable(problem)}`,
    { fault: "damaged", key, ...rest },
  );
}

/**
 * Escapes control characters, also those that a terminal obeys, in what came
 * from outside and is to be shown.
 */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
