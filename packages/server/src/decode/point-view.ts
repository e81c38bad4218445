import { AttributeList, RangeList } from "./span-view.ts";

/** Kinds of a metric: the field numbers of its data in OTLP's Metric message; 0 = no data. */
export const metricKind = {
  none: 0,
  gauge: 5,
  sum: 7,
  histogram: 9,
  exponentialHistogram: 10,
  summary: 11,
} as const;

export type MetricKind = (typeof metricKind)[keyof typeof metricKind];

/** OTLP's AggregationTemporality. */
export const temporality = { unspecified: 0, delta: 1, cumulative: 2 } as const;

/** One metric: places in the request's bytes, and what holds for all of its points. Reused by the walker. */
export class MetricView {
  nameStart = 0;
  nameEnd = 0;
  descriptionStart = 0;
  descriptionEnd = 0;
  unitStart = 0;
  unitEnd = 0;
  kind: MetricKind = metricKind.none;
  temporality = 0;
  isMonotonic = false;

  clear(): void {
    this.nameStart = 0;
    this.nameEnd = 0;
    this.descriptionStart = 0;
    this.descriptionEnd = 0;
    this.unitStart = 0;
    this.unitEnd = 0;
    this.kind = metricKind.none;
    this.temporality = 0;
    this.isMonotonic = false;
  }
}

/** Buckets of one sign of an exponential histogram: counts from the bucket with index `offset` on. */
export interface BucketRun {
  offset: number;
  readonly counts: number[];
}

/** One data point of any kind. Reused by the walker: read it inside the visit only. */
export class PointView {
  /** Unix milliseconds; 0 = not given. */
  startMs = 0;
  timeMs = 0;
  /** False when the time does not fit signed 64-bit nanoseconds. */
  hasValidTime = true;
  flags = 0;
  readonly attributes: AttributeList = new AttributeList();
  /** Where the KeyValue messages lie, and whether they follow one another. */
  readonly attributeRanges: RangeList = new RangeList();
  attributesAreOneRange = true;
  readonly exemplars: RangeList = new RangeList();
  /** Number points: where the eight bytes of the value start, -1 = none. */
  valueAt = -1;
  valueIsInteger = false;
  count = 0;
  /** Where the eight bytes of the sum start, -1 = none. */
  sumAt = -1;
  readonly bucketCounts: number[] = [];
  readonly bounds: number[] = [];
  scale = 0;
  zeroCount = 0;
  readonly positive: BucketRun = { offset: 0, counts: [] };
  readonly negative: BucketRun = { offset: 0, counts: [] };
  readonly quantiles: number[] = [];
  readonly quantileValues: number[] = [];

  /** The point's data flags say that there is no value: the series has gone stale. */
  get isStale(): boolean {
    return (this.flags & 1) === 1;
  }

  clear(): void {
    this.startMs = 0;
    this.timeMs = 0;
    this.hasValidTime = true;
    this.flags = 0;
    this.attributes.count = 0;
    this.attributeRanges.count = 0;
    this.attributesAreOneRange = true;
    this.exemplars.count = 0;
    this.valueAt = -1;
    this.valueIsInteger = false;
    this.count = 0;
    this.sumAt = -1;
    this.bucketCounts.length = 0;
    this.bounds.length = 0;
    this.scale = 0;
    this.zeroCount = 0;
    this.positive.offset = 0;
    this.positive.counts.length = 0;
    this.negative.offset = 0;
    this.negative.counts.length = 0;
    this.quantiles.length = 0;
    this.quantileValues.length = 0;
  }
}
