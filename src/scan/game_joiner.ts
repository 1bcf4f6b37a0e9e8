import {
  GamePicker,
  type GamesPart,
  type JudgedGames,
  type ScannedPart,
  type ScanOptions,
} from "./game_scanner.ts";
import { badGameError, PgnSplitter } from "../pgn/splitter/pgn_splitter.ts";

/** A place in an archive from which its games can be read. */
export interface ArchivePosition {
  /** Which archive of the sequence it is in. */
  readonly archive: number;
  /** Where decompressing begins in the archive's own bytes. */
  readonly offset: number;
  /** Where that is in the archive's text. */
  readonly textOffset: number;
  /** How much of the text from there comes before the first game. */
  readonly skip: number;
  /** Games of the whole sequence that come before. */
  readonly games: number;
  /** Games skipped before. */
  readonly badGames: number;
  /** Bytes between games before. */
  readonly droppedBytes: number;
}

/** Games of an archive, in order, and how far it has been read. */
export interface GameBatch extends JudgedGames {
  /** Where reading can begin again, where that is at the first of these games. */
  readonly position?: ArchivePosition;
  /** For each game that was skipped, how many games of the batch come before. */
  readonly badGames: readonly number[];
  /** All of the following up to the end of the batch. */
  readonly totals: ReadTotals;
}

/** How far an archive has been read. */
export interface ReadTotals {
  /** Bytes read of the archive's files. */
  readonly bytesRead: number;
  /** Bytes of text decompressed from them. */
  readonly textBytes: number;
  /** Games, those before the beginning among them. */
  readonly games: number;
  /** Games skipped, those before the beginning among them. */
  readonly badGames: number;
  /** Bytes between games, those before the beginning among them. */
  readonly droppedBytes: number;
}

/** What comes of reading an archive, step by step. */
export type Step =
  /**
   * A stretch of text begins. One that reading can begin with has an offset in
   * the archive; one without goes on with the one before.
   */
  | { readonly kind: "begin"; readonly offset?: number }
  /** The next part of the stretch. */
  | { readonly kind: "part"; readonly part: ScannedPart }
  /** The stretch ends, and had so many bytes. */
  | { readonly kind: "end"; readonly textBytes: number };

/** Options of {@linkcode GameJoiner}. */
export interface JoinOptions extends ScanOptions {
  /** Where to begin, as a batch told it. @default {the beginning} */
  readonly from?: ArchivePosition;
  /** Called with the reason for each game that is skipped. */
  readonly onBadGame?: (error: Error) => void;
}

/** Joins what was found in the stretches of an archive, and counts. */
export class GameJoiner {
  readonly #options: JoinOptions;
  /** Splits what stands between the sync points of stretches. */
  readonly #splitter: PgnSplitter;
  readonly #picker: GamePicker;
  #bad: number[] = [];
  #batches: GameBatch[] = [];
  /** Whether the splitter stands at a sync point, or the text's beginning. */
  #isFresh = true;

  #archive = 0;
  /** Whether nothing has been read of the archive, from its beginning on. */
  #isAtBeginning = true;
  /** Where the stretch, and what reading can begin with, stand in the text. */
  #stretch = 0;
  #group = { offset: -1, textOffset: 0 };
  #isMarked = false;

  bytesRead = 0;
  #textBytes = 0;
  #games = 0;
  #badGames = 0;
  #droppedBytes = 0;

  constructor(options: JoinOptions) {
    const { filters, maxGameLength, onBadGame, from } = options;
    this.#options = options;
    this.#picker = new GamePicker(filters);
    this.#splitter = new PgnSplitter({
      maxGameLength,
      tagNames: this.#picker.tagNames,
      onBad: (bad) => {
        this.#bad.push(bad.gamesBefore);
        onBadGame?.(badGameError(bad, maxGameLength));
      },
    });
    if (from === undefined) return;
    this.#games = from.games;
    this.#badGames = from.badGames;
    this.#droppedBytes = from.droppedBytes;
  }

  beginArchive(archive: number, from: ArchivePosition | undefined): void {
    this.#archive = archive;
    this.#isAtBeginning = from === undefined;
    this.#stretch = from?.textOffset ?? 0;
    this.#group = { offset: -1, textOffset: this.#stretch };
  }

  take(step: Step): void {
    if (step.kind !== "begin" && this.#isAtBeginning) {
      this.#isAtBeginning = false;
      this.#give(this.#picker.take(), [], this.#position(0, 0, 0));
    }
    switch (step.kind) {
      case "begin":
        if (step.offset !== undefined) {
          this.#group = { offset: step.offset, textOffset: this.#stretch };
          this.#isMarked = false;
        }
        break;
      case "part": {
        const { part } = step;
        if (part.kind === "games") this.#takeGames(part);
        else {
          this.#isFresh = false;
          this.#split((splitter) => splitter.push(part.bytes));
        }
        break;
      }
      case "end":
        this.#stretch += step.textBytes;
        this.#textBytes += step.textBytes;
        this.#give(this.#picker.take(), []);
    }
  }

  /** Ends the text: a game ends with the file that it stands in. */
  endArchive(): void {
    this.#split((splitter) => splitter.end());
    this.#isFresh = true;
  }

  /** Gives out the games that have ended until now. */
  flush(): void {
    this.#split((splitter) => splitter.flush());
  }

  *batches(): Generator<GameBatch> {
    const batches = this.#batches;
    this.#batches = [];
    yield* batches;
  }

  #takeGames(part: GamesPart): void {
    if (!this.#isFresh) {
      this.#split((splitter) => splitter.endAtSyncPoint());
    }
    this.#splitter.startAt(this.#stretch + part.end);
    this.#isFresh = true;
    const { onBadGame, maxGameLength } = this.#options;
    for (const bad of part.badGames) {
      const offset = bad.offset + this.#stretch;
      onBadGame?.(badGameError({ ...bad, offset }, maxGameLength));
    }
    const { offset, textOffset } = this.#group;
    let position: ArchivePosition | undefined;
    if (offset >= 0 && !this.#isMarked) {
      this.#isMarked = true;
      const skip = this.#stretch + part.start - textOffset;
      position = this.#position(offset, textOffset, skip);
    }
    this.#droppedBytes += part.droppedBytes;
    this.#give(part, part.badGames.map((bad) => bad.gamesBefore), position);
  }

  #position(
    offset: number,
    textOffset: number,
    skip: number,
  ): ArchivePosition {
    return {
      archive: this.#archive,
      offset,
      textOffset,
      skip,
      games: this.#games,
      badGames: this.#badGames,
      droppedBytes: this.#droppedBytes,
    };
  }

  #split(act: (splitter: PgnSplitter) => Parameters<GamePicker["add"]>[0]) {
    const splitter = this.#splitter;
    const { gameCount, droppedBytes } = splitter;
    this.#picker.add(act(splitter));
    const dropped = splitter.droppedBytes - droppedBytes;
    this.#droppedBytes += dropped;
    const bad = this.#bad;
    this.#bad = [];
    const games = this.#picker.take();
    if (games.count + bad.length + dropped === 0) return;
    this.#give(games, bad.map((before) => before - gameCount));
  }

  #give(
    { count, verdicts, texts }: JudgedGames,
    badGames: readonly number[],
    position?: ArchivePosition,
  ): void {
    this.#games += count;
    this.#badGames += badGames.length;
    this.#batches.push({
      count,
      verdicts,
      texts,
      badGames,
      position,
      totals: {
        bytesRead: this.bytesRead,
        textBytes: this.#textBytes,
        games: this.#games,
        badGames: this.#badGames,
        droppedBytes: this.#droppedBytes,
      },
    });
  }
}
