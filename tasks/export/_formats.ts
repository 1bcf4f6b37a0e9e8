/** All formats by their names. */
import { BULLETFORMAT } from "./_bulletformat.ts";
import { FEN } from "./_fen.ts";
import type { Format } from "./_format.ts";
import { JSONL } from "./_jsonl.ts";
import { NPY } from "./_npy.ts";
import { PARQUET, PARQUET_GAMES } from "./_parquet.ts";
import { PGN, PGN_ZST } from "./_pgn.ts";
import { SAFETENSORS } from "./_safetensors.ts";

/** The formats, the usual one first. */
export const FORMATS = [
  SAFETENSORS,
  NPY,
  PARQUET,
  PARQUET_GAMES,
  JSONL,
  FEN,
  BULLETFORMAT,
  PGN,
  PGN_ZST,
] as unknown as readonly Format[];
