// Opens what is written in AssemblyScript and compiled into this program.

/** An open module: its functions, and its constants and memory by their names. */
export interface OpenAssembly<Exports> {
  readonly exports: Exports;
  constant(name: string): number;
  /** The bytes of its memory that begin at a constant. */
  region(name: string, length: number): Uint8Array;
}

/** Opens a WebAssembly module in Base64; there is no check of what it exports. */
export function openAssembly<Exports>(wasm: string): OpenAssembly<Exports> {
  const module = new WebAssembly.Module(Uint8Array.fromBase64(wasm));
  const { exports } = new WebAssembly.Instance(module);
  const constant = (name: string): number =>
    (exports[name] as WebAssembly.Global).value;
  const { buffer } = exports.memory as WebAssembly.Memory;
  return {
    exports: exports as Exports,
    constant,
    region: (name, length) => new Uint8Array(buffer, constant(name), length),
  };
}
