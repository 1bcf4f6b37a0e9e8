/**
 * Serves games and training samples from Lichess archives to programs that
 * train chess models. An archive is indexed once into a cache that all nodes
 * share, Redis or an SQLite file; each round reads its share from there, and the
 * same program reads the archive where there is no cache.
 *
 * **Once:** index an archive, by {@linkcode indexGames} or `deno task index`.
 *
 * ```ts
 * import { indexGames, SqliteGameCache } from "@chess/game-cache";
 * import assert from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * await using cache = new SqliteGameCache(`${folder}/games.sqlite`);
 * const { sets: [tactical] } = await indexGames(
 *   "data/sample.pgn.zst",
 *   cache,
 *   [{ name: "tactical", filter: { playstyle: "tactical" } }],
 * );
 * assert.ok(tactical.kept > 0);
 * ```
 *
 * **In every round:** make samples of some games. A {@linkcode GameLoader} finds
 * the cache by itself; without one, it reads the archive. Its queries are
 * {@linkcode GameQuery}, what a sample is says {@linkcode ExtractionConfig}.
 *
 * ```ts
 * import { GameLoader, SampleExtractor } from "@chess/game-cache";
 * import assert from "node:assert/strict";
 *
 * const loader = new GameLoader("data/sample.pgn.zst");
 * const extractor = new SampleExtractor(loader, { skipPlies: 10 });
 * const query = { playstyle: "tactical", offset: 100, maxGames: 2 } as const;
 * for await (const { fen, move, outcome } of extractor.extractSamples(query)) {
 *   assert.ok(fen && move && outcome <= 1);
 * }
 * ```
 *
 * **By hand:** the stages by which archives are read can be piped together with
 * others: bytes, text, games, games that pass.
 *
 * ```ts
 * import {
 *   GameFilterStream,
 *   PgnSplitterStream,
 *   ZstdDecompressionStream,
 * } from "@chess/game-cache";
 * import assert from "node:assert/strict";
 *
 * const bytes = await Deno.readFile("data/sample.pgn.zst");
 * const games = new Response(bytes).body!
 *   .pipeThrough(new ZstdDecompressionStream())
 *   .pipeThrough(new PgnSplitterStream())
 *   .pipeThrough(new GameFilterStream({ playstyle: "tactical", minRating: 1800 }));
 * for await (const game of games) assert.ok(Number(game.tags.WhiteElo) > 0);
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
export type { StoredSeekIndex } from "./src/scan/seek_index.ts";
export type { SeekPoint } from "./src/scan/seek_point.ts";
export {
  ArchiveError,
  type ArchiveErrorOptions,
} from "./src/archive/archive_error.ts";
export { maskPassword } from "./src/archive/mask_password.ts";
export type { PgnSplitterOptions } from "./src/pgn/splitter/bad_game.ts";
export { PgnSplitterStream } from "./src/pgn_splitter_stream.ts";
export {
  ZstdDecompressionStream,
  type ZstdDecompressionStreamOptions,
} from "./src/archive/zstd/zstd_decompression_stream.ts";
export {
  type CacheStats,
  GameCache,
  type SetWriterOptions,
} from "./src/cache/game_cache.ts";
export {
  type Checkpoint,
  isSetName,
  type SetBatch,
  type SetInfo,
  type SetSpec,
  type SetState,
} from "./src/cache/game_set.ts";
export {
  GameCacheError,
  type GameCacheFault,
} from "./src/cache/game_cache_error.ts";
export type { RedisCommands } from "./src/cache/redis/redis_commands.ts";
export {
  RedisGameCache,
  type RedisGameCacheOptions,
} from "./src/cache/redis_game_cache.ts";
export {
  SqliteGameCache,
  type SqliteGameCacheOptions,
} from "./src/cache/sqlite_game_cache.ts";
export { openGameCache } from "./src/cache/open_game_cache.ts";
export {
  DEFAULT_SQLITE_PATH,
  findGameCache,
  type FoundCache,
} from "./src/cache/find_game_cache.ts";
export {
  GameLoader,
  type GameLoaderOptions,
  type LoaderCounts,
} from "./src/game_loader.ts";
export type { GameQuery } from "./src/game_query.ts";
export type { Cursor } from "./src/loader/cursor.ts";
export type { HttpTimeouts } from "./src/archive/http_source.ts";
export {
  indexGames,
  type IndexOptions,
  type IndexProgress,
  type IndexReport,
} from "./src/game_indexer.ts";
export { countGames } from "./src/cached_games.ts";
export type { SetProgress } from "./src/set_indexer.ts";
export {
  isRecordOf,
  RECORD_BITS,
  RECORD_BYTES,
  RECORD_FIELDS,
  recordsOf,
} from "./src/filter/game_record.ts";
export type { SetHistogram } from "./src/filter/set_histogram.ts";
export { SampleExtractor } from "./src/sample_extractor.ts";
export type {
  ExtractionConfig,
  ExtractionCounts,
  KeepCurve,
} from "./src/sample/extraction_config.ts";
export type { DropReason, PlyExplanation } from "./src/sample/ply_selector.ts";
export type { TrainingSample } from "./src/sample/training_sample.ts";
export {
  type Encoding,
  ENCODINGS,
  type InputEncoding,
  type PolicyEncoding,
} from "./src/encoding/encodings.ts";
export type { InputOptions } from "./src/encoding/input_writer.ts";
export {
  decodeMove,
  encodeBullet,
  encodeInput,
  encodeMove,
  legalMoveMask,
} from "./src/encoding/encode.ts";
export type { ValueEncoding } from "./src/encoding/values.ts";
export type { OrderOptions, Shard, Shuffle } from "./src/order/game_order.ts";
export type { BatchOptions } from "./src/batches/batch_options.ts";
export type { BatchCursor, RankProgress } from "./src/batches/batch_cursor.ts";
export type { BatchGames, BatchQuery } from "./src/batches/extract_batches.ts";
export type {
  ArrayDescription,
  BatchDescription,
  SampleBatch,
} from "./src/batches/sample_batch.ts";
export { compactGame } from "./src/pgn/compact_game.ts";
