/** How the HTTP API names the kind of an error (`errorType` in the response body). */
export type ErrorType = "bad_data" | "execution" | "timeout" | "canceled" | "internal";

interface PromqlErrorOptions {
  readonly cause?: unknown;
}

/** Everything this package throws on purpose. `errorType` is what the Prometheus HTTP API answers. */
export abstract class PromqlError extends Error {
  abstract readonly code: string;
  abstract readonly errorType: ErrorType;

  constructor(message: string, options?: PromqlErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** A span of the query text, in UTF-16 offsets; `end` is exclusive. */
export interface PositionRange {
  readonly start: number;
  readonly end: number;
}

/** One complaint of the parser or of the type checker. */
export interface ParseProblem {
  readonly position: PositionRange;
  readonly message: string;
}

/** Writes the start of a range as Prometheus does: `line:column`, both from 1, columns in bytes. */
export function describePosition(query: string, position: PositionRange): string {
  if (query === "") return "unknown position";
  if (position.start > query.length) return "invalid position";
  const before = query.slice(0, position.start);
  const lineBreak = before.lastIndexOf("\n");
  const line = before.split("\n").length;
  const column = new TextEncoder().encode(before.slice(lineBreak + 1)).length + 1;
  return `${line}:${column}`;
}

/** The query is not PromQL, or does not type-check. The message is that of the first problem. */
export class ParseError extends PromqlError {
  readonly code = "parse_error";
  readonly errorType = "bad_data";
  readonly problems: readonly ParseProblem[];
  readonly query: string;

  constructor(query: string, problems: readonly ParseProblem[]) {
    const [first] = problems;
    super(
      first === undefined
        ? "parse error"
        : `${describePosition(query, first.position)}: parse error: ${first.message}`,
    );
    this.query = query;
    this.problems = problems;
  }
}

/** The parameters of an evaluation make no sense (step not positive, end before start, …). */
export class InvalidParameterError extends PromqlError {
  readonly code = "invalid_parameter";
  readonly errorType = "bad_data";
}

/** More points for each series than `limits.maxPointsPerSeries`. */
export class TooManyPointsError extends PromqlError {
  readonly code = "too_many_points";
  readonly errorType = "bad_data";
}

/** The query cannot be answered: vector matching failed, equal label sets, a parameter is NaN, … */
export class ExecutionError extends PromqlError {
  readonly code: string = "execution_failed";
  readonly errorType = "execution";
}

/** More samples in memory than `limits.maxSamples`. */
export class TooManySamplesError extends ExecutionError {
  override readonly code = "too_many_samples";
}

/** More series selected than `limits.maxSeries`. */
export class TooManySeriesError extends ExecutionError {
  override readonly code = "too_many_series";
}

/** A selected series holds native histogram samples. */
export class NativeHistogramError extends ExecutionError {
  override readonly code = "native_histograms_unsupported";
}

/** The query needs a language feature that is not built (`start_timestamp`, `anchored`, …). */
export class UnsupportedFeatureError extends ExecutionError {
  override readonly code = "feature_unsupported";
}

/** The deadline of the query passed. */
export class QueryTimeoutError extends PromqlError {
  readonly code = "query_timeout";
  readonly errorType = "timeout";
}

/** The caller's `AbortSignal` fired. */
export class QueryCanceledError extends PromqlError {
  readonly code = "query_canceled";
  readonly errorType = "canceled";
}
