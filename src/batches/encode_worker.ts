// Writes the inputs of batches in a thread of its own.
import type { InputEncoding } from "../encoding/encodings.ts";
import { type InputOptions, inputWriter } from "../encoding/input_writer.ts";
import type { NumberArray } from "../encoding/plane_writer.ts";
import {
  type HistoryParts,
  PositionHistory,
} from "../encoding/position_history.ts";

/** Positions to be written. */
export interface EncodeRequest {
  readonly inputs: InputEncoding;
  readonly options: InputOptions;
  /** The games that the positions are of. */
  readonly histories: readonly HistoryParts[];
  /** By row, the number of the game. */
  readonly games: Int32Array;
  /** By row, the ply. */
  readonly plies: Int32Array;
}

/** What was written, or why nothing was. */
export type EncodeAnswer =
  | { readonly inputs: NumberArray }
  | { readonly error: unknown };

/** Writes the positions of a request. */
export function encodeRequest(request: EncodeRequest): NumberArray {
  const { histories, games, plies } = request;
  const writer = inputWriter(request.inputs, request.options);
  const made = histories.map((parts) => new PositionHistory(parts));
  const inputs = writer.create(games.length);
  for (let row = 0; row < games.length; row++) {
    const history = made[games[row]];
    history.ply = plies[row];
    writer.write(history, inputs, row * writer.length);
  }
  return inputs;
}

const scope = globalThis as unknown as {
  onmessage?: (event: MessageEvent<EncodeRequest>) => void;
  postMessage?(answer: EncodeAnswer, transfer: Transferable[]): void;
};
if ("DedicatedWorkerGlobalScope" in globalThis) {
  scope.onmessage = ({ data }) => {
    try {
      const inputs = encodeRequest(data);
      scope.postMessage!({ inputs }, [inputs.buffer as ArrayBuffer]);
    } catch (error) {
      scope.postMessage!({ error }, []);
    }
  };
}
