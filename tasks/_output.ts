/** How tasks write numbers, names and URLs. */
import { maskPassword } from "../mod.ts";

/** Writes an integer with its digits in groups of three, such as `121,332`. */
export function formatNumber(value: number): string {
  return value.toLocaleString("en-US");
}

const BYTE_UNITS = ["bytes", "kB", "MB", "GB", "TB"];

/** Writes a number of bytes for a person, such as `17.8 MB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${BYTE_UNITS[unit]}`;
}

/**
 * Writes a time span for a person, such as `3 d 4 h`, `1 h 5 min`, `2 min 10 s`, `8 s` or `0.4 s`.
 */
export function formatSeconds(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole >= 48 * 3600) {
    const hours = Math.floor(whole / 3600);
    return `${Math.floor(hours / 24)} d ${hours % 24} h`;
  }
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor(whole % 3600 / 60)} min`;
}

/** Sets words off, where the output is a terminal and `NO_COLOR` is not set. */
export function bold(text: string): string {
  return Deno.noColor || !Deno.stdout.isTerminal()
    ? text
    : `\x1b[1m${text}\x1b[22m`;
}

/**
 * Hides the passwords of all URLs in a text, also of `urls` with characters that no
 * URL should have, such as blanks.
 */
export function maskPasswords(
  text: string,
  urls: readonly string[] = [],
): string {
  let masked = text;
  for (const url of urls) masked = masked.replaceAll(url, maskPassword(url));
  return masked.replace(/[a-z][a-z0-9+.-]*:\/\/[^\s"'`]+/gi, maskPassword);
}

/** Writes text so that a page shows it as it is. */
export function escapeHtml(text: string): string {
  return text.replace(
    /[&<>"']/g,
    (character) => `&#${character.charCodeAt(0)};`,
  );
}
