// One game: its text, its tags, its moves.
import defer * as chessJs from "npm:chess.js@1.4.0";
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
import { hashNumber } from "./filter/game_hash.ts";
import { rulesOf } from "./filter/variant.ts";
import { rawBytes, type RawGame, rawGame } from "./pgn/raw_game.ts";
import { ascii } from "./pgn/syntax.ts";
import { readTags, type Tags, TagScanner } from "./pgn/tags.ts";

export type { Evaluation } from "./pgn/movetext/comments.ts";
export type { Ply, Replay } from "./chess/replay.ts";

/** A game of chess.js, as {@linkcode Game.toChess} makes it. */
export type ChessJs = chessJs.Chess;

// The inside of a game, for the functions below.
let fromRaw: (raw: RawGame, hash?: bigint) => Game;
let rawOf: (game: Game) => RawGame;
let hasRaw: (game: Game) => boolean;
let originOf: (game: Game) => GameOrigin | undefined;
let setOrigin: (game: Game, origin: GameOrigin) => void;

/** Where a game comes from: an answer of a loader, and its place in the order of that. */
export interface GameOrigin {
  /** The answer, as the loader knows it. */
  readonly answer: object;
  /** How many games of the order come before. */
  readonly place: number;
}

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
  #raw: RawGame | undefined;
  #tags: Tags | undefined;
  #hash: bigint | undefined;
  #origin: GameOrigin | undefined;

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
    return this.#pgn ??= DECODER.decode(rawBytes(this.#raw!));
  }

  /** The game's tags; without a prototype, the last of doubled tags wins. */
  get tags(): Tags {
    return this.#tags ??= readTags(rawOf(this));
  }

  /**
   * The game's hash, which is the same wherever the game is found: XXH64 of its
   * `GameId` tag, else of the last 8 characters of `Site`, else of its text. A
   * compact game has the hash of the whole one.
   */
  get hash(): bigint {
    return this.#hash ??= hashNumber(rawOf(this));
  }

  /**
   * Plays the game's moves; comments, variations and annotations are passed
   * over. The moves before a bad one are given before it is thrown. A comment
   * or variation without end is an error, a game without result is none; what
   * comes after the result is not read.
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
    fromRaw = (raw, hash) => {
      const game = new Game("");
      game.#pgn = undefined;
      game.#raw = raw;
      game.#hash = hash;
      return game;
    };
    rawOf = (game) => game.#raw ??= rawGame(ENCODER.encode(game.#pgn));
    hasRaw = (game) => game.#raw !== undefined;
    originOf = (game) => game.#origin;
    setOrigin = (game, origin) => {
      game.#origin = origin;
    };
  }
}

/**
 * A game from bytes that are valid UTF-8; its text is decoded only when asked for.
 *
 * @param bytes The bytes; they must stay as they are.
 * @param hash The game's hash, where it is known; of a compact game it must be.
 */
export function gameFromUtf8(bytes: Uint8Array, hash?: bigint): Game {
  return fromRaw(rawGame(bytes), hash);
}

/** A game from one that was split, in valid UTF-8; its bytes must stay as they are. */
export function gameFromRaw(raw: RawGame): Game {
  return fromRaw(raw);
}

/** A game's bytes in UTF-8, with the spans of tags where they are known. */
export function gameRaw(game: Game): RawGame {
  return rawOf(game);
}

/** Where a game comes from; `undefined` where no loader returned it. */
export function gameOrigin(game: Game): GameOrigin | undefined {
  return originOf(game);
}

/** Notes where a game comes from. */
export function setGameOrigin(game: Game, origin: GameOrigin): void {
  setOrigin(game, origin);
}

/** A game's text in UTF-8. */
export function gameBytes(game: Game): Uint8Array {
  return rawBytes(rawOf(game));
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
  const { start, movetext, isUsual, error } = readStart(length);
  const parts = error !== undefined
    ? replayNothing(START_BOARD, error)
    : replayMovetext(text, movetext, length, start, isUsual);
  return new Replay(
    parts.error === undefined
      ? parts
      : { ...parts, error: nameGame(parts.error, game) },
    () => gameBytes(game),
    kingTakesRook || parts.start.chess960,
  );
}

/** Where and how a game begins. */
interface GameStart {
  readonly start: Board;
  readonly movetext: number;
  /** Whether the start is not by a FEN. */
  readonly isUsual: boolean;
  readonly error?: PgnError;
}

/** Reads from the tags in `text` where the game begins. */
function readStart(length: number): GameStart {
  const tags = TAGS;
  let fen: string | undefined;
  let setUp = "";
  let variant = "";
  tags.begin(text, 0, length);
  while (tags.next()) {
    switch (tags.nameEnd - tags.nameStart) {
      case FEN.length:
        if (tags.isNamed(FEN, true)) fen = tags.value.trim();
        break;
      case SET_UP.length:
        if (tags.isNamed(SET_UP, true)) setUp = tags.value.trim();
        break;
      case VARIANT.length:
        if (tags.isNamed(VARIANT, true)) variant = tags.value;
    }
  }
  const isUsual = fen === undefined || fen === "" || fen === "?";
  const begin = { start: START_BOARD, movetext: tags.position, isUsual };
  const refuse = (
    reason: "variant" | "position",
    why: string,
    text: string,
  ) => ({
    ...begin,
    error: new PgnError(`Cannot play the moves as ${why}`, {
      reason,
      ply: 0,
      text,
    }),
  });
  const rules = rulesOf(variant);
  if (rules === undefined) {
    return refuse(
      "variant",
      `the rules of the variant "${variant}" are others`,
      variant,
    );
  }
  if (tags.hasBrokenStart) {
    return refuse("position", "its tag FEN or Variant cannot be read", "");
  }
  if (isUsual && setUp !== "" && setUp !== "0" && setUp !== "?") {
    return refuse(
      "position",
      `the tag SetUp says that there is a FEN, and there is none`,
      fen ?? "",
    );
  }
  if (isUsual) {
    return rules === "chess" ? begin : { ...begin, start: CHESS960_BOARD };
  }
  try {
    const start = readFen(fen!);
    start.chess960 = rules === "chess960";
    return { ...begin, start };
  } catch (cause) {
    const error = new PgnError((cause as Error).message, {
      reason: "position",
      ply: 0,
      text: fen!,
      cause,
    });
    return { ...begin, error };
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
  const { Chess } = chessJs; // evaluated now, if it was not before
  return start === START_BOARD ? new Chess() : new Chess(writeFen(start));
}

// The text being read is copied here, so that it can end in a 0 and is always
// the same kind of array. Only a very long one gets an array of its own.
let text = new Uint8Array(1 << 16);
const KEPT_TEXT_LENGTH = 1 << 22;

/** Copies a game's text into `text` and returns its length in bytes. */
function loadText(game: Game): number {
  if (!hasRaw(game) && game.pgn.length < KEPT_TEXT_LENGTH) {
    makeRoom(game.pgn.length * 3 + 1);
    const { written } = ENCODER.encodeInto(game.pgn, text);
    text[written] = 0;
    return written;
  }
  const bytes = gameBytes(game);
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

const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });
const ENCODER = new TextEncoder();
const TAGS = new TagScanner();
const FEN = ascii("fen");
const SET_UP = ascii("setup");
const VARIANT = ascii("variant");
/** The usual start position in a game of Chess960. */
const CHESS960_BOARD = copyBoard(START_BOARD, false);
CHESS960_BOARD.chess960 = true;
const SITE_REGEXP = /\/([A-Za-z0-9]{8})$/;
