// Finds plain games, as nearly all are, many times as fast as the definition in `split_steps.ts` does.
import { PLAIN_GAMES_WASM } from "./plain_games_wasm.ts";
import { openAssembly } from "../open_assembly.ts";
import type { RawGame } from "../raw_game.ts";

/** What `plain_games.assembly.ts` exports. */
interface Assembly {
  /** How many games the last scan found, where it stopped, and so on. */
  readonly count: WebAssembly.Global;
  readonly position: WebAssembly.Global;
  scan(start: number, length: number, names: number, maxLength: number): number;
}

/**
 * Finds plain games, as nearly all are, in a fraction of the time that the
 * steps of `PgnSplitter` take, and to the same end. Plain games have
 *
 * - each tag on a line of its own, as `[Name "value"]`, with a short name and
 *   with neither quotes nor backslashes nor brackets in the value;
 * - one empty line, and movetext that begins with neither `[` nor `%`;
 * - no comments to the end of a line, and in the movetext and its comments no
 *   line that is empty or begins with white space, `[` or `%`, so that no line
 *   may begin another game;
 * - outside of comments only ASCII, and as line ends LF or CRLF;
 * - outside of comments and variations a result with white space around it.
 *
 * All that is not so is left to the steps.
 */
export class PlainGameScanner {
  readonly #names: readonly string[];
  readonly #maxLength: number;

  /** Where the last scan stopped: at what may be a game, else at the end of the last one. */
  position = 0;
  /** Whether what stands there may be a plain game whose end has not come. */
  isUnfinished = false;

  /**
   * Creates a scanner.
   *
   * @param names The tags whose spans are wanted: at most 32 of at most 16
   * letters.
   * @param maxLength The longest game, in bytes.
   */
  constructor(names: readonly string[], maxLength: number) {
    this.#names = names;
    this.#maxLength = Math.min(maxLength, 2 ** 31 - 1);
  }

  /**
   * Finds the plain games that follow each other.
   *
   * @param bytes The text; it may not change as long as it is the same object.
   * @param from Where to begin: between games.
   * @param games Where the games are put.
   */
  scan(
    bytes: Uint8Array,
    from: number,
    games: RawGame[],
  ): void {
    const view = window ??= new Window();
    view.setNames(this.#names);
    this.position = from;
    this.isUnfinished = false;
    while (this.position < bytes.length) {
      const { position } = this;
      const isFresh = view.moveTo(bytes, position);
      const status = this.#scanWindow(view, games);
      if (status === view.full) continue;
      const isOther = status === view.other;
      if (isOther && this.position < view.end) break;
      if (view.end === bytes.length) {
        this.isUnfinished = !isOther;
        break;
      }
      // A game that is longer than the window is left to the steps.
      if (!isOther && isFresh && this.position === position) break;
      view.forget();
    }
  }

  #scanWindow(view: Window, games: RawGame[]): number {
    const { start: base, end, assembly } = view;
    const names = this.#names;
    const size = 2 + 2 * names.length;
    const status = assembly.scan(
      this.position - base,
      end - base,
      names.length,
      this.#maxLength,
    );
    const count: number = assembly.count.value;
    if (count > 0) this.#take(view, count, size, games);
    this.position = base + assembly.position.value;
    return status;
  }

  #take(view: Window, count: number, size: number, games: RawGame[]): void {
    const { start: base, bytes, records } = view;
    const offsets = records.slice(0, count * size);
    const spans = { names: this.#names, offsets };
    for (let index = 0; index < count; index++) {
      const start = base + offsets[index * size];
      const end = base + offsets[index * size + 1];
      games.push({ bytes, start, end, spans, index });
    }
  }
}

/** The part of a text that lies in the memory of the assembly. */
class Window {
  readonly #open = openAssembly<Assembly>(PLAIN_GAMES_WASM);
  readonly assembly: Assembly;
  /** What the assembly finds. */
  readonly records: Uint32Array;
  /** Why a scan stops. */
  readonly other: number;
  readonly full: number;
  readonly #text: Uint8Array;
  readonly #guardLength: number;
  #names: readonly string[] = [];
  bytes: Uint8Array = new Uint8Array();
  start = 0;
  end = 0;

  constructor() {
    const { exports, constant, region } = this.#open;
    this.assembly = exports;
    this.other = constant("OTHER");
    this.full = constant("FULL");
    this.#guardLength = constant("GUARD_LENGTH");
    const { buffer, byteOffset } = region("RECORDS", constant("RECORDS_SIZE"));
    this.records = new Uint32Array(
      buffer,
      byteOffset,
      constant("RECORDS_SIZE") / 4,
    );
    this.#text = region("TEXT", constant("TEXT_SIZE") + this.#guardLength);
  }

  setNames(names: readonly string[]): void {
    if (this.#names === names) return;
    this.#names = names;
    const { constant, region } = this.#open;
    const size = constant("MAX_NAME_LENGTH");
    const spans = region("NAMES", constant("MAX_NAMES") * size);
    const lengths = region("NAME_LENGTHS", names.length);
    names.forEach((name, i) => {
      new TextEncoder().encodeInto(name, spans.subarray(i * size));
      lengths[i] = name.length;
    });
  }

  /** Makes sure that the text at `position` is there; `true` where it is put there. */
  moveTo(bytes: Uint8Array, position: number): boolean {
    if (
      this.bytes === bytes && position > this.start && position < this.end
    ) return false;
    const room = this.#text.length - this.#guardLength;
    const text = bytes.subarray(position, position + room);
    this.#text.set(text);
    this.#text.fill(LINE_FEED, text.length, text.length + this.#guardLength);
    this.bytes = bytes;
    this.start = position;
    this.end = position + text.length;
    return true;
  }

  /** Lets the next text be put there anew. */
  forget(): void {
    this.end = this.start;
  }
}

/** One for all scanners: each takes a large part of the address space. */
let window: Window | undefined;

const LINE_FEED = 10;
