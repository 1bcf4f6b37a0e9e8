// What a query asks for, once it is checked.
import type { GameFilter } from "../filter/game_filter.ts";
import type { CheckedOrder } from "../order/game_order.ts";
import type { Cursor } from "./cursor.ts";

/** A query, checked: the games from `offset` to `end - 1` of those that match. */
export interface LoadRequest {
  /** The filter in normal form. */
  readonly filter: GameFilter;
  /** The same as JSON: equal filters have equal keys. */
  readonly filterKey: string;
  readonly order: CheckedOrder;
  /** Whether games are shuffled, or a shard of them is asked for. */
  readonly isOrdered: boolean;
  /** The query for a cursor. */
  readonly fields: Readonly<Record<string, string>>;
  readonly resume?: Cursor;
  readonly offset: number;
  readonly end: number;
  readonly set?: string;
  readonly compact: boolean;
}
