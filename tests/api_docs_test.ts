import assert from "node:assert/strict";
import { PROJECT } from "./tasks/_run_task.ts";

interface DocSymbol {
  readonly name: string;
  readonly declarations: readonly {
    readonly jsDoc?: {
      readonly doc?: string;
      readonly tags?: readonly { readonly kind: string }[];
    };
  }[];
}

Deno.test("Every public symbol has an example, or a link to one that has", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", "mod.ts"],
    cwd: PROJECT,
  }).output();
  const { nodes } = JSON.parse(new TextDecoder().decode(stdout)) as {
    nodes: Record<string, { symbols: DocSymbol[] }>;
  };
  const symbols = Object.values(nodes).flatMap(({ symbols }) => symbols);
  assert.ok(symbols.length > 50);
  const without = symbols.filter(({ declarations }) =>
    !declarations.some(({ jsDoc: { doc = "", tags = [] } = {} }) =>
      doc.includes("{@link") || tags.some(({ kind }) => kind === "example")
    )
  ).map(({ name }) => name);
  assert.deepEqual(without, []);
});
