// Knows of each game that a loader gave where it is in the order of its answer.

import { type Game, gameOrigin, setGameOrigin } from "../game.ts";
import type { Cursor } from "./cursor.ts";
import type { GameOrder } from "../order/game_order.ts";

/** One answer of a loader to a query. */
export class Answer {
  /** The fields of the query, see {@linkcode Cursor.query}. */
  readonly query: Readonly<Record<string, string>>;
  /** What the source is, see {@linkcode Cursor.source}; set before a game is given. */
  source = "";
  /** The order of the games; omitted, it is that of the archive. */
  order: GameOrder | undefined;
  #next: number;

  /** Creates an answer that has given nothing yet. */
  constructor(query: Readonly<Record<string, string>>, first: number) {
    this.query = query;
    this.#next = first;
  }

  /** Notes the next game of the answer. */
  note(game: Game): void {
    setGameOrigin(game, { answer: this, place: this.#next++ });
  }
}

/**
 * The number of a game among those that pass the query's filter; `undefined`
 * where no loader gave it.
 */
export function gameIndexOf(game: Game): number | undefined {
  const { answer, place } = gameOrigin(game) ?? {};
  if (!(answer instanceof Answer)) return undefined;
  return answer.order?.at(place!) ?? place;
}

/** What the source of a game is, as a hash; empty where nothing tells. */
export function sourceOf(game: Game): string {
  const { answer } = gameOrigin(game) ?? {};
  return answer instanceof Answer ? answer.source : "";
}

/**
 * The cursor after a game.
 *
 * @throws {TypeError} If no loader gave the game.
 */
export function cursorAfter(game: Game): Cursor {
  const { answer, place } = gameOrigin(game) ?? {};
  if (!(answer instanceof Answer)) {
    throw new TypeError(
      "Cannot make a cursor as the game was not given by a loader",
    );
  }
  const { source, query } = answer;
  return { of: "games", source, query, place: place! + 1 };
}
