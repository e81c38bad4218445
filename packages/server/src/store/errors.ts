/** What every failure of the store has: a stable `code` for programs beside the sentence for people. */
export abstract class StoreError extends Error {
  abstract readonly code: string;
}

/** Another process holds the data directory. One process per directory. */
export class StoreInUseError extends StoreError {
  override readonly name = "StoreInUseError";
  readonly code = "store_in_use";
}

/** Another server writes to the shared database under the same number. */
export class WriterTakenError extends StoreError {
  override readonly name = "WriterTakenError";
  readonly code = "writer_taken";
}

/** The data directory cannot be created or written. */
export class StoreUnwritableError extends StoreError {
  override readonly name = "StoreUnwritableError";
  readonly code = "store_unwritable";
}

/** The engine cannot be opened or reached, or has been closed. */
export class StoreUnavailableError extends StoreError {
  override readonly name = "StoreUnavailableError";
  readonly code = "store_unavailable";
}

/** No space left on the volume of the data directory. */
export class StoreFullError extends StoreError {
  override readonly name = "StoreFullError";
  readonly code = "store_full";
}

/** More queries wait than the queue holds: try again later. */
export class StoreBusyError extends StoreError {
  override readonly name = "StoreBusyError";
  readonly code = "store_busy";
}

/** The deadline passed while the query waited or ran. */
export class QueryTimeoutError extends StoreError {
  override readonly name = "QueryTimeoutError";
  readonly code = "query_timeout";
}

/** The query needed more memory than one query may have. */
export class QueryMemoryError extends StoreError {
  override readonly name = "QueryMemoryError";
  readonly code = "query_memory";
}

/** The caller's AbortSignal fired, or the store closed while the query ran. */
export class QueryCancelledError extends StoreError {
  override readonly name = "QueryCancelledError";
  readonly code = "query_cancelled";
}

/** The result has more rows or bytes than the query may return or read. */
export class QueryTooLargeError extends StoreError {
  override readonly name = "QueryTooLargeError";
  readonly code = "query_too_large";
}

/** The engine refused the query for a reason of its own; `engineCode` is ClickHouse's number where known. */
export class QueryFailedError extends StoreError {
  override readonly name = "QueryFailedError";
  readonly code = "query_failed";
  readonly engineCode: number | undefined;

  constructor(message: string, options: ErrorOptions & { engineCode?: number | undefined }) {
    super(message, options);
    this.engineCode = options.engineCode;
  }
}

/** The engine's answer in columns is cut off, or of a type that cannot be read. */
export class NativeFormatError extends StoreError {
  override readonly name = "NativeFormatError";
  readonly code = "native_format";
}

/** The store was written by a newer version than this one. */
export class SchemaNewerError extends StoreError {
  override readonly name = "SchemaNewerError";
  readonly code = "schema_newer";
}

/** A migration that was applied differs from the file of that name, or the files themselves are not in order. */
export class SchemaChangedError extends StoreError {
  override readonly name = "SchemaChangedError";
  readonly code = "schema_changed";
}

const MAX_MESSAGE_CHARS = 600;

/** Turns a ClickHouse failure (its number, its text) into the store's class for it. */
export function toStoreError(failure: {
  engineCode?: number | undefined;
  cause: unknown;
  what: string;
}): StoreError {
  const { engineCode, cause, what } = failure;
  const text = cause instanceof Error ? cause.message : String(cause);
  const message = `${what}: ${text.length > MAX_MESSAGE_CHARS ? `${text.slice(0, MAX_MESSAGE_CHARS)}…` : text}`;
  switch (engineCode) {
    case 159: // TIMEOUT_EXCEEDED
    case 160: // TOO_SLOW
      return new QueryTimeoutError(`${what} took longer than it may; ask for a shorter range`, { cause });
    case 241: // MEMORY_LIMIT_EXCEEDED
      return new QueryMemoryError(
        `${what} needs more memory than one query may have; ask for a shorter range`,
        {
          cause,
        },
      );
    case 394: // QUERY_WAS_CANCELLED
    case 734: // QUERY_WAS_CANCELLED_BY_CLIENT
      return new QueryCancelledError(`${what} was cancelled`, { cause });
    case 158: // TOO_MANY_ROWS
    case 307: // TOO_MANY_BYTES
    case 396: // TOO_MANY_ROWS_OR_BYTES
      return new QueryTooLargeError(`${what} has more rows than it may return; ask for a shorter range`, {
        cause,
      });
    case 243: // NOT_ENOUGH_SPACE
      return new StoreFullError(`${what} failed: no space left on the volume of the data directory`, {
        cause,
      });
    default:
      return new QueryFailedError(message, { cause, engineCode });
  }
}
