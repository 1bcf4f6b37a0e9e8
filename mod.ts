/**
 * Trains chess models from Lichess archives without reading them again for
 * each round: the games of an archive are indexed once into a cache that all
 * nodes share, and made into training samples as they are loaded.
 *
 * ```ts
 * import { indexGames, SampleExtractor, GameLoader, SqliteGameCache } from "@chess/game-cache";
 * import assert from "node:assert/strict";
 *
 * // Once: keep the tactical games in a cache, here in an embedded one.
 * const folder = await Deno.makeTempDir();
 * await using cache = new SqliteGameCache(`${folder}/games.sqlite`);
 * await indexGames("data/lichess_sample.pgn.zst", cache, [
 *   { name: "tactical", filter: { playstyle: "tactical" } },
 * ]);
 *
 * // In every round: some games, from the cache, or from the archive if need be.
 * const loader = new GameLoader("data/lichess_sample.pgn.zst", { cache });
 * const extractor = new SampleExtractor(loader, { skipPlies: 10 });
 * const query = { playstyle: "tactical", offset: 100, maxGames: 2 } as const;
 * for await (const { fen, move, outcome } of extractor.extractSamples(query)) {
 *   assert.ok(fen && move && outcome <= 1);
 * }
 * ```
 *
 * @module
 */
export { type ChessJs, type Evaluation, Game, type Ply } from "./src/game.ts";
export {
  type CastlingOptions,
  type Color,
  parseFen,
  type Piece,
  type PieceKind,
  type Position,
} from "./src/chess/position.ts";
export {
  PgnError,
  type PgnErrorOptions,
  type PgnErrorReason,
} from "./src/chess/pgn_error.ts";
export type { Tags } from "./src/pgn/tags.ts";
export {
  type Playstyle,
  playstyleOf,
  PLAYSTYLES,
} from "./src/filter/playstyle.ts";
export { type Speed, speedOf } from "./src/filter/speed.ts";
export {
  GAME_FILTER_FIELDS,
  type GameFilter,
  type GameFilterField,
  normalizeFilter,
  type Result,
  type Termination,
} from "./src/filter/game_filter.ts";
export { GameFilterStream } from "./src/game_filter_stream.ts";
export type { ArchiveIdentity } from "./src/archive/archive.ts";
export type { StoredFrameIndex } from "./src/scan/frame_index.ts";
export type { ArchivePosition } from "./src/scan/game_joiner.ts";
export {
  ArchiveError,
  type ArchiveErrorOptions,
} from "./src/archive/archive_error.ts";
export type { PgnSplitterOptions } from "./src/pgn/pgn_splitter.ts";
export { PgnSplitterStream } from "./src/pgn_splitter_stream.ts";
export {
  ZstdDecompressionStream,
  type ZstdDecompressionStreamOptions,
} from "./src/archive/zstd/zstd_decompression_stream.ts";
export {
  type CacheStats,
  type Checkpoint,
  type DamagedSet,
  type GameCache,
  type ReadGamesOptions,
  type SetBatch,
  type SetInfo,
  type SetsOptions,
  type SetSpec,
  type SetState,
  type SetStats,
  type SetWriterOptions,
} from "./src/cache/game_cache.ts";
export {
  GameCacheError,
  type GameCacheErrorOptions,
  type GameCacheFault,
} from "./src/cache/game_cache_error.ts";
export type { RedisCommands } from "./src/cache/redis_commands.ts";
export {
  RedisGameCache,
  type RedisGameCacheOptions,
} from "./src/cache/redis_game_cache.ts";
export {
  SqliteGameCache,
  type SqliteGameCacheOptions,
} from "./src/cache/sqlite_game_cache.ts";
export { openGameCache } from "./src/cache/open_game_cache.ts";
export { findGameCache, type FoundCache } from "./src/cache/find_game_cache.ts";
export {
  GameLoader,
  type GameLoaderOptions,
  type GameQuery,
  type LoaderCounts,
} from "./src/game_loader.ts";
export {
  type IndexedSet,
  indexGames,
  type IndexOptions,
  type IndexProgress,
  type IndexReport,
  type SetProgress,
} from "./src/game_indexer.ts";
export type { SetHistogram } from "./src/filter/set_histogram.ts";
export {
  type ExtractionConfig,
  type ExtractionCounts,
  SampleExtractor,
  type TrainingSample,
} from "./src/sample_extractor.ts";
