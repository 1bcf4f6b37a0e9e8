// Whether a permission was granted already, without asking anybody for it.

/** Reports whether a permission was granted already. Nobody is asked for it. */
export function isGranted(permission: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(permission).state === "granted";
}
