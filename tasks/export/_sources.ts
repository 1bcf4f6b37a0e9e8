/** Where the rows of an export come from, and where they are resumed. */
import type {
  BatchCursor,
  BatchGames,
  BatchOptions,
  GameLoader,
  SampleExtractor,
  TrainingSample,
} from "../../mod.ts";
import type { RowKind, Rows } from "./_format.ts";

/** Where a shard begins: after some rows of a chunk, which comes after others. */
export interface ResumePoint {
  /** The cursor of the batch before; none before the first. */
  readonly cursor?: BatchCursor;
  /** Games of the order that come before. */
  readonly games?: number;
  /** Rows to leave out first. */
  readonly skip: number;
}

/** Rows that come together. */
export interface Chunk<Kind extends RowKind = RowKind> {
  /** The rows. */
  readonly rows: Rows<Kind>;
  /** How many there are. */
  readonly size: number;
  /** The number of the game of a row. */
  gameAt(row: number): number;
  /** Where to read them again. */
  readonly at: Omit<ResumePoint, "skip">;
  /** Where to read those after them. */
  readonly next: Omit<ResumePoint, "skip">;
}

/** What sources read from. */
export interface SourceOptions {
  readonly loader: GameLoader;
  readonly extractor: SampleExtractor;
  readonly query: BatchGames;
  readonly options: BatchOptions;
  /** Whether samples without an evaluation are left out. */
  readonly needsScore: boolean;
}

/** Reads the rows of each kind from a point on. */
export const SOURCES: {
  readonly [Kind in RowKind]: (
    options: SourceOptions,
    from: ResumePoint | undefined,
  ) => AsyncGenerator<Chunk<Kind>>;
} = { batches: readBatches, samples: readSamples, games: readGames };

async function* readBatches(
  { extractor, query, options }: SourceOptions,
  from: ResumePoint | undefined,
): AsyncGenerator<Chunk<"batches">> {
  let cursor = from?.cursor;
  const batches = extractor.extractBatches({
    ...query,
    ...options,
    reuseBuffers: true,
    resume: cursor,
  });
  for await (const batch of batches) {
    const { size } = batch;
    yield {
      rows: batch,
      size,
      gameAt: (row) => batch.gameIndex[row],
      at: { cursor },
      next: { cursor: batch.cursor },
    };
    cursor = batch.cursor;
  }
}

async function* readSamples(
  { extractor, query, needsScore }: SourceOptions,
  from: ResumePoint | undefined,
): AsyncGenerator<Chunk<"samples">> {
  const before = from?.games ?? 0;
  const loadedBefore = extractor.counts.games;
  let place = -1;
  let rows: TrainingSample[] = [];
  const chunk = (rows: TrainingSample[], games: number) => ({
    rows,
    size: rows.length,
    gameAt: () => games,
    at: { games },
    next: { games: games + 1 },
  });
  for await (const sample of extractor.extractSamples(restOf(query, before))) {
    // Games are loaded one by one: the last one is that of the sample.
    const games = before + extractor.counts.games - loadedBefore - 1;
    if (games !== place && rows.length > 0) {
      yield chunk(rows, place);
      rows = [];
    }
    place = games;
    if (!needsScore || sample.evalBefore !== undefined) rows.push(sample);
  }
  if (rows.length > 0) yield chunk(rows, place);
}

async function* readGames(
  { loader, query }: SourceOptions,
  from: ResumePoint | undefined,
): AsyncGenerator<Chunk<"games">> {
  let games = from?.games ?? 0;
  for await (const game of loader.loadGames(restOf(query, games))) {
    const place = games++;
    yield {
      rows: [game],
      size: 1,
      gameAt: () => place,
      at: { games: place },
      next: { games },
    };
  }
}

/** The query without the games that come first. */
function restOf(query: BatchGames, games: number): BatchGames {
  const { offset = 0, maxGames = Infinity } = query;
  return { ...query, offset: offset + games, maxGames: maxGames - games };
}
