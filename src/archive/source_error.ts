// Says what an error of a file or a server means for an archive.
import { ArchiveError } from "./archive_error.ts";

/** The error of a source that broke at a byte. */
export function sourceError(
  source: string,
  offset: number,
  cause: unknown,
): ArchiveError {
  if (cause instanceof ArchiveError) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new ArchiveError(`Cannot read the archive: ${why}`, {
    offset,
    source,
    cause,
  });
}

/** Whether an error says that a file does not exist or may not be read. */
export function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound ||
    error instanceof Deno.errors.NotADirectory ||
    error instanceof Deno.errors.PermissionDenied ||
    error instanceof Deno.errors.NotCapable;
}
