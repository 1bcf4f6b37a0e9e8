// Joins what was found in the segments of an archive, and counts.
import { ArchiveError } from "../archive/archive_error.ts";
import { badGameError } from "../pgn/splitter/bad_game.ts";
import { PgnSplitter } from "../pgn/splitter/pgn_splitter.ts";
import type { GameMatcher } from "../filter/game_matcher.ts";
import { GamePicker, type MatchedGames, textsOf } from "./game_picker.ts";
import type { ScanBatch, ScanOptions } from "./scan_stream.ts";
import type { SeekPoint } from "./seek_point.ts";
import type { PickedGames } from "./game_picker.ts";
import type { FrameStart } from "./segment_splitter.ts";

/** Games of an archive, in order, and how far it has been read. */
export interface GameBatch {
  /** How many games they are. */
  readonly count: number;
  /** For each filter and each game 0, or the field that rejects it, see `rejectionField()`. */
  readonly rejections: readonly Uint8Array[];
  /**
   * The texts, in UTF-8, of the games that pass any of the filters. They may
   * share memory: whoever keeps one for long must copy it, see `ownBytes()`.
   */
  readonly texts: readonly Uint8Array[];
  /** The records of these games, where they were asked for. */
  readonly records: Uint8Array;
  /** Where reading can begin again, where that is at the first of these games. */
  readonly seekPoint?: SeekPoint;
  /** For each game that was skipped, how many games of the batch come before. */
  readonly badGames: readonly number[];
  /** All until the end of the batch. */
  readonly counters: ReadCounters;
}

/** How far an archive has been read. */
export interface ReadCounters {
  /** Bytes read of the archive's files. */
  readonly bytesRead: number;
  /** Bytes of text decompressed from them. */
  readonly textBytes: number;
  /** Games, including those before the beginning. */
  readonly games: number;
  /** Games skipped, including those before the beginning. */
  readonly badGames: number;
  /** Bytes between games, including those before the beginning. */
  readonly droppedBytes: number;
}

/** Options of {@linkcode GameJoiner}. */
export interface JoinOptions extends ScanOptions {
  /** Where to begin, as a batch said. @default {the beginning} */
  readonly from?: SeekPoint;
  /** Called with the reason for each game that is skipped. */
  readonly onBadGame?: (error: Error) => void;
}

/** Joins what was found in the segments of a sequence of archives. */
export class GameJoiner {
  readonly #options: JoinOptions;
  /** Splits what is between the sync points of segments. */
  readonly #splitter: PgnSplitter;
  readonly #picker: GamePicker;
  #bad: number[] = [];
  #batches: GameBatch[] = [];
  /** Whether the splitter is at a sync point, or at the text's beginning. */
  #isSynced = true;

  #archive = 0;
  #source = "";
  /** Whether the archive is read from its beginning. */
  #isWhole = true;
  /** What the counters were at the archive's beginning. */
  #before = { games: 0, badGames: 0, droppedBytes: 0 };
  /** Whether nothing has been read of an archive that is read from its beginning. */
  #isAtBeginning = false;
  /** Where the segment begins in the archive's text, and how far that was read. */
  #segment = 0;
  #textOffset = 0;
  /** The frame that the next games can be read from. */
  #frame: FrameStart | undefined;

  bytesRead = 0;
  #textBytes = 0;
  #games = 0;
  #badGames = 0;
  #droppedBytes = 0;

  /** Creates a joiner. */
  constructor(options: JoinOptions, matchers: readonly GameMatcher[]) {
    const { maxGameLength, makesRecords, onBadGame, from } = options;
    this.#options = options;
    this.#picker = new GamePicker(matchers, makesRecords);
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

  /** Begins an archive, at its beginning or at a seek point. */
  beginArchive(
    archive: number,
    source: string,
    from: SeekPoint | undefined,
  ): void {
    this.#archive = archive;
    this.#source = source;
    this.#isWhole = this.#isAtBeginning = from === undefined;
    this.#before = {
      games: this.#games,
      badGames: this.#badGames,
      droppedBytes: this.#droppedBytes,
    };
    this.#textOffset = from?.textOffset ?? 0;
    this.#frame = undefined;
    this.beginSegment();
  }

  /** Begins a segment, which follows the one before. */
  beginSegment(): void {
    this.#segment = this.#textOffset;
  }

  /** Passes over text before a seek point. */
  skip(length: number): void {
    this.#textOffset += length;
    this.#textBytes += length;
  }

  /** Takes what was found next in the segment. */
  take(found: ScanBatch[number]): void {
    if (this.#isAtBeginning) {
      this.#isAtBeginning = false;
      this.#give(this.#picker.take(), [], this.#seekPoint(0, 0, 0));
    }
    if (found.kind === "games") this.#takeGames(found);
    else if (found.kind === "frame") this.#frame = found;
    else {
      this.#isSynced = false;
      this.#read(found.bytes.length);
      this.#split((splitter) => splitter.push(found.bytes));
    }
  }

  /**
   * Ends the text: a game ends with the file that it is in.
   *
   * @throws {ArchiveError} If the whole text holds no game.
   */
  endArchive(): void {
    this.#split((splitter) => splitter.end());
    this.#isSynced = true;
    const { games, badGames, droppedBytes } = this.#before;
    const hasGame = this.#games > games || this.#badGames > badGames;
    if (!this.#isWhole || hasGame || this.#droppedBytes === droppedBytes) {
      return;
    }
    throw new ArchiveError(
      "Cannot read the archive: its text holds no game",
      { offset: 0, source: this.#source },
    );
  }

  /** Gives out the games that have ended until now. */
  flush(): void {
    this.#split((splitter) => splitter.flush());
  }

  /** Gives out the batches that are complete. */
  batches(): readonly GameBatch[] {
    const batches = this.#batches;
    this.#batches = [];
    return batches;
  }

  #read(length: number): void {
    this.#textOffset += length;
    this.#textBytes += length;
  }

  #takeGames(found: PickedGames): void {
    if (!this.#isSynced) {
      this.#split((splitter) => splitter.endAtSyncPoint());
    }
    const start = this.#segment + found.start;
    this.#splitter.startAt(this.#segment + found.end);
    this.#isSynced = true;
    const { onBadGame, maxGameLength } = this.#options;
    for (const bad of found.badGames) {
      const offset = bad.offset + this.#segment;
      onBadGame?.(badGameError({ ...bad, offset }, maxGameLength));
    }
    const seekPoint = this.#seekPointAt(start);
    this.#droppedBytes += found.droppedBytes;
    this.#read(found.end - found.start);
    const bad = found.badGames.map(({ gamesBefore }) => gamesBefore);
    this.#give(found, bad, seekPoint);
  }

  /** Where to begin for the games from a sync point on, where a frame has begun. */
  #seekPointAt(start: number): SeekPoint | undefined {
    if (this.#frame === undefined) return undefined;
    const { offset } = this.#frame;
    const textOffset = this.#segment + this.#frame.textOffset;
    this.#frame = undefined;
    return this.#seekPoint(offset, textOffset, start - textOffset);
  }

  #seekPoint(offset: number, textOffset: number, skip: number): SeekPoint {
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
    this.#droppedBytes += splitter.droppedBytes - droppedBytes;
    const bad = this.#bad;
    this.#bad = [];
    this.#give(this.#picker.take(), bad.map((before) => before - gameCount));
  }

  #give(
    games: MatchedGames,
    badGames: readonly number[],
    seekPoint?: SeekPoint,
  ): void {
    const { count, rejections, records } = games;
    this.#games += count;
    this.#badGames += badGames.length;
    this.#batches.push({
      count,
      rejections,
      texts: textsOf(games),
      records,
      badGames,
      seekPoint,
      counters: {
        bytesRead: this.bytesRead,
        textBytes: this.#textBytes,
        games: this.#games,
        badGames: this.#badGames,
        droppedBytes: this.#droppedBytes,
      },
    });
  }
}
