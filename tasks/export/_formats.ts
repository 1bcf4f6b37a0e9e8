/** All formats by their names. */
import type { Format } from "./_format.ts";
import { NPY } from "./_npy.ts";
import { SAFETENSORS } from "./_safetensors.ts";

/** The formats, the usual one first. */
export const FORMATS = [SAFETENSORS, NPY] as unknown as readonly Format[];
