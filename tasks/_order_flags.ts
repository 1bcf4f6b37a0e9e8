/** The flags that say which games are taken, and in which order. */
import type { GameQuery } from "../mod.ts";
import { readFilter } from "./_filter_flags.ts";
import {
  type Arguments,
  checkSetName,
  type Flag,
  UsageError,
} from "./_flags.ts";

/** The flags of the order of games. */
export const ORDER_FLAGS: readonly Flag[] = [
  {
    name: "shuffle",
    value: "SEED[:EPOCH]",
    description: "In a random order, another one for each epoch",
  },
  {
    name: "shard",
    value: "I/N",
    description: "Only the share I, from 0, of N disjoint ones",
  },
  {
    name: "block",
    value: "N",
    description: "Games that stay together in a shuffle or shard (default: 16)",
  },
];

/**
 * Reads the order that the flags ask for.
 *
 * @throws {UsageError} If a flag is not of its shape.
 */
function readOrder(
  args: Arguments,
): Pick<GameQuery, "shuffle" | "shard" | "block"> {
  const shuffle = match(args, "shuffle", /^(-?\d+)(?::(\d+))?$/);
  const shard = match(args, "shard", /^(\d+)\/(\d+)$/);
  return {
    shuffle: shuffle && {
      seed: Number(shuffle[1]),
      epoch: Number(shuffle[2] ?? 0),
    },
    shard: shard && { index: Number(shard[1]), count: Number(shard[2]) },
    block: args.integer("block"),
  };
}

function match(
  args: Arguments,
  name: string,
  shape: RegExp,
): RegExpExecArray | undefined {
  const text = args.text(name);
  if (text === undefined) return undefined;
  const found = shape.exec(text);
  if (found !== null) return found;
  const { value } = ORDER_FLAGS.find((flag) => flag.name === name)!;
  throw new UsageError(`--${name} takes ${value}: current value is ${text}`);
}

/** Which of the games that pass are taken, and from where. */
export const GAME_FLAGS: readonly Flag[] = [
  { name: "offset", value: "N", description: "Games to leave out first" },
  { name: "max-games", value: "N", description: "Games to take at most" },
  {
    name: "set",
    value: "NAME",
    description: "The only cached set that may answer",
  },
  {
    name: "compact",
    description:
      "Games without comments, as a compact set holds them: no evaluations, no clocks",
  },
];

/**
 * Reads the query that {@linkcode ORDER_FLAGS}, {@linkcode GAME_FLAGS} and those of
 * a filter ask for.
 *
 * @throws {UsageError} If a flag is not of its shape.
 */
export function readGames(
  args: Arguments,
  signal: AbortSignal,
): Omit<GameQuery, "resume"> {
  const set = args.text("set");
  return {
    ...readFilter(args),
    ...readOrder(args),
    offset: args.integer("offset"),
    maxGames: args.integer("max-games"),
    set: set === undefined ? undefined : checkSetName(set),
    compact: args.isOn("compact") || undefined,
    signal,
  };
}
