import type { OrderOptions } from "../../src/order/game_order.ts";
import { Permutation } from "../../src/order/permutation.ts";

/** The order by its definition: lists of blocks, permuted and dealt out. */
export function byDefinition(games: number, options: OrderOptions): number[] {
  const { block = 16, shuffle, shard = { index: 0, count: 1 } } = options;
  const blocks: number[][] = [];
  for (let first = 0; first < games; first += block) {
    const length = Math.min(block, games - first);
    blocks.push(Array.from({ length }, (_, i) => first + i));
  }
  const key = shuffle && [shuffle.seed, shuffle.epoch ?? 0];
  const permute = <T>(values: readonly T[], key: readonly number[]): T[] => {
    const permutation = new Permutation(values.length, key);
    return values.map((_, place) => values[permutation.at(place)]);
  };
  const numbered = blocks.map((games, number) =>
    key === undefined ? games : permute(games, [...key, number])
  );
  const all = key === undefined ? numbered : permute(numbered, key);
  return all.filter((_, i) => i % shard.count === shard.index).flat();
}
