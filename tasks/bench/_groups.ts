import type { BenchGroup } from "./_bench.ts";

/** Finds the groups: the files of this folder that have no `_` in front. */
export async function findGroups(): Promise<BenchGroup[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(new URL(".", import.meta.url))) {
    if (/^[^_.].*\.ts$/.test(name)) names.push(name.slice(0, -".ts".length));
  }
  return await Promise.all(
    names.sort().map(async (name) => {
      const { group } = await import(
        new URL(`${name}.ts`, import.meta.url).href
      ) as { group?: BenchGroup };
      if (group?.name !== name) {
        throw new TypeError(
          `Cannot use tasks/bench/${name}.ts as it exports no group of this name`,
        );
      }
      return group;
    }),
  );
}
