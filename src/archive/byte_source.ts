// Describes where an archive's stored bytes come from.
import type { ArchiveError } from "./archive_error.ts";

/** Where an archive's own bytes come from. */
export interface ByteSource {
  /** The source as the caller named it, a password in it hidden. */
  readonly name: string;
  /** The last part of its path. */
  readonly fileName: string;
  /** Its path, where it is a local file. */
  readonly path?: string;

  /**
   * Reads all bytes. Whatever is opened is closed when they end, when the
   * reader stops, and when the signal is aborted.
   *
   * @param options The first byte to read, and what stops the reading.
   * @returns The bytes, in chunks that may be overwritten when the next one is
   * asked for.
   * @throws {ArchiveError} If the source cannot be read, or breaks off.
   */
  read(options?: ByteReadOptions): AsyncGenerator<Uint8Array<ArrayBuffer>>;

  /**
   * Opens the source for reading ranges. Never causes a permission prompt.
   *
   * @param signal Stops the waiting.
   * @returns Its ranges, or why there are none.
   * @throws {ArchiveError} If this cannot be found out.
   */
  open(signal?: AbortSignal): Promise<OpenedSource>;
}

/** How a source is read. */
export interface ByteReadOptions {
  /** The first byte to read. @default {0} */
  readonly from?: number;
  /** Stops reading, between two chunks and while one is awaited. */
  readonly signal?: AbortSignal;
}

/** What comes of opening a source for reading ranges. */
export type OpenedSource =
  | RangeSource
  /** It does not exist, may not be read, or its server fails for now. */
  | { readonly kind: "absent"; readonly fault?: ArchiveError }
  /** It can only be read from its beginning to its end. */
  | { readonly kind: "stream"; readonly size?: number };

/** A source of which ranges can be read. */
export interface RangeSource extends Disposable {
  readonly kind: "ranges";
  /** How many bytes it has. */
  readonly size: number;
  /** What changes with its content, where that can be seen without reading it. */
  readonly stamp?: string;
  /** When it was last changed, in milliseconds since 1970, where that is known. */
  readonly modifiedAt?: number;

  /**
   * Reads some of its bytes.
   *
   * @param from Where they begin.
   * @param to Where they end.
   * @param signal Stops the reading.
   * @returns The bytes.
   * @throws {ArchiveError} If they cannot be read, or are of another file.
   */
  read(
    from: number,
    to: number,
    signal?: AbortSignal,
  ): Promise<Uint8Array<ArrayBuffer>>;
}
