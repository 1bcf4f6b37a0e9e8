// Remembers the hashes of whole games next to the bytes of their compact texts.

const HASHES = new WeakMap<Uint8Array, bigint>();

/** Remembers the hash of the whole game that a compact text was made of. */
export function setWholeHash(compact: Uint8Array, hash: bigint): void {
  HASHES.set(compact, hash);
}

/** The hash of the whole game; `undefined` where the text is not of a compact one. */
export function wholeHash(bytes: Uint8Array): bigint | undefined {
  return HASHES.get(bytes);
}
