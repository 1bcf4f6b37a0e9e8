/** parquet and parquet-games: typed columns of samples, or of games and their tags. */
import type { BasicType } from "npm:hyparquet-writer@0.17.0";
import { type Game, PgnError, type TrainingSample } from "../../mod.ts";
import { writeAllSync } from "./_columns.ts";
import type { Format, RowKind, Rows, ShardWriter } from "./_format.ts";

/** A column, and what a row has in it; null where it has nothing. */
interface Column<Row> {
  readonly name: string;
  readonly type: BasicType;
  readonly nullable?: false;
  readonly valueOf: (row: Row) => unknown;
}

const SAMPLE_COLUMNS: readonly Column<TrainingSample>[] = [
  column("fen", "STRING", (sample) => sample.fen, false),
  column("move", "STRING", (sample) => sample.move, false),
  column("outcome", "INT32", (sample) => sample.outcome, false),
  column("ply", "INT32", (sample) => sample.ply, false),
  column("eco", "STRING", (sample) => sample.eco, false),
  column("playstyle", "STRING", (sample) => sample.playstyle),
  column("gameIndex", "INT32", (sample) => sample.gameIndex, false),
  column("gameId", "STRING", (sample) => sample.gameId),
  column("san", "STRING", (sample) => sample.san, false),
  column("opening", "STRING", (sample) => sample.opening),
  column("whiteElo", "INT32", (sample) => sample.whiteElo),
  column("blackElo", "INT32", (sample) => sample.blackElo),
  column("speed", "STRING", (sample) => sample.speed),
  column("pliesLeft", "INT32", (sample) => sample.pliesLeft, false),
  ...(["evalBefore", "evalAfter"] as const).flatMap((name) => [
    column<TrainingSample>(
      `${name}Cp`,
      "DOUBLE",
      ({ [name]: evaluation }) =>
        evaluation !== undefined && "cp" in evaluation
          ? evaluation.cp
          : undefined,
    ),
    column<TrainingSample>(
      `${name}Mate`,
      "INT32",
      ({ [name]: evaluation }) =>
        evaluation !== undefined && "mate" in evaluation
          ? evaluation.mate
          : undefined,
    ),
  ]),
  column("clockBefore", "DOUBLE", (sample) => sample.clockBefore),
  column("clockAfter", "DOUBLE", (sample) => sample.clockAfter),
  column("thinkTime", "DOUBLE", (sample) => sample.thinkTime),
  column("termination", "STRING", (sample) => sample.termination),
];

/** The tags that have columns of their own; others are in `otherTags`. */
const TEXT_TAGS = [
  ...["Event", "Site", "Date", "Round", "White", "Black", "Result"],
  ...["GameId", "UTCDate", "UTCTime", "WhiteTitle", "BlackTitle", "ECO"],
  ...["Opening", "TimeControl", "Termination", "Variant", "FEN"],
  ...["WhiteElo", "BlackElo", "WhiteRatingDiff", "BlackRatingDiff"],
];
const OWN_COLUMNS = new Set(TEXT_TAGS);

const GAME_COLUMNS: readonly Column<Game>[] = [
  ...TEXT_TAGS.map((tag) =>
    column<Game>(tag, "STRING", ({ tags }) => tags[tag])
  ),
  column("otherTags", "STRING", otherTags),
  column("moves", "STRING", movesOf),
  column("pgn", "STRING", ({ pgn }) => pgn, false),
];

/** Samples as rows. */
export const PARQUET: Format<"samples"> = {
  name: "parquet",
  rows: "samples",
  suffix: ".parquet",
  shardSize: 1_000_000,
  open: (path) => ParquetFile.create<"samples">(path, SAMPLE_COLUMNS, 5000),
};

/** Games as rows, their tags as columns. */
export const PARQUET_GAMES: Format<"games"> = {
  name: "parquet-games",
  rows: "games",
  suffix: ".parquet",
  shardSize: 100_000,
  open: (path) => ParquetFile.create<"games">(path, GAME_COLUMNS, 500),
};

function column<Row>(
  name: string,
  type: BasicType,
  valueOf: (row: Row) => unknown,
  nullable?: false,
): Column<Row> {
  return { name, type, valueOf, nullable };
}

/** The tags without columns of their own, as JSON. */
function otherTags({ tags }: Game): string | undefined {
  const others = Object.entries(tags).filter(([tag]) => !OWN_COLUMNS.has(tag));
  return others.length === 0
    ? undefined
    : JSON.stringify(Object.fromEntries(others));
}

/** The mainline in UCI; nothing where it cannot be replayed. */
function movesOf(game: Game): string | undefined {
  const moves: string[] = [];
  try {
    for (const { uci } of game.mainline()) moves.push(uci);
  } catch (error) {
    if (error instanceof PgnError) return undefined;
    throw error;
  }
  return moves.join(" ");
}

type Library = typeof import("npm:hyparquet-writer@0.17.0");
type RowOf<Kind extends RowKind> = Rows<Kind> extends readonly (infer Row)[]
  ? Row
  : never;

/** Gathers some rows, column by column, and writes them together. */
class ParquetFile<Kind extends "samples" | "games">
  implements ShardWriter<Kind> {
  readonly #columns: readonly Column<RowOf<Kind>>[];
  readonly #rowsAtOnce: number;
  readonly #file: Deno.FsFile;
  readonly #bytes: InstanceType<Library["ByteWriter"]>;
  readonly #parquet: InstanceType<Library["ParquetWriter"]>;
  #values: unknown[][];

  /** Loads the library, which no other format and no other task needs. */
  static async create<Kind extends "samples" | "games">(
    path: string,
    columns: readonly Column<RowOf<Kind>>[],
    rowsAtOnce: number,
  ): Promise<ParquetFile<Kind>> {
    const library = await import("npm:hyparquet-writer@0.17.0");
    return new ParquetFile<Kind>(library, path, columns, rowsAtOnce);
  }

  private constructor(
    { ByteWriter, ParquetWriter, schemaFromColumnData }: Library,
    path: string,
    columns: readonly Column<RowOf<Kind>>[],
    rowsAtOnce: number,
  ) {
    this.#columns = columns;
    this.#rowsAtOnce = rowsAtOnce;
    this.#values = columns.map(() => []);
    this.#bytes = new ByteWriter();
    this.#parquet = new ParquetWriter({
      writer: this.#bytes,
      schema: schemaFromColumnData({ columnData: this.#columnData() }),
    });
    this.#file = Deno.openSync(path, { write: true, createNew: true });
  }

  write(rows: Rows<Kind>, from: number, end: number): void {
    const values = rows as readonly RowOf<Kind>[];
    for (let i = from; i < end; i++) {
      this.#columns.forEach(({ valueOf }, k) =>
        this.#values[k].push(valueOf(values[i]) ?? null)
      );
      if (this.#values[0].length === this.#rowsAtOnce) this.#writeRows();
    }
  }

  finish(): void {
    this.#writeRows();
    this.#parquet.finish();
    this.#flush();
    this.#file.syncDataSync();
  }

  close(): void {
    this.#file.close();
  }

  #writeRows(): void {
    if (this.#values[0].length === 0) return;
    this.#parquet.write({
      columnData: this.#columnData(),
      rowGroupSize: this.#rowsAtOnce,
    });
    this.#values = this.#columns.map(() => []);
    this.#flush();
  }

  #columnData() {
    return this.#columns.map(({ name, type, nullable }, k) => ({
      name,
      type,
      nullable,
      data: this.#values[k],
    }));
  }

  #flush(): void {
    writeAllSync(this.#file, this.#bytes.getBytes());
    this.#bytes.index = 0;
  }
}
