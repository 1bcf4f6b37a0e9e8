// Finds out from a path or a URL where an archive's bytes come from.
import { fileURLToPath } from "node:url";
import type { ByteSource } from "./byte_source.ts";
import { FileSource, StandardInput } from "./file_source.ts";
import { HttpSource, type HttpTimeouts, shownUrl } from "./http_source.ts";

/**
 * Makes a source of what a caller gave; does no I/O.
 *
 * @param database A path, a `file:`, `http:` or `https:` URL, or `-` for
 * standard input.
 * @param timeouts How long a server may take.
 * @returns The source.
 * @throws {TypeError} If it is none of these.
 */
export function parseByteSource(
  database: string | URL,
  timeouts: HttpTimeouts = {},
): ByteSource {
  const url = asUrl(database);
  if (url === undefined) {
    if (database === "") {
      throw new TypeError("Cannot read an archive as its path is empty");
    }
    return database === "-"
      ? new StandardInput()
      : new FileSource(database as string, database as string);
  }
  switch (url.protocol) {
    case "file:":
      return new FileSource(url.href, fileURLToPath(url));
    case "http:":
    case "https:":
      return new HttpSource(url, timeouts);
    default:
      throw new TypeError(
        `Cannot read an archive as its URL must begin with file:, http: or https:: current value is ${
          shownUrl(url)
        }`,
      );
  }
}

function asUrl(database: string | URL): URL | undefined {
  if (database instanceof URL) return database;
  if (typeof database !== "string") {
    throw new TypeError(
      `Cannot read an archive as it must be a string or a URL: current value is ${database}`,
    );
  }
  // One letter before the colon is a drive of Windows.
  if (!/^(?:file:|[a-z][a-z0-9+.-]+:\/\/)/i.test(database)) return undefined;
  if (URL.canParse(database)) return new URL(database);
  // It is not shown, as it may hold a password.
  throw new TypeError("Cannot read an archive as its URL cannot be read");
}
