// Writes drawn samples into the arrays of a batch.
import { BLACK } from "../chess/board.ts";
import { maskLength, policyEncoder } from "../encoding/encode.ts";
import { type InputWriter, inputWriter } from "../encoding/input_writer.ts";
import type { NumberArray } from "../encoding/plane_writer.ts";
import { valueLength, writeValue } from "../encoding/values.ts";
import type { BatchCursor } from "./batch_cursor.ts";
import type { CheckedBatchOptions } from "./batch_options.ts";
import { EncodePool } from "./encode_pool.ts";
import type { EncodeRequest } from "./encode_worker.ts";
import type { GameSamples } from "./game_samples.ts";
import type { Rows } from "./sample_pool.ts";

/**
 * Samples as arrays, row by row; every array has the samples as its first axis.
 *
 * See {@linkcode SampleExtractor.extractBatches}.
 */
export interface SampleBatch {
  /** How many samples there are. */
  readonly size: number;
  /** The positions. */
  readonly inputs: Uint8Array | Float16Array | Float32Array | Int32Array;
  /** The shape of `inputs`, the size first. */
  readonly shape: readonly number[];
  /** The indices of the moves that were played. */
  readonly policy: Int32Array;
  /** The values for the side to move: one number each, or three of `wdl`. */
  readonly value: Float32Array;
  /** The legal moves, where asked for: bits of a policy's indices, low bit first. */
  readonly legalMoves?: Uint8Array;
  /** With `bits`, the planes that are counts, in their order. */
  readonly counts?: Float32Array;
  /** The number of the game among those that pass the query's filter. */
  readonly gameIndex: Uint32Array;
  /** The game's hash. */
  readonly gameHash: BigUint64Array;
  /** Half-moves played before. */
  readonly ply: Uint16Array;
  /** White's rating, 0 for none. */
  readonly whiteElo: Uint16Array;
  /** Black's rating, 0 for none. */
  readonly blackElo: Uint16Array;
  /** Where to resume after this batch. */
  readonly cursor: BatchCursor;
}

/** An array of a batch, as {@linkcode BatchDescription} names it. */
export interface ArrayDescription {
  /** Its name in a {@linkcode SampleBatch}. */
  readonly name: string;
  /** Its shape in a full batch. */
  readonly shape: readonly number[];
  /** The type of its numbers. */
  readonly dtype:
    | "uint8"
    | "uint16"
    | "uint32"
    | "uint64"
    | "int32"
    | "float16"
    | "float32";
  /** Bytes in a full batch. */
  readonly bytes: number;
}

/**
 * What a full batch consists of.
 *
 * See {@linkcode SampleExtractor.extractBatches}.
 */
export interface BatchDescription {
  /** The encoding of the inputs. */
  readonly inputs: string;
  /** The encoding of the moves. */
  readonly policy: string;
  /** The arrays. */
  readonly arrays: readonly ArrayDescription[];
  /** Bytes of all arrays. */
  readonly bytes: number;
}

const BYTES = {
  uint8: 1,
  uint16: 2,
  uint32: 4,
  uint64: 8,
  int32: 4,
  float16: 2,
  float32: 4,
} as const;

/** Describes the arrays of full batches. */
export function describeBatches(
  options: CheckedBatchOptions,
): BatchDescription {
  const { batchSize, inputs, policy, value, legalMoves } = options;
  const writer = inputWriter(inputs, options);
  const mask = maskLength(policyEncoder(policy));
  const array = (
    name: string,
    dtype: ArrayDescription["dtype"],
    ...rest: readonly number[]
  ): ArrayDescription => {
    const shape = [batchSize, ...rest];
    const bytes = shape.reduce((product, size) => product * size) *
      BYTES[dtype];
    return { name, shape, dtype, bytes };
  };
  const arrays = [
    array("inputs", writer.dtype, ...writer.shape),
    array("policy", "int32"),
    value === "wdl" ? array("value", "float32", 3) : array("value", "float32"),
    ...legalMoves ? [array("legalMoves", "uint8", mask)] : [],
    ...writer.counts > 0 ? [array("counts", "float32", writer.counts)] : [],
    array("gameIndex", "uint32"),
    array("gameHash", "uint64"),
    array("ply", "uint16"),
    array("whiteElo", "uint16"),
    array("blackElo", "uint16"),
  ];
  const bytes = arrays.reduce((sum, { bytes }) => sum + bytes, 0);
  return { inputs, policy, arrays, bytes };
}

/** The arrays of a full batch. */
type Buffers =
  & Required<Omit<SampleBatch, "size" | "shape" | "inputs" | "cursor">>
  & { readonly inputs: NumberArray };

/** Writes batches, in new arrays or in two sets of arrays by turns. */
export class BatchWriter {
  readonly #options: CheckedBatchOptions;
  readonly #writer: InputWriter;
  readonly #mask: number;
  readonly #values: number;
  readonly #pool: EncodePool | undefined;
  readonly #kept: (Buffers | undefined)[] = [undefined, undefined];
  #turn = 0;

  constructor(options: CheckedBatchOptions) {
    this.#options = options;
    this.#writer = inputWriter(options.inputs, options);
    this.#mask = options.legalMoves
      ? maskLength(policyEncoder(options.policy))
      : 0;
    this.#values = valueLength(options.value);
    const others = options.threads - 1;
    this.#pool = others > 0 ? new EncodePool(others) : undefined;
  }

  /** Writes the samples of a batch; where there are other threads, they write the inputs. */
  write(rows: Rows, cursor: BatchCursor): SampleBatch | Promise<SampleBatch> {
    const pool = this.#pool;
    if (pool === undefined) return this.#write(rows, cursor, undefined);
    const batch = pool.encode(this.#request(rows))
      .then((written) => this.#write(rows, cursor, written));
    // What goes wrong is thrown when this batch is asked for.
    batch.catch(() => {});
    return batch;
  }

  /** Ends the threads. */
  close(): void {
    this.#pool?.close();
  }

  #request(
    { games, numbers: gameNumbers, samples, length }: Rows,
  ): EncodeRequest {
    const numbers = new Map<GameSamples, number>();
    const rows = new Int32Array(length);
    const plies = new Int32Array(length);
    for (let row = 0; row < length; row++) {
      const game = games[gameNumbers[row]];
      let number = numbers.get(game);
      if (number === undefined) {
        number = numbers.size;
        numbers.set(game, number);
      }
      rows[row] = number;
      plies[row] = game.plies[samples[row]];
    }
    const { inputs, dtype, layout, rule50, history, bits } = this.#options;
    return {
      inputs,
      options: { dtype, layout, rule50, history, bits },
      histories: Array.from(numbers.keys(), ({ history }) => {
        const { words, facts, start } = history;
        return { words, facts, start };
      }),
      games: rows,
      plies,
    };
  }

  #write(
    rows: Rows,
    cursor: BatchCursor,
    written: NumberArray | undefined,
  ): SampleBatch {
    const size = rows.length;
    const writer = this.#writer;
    const buffers = this.#buffers(size, written);
    const { inputs, policy, value, gameIndex, ply, counts } = buffers;
    const { legalMoves, whiteElo, blackElo } = buffers;
    const hashes = new Uint32Array(buffers.gameHash.buffer);
    const mask = this.#mask;
    for (let row = 0; row < size; row++) {
      const game = rows.games[rows.numbers[row]];
      const sample = rows.samples[row];
      const { history } = game;
      history.ply = game.plies[sample];
      if (written === undefined) {
        writer.write(history, inputs, row * writer.length);
      }
      if (writer.counts > 0) {
        writer.writeCounts(history, counts, row * writer.counts);
      }
      policy[row] = game.policy[sample];
      writeValue(
        this.#options.value,
        history.side === BLACK ? 0 - game.whiteOutcome : game.whiteOutcome,
        game.chances === undefined ? NaN : game.chances[sample],
        value,
        row * this.#values,
      );
      if (mask > 0) {
        const first = sample * mask;
        const moves = game.legalMoves!.subarray(first, first + mask);
        legalMoves.set(moves, row * mask);
      }
      gameIndex[row] = game.gameIndex;
      hashes[2 * row] = game.hash[0];
      hashes[2 * row + 1] = game.hash[1];
      ply[row] = Math.min(65535, history.ply);
      whiteElo[row] = Math.min(65535, game.whiteElo);
      blackElo[row] = Math.min(65535, game.blackElo);
    }
    return {
      size,
      inputs: inputs.subarray(0, size * writer.length),
      shape: [size, ...writer.shape],
      policy: policy.subarray(0, size),
      value: value.subarray(0, size * this.#values),
      ...mask > 0 ? { legalMoves: legalMoves.subarray(0, size * mask) } : {},
      ...writer.counts > 0
        ? { counts: counts.subarray(0, size * writer.counts) }
        : {},
      gameIndex: gameIndex.subarray(0, size),
      gameHash: buffers.gameHash.subarray(0, size),
      ply: ply.subarray(0, size),
      whiteElo: whiteElo.subarray(0, size),
      blackElo: blackElo.subarray(0, size),
      cursor,
    };
  }

  #buffers(size: number, written: NumberArray | undefined): Buffers {
    const { reuseBuffers, batchSize } = this.#options;
    if (!reuseBuffers || written !== undefined) {
      return this.#create(size, written);
    }
    this.#turn ^= 1;
    const kept = this.#kept[this.#turn];
    if (kept === undefined) {
      return this.#kept[this.#turn] = this.#create(batchSize);
    }
    kept.inputs.fill(0);
    return kept;
  }

  #create(size: number, written?: NumberArray): Buffers {
    return {
      inputs: written ?? this.#writer.create(size),
      policy: new Int32Array(size),
      value: new Float32Array(size * this.#values),
      legalMoves: new Uint8Array(size * this.#mask),
      counts: new Float32Array(size * this.#writer.counts),
      gameIndex: new Uint32Array(size),
      gameHash: new BigUint64Array(size),
      ply: new Uint16Array(size),
      whiteElo: new Uint16Array(size),
      blackElo: new Uint16Array(size),
    };
  }
}
