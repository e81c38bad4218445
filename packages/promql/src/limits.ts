import {
  QueryCanceledError,
  QueryTimeoutError,
  TooManyPointsError,
  TooManySamplesError,
  TooManySeriesError,
} from "./errors.ts";

/** What a query may cost. */
export interface Limits {
  /** Samples held in memory at once, fetched and computed. Default 50,000,000. */
  readonly maxSamples?: number;
  /** Series selected by all selectors together. Default: no limit. */
  readonly maxSeries?: number;
  /** Steps of a range query. Default 11,000. */
  readonly maxPointsPerSeries?: number;
  /** Asked now and then; true ends the query with `QueryTimeoutError`. The caller owns the clock. */
  readonly isExpired?: () => boolean;
  /** Ends the query with `QueryCanceledError`. */
  readonly signal?: AbortSignal;
}

/** The running account of one query. */
export interface Meter {
  readonly maxSamples: number;
  readonly maxSeries: number;
  readonly isExpired: () => boolean;
  readonly signal: AbortSignal | undefined;
  samples: number;
  peakSamples: number;
  series: number;
}

const DEFAULT_MAX_SAMPLES = 50_000_000;
const DEFAULT_MAX_POINTS = 11_000;

export function createMeter(limits: Limits): Meter {
  return {
    maxSamples: limits.maxSamples ?? DEFAULT_MAX_SAMPLES,
    maxSeries: limits.maxSeries ?? Infinity,
    isExpired: limits.isExpired ?? (() => false),
    signal: limits.signal,
    samples: 0,
    peakSamples: 0,
    series: 0,
  };
}

/** Throws when the query was canceled or ran out of time. Cheap; called once for some hundred series. */
export function checkAlive(meter: Meter): void {
  if (meter.signal?.aborted === true) {
    throw new QueryCanceledError("query was canceled in query execution", {
      cause: meter.signal.reason,
    });
  }
  if (meter.isExpired()) throw new QueryTimeoutError("query timed out in query execution");
}

/** Adds samples to the account. */
export function countSamples(meter: Meter, samples: number): void {
  meter.samples += samples;
  meter.peakSamples = Math.max(meter.peakSamples, meter.samples);
  if (meter.samples > meter.maxSamples) {
    const message = "query processing would load too many samples into memory in query execution";
    throw new TooManySamplesError(`${message} (limit ${meter.maxSamples})`);
  }
}

/** Adds selected series to the account. */
export function countSeries(meter: Meter, series: number): void {
  meter.series += series;
  if (meter.series > meter.maxSeries) {
    const message = `query selects more than ${meter.maxSeries} series; narrow its selectors`;
    throw new TooManySeriesError(message);
  }
}

/** Throws when a range query has too many steps. */
export function checkPoints(count: number, limits: Limits): void {
  const max = limits.maxPointsPerSeries ?? DEFAULT_MAX_POINTS;
  if (count <= max) return;
  const limit = max.toLocaleString("en-US");
  throw new TooManyPointsError(
    `exceeded maximum resolution of ${limit} points per timeseries. Try decreasing the query resolution (?step=XX)`,
  );
}
