// Which rules a game is played by, by its Variant tag.

/** The rules that a variant is played by; `undefined` where it has its own. */
export function rulesOf(variant: string): "chess" | "chess960" | undefined {
  if (variant === "" || variant === "Standard") return "chess";
  const name = plainName(variant);
  return STANDARD_NAMES.has(name) || name === "fromposition"
    ? "chess"
    : CHESS960_NAMES.has(name)
    ? "chess960"
    : undefined;
}

/** Whether a variant is standard chess, from the usual position; nothing is, too. */
export function isStandard(variant: string): boolean {
  return STANDARD_NAMES.has(plainName(variant));
}

/** A variant's name in lower case, without spaces and hyphens. */
function plainName(variant: string): string {
  return variant.toLowerCase().replaceAll(/[\s-]+/g, "");
}

const STANDARD_NAMES = new Set([
  "",
  "?",
  "standard",
  "normal",
  "chess",
  "classical",
  "regular",
]);
const CHESS960_NAMES = new Set([
  "chess960",
  "fischerandom",
  "fischerrandom",
  "frc",
]);
