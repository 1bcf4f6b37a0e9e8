import type { GameFilter } from "../src/filter/game_filter.ts";

/**
 * A filter of a few fields at random, whose values are chosen so that real
 * games pass and fail.
 */
export function randomFilter(random: () => number): GameFilter {
  const pick = <T>(values: readonly T[]): T =>
    values[Math.floor(random() * values.length)];
  const some = <T>(values: readonly T[]): T | T[] => {
    const chosen = values.filter(() => random() < 0.5);
    return chosen.length === 0 ? pick(values) : chosen;
  };
  const day = () =>
    `${pick(["2013-01", "2017-05", "2021-06", "2021-10", "2023-11"])}-${
      pick(["01", "07", "15", "23", "28"])
    }`;
  const makers: { [Name in keyof GameFilter]-?: () => GameFilter[Name] } = {
    playstyle: () => pick(["tactical", "positional"]),
    eco: () => some(["A00-B50", "B20-B99", "C00", "C20-C59", "c60-E99", "D02"]),
    minRating: () => 700 + Math.floor(random() * 1700),
    maxRating: () => 1000 + Math.floor(random() * 1700),
    ratingOf: () => pick(["average", "lower", "higher"]),
    timeControl: () =>
      some([
        "ultraBullet",
        "bullet",
        "blitz",
        "rapid",
        "classical",
        "correspondence",
      ]),
    result: () => some(["1-0", "0-1", "1/2-1/2", "*"]),
    rated: () => random() < 0.7,
    termination: () =>
      some([
        "Normal",
        "Time forfeit",
        "Abandoned",
        "Rules infraction",
        "Unterminated",
        "Insufficient material",
        "Unknown",
      ]),
    since: day,
    until: day,
    titles: () => "no-bots",
    minPlies: () => 1 + Math.floor(random() * 120),
    hasEval: () => random() < 0.5,
    hasClock: () => random() < 0.5,
    split: () => {
      const from = Math.floor(random() * 4) / 4;
      return [from, from + (1 - from) * (0.1 + 0.9 * random())];
    },
  };
  const fields = 1 + Math.floor(random() * 4);
  const filter: Record<string, unknown> = {};
  for (let i = 0; i < fields; i++) {
    const name = pick(Object.keys(makers) as (keyof GameFilter)[]);
    filter[name] = makers[name]();
  }
  if ("minRating" in filter && random() < 0.5) {
    filter.ratingOf = makers.ratingOf();
  }
  return filter;
}
