import type { Attributes } from "@opentelemetry/api";

/** The sum of one series. */
export interface CounterPoint {
  readonly attributes: Attributes;
  readonly value: number;
}

/** The distribution of one series; `bucketCounts` has one entry more than the metric has bounds. */
export interface HistogramPoint {
  readonly attributes: Attributes;
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  readonly bucketCounts: readonly number[];
}

interface Described {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
}

export type Metric =
  | (Described & { readonly kind: "counter"; readonly points: readonly CounterPoint[] })
  | (Described & {
      readonly kind: "histogram";
      readonly bounds: readonly number[];
      readonly points: readonly HistogramPoint[];
    });

/** Whether a reading tells what happened since the start of the process, or since the last reading. */
export type Temporality = "cumulative" | "delta";

/** One reading of all metrics. Times are Unix nanoseconds. */
export interface MetricSnapshot {
  readonly temporality: Temporality;
  readonly startNs: bigint;
  readonly timeNs: bigint;
  readonly metrics: readonly Metric[];
}
