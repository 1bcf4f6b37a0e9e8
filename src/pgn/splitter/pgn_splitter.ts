// Cuts PGN into games, wherever its bytes are cut.
//
// Three things in this folder do the same: the steps of `split_steps.ts` are
// the definition; `plain_games.ts`, with its WebAssembly, is many times as fast
// and takes only games of which it is sure; and a test compares both on random
// and real texts.
import { Buffer } from "node:buffer";
import {
  type BadGame,
  badGameError,
  MAX_GAME_LENGTH,
  type PgnSplitterOptions,
} from "./bad_game.ts";
import { PlainGameScanner } from "./plain_games.ts";
import { SplitState } from "./split_state.ts";
import { step } from "./split_steps.ts";
import type { RawGame } from "../raw_game.ts";
import { ascii } from "../syntax.ts";
import { MAX_TAG_HEAD_LENGTH } from "../tags.ts";

/**
 * What may follow a sync point, see {@linkcode firstSyncPoint}: as long as the
 * splitter ever looks ahead.
 */
const SYNC_POINT = ascii(
  `[Event "?"]\n[Site "${"?".repeat(MAX_TAG_HEAD_LENGTH)}"]\n`,
);

/**
 * Cuts PGN into games, wherever the bytes themselves are cut.
 *
 * A game runs from its first tag (or, without tags, from its first move
 * number) to the end of its movetext: the result that ends it, or else what
 * comes before the next line that begins with a tag. An empty line alone does
 * not end it, unless a first move follows. What is between games is dropped and
 * counted.
 *
 * In braces nothing counts but the closing brace; only two lines of tags after
 * an empty line show that a comment was never closed, and the game that it is in
 * is bad.
 */
export class PgnSplitter {
  readonly #state: SplitState;
  /** Bytes that came in since the last were looked at, and how many they are. */
  #incoming: Uint8Array[] = [];
  #incomingLength = 0;

  /** Creates a splitter at the beginning of a text. */
  constructor(
    options: PgnSplitterOptions & {
      /** Called with each game that is skipped. */
      onBad?: (bad: BadGame) => void;
      /** The tags whose spans come with games where that costs nothing. */
      tagNames?: readonly string[];
      /** Whether plain games are read step by step too. @default {false} */
      isStepwise?: boolean;
    } = {},
  ) {
    const {
      maxGameLength = MAX_GAME_LENGTH,
      onBadGame,
      onBad = (bad) => onBadGame?.(badGameError(bad, maxGameLength)),
      tagNames = [],
      isStepwise = false,
    } = options;
    if (!Number.isSafeInteger(maxGameLength) || maxGameLength < 1) {
      throw new RangeError(
        `Cannot split games as maxGameLength must be a positive integer: current value is ${maxGameLength}`,
      );
    }
    const plainGames = isStepwise
      ? undefined
      : new PlainGameScanner(tagNames, maxGameLength);
    this.#state = new SplitState(maxGameLength, onBad, plainGames);
  }

  /** Games cut out until now, without the bad ones. */
  get gameCount(): number {
    return this.#state.gameCount;
  }

  /** Bytes between games that are no white space. */
  get droppedBytes(): number {
    return this.#state.droppedBytes;
  }

  /** Takes the next bytes and returns the games that end in them. */
  push(bytes: Uint8Array): RawGame[] {
    this.#incoming.push(bytes);
    this.#incomingLength += bytes.length;
    // What is left over is looked at again only together with as much that is
    // new, so that no cutting makes the time more than linear.
    if (this.#incomingLength * 2 < this.#state.bytes.length) return [];
    return this.#split(false);
  }

  /** Returns the games that have ended until now. */
  flush(): RawGame[] {
    return this.#split(false);
  }

  /** Ends the text, returns its last games and is ready for another text. */
  end(): RawGame[] {
    const games = this.#split(true);
    this.startAt(0);
    return games;
  }

  /**
   * Returns the last games of a text after which a sync point follows, see
   * {@linkcode firstSyncPoint}. The text may go on there, or elsewhere.
   */
  endAtSyncPoint(): RawGame[] {
    if (
      this.#state.mode === "between" && this.#incomingLength === 0 &&
      this.#state.position === this.#state.bytes.length
    ) {
      this.startAt(this.#state.bytesBefore + this.#state.position);
      return [];
    }
    this.#incoming.push(SYNC_POINT);
    this.#incomingLength += SYNC_POINT.length;
    const games = this.#split(false);
    const isBetween = this.#state.start === -1 && !this.#state.isSkipping;
    this.startAt(
      isBetween
        ? this.#state.bytesBefore + this.#state.position
        : this.#state.gameOffset,
    );
    return games;
  }

  /** Forgets all text before and resumes at the byte `offset` of the text. */
  startAt(offset: number): void {
    this.#incoming = [];
    this.#incomingLength = 0;
    this.#state.startAt(offset);
  }

  #split(isLast: boolean): RawGame[] {
    this.#takeIncoming();
    while (
      this.#state.position < this.#state.bytes.length &&
      step(this.#state, isLast)
    ) {
      if (
        this.#state.start !== -1 &&
        this.#state.position - this.#state.start > this.#state.maxGameLength
      ) {
        this.#state.start = -1;
        this.#state.isSkipping = true;
      }
    }
    if (isLast) this.#endText();
    const games = this.#state.games;
    this.#state.games = [];
    this.#state.dropRead();
    return games;
  }

  #takeIncoming(): void {
    const { buffer, byteOffset, length } =
      this.#incoming.length === 1 && this.#state.bytes.length === 0
        ? this.#incoming[0]
        : Buffer.concat([this.#state.bytes, ...this.#incoming]);
    this.#incoming = [];
    this.#incomingLength = 0;
    // No Buffer: its slice() is no copy and would keep all of these bytes.
    this.#state.setBytes(new Uint8Array(buffer, byteOffset, length));
  }

  #endText(): void {
    const isInComment = this.#state.mode === "comment";
    const mode = isInComment || this.#state.mode === "line"
      ? this.#state.outerMode
      : this.#state.mode;
    if (mode === "between") return;
    if (isInComment) this.#state.reject("never closed");
    else this.#state.closeGame(this.#state.bytes.length);
  }
}
