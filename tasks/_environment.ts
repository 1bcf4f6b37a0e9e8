/** The variables that a task reads. */

/** Reads a variable where that is permitted; nothing is ever asked for. */
export function readVariable(name: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  return state === "granted" ? Deno.env.get(name)?.trim() : undefined;
}
