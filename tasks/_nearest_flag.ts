/** Finds the flag that is meant by a wrong one: by the meaning of its words, then by its letters. */

/** What other programs and people say for the words of our flags. */
const WORDS: Readonly<Record<string, string>> = {
  elo: "rating",
  elos: "rating",
  ratings: "rating",
  strength: "rating",
  minimum: "min",
  least: "min",
  above: "min",
  maximum: "max",
  most: "max",
  below: "max",
  under: "max",
  ply: "plies",
  moves: "plies",
  length: "plies",
  halfmoves: "plies",
  game: "games",
  evals: "eval",
  evaluation: "eval",
  evaluations: "eval",
  clocks: "clock",
  clk: "clock",
  samples: "sample",
  pieces: "pieces",
  piece: "pieces",
};

/** Whole names that mean a flag; the first that a task has is meant. */
const MEANINGS: Readonly<Record<string, readonly string[]>> = {
  "rating": ["min-rating"],
  "limit": ["max-games"],
  "count": ["count", "max-games"],
  "number": ["max-games"],
  "games": ["max-games"],
  "n": ["max-games"],
  "skip": ["offset"],
  "start": ["offset", "since"],
  "from": ["since", "offset"],
  "after": ["since"],
  "to": ["until"],
  "before": ["until"],
  "date": ["since"],
  "speed": ["time-control"],
  "tempo": ["time-control"],
  "tc": ["time-control"],
  "opening": ["eco"],
  "openings": ["eco"],
  "style": ["playstyle"],
  "name": ["set"],
  "force": ["replace", "yes"],
  "overwrite": ["replace"],
  "rebuild": ["replace"],
  "y": ["yes"],
  "plan": ["dry-run"],
  "preview": ["dry-run"],
  "workers": ["threads"],
  "jobs": ["threads"],
  "cores": ["threads"],
  "redis": ["cache"],
  "sqlite": ["cache"],
  "url": ["cache"],
  "host": ["cache"],
  "server": ["cache"],
  "output": ["out", "json"],
  "o": ["out"],
  "archive": ["against"],
  "database": ["against"],
  "bots": ["titles"],
  "outcome": ["result"],
  "winner": ["result"],
  "reason": ["termination"],
  "ending": ["termination"],
  "eval": ["has-eval"],
  "clock": ["has-clock"],
  "plies": ["min-plies"],
  "rate": ["sample-rate"],
  "share": ["sample-rate"],
  "h": ["help"],
  "usage": ["help"],
};

/** Finds the flag that a wrong one means. */
export function nearestFlag(
  name: string,
  names: readonly string[],
): string | undefined {
  const words = toWords(name).map((word) => WORDS[word] ?? word);
  const translated = words.join("-");
  if (names.includes(translated)) return translated;
  const meant = MEANINGS[translated]?.find((flag) => names.includes(flag));
  return meant ?? nearestByLetters(translated, names) ??
    nearestByWords(words, names);
}

/** `minElo`, `min_elo` and `min-elo` alike. */
function toWords(name: string): string[] {
  return name.replace(/[a-z][A-Z]/g, ([a, b]) => `${a}-${b}`).toLowerCase()
    .split(/[-_]+/);
}

/** The one that shares most words; `undefined` where none shares any. */
function nearestByWords(
  words: readonly string[],
  names: readonly string[],
): string | undefined {
  const shared = names.map((name) =>
    name.split("-").filter((word) => words.includes(word)).length
  );
  const most = Math.max(...shared);
  return most === 0 ? undefined : names[shared.indexOf(most)];
}

/** The one that takes the fewest changes of a character, if they are few. */
function nearestByLetters(
  name: string,
  names: readonly string[],
): string | undefined {
  const distances = names.map((other) => distanceBetween(name, other));
  const least = Math.min(...distances);
  return least <= Math.max(1, Math.min(3, name.length / 2))
    ? names[distances.indexOf(least)]
    : undefined;
}

function distanceBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(
        row[j] + 1,
        next[j - 1] + 1,
        row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1),
      );
    }
    row = next;
  }
  return row[b.length];
}
