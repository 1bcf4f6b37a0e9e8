import { Chess } from "npm:chess.js@1.4.0";
import { type Board, copyBoard } from "./chess/board.ts";
import { readFen, writeFen } from "./chess/fen.ts";
import { PgnError } from "./chess/pgn_error.ts";
import {
  type CastlingOptions,
  isKingTakesRook,
  START_BOARD,
} from "./chess/position.ts";
import {
  type Ply,
  Replay,
  replayMovetext,
  replayNothing,
} from "./chess/replay.ts";
import { endOfTags, readTags, type Tags } from "./pgn/tags.ts";

export type { Evaluation } from "./chess/annotations.ts";
export type { Ply, Replay } from "./chess/replay.ts";

/** A game of chess.js, as {@linkcode Game.toChess} makes it. */
export type ChessJs = Chess;

// The inside of a game, for the functions below.
let fromUtf8: (bytes: Uint8Array) => Game;
let bytesOf: (game: Game) => Uint8Array;
let hasBytes: (game: Game) => boolean;

/**
 * One game of an archive: its PGN text, and what is read from it when asked for.
 *
 * @example Usage
 * ```ts
 * import { Game } from "@chess/game-cache";
 * import assert from "node:assert/strict";
 *
 * const game = new Game(`[White "Byrne"]
 * [Black "Fischer"]
 *
 * 1. Nf3 { [%clk 0:05:00] } Nf6 2. c4 (2. d4 d5) g6 *`);
 * assert.equal(game.tags.White, "Byrne");
 * assert.deepEqual(
 *   Array.from(game.mainline(), ({ san, uci, clock }) => [san, uci, clock]),
 *   [
 *     ["Nf3", "g1f3", 300],
 *     ["Nf6", "g8f6", undefined],
 *     ["c4", "c2c4", undefined],
 *     ["g6", "g7g6", undefined],
 *   ],
 * );
 * ```
 */
export class Game {
  #pgn: string | undefined;
  #bytes: Uint8Array | undefined;
  #tags: Tags | undefined;

  /**
   * Creates a game. Nothing is read until it is asked for.
   *
   * @param pgn The text of one game.
   * @throws {TypeError} If it is no string.
   */
  constructor(pgn: string) {
    if (typeof pgn !== "string") {
      throw new TypeError(
        `Cannot make a game as its text must be a string: current value is ${typeof pgn}`,
      );
    }
    this.#pgn = pgn;
  }

  /** The game's text. */
  get pgn(): string {
    return this.#pgn ??= DECODER.decode(this.#bytes);
  }

  /** The game's tags; without a prototype, the last of doubled tags wins. */
  get tags(): Tags {
    return this.#tags ??= readTags(withoutMark(this.pgn));
  }

  /**
   * Plays the game's moves; comments, variations and annotations are passed
   * over. The moves before a bad one are given before it is thrown. A comment
   * or variation without end is an error, a game without result is none; what
   * stands behind the result is not read.
   *
   * @example Usage
   * ```ts
   * import { Game } from "@chess/game-cache";
   * import assert from "node:assert/strict";
   *
   * const game = new Game("1. e4 e5 1/2-1/2");
   * for (const { ply, position, uci } of game.mainline()) {
   *   if (ply === 1) {
   *     assert.equal(uci, "e7e5");
   *     assert.equal(
   *       position.fen(),
   *       "rnbqkbnr/pppppppp/8/8/4P3/8/PPPP1PPP/RNBQKBNR b KQkq - 0 1",
   *     );
   *   }
   * }
   * ```
   *
   * @param options How castling is written.
   * @returns The half-moves, each time anew from the start.
   * @throws {PgnError} While the moves are gone through: at a move that is
   * illegal, ambiguous or unreadable, at once where the start position is none
   * or the game's `Variant` tag names other rules than those of chess and Chess960.
   */
  mainline(options: CastlingOptions = {}): Iterable<Ply> {
    const kingTakesRook = isKingTakesRook(options);
    return {
      [Symbol.iterator]: () => replay(this, kingTakesRook)[Symbol.iterator](),
    };
  }

  /**
   * Plays the game on a board of chess.js, with its tags and comments.
   *
   * @example Usage
   * ```ts
   * import { Game } from "@chess/game-cache";
   * import assert from "node:assert/strict";
   *
   * const chess = new Game('[White "Réti"]\n\n1. Nf3 {Modern} d5 *').toChess();
   * assert.deepEqual(chess.history(), ["Nf3", "d5"]);
   * assert.equal(chess.getHeaders().White, "Réti");
   * ```
   *
   * @returns The game of chess.js after the last move.
   * @throws {PgnError} As {@linkcode Game.mainline} does, and for games of
   * Chess960, which chess.js cannot play.
   */
  toChess(): ChessJs {
    const moves = replayGame(this);
    const chess = startOfChess(this, moves.start);
    for (const [name, value] of Object.entries(this.tags)) {
      if (name !== "FEN" && name !== "SetUp") chess.setHeader(name, value!);
    }
    if (this.tags.Result === undefined && moves.result !== undefined) {
      chess.setHeader("Result", moves.result);
    }
    let ply = -1;
    do {
      if (ply >= 0) chess.move(moves.sanAt(ply));
      const comment = moves.commentsAt(ply).join(" ");
      if (comment !== "") chess.setComment(comment);
    } while (++ply < moves.length);
    return chess;
  }

  static {
    fromUtf8 = (bytes) => {
      const game = new Game("");
      game.#pgn = undefined;
      game.#bytes = bytes;
      return game;
    };
    bytesOf = (game) => game.#bytes ??= ENCODER.encode(game.#pgn);
    hasBytes = (game) => game.#bytes !== undefined;
  }
}

/** A game from bytes that are valid UTF-8; its text is decoded only when asked for. */
export function gameFromUtf8(bytes: Uint8Array): Game {
  return fromUtf8(bytes);
}

/** A game's text in UTF-8. */
export function gameBytes(game: Game): Uint8Array {
  return bytesOf(game);
}

/** A game's stable name: its GameId tag, else the eight characters at the end of its Site. */
export function gameId(game: Game): string | undefined {
  const { GameId, Site } = game.tags;
  return GameId || (Site && SITE_REGEXP.exec(Site)?.[1]);
}

/**
 * Reads all moves of a game at once and checks each, so that they can be gone
 * through in the certainty that there is no bad one.
 *
 * @throws {PgnError} Where {@linkcode Game.mainline} would throw it.
 */
export function replayGame(game: Game, options: CastlingOptions = {}): Replay {
  const moves = replay(game, isKingTakesRook(options));
  if (moves.error !== undefined) throw moves.error;
  return moves;
}

function replay(game: Game, kingTakesRook: boolean): Replay {
  const length = loadText(game);
  const movetext = findMovetext(length);
  const needsTags = movetext < 0;
  const variant = needsTags ? game.tags.Variant?.trim().toLowerCase() : "";
  const start = needsTags ? startOf(game, variant) : START_BOARD;
  const parts = start instanceof PgnError
    ? replayNothing(START_BOARD, start)
    : replayMovetext(text, Math.abs(movetext), length, start);
  return new Replay(
    parts.error === undefined
      ? parts
      : { ...parts, error: nameGame(parts.error, game) },
    () => gameBytes(game),
    kingTakesRook || parts.start.chess960,
  );
}

/** The start position by the tags FEN and Variant, or the error that there is none. */
function startOf(game: Game, variant: string | undefined): Board | PgnError {
  const { FEN, Variant = "" } = game.tags;
  if (variant !== undefined && !VARIANTS.includes(variant)) {
    return new PgnError(
      `Cannot play the moves as the rules of the variant "${Variant}" are others`,
      { reason: "variant", ply: 0, text: Variant },
    );
  }
  const isChess960 = variant === "chess960";
  if (FEN === undefined) return isChess960 ? CHESS960_BOARD : START_BOARD;
  try {
    const board = readFen(FEN);
    board.chess960 = isChess960;
    return board;
  } catch (cause) {
    return new PgnError((cause as Error).message, {
      reason: "position",
      ply: 0,
      text: FEN,
      cause,
    });
  }
}

function nameGame(error: PgnError, game: Game): PgnError {
  const id = gameId(game);
  if (id === undefined) return error;
  const { reason, ply, text, cause } = error;
  return new PgnError(`${error.message} (game ${id})`, {
    reason,
    ply,
    text,
    cause,
    gameId: id,
  });
}

function startOfChess(game: Game, start: Board): ChessJs {
  const usual = start.rooks.every((rook, i) =>
    rook === 0 || rook === START_BOARD.rooks[i] &&
      (i < 2 ? start.whiteKing : start.blackKing) ===
        (i < 2 ? START_BOARD.whiteKing : START_BOARD.blackKing)
  );
  if (!usual) {
    throw nameGame(
      new PgnError("Cannot hand the game to chess.js as it plays no Chess960", {
        reason: "variant",
        ply: 0,
        text: game.tags.Variant ?? "",
      }),
      game,
    );
  }
  return start === START_BOARD ? new Chess() : new Chess(writeFen(start));
}

// The text being read is copied here, so that it can end in a 0 and is always
// the same kind of array. Only a very long one gets an array of its own.
let text = new Uint8Array(1 << 16);
const KEPT_TEXT_LENGTH = 1 << 22;

/** Copies a game's text into `text` and returns its length in bytes. */
function loadText(game: Game): number {
  if (!hasBytes(game) && game.pgn.length < KEPT_TEXT_LENGTH) {
    makeRoom(game.pgn.length * 3 + 1);
    const { written } = ENCODER.encodeInto(game.pgn, text);
    text[written] = 0;
    return written;
  }
  const bytes = bytesOf(game);
  makeRoom(bytes.length + 1);
  text.set(bytes);
  text[bytes.length] = 0;
  return bytes.length;
}

function makeRoom(length: number): void {
  if (length > text.length || text.length > 4 * KEPT_TEXT_LENGTH) {
    text = new Uint8Array(Math.max(length, 1 << 16));
  }
}

/**
 * Where the movetext begins. Negative where the tags must be read before the
 * moves are, for the start position or the variant.
 *
 * Tags as nearly all games have them are passed over here; for all others
 * `endOfTags` is asked.
 */
function findMovetext(length: number): number {
  const bytes = text;
  let offset = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
    ? 3
    : 0;
  const first = offset;
  let needsTags = false;
  for (;;) {
    while (bytes[offset] <= SPACE && offset < length) offset++;
    if (bytes[offset] !== BRACKET) break;
    const name = ++offset;
    while (NAME_CODES[bytes[offset]] === 1) offset++;
    if (
      offset === name || bytes[offset] !== SPACE || bytes[offset + 1] !== QUOTE
    ) return findMovetextSlowly(first, length);
    if (
      startsWith(bytes, name, FEN) ||
      startsWith(bytes, name, VARIANT) && !startsWith(bytes, name, STANDARD)
    ) needsTags = true;
    offset += 2;
    while (PLAIN_CODES[bytes[offset]] === 1) offset++;
    if (bytes[offset] !== QUOTE || bytes[offset + 1] !== CLOSING_BRACKET) {
      return findMovetextSlowly(first, length);
    }
    offset += 2;
  }
  if (bytes[offset] === SEMICOLON || bytes[offset] === PERCENT) {
    return findMovetextSlowly(first, length);
  }
  return needsTags ? -offset : offset;
}

function findMovetextSlowly(first: number, length: number): number {
  // What a tag is depends on ASCII alone.
  return -first -
    endOfTags(LATIN1_DECODER.decode(text.subarray(first, length)));
}

function startsWith(
  bytes: Uint8Array,
  offset: number,
  text: readonly number[],
): boolean {
  for (let i = 0; i < text.length; i++) {
    if (bytes[offset + i] !== text[i]) return false;
  }
  return true;
}

function withoutMark(pgn: string): string {
  return pgn.charCodeAt(0) === 0xfeff ? pgn.slice(1) : pgn;
}

const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });
const LATIN1_DECODER = new TextDecoder("latin1");
const ENCODER = new TextEncoder();
/** The variants that are played by the rules of chess or Chess960. */
const VARIANTS = ["", "standard", "from position", "chess960"];
/** The usual start position in a game of Chess960. */
const CHESS960_BOARD = copyBoard(START_BOARD, false);
CHESS960_BOARD.chess960 = true;
const SITE_REGEXP = /\/([A-Za-z0-9]{8})$/;

const SPACE = 32;
const QUOTE = 34;
const PERCENT = 37;
const SEMICOLON = 59;
const BRACKET = 91;
const CLOSING_BRACKET = 93;
const FEN = codes('FEN "');
const VARIANT = codes('Variant "');
const STANDARD = codes('Variant "Standard"');
const NAME_CODES = new Uint8Array(256);
/** What a tag's value consists of where nothing is escaped. */
const PLAIN_CODES = new Uint8Array(256);
for (let code = SPACE; code < 256; code++) {
  PLAIN_CODES[code] = code === QUOTE || code === 92 ? 0 : 1;
  NAME_CODES[code] = /\w/.test(String.fromCharCode(code)) ? 1 : 0;
}

function codes(name: string): readonly number[] {
  return Array.from(name, (letter) => letter.charCodeAt(0));
}
