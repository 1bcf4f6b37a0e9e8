// Hides the password of a URL that is to be shown.

/**
 * Hides the password of a URL that is to be shown, as `***`; also of one that is
 * not written as it should be.
 *
 * @example Usage
 * ```ts
 * import { maskPassword } from "@chess/game-cache";
 * import assert from "node:assert/strict";
 *
 * assert.equal(maskPassword("redis://me:secret@host"), "redis://me:***@host");
 * ```
 *
 * @param url A URL, or anything else, which stays as it is.
 * @returns The URL with `***` for the password.
 */
export function maskPassword(url: string): string {
  return url.replace(/(:\/\/[^/?#@:]*):.*@/s, "$1:***@")
    // A single word is the user for some servers, the password for others.
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#@:]+@/i, "$1***@");
}
