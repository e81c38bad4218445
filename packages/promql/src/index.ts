/**
 * `@spanlight/promql`: the PromQL language without a database. Parse, check, print, evaluate over
 * any `SeriesReader`; run Prometheus' own test scripts. No I/O and no clock of its own.
 * All times are milliseconds since the epoch.
 */
export type {
  Aggregation,
  AtModifier,
  BinaryExpression,
  BinaryOperator,
  Call,
  DurationExpression,
  DurationOperand,
  Expression,
  MatrixSelector,
  NumberLiteral,
  ParenExpression,
  StringLiteral,
  Subquery,
  UnaryExpression,
  ValueType,
  VectorMatching,
  VectorSelector,
} from "./ast.ts";
export { childrenOf, unwrapParens, walk } from "./ast.ts";
export { findTypeProblems, typeOf } from "./check.ts";
export {
  describePosition,
  ExecutionError,
  InvalidParameterError,
  NativeHistogramError,
  ParseError,
  PromqlError,
  QueryCanceledError,
  QueryTimeoutError,
  TooManyPointsError,
  TooManySamplesError,
  TooManySeriesError,
  UnsupportedFeatureError,
  type ErrorType,
  type ParseProblem,
  type PositionRange,
} from "./errors.ts";
export { evaluate, type EvaluateOptions, type EvaluateRequest, type EvaluateResult } from "./evaluate.ts";
export { findFunction, listFunctions, type FunctionSignature } from "./function-table.ts";
export {
  compareLabels,
  dropMetricName,
  eachLabel,
  EMPTY_LABELS,
  formatLabels,
  formatMetric,
  fromEntries,
  getLabel,
  labelsFrom,
  labelsKey,
  labelsToRecord,
  METRIC_NAME,
  withLabel,
  withoutLabels,
  type Labels,
} from "./labels.ts";
export type { Limits } from "./limits.ts";
export { compileMatcher, compileMatchers, formatMatcher, type Matcher, type MatchType } from "./matchers.ts";
export { findUnsupported, type UnsupportedPart } from "./find-unsupported.ts";
export { parseExpression, parseSelector, type ParseOptions } from "./parse.ts";
export { AGGREGATORS, type Aggregator } from "./parse/token.ts";
export { prettyPrint } from "./pretty-print.ts";
export { printExpression } from "./print.ts";
export type { PartReader, SelectRequest, SeriesReader } from "./reader.ts";
export { createMemoryStore, type MemoryStore } from "./script/memory-store.ts";
export { runScript, type EvalOutcome } from "./script/run-script.ts";
export type { SequenceEntry } from "./sequence.ts";
export {
  parseSequence,
  parseSeriesLabels,
  parseSeriesNotation,
  type SeriesNotation,
} from "./series-notation.ts";
export { formatDurationMs, parseDurationMs } from "./text/duration-text.ts";
export { formatDecimal, formatScientific, formatValue, parseNumber } from "./text/number-text.ts";
export { isStaleMarker, writeStaleMarker, type QueryValue, type Sample, type Series } from "./value.ts";
